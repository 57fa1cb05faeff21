-- Who may do what, and who looked at whom (architecture 3.10). Times as in 0001; days are dates.

-- Counted up with every change of accounts and tokens, in its transaction: whoever keeps a copy in memory looks at it.
CREATE TABLE access_version (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO access_version VALUES (1, 1);

-- A name is one person's for ever: a revoked account keeps it. units: JSON list of codes; []: all. person: uuid; empty:
-- not told. mandate: the assignment on which it was given.
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('super-admin', 'admin', 'assistant', 'reader')),
    units TEXT NOT NULL,
    person TEXT NOT NULL,
    mandate_number TEXT NOT NULL,
    mandate_date TEXT CHECK (mandate_date GLOB '????-??-??'),
    mandate_signer TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    revoked_at TEXT,
    revoked_by TEXT NOT NULL DEFAULT ''
) STRICT;

-- sha256: of the token; the token itself is nowhere.
CREATE TABLE token (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    role TEXT NOT NULL CHECK (role IN ('super-admin', 'admin', 'assistant', 'reader')),
    units TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    revoked_at TEXT,
    revoked_by TEXT NOT NULL DEFAULT ''
) STRICT;

-- One row for each viewer, person and day of ours; at: the first time on that day.
CREATE TABLE access_record (
    id INTEGER PRIMARY KEY,
    viewer TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES person (id),
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    at TEXT NOT NULL,
    UNIQUE (viewer, person_id, day)
) STRICT;
CREATE INDEX access_record_by_person ON access_record (person_id, day);
CREATE TRIGGER access_record_never_changes BEFORE UPDATE ON access_record BEGIN
    SELECT RAISE(ABORT, 'records of access are insert-only: one is never changed');
END;
CREATE TRIGGER access_record_never_goes BEFORE DELETE ON access_record BEGIN
    SELECT RAISE(ABORT, 'records of access are insert-only: one is never deleted');
END;
