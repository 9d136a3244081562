-- The same keys as in PostgreSQL. SQLite has no partitions: months past the retention policy are found by their time and deleted by groups.
CREATE TABLE verifications_by_time (
    verification_id TEXT    NOT NULL,
    time            BIGINT  NOT NULL,
    caller          TEXT    NOT NULL,
    on_behalf_of    TEXT    NOT NULL,
    verifier_region INTEGER NOT NULL,
    terminal_id     TEXT    NOT NULL,
    matter_code     TEXT    NOT NULL,
    case_number     TEXT    NOT NULL,
    request_id      TEXT    NULL,
    request_digest  BLOB    NULL,
    scenario        INTEGER NOT NULL,
    verdict         INTEGER NOT NULL,
    reason          INTEGER NOT NULL,
    issuing_region  INTEGER NOT NULL,
    type_number     INTEGER NOT NULL,
    list_number     INTEGER NOT NULL,
    list_index      INTEGER NOT NULL,
    showing         BIGINT  NOT NULL,
    code_number     INTEGER NOT NULL,
    presenter       INTEGER NOT NULL,
    specimen        INTEGER NOT NULL,
    status_as_of    BIGINT  NOT NULL,
    stale           INTEGER NOT NULL,
    trust_version   BIGINT  NOT NULL,
    trust_stale     INTEGER NOT NULL,
    repeated        INTEGER NOT NULL,
    mode            INTEGER NOT NULL,
    disclosed       TEXT    NOT NULL,
    PRIMARY KEY (time, verification_id)
);
INSERT INTO verifications_by_time SELECT * FROM verifications ORDER BY time, verification_id;
DROP TABLE verifications;
ALTER TABLE verifications_by_time RENAME TO verifications;
CREATE INDEX verifications_by_request ON verifications (request_id, time) WHERE request_id IS NOT NULL;
CREATE INDEX verifications_by_entry ON verifications (list_index, list_number);

CREATE INDEX showings_by_time ON showings (first_issued_at);

-- A head of this region that somebody has seen and this database knows nothing of: it is older than what was published.
-- held 1: nothing is changed or published until somebody says how to go on; 2: lost changes are entered again, nothing is published.
ALTER TABLE status_chain ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE status_chain ADD COLUMN seen_seq BIGINT NULL;
ALTER TABLE status_chain ADD COLUMN seen_hash BLOB NULL;

-- Where changes were lost in a restore: after one the chain goes on behind another, with the hash that was published of that.
CREATE TABLE chain_gaps (
    after_seq  BIGINT NOT NULL PRIMARY KEY,
    seq        BIGINT NOT NULL,
    hash       BLOB NOT NULL,
    settled_at BIGINT NOT NULL
);
CREATE INDEX chain_gaps_by_end ON chain_gaps (seq);
