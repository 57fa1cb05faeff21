-- Files that wait for a second person (settings: uploads.second_approval). Types as in 0001.

SET LOCAL search_path = presensi;

-- waits_for: why it had to wait; empty: it did not. reason: of a refusal. A waiting or refused file brought nothing.
ALTER TABLE upload ADD COLUMN state text NOT NULL DEFAULT 'taken' CHECK (state IN ('taken', 'waiting', 'refused'));
ALTER TABLE upload ADD COLUMN waits_for text NOT NULL DEFAULT '';
ALTER TABLE upload ADD COLUMN decided_at timestamptz;
ALTER TABLE upload ADD COLUMN decided_by text NOT NULL DEFAULT '';
ALTER TABLE upload ADD COLUMN reason text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX upload_waits_once ON upload (terminal_id, sha256) WHERE state = 'waiting';

-- content: redacted, as it would be stored; NULL: decided. said: JSON, how it is to be read.
CREATE TABLE waiting_upload (
    upload_id bigint PRIMARY KEY REFERENCES upload (id),
    content bytea,
    said text NOT NULL
);
