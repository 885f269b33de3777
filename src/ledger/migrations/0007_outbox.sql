-- 0007_outbox.sql: what is told to others by webhooks, and what became of it.

-- What an endpoint is told of an entry, put there in the entry's own transaction. What it is stays as it is; only how
-- far it has come changes.
CREATE TABLE outbox (
    endpoint TEXT NOT NULL,
    seq      INTEGER NOT NULL REFERENCES ledger (seq),
    msg_id   TEXT NOT NULL CHECK (length(msg_id) = 30 AND msg_id GLOB 'msg_*'),  -- made of the leaf: the same for ever
    event    TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'parked')),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_ms  INTEGER NOT NULL,                                         -- waiting: not sent before; milliseconds since 1970
    PRIMARY KEY (endpoint, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_waiting ON outbox (endpoint, next_ms, seq) WHERE state = 'waiting';
CREATE INDEX outbox_parked ON outbox (endpoint, seq) WHERE state = 'parked';
CREATE TRIGGER outbox_insert BEFORE INSERT ON outbox
    WHEN EXISTS (SELECT 1 FROM outbox WHERE endpoint = NEW.endpoint AND seq = NEW.seq)
      OR NOT EXISTS (SELECT 1 FROM ledger WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'outbox: append only'); END;
CREATE TRIGGER outbox_update BEFORE UPDATE OF endpoint, seq, msg_id, event ON outbox
    BEGIN SELECT RAISE(ABORT, 'outbox: what is told stays as it is'); END;
CREATE TRIGGER outbox_delete BEFORE DELETE ON outbox
    BEGIN SELECT RAISE(ABORT, 'outbox: append only'); END;

-- Every attempt, and every time that a person has something sent again.
CREATE TABLE delivery (
    id       INTEGER PRIMARY KEY,
    endpoint TEXT NOT NULL,
    seq      INTEGER,                                                  -- NULL: a person's order
    at_ms    INTEGER NOT NULL,                                         -- milliseconds since 1970
    attempt  INTEGER NOT NULL CHECK (attempt >= 0),
    outcome  TEXT NOT NULL CHECK (outcome IN ('delivered', 'failed', 'parked', 'gone', 'replay')),
    status   INTEGER,                                                  -- of HTTP; NULL: no answer
    took_ms  INTEGER NOT NULL CHECK (took_ms >= 0),
    detail   TEXT NOT NULL
) STRICT;
CREATE INDEX delivery_outcome ON delivery (endpoint, outcome, id);
CREATE TRIGGER delivery_insert BEFORE INSERT ON delivery
    WHEN EXISTS (SELECT 1 FROM delivery WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'delivery: append only'); END;
CREATE TRIGGER delivery_update BEFORE UPDATE ON delivery
    BEGIN SELECT RAISE(ABORT, 'delivery: append only'); END;
CREATE TRIGGER delivery_delete BEFORE DELETE ON delivery
    BEGIN SELECT RAISE(ABORT, 'delivery: append only'); END;
