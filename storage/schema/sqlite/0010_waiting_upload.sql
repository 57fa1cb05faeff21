-- Files that wait for a second person (settings: uploads.second_approval). Times as in 0001.

-- waits_for: why it had to wait; empty: it did not. reason: of a refusal. A waiting or refused file brought nothing.
ALTER TABLE upload ADD COLUMN state TEXT NOT NULL DEFAULT 'taken' CHECK (state IN ('taken', 'waiting', 'refused'));
ALTER TABLE upload ADD COLUMN waits_for TEXT NOT NULL DEFAULT '';
ALTER TABLE upload ADD COLUMN decided_at TEXT;
ALTER TABLE upload ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
ALTER TABLE upload ADD COLUMN reason TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX upload_waits_once ON upload (terminal_id, sha256) WHERE state = 'waiting';

-- content: redacted, as it would be stored; NULL: decided. said: JSON, how it is to be read.
CREATE TABLE waiting_upload (
    upload_id INTEGER PRIMARY KEY REFERENCES upload (id),
    content BLOB,
    said TEXT NOT NULL
) STRICT;
