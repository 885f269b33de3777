//! A folder into which others put files: each is taken whole, when it is complete, in one poll with everything that it
//! says.
//!
//! Of two files that speak of the same interval the one that was written last counts, whatever the order in which they
//! are read: what stands in the folder decides alone, so that a program that starts anew reads everything again and
//! learns nothing.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::decode::{Decoded, Key, Raw, Refused, decode, key, printable};
use super::file::{State, read_plain};
use super::hex::hex;
use super::poll::{Answer, Ask, Body, PollError};
use super::provider::fits;
use super::settings::{DropFolder, FeedSettings, NAME, VintageRule};
use crate::observation::{Reading, Vintage};

/// In one poll no more bytes than this are read, but one file at least; the rest at once after it.
const AT_ONCE: usize = 64 << 20;
/// A folder with more files than this is not looked through.
const MOST_FILES: usize = 100_000;
/// What a file with a SHA-256 in it has at most.
const MOST_MARKER: usize = 4 << 10;

/// What is known of a folder's files.
pub(super) struct Dropped {
    files: BTreeMap<OsString, Known>,
    /// What the last poll handed out, until it is recorded.
    handed: Vec<(OsString, Known)>,
    /// What is to be read before the folder is looked through again.
    scan: Option<Scan>,
    /// Up to here the folder has told everything.
    heard_until: DateTime<Utc>,
    /// Bytes that are read in one poll.
    at_once: usize,
}

/// A file as it was seen last.
#[derive(Clone)]
struct Known {
    state: State,
    standing: Standing,
}

#[derive(Clone)]
enum Standing {
    /// It may still grow.
    Waiting,
    /// It was read.
    Taken(Taken),
    /// It cannot be read, and that was said.
    Refused,
}

/// What is kept of a file that was read.
#[derive(Clone)]
struct Taken {
    written: Written,
    /// The beginning and the end of what it speaks about; none where it says nothing.
    covers: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// When it is read again, because readings will have become final.
    again: Option<DateTime<Utc>>,
}

/// Which of two files was written last: by time, then by name.
type Written = ((i64, i64), OsString);

/// Files that are ready, and what those that were written later say.
struct Scan {
    /// The one that was written last stands last.
    ready: Vec<(OsString, State)>,
    told: HashSet<Key>,
    /// Files whose intervals are among `told`.
    folded: HashSet<OsString>,
    /// What the folder will have told when all of them were read.
    heard_until: DateTime<Utc>,
}

impl Dropped {
    pub(super) fn new() -> Self {
        Self {
            files: BTreeMap::new(),
            handed: Vec::new(),
            scan: None,
            heard_until: DateTime::UNIX_EPOCH,
            at_once: AT_ONCE,
        }
    }

    /// Whether more is ready to be read.
    pub(super) fn has_more(&self) -> bool {
        self.scan.is_some()
    }

    /// What was handed out last has been recorded: it is not handed out again.
    pub(super) fn recorded(&mut self) {
        self.files.extend(self.handed.drain(..));
    }

    /// Hands out what complete files say that were not read before.
    pub(super) fn poll(&mut self, feed: &FeedSettings, folder: &DropFolder, ask: Ask<'_>) -> Result<Answer, PollError> {
        if !self.handed.is_empty() {
            // It was not recorded: all of it comes again.
            self.handed.clear();
            self.scan = None;
        }
        let mut answer = Answer::empty(self.heard_until);
        let mut scan = match self.scan.take() {
            Some(scan) => scan,
            None => self.look(feed, folder, ask.now, &mut answer)?,
        };
        let mut bytes = 0;
        while let Some((name, state)) = scan.ready.pop() {
            bytes += usize::try_from(state.bytes()).unwrap_or(usize::MAX).min(feed.max_body);
            self.take(feed, folder, ask.now, (name, state), &mut scan, &mut answer);
            if bytes >= self.at_once {
                break;
            }
        }
        if scan.ready.is_empty() {
            self.heard_until = self.heard_until.max(scan.heard_until);
            answer.heard_until = self.heard_until;
        } else {
            self.scan = Some(scan);
        }
        answer.readings.sort_by_key(|reading| reading.end);
        Ok(answer)
    }

