-- When nodes published the states of the region's index, Unix milliseconds. Nodes never write the same row, so that none waits for another here.
CREATE TABLE published_heads (
    seq          BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (seq, published_at)
);
INSERT INTO published_heads (seq, published_at) SELECT value, 0 FROM node_state WHERE name = 'stood-seq';
INSERT INTO published_heads (seq, published_at)
SELECT s.value, a.value FROM node_state s JOIN node_state a ON a.name = 'published-at' WHERE s.name = 'published-seq' AND a.value > 0;
DELETE FROM node_state WHERE name IN ('stood-seq', 'published-seq', 'published-at');

-- Random keys that the nodes of the region share.
CREATE TABLE node_secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
