-- Files that people brought, each time (protocol-4370 § 8). Types as in 0001.

SET LOCAL search_path = presensi;

-- sha256: of the file as it was brought; its redacted bytes are the delivery's. remarks: JSON list of sentences.
CREATE TABLE upload (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id integer NOT NULL REFERENCES terminal (id),
    delivery_id bigint,
    uploaded_at timestamptz NOT NULL,
    uploaded_by text NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    bytes bigint NOT NULL,
    kind text NOT NULL,
    terminal_number text NOT NULL,
    lines bigint NOT NULL,
    new_punches bigint NOT NULL,
    known_punches bigint NOT NULL,
    rejects bigint NOT NULL,
    first_time timestamp(0),
    last_time timestamp(0),
    remarks text NOT NULL DEFAULT '[]'
);
CREATE INDEX upload_of_terminal ON upload (terminal_id, id);
