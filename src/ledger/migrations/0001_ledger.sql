-- 0001_ledger.sql: entries, what they rest on, and what a reader sees of them.
--
-- Rows are added, never changed. The triggers stop mistakes; a person who can write the file can drop them, so
-- what counts is the hash of each body. Where a unique key exists, BEFORE INSERT refuses a second row itself,
-- because REPLACE would delete the first one without firing a DELETE trigger.
--
-- A later migration adds the Merkle tree (node, checkpoint, cosig), what is sent out (outbox), and limits the
-- view `payout` to rows that a signed checkpoint covers.

CREATE TABLE ledger (
    seq          INTEGER PRIMARY KEY,                                   -- the leaf's index: 0, 1, 2 … without gaps
    body         TEXT NOT NULL CHECK (json_valid(body) AND length(CAST(body AS BLOB)) <= 65535),  -- the hashed bytes: the only truth
    leaf         BLOB NOT NULL CHECK (length(leaf) = 32),               -- SHA-256(0x00 || body)
    kind         TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.kind')) VIRTUAL,
    key          TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.key')) VIRTUAL,
    at           TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.at')) VIRTUAL,
    policy       TEXT GENERATED ALWAYS AS (json_extract(body, '$.policy')) VIRTUAL,
    cover        TEXT GENERATED ALWAYS AS (json_extract(body, '$.cover')) VIRTUAL,
    period_start TEXT GENERATED ALWAYS AS (json_extract(body, '$.period.start')) VIRTUAL,
    minor        INTEGER GENERATED ALWAYS AS (json_extract(body, '$.amount_minor')) VIRTUAL,
    CHECK (json_extract(body, '$.v') IS 1),
    CHECK (json_extract(body, '$.seq') IS seq),
    CHECK (json_type(body, '$.key') IS 'text'),
    CHECK (coalesce(json_type(body, '$.amount_minor'), 'integer') = 'integer'),
    CHECK (kind IN ('genesis', 'policy', 'source', 'obs', 'decision', 'hold', 'release', 'final', 'restate', 'void',
                    'key', 'config', 'note'))
) STRICT;

CREATE UNIQUE INDEX ledger_key ON ledger (key);                         -- exactly once
CREATE INDEX ledger_kind ON ledger (kind);
CREATE INDEX ledger_at ON ledger (at);
CREATE INDEX ledger_determination ON ledger (policy, cover, period_start) WHERE kind IN ('decision', 'final', 'restate');

CREATE TRIGGER ledger_insert BEFORE INSERT ON ledger
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM ledger)
      OR EXISTS (SELECT 1 FROM ledger WHERE key = json_extract(NEW.body, '$.key'))
    BEGIN SELECT RAISE(ABORT, 'ledger: append only'); END;
CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'ledger: append only'); END;
CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'ledger: append only'); END;

-- What was received, byte for byte, and term sheets, by their SHA-256.
CREATE TABLE evidence (
    sha256 BLOB PRIMARY KEY NOT NULL CHECK (length(sha256) = 32),
    bytes  BLOB NOT NULL
) STRICT;
CREATE TRIGGER evidence_insert BEFORE INSERT ON evidence
    WHEN EXISTS (SELECT 1 FROM evidence WHERE sha256 = NEW.sha256)
    BEGIN SELECT RAISE(ABORT, 'evidence: append only'); END;
CREATE TRIGGER evidence_update BEFORE UPDATE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence: append only'); END;
CREATE TRIGGER evidence_delete BEFORE DELETE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence: append only'); END;

-- Whose readings of what. A series keeps its unit.
CREATE TABLE series (
    id       INTEGER PRIMARY KEY,
    feed     TEXT NOT NULL,
    station  TEXT NOT NULL,
    variable TEXT NOT NULL,
    unit     TEXT NOT NULL,
    UNIQUE (feed, station, variable)
) STRICT;
CREATE TRIGGER series_insert BEFORE INSERT ON series
    WHEN EXISTS (SELECT 1 FROM series WHERE id = NEW.id)
      OR EXISTS (SELECT 1 FROM series WHERE feed = NEW.feed AND station = NEW.station AND variable = NEW.variable)
    BEGIN SELECT RAISE(ABORT, 'series: append only'); END;
CREATE TRIGGER series_update BEFORE UPDATE ON series
    BEGIN SELECT RAISE(ABORT, 'series: append only'); END;
CREATE TRIGGER series_delete BEFORE DELETE ON series
    BEGIN SELECT RAISE(ABORT, 'series: append only'); END;

