-- The monthly cycle (architecture 3.11): unit × month, open → submitted → returned → frozen. Types as in 0007.

-- No row: open, and nothing happened. digest: hex, of a frozen one (storage/period_repository.hpp).
CREATE TABLE period (
    id INTEGER PRIMARY KEY,
    month TEXT NOT NULL CHECK (month GLOB '????-??'),
    unit TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'submitted', 'returned', 'frozen')),
    changed_at TEXT NOT NULL,
    digest TEXT NOT NULL DEFAULT '',
    punches INTEGER NOT NULL DEFAULT 0,
    UNIQUE (month, unit)
) STRICT;

-- Who did what, and what was missing then: detail is a JSON object.
CREATE TABLE period_step (
    id INTEGER PRIMARY KEY,
    period_id INTEGER NOT NULL REFERENCES period (id),
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('submit', 'return', 'freeze')),
    moment TEXT NOT NULL CHECK (moment IN ('early', 'in_time', 'late')),
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX period_step_of ON period_step (period_id, id);

-- unit empty: all. The latest one holds. until_day: the last day, belongs to it.
CREATE TABLE period_extension (
    id INTEGER PRIMARY KEY,
    month TEXT NOT NULL CHECK (month GLOB '????-??'),
    unit TEXT NOT NULL,
    granted INTEGER NOT NULL CHECK (granted IN (0, 1)),
    until_day TEXT CHECK (until_day GLOB '????-??-??'),
    reason TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

-- What a frozen month consists of, and whose each punch was then (NULL: nobody's, but of a terminal of the unit).
CREATE TABLE frozen_punch (
    period_id INTEGER NOT NULL REFERENCES period (id),
    punch_id INTEGER NOT NULL REFERENCES punch (id),
    person_id INTEGER REFERENCES person (id),
    PRIMARY KEY (period_id, punch_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER period_step_never_changes BEFORE UPDATE ON period_step BEGIN
    SELECT RAISE(ABORT, 'steps of a period are insert-only: a step is never changed');
END;
CREATE TRIGGER period_step_never_goes BEFORE DELETE ON period_step BEGIN
    SELECT RAISE(ABORT, 'steps of a period are insert-only: a step is never deleted');
END;
CREATE TRIGGER period_extension_never_changes BEFORE UPDATE ON period_extension BEGIN
    SELECT RAISE(ABORT, 'extensions are insert-only: one is never changed');
END;
CREATE TRIGGER period_extension_never_goes BEFORE DELETE ON period_extension BEGIN
    SELECT RAISE(ABORT, 'extensions are insert-only: one is never deleted');
END;
CREATE TRIGGER frozen_punch_never_changes BEFORE UPDATE ON frozen_punch BEGIN
    SELECT RAISE(ABORT, 'a frozen month is insert-only: a punch of it is never changed');
END;
CREATE TRIGGER frozen_punch_never_goes BEFORE DELETE ON frozen_punch BEGIN
    SELECT RAISE(ABORT, 'a frozen month is insert-only: a punch of it is never deleted');
END;
-- Its state and digest stay once it is frozen.
CREATE TRIGGER period_stays_frozen BEFORE UPDATE ON period WHEN OLD.state = 'frozen' BEGIN
    SELECT RAISE(ABORT, 'a frozen month never changes');
END;
CREATE TRIGGER period_never_goes BEFORE DELETE ON period BEGIN
    SELECT RAISE(ABORT, 'a period is never deleted');
END;

-- When files were brought, for the board.
CREATE INDEX upload_when ON upload (terminal_id, uploaded_at);
