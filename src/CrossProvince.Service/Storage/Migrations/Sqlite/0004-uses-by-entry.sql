-- Uses are found by the entry alone. Every recorded verification pays for this index: two numbers cost less than four.
DROP INDEX verifications_by_entry;
CREATE INDEX verifications_by_entry ON verifications (list_index, list_number);
