-- Whatever names a person is sealed by keys that the database does not have (docs/adr/0037). What stood here in plain text is moved aside; the
-- node that starts with a key file seals it from there, some rows at a time, and drops what is moved aside (Licences/PlainRows).
INSERT INTO node_state (name, value)
SELECT 'plain-rows', (SELECT COUNT(*) FROM licences) + (SELECT COUNT(*) FROM showings);

-- They seal copies in the shared cache that live a minute; the next ones are sealed themselves.
DELETE FROM node_secrets;

-- Which keys rows are sealed and looked up by; the keys themselves are in the key file. Purpose: 1 seals, 2 looks up. State: 1 in use, 2 nothing new is
-- written by it, 3 no row needs it. The check value tells one key from another that was given its name.
CREATE TABLE storage_keys (
    purpose     INTEGER NOT NULL,
    key_id      TEXT    NOT NULL,
    state       INTEGER NOT NULL,
    check_value BYTEA   NOT NULL,
    PRIMARY KEY (purpose, key_id)
);

DROP INDEX licences_by_holder;
DROP INDEX licences_by_activation;
DROP INDEX licence_parties_by_code;
DROP INDEX list_entries_by_licence;
ALTER TABLE licences RENAME TO plain_licences;
ALTER TABLE licence_parties RENAME TO plain_licence_parties;
ALTER TABLE list_entries RENAME TO plain_list_entries;
ALTER TABLE showings RENAME TO plain_showings;
ALTER INDEX licences_pkey RENAME TO plain_licences_pkey;
ALTER INDEX licence_parties_pkey RENAME TO plain_licence_parties_pkey;
ALTER INDEX list_entries_pkey RENAME TO plain_list_entries_pkey;
ALTER INDEX showings_pkey RENAME TO plain_showings_pkey;

-- One row a licence, numbered by the change that made it: a licence's identifier can hold a person's number, and so stands inside. Hashes are keyed.
CREATE TABLE licences (
    licence_row  BIGINT  NOT NULL PRIMARY KEY,
    licence_hash BYTEA   NOT NULL,
    type_number  INTEGER NOT NULL,
    holder_hash  BYTEA   NOT NULL,
    issuer_name  TEXT    NOT NULL,
    issuer_code  TEXT    NOT NULL,
    issued_on    INTEGER NOT NULL,
    valid_from   INTEGER NOT NULL,
    valid_until  INTEGER NULL,
    status_raw   TEXT    NOT NULL,
    status_note  BYTEA   NOT NULL,
    sealed       BYTEA   NOT NULL,
    display      BYTEA   NOT NULL,
    list_number  INTEGER NOT NULL,
    list_index   INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    reason_code  INTEGER NOT NULL,
    tag          BYTEA   NOT NULL,
    last_seq     BIGINT  NOT NULL
);
CREATE UNIQUE INDEX licences_by_hash ON licences (licence_hash);
CREATE INDEX licences_by_holder ON licences (holder_hash);
CREATE INDEX licences_by_activation ON licences (valid_from) WHERE status = 3 AND reason_code = 20;

-- By whom else a licence is found: its guardians and agents, who are named inside it.
CREATE TABLE licence_parties (
    licence_row BIGINT NOT NULL REFERENCES licences (licence_row),
    party_hash  BYTEA  NOT NULL,
    PRIMARY KEY (licence_row, party_hash)
);
CREATE INDEX licence_parties_by_party ON licence_parties (party_hash);

CREATE TABLE list_entries (
    list_number INTEGER NOT NULL,
    list_index  INTEGER NOT NULL,
    licence_row BIGINT  NOT NULL,
    PRIMARY KEY (list_number, list_index)
);
INSERT INTO list_entries (list_number, list_index, licence_row)
SELECT e.list_number, e.list_index, COALESCE(l.last_seq, 0) FROM plain_list_entries e LEFT JOIN plain_licences l ON l.licence_id = e.licence_id;
CREATE INDEX list_entries_by_licence ON list_entries (licence_row);
DROP TABLE plain_list_entries;

CREATE TABLE showings (
    showing         BIGINT  NOT NULL PRIMARY KEY,
    licence_row     BIGINT  NOT NULL,
    list_number     INTEGER NOT NULL,
    list_index      INTEGER NOT NULL,
    scenario        INTEGER NOT NULL,
    presenter       INTEGER NOT NULL,
    presenter_hash  BYTEA   NOT NULL,
    first_issued_at BIGINT  NOT NULL,
    last_expires_at BIGINT  NOT NULL,
    last_code       INTEGER NOT NULL,
    withdrawn_at    BIGINT  NULL
);
