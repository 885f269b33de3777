-- 0003_poll.sql: what a poll took, and what was spent of the quotas of providers.

ALTER TABLE poll ADD COLUMN requests INTEGER NOT NULL DEFAULT 0 CHECK (requests >= 0);
ALTER TABLE poll ADD COLUMN not_before_ms INTEGER;                      -- until when the server wants to be left alone

-- Requests of a quota, written before they are sent: who starts again and again does not spend it unseen.
CREATE TABLE spent (
    quota    TEXT NOT NULL,                                             -- the server, and where its key is kept
    at_ms    INTEGER NOT NULL,                                          -- milliseconds since 1970
    requests INTEGER NOT NULL CHECK (requests > 0),
    PRIMARY KEY (quota, at_ms)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER spent_insert BEFORE INSERT ON spent
    WHEN EXISTS (SELECT 1 FROM spent WHERE quota = NEW.quota AND at_ms = NEW.at_ms)
    BEGIN SELECT RAISE(ABORT, 'spent: append only'); END;
CREATE TRIGGER spent_update BEFORE UPDATE ON spent
    BEGIN SELECT RAISE(ABORT, 'spent: append only'); END;
CREATE TRIGGER spent_delete BEFORE DELETE ON spent
    BEGIN SELECT RAISE(ABORT, 'spent: append only'); END;
