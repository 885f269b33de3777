//! What a person does next, by what the ledger says; and what is wrong with it, where it is to be refused.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::audit::Again;
use fairgauge::ledger::{Cause, Determination, Kind, Reader, Standing, instant_text, sha256};
use fairgauge::operator::{Act, Request, What};
use fairgauge::settle::Said;

use super::person::{Person, STRANGER};
use crate::chance::Chance;

/// What is handed in.
pub struct Drawn {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What was signed.
    pub text: String,
    /// What is wrong with it, so that it is refused however things stand.
    pub spoilt: Option<Spoilt>,
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    /// It is of a determination that stands no more, or never stood.
    Stale,
    /// It was signed days ago.
    Old,
    /// It was signed a year ahead.
    Ahead,
    /// Another person signed it.
    Forged,
    /// Nobody knows who signed it.
    Stranger,
    /// It was changed after it was signed.
    Changed,
    /// Something else is attached than was signed.
    Attached,
    /// It is no act.
    Garbage,
}

const SPOILT: [Spoilt; 8] = [
    Spoilt::Stale,
    Spoilt::Old,
    Spoilt::Ahead,
    Spoilt::Forged,
    Spoilt::Stranger,
    Spoilt::Changed,
    Spoilt::Attached,
    Spoilt::Garbage,
];

const WHATS: [What; 6] = [What::Hold, What::Release, What::Void, What::Dispute, What::Approve, What::Restate];

/// What waits for a second person.
struct Proposal {
    seq: i64,
    by: String,
}

/// The periods as a person sees them before an act.
pub struct Scene<'r> {
    reader: &'r Reader,
    latest: Vec<(i64, Determination)>,
    standings: BTreeMap<String, Standing>,
}

impl<'r> Scene<'r> {
    /// What a ledger says.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(reader: &'r Reader) -> anyhow::Result<Self> {
        Ok(Self { reader, latest: reader.latest_of_all()?, standings: reader.standings()? })
    }

    fn standing(&self, said: &Determination) -> Option<&Standing> {
        self.standings.get(&said.period_id()).filter(|_| !said.state.ends())
    }

    /// What is held.
    pub fn held(&self) -> Vec<&(i64, Determination)> {
        let is_held =
            |(_, said): &&(i64, Determination)| self.standing(said).is_some_and(|standing| standing.kind == Kind::Hold);
        self.latest.iter().filter(is_held).collect()
    }

    /// What was proposed last on a period, as it stands now.
    fn proposal(&self, (seq, said): &(i64, Determination)) -> anyhow::Result<Option<Proposal>> {
        let acts = self.reader.acts(&said.period_id())?;
        let Some((entry, act)) = acts.iter().rev().find(|(_, act)| act.text_of("effect") == Ok("proposed")) else {
            return Ok(None);
        };
        let since = self.standing(said).map_or(-1, |standing| standing.seq);
        let what = What::from_word(act.text_of("act")?).context("an act")?;
        let waits = act.integer_of("determination") == Ok(*seq)
            && *entry > since
            && said.state.ends() == (what == What::Restate);
        Ok(waits.then_some(Proposal { seq: *entry, by: act.text_of("by")?.to_owned() }))
    }

    /// What is final and would come out otherwise by now.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn changed(&self) -> anyhow::Result<Vec<&(i64, Determination)>> {
        let mut changed = Vec::new();
        let Some(now) = self.reader.last_instant()? else { return Ok(changed) };
        let again = Again::of(self.reader)?;
        for found in self.latest.iter().filter(|(_, said)| said.state.ends()) {
            if Said::of(&again.settled(&found.1, now)?) != found.1.said() {
                changed.push(found);
            }
        }
        Ok(changed)
    }
}

/// The alternative of another instant, as a person writes it.
///
/// # Errors
/// Where it is none that the ledger keeps.
pub fn as_of(at: DateTime<Utc>) -> anyhow::Result<String> {
    Ok(format!("as-of={}", instant_text(at)?))
}

/// Draws acts.
pub struct Drawer<'p> {
    /// Those who may.
    pub persons: &'p [Person],
    /// One who may not.
    pub stranger: &'p Person,
    /// From this.
    pub chance: &'p mut Chance,
    /// How many there were before: no two say the same.
    pub number: usize,
    /// What the persons' clocks show.
    pub now: DateTime<Utc>,
}

