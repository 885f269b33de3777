//! What is owed, added up by product and currency as entries come.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::scope::Part;
use super::{LedgerError, Reader, Scope};

/// What entries up to one have made payable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booked {
    /// The number behind the last entry that is counted.
    pub until: i64,
    /// By product and currency.
    pub sums: BTreeMap<(String, String), Sum>,
}

/// Of one product in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// What is payable in all, in minor units: the sum of `payable_minor` of the view `payout`.
    pub minor: i64,
    /// How many periods are final.
    pub settled: i64,
    /// How many of these were final with an amount that is not zero.
    pub paying: i64,
}

/// What entries add, by their numbers: a restatement the difference, all else what it makes payable. They are read where
/// they stand: the view would be made whole for each question.
fn added(of: &str) -> String {
    format!(
        "SELECT json_extract(body, '$.product'), json_extract(body, '$.currency'),
            sum(CASE kind WHEN 'restate' THEN json_extract(body, '$.booked_minor')
                ELSE coalesce(json_extract(body, '$.payable_minor'), json_extract(body, '$.balance_minor'), minor) END),
            sum(kind = 'final'), sum(kind = 'final' AND minor <> 0)
        FROM ledger
        WHERE kind IN ('interim', 'final', 'restate') AND seq >= :from AND seq < :until AND {of}
        GROUP BY 1, 2"
    )
}

/// All of them.
const OF_ALL: &str = ":name IS NULL";
/// Those of a book.
const OF_BOOK: &str = "EXISTS (SELECT 1 FROM listed
    WHERE listed.book = :name AND listed.at = ledger.at AND listed.seq = ledger.seq)";
/// What those of a policy add, which are few: through the view they are found by the policy.
const OF_POLICY: &str = "SELECT product, currency,
        sum(CASE state WHEN 'restated' THEN booked_minor ELSE payable_minor END),
        sum(state = 'final'), sum(state = 'final' AND amount_minor <> 0)
    FROM determination
    WHERE policy = :name AND state IN ('interim', 'final', 'restated') AND seq >= :from AND seq < :until
    GROUP BY product, currency";

impl Reader {
    /// Adds what came since `before` was added up.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn booked(&self, scope: &Scope, before: Booked) -> Result<Booked, LedgerError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        let until = self.seen()?;
        let of = match scope {
            Scope::All => vec![(added(OF_ALL), None)],
            scope => scope.parts(&self.connection, None)?.into_iter().map(of_part).collect(),
        };
        let mut booked = before;
        for (query, name) in of {
            let bound = named_params! { ":name": name, ":from": booked.until, ":until": until };
            let rows = self.rows(&query, bound, |row| {
                let sum = Sum { minor: row.get(2)?, settled: row.get(3)?, paying: row.get(4)? };
                Ok(((row.get(0)?, row.get(1)?), sum))
            })?;
            for (key, added) in rows {
                let sum = booked.sums.entry(key).or_default();
                sum.minor += added.minor;
                sum.settled += added.settled;
                sum.paying += added.paying;
            }
        }
        booked.until = booked.until.max(until);
        Ok(booked)
    }
}

fn of_part((book, policy): Part) -> (String, Option<String>) {
    match policy {
        None => (added(OF_BOOK), Some(book)),
        policy => (OF_POLICY.to_owned(), policy),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ledger::determination::tests::{ended, interim, paid, restated, season};
    use crate::ledger::store::tests::{at, fresh};
    use crate::ledger::{Batch, Determination, Filter, in_book, policy_entry};

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// What the view says of the policies of a scope.
    fn of_view(reader: &Reader, scope: &Scope) -> BTreeMap<(String, String), i64> {
        let mut sums = BTreeMap::new();
        for row in reader.payouts(&Filter::default()).expect("readable") {
            let book = if row.policy == "C" { "alpha" } else { "default" };
            if scope.sees(&row.policy, book) {
                *sums.entry((row.product, row.currency)).or_default() += row.payable_minor;
            }
        }
        sums
    }

    #[test]
    fn what_is_added_up_as_it_comes_is_what_the_view_says() {
        let (_folder, mut store) = fresh();
        let of = |policy: &str, said: Determination| Determination { policy: policy.into(), ..said };
        let mut first = Batch::new();
        let terms = first.evidence(*b"[product]");
        for policy in ["A", "B"] {
            first.entry(policy_entry(policy, "leafy-greens@1", terms, &[], at()));
        }
        first.entry(in_book(policy_entry("C", "leafy-greens@1", terms, &[], at()), "alpha"));
        for said in [of("A", season()), of("A", paid(100)), of("B", interim(1, 30, 0)), of("C", paid(7))] {
            first.determine(said);
        }
        store.append(first).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let scopes = [
            Scope::All,
            Scope::Books(names(&["alpha"])),
            Scope::Policies(names(&["A", "none"])),
            Scope::Either(names(&["alpha"]), names(&["B", "C"])),
        ];
        let before = scopes.clone().map(|scope| reader.booked(&scope, Booked::default()).expect("readable"));
        let mut then = Batch::new();
        for said in [of("A", restated(60, 100)), of("B", ended(100, 30)), of("C", restated(9, 7))] {
            then.determine(said);
        }
        store.append(then).expect("written");
        for (scope, before) in scopes.iter().zip(before) {
            let after = reader.booked(scope, before.clone()).expect("readable");
            assert_eq!(after, reader.booked(scope, Booked::default()).expect("readable"), "in one go or in two");
            assert_eq!(after, reader.booked(scope, after.clone()).expect("readable"), "nothing is counted twice");
            assert_ne!(after.sums, before.sums, "something came: {scope:?}");
            let mut wanted = of_view(&reader, scope);
            wanted.retain(|key, minor| *minor != 0 || after.sums.contains_key(key));
            let sums: BTreeMap<_, _> = after.sums.iter().map(|(key, sum)| (key.clone(), sum.minor)).collect();
            assert_eq!(sums, wanted, "{scope:?}");
        }
        let all = reader.booked(&Scope::All, Booked::default()).expect("readable");
        let counts: Vec<_> = all.sums.values().map(|sum| (sum.settled, sum.paying)).collect();
        assert_eq!(counts, [(3, 3)]);
    }
    /// What was added up is not read again: entries are found by their kind and number, and the view is not made whole.
    #[test]
    fn only_what_came_since_is_read() {
        let (_folder, store) = fresh();
        let reader = Reader::open(store.path()).expect("a ledger");
        for of in [OF_ALL, OF_BOOK] {
            let query = format!("EXPLAIN QUERY PLAN {}", added(of));
            let bound = named_params! { ":name": "", ":from": 0, ":until": 0 };
            let plan = reader.rows(&query, bound, |row| Ok(row.get::<_, String>(3)?)).expect("readable");
            let by_number = plan.iter().any(|step| step.contains("ledger_kind (kind=? AND rowid>? AND rowid<?)"));
            assert!(by_number && !plan.iter().any(|step| step.contains("MATERIALIZE")), "{plan:?}");
        }
    }
}