-- What was said about an interval, and when it became known. A revision is one more row.
CREATE TABLE observation (
    series      INTEGER NOT NULL REFERENCES series (id),
    start_s     INTEGER NOT NULL,                                       -- seconds since 1970
    end_s       INTEGER NOT NULL CHECK (end_s >= start_s),              -- not included
    value_micro INTEGER,                                                -- millionths of the series' unit; NULL: taken back by the source
    vintage     TEXT NOT NULL CHECK (vintage IN ('provisional', 'final')),
    quality     TEXT NOT NULL DEFAULT 'good' CHECK (quality IN ('good')),
    known_at_ms INTEGER NOT NULL,                                       -- milliseconds since 1970
    entry       INTEGER NOT NULL REFERENCES ledger (seq),               -- the `obs` entry that recorded it
    PRIMARY KEY (series, start_s, end_s, known_at_ms)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER observation_insert BEFORE INSERT ON observation
    WHEN EXISTS (SELECT 1 FROM observation WHERE series = NEW.series AND start_s = NEW.start_s AND end_s = NEW.end_s
                 AND known_at_ms = NEW.known_at_ms)
      OR NOT EXISTS (SELECT 1 FROM series WHERE id = NEW.series)
      OR NOT EXISTS (SELECT 1 FROM ledger WHERE seq = NEW.entry AND kind = 'obs')
    BEGIN SELECT RAISE(ABORT, 'observation: append only'); END;
CREATE TRIGGER observation_update BEFORE UPDATE ON observation
    BEGIN SELECT RAISE(ABORT, 'observation: append only'); END;
CREATE TRIGGER observation_delete BEFORE DELETE ON observation
    BEGIN SELECT RAISE(ABORT, 'observation: append only'); END;

-- That a feed was asked, and how it went: evidence that silence was silence.
CREATE TABLE poll (
    feed           TEXT NOT NULL,
    at_ms          INTEGER NOT NULL,                                    -- milliseconds since 1970
    outcome        TEXT NOT NULL,                                       -- 'ok', or the class of the error
    detail         TEXT NOT NULL,
    rows_new       INTEGER NOT NULL CHECK (rows_new >= 0),
    rows_refused   INTEGER NOT NULL CHECK (rows_refused >= 0),
    heard_until_ms INTEGER,                                             -- up to here the feed had told everything
    PRIMARY KEY (feed, at_ms)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER poll_insert BEFORE INSERT ON poll
    WHEN EXISTS (SELECT 1 FROM poll WHERE feed = NEW.feed AND at_ms = NEW.at_ms)
    BEGIN SELECT RAISE(ABORT, 'poll: append only'); END;
CREATE TRIGGER poll_update BEFORE UPDATE ON poll
    BEGIN SELECT RAISE(ABORT, 'poll: append only'); END;
CREATE TRIGGER poll_delete BEFORE DELETE ON poll
    BEGIN SELECT RAISE(ABORT, 'poll: append only'); END;

-- Every determination; `superseded` where a later one took its place.
CREATE VIEW determination AS
SELECT policy || '/' || cover || '/' || period_start AS id,
       policy,
       json_extract(body, '$.product') AS product,
       cover,
       period_start,
       json_extract(body, '$.period.end') AS period_end,
       json_extract(body, '$.outcome') AS outcome,
       CASE kind WHEN 'decision' THEN 'provisional' WHEN 'final' THEN 'final' ELSE 'restated' END AS state,
       json_extract(body, '$.index.value') AS index_value,
       json_extract(body, '$.index.unit') AS index_unit,
       json_extract(body, '$.amount') AS amount,
       json_extract(body, '$.currency') AS currency,
       json_extract(body, '$.reason') AS reason,
       json_extract(body, '$.as_of') AS as_of,
       at AS determined_at,
       json_extract(body, '$.reason_code') AS reason_code,
       json_extract(body, '$.trigger') AS "trigger",
       minor AS amount_minor,
       json_extract(body, '$.terms') AS terms,
       seq,
       EXISTS (SELECT 1 FROM ledger AS later
               WHERE later.kind IN ('decision', 'final', 'restate') AND later.policy = ledger.policy
                 AND later.cover = ledger.cover AND later.period_start = ledger.period_start
                 AND later.seq > ledger.seq) AS superseded
FROM ledger
WHERE kind IN ('decision', 'final', 'restate');

-- The latest determination of each policy, cover and period: docs/payout-log.md.
CREATE VIEW payout AS
SELECT id, policy, product, cover, period_start, period_end, outcome, state, index_value, index_unit, amount, currency,
       reason, as_of, determined_at, reason_code, "trigger", amount_minor, terms, seq
FROM determination
WHERE superseded = 0;
