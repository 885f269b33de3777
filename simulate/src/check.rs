//! What must hold after each restart and at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::audit::{rederive, verify_life};
use fairgauge::ledger::{Appended, Determination, Kind, Reader, State};
use fairgauge::observation::Knowledge;
use fairgauge::quantity::Fixed;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use sha2::{Digest as _, Sha256};

use crate::acts::rules::{self, Lives, rows};
use crate::disk::NAME;
use crate::life::{LEDGER, Lived, reader};
use crate::world::World;

type Hash = [u8; 32];

/// What was acknowledged, and what was seen of the ledger at the last restart.
#[derive(Debug, Default)]
pub struct Kept {
    /// Numbers and keys of entries, since the last restart.
    entries: Vec<(i64, String)>,
    polls: usize,
    leaves: Vec<Hash>,
    /// Signed notes that readers may have seen, by the sizes that they cover.
    notes: BTreeMap<i64, String>,
}

impl Kept {
    /// A batch was acknowledged.
    pub fn acknowledge(&mut self, appended: &Appended, polls: usize) {
        self.entries.extend(appended.0.iter().map(|written| (written.seq, written.key.clone())));
        self.polls += polls;
    }

    /// A reader sees the newest note.
    pub fn see(&mut self, note: Option<(i64, String)>) {
        self.notes.extend(note);
    }

    /// How many notes were seen.
    pub fn notes(&self) -> usize {
        self.notes.len()
    }
}

/// The newest signed note, and the size that it covers.
///
/// # Errors
/// Where the file cannot be read.
pub fn newest_note(plain: &Connection) -> anyhow::Result<Option<(i64, String)>> {
    let mut query = plain.prepare_cached("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1")?;
    Ok(query.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// The ledger's file as anybody sees it who has SQLite.
///
/// # Errors
/// Where it cannot be opened.
pub fn plain() -> anyhow::Result<Connection> {
    Ok(Connection::open_with_flags_and_vfs(LEDGER, OpenFlags::SQLITE_OPEN_READ_ONLY, NAME)?)
}

/// After a start: what was acknowledged is there, and what was there before has not changed.
///
/// # Errors
/// What is missing or other.
pub fn check_restart(kept: &mut Kept) -> anyhow::Result<()> {
    let connection = plain()?;
    let mut statement = connection.prepare("SELECT leaf FROM ledger ORDER BY seq")?;
    let leaves = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<Hash>, _>>()?;
    ensure!(leaves.starts_with(&kept.leaves), "entries that were there before a restart are not there after it");
    let mut key = connection.prepare("SELECT key FROM ledger WHERE seq = ?1")?;
    for (seq, wanted) in kept.entries.drain(..) {
        let found: Option<String> = key.query_map([seq], |row| row.get(0))?.next().transpose()?;
        ensure!(found.as_ref() == Some(&wanted), "entry {seq} was acknowledged as {wanted}, and is {found:?}");
    }
    let polls: i64 = connection.query_row("SELECT count(*) FROM poll", [], |row| row.get(0))?;
    let polls = usize::try_from(polls)?;
    ensure!(polls >= kept.polls, "{} polls were acknowledged, {polls} are there", kept.polls);
    let mut statement = connection.prepare("SELECT size, note FROM checkpoint")?;
    let notes = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let notes = notes.collect::<Result<BTreeMap<i64, String>, _>>()?;
    for (size, seen) in &kept.notes {
        ensure!(notes.get(size) == Some(seen), "a note over {size} entries was seen, and is another one or gone");
    }
    kept.notes.extend(notes);
    kept.leaves = leaves;
    kept.polls = polls;
    Ok(())
}

/// What is final of a period, as far as it follows from what was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Final {
    /// As it stands.
    pub said: Determination,
    /// What was known of its feeds for its days, when it became final.
    pub known: Vec<Known>,
}

/// A station, when an interval begins, in seconds since 1970, and its value in millionths.
type Known = (Arc<str>, i64, i64);

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// A hash over all entries and polls.
    pub root: Hash,
    /// Entries.
    pub entries: usize,
    /// Finals by their ids.
    pub finals: BTreeMap<String, Final>,
    /// Settlements that are open.
    pub open: usize,
    /// What came of acts.
    pub lives: Lives,
}

