-- Times are RFC 3339 UTC text; device_time alone is the terminal's wall clock, ISO text with T and without zone
-- (architecture 3.1). Names of roads, grades and reasons are those of protocol/records.hpp.

CREATE TABLE schema_version (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT;

-- Tells this file from every other one, so that a feed cursor of another file is recognised (architecture 5.3).
CREATE TABLE store_identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL CHECK (length(epoch) = 8)
) STRICT;
INSERT INTO store_identity (id, epoch) VALUES (1, lower(hex(randomblob(4))));

CREATE TABLE terminal (
    id INTEGER PRIMARY KEY,
    serial TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'seen' CHECK (state IN ('seen', 'approved', 'suspended', 'retired')),
    time_zone TEXT NOT NULL,
    unit TEXT NOT NULL DEFAULT '',
    configured TEXT NOT NULL DEFAULT '',
    first_seen TEXT,
    last_seen TEXT,
    address TEXT NOT NULL DEFAULT '',
    firmware TEXT NOT NULL DEFAULT '',
    push_version TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    platform TEXT NOT NULL DEFAULT '',
    mac TEXT NOT NULL DEFAULT '',
    users INTEGER,
    records INTEGER
) STRICT;

CREATE TABLE terminal_stamp (
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    table_name TEXT NOT NULL,
    stamp TEXT NOT NULL,
    PRIMARY KEY (terminal_id, table_name)
) STRICT, WITHOUT ROWID;

-- unread = 1: kept for its content, because nobody decodes this table yet.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    road TEXT NOT NULL,
    table_name TEXT NOT NULL,
    query TEXT NOT NULL,
    peer TEXT NOT NULL,
    received_at TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    unread INTEGER NOT NULL DEFAULT 0 CHECK (unread IN (0, 1)),
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX delivery_unread ON delivery (terminal_id, table_name, sha256) WHERE unread = 1;

-- Each row is its own first sighting. Ids rise in commit order and are never used twice, which the feed relies on.
CREATE TABLE punch (
    id INTEGER PRIMARY KEY,
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    device_time TEXT NOT NULL CHECK (device_time GLOB '????-??-??T??:??:??'),
    pin TEXT NOT NULL CHECK (pin <> ''),
    pin_key TEXT NOT NULL CHECK (pin_key <> ''),
    road TEXT NOT NULL,
    state INTEGER,
    verify INTEGER,
    work_code TEXT,
    punched_at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    grade TEXT NOT NULL,
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    line INTEGER NOT NULL,
    UNIQUE (terminal_id, device_time, pin_key)
) STRICT;

-- A later sighting, only where it brought a new road or other attributes (architecture 3.2).
CREATE TABLE sighting (
    id INTEGER PRIMARY KEY,
    punch_id INTEGER NOT NULL REFERENCES punch (id),
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    road TEXT NOT NULL,
    line INTEGER NOT NULL,
    state INTEGER,
    verify INTEGER,
    work_code TEXT
) STRICT;
CREATE UNIQUE INDEX sighting_once
    ON sighting (punch_id, road, COALESCE(state, -1), COALESCE(verify, -1), COALESCE(work_code, ''));

-- length and sha256 are those of the whole line; bytes may be only its head.
CREATE TABLE reject (
    id INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    table_name TEXT NOT NULL,
    line INTEGER NOT NULL,
    reason TEXT NOT NULL,
    bytes BLOB NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    length INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    UNIQUE (terminal_id, table_name, sha256)
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

-- No silent change (promise P5).
CREATE TRIGGER punch_never_changes BEFORE UPDATE ON punch BEGIN
    SELECT RAISE(ABORT, 'punches are insert-only: a punch is never changed');
END;
CREATE TRIGGER punch_never_goes BEFORE DELETE ON punch BEGIN
    SELECT RAISE(ABORT, 'punches are insert-only: a punch is never deleted');
END;
CREATE TRIGGER sighting_never_changes BEFORE UPDATE ON sighting BEGIN
    SELECT RAISE(ABORT, 'sightings are insert-only: a sighting is never changed');
END;
CREATE TRIGGER sighting_never_goes BEFORE DELETE ON sighting BEGIN
    SELECT RAISE(ABORT, 'sightings are insert-only: a sighting is never deleted');
END;
CREATE TRIGGER delivery_never_changes BEFORE UPDATE ON delivery BEGIN
    SELECT RAISE(ABORT, 'deliveries are insert-only: a delivery is never changed');
END;
CREATE TRIGGER delivery_never_goes BEFORE DELETE ON delivery BEGIN
    SELECT RAISE(ABORT, 'deliveries are insert-only: a delivery is never deleted');
END;
CREATE TRIGGER reject_never_changes BEFORE UPDATE ON reject BEGIN
    SELECT RAISE(ABORT, 'rejects are insert-only: a reject is never changed');
END;
CREATE TRIGGER reject_never_goes BEFORE DELETE ON reject BEGIN
    SELECT RAISE(ABORT, 'rejects are insert-only: a reject is never deleted');
END;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is insert-only: a line of it is never changed');
END;
CREATE TRIGGER audit_never_goes BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is insert-only: a line of it is never deleted');
END;
