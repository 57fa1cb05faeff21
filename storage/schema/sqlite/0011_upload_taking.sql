-- Who brought or approved a file is on record before anything of it counts. Times as in 0001.

-- state 'taking': its punches may be stored, its counts are not yet final. said: JSON, how whoever brought it said that
-- it is to be read; empty: before this column was. Built anew, because a CHECK cannot be changed.
CREATE TABLE upload_anew (
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
    remarks TEXT NOT NULL DEFAULT '[]',
    state TEXT NOT NULL DEFAULT 'taken' CHECK (state IN ('taking', 'taken', 'waiting', 'refused')),
    waits_for TEXT NOT NULL DEFAULT '',
    decided_at TEXT,
    decided_by TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    said TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO upload_anew (id, terminal_id, delivery_id, uploaded_at, uploaded_by, sha256, bytes, kind, terminal_number,
    lines, new_punches, known_punches, rejects, first_time, last_time, remarks, state, waits_for, decided_at,
    decided_by, reason)
    SELECT id, terminal_id, delivery_id, uploaded_at, uploaded_by, sha256, bytes, kind, terminal_number,
        lines, new_punches, known_punches, rejects, first_time, last_time, remarks, state, waits_for, decided_at,
        decided_by, reason
    FROM upload;
CREATE TABLE waiting_upload_anew (
    upload_id INTEGER PRIMARY KEY REFERENCES upload_anew (id),
    content BLOB,
    said TEXT NOT NULL
) STRICT;
INSERT INTO waiting_upload_anew (upload_id, content, said) SELECT upload_id, content, said FROM waiting_upload;
DROP TABLE waiting_upload;
DROP TABLE upload;
ALTER TABLE upload_anew RENAME TO upload;
ALTER TABLE waiting_upload_anew RENAME TO waiting_upload;
CREATE INDEX upload_of_terminal ON upload (terminal_id, id);
CREATE INDEX upload_when ON upload (terminal_id, uploaded_at);
CREATE INDEX upload_is_being_taken ON upload (id) WHERE state = 'taking';
-- The same file that is to be read in another way is another file.
CREATE UNIQUE INDEX upload_waits_once ON upload (terminal_id, sha256, said) WHERE state = 'waiting';
