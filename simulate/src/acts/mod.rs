//! Persons who act while the daemon lives, dies and is started again: what they hand in, by which door, what they are
//! answered, and what must hold of it.

mod draw;
mod person;
pub mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{bail, ensure};
use chrono::{DateTime, Utc};
use fairgauge::ledger::Reader;
use fairgauge::operator::{Answer, HandedIn, Inbox, Outcome};

use crate::chance::Chance;
use crate::class::{Class, Struck};
use crate::disk;
use crate::life::{DISK, LEDGER, reader};
use draw::{Drawer, Drawn, Scene};
pub use person::operators;
use person::{NAMES, Person, STRANGER};

/// How a request reaches the daemon.
enum Door {
    /// By the folder, as the commands hand in.
    Folder,
    /// Under this key, as the server does.
    Key(String),
}

/// A request that was handed in.
struct Sent {
    drawn: Drawn,
    door: Door,
    /// The names by which answers are asked for.
    waits: Vec<String>,
    answers: Vec<Answer>,
}

/// Words in an answer that say why an act was refused, and what that is called here.
pub const REFUSALS: [(&str, &str); 8] = [
    ("stands in the ledger already", "replayed"),
    ("it was signed when entry", "stale"),
    ("more than a day ago", "not-now"),
    ("the signature is not that", "forged"),
    ("there is no operator", "stranger"),
    ("this is no signed act", "unreadable"),
    ("what is attached", "attachments"),
    ("a second person has to approve", "one-person"),
];

/// What comes of acts that are not refused, and what has to strike in enough seeds.
pub const EFFECTS: [&str; 6] = ["held", "released", "voided", "restated", "noted", "proposed"];

/// All persons of a run, and what they did.
pub struct Persons {
    persons: Vec<Person>,
    stranger: Person,
    chance: Chance,
    inbox: Inbox,
    sent: Vec<Sent>,
    /// Periods that they want held for ever.
    left: BTreeSet<String>,
    /// Periods of which that was decided.
    seen: BTreeSet<String>,
    may_leave: bool,
    struck: Arc<Struck>,
}

impl Persons {
    /// Those of a seed. Where others wait for what a policy pays, nothing is left held for ever: `may_leave`.
    pub fn new(seed: u64, may_leave: bool, struck: Arc<Struck>) -> Self {
        Self {
            persons: NAMES.map(|name| Person::of(seed, name)).into(),
            stranger: Person::of(seed, STRANGER),
            chance: Chance::of(seed, "persons"),
            inbox: Inbox::on(&DISK, Path::new(LEDGER)),
            sent: Vec::new(),
            left: BTreeSet::new(),
            seen: BTreeSet::new(),
            may_leave,
            struck,
        }
    }

    /// Where they hand in.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// How many settlements they leave open.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// One person does something. While the daemon `is_down` the server is so, too.
    ///
    /// # Errors
    /// What must not be.
    pub fn act(&mut self, now: DateTime<Utc>, is_down: bool) -> anyhow::Result<Option<String>> {
        if !self.sent.is_empty() && self.chance.happens(150) {
            let place = usize::try_from(self.chance.below(self.sent.len() as u64)).expect("an index");
            self.hand_in(place, is_down)?;
            return Ok(Some(format!("again: {}", self.sent[place].drawn.text)));
        }
        let drawn = disk::quietly(|| {
            // There may be no ledger yet, after a start that failed.
            let Ok(reader) = reader() else { return Ok(None) };
            let scene = Scene::of(&reader)?;
            self.drawer(now).anything(&scene)
        })?;
        let Some(drawn) = drawn else { return Ok(None) };
        let said = format!("{:?} {}", drawn.spoilt, drawn.text);
        self.send(drawn, is_down)?;
        Ok(Some(said))
    }

    /// They let go what is held, but for what they leave, and now and then have restated what would come out otherwise.
    ///
    /// # Errors
    /// What must not be.
    pub fn clear(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        let drawn = disk::quietly(|| {
            let reader = reader()?;
            let scene = Scene::of(&reader)?;
            let mut drawn = Vec::new();
            // It takes as long as a day of the season.
            let changed = if self.chance.happens(400) { scene.changed()? } else { Vec::new() };
            for on in scene.held().into_iter().chain(changed) {
                let id = on.1.period_id();
                if !on.1.state.ends() && self.seen.insert(id.clone()) && self.may_leave && self.chance.happens(150) {
                    self.left.insert(id.clone());
                }
                if !self.left.contains(&id) {
                    let number = self.sent.len() + drawn.len();
                    drawn.push(Drawer { number, ..self.drawer(now) }.clearing(&scene, on)?);
                }
            }
            Ok::<_, anyhow::Error>(drawn)
        })?;
        drawn.into_iter().try_for_each(|drawn| self.send(drawn, false))
    }

