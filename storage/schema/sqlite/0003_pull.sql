-- Pull (protocol-4370): who pulls, what came of it, when terminals were heard. Times as in 0001.

-- holder (empty: nobody) pulls the terminal as long as it counts beat up; who wants the lease watches that beat (lease_repository.hpp).
CREATE TABLE lease (
    terminal_id INTEGER PRIMARY KEY REFERENCES terminal (id),
    holder TEXT NOT NULL,
    beat INTEGER NOT NULL
) STRICT;

CREATE TABLE pull_run (
    id INTEGER PRIMARY KEY,
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    daemon TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    reason TEXT NOT NULL DEFAULT '',
    queued_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    bytes INTEGER NOT NULL DEFAULT 0,
    records INTEGER NOT NULL DEFAULT 0,
    new_punches INTEGER NOT NULL DEFAULT 0,
    known_punches INTEGER NOT NULL DEFAULT 0,
    rejects INTEGER NOT NULL DEFAULT 0,
    delivery_id INTEGER
) STRICT;
CREATE INDEX pull_run_latest ON pull_run (terminal_id, id);
CREATE INDEX pull_run_open ON pull_run (daemon) WHERE state IN ('queued', 'running');

-- How its pulls went up to the last that counts for the schedule; failures: in a row.
CREATE TABLE terminal_pull (
    terminal_id INTEGER PRIMARY KEY REFERENCES terminal (id),
    ended_at TEXT NOT NULL,
    last_success TEXT,
    failures INTEGER NOT NULL
) STRICT;

-- enabled_at is empty from before a terminal is disabled until it has been enabled again. host: where that was, if
-- somebody named the place.
CREATE TABLE terminal_disabled (
    terminal_id INTEGER PRIMARY KEY REFERENCES terminal (id),
    since TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    enabled_at TEXT
) STRICT;

-- Unbroken contact by one road. until: the last contact known to the store.
CREATE TABLE terminal_online (
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    road TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (terminal_id, road, since)
) STRICT, WITHOUT ROWID;

-- difference_ms: the terminal's clock minus ours, measured by a pull.
CREATE TABLE terminal_clock (
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    at TEXT NOT NULL,
    difference_ms INTEGER NOT NULL,
    PRIMARY KEY (terminal_id, at)
) STRICT, WITHOUT ROWID;

-- Punches to review (GET /api/v1/exceptions).
CREATE INDEX punch_exception ON punch (id) WHERE grade IN ('late_online', 'pull_only', 'suspect');
