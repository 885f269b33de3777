-- 0005_life.sql: what is contested, held, void or corrected.
--
-- The latest of the entries `hold`, `release` and `void` of a period says how it stands, as long as nothing binds.

CREATE INDEX ledger_held ON ledger (policy, cover, period_start) WHERE kind IN ('hold', 'release', 'void');

DROP VIEW payout;
DROP VIEW determination;

-- Every determination, and every payment in advance, as far as they are signed; `superseded` where a later determination
-- took its place. What was paid in advance stays.
CREATE VIEW determination AS
SELECT policy || '/' || cover || '/' || period_start AS id,
       policy,
       json_extract(body, '$.product') AS product,
       cover,
       period_start,
       json_extract(body, '$.period.end') AS period_end,
       json_extract(body, '$.outcome') AS outcome,
       CASE kind
           WHEN 'final' THEN 'final'
           WHEN 'restate' THEN 'restated'
           ELSE coalesce(
               (SELECT CASE held.kind WHEN 'hold' THEN 'held' WHEN 'void' THEN 'void' END
                FROM ledger AS held INDEXED BY ledger_held
                WHERE held.kind IN ('hold', 'release', 'void') AND held.policy = ledger.policy
                  AND held.cover = ledger.cover AND held.period_start = ledger.period_start
                  AND held.seq < (SELECT size FROM covered)
                  AND NOT EXISTS (SELECT 1 FROM ledger AS later
                                  WHERE later.kind IN ('decision', 'final', 'restate') AND later.policy = ledger.policy
                                    AND later.cover = ledger.cover AND later.period_start = ledger.period_start
                                    AND later.seq > ledger.seq AND later.seq < (SELECT size FROM covered))
                ORDER BY held.seq DESC LIMIT 1),
               CASE WHEN json_extract(body, '$.contested_until') IS NULL THEN 'provisional' ELSE 'preliminary' END)
       END AS state,
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
       CASE kind
           WHEN 'decision' THEN 0
           ELSE coalesce(json_extract(body, '$.payable_minor'), json_extract(body, '$.balance_minor'), minor)
       END AS payable_minor,
       coalesce(json_extract(body, '$.advance_minor'), 0) AS advance_minor,
       coalesce(json_extract(body, '$.overpaid_minor'), 0) AS overpaid_minor,
       json_extract(body, '$.contested_until') AS contested_until,
       json_extract(body, '$.correctable_until') AS correctable_until,
       json_extract(body, '$.corrects') AS corrects,
       json_extract(body, '$.cause') AS cause,
       json_extract(body, '$.delta_minor') AS delta_minor,
       json_extract(body, '$.booked_minor') AS booked_minor,
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
       NULL,
       NULL,
       NULL,
       NULL,
       NULL,
       NULL,
       0
FROM ledger INDEXED BY ledger_interim
WHERE kind = 'interim' AND seq < (SELECT size FROM covered);

-- Each payment in advance, and the latest determination of each policy, cover and period: docs/payout-log.md. The sum
-- of `payable_minor` is what is owed.
CREATE VIEW payout AS
SELECT id, policy, product, cover, period_start, period_end, outcome, state, index_value, index_unit, amount, currency,
       reason, as_of, determined_at, reason_code, "trigger", amount_minor, terms, seq, payable_minor, advance_minor,
       overpaid_minor, contested_until, correctable_until, corrects, cause, delta_minor, booked_minor
FROM determination
WHERE superseded = 0;
