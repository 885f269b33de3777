-- 0002_interim.sql: payments in advance, while a period runs.
--
-- They are entries of a kind of their own. The rule that lists the kinds is widened in the text of the table: that
-- moves no row, as making the table anew would.

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''decision'', ''hold''', '''decision'', ''interim'', ''hold''')
WHERE type = 'table' AND name = 'ledger';
PRAGMA writable_schema = RESET;

CREATE INDEX ledger_interim ON ledger (policy, cover, period_start) WHERE kind = 'interim';

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
                 AND later.seq > ledger.seq) AS superseded
FROM ledger
WHERE kind IN ('decision', 'final', 'restate')
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
WHERE kind = 'interim';

-- Each payment in advance, and the latest determination of each policy, cover and period: docs/payout-log.md. The sum
-- of `payable_minor` is what is owed.
CREATE VIEW payout AS
SELECT id, policy, product, cover, period_start, period_end, outcome, state, index_value, index_unit, amount, currency,
       reason, as_of, determined_at, reason_code, "trigger", amount_minor, terms, seq, payable_minor, advance_minor,
       overpaid_minor
FROM determination
WHERE superseded = 0;