impl Came {
    /// Whether anybody has acted on a policy, or on one that it waits for.
    fn is_acted_on(&self, policy: &str) -> bool {
        let acted = |policy: &str| self.lives.policies.contains(policy);
        acted(policy) || (policy == "RT-1" && acted("RZ-1"))
    }
}

/// Holds the ledger that a run left against everything that must hold.
///
/// # Errors
/// What does not hold.
pub fn check_end(world: World, lived: &mut Lived) -> anyhow::Result<Came> {
    check_restart(&mut lived.kept)?;
    let reader = reader()?;
    reader.verify().context("the ledger is not whole")?;
    let faults = verify_life(&reader)?;
    ensure!(faults.is_empty(), "the ledger breaks its rules: {}", faults.join("; "));
    let rows = rows(&reader)?;
    let lives = rules::check(&rows)?;
    if let Some(persons) = &lived.persons {
        persons.check_end(&reader, &rows, &lives)?;
    }
    let knowledge = reader.knowledge(None)?;
    told_before(&knowledge, world, lived)?;
    let mut finals = BTreeMap::new();
    let (mut ids, mut paid) = (BTreeSet::new(), BTreeMap::<String, i64>::new());
    for kind in [Kind::Final, Kind::Interim, Kind::Restate] {
        for (seq, _) in reader.notes(kind)? {
            let said = reader.determination_of(seq)?.context("a determination")?;
            let id = said.id();
            let again = rederive(&reader, &said)?;
            ensure!(again.differences.is_empty(), "{id} computed again: {}", again.differences.join("; "));
            if kind == Kind::Restate {
                continue;
            }
            ensure!(ids.insert((said.state == State::Final, id.clone())), "{id} is there twice");
            *paid.entry(said.policy.clone()).or_default() += said.payable();
            if said.state == State::Final {
                let known = known_of(world, &knowledge, &said);
                finals.insert(id, Final { said, known });
            }
        }
    }
    for (policy, limit, ..) in world.season.policies() {
        let paid = paid.get(*policy).copied().unwrap_or(0);
        ensure!((0..=*limit).contains(&paid), "{policy} is paid {paid}, its limit is {limit}");
    }
    Ok(Came { root: root()?, entries: lived.kept.leaves.len(), finals, open: lived.open, lives })
}

/// Every reading was told so, and is known no earlier than that, nor before it can have happened.
fn told_before(knowledge: &Knowledge, world: World, lived: &Lived) -> anyhow::Result<()> {
    for feed in world.season.feeds() {
        for (key, series) in knowledge.of_feed(feed.name) {
            for row in series.rows() {
                let value = row.value.map(Fixed::micros);
                let told = lived.provider.told(feed.name, &key.station, row.start);
                let name = || format!("{} of {} at {}: {value:?}", feed.name, key.station, row.start);
                let Some((_, first)) = told.iter().find(|(told, _)| *told == value) else {
                    bail!("{} was never told", name());
                };
                ensure!(*first <= row.known_at, "{} was told at {first} and known at {}", name(), row.known_at);
                let ends = DateTime::from_timestamp(row.end, 0).context("an instant")?;
                ensure!(ends <= row.known_at + TimeDelta::minutes(1), "{} is of a time that had not come", name());
            }
        }
    }
    Ok(())
}

