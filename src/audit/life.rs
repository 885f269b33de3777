//! Whether what a ledger says of the lives of settlements follows its own rules: signatures, four eyes, what was held,
//! contested, corrected; that lines add up to zero and that nothing goes beyond the limits.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{AuditError, Bound};
use crate::ledger::{Determination, Entry, Item, Kind, LedgerError, PolicyEntry, Reader, State};
use crate::operator::{Act, PublicKey, What};
use crate::quantity::{Exact, Money};
use crate::settle::{Said, balance, payable_after};

/// What entries do that breaks a rule; none where all is well. Whether amounts follow from readings is for
/// [`recompute`](super::recompute) to say.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn verify_life(reader: &Reader) -> Result<Vec<String>, AuditError> {
    let policies: BTreeMap<_, _> =
        reader.policies()?.into_iter().map(|policy| (policy.policy.clone(), policy)).collect();
    let mut life = Lives { policies, ..Lives::default() };
    reader.each_of_life(|seq, entry, said| {
        life.take(seq, entry, said);
        Ok::<_, LedgerError>(())
    })?;
    let Lives { mut faults, periods, policies, .. } = life;
    let mut bounds: BTreeMap<String, Bound> = BTreeMap::new();
    terms(reader, &policies, &periods, &mut bounds, &mut faults)?;
    faults.sort();
    Ok(faults.into_iter().map(|(seq, fault)| format!("entry {seq}: {fault}")).collect())
}

/// What was seen of one period so far.
#[derive(Default)]
struct Period {
    /// The last decision: until when it may be contested, and what it says.
    decided: Option<(Option<DateTime<Utc>>, Said)>,
    /// The first that binds, and whether it stood as it is until it could be contested no more.
    contested: Option<(i64, bool)>,
    held: Option<Kind>,
    /// What binds: the entry and the determination.
    binds: Option<(i64, Determination)>,
    /// In advance, in minor units.
    advance: i64,
}

#[derive(Default)]
struct Lives {
    faults: Vec<(i64, String)>,
    policies: BTreeMap<String, PolicyEntry>,
    periods: BTreeMap<String, Period>,
    /// Who might intervene, and above what two were needed, as recorded last.
    keys: Vec<String>,
    above: BTreeMap<String, i64>,
    proposals: BTreeMap<i64, Act>,
    /// The last act that has something restated alone: its entry, its period, whether it was approved.
    acted: Option<(i64, String, bool)>,
    operators_causes: Vec<String>,
}

impl Lives {
    fn fault(&mut self, seq: i64, fault: impl Into<String>) {
        self.faults.push((seq, fault.into()));
    }

    fn take(&mut self, seq: i64, entry: &Entry, said: Option<&Determination>) {
        if let Some(lines) = entry.member("lines") {
            self.lines(seq, lines, said);
        }
        match (entry.kind(), said) {
            (Kind::Config, _) => self.operators(entry),
            (Kind::Hold | Kind::Release | Kind::Void | Kind::Note, _) => self.act(seq, entry),
            (_, Some(said)) => self.said(seq, said),
            _ => {}
        }
    }

    /// They add up to zero, and book what the determination says.
    fn lines(&mut self, seq: i64, lines: &Item, said: Option<&Determination>) {
        let side = |line: &Item, name| line.member(name).and_then(Item::as_integer).unwrap_or(0);
        let lines = lines.as_list().unwrap_or_default();
        let total: i64 = lines.iter().map(|line| side(line, "dr") - side(line, "cr")).sum();
        if total != 0 {
            self.fault(seq, format!("its lines add up to {total}, not to zero"));
        }
        let payable = |line: &&Item| {
            line.member("acct").and_then(Item::as_text).is_some_and(|account| account.starts_with("payable:"))
        };
        let booked: i64 = lines.iter().filter(payable).map(|line| side(line, "cr") - side(line, "dr")).sum();
        if said.is_some_and(|said| said.booked() != booked) {
            self.fault(seq, format!("its lines book {booked}, which is not what it says"));
        }
    }

    fn operators(&mut self, entry: &Entry) {
        let list = |name: &str| entry.member(name).and_then(Item::as_list).unwrap_or_default().to_vec();
        self.keys = list("keys").iter().filter_map(Item::as_text).map(str::to_owned).collect();
        let amount = |item: &Item| {
            let currency = item.member("currency").and_then(Item::as_text)?.to_owned();
            Some((currency, item.member("minor").and_then(Item::as_integer)?))
        };
        self.above = list("above").iter().filter_map(amount).collect();
    }

