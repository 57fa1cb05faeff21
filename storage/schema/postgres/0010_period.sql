-- The monthly cycle (architecture 3.11): unit × month, open → submitted → returned → frozen. Types as in 0008.

SET LOCAL search_path = presensi;

-- No row: open, and nothing happened. digest: hex, of a frozen one (storage/period_repository.hpp).
CREATE TABLE period (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month text NOT NULL CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
    unit text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'submitted', 'returned', 'frozen')),
    changed_at timestamptz NOT NULL,
    digest text NOT NULL DEFAULT '',
    punches bigint NOT NULL DEFAULT 0,
    UNIQUE (month, unit)
);

-- Who did what, and what was missing then: detail is a JSON object.
CREATE TABLE period_step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    period_id bigint NOT NULL REFERENCES period (id),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    step text NOT NULL CHECK (step IN ('submit', 'return', 'freeze')),
    moment text NOT NULL CHECK (moment IN ('early', 'in_time', 'late')),
    reason text NOT NULL,
    detail text NOT NULL
);
CREATE INDEX period_step_of ON period_step (period_id, id);

-- unit empty: all. The latest one holds. until_day: the last day, belongs to it.
CREATE TABLE period_extension (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month text NOT NULL CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
    unit text NOT NULL,
    granted smallint NOT NULL CHECK (granted IN (0, 1)),
    until_day date,
    reason text NOT NULL,
    legal_basis text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
);

-- What a frozen month consists of, and whose each punch was then (NULL: nobody's, but of a terminal of the unit).
CREATE TABLE frozen_punch (
    period_id bigint NOT NULL REFERENCES period (id),
    punch_id bigint NOT NULL,
    person_id bigint REFERENCES person (id),
    PRIMARY KEY (period_id, punch_id)
);

CREATE TRIGGER period_step_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON period_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_extension_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON period_extension
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER frozen_punch_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON frozen_punch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Its state and digest stay once it is frozen.
CREATE FUNCTION refuse_thaw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a frozen month never changes';
END $$;
CREATE TRIGGER period_stays_frozen BEFORE UPDATE OR DELETE ON period
    FOR EACH ROW WHEN (OLD.state = 'frozen') EXECUTE FUNCTION refuse_thaw();

-- When files were brought, for the board.
CREATE INDEX upload_when ON upload (terminal_id, uploaded_at);

CREATE VIEW sikep_v1.period AS SELECT month, unit, state, changed_at, NULLIF(digest, '') AS digest, punches FROM period;
COMMENT ON VIEW sikep_v1.period IS 'Where each unit stands with a month; a unit without a row is open';
COMMENT ON COLUMN sikep_v1.period.month IS 'Such as 2026-10';
COMMENT ON COLUMN sikep_v1.period.unit IS 'Code of the unit (SKPD)';
COMMENT ON COLUMN sikep_v1.period.state IS 'open, submitted, returned or frozen';
COMMENT ON COLUMN sikep_v1.period.changed_at IS 'When it came into that state';
COMMENT ON COLUMN sikep_v1.period.digest IS 'SHA-256 over the punches of a frozen month; null: not frozen';
COMMENT ON COLUMN sikep_v1.period.punches IS 'Punches of a frozen month';

-- Whose a punch is, by the PIN assignment of its day: one to the terminal before one for all terminals; two people's at
-- once is nobody's (attendance/directory.hpp says the same).
CREATE OR REPLACE VIEW sikep_v1.punch AS
SELECT p.id, t.serial AS terminal, p.pin, p.pin_key, p.device_time, t.time_zone AS zone, p.punched_at, p.state, p.verify,
    p.work_code, ARRAY[p.road] || ARRAY(SELECT s.road FROM sighting s WHERE s.punch_id = p.id AND s.road <> p.road
    GROUP BY s.road ORDER BY min(s.id)) AS roads, p.grade, p.grade <> 'suspect' AS counted, p.received_at,
    n.uuid AS person, n.nip, n.name, m.unit
FROM punch p JOIN terminal t ON t.id = p.terminal_id
LEFT JOIN LATERAL (
    SELECT CASE WHEN min(a.person_id) = max(a.person_id) THEN min(a.person_id) END AS id
    FROM (SELECT a.person_id, a.serial <> '' AS here, bool_or(a.serial <> '') OVER () AS any_here FROM pin_assignment a
        WHERE a.pin_key = p.pin_key AND a.serial IN ('', t.serial) AND a.valid_from <= p.device_time::date
        AND (a.valid_to IS NULL OR p.device_time::date < a.valid_to)) a
    WHERE a.here = a.any_here) o ON true
LEFT JOIN person n ON n.id = o.id
LEFT JOIN LATERAL (
    SELECT u.unit FROM unit_membership u WHERE u.person_id = o.id AND u.valid_from <= p.device_time::date
    AND (u.valid_to IS NULL OR p.device_time::date < u.valid_to) ORDER BY u.valid_from DESC LIMIT 1) m ON true;
COMMENT ON COLUMN sikep_v1.punch.person IS 'Whose it is, as it is known now: their id for ever; null: nobody''s yet';
COMMENT ON COLUMN sikep_v1.punch.nip IS 'NIP or NI PPPK of that person; null: none';
COMMENT ON COLUMN sikep_v1.punch.name IS 'Name of that person';
COMMENT ON COLUMN sikep_v1.punch.unit IS 'Code of the unit they belonged to on that day, as it was called then';

CREATE VIEW sikep_v1.person AS SELECT uuid, nip, name, kind FROM person;
COMMENT ON VIEW sikep_v1.person IS 'Civil servants and others whose PINs are known';
COMMENT ON COLUMN sikep_v1.person.uuid IS 'Their id for ever; a NIP may come later or change';
COMMENT ON COLUMN sikep_v1.person.nip IS 'NIP or NI PPPK, 18 digits; null: none';
COMMENT ON COLUMN sikep_v1.person.name IS 'Name';
COMMENT ON COLUMN sikep_v1.person.kind IS 'pns, cpns, pppk or none';