    /// Looks through the folder: what is ready, and what has to wait.
    fn look(
        &mut self,
        feed: &FeedSettings,
        folder: &DropFolder,
        now: DateTime<Utc>,
        answer: &mut Answer,
    ) -> Result<Scan, PollError> {
        let fault = |cause: String| PollError::File { path: folder.path.clone(), cause };
        let entries = fs::read_dir(&folder.path).map_err(|error| fault(error.to_string()))?;
        let mut seen = BTreeMap::new();
        for entry in entries {
            let entry = entry.map_err(|error| fault(error.to_string()))?;
            if seen.len() == MOST_FILES {
                return Err(fault(format!("it holds more than {MOST_FILES} files; move away what is old")));
            }
            seen.insert(entry.file_name(), entry);
        }
        let mut ready = Vec::new();
        let mut heard_until = now - feed.delay;
        for (name, entry) in &seen {
            if !is_wanted(folder, name) {
                continue;
            }
            // One that is gone by now was not for us.
            let Some(state) = self.plain(name, entry, answer) else { continue };
            let known = self.files.get(name).filter(|known| known.state == state);
            let complete = match (&folder.complete, known.map(|known| &known.standing)) {
                (_, Some(Standing::Refused)) => continue,
                (_, Some(Standing::Taken(taken))) if taken.again.is_none_or(|again| again > now) => continue,
                (_, Some(Standing::Taken(_))) => true,
                (Some(marker), _) => is_marked(&folder.path.join(marker_of(marker, name)), &state),
                (None, Some(Standing::Waiting)) => true,
                (None, None) => false,
            };
            if complete {
                ready.push((name.clone(), state));
            } else {
                // What it says may be as old as a file that comes in time.
                let written = DateTime::from_timestamp(state.modified().0, 0).unwrap_or(DateTime::UNIX_EPOCH);
                heard_until = heard_until.min(written - feed.delay);
                self.files.insert(name.clone(), Known { state, standing: Standing::Waiting });
            }
        }
        self.files.retain(|name, _| seen.contains_key(name));
        ready.sort_by_cached_key(|(name, state)| (state.modified(), name.clone()));
        Ok(Scan { ready, told: HashSet::new(), folded: HashSet::new(), heard_until })
    }

    /// The state of a plain file. What is none is refused once, but for folders, which are passed over.
    fn plain(&mut self, name: &OsStr, entry: &DirEntry, answer: &mut Answer) -> Option<State> {
        let metadata = fs::symlink_metadata(entry.path()).ok()?;
        let state = State::of(&metadata);
        if metadata.is_file() || metadata.is_dir() {
            return metadata.is_file().then_some(state);
        }
        let known = self.files.get(name).is_some_and(|known| known.state == state);
        if !known {
            let reason = "it is a link or no plain file: put the file itself into the folder".to_owned();
            answer.refused.push(Refused::other(shown(name), reason));
            self.files.insert(name.to_owned(), Known { state, standing: Standing::Refused });
        }
        None
    }

    /// Reads a file. One that cannot be read holds up no other.
    fn take(
        &mut self,
        feed: &FeedSettings,
        folder: &DropFolder,
        now: DateTime<Utc>,
        (name, state): (OsString, State),
        scan: &mut Scan,
        answer: &mut Answer,
    ) {
        let path = folder.path.join(&name);
        let read = match read_plain(&path, feed.max_body) {
            Ok((now, _)) if now != state => {
                // It changed since the folder was looked through: at the next poll.
                scan.heard_until = self.heard_until;
                return;
            }
            Ok((_, bytes)) => {
                let body = Body::new(shown(&name), bytes);
                let checked = check_digest(folder, &name, &body);
                checked.and_then(|()| Ok((decode_at(feed, &body, now).map_err(|cause| cause.to_string())?, body)))
            }
            Err(PollError::File { .. }) if fs::symlink_metadata(&path).is_err() => return,
            // Whoever put it there may mend that in its place.
            Err(error @ PollError::File { .. }) => {
                answer.refused.push(Refused::other(shown(&name), error.to_string()));
                self.files.insert(name, Known { state, standing: Standing::Refused });
                return;
            }
            Err(error) => Err(error.to_string()),
        };
        let (decoded, body) = match read {
            Ok(read) => read,
            Err(reason) => {
                let reason = set_aside(folder, &name, &reason, now);
                answer.refused.push(Refused::other(shown(&name), reason));
                self.files.insert(name, Known { state, standing: Standing::Refused });
                return;
            }
        };
        let Decoded { mut readings, refused } = decoded;
        let place = |inner: String| format!("{}: {inner}", body.name);
        answer.refused.extend(refused.into_iter().map(|refused| Refused { place: place(refused.place), ..refused }));
        let written = (state.modified(), name.clone());
        let taken = Taken::of(feed, written, &readings);
        self.fold_later(feed, folder, now, &taken, scan);
        readings.retain(|reading| !scan.told.contains(&key(reading)));
        scan.told.extend(readings.iter().map(key));
        scan.folded.insert(name.clone());
        if !readings.is_empty() {
            answer.bodies.push(body);
            answer.readings.append(&mut readings);
        }
        self.handed.push((name, Known { state, standing: Standing::Taken(taken) }));
    }

    /// Notes what files say that were read before, but written later, where they speak of the same time.
    fn fold_later(&self, feed: &FeedSettings, folder: &DropFolder, now: DateTime<Utc>, taken: &Taken, scan: &mut Scan) {
        for (name, known) in &self.files {
            let Standing::Taken(other) = &known.standing else { continue };
            if other.written <= taken.written || !other.meets(taken) || !scan.folded.insert(name.clone()) {
                continue;
            }
            // One that has changed is read as a new one.
            let Ok((state, bytes)) = read_plain(&folder.path.join(name), feed.max_body) else { continue };
            if state != known.state {
                continue;
            }
            let decoded = decode_at(feed, &Body::new(shown(name), bytes), now);
            scan.told.extend(decoded.iter().flat_map(|decoded| &decoded.readings).map(key));
        }
    }
}

