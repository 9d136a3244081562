-- Verifications and showings lie in a table for each month (UTC), so that months past the retention policy are dropped whole.
-- There is no default partition: a month that is missing is made when something comes for it.

-- Makes the table of a month, unless it is there. Nodes that make the same one stand in line.
CREATE FUNCTION make_month(parent TEXT, units_a_second BIGINT, first DATE) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    month TEXT := parent || to_char(first, '_YYYYMM');
    begins BIGINT := EXTRACT(EPOCH FROM first) * units_a_second;
    ends BIGINT := EXTRACT(EPOCH FROM first + INTERVAL '1 month') * units_a_second;
BEGIN
    IF to_regclass(month) IS NOT NULL THEN
        RETURN;
    END IF;

    -- A lock of the table, since after it this session sees what the one before it made; with an advisory lock it may not.
    EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF to_regclass(month) IS NOT NULL THEN
        RETURN;
    END IF;

    -- Attached, not made in place: readers and writers of other months go on meanwhile.
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', month, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, month, begins, ends);
END
$$;

ALTER TABLE verifications RENAME TO verifications_before;
ALTER TABLE verifications_before DROP CONSTRAINT verifications_pkey;
DROP INDEX verifications_by_request;
DROP INDEX verifications_by_entry;
CREATE TABLE verifications (LIKE verifications_before INCLUDING DEFAULTS) PARTITION BY RANGE (time);

-- Compared byte by byte: what is unique or looked up is no language.
ALTER TABLE verifications ALTER COLUMN verification_id TYPE TEXT COLLATE "C", ALTER COLUMN request_id TYPE TEXT COLLATE "C";
SELECT make_month('verifications', 1000, first)
FROM (SELECT DISTINCT CAST(date_trunc('month', to_timestamp(time / 1000) AT TIME ZONE 'UTC') AS DATE) AS first FROM verifications_before) months;
INSERT INTO verifications SELECT * FROM verifications_before;
DROP TABLE verifications_before;
ALTER TABLE verifications ADD CONSTRAINT verifications_pkey PRIMARY KEY (time, verification_id);
CREATE INDEX verifications_by_request ON verifications (request_id, time) WHERE request_id IS NOT NULL;
CREATE INDEX verifications_by_entry ON verifications (list_index, list_number);

ALTER TABLE showings RENAME TO showings_before;
ALTER TABLE showings_before DROP CONSTRAINT showings_pkey;
CREATE TABLE showings (LIKE showings_before INCLUDING DEFAULTS) PARTITION BY RANGE (first_issued_at);
SELECT make_month('showings', 1, first)
FROM (SELECT DISTINCT CAST(date_trunc('month', to_timestamp(first_issued_at) AT TIME ZONE 'UTC') AS DATE) AS first FROM showings_before) months;
INSERT INTO showings SELECT * FROM showings_before;

-- Those that were moved aside by 0005 come next.
DO $$
BEGIN
    IF to_regclass('plain_showings') IS NOT NULL THEN
        PERFORM make_month('showings', 1, first)
        FROM (SELECT DISTINCT CAST(date_trunc('month', to_timestamp(first_issued_at) AT TIME ZONE 'UTC') AS DATE) AS first FROM plain_showings) months;
    END IF;
END
$$;
DROP TABLE showings_before;
ALTER TABLE showings ADD CONSTRAINT showings_pkey PRIMARY KEY (showing, first_issued_at);

-- A head of this region that somebody has seen and this database knows nothing of: it is older than what was published.
-- held 1: nothing is changed or published until somebody says how to go on; 2: lost changes are entered again, nothing is published.
ALTER TABLE status_chain ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE status_chain ADD COLUMN seen_seq BIGINT NULL;
ALTER TABLE status_chain ADD COLUMN seen_hash BYTEA NULL;

-- Where changes were lost in a restore: after one the chain goes on behind another, with the hash that was published of that.
CREATE TABLE chain_gaps (
    after_seq  BIGINT NOT NULL PRIMARY KEY,
    seq        BIGINT NOT NULL,
    hash       BYTEA NOT NULL,
    settled_at BIGINT NOT NULL
);
CREATE INDEX chain_gaps_by_end ON chain_gaps (seq);
