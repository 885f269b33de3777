//! What is owed, added up by product and currency as entries come.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;

use super::walk::books;
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

/// What each entry of a book adds: of a restatement the difference, of all else what it makes payable.
const OF_BOOK: &str = "SELECT listed.product, determination.currency,
        sum(CASE listed.kind WHEN 'restate' THEN determination.booked_minor ELSE determination.payable_minor END),
        sum(listed.kind = 'final'), sum(listed.kind = 'final' AND determination.amount_minor <> 0)
    FROM listed CROSS JOIN determination ON determination.seq = listed.seq
    WHERE listed.book = ?1 AND listed.kind IN ('interim', 'final', 'restate') AND listed.seq >= ?2 AND listed.seq < ?3
    GROUP BY listed.product, determination.currency";
/// The same of one policy.
const OF_POLICY: &str = "SELECT product, currency,
        sum(CASE state WHEN 'restated' THEN booked_minor ELSE payable_minor END),
        sum(state = 'final'), sum(state = 'final' AND amount_minor <> 0)
    FROM determination
    WHERE policy = ?1 AND state IN ('interim', 'final', 'restated') AND seq >= ?2 AND seq < ?3
    GROUP BY product, currency";

impl Reader {
    /// Adds what came since `before` was added up.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn booked(&self, scope: &Scope, before: Booked) -> Result<Booked, LedgerError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        // Of a ledger that is not signed all is seen.
        let until = self.seen()?.min(self.count()?);
        let of_books = |books: &BTreeSet<String>| books.iter().map(|book| (OF_BOOK, book.clone())).collect();
        let of_policies = |policies: &BTreeSet<String>| policies.iter().map(|one| (OF_POLICY, one.clone())).collect();
        let of: Vec<(&str, String)> = match scope {
            Scope::All => books(&self.connection)?.into_iter().map(|book| (OF_BOOK, book)).collect(),
            Scope::Books(books) => of_books(books),
            Scope::Policies(policies) => of_policies(policies),
            Scope::Either(books, policies) => {
                let mut others = BTreeSet::new();
                for policy in policies {
                    let bound = self.policy(policy)?;
                    if !bound.is_some_and(|(_, bound)| books.contains(bound.book())) {
                        others.insert(policy.clone());
                    }
                }
                let mut both: Vec<_> = of_books(books);
                both.extend(of_policies(&others));
                both
            }
        };
        let mut booked = before;
        for (query, name) in of {
            let rows = self.rows(query, params![name, booked.until, until], |row| {
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

#[cfg(test)]
mod tests {
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
}
