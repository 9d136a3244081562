-- What was verified here of other regions' codes and those regions have not acknowledged: written with the record, deleted when they have (docs/adr/0060).
CREATE TABLE unreported_uses (
    issuing_region  INTEGER NOT NULL,
    time            BIGINT  NOT NULL,
    verification_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (issuing_region, time, verification_id)
);

-- What was recorded before is reported as well. What other regions' nodes asked here is among it, and dropped by whoever reports: a migration does not know its region.
INSERT INTO unreported_uses (issuing_region, time, verification_id)
SELECT issuing_region, time, verification_id FROM verifications WHERE issuing_region NOT IN (0, verifier_region);

-- Which of this region's nodes reports to each other region, until when by the database's clock, and how much that has acknowledged.
CREATE TABLE report_senders (
    region          INTEGER NOT NULL PRIMARY KEY,
    sender          TEXT    NOT NULL,
    leased_until    BIGINT  NOT NULL,
    acknowledged    BIGINT  NOT NULL,
    acknowledged_at BIGINT  NOT NULL
);

-- What other regions have verified of this one's codes, as they report it. fault 0: shown to the holder; 1: such a code was never issued; 2: its time cannot be.
-- owner: of a use that was consumed there without asking here.
CREATE TABLE reported_uses (
    verifier_region INTEGER NOT NULL,
    verification_id TEXT COLLATE "C" NOT NULL,
    time            BIGINT  NOT NULL,
    reported_at     BIGINT  NOT NULL,
    fault           INTEGER NOT NULL,
    verifier        TEXT    NOT NULL,
    name_zh         TEXT    NOT NULL,
    name_en         TEXT    NOT NULL,
    terminal_id     TEXT    NOT NULL,
    scenario        INTEGER NOT NULL,
    verdict         INTEGER NOT NULL,
    list_number     INTEGER NOT NULL,
    list_index      INTEGER NOT NULL,
    showing         BIGINT  NOT NULL,
    code_number     INTEGER NOT NULL,
    presenter       INTEGER NOT NULL,
    disclosed       TEXT    NOT NULL,
    owner           TEXT    NOT NULL,
    PRIMARY KEY (verification_id, time, verifier_region)
) PARTITION BY RANGE (time);
CREATE INDEX reported_uses_by_entry ON reported_uses (list_index, list_number);
