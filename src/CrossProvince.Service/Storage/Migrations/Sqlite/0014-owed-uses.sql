-- What was verified here of other regions' codes and those regions have not acknowledged: a row for what one region is owed of the records that were written together, deleted
-- when it has them (docs/adr/0067). uses: src/CrossProvince.Service/Federation/Reporting/UseBlock.cs. Rows of unreported_uses, which earlier programs wrote, are moved here while
-- the node runs.
CREATE TABLE owed_uses (
    issuing_region  INTEGER NOT NULL,
    time            BIGINT  NOT NULL, -- of the oldest
    verification_id TEXT    NOT NULL, -- the oldest's
    until           BIGINT  NOT NULL, -- time of the newest
    count           INTEGER NOT NULL,
    uses            BLOB    NOT NULL,
    PRIMARY KEY (issuing_region, time, verification_id)
);