    fn drawer(&mut self, now: DateTime<Utc>) -> Drawer<'_> {
        let Self { persons, stranger, chance, sent, .. } = self;
        Drawer { persons, stranger, chance, number: sent.len(), now }
    }

    fn send(&mut self, drawn: Drawn, is_down: bool) -> anyhow::Result<()> {
        let key = format!("named/persons/{}", self.sent.len());
        let door = if is_down || self.chance.happens(500) { Door::Folder } else { Door::Key(key) };
        self.sent.push(Sent { drawn, door, waits: Vec::new(), answers: Vec::new() });
        self.struck.note(Class::Acts);
        self.hand_in(self.sent.len() - 1, is_down)
    }

    /// Hands a request in, perhaps again. A command waits until it has written; the server fails with the disk.
    fn hand_in(&mut self, place: usize, is_down: bool) -> anyhow::Result<()> {
        let Sent { drawn, door, waits, .. } = &mut self.sent[place];
        match door {
            _ if disk::is_dead() => {}
            Door::Folder => waits.push(disk::quietly(|| self.inbox.put(&drawn.bytes))?),
            Door::Key(_) if is_down => {}
            Door::Key(key) => match self.inbox.hand_in(key, &drawn.bytes) {
                Ok(HandedIn::Waits(name)) if waits.contains(&name) => {}
                Ok(HandedIn::Waits(name)) => waits.push(name),
                Ok(HandedIn::Answered(answer)) => self.answered(place, answer)?,
                Ok(HandedIn::Another) => bail!("{key} was used for another request, says the folder"),
                // Whoever asked does not know whether it lies there.
                Err(_) => {}
            },
        }
        Ok(())
    }

    /// They look for answers, and hand in again some of what has none.
    ///
    /// # Errors
    /// What must not be.
    pub fn ask(&mut self) -> anyhow::Result<()> {
        for place in 0..self.sent.len() {
            let names = self.sent[place].waits.clone();
            for name in names {
                if disk::is_dead() {
                    return Ok(());
                }
                let answer = match &self.sent[place].door {
                    Door::Folder => disk::quietly(|| self.inbox.answer(&name))?,
                    Door::Key(_) => self.inbox.kept_answer(&name).unwrap_or_default(),
                };
                if let Some(answer) = answer {
                    self.sent[place].waits.retain(|waits| *waits != name);
                    self.answered(place, answer)?;
                }
            }
            if self.sent[place].answers.is_empty() && self.chance.happens(300) {
                self.hand_in(place, false)?;
            }
        }
        Ok(())
    }

    fn answered(&mut self, place: usize, answer: Answer) -> anyhow::Result<()> {
        let Sent { drawn, answers, .. } = &mut self.sent[place];
        let (text, says) = (&drawn.text, &answer.text);
        if answer.outcome == Outcome::Refused {
            let named = REFUSALS.iter().find(|(words, _)| says.contains(words));
            self.struck.note_act(named.map_or("not-allowed", |(_, name)| name));
        } else {
            ensure!(drawn.spoilt.is_none(), "it was taken though it is {:?}: {text}", drawn.spoilt);
            let entries = answers.iter().filter(|before| before.outcome != Outcome::Refused).map(|before| before.entry);
            let other = entries.into_iter().find(|entry| *entry != answer.entry);
            ensure!(other.is_none(), "it was done as entry {other:?} and as {:?}: {text}", answer.entry);
        }
        answers.push(answer);
        Ok(())
    }

    /// Whatever was answered to be done stands in the ledger, as what was signed.
    ///
    /// # Errors
    /// What does not.
    pub fn check_kept(&self, reader: &Reader) -> anyhow::Result<()> {
        for Sent { drawn, answers, .. } in &self.sent {
            for answer in answers.iter().filter(|answer| answer.outcome != Outcome::Refused) {
                let found = answer.entry.map(|seq| reader.entry(seq)).transpose()?.flatten();
                let signed = found.as_ref().and_then(|entry| entry.text_of("signed").ok());
                let entry = answer.entry;
                ensure!(signed == Some(&drawn.text), "it was answered to be entry {entry:?}: {}", drawn.text);
            }
        }
        Ok(())
    }

    /// At the end: every answer is true, every request has one, nothing stands there that nobody signed, and what is held
    /// is what was left.
    ///
    /// # Errors
    /// What does not hold.
    pub fn check_end(&self, reader: &Reader, rows: &[rules::Row], lives: &rules::Lives) -> anyhow::Result<()> {
        self.check_kept(reader)?;
        let texts: BTreeMap<_, _> = self.sent.iter().map(|sent| (&sent.drawn.text, sent)).collect();
        for act in rows.iter().filter_map(|row| row.act.as_ref()) {
            let sent = texts.get(&act.signed);
            ensure!(sent.is_some_and(|sent| sent.drawn.spoilt.is_none()), "nobody signed {}", act.signed);
        }
        for Sent { drawn, door, answers, .. } in &self.sent {
            let has_one = !answers.is_empty() || matches!(door, Door::Key(_));
            ensure!(has_one, "it was never answered: {}", drawn.text);
        }
        let held = lives.stands.iter().filter(|(_, kind)| **kind == fairgauge::ledger::Kind::Hold);
        let held: BTreeSet<_> = held.map(|(id, _)| id.clone()).collect();
        ensure!(held == self.left, "{held:?} are held, and {:?} should be", self.left);
        for (effect, count) in &lives.effects {
            if let Some(name) = EFFECTS.iter().find(|name| *name == effect) {
                (0..*count).for_each(|_| self.struck.note_act(name));
            }
        }
        Ok(())
    }
}
