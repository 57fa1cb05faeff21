-- Files that people brought, each time (protocol-4370 § 8). Times as in 0001.

-- sha256: of the file as it was brought; its redacted bytes are the delivery's. remarks: JSON list of sentences.
CREATE TABLE upload (
    id INTEGER PRIMARY KEY,
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    delivery_id INTEGER REFERENCES delivery (id),
    uploaded_at TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    bytes INTEGER NOT NULL,
    kind TEXT NOT NULL,
    terminal_number TEXT NOT NULL,
    lines INTEGER NOT NULL,
    new_punches INTEGER NOT NULL,
    known_punches INTEGER NOT NULL,
    rejects INTEGER NOT NULL,
    first_time TEXT,
    last_time TEXT,
    remarks TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX upload_of_terminal ON upload (terminal_id, id);
