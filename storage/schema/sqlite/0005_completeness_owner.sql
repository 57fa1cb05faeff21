-- Which daemon works on a comparison (empty: none yet) and that it still does: it counts its beat up. Another one takes
-- over where the beat stands still.
ALTER TABLE completeness ADD COLUMN worker TEXT NOT NULL DEFAULT '';
ALTER TABLE completeness ADD COLUMN beat INTEGER NOT NULL DEFAULT 0;

-- Since when a terminal of the configuration is known; NULL: before this column was, or by its first contact.
ALTER TABLE terminal ADD COLUMN added_at TEXT;
