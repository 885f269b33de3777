//! What must hold of acts, by what the ledger says: told apart from how the program itself looks at it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail, ensure};
use fairgauge::ledger::{Item, Kind, Reader};

use super::draw::as_of;

/// An entry on the life of a period.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number.
    pub seq: i64,
    /// Its kind.
    pub kind: Kind,
    /// Of which period.
    pub period: String,
    /// The act, where it is one.
    pub act: Option<Deed>,
}

/// An act as its entry has it.
#[derive(Clone, Debug)]
pub struct Deed {
    /// What was signed.
    pub signed: String,
    /// Who.
    pub by: String,
    /// What.
    pub what: String,
    /// What came of it.
    pub effect: String,
    /// The entry's number of the proposal.
    pub approves: Option<i64>,
}

/// What came of all acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lives {
    /// What is held, and what was given up.
    pub stands: BTreeMap<String, Kind>,
    /// Policies on which anybody has acted, or which the program held.
    pub policies: BTreeSet<String>,
    /// How often each effect came.
    pub effects: BTreeMap<String, u64>,
}

/// The entries on lives, in their order.
///
/// # Errors
/// Where the ledger cannot be read; where a comparison under what was the case anyhow comes to something else.
pub fn rows(reader: &Reader) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut reruns = Vec::new();
    reader.each_of_life(|seq, entry, said| {
        let period = said.map_or_else(|| entry.period_id(), |said| said.period_id());
        let text = |name: &str| entry.text_of(name).unwrap_or_default().to_owned();
        let act = entry.member("signed").is_some().then(|| Deed {
            signed: text("signed"),
            by: text("by"),
            what: text("act"),
            effect: text("effect"),
            approves: entry.integer_of("approves").ok(),
        });
        if let Some(rerun) = entry.member("rerun") {
            let amount = rerun.member("amount_minor").and_then(Item::as_integer);
            let outcome = rerun.member("outcome").and_then(Item::as_text).map(str::to_owned);
            reruns.push((seq, entry.integer_of("determination").ok(), text("alternative"), outcome, amount));
        }
        rows.push(Row { seq, kind: entry.kind(), period, act });
        Ok::<_, anyhow::Error>(())
    })?;
    for (seq, on, alternative, outcome, amount) in reruns {
        let on = on.context("the determination of a dispute")?;
        let said = reader.determination_of(on)?.context("a determination")?;
        if alternative == as_of(said.as_of)? || alternative.starts_with("terms=") {
            let (here, there) = ((outcome.as_deref(), amount), (Some(said.outcome.word()), Some(said.amount.minor())));
            ensure!(here == there, "entry {seq}: under {alternative} it is {here:?}, and {there:?} by entry {on}");
        }
    }
    Ok(rows)
}

/// Every act stands there once; nothing of what is held, or was given up, binds; nobody alone lets go or gives up.
///
/// # Errors
/// What does not hold.
pub fn check(rows: &[Row]) -> anyhow::Result<Lives> {
    let mut lives = Lives::default();
    let mut signed = BTreeSet::new();
    let mut proposals = BTreeMap::new();
    for Row { seq, kind, period, act } in rows {
        if act.is_some() || *kind == Kind::Hold {
            lives.policies.extend(period.split('/').next().map(str::to_owned));
        }
        if let Some(act) = act {
            ensure!(signed.insert(&act.signed), "entry {seq}: the act of `{}` on {period} is there twice", act.by);
            *lives.effects.entry(act.effect.clone()).or_default() += 1;
            if act.effect == "proposed" {
                proposals.insert(*seq, act);
            }
        }
        let stands = lives.stands.get(period).copied();
        match kind {
            Kind::Hold => _ = lives.stands.insert(period.clone(), Kind::Hold),
            Kind::Release | Kind::Void => {
                ensure!(stands == Some(Kind::Hold), "entry {seq}: {} of {period}, which is not held", kind.word());
                let two = act.as_ref().and_then(|act| Some((act, proposals.get(&act.approves?)?)));
                let Some((act, proposal)) = two else { bail!("entry {seq}: nobody proposed the {}", kind.word()) };
                ensure!(proposal.by != act.by, "entry {seq}: `{}` alone has {period} let go", act.by);
                ensure!(proposal.what == kind.word(), "entry {seq}: a {} was proposed", proposal.what);
                match kind {
                    Kind::Void => lives.stands.insert(period.clone(), Kind::Void),
                    _ => lives.stands.remove(period),
                };
            }
            Kind::Final | Kind::Interim => {
                ensure!(stands.is_none(), "entry {seq}: {} of {period}, which is held or given up", kind.word());
            }
            _ => {}
        }
    }
    Ok(lives)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: i64, kind: Kind, act: Option<(&str, &str, &str, Option<i64>)>) -> Row {
        let act = act.map(|(by, what, effect, approves)| Deed {
            signed: format!("{by} {what} {approves:?}"),
            by: by.to_owned(),
            what: what.to_owned(),
            effect: effect.to_owned(),
            approves,
        });
        Row { seq, kind, period: "P-1/rain/2026-06-01".to_owned(), act }
    }

    #[test]
    fn what_must_not_be_is_found() {
        let hold = row(1, Kind::Hold, Some(("lin", "hold", "held", None)));
        let propose = row(2, Kind::Note, Some(("lin", "release", "proposed", None)));
        let void = row(2, Kind::Note, Some(("lin", "void", "proposed", None)));
        let approve = |by, kind| row(3, kind, Some((by, "approve", "released", Some(2))));
        let last = row(4, Kind::Final, None);
        let (release, give_up) = (Kind::Release, Kind::Void);
        for (rows, finds, why) in [
            (vec![&hold, &propose, &approve("wu", release), &last], None, "as it should be"),
            (vec![&hold, &void, &approve("wu", give_up)], None, "given up"),
            (vec![&hold, &propose, &approve("lin", release)], Some("alone"), "one person"),
            (vec![&hold, &approve("wu", release)], Some("nobody proposed"), "no proposal"),
            (vec![&hold, &void, &approve("wu", release)], Some("was proposed"), "another proposal"),
            (vec![&propose, &approve("wu", release)], Some("not held"), "nothing held"),
            (vec![&hold, &last], Some("which is held"), "final while it is held"),
            (vec![&hold, &void, &approve("wu", give_up), &last], Some("given up"), "final after it was given up"),
            (vec![&hold, &hold], Some("twice"), "an act twice"),
        ] {
            let rows: Vec<_> = rows.into_iter().cloned().collect();
            match (check(&rows), finds) {
                (Ok(_), None) => {}
                (Err(error), Some(words)) => assert!(error.to_string().contains(words), "{why}: {error}"),
                (found, _) => panic!("{why}: {found:?}"),
            }
        }
    }
}
