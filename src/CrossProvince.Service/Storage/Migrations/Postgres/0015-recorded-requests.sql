-- Keys of the request ids among the records of the last minutes, a row for each batch that a node has drained: other nodes read them, and ask for the records themselves only where a key is known (docs/adr/0070).
-- Requests recorded before this table came are not in it; they are remembered for ten minutes.
CREATE TABLE recorded_requests (
    writer     TEXT COLLATE "C" NOT NULL,
    batch      BIGINT NOT NULL,
    written_at BIGINT NOT NULL, -- Unix milliseconds, by the database's clock
    keys       BYTEA  NOT NULL, -- 8 bytes each
    PRIMARY KEY (writer, batch)
);

-- Hashes cannot be compressed.
ALTER TABLE recorded_requests ALTER COLUMN keys SET STORAGE EXTERNAL;
CREATE INDEX recorded_requests_by_time ON recorded_requests (written_at);
