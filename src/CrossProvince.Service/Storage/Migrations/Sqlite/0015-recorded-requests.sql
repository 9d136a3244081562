-- Keys of the request ids among the records of the last minutes, a row for each batch that a node has drained: the records themselves are asked for only where a key is known (docs/adr/0070).
-- Requests recorded before this table came are not in it; they are remembered for ten minutes.
CREATE TABLE recorded_requests (
    writer     TEXT NOT NULL,
    batch      BIGINT NOT NULL,
    written_at BIGINT NOT NULL, -- Unix milliseconds, by the database's clock
    keys       BLOB   NOT NULL, -- 8 bytes each
    PRIMARY KEY (writer, batch)
) WITHOUT ROWID;
CREATE INDEX recorded_requests_by_time ON recorded_requests (written_at);
