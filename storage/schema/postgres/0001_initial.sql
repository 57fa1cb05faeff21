-- Schema presensi, equal to the embedded store's where architecture 5.4 fixes it. Instants are timestamptz, device_time
-- is the terminal's wall clock without zone (architecture 3.1). Names of roads, grades and reasons are those of
-- protocol/records.hpp. Between punch, sighting and reject and what they refer to stand no foreign keys: the one
-- statement that writes them writes both sides, and nothing may be deleted; a check per row would cost a third of the
-- rate. delivery, which each of them brings along, is bound to its terminal.

CREATE SCHEMA IF NOT EXISTS presensi;
SET LOCAL search_path = presensi;

CREATE TABLE schema_version (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL
);

CREATE TABLE terminal (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial text NOT NULL UNIQUE,
    name text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'seen' CHECK (state IN ('seen', 'approved', 'suspended', 'retired')),
    time_zone text NOT NULL,
    unit text NOT NULL DEFAULT '',
    configured text NOT NULL DEFAULT '',
    first_seen timestamptz,
    last_seen timestamptz,
    address text NOT NULL DEFAULT '',
    firmware text NOT NULL DEFAULT '',
    push_version text NOT NULL DEFAULT '',
    model text NOT NULL DEFAULT '',
    platform text NOT NULL DEFAULT '',
    mac text NOT NULL DEFAULT '',
    users bigint,
    records bigint
);

CREATE TABLE terminal_stamp (
    terminal_id integer NOT NULL REFERENCES terminal (id),
    table_name text NOT NULL,
    stamp text NOT NULL,
    PRIMARY KEY (terminal_id, table_name)
);

-- Writers draw delivery ids in blocks of 1,000: the block's first is what nextval gives.
CREATE SEQUENCE delivery_id INCREMENT BY 1000 START WITH 1000;

-- unread = 1: kept for its content, because nobody decodes this table yet.
CREATE TABLE delivery (
    id bigint PRIMARY KEY,
    terminal_id integer NOT NULL REFERENCES terminal (id),
    road text NOT NULL,
    table_name text NOT NULL,
    query text NOT NULL,
    peer text NOT NULL,
    received_at timestamptz NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    unread smallint NOT NULL DEFAULT 0 CHECK (unread IN (0, 1)),
    body bytea NOT NULL
);
CREATE UNIQUE INDEX delivery_unread ON delivery (terminal_id, table_name, sha256) WHERE unread = 1;

-- Each row is its own first sighting. xid is the transaction that wrote it, which the feed is ordered by: rows of a
-- transaction that is older than every running one can have no predecessor any more (architecture 5.3).
CREATE TABLE punch (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    terminal_id integer NOT NULL,
    device_time timestamp(0) NOT NULL,
    pin text NOT NULL CHECK (pin <> ''),
    pin_key text NOT NULL CHECK (pin_key <> ''),
    road text NOT NULL,
    state smallint,
    verify smallint,
    work_code text,
    punched_at timestamptz(0) NOT NULL,
    received_at timestamptz NOT NULL,
    grade text NOT NULL,
    delivery_id bigint NOT NULL,
    line integer NOT NULL,
    UNIQUE (terminal_id, device_time, pin_key)
);
CREATE INDEX punch_feed ON punch (xid, id);

-- A later sighting, only where it brought a new road or other attributes (architecture 3.2).
CREATE TABLE sighting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    punch_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    road text NOT NULL,
    line integer NOT NULL,
    state smallint,
    verify smallint,
    work_code text
);
CREATE UNIQUE INDEX sighting_once
    ON sighting (punch_id, road, COALESCE(state, -1), COALESCE(verify, -1), COALESCE(work_code, ''));

-- length and sha256 are those of the whole line; bytes may be only its head.
CREATE TABLE reject (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id bigint NOT NULL,
    terminal_id integer NOT NULL,
    table_name text NOT NULL,
    line integer NOT NULL,
    reason text NOT NULL,
    bytes bytea NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    length bigint NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (terminal_id, table_name, sha256)
);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL
);

-- No silent change (promise P5): even the owner is refused; roles.sql refuses the daemon's role besides.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is insert-only: a row of it is never changed or deleted', TG_TABLE_NAME;
END $$;
CREATE TRIGGER punch_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON punch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sighting_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON sighting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER delivery_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON delivery
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reject_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON reject
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
