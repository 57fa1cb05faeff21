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

-- The cursor of the feed is EPOCH-XID-ID. The system identifier tells clusters apart, the oid the databases of one: a
-- database restored from a dump has new transactions, so old cursors mean nothing there.
CREATE FUNCTION feed_epoch() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(md5((SELECT system_identifier FROM pg_control_system()) || '/' ||
        (SELECT oid FROM pg_database WHERE datname = current_database())), 16)
$$;

-- What other applications read. These views are a contract: columns may be added, never renamed or removed.
CREATE SCHEMA IF NOT EXISTS sikep_v1;
COMMENT ON SCHEMA sikep_v1 IS 'Presensi Gateway for other applications: a contract, unlike the tables of schema presensi';

CREATE VIEW sikep_v1.terminal AS
SELECT serial, name, unit, state, time_zone, first_seen, last_seen FROM terminal;
COMMENT ON VIEW sikep_v1.terminal IS 'Attendance terminals, one row each';
COMMENT ON COLUMN sikep_v1.terminal.serial IS 'Serial number as the terminal reports it';
COMMENT ON COLUMN sikep_v1.terminal.name IS 'Name given by an administrator, such as Apel IV; may be empty';
COMMENT ON COLUMN sikep_v1.terminal.unit IS 'Code of the unit (SKPD) it stands in; may be empty';
COMMENT ON COLUMN sikep_v1.terminal.state IS 'seen (called, not approved), approved, suspended or retired; only approved ones deliver punches';
COMMENT ON COLUMN sikep_v1.terminal.time_zone IS 'IANA zone of its wall clock, such as Asia/Makassar (WITA)';
COMMENT ON COLUMN sikep_v1.terminal.first_seen IS 'When it was first heard; null: never';
COMMENT ON COLUMN sikep_v1.terminal.last_seen IS 'When it was last heard, to some seconds; null: never';

CREATE VIEW sikep_v1.punch AS
SELECT p.id, t.serial AS terminal, p.pin, p.pin_key, p.device_time, t.time_zone AS zone, p.punched_at, p.state, p.verify,
    p.work_code, ARRAY[p.road] || ARRAY(SELECT s.road FROM sighting s WHERE s.punch_id = p.id AND s.road <> p.road
    GROUP BY s.road ORDER BY min(s.id)) AS roads, p.grade, p.grade <> 'suspect' AS counted, p.received_at
FROM punch p JOIN terminal t ON t.id = p.terminal_id;
COMMENT ON VIEW sikep_v1.punch IS 'Every punch once: one person, one terminal, one second. Insert-only. To follow what is new, use punches_after(); ids are not in the order in which rows become visible';
COMMENT ON COLUMN sikep_v1.punch.id IS 'Identifies the punch for ever';
COMMENT ON COLUMN sikep_v1.punch.terminal IS 'Serial number of the terminal';
COMMENT ON COLUMN sikep_v1.punch.pin IS 'User id exactly as the terminal wrote it first, such as 0042';
COMMENT ON COLUMN sikep_v1.punch.pin_key IS 'User id to compare and join by: without blanks around it and leading zeros, such as 42';
COMMENT ON COLUMN sikep_v1.punch.device_time IS 'Wall clock of the terminal to the second, local time without zone';
COMMENT ON COLUMN sikep_v1.punch.zone IS 'IANA zone of that wall clock';
COMMENT ON COLUMN sikep_v1.punch.punched_at IS 'The same moment as an instant, derived from device_time and the zone';
COMMENT ON COLUMN sikep_v1.punch.state IS 'Key that was pressed: 0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 none; null: not sent';
COMMENT ON COLUMN sikep_v1.punch.verify IS 'How the person was verified: 1 fingerprint, 3 password, 4 card, 15 face, 25 palm, and others; null: not sent';
COMMENT ON COLUMN sikep_v1.punch.work_code IS 'Work code that was entered; null: none';
COMMENT ON COLUMN sikep_v1.punch.roads IS 'Roads it came by, the first one first: push, pull, upload';
COMMENT ON COLUMN sikep_v1.punch.grade IS 'Worth as evidence: live, late, pulled, file, late_online, pull_only, suspect';
COMMENT ON COLUMN sikep_v1.punch.counted IS 'False while the punch is suspect and nobody has resolved it';
COMMENT ON COLUMN sikep_v1.punch.received_at IS 'When the gateway first received it';

