//! A file that somebody else writes, or that was recorded: its readings come out when their time has come.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::decode::{Refused, decode};
use super::poll::{Answer, Body, PollError};
use super::settings::{FeedSettings, VintageRule};
use crate::observation::{Reading, Vintage};

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    device_inode: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device_inode: (metadata.dev(), metadata.ino()),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// What was read last, and how much of it has been handed out.
#[derive(Default)]
pub(super) struct Recorded {
    state: Option<State>,
    body: Option<Body>,
    /// Ordered by the end of their intervals; where those are equal, as in the file.
    readings: Vec<Reading>,
    refused: Vec<Refused>,
    /// How many were handed out.
    told: usize,
    /// How many of those were handed out as final.
    told_final: usize,
}

impl Recorded {
    /// Hands out what is available at `now` and was not handed out before. A file with other bytes starts anew.
    pub(super) fn poll(&mut self, feed: &FeedSettings, path: &Path, now: DateTime<Utc>) -> Result<Answer, PollError> {
        self.refresh(feed, path)?;
        let readings = self.available(feed, now);
        let body = self.body.clone().expect("the file was read");
        Ok(Answer {
            bodies: vec![body],
            readings,
            refused: std::mem::take(&mut self.refused),
            heard_until: now - feed.delay,
        })
    }

    /// Reads and decodes the file, where it is not as it was.
    fn refresh(&mut self, feed: &FeedSettings, path: &Path) -> Result<(), PollError> {
        let fault = |cause: io::Error| PollError::File { path: path.to_owned(), cause: cause.to_string() };
        let metadata = fs::symlink_metadata(path).map_err(fault)?;
        if !metadata.is_file() {
            return Err(PollError::File { path: path.to_owned(), cause: "it is not a plain file".to_owned() });
        }
        if self.state == Some(State::of(&metadata)) {
            return Ok(());
        }
        let too_large = PollError::TooLarge { most: feed.max_body };
        if usize::try_from(metadata.len()).map_or(true, |bytes| bytes > feed.max_body) {
            return Err(too_large);
        }
        let file = File::open(path).map_err(fault)?;
        let state = State::of(&file.metadata().map_err(fault)?);
        if state.device_inode != State::of(&metadata).device_inode {
            return Err(PollError::File {
                path: path.to_owned(),
                cause: "it was replaced while it was opened".to_owned(),
            });
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(feed.max_body).unwrap_or(u64::MAX - 1);
        file.take(most + 1).read_to_end(&mut bytes).map_err(fault)?;
        if bytes.len() > feed.max_body {
            return Err(too_large);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let body = Body::new(name, bytes);
        if self.body.as_ref().map(|known| known.sha256) != Some(body.sha256) {
            let decoded =
                decode(feed, &body.bytes, None, None).map_err(|cause| PollError::decode(&body.name, cause))?;
            *self = Self { readings: decoded.readings, refused: decoded.refused, body: Some(body), ..Self::default() };
            self.readings.sort_by_key(|reading| reading.end);
        }
        self.state = Some(state);
        Ok(())
    }

    fn available(&mut self, feed: &FeedSettings, now: DateTime<Utc>) -> Vec<Reading> {
        let ended_by = |until: DateTime<Utc>| self.readings.partition_point(|reading| reading.end <= until);
        let told = ended_by(now - feed.delay);
        let told_final = match feed.vintage {
            VintageRule::Provisional => 0,
            VintageRule::Final => told,
            VintageRule::FinalAfter(wait) => ended_by(now - wait),
        };
        // Those that have become final since they were handed out, then those that are new.
        let again = self.told_final..told_final.min(self.told);
        let again = if matches!(feed.vintage, VintageRule::FinalAfter(_)) { again } else { 0..0 };
        let new = self.told..told.max(self.told);
        let handed = again.chain(new).map(|index| {
            let vintage = if index < told_final { Vintage::Final } else { Vintage::Provisional };
            Reading { vintage, ..self.readings[index].clone() }
        });
        let handed = handed.collect();
        self.told = self.told.max(told);
        self.told_final = self.told_final.max(told_final);
        handed
    }
}
