-- Who brought or approved a file is on record before anything of it counts. Types as in 0001.

SET LOCAL search_path = presensi;

-- state 'taking': its punches may be stored, its counts are not yet final. said: JSON, how whoever brought it said that
-- it is to be read; empty: before this column was.
ALTER TABLE upload DROP CONSTRAINT upload_state_check;
ALTER TABLE upload ADD CONSTRAINT upload_state_check CHECK (state IN ('taking', 'taken', 'waiting', 'refused'));
ALTER TABLE upload ADD COLUMN said text NOT NULL DEFAULT '';
CREATE INDEX upload_is_being_taken ON upload (id) WHERE state = 'taking';
-- The same file that is to be read in another way is another file.
DROP INDEX upload_waits_once;
CREATE UNIQUE INDEX upload_waits_once ON upload (terminal_id, sha256, said) WHERE state = 'waiting';
