-- Pull (protocol-4370): who pulls, what came of it, when terminals were heard. Types as in 0001.

SET LOCAL search_path = presensi;

-- holder (empty: nobody) pulls the terminal as long as it counts beat up; who wants the lease watches that beat (lease_repository.hpp).
CREATE TABLE lease (
    terminal_id integer PRIMARY KEY REFERENCES terminal (id),
    holder text NOT NULL,
    beat bigint NOT NULL
);

CREATE TABLE pull_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id integer NOT NULL REFERENCES terminal (id),
    daemon text NOT NULL,
    asked_by text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    reason text NOT NULL DEFAULT '',
    queued_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    bytes bigint NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    new_punches bigint NOT NULL DEFAULT 0,
    known_punches bigint NOT NULL DEFAULT 0,
    rejects bigint NOT NULL DEFAULT 0,
    delivery_id bigint
);
CREATE INDEX pull_run_latest ON pull_run (terminal_id, id);
CREATE INDEX pull_run_open ON pull_run (daemon) WHERE state IN ('queued', 'running');

-- How its pulls went up to the last that counts for the schedule; failures: in a row.
CREATE TABLE terminal_pull (
    terminal_id integer PRIMARY KEY REFERENCES terminal (id),
    ended_at timestamptz NOT NULL,
    last_success timestamptz,
    failures bigint NOT NULL
);

-- enabled_at is empty from before a terminal is disabled until it has been enabled again. host: where that was, if
-- somebody named the place.
CREATE TABLE terminal_disabled (
    terminal_id integer PRIMARY KEY REFERENCES terminal (id),
    since timestamptz NOT NULL,
    host text NOT NULL,
    port integer NOT NULL,
    enabled_at timestamptz
);

-- Unbroken contact by one road. until: the last contact known to the store.
CREATE TABLE terminal_online (
    terminal_id integer NOT NULL REFERENCES terminal (id),
    road text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (terminal_id, road, since)
);

-- difference_ms: the terminal's clock minus ours, measured by a pull.
CREATE TABLE terminal_clock (
    terminal_id integer NOT NULL REFERENCES terminal (id),
    at timestamptz NOT NULL,
    difference_ms bigint NOT NULL,
    PRIMARY KEY (terminal_id, at)
);

-- Punches to review (GET /api/v1/exceptions).
CREATE INDEX punch_exception ON punch (id) WHERE grade IN ('late_online', 'pull_only', 'suspect');
