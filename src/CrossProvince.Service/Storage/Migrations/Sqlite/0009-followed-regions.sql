-- How far this region's nodes have followed each other region, and which has signed two histories: that one is followed no further until somebody says which holds.
-- settled counts how often somebody has taken what the region signs now in the place of what was followed.
CREATE TABLE followed_regions (
    region      INTEGER NOT NULL PRIMARY KEY,
    seq         BIGINT  NOT NULL,
    hash        BLOB    NOT NULL,
    settled     BIGINT  NOT NULL DEFAULT 0,
    forked_seq  BIGINT  NULL,
    forked_at   BIGINT  NULL,
    held        BLOB    NULL,
    other       BLOB    NULL
);
