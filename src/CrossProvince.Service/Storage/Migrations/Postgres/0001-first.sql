-- Dates are INTEGER days since 1970-01-01, instants BIGINT milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE node_state (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- One row a licence; what its current index entry says stands beside it.
CREATE TABLE licences (
    licence_id       TEXT    NOT NULL PRIMARY KEY,
    type_number      INTEGER NOT NULL,
    number           TEXT    NOT NULL,
    holder_name      TEXT    NOT NULL,
    holder_code      TEXT    NOT NULL,
    holder_code_type TEXT    NOT NULL,
    issuer_name      TEXT    NOT NULL,
    issuer_code      TEXT    NOT NULL,
    issued_on        INTEGER NOT NULL,
    valid_from       INTEGER NOT NULL,
    valid_until      INTEGER NULL,
    status_raw       TEXT    NOT NULL,
    status_note      TEXT    NOT NULL,
    fields           TEXT    NOT NULL,
    display          BYTEA   NOT NULL,
    list_number      INTEGER NOT NULL,
    list_index       INTEGER NOT NULL,
    status           INTEGER NOT NULL,
    reason_code      INTEGER NOT NULL,
    tag              BYTEA   NOT NULL,
    last_seq         BIGINT  NOT NULL
);
CREATE INDEX licences_by_holder ON licences (holder_code);
CREATE INDEX licences_by_activation ON licences (valid_from) WHERE status = 3 AND reason_code = 20;

-- Who else may show a licence: guardians (1) and agents (2), as presenter numbers of docs/payload.md.
CREATE TABLE licence_parties (
    licence_id TEXT    NOT NULL REFERENCES licences (licence_id),
    presenter  INTEGER NOT NULL,
    code       TEXT    NOT NULL,
    code_type  TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    PRIMARY KEY (licence_id, presenter, code)
);
CREATE INDEX licence_parties_by_code ON licence_parties (code);

-- Every index entry ever given out, so that none is given twice.
CREATE TABLE list_entries (
    list_number INTEGER NOT NULL,
    list_index  INTEGER NOT NULL,
    licence_id  TEXT    NOT NULL,
    PRIMARY KEY (list_number, list_index)
);
CREATE INDEX list_entries_by_licence ON list_entries (licence_id);

CREATE TABLE lists (
    list_number INTEGER NOT NULL PRIMARY KEY,
    allocated   INTEGER NOT NULL
);

-- The end of the chain; its one row is the lock that orders all writers.
CREATE TABLE status_chain (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  BIGINT  NOT NULL,
    hash BYTEA   NOT NULL,
    time BIGINT  NOT NULL
);
INSERT INTO status_chain (id, seq, hash, time)
VALUES (1, 0, '\x0000000000000000000000000000000000000000000000000000000000000000', 0);

CREATE TABLE status_changes (
    seq         BIGINT  NOT NULL PRIMARY KEY,
    time        BIGINT  NOT NULL,
    list_number INTEGER NOT NULL,
    list_index  INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    tag         BYTEA   NOT NULL,
    reason_code INTEGER NOT NULL,
    hash        BYTEA   NOT NULL
);

-- One row a showing: the codes refreshed while one licence is shown for one scenario.
CREATE TABLE showings (
    showing         BIGINT  NOT NULL PRIMARY KEY,
    licence_id      TEXT    NOT NULL,
    list_number     INTEGER NOT NULL,
    list_index      INTEGER NOT NULL,
    scenario        INTEGER NOT NULL,
    presenter       INTEGER NOT NULL,
    presenter_code  TEXT    NOT NULL,
    first_issued_at BIGINT  NOT NULL,
    last_expires_at BIGINT  NOT NULL,
    last_code       INTEGER NOT NULL,
    withdrawn_at    BIGINT  NULL
);

CREATE TABLE used_showings (
    issuing_region  INTEGER NOT NULL,
    showing         BIGINT  NOT NULL,
    owner           TEXT    NOT NULL,
    used_at         BIGINT  NOT NULL,
    kept_until      BIGINT  NOT NULL,
    verification_id TEXT    NOT NULL,
    PRIMARY KEY (issuing_region, showing)
);
CREATE INDEX used_showings_by_end ON used_showings (kept_until);

CREATE TABLE verifications (
    verification_id TEXT    NOT NULL PRIMARY KEY,
    time            BIGINT  NOT NULL,
    caller          TEXT    NOT NULL,
    on_behalf_of    TEXT    NOT NULL,
    verifier_region INTEGER NOT NULL,
    terminal_id     TEXT    NOT NULL,
    matter_code     TEXT    NOT NULL,
    case_number     TEXT    NOT NULL,
    request_id      TEXT    NULL,
    request_digest  BYTEA   NULL,
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
    specimen        BOOLEAN NOT NULL,
    status_as_of    BIGINT  NOT NULL,
    stale           BOOLEAN NOT NULL,
    trust_version   BIGINT  NOT NULL,
    trust_stale     BOOLEAN NOT NULL,
    repeated        BOOLEAN NOT NULL,
    mode            INTEGER NOT NULL,
    disclosed       TEXT    NOT NULL
);
CREATE INDEX verifications_by_request ON verifications (caller, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX verifications_by_entry ON verifications (issuing_region, list_number, list_index, time);
