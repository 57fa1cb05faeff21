-- What we ask of terminals (protocol-adms § 4), and what it proves of their days. Types as in 0001.

SET LOCAL search_path = presensi;

-- text: what follows "C:<id>:" on the wire. Ids are never used twice, because a result names nothing else.
CREATE TABLE command (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id integer NOT NULL REFERENCES terminal (id),
    verb text NOT NULL,
    text text NOT NULL,
    asked_by text NOT NULL,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'offered', 'answered', 'expired')),
    queued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    offers bigint NOT NULL DEFAULT 0,
    offered_at timestamptz,
    answered_at timestamptz,
    return_code bigint,
    records bigint
);
CREATE INDEX command_latest ON command (terminal_id, id);
CREATE UNIQUE INDEX command_open ON command (terminal_id, text) WHERE state IN ('queued', 'offered');

-- One comparison of one day of one terminal, up to and including the wall clock reading until_time. result 'open': not
-- compared yet. difference: punches that were fetched (mended) or are missing (short).
CREATE TABLE completeness (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id integer NOT NULL REFERENCES terminal (id),
    day date NOT NULL,
    until_time timestamp(0) NOT NULL,
    cause text NOT NULL,
    asked_at timestamptz NOT NULL,
    result text NOT NULL CHECK (result IN ('open', 'complete', 'mended', 'short', 'unknown')),
    means text NOT NULL DEFAULT '',
    terminal_count bigint,
    stored_count bigint,
    difference bigint NOT NULL DEFAULT 0,
    compared_at timestamptz,
    note text NOT NULL DEFAULT ''
);
CREATE INDEX completeness_day ON completeness (terminal_id, day, id);
CREATE UNIQUE INDEX completeness_open ON completeness (terminal_id, day) WHERE result = 'open';

-- 'pull': its clock was read; 'push': estimated from punches that were sent at once.
ALTER TABLE terminal_clock ADD COLUMN road text NOT NULL DEFAULT 'pull';
