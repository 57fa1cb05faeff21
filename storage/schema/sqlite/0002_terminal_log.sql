-- What terminals tell of themselves (protocol-adms § 3.4, 3.6, 3.8). Times as in 0001.

ALTER TABLE terminal ADD COLUMN facts TEXT NOT NULL DEFAULT '';

-- operation: the wire's code, null for an error. sha256: of the event itself, so that a re-sent one is known.
CREATE TABLE terminal_event (
    id INTEGER PRIMARY KEY,
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    line INTEGER NOT NULL,
    kind TEXT NOT NULL,
    operation INTEGER,
    operator_pin TEXT NOT NULL,
    device_time TEXT CHECK (device_time GLOB '????-??-??T??:??:??'),
    detail TEXT NOT NULL,
    received_at TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    UNIQUE (terminal_id, sha256)
) STRICT;
CREATE INDEX terminal_event_latest ON terminal_event (terminal_id, id);

-- PIN and name as the terminal has them now: hints for matching, never a person.
CREATE TABLE terminal_user (
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    pin_key TEXT NOT NULL,
    pin TEXT NOT NULL,
    name TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (terminal_id, pin_key)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER terminal_event_never_changes BEFORE UPDATE ON terminal_event BEGIN
    SELECT RAISE(ABORT, 'terminal events are insert-only: an event is never changed');
END;
CREATE TRIGGER terminal_event_never_goes BEFORE DELETE ON terminal_event BEGIN
    SELECT RAISE(ABORT, 'terminal events are insert-only: an event is never deleted');
END;