impl Drawer<'_> {
    fn any(&mut self) -> &'static str {
        self.chance.one_of(self.persons).name
    }

    fn other(&mut self, than: &str) -> &'static str {
        let others: Vec<_> = self.persons.iter().map(|person| person.name).filter(|name| *name != than).collect();
        self.chance.one_of::<&str>(&others)
    }

    /// An act on anything; none where nothing is said yet.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn anything(&mut self, scene: &Scene<'_>) -> anyhow::Result<Option<Drawn>> {
        if scene.latest.is_empty() {
            return Ok(None);
        }
        let mut busy = scene.held();
        for found in scene.latest.iter().filter(|(_, said)| said.state.ends()) {
            if scene.proposal(found)?.is_some() {
                busy.push(found);
            }
        }
        let mut on = if !busy.is_empty() && self.chance.happens(500) {
            *self.chance.one_of(&busy)
        } else {
            self.chance.one_of(&scene.latest)
        };
        if self.chance.happens(250) {
            let changed = scene.changed()?;
            if !changed.is_empty() {
                on = *self.chance.one_of(&changed);
            }
        }
        let proposal = scene.proposal(on)?;
        let kind = scene.standing(&on.1).map(|standing| standing.kind);
        let what = if self.chance.happens(80) {
            *self.chance.one_of(&WHATS)
        } else if proposal.is_some() && self.chance.happens(700) {
            What::Approve
        } else if on.1.state.ends() {
            *self.chance.one_of(&[What::Restate, What::Restate, What::Dispute])
        } else if kind == Some(Kind::Hold) {
            *self.chance.one_of(&[What::Release, What::Release, What::Release, What::Void, What::Dispute, What::Hold])
        } else {
            *self.chance.one_of(&[What::Hold, What::Hold, What::Dispute])
        };
        let by = match &proposal {
            Some(proposal) if what == What::Approve && self.chance.happens(800) => self.other(&proposal.by),
            _ => self.any(),
        };
        let spoilt = if self.chance.happens(200) { Some(*self.chance.one_of(&SPOILT)) } else { None };
        self.sign(scene, (on, what, by), proposal.map(|proposal| proposal.seq), spoilt).map(Some)
    }

    /// The next step to let go what is held, or to give it up, or to restate what is final: the second person's where one
    /// has proposed it.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn clearing(&mut self, scene: &Scene<'_>, on: &(i64, Determination)) -> anyhow::Result<Drawn> {
        let proposal = scene.proposal(on)?;
        let (what, by) = match &proposal {
            Some(proposal) => (What::Approve, self.other(&proposal.by)),
            None if on.1.state.ends() => (What::Restate, self.any()),
            None => (if self.chance.happens(150) { What::Void } else { What::Release }, self.any()),
        };
        self.sign(scene, (on, what, by), proposal.map(|proposal| proposal.seq), None)
    }

    fn sign(
        &mut self,
        scene: &Scene<'_>,
        ((seq, said), what, by): (&(i64, Determination), What, &str),
        approves: Option<i64>,
        spoilt: Option<Spoilt>,
    ) -> anyhow::Result<Drawn> {
        let (alternative, attached) =
            if what == What::Dispute { self.evidence(scene.reader, said)? } else { (None, Vec::new()) };
        let at = match spoilt {
            Some(Spoilt::Old) => self.now - TimeDelta::days(5),
            // As long as nobody hands it in again when its time has come.
            Some(Spoilt::Ahead) => self.now + TimeDelta::days(400),
            _ => self.now,
        };
        let act = Act {
            what,
            by: if spoilt == Some(Spoilt::Stranger) { STRANGER } else { by }.to_owned(),
            why: format!("number {}", self.number),
            policy: said.policy.clone(),
            cover: said.cover.clone(),
            start: said.period.start,
            seq: if spoilt == Some(Spoilt::Stale) { seq - self.chance.between(1, 3) } else { *seq },
            at,
            cause: if what == What::Restate { Some(*self.chance.one_of(&Cause::ALL)) } else { None },
            approves: approves.filter(|_| what == What::Approve),
            alternative,
            evidence: attached.iter().map(|bytes| sha256(bytes)).collect(),
        };
        let mut text = act.text()?;
        let signer = match spoilt {
            Some(Spoilt::Stranger) => STRANGER,
            Some(Spoilt::Forged) => self.other(by),
            _ => by,
        };
        let signer = self.persons.iter().find(|person| person.name == signer).unwrap_or(self.stranger);
        let signature = signer.sign(&text);
        if spoilt == Some(Spoilt::Changed) {
            text = Act { why: format!("number {}, changed", self.number), ..act }.text()?;
        }
        let mut request = Request::new(text.clone(), signature, &attached);
        if spoilt == Some(Spoilt::Attached) {
            request.attached.push("eA==".to_owned());
        }
        let mut bytes = request.bytes();
        if spoilt == Some(Spoilt::Garbage) {
            bytes.truncate(usize::try_from(self.chance.below(bytes.len() as u64)).expect("a length"));
        }
        Ok(Drawn { bytes, text, spoilt })
    }

    /// What is attached to a dispute, and under what else the period is settled for comparison.
    fn evidence(&mut self, reader: &Reader, said: &Determination) -> anyhow::Result<(Option<String>, Vec<Vec<u8>>)> {
        let pieces = self.chance.below(3);
        let mut attached: Vec<_> = (0..pieces).map(|_| self.chance.number().to_le_bytes().to_vec()).collect();
        let alternative = match self.chance.below(5) {
            0 => Some(as_of(said.as_of)?),
            1 => Some(as_of(said.as_of - TimeDelta::days(9))?),
            2 => Some(format!("without={}", self.chance.one_of(&["station", "grid", "meter", "reports"]))),
            3 => {
                attached.extend(reader.evidence(said.terms)?);
                Some("terms=terms.toml".to_owned())
            }
            _ => None,
        };
        Ok((alternative, attached))
    }
}
