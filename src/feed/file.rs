//! A file that somebody else writes, or that was recorded: its readings come out when their time has come.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::decode::{Raw, Refused, decode};
use super::poll::{Answer, Body, PollError};
use super::settings::{FeedSettings, VintageRule};
use crate::observation::{Reading, Vintage};

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    device_inode: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device_inode: (metadata.dev(), metadata.ino()),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// When it was written last: seconds since 1970, and nanoseconds.
    pub(super) fn modified(&self) -> (i64, i64) {
        self.modified
    }
}

/// Reads a plain file of at most `most` bytes, and nothing else: no link, no pipe, no file that took its place.
///
/// # Errors
/// [`PollError::File`] and [`PollError::TooLarge`].
pub(super) fn read_plain(path: &Path, most: usize) -> Result<(State, Vec<u8>), PollError> {
    let fault = |cause: String| PollError::File { path: path.to_owned(), cause };
    let metadata = fs::symlink_metadata(path).map_err(|error| fault(error.to_string()))?;
    if !metadata.is_file() {
        return Err(fault("it is not a plain file".to_owned()));
    }
    let too_large = PollError::TooLarge { most };
    if usize::try_from(metadata.len()).map_or(true, |bytes| bytes > most) {
        return Err(too_large);
    }
    let file = File::open(path).map_err(|error| fault(error.to_string()))?;
    let state = State::of(&file.metadata().map_err(|error| fault(error.to_string()))?);
    if state.device_inode != State::of(&metadata).device_inode {
        return Err(fault("it was replaced while it was opened".to_owned()));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX - 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| fault(error.to_string()))?;
    if bytes.len() > most {
        return Err(too_large);
    }
    Ok((state, bytes))
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
        let metadata = fs::symlink_metadata(path)
            .map_err(|cause| PollError::File { path: path.to_owned(), cause: cause.to_string() })?;
        if self.state == Some(State::of(&metadata)) {
            return Ok(());
        }
        let (state, bytes) = read_plain(path, feed.max_body)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let body = Body::new(name, bytes);
        if self.body.as_ref().map(|known| known.sha256) != Some(body.sha256) {
            let decoded = decode(feed, &Raw { bytes: &body.bytes, name: &body.name, asked: None, now: None })
                .map_err(|cause| PollError::decode(&body.name, cause))?;
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
            VintageRule::Provisional | VintageRule::AsTold => 0,
            VintageRule::Final => told,
            VintageRule::FinalAfter(wait) => ended_by(now - wait),
        };
        // Those that have become final since they were handed out, then those that are new.
        let again = self.told_final..told_final.min(self.told);
        let again = if matches!(feed.vintage, VintageRule::FinalAfter(_)) { again } else { 0..0 };
        let new = self.told..told.max(self.told);
        let handed = again.chain(new).map(|index| {
            let told = &self.readings[index];
            let vintage = match feed.vintage {
                VintageRule::AsTold => told.vintage,
                _ if index < told_final => Vintage::Final,
                _ => Vintage::Provisional,
            };
            Reading { vintage, ..told.clone() }
        });
        let handed = handed.collect();
        self.told = self.told.max(told);
        self.told_final = self.told_final.max(told_final);
        handed
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::settings::tests::{CSV, at, feed};
    use super::super::{Ask, Feed, Network};
    use super::*;

    const HEADER: &str = "origin,time_hour,temp,precip\n";

    fn poll(feed: &mut Feed, now: &str) -> Result<Answer, PollError> {
        let ask = Ask { now: at(now), known_until: &BTreeMap::new(), from: at("2013-01-01 00:00") };
        let mut future = std::pin::pin!(feed.poll(ask));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(answer) => answer,
            std::task::Poll::Pending => panic!("a file never waits"),
        }
    }

    fn told(feed: &mut Feed, now: &str) -> Vec<String> {
        let readings = poll(feed, now).unwrap().readings;
        let value = |reading: &Reading| reading.value.map_or("none".to_owned(), |value| value.to_string());
        readings
            .iter()
            .map(|reading| format!("{} {} {}", reading.station, value(reading), reading.vintage.word()))
            .collect()
    }

    fn on(path: &Path, settings: &str) -> Feed {
        let settings = settings.replace("asos.csv", path.to_str().unwrap());
        Feed::new(feed(&settings), &Network::default())
    }

    fn only_temp() -> String {
        let columns = "columns = { temp = { variable = \"air_temperature\", unit = \"degF\" } }";
        let kept = CSV.lines().map(|line| if line.trim().starts_with("columns") { columns } else { line });
        kept.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn readings_come_out_once_when_their_time_has_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("asos.csv");
        let rows = "LGA,2013-01-01T07:00:00Z,3,\nJFK,2013-01-01T06:00:00Z,1,\nLGA,2013-01-01T06:00:00Z,2,\nbad\n";
        fs::write(&path, format!("{HEADER}{rows}")).unwrap();
        let mut feed = on(&path, &only_temp());
        assert!(feed.is_file());
        let first = poll(&mut feed, "2013-01-01 07:59").unwrap();
        assert_eq!((first.readings.len(), first.refused.len()), (0, 1), "07:00 and an hour's delay have not passed");
        assert_eq!(first.heard_until, at("2013-01-01 06:59"));
        assert_eq!(told(&mut feed, "2013-01-01 08:00"), ["JFK 1 final", "LGA 2 final"]);
        assert_eq!(poll(&mut feed, "2013-01-01 08:59").unwrap().refused, [], "a fault is told once");
        assert_eq!(told(&mut feed, "2013-01-01 09:00"), ["LGA 3 final"]);
        assert_eq!(told(&mut feed, "2013-01-02 00:00"), [""; 0]);

        fs::write(&path, format!("{HEADER}LGA,2013-01-01T07:00:00Z,4,\n")).unwrap();
        assert_eq!(told(&mut feed, "2013-01-02 00:00"), ["LGA 4 final"], "other bytes start anew");
        assert_eq!(told(&mut feed, "2013-01-02 00:00"), [""; 0]);
    }

    #[test]
    fn readings_come_out_again_when_they_become_final() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("asos.csv");
        fs::write(&path, format!("{HEADER}A,2013-01-01T06:00:00Z,1,\nA,2013-01-01T07:00:00Z,2,\n")).unwrap();
        let settings = only_temp().replace("\"final\"", "{ final_after = \"2 h\" }");
        let mut feed = on(&path, &settings);
        assert_eq!(told(&mut feed, "2013-01-01 08:00"), ["A 1 provisional"]);
        assert_eq!(told(&mut feed, "2013-01-01 08:59"), [""; 0]);
        assert_eq!(told(&mut feed, "2013-01-01 09:00"), ["A 1 final", "A 2 provisional"]);
        assert_eq!(told(&mut feed, "2013-01-01 10:00"), ["A 2 final"]);
        assert_eq!(told(&mut feed, "2013-01-02 10:00"), [""; 0]);
        assert_eq!(
            told(&mut on(&path, &settings), "2013-01-01 09:30"),
            ["A 1 final", "A 2 provisional"],
            "final at once"
        );
    }

    #[test]
    fn what_is_no_plain_file_of_the_right_size_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("asos.csv");
        let mut feed = on(&path, &only_temp().replace("[csv]", "max_body = \"40 B\"\n[csv]"));
        assert_eq!(poll(&mut feed, "2013-01-02 00:00").unwrap_err().class(), "file", "it is not there");
        fs::create_dir(&path).unwrap();
        assert_eq!(poll(&mut feed, "2013-01-02 00:00").unwrap_err().class(), "file", "it is a folder");
        fs::remove_dir(&path).unwrap();
        let other = folder.path().join("other.csv");
        fs::write(&other, HEADER).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert_eq!(poll(&mut feed, "2013-01-02 00:00").unwrap_err().class(), "file", "it is a link");
        fs::remove_file(&path).unwrap();
        let fifo = std::process::Command::new("mkfifo").arg(&path).status();
        if fifo.is_ok_and(|status| status.success()) {
            assert_eq!(poll(&mut feed, "2013-01-02 00:00").unwrap_err().class(), "file", "it is a pipe");
            fs::remove_file(&path).unwrap();
        }
        fs::write(&path, format!("{HEADER:40}")).unwrap();
        assert_eq!(poll(&mut feed, "2013-01-02 00:00").unwrap().readings, [], "as large as may be");
        fs::write(&path, format!("{HEADER:41}")).unwrap();
        assert_eq!(poll(&mut feed, "2013-01-02 00:00").unwrap_err().class(), "too_large");
        fs::write(&path, "no such columns\n").unwrap();
        assert_eq!(poll(&mut feed, "2013-01-02 00:00").unwrap_err().class(), "decode");
    }

    #[test]
    fn a_year_of_polls_reads_the_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("asos.csv");
        let start = at("2013-01-01 00:00");
        let rows: String = (0..26_000i32)
            .map(|row| {
                let hour = start + chrono::TimeDelta::hours((row / 3).into());
                format!("S{},{},{row}.5,0\n", row % 3, hour.format("%Y-%m-%dT%H:%M:%SZ"))
            })
            .collect();
        fs::write(&path, format!("{HEADER}{rows}")).unwrap();
        let mut feed = on(&path, CSV);
        let mut count = 0;
        for slot in 0..1_500 {
            let ask =
                Ask { now: start + chrono::TimeDelta::hours(6 * slot), known_until: &BTreeMap::new(), from: start };
            let mut future = std::pin::pin!(feed.poll(ask));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let std::task::Poll::Ready(answer) = future.as_mut().poll(&mut context) else {
                panic!("a file never waits")
            };
            count += answer.unwrap().readings.len();
        }
        assert_eq!(count, 52_000);
    }
}
