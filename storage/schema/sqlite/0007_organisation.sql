-- Units, people, PINs, events (attendance/records.hpp). Times as in 0001; days are dates, valid_to is the first day on
-- which a row holds no more (NULL: it still does). Nothing is deleted: a row ends, or is cancelled.

-- Counted up with every change of the tables below, in its transaction: whoever keeps a copy in memory looks at it.
CREATE TABLE directory_version (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO directory_version VALUES (1, 1);

-- aliases: JSON list of texts. parent and merged_into: codes; empty: none. source: legal basis.
CREATE TABLE unit (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    aliases TEXT NOT NULL,
    valid_from TEXT NOT NULL CHECK (valid_from GLOB '????-??-??'),
    valid_to TEXT CHECK (valid_to GLOB '????-??-??'),
    merged_into TEXT NOT NULL,
    source TEXT NOT NULL
) STRICT;

-- unit empty: all units. echelon empty: all groups. apel = 1: at events; 0: every day.
CREATE TABLE terminal_assignment (
    id INTEGER PRIMARY KEY,
    serial TEXT NOT NULL,
    unit TEXT NOT NULL,
    echelon TEXT NOT NULL CHECK (echelon IN ('', 'eselon_2', 'eselon_3', 'eselon_4', 'staff')),
    apel INTEGER NOT NULL CHECK (apel IN (0, 1)),
    valid_from TEXT NOT NULL CHECK (valid_from GLOB '????-??-??'),
    valid_to TEXT CHECK (valid_to GLOB '????-??-??'),
    source TEXT NOT NULL,
    UNIQUE (serial, unit, echelon, apel, valid_from)
) STRICT;

CREATE TABLE calendar_day (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    kind TEXT NOT NULL CHECK (kind IN ('national', 'collective_leave', 'local')),
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    cancelled_at TEXT,
    cancelled_for TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX calendar_day_once ON calendar_day (day, kind) WHERE cancelled_at IS NULL;

-- units: JSON list of codes; []: all. opens, closes: 07:00.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('apel', 'senam', 'tausiyah', 'upacara')),
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    opens TEXT NOT NULL CHECK (opens GLOB '??:??'),
    closes TEXT NOT NULL CHECK (closes GLOB '??:??'),
    place TEXT NOT NULL,
    units TEXT NOT NULL,
    source TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    cancelled_at TEXT,
    cancelled_for TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX event_once ON event (day, kind, opens, place) WHERE cancelled_at IS NULL;

-- The uuid is the person for ever; a NIP may come later or change (requirements 2.2).
CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    nip TEXT UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('pns', 'cpns', 'pppk', 'none')),
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE unit_membership (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    unit TEXT NOT NULL,
    echelon TEXT NOT NULL CHECK (echelon IN ('eselon_2', 'eselon_3', 'eselon_4', 'staff')),
    golongan TEXT NOT NULL,
    jabatan TEXT NOT NULL,
    valid_from TEXT NOT NULL CHECK (valid_from GLOB '????-??-??'),
    valid_to TEXT CHECK (valid_to GLOB '????-??-??'),
    UNIQUE (person_id, valid_from)
) STRICT;

-- serial empty: on all terminals. reason: why it is theirs. A row that ends on the day it began never held.
CREATE TABLE pin_assignment (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    serial TEXT NOT NULL,
    pin TEXT NOT NULL,
    pin_key TEXT NOT NULL,
    valid_from TEXT NOT NULL CHECK (valid_from GLOB '????-??-??'),
    valid_to TEXT CHECK (valid_to GLOB '????-??-??'),
    reason TEXT NOT NULL,
    assigned_by TEXT NOT NULL,
    assigned_at TEXT NOT NULL
) STRICT;
CREATE INDEX pin_assignment_by_pin ON pin_assignment (pin_key);
CREATE INDEX pin_assignment_by_person ON pin_assignment (person_id);
