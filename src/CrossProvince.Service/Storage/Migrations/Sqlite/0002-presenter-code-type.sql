-- The same code of another type is another person. Showings made before live ten minutes and can't be continued.
ALTER TABLE showings ADD COLUMN presenter_code_type TEXT NOT NULL DEFAULT '';
