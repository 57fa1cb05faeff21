-- Units, people, PINs, events (attendance/records.hpp). Types as in 0001; days are dates, valid_to is the first day on
-- which a row holds no more (NULL: it still does). Nothing is deleted: a row ends, or is cancelled.

SET LOCAL search_path = presensi;

-- Counted up with every change of the tables below, in its transaction: whoever keeps a copy in memory looks at it.
CREATE TABLE directory_version (
    one smallint PRIMARY KEY CHECK (one = 1),
    version bigint NOT NULL
);
INSERT INTO directory_version VALUES (1, 1);

-- aliases: JSON list of texts. parent and merged_into: codes; empty: none. source: legal basis.
CREATE TABLE unit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    kind text NOT NULL,
    parent text NOT NULL,
    aliases text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    merged_into text NOT NULL,
    source text NOT NULL
);

-- unit empty: all units. echelon empty: all groups. apel = 1: at events; 0: every day.
CREATE TABLE terminal_assignment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial text NOT NULL,
    unit text NOT NULL,
    echelon text NOT NULL CHECK (echelon IN ('', 'eselon_2', 'eselon_3', 'eselon_4', 'staff')),
    apel smallint NOT NULL CHECK (apel IN (0, 1)),
    valid_from date NOT NULL,
    valid_to date,
    source text NOT NULL,
    UNIQUE (serial, unit, echelon, apel, valid_from)
);

CREATE TABLE calendar_day (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('national', 'collective_leave', 'local')),
    name text NOT NULL,
    source text NOT NULL,
    recorded_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    cancelled_for text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX calendar_day_once ON calendar_day (day, kind) WHERE cancelled_at IS NULL;

-- units: JSON list of codes; []: all. opens, closes: 07:00.
CREATE TABLE event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('apel', 'senam', 'tausiyah', 'upacara')),
    day date NOT NULL,
    opens text NOT NULL CHECK (opens ~ '^[0-9]{2}:[0-9]{2}$'),
    closes text NOT NULL CHECK (closes ~ '^[0-9]{2}:[0-9]{2}$'),
    place text NOT NULL,
    units text NOT NULL,
    source text NOT NULL,
    recorded_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    cancelled_for text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX event_once ON event (day, kind, opens, place) WHERE cancelled_at IS NULL;

-- The uuid is the person for ever; a NIP may come later or change (requirements 2.2).
CREATE TABLE person (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uuid text NOT NULL UNIQUE,
    nip text UNIQUE,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('pns', 'cpns', 'pppk', 'none')),
    created_at timestamptz NOT NULL
);

CREATE TABLE unit_membership (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person (id),
    unit text NOT NULL,
    echelon text NOT NULL CHECK (echelon IN ('eselon_2', 'eselon_3', 'eselon_4', 'staff')),
    golongan text NOT NULL,
    jabatan text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    UNIQUE (person_id, valid_from)
);

-- serial empty: on all terminals. reason: why it is theirs. A row that ends on the day it began never held.
CREATE TABLE pin_assignment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person (id),
    serial text NOT NULL,
    pin text NOT NULL,
    pin_key text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    reason text NOT NULL,
    assigned_by text NOT NULL,
    assigned_at timestamptz NOT NULL
);
CREATE INDEX pin_assignment_by_pin ON pin_assignment (pin_key);
CREATE INDEX pin_assignment_by_person ON pin_assignment (person_id);