/// What was known of a policy's feed for the days of a determination.
fn known_of(world: World, knowledge: &Knowledge, said: &Determination) -> Vec<Known> {
    let mut known = Vec::new();
    let policies = world.season.policies().iter();
    for (_, _, feed, station) in policies.filter(|(policy, ..)| *policy == said.policy) {
        for (key, series) in knowledge.of_feed(feed).filter(|(key, _)| key.station.starts_with(station)) {
            let rows = series.known(said.period.from.timestamp(), said.period.to.timestamp(), said.as_of);
            let value = |value: Option<Fixed>| value.map_or(i64::MIN, Fixed::micros);
            known.extend(rows.into_iter().map(|row| (key.station.clone(), row.start, value(row.value))));
        }
    }
    known
}

fn root() -> anyhow::Result<Hash> {
    let connection = plain()?;
    let mut hash = Sha256::new();
    let mut leaves = connection.prepare("SELECT leaf FROM ledger ORDER BY seq")?;
    let mut rows = leaves.query([])?;
    while let Some(row) = rows.next()? {
        hash.update(row.get::<_, Hash>(0)?);
    }
    let mut polls =
        connection.prepare("SELECT feed || ' ' || at_ms || ' ' || outcome FROM poll ORDER BY at_ms, feed")?;
    let mut rows = polls.query([])?;
    while let Some(row) = rows.next()? {
        hash.update(row.get::<_, String>(0)?);
    }
    Ok(hash.finalize().into())
}

/// What a run says otherwise than the one that nothing befell, where both knew the same; and how many finals rest on
/// other knowledge. What becomes final from `told_from` on, where nothing fails, has been told in time to both.
///
/// # Errors
/// The first difference.
pub fn same_finals(came: &Came, quiet: &Came, told_from: Option<DateTime<Utc>>) -> anyhow::Result<usize> {
    let mut others = 0;
    for (id, undisturbed) in &quiet.finals {
        // What is held or was given up is not final: that was looked after.
        if came.lives.stands.contains_key(id) {
            continue;
        }
        let Some(found) = came.finals.get(id) else {
            bail!("{id} is final where nothing fails, and is not final here, {} are open", came.open)
        };
        if found.known != undisturbed.known {
            let late = undisturbed.said.determined_at;
            let first = |one: &Final, other: &Final| {
                one.known.iter().find(|known| !other.known.contains(known)).map(|known| format!("{known:?}"))
            };
            ensure!(
                told_from.is_none_or(|from| late < from),
                "{id} rests on {:?}, not on {:?}, and all was told in time",
                first(found, undisturbed),
                first(undisturbed, found)
            );
            others += 1;
            continue;
        }
        // What others are paid after what persons did decides what is left for it.
        let is_paid_alike = found.said.paid == undisturbed.said.paid;
        if came.is_acted_on(&found.said.policy) && !is_paid_alike {
            continue;
        }
        let (here, there) = (&found.said.index, &undisturbed.said.index);
        ensure!(here == there, "{id} has {here:?}, and {there:?} where nothing fails and the same was known");
        let of = |said: &Determination| (said.outcome, said.reason_code.clone());
        let (here, there) = (of(&found.said), of(&undisturbed.said));
        // One before it that rests on other readings may have used up the limit of both.
        if is_paid_alike || [&here, &there].iter().all(|(_, reason)| reason != "limit_used_up") {
            ensure!(here == there, "{id} is {here:?}, and {there:?} where nothing fails and the same was known");
        }
        if is_paid_alike {
            let (here, there) = (found.said.amount, undisturbed.said.amount);
            ensure!(here == there, "{id} pays {here}, and {there} where nothing fails and the same was known");
        }
    }
    Ok(others)
}

/// Reads what is told of one determination; for a trace.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn lines_of(reader: &Reader) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    for (seq, said) in reader.latest_of_all()? {
        let index = said.index.as_ref().map_or("-".to_owned(), |(value, unit)| format!("{value} {unit}"));
        let state = said.state.word();
        lines.push(format!("{seq} {state} {} {} {index} {}", said.id(), said.outcome.word(), said.amount));
    }
    Ok(lines)
}