    fn act(&mut self, seq: i64, entry: &Entry) {
        let id = entry.period_id();
        let kind = entry.kind();
        if kind != Kind::Note && self.periods.get(&id).is_some_and(|period| period.binds.is_some()) {
            self.fault(seq, format!("{} of {id}, which binds already", kind.word()));
        }
        if kind != Kind::Note {
            self.periods.entry(id.clone()).or_default().held = Some(kind);
        }
        if entry.member("signed").is_none() {
            // The program holds by itself; nobody but persons lets go.
            if kind != Kind::Hold || entry.text_of("by") != Ok("fairgauge") {
                self.fault(seq, format!("{} without a signature", kind.word()));
            }
            return;
        }
        let act = match self.signed(entry) {
            Ok(act) => act,
            Err(fault) => return self.fault(seq, fault),
        };
        let effect = entry.text_of("effect").unwrap_or_default().to_owned();
        match (effect.as_str(), act.what) {
            ("proposed", What::Release | What::Void | What::Restate) => _ = self.proposals.insert(seq, act),
            ("held", What::Hold | What::Dispute) | ("noted", What::Dispute) => {}
            ("released" | "voided" | "restated", What::Approve) => {
                let wanted = match effect.as_str() {
                    "released" => What::Release,
                    "voided" => What::Void,
                    _ => What::Restate,
                };
                if let Err(fault) = self.four_eyes(&act, wanted) {
                    self.fault(seq, fault);
                }
                if wanted == What::Restate {
                    let proposed = act.approves.and_then(|seq| self.proposals.get(&seq)).and_then(|act| act.cause);
                    self.operators_causes.push(proposed.map_or("operator", |cause| cause.word()).to_owned());
                    self.acted = Some((seq, id, true));
                }
            }
            ("restated", What::Restate) => {
                self.operators_causes.push(act.cause.map_or("operator", |cause| cause.word()).to_owned());
                self.acted = Some((seq, id, false));
            }
            _ => self.fault(seq, format!("`{}` has no effect `{effect}`", act.what.word())),
        }
    }

    /// The act that was signed, where the signature is good and the entry says nothing else.
    fn signed(&self, entry: &Entry) -> Result<Act, String> {
        let text = |name: &str| entry.text_of(name).map_err(|error| error.to_string());
        let signed = text("signed")?;
        let act = Act::parse(signed).map_err(|error| error.to_string())?;
        let vkey = text("vkey")?;
        let key = PublicKey::parse(vkey).map_err(|error| error.to_string())?;
        if !self.keys.iter().any(|known| known == vkey) {
            return Err(format!("it is signed with a key of `{}` that was in no settings then", key.name()));
        }
        if key.name() != act.by || !key.signed(signed.as_bytes(), text("signature")?) {
            return Err(format!("its signature is not that of `{}`", act.by));
        }
        let says = [
            (text("act")?, act.what.word()),
            (text("by")?, &act.by),
            (text("why")?, &act.why),
            (text("policy")?, &act.policy),
            (text("cover")?, &act.cover),
        ];
        let same = says.iter().all(|(entry, act)| entry == act)
            && entry.period_id() == act.period_id()
            && entry.integer_of("determination") == Ok(act.seq)
            && entry.integer_of("approves").ok() == act.approves
            && entry.text_of("cause").ok() == act.cause.map(|cause| cause.word())
            && entry.text_of("alternative").ok() == act.alternative.as_deref();
        if !same || !entry.key().ends_with(&Act::mark(signed)) {
            return Err("it says other than what was signed".to_owned());
        }
        Ok(act)
    }

    fn four_eyes(&self, act: &Act, wanted: What) -> Result<(), String> {
        let proposal = act.approves.and_then(|seq| self.proposals.get(&seq));
        let Some(proposal) = proposal.filter(|proposal| proposal.what == wanted) else {
            return Err(format!("it approves no proposal to {}", wanted.word()));
        };
        if proposal.by == act.by {
            return Err(format!("`{}` approved what `{}` proposed: two persons are needed", act.by, act.by));
        }
        if (proposal.period_id(), proposal.seq) != (act.period_id(), act.seq) {
            return Err("it approves what was proposed on another determination".to_owned());
        }
        Ok(())
    }

    fn said(&mut self, seq: i64, said: &Determination) {
        let id = said.period_id();
        let period = self.periods.entry(id.clone()).or_default();
        let mut faults = Vec::new();
        match said.state {
            State::Interim => {
                if period.held.is_some_and(|held| held != Kind::Release) {
                    faults.push("it pays in advance what is held".to_owned());
                }
                period.advance += said.amount.minor();
            }
            State::Final => {
                match period.held {
                    Some(Kind::Hold) => faults.push("it became final though it is held".to_owned()),
                    Some(Kind::Void) => faults.push("it became final though it was given up".to_owned()),
                    _ => {}
                }
                if let Some((first, _)) = &period.binds {
                    faults.push(format!("{id} is final already, by entry {first}"));
                }
                let contested = period.decided.as_ref().is_some_and(|(until, before)| {
                    *before == said.said() && until.is_some_and(|until| until <= said.determined_at)
                });
                period.contested = Some((seq, contested));
                period.binds = Some((seq, said.clone()));
            }
            State::Restated => {
                faults.extend(corrects(period.binds.as_ref(), said));
                period.binds = Some((seq, said.clone()));
            }
            _ => period.decided = Some((said.life.contested_until, said.said())),
        }
        if said.state == State::Restated {
            faults.extend(self.cause(seq, said));
        }
        faults.into_iter().for_each(|fault| self.fault(seq, fault));
    }

