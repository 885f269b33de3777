-- 0006_paging.sql: what pages of the payout log are found by.
--
-- A row for each determination and each payment in advance, made from its entry and from the policy's by a trigger. It
-- says nothing that the entries do not say: `verify` compares them.

CREATE TABLE listed (
    book         TEXT NOT NULL,                                         -- of the policy's entry; 'default' where it names none
    at           TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    policy       TEXT,
    product      TEXT,
    cover        TEXT,
    period_start TEXT,
    period_end   TEXT,
    outcome      TEXT,
    PRIMARY KEY (book, at, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_policy ON listed (book, policy, cover, period_start, seq);
CREATE INDEX listed_product ON listed (book, product, at, seq);

-- Policies of a book, in the order in which they were bound.
CREATE INDEX ledger_book ON ledger (coalesce(json_extract(body, '$.book'), 'default')) WHERE kind = 'policy';

INSERT INTO listed
SELECT coalesce((SELECT json_extract(bound.body, '$.book') FROM ledger AS bound
                 WHERE bound.key = 'policy/' || ledger.policy AND bound.kind = 'policy' AND bound.seq < ledger.seq),
                'default'),
       at, seq, kind, policy, json_extract(body, '$.product'), cover, period_start, json_extract(body, '$.period.end'),
       json_extract(body, '$.outcome')
FROM ledger
WHERE kind IN ('decision', 'interim', 'final', 'restate');

CREATE TRIGGER ledger_listed AFTER INSERT ON ledger WHEN NEW.kind IN ('decision', 'interim', 'final', 'restate')
    BEGIN
        INSERT INTO listed
        SELECT coalesce((SELECT json_extract(bound.body, '$.book') FROM ledger AS bound
                         WHERE bound.key = 'policy/' || NEW.policy AND bound.kind = 'policy'),
                        'default'),
               NEW.at, NEW.seq, NEW.kind, NEW.policy, json_extract(NEW.body, '$.product'), NEW.cover, NEW.period_start,
               json_extract(NEW.body, '$.period.end'), json_extract(NEW.body, '$.outcome');
    END;
CREATE TRIGGER listed_insert BEFORE INSERT ON listed
    WHEN EXISTS (SELECT 1 FROM listed WHERE book = NEW.book AND at = NEW.at AND seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'listed: append only'); END;
CREATE TRIGGER listed_update BEFORE UPDATE ON listed
    BEGIN SELECT RAISE(ABORT, 'listed: append only'); END;
CREATE TRIGGER listed_delete BEFORE DELETE ON listed
    BEGIN SELECT RAISE(ABORT, 'listed: append only'); END;
