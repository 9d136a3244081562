-- The newest trust list that a node of this region has accepted, as it was signed, for each set of configured roots: no node goes back behind it, and all start with it.
CREATE TABLE trust_lists (
    pinned      BLOB   NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL,
    document    BLOB   NOT NULL,
    accepted_at BIGINT NOT NULL
);

-- Since when each signing key of this region stands in the trust list: it signs no earlier than five refresh intervals after that.
CREATE TABLE trusted_keys (
    key_hash BLOB   NOT NULL PRIMARY KEY,
    since    BIGINT NOT NULL
);