    /// What persons had restated was signed by as many of them as it takes.
    fn cause(&mut self, seq: i64, said: &Determination) -> Option<String> {
        let corrects = said.life.corrects.as_ref()?;
        let acted = self.acted.take_if(|(act, id, _)| *act + 1 == seq && *id == said.period_id());
        match acted {
            Some((_, _, true)) => None,
            Some((..)) => {
                let delta = (said.amount.minor() - corrects.amount).abs();
                let currency = said.amount.currency();
                let alone = self.above.get(currency.code()).is_some_and(|above| delta <= *above);
                (!alone).then(|| "one person alone had it restated, though two are needed".to_owned())
            }
            None => {
                let word = corrects.cause.word();
                let known = word == "source_revision" || self.operators_causes.iter().any(|cause| cause == word);
                (!known).then(|| format!("nobody signed for its cause, {word}"))
            }
        }
    }
}

/// Whether a restatement corrects what stood before it, and books what follows.
fn corrects(before: Option<&(i64, Determination)>, said: &Determination) -> Option<String> {
    let Some((seq, before)) = before else { return Some("it corrects what is not final".to_owned()) };
    let corrects = said.life.corrects.as_ref()?;
    let stood = (corrects.amount, corrects.payable, &corrects.index);
    if stood != (before.amount.minor(), before.payable(), &before.index) {
        return Some(format!("it says other than entry {seq}, which stood before it"));
    }
    let left = balance(said.amount.minor(), said.paid.advance);
    let payable = payable_after(left, before.payable(), corrects.clawback);
    (said.payable() != payable).then(|| format!("{} are payable, not {payable}", said.payable()))
}

/// What the terms say: how long a result was contested, how long it may be corrected, and the most of all together.
fn terms(
    reader: &Reader,
    policies: &BTreeMap<String, PolicyEntry>,
    periods: &BTreeMap<String, Period>,
    bounds: &mut BTreeMap<String, Bound>,
    faults: &mut Vec<(i64, String)>,
) -> Result<(), AuditError> {
    let mut of_policy: BTreeMap<&str, Vec<&Period>> = BTreeMap::new();
    for period in periods.values() {
        let Some((seq, said)) = &period.binds else { continue };
        of_policy.entry(&said.policy).or_default().push(period);
        let Some(entry) = policies.get(&said.policy) else {
            faults.push((*seq, format!("policy {} was never bound", said.policy)));
            continue;
        };
        let key = format!("{}/{}", said.policy, said.cover);
        if !bounds.contains_key(&key) {
            bounds.insert(key.clone(), Bound::of_entry(reader, entry, &said.cover)?);
        }
        let settlement = &bounds[&key].policy.product.settlement;
        if let (Some(window), Some((first, false))) = (settlement.contest, period.contested) {
            faults.push((first, format!("it could not be contested for {window} s as it stands")));
        }
        let correctable = said.life.correctable_until.is_some();
        if correctable != settlement.correction.is_some() && said.state == State::Final {
            faults.push((*seq, "until when it is corrected is not what the terms say".to_owned()));
        }
    }
    for (policy, periods) in of_policy {
        let Some((seq, said)) = periods.iter().filter_map(|period| period.binds.as_ref()).max_by_key(|binds| binds.0)
        else {
            continue;
        };
        let Some(bound) = bounds.get(&format!("{policy}/{}", said.cover)) else { continue };
        let Some(limit) = bound.policy.product.aggregate else { continue };
        let Some(amount) = bound.policy.amount(limit.amount) else { continue };
        let times = Exact::from(i64::from(limit.reinstatements.unwrap_or(0)) + 1);
        let most = amount.times(times).map_err(|error| AuditError::Unreadable(error.to_string()))?;
        let paid: i64 =
            periods.iter().filter_map(|period| Some(period.advance + period.binds.as_ref()?.1.payable())).sum();
        let paid = Money::from_minor(paid, said.amount.currency());
        if paid.is_ok_and(|paid| paid.units() > most) {
            faults.push((*seq, format!("policy {policy} is paid more than its limit of {most}")));
        }
    }
    Ok(())
}
