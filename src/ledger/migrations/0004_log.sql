-- 0004_log.sql: the Merkle tree over the entries, and what was signed of it.
--
-- A reader sees a determination once a signed checkpoint covers it. A ledger without a key has no checkpoints: there
-- everything is seen.

-- The hashes of full tiles: of 256^level entries from idx * 256^level on. Level 0 is the column `leaf`.
CREATE TABLE tile (
    level INTEGER NOT NULL CHECK (level > 0),
    idx   INTEGER NOT NULL CHECK (idx >= 0),
    hash  BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER tile_insert BEFORE INSERT ON tile
    WHEN EXISTS (SELECT 1 FROM tile WHERE level = NEW.level AND idx = NEW.idx)
    BEGIN SELECT RAISE(ABORT, 'tile: append only'); END;
CREATE TRIGGER tile_update BEFORE UPDATE ON tile
    BEGIN SELECT RAISE(ABORT, 'tile: append only'); END;
CREATE TRIGGER tile_delete BEFORE DELETE ON tile
    BEGIN SELECT RAISE(ABORT, 'tile: append only'); END;

-- Signed states: the first `size` entries have this root. The note is what was signed, with its signature.
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY NOT NULL CHECK (size > 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL
) STRICT;
CREATE TRIGGER checkpoint_insert BEFORE INSERT ON checkpoint
    WHEN NEW.size IS NULL
      OR NEW.size <= (SELECT coalesce(max(size), 0) FROM checkpoint)
      OR NEW.size > (SELECT max(seq) + 1 FROM ledger)
    BEGIN SELECT RAISE(ABORT, 'checkpoint: append only'); END;
CREATE TRIGGER checkpoint_update BEFORE UPDATE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoint: append only'); END;
CREATE TRIGGER checkpoint_delete BEFORE DELETE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoint: append only'); END;

-- What others said of a checkpoint: a witness its line of signature, a time-stamping authority its token.
CREATE TABLE cosignature (
    size    INTEGER NOT NULL REFERENCES checkpoint (size),
    witness TEXT NOT NULL,
    line    TEXT NOT NULL,
    PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER cosignature_insert BEFORE INSERT ON cosignature
    WHEN EXISTS (SELECT 1 FROM cosignature WHERE size = NEW.size AND witness = NEW.witness)
    BEGIN SELECT RAISE(ABORT, 'cosignature: append only'); END;
CREATE TRIGGER cosignature_update BEFORE UPDATE ON cosignature
    BEGIN SELECT RAISE(ABORT, 'cosignature: append only'); END;
CREATE TRIGGER cosignature_delete BEFORE DELETE ON cosignature
    BEGIN SELECT RAISE(ABORT, 'cosignature: append only'); END;
CREATE TABLE timestamp (
    size      INTEGER NOT NULL REFERENCES checkpoint (size),
    authority TEXT NOT NULL,
    token     BLOB NOT NULL,
    PRIMARY KEY (size, authority)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER timestamp_insert BEFORE INSERT ON timestamp
    WHEN EXISTS (SELECT 1 FROM timestamp WHERE size = NEW.size AND authority = NEW.authority)
    BEGIN SELECT RAISE(ABORT, 'timestamp: append only'); END;
CREATE TRIGGER timestamp_update BEFORE UPDATE ON timestamp
    BEGIN SELECT RAISE(ABORT, 'timestamp: append only'); END;
CREATE TRIGGER timestamp_delete BEFORE DELETE ON timestamp
    BEGIN SELECT RAISE(ABORT, 'timestamp: append only'); END;

-- How many entries a reader sees: from the first key on those that are signed.
CREATE VIEW covered AS
SELECT CASE WHEN EXISTS (SELECT 1 FROM ledger WHERE kind = 'key') THEN (SELECT coalesce(max(size), 0) FROM checkpoint)
            ELSE (SELECT coalesce(max(seq) + 1, 0) FROM ledger) END AS size;

DROP VIEW payout;
DROP VIEW determination;

-- Every determination, and every payment in advance; `superseded` where a later determination took its place. What was
-- paid in advance stays.
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
       CASE kind WHEN 'decision' THEN 0 ELSE coalesce(json_extract(body, '$.balance_minor'), minor) END AS payable_minor,
       coalesce(json_extract(body, '$.advance_minor'), 0) AS advance_minor,
       coalesce(json_extract(body, '$.overpaid_minor'), 0) AS overpaid_minor,
       EXISTS (SELECT 1 FROM ledger AS later
               WHERE later.kind IN ('decision', 'final', 'restate') AND later.policy = ledger.policy
                 AND later.cover = ledger.cover AND later.period_start = ledger.period_start
                 AND later.seq > ledger.seq AND later.seq < (SELECT size FROM covered)) AS superseded
FROM ledger
WHERE kind IN ('decision', 'final', 'restate') AND seq < (SELECT size FROM covered)
UNION ALL
SELECT policy || '/' || cover || '/' || period_start || '/' || json_extract(body, '$.number'),
       policy,
       json_extract(body, '$.product'),
       cover,
       period_start,
       json_extract(body, '$.period.end'),
       json_extract(body, '$.outcome'),
       'interim',
       json_extract(body, '$.index.value'),
       json_extract(body, '$.index.unit'),
       json_extract(body, '$.amount'),
       json_extract(body, '$.currency'),
       json_extract(body, '$.reason'),
       json_extract(body, '$.as_of'),
       at,
       json_extract(body, '$.reason_code'),
       json_extract(body, '$.trigger'),
       minor,
       json_extract(body, '$.terms'),
       seq,
       minor,
       coalesce(json_extract(body, '$.advance_minor'), 0),
       0,
       0
FROM ledger INDEXED BY ledger_interim
WHERE kind = 'interim' AND seq < (SELECT size FROM covered);

-- Each payment in advance, and the latest determination of each policy, cover and period: docs/payout-log.md. The sum
-- of `payable_minor` is what is owed.
CREATE VIEW payout AS
SELECT id, policy, product, cover, period_start, period_end, outcome, state, index_value, index_unit, amount, currency,
       reason, as_of, determined_at, reason_code, "trigger", amount_minor, terms, seq, payable_minor, advance_minor,
       overpaid_minor
FROM determination
WHERE superseded = 0;
