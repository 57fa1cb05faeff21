-- What we ask of terminals (protocol-adms § 4), and what it proves of their days. Times as in 0001.

-- text: what follows "C:<id>:" on the wire. Ids are never used twice, because a result names nothing else.
CREATE TABLE command (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    verb TEXT NOT NULL,
    text TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'offered', 'answered', 'expired')),
    queued_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    offers INTEGER NOT NULL DEFAULT 0,
    offered_at TEXT,
    answered_at TEXT,
    return_code INTEGER,
    records INTEGER
) STRICT;
CREATE INDEX command_latest ON command (terminal_id, id);
CREATE UNIQUE INDEX command_open ON command (terminal_id, text) WHERE state IN ('queued', 'offered');

-- One comparison of one day of one terminal, up to and including the wall clock reading until_time. result 'open': not
-- compared yet. difference: punches that were fetched (mended) or are missing (short).
CREATE TABLE completeness (
    id INTEGER PRIMARY KEY,
    terminal_id INTEGER NOT NULL REFERENCES terminal (id),
    day TEXT NOT NULL CHECK (day GLOB '????-??-??'),
    until_time TEXT NOT NULL CHECK (until_time GLOB '????-??-??T??:??:??'),
    cause TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('open', 'complete', 'mended', 'short', 'unknown')),
    means TEXT NOT NULL DEFAULT '',
    terminal_count INTEGER,
    stored_count INTEGER,
    difference INTEGER NOT NULL DEFAULT 0,
    compared_at TEXT,
    note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX completeness_day ON completeness (terminal_id, day, id);
CREATE UNIQUE INDEX completeness_open ON completeness (terminal_id, day) WHERE result = 'open';

-- 'pull': its clock was read; 'push': estimated from punches that were sent at once.
ALTER TABLE terminal_clock ADD COLUMN road TEXT NOT NULL DEFAULT 'pull';
