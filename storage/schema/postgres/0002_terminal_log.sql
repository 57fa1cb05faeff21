-- What terminals tell of themselves (protocol-adms § 3.4, 3.6, 3.8). Types as in 0001.

SET LOCAL search_path = presensi;

ALTER TABLE terminal ADD COLUMN facts text NOT NULL DEFAULT '';

-- operation: the wire's code, null for an error. sha256: of the event itself, so that a re-sent one is known.
CREATE TABLE terminal_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id integer NOT NULL REFERENCES terminal (id),
    delivery_id bigint NOT NULL,
    line integer NOT NULL,
    kind text NOT NULL,
    operation integer,
    operator_pin text NOT NULL,
    device_time timestamp(0),
    detail text NOT NULL,
    received_at timestamptz NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    UNIQUE (terminal_id, sha256)
);
CREATE INDEX terminal_event_latest ON terminal_event (terminal_id, id);

-- PIN and name as the terminal has them now: hints for matching, never a person.
CREATE TABLE terminal_user (
    terminal_id integer NOT NULL REFERENCES terminal (id),
    pin_key text NOT NULL,
    pin text NOT NULL,
    name text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (terminal_id, pin_key)
);

CREATE TRIGGER terminal_event_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON terminal_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