-- The change feed in SQL: follow the cursor of the last row. Rows come in commit order; those of transactions that may
-- still have older companions under way wait, so a reader never misses a row and never sees one twice.
CREATE FUNCTION sikep_v1.punches_after(cursor text DEFAULT NULL, "limit" integer DEFAULT 1000)
RETURNS TABLE (next_cursor text, id bigint, terminal text, pin text, pin_key text, device_time timestamp, zone text,
    punched_at timestamptz, state smallint, verify smallint, work_code text, roads text[], grade text, counted boolean,
    received_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = presensi, pg_temp AS $$
#variable_conflict use_column
DECLARE
    epoch text := feed_epoch();
    part text[] := regexp_match(cursor, '^([0-9a-f]{16})-([0-9]{1,20})-([0-9]{1,19})$');
    after_xid xid8 := '0';
    after_id bigint := 0;
BEGIN
    IF cursor IS NOT NULL AND cursor NOT IN ('', '0') THEN
        IF part IS NULL THEN
            RAISE EXCEPTION 'this is not a cursor of the feed' USING ERRCODE = '22023',
                HINT = 'start with NULL and then pass the next_cursor of the last row';
        END IF;
        after_xid := part[2]::xid8;
        after_id := part[3]::bigint;
        IF part[1] <> epoch OR after_xid >= pg_snapshot_xmax(pg_current_snapshot()) THEN
            RAISE EXCEPTION 'this cursor is of another database, or of the time before this one was restored'
                USING ERRCODE = '22023', HINT = 'start anew with NULL';
        END IF;
    END IF;
    RETURN QUERY
    SELECT epoch || '-' || b.xid || '-' || b.id, v.id, v.terminal, v.pin, v.pin_key, v.device_time::timestamp, v.zone,
        v.punched_at::timestamptz, v.state, v.verify, v.work_code, v.roads, v.grade, v.counted, v.received_at
    FROM (SELECT p.xid, p.id FROM punch p
        WHERE (p.xid, p.id) > (after_xid, after_id) AND p.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY p.xid, p.id LIMIT greatest(1, least("limit", 10000))) b
    JOIN sikep_v1.punch v ON v.id = b.id ORDER BY b.xid, b.id;
END $$;
COMMENT ON FUNCTION sikep_v1.punches_after IS 'Punches that became visible after the cursor (NULL: from the beginning), in commit order, at most 10000; pass next_cursor of the last row next time. LISTEN presensi_punch tells when to look again';
REVOKE ALL ON FUNCTION sikep_v1.punches_after FROM PUBLIC;

-- What the roles of roles.sql may do with what is there now. Tables that refuse changes are insert-only for the daemon
-- too. presensid migrate calls it; a role that does not exist, or that owns the schema, is left alone.
CREATE FUNCTION grant_to_roles() RETURNS void LANGUAGE plpgsql SET search_path = presensi, pg_temp AS $$
DECLARE
    tab record;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'presensid' AND rolname <> current_user) THEN
        GRANT USAGE ON SCHEMA presensi TO presensid;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA presensi TO presensid;
        FOR tab IN
            SELECT c.relname AS name, EXISTS (SELECT FROM pg_trigger g
                WHERE g.tgrelid = c.oid AND g.tgfoid = 'refuse_change'::regproc) AS insert_only
            FROM pg_class c WHERE c.relnamespace = 'presensi'::regnamespace AND c.relkind IN ('r', 'p')
        LOOP
            EXECUTE format('REVOKE ALL ON TABLE %I FROM presensid', tab.name);
            EXECUTE format('GRANT SELECT, INSERT%s ON TABLE %I TO presensid',
                CASE WHEN tab.insert_only THEN '' ELSE ', UPDATE, DELETE' END, tab.name);
        END LOOP;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sikep_reader') THEN
        GRANT USAGE ON SCHEMA sikep_v1 TO sikep_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA sikep_v1 TO sikep_reader;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA sikep_v1 TO sikep_reader;
    END IF;
END $$;
