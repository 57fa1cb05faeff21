-- Who may do what, and who looked at whom (architecture 3.10). Types as in 0001; days are dates.

SET LOCAL search_path = presensi;

-- Counted up with every change of accounts and tokens, in its transaction: whoever keeps a copy in memory looks at it.
CREATE TABLE access_version (
    one smallint PRIMARY KEY CHECK (one = 1),
    version bigint NOT NULL
);
INSERT INTO access_version VALUES (1, 1);

-- A name is one person's for ever: a revoked account keeps it. units: JSON list of codes; []: all. person: uuid; empty:
-- not told. mandate: the assignment on which it was given.
CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('super-admin', 'admin', 'assistant', 'reader')),
    units text NOT NULL,
    person text NOT NULL,
    mandate_number text NOT NULL,
    mandate_date date,
    mandate_signer text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    revoked_at timestamptz,
    revoked_by text NOT NULL DEFAULT ''
);

-- sha256: of the token; the token itself is nowhere.
CREATE TABLE token (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
    role text NOT NULL CHECK (role IN ('super-admin', 'admin', 'assistant', 'reader')),
    units text NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    revoked_at timestamptz,
    revoked_by text NOT NULL DEFAULT ''
);

-- One row for each viewer, person and day of ours; at: the first time on that day.
CREATE TABLE access_record (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    viewer text NOT NULL,
    person_id bigint NOT NULL REFERENCES person (id),
    day date NOT NULL,
    at timestamptz NOT NULL,
    UNIQUE (viewer, person_id, day)
);
CREATE INDEX access_record_by_person ON access_record (person_id, day);
CREATE TRIGGER access_record_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON access_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