impl Taken {
    fn of(feed: &FeedSettings, written: Written, readings: &[Reading]) -> Self {
        let start = readings.iter().map(|reading| reading.start).min();
        let end = readings.iter().map(|reading| reading.end).max();
        let again = match feed.vintage {
            VintageRule::FinalAfter(wait) => {
                let open = || readings.iter().filter(|reading| reading.vintage != Vintage::Final);
                let ends = open().map(|reading| reading.end);
                let (first, last) = (ends.clone().min(), ends.max());
                // A file of a year is not read again for each of its rows.
                first.zip(last).map(|(first, last)| last.min(first + TimeDelta::days(1)) + wait)
            }
            VintageRule::Provisional | VintageRule::Final | VintageRule::AsTold => None,
        };
        Self { written, covers: start.zip(end), again }
    }

    /// Whether two files may speak of the same interval.
    fn meets(&self, other: &Self) -> bool {
        let (Some((start, end)), Some((from, to))) = (self.covers, other.covers) else { return false };
        start <= to && from <= end
    }
}

fn decode_at(feed: &FeedSettings, body: &Body, now: DateTime<Utc>) -> Result<Decoded, super::DecodeError> {
    decode(feed, &Raw { bytes: &body.bytes, name: &body.name, asked: None, now: Some(now) })
}

/// A name as it may stand in a message.
fn shown(name: &OsStr) -> String {
    printable(&name.to_string_lossy())
}

/// Whether a name is one that is read: neither hidden, nor unfinished, nor one that says that another is complete.
fn is_wanted(folder: &DropFolder, name: &OsStr) -> bool {
    let name = shown(name);
    let unfinished = [".part", ".tmp", ".filepart"].iter().any(|end| name.ends_with(end));
    let marker = folder.complete.as_ref().is_some_and(|marker| fits(&marker.replace(NAME, "*"), &name));
    !name.starts_with('.') && !unfinished && !marker && fits(&folder.names, &name)
}

/// Whether the file that says that another is complete is there, and not from before that one was written.
fn is_marked(marker: &Path, state: &State) -> bool {
    fs::symlink_metadata(marker).is_ok_and(|found| found.is_file() && State::of(&found).modified() >= state.modified())
}

/// The name of the file that says that this one is complete.
fn marker_of(marker: &str, name: &OsStr) -> OsString {
    let (before, after) = marker.split_once(NAME).expect("the settings demand it");
    let mut whole = OsString::from(before);
    whole.push(name);
    whole.push(after);
    whole
}

/// Where a file's SHA-256 stands beside it, it must be that one.
fn check_digest(folder: &DropFolder, name: &OsStr, body: &Body) -> Result<(), String> {
    let Some(marker) = folder.complete.as_ref().filter(|marker| marker.ends_with(".sha256")) else { return Ok(()) };
    let marker = marker_of(marker, name);
    let (_, bytes) = read_plain(&folder.path.join(&marker), MOST_MARKER).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    let digest = hex(&body.sha256);
    if text.split_whitespace().next().is_some_and(|told| told.eq_ignore_ascii_case(&digest)) {
        return Ok(());
    }
    Err(format!("its SHA-256 is not the one in {}", shown(&marker)))
}

/// Moves a file that cannot be read to the quarantine, with a line that says why. Returns the reason, and what became of
/// the file.
fn set_aside(folder: &DropFolder, name: &OsStr, reason: &str, now: DateTime<Utc>) -> String {
    match quarantine(folder, name, reason, now) {
        Ok(to) => format!("{reason}; it was moved to {}", to.display()),
        Err(error) => format!("{reason}; it stays where it is, as it cannot be moved: {error}"),
    }
}

fn quarantine(folder: &DropFolder, name: &OsStr, reason: &str, now: DateTime<Utc>) -> io::Result<std::path::PathBuf> {
    fs::create_dir_all(&folder.quarantine)?;
    let to = free_name(&folder.quarantine, name)?;
    let mut why = OpenOptions::new().create(true).append(true).open(folder.quarantine.join(REASONS))?;
    let named = to.file_name().map(shown).unwrap_or_default();
    fs::rename(folder.path.join(name), &to)?;
    if let Some(marker) = &folder.complete {
        // Else the next file of this name would be taken for a complete one. Where there is none, there is none.
        let marker = marker_of(marker, name);
        let _ = fs::rename(folder.path.join(&marker), free_name(&folder.quarantine, &marker)?);
    }
    let reason: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    writeln!(why, "{} {named}: {reason}", now.format("%Y-%m-%dT%H:%M:%SZ"))?;
    Ok(to)
}

/// The file in the quarantine that says why each of the others is there.
const REASONS: &str = "reasons.txt";

/// A name that no file of the quarantine has.
fn free_name(quarantine: &Path, name: &OsStr) -> io::Result<std::path::PathBuf> {
    for number in 1..1_000 {
        let mut free = name.to_owned();
        if number > 1 || name == REASONS {
            free.push(format!(".{number}"));
        }
        let path = quarantine.join(free);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(path);
        }
    }
    Err(io::Error::other("the quarantine holds a thousand files of that name"))
}

#[cfg(test)]
mod tests;
