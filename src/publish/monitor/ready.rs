//! Whether the program lives, and whether it is ready: five checks with names that stay the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::SecondsFormat;
use serde::Serialize;
use tokio::sync::Mutex;

use super::PATIENCE;
use crate::counts::CourseCounts;
use crate::ledger::{Extent, Reader, SIGN_EVERY, Scribe};
use crate::publish::app::Now;

/// Who asks again so soon is told the same: anybody may ask, and each answer costs the writer a look.
const STAYS: Duration = Duration::from_secs(1);
/// A writer that has a large batch to write has answered not longer ago than this.
const LATELY: Duration = Duration::from_secs(60);

/// How one check came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub name: &'static str,
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Check {
    fn new(name: &'static str, fault: Option<String>) -> Self {
        Self { name, ok: fault.is_none(), detail: fault }
    }
}

/// What was found last.
#[derive(Debug, Default)]
struct Last {
    looked: Option<Instant>,
    checks: Arc<Vec<Check>>,
    reader: Option<Reader>,
    /// Why the ledger could not be read, said once.
    unread: Option<String>,
    /// When the writer answered last, and the answer that is waited for.
    answered: Option<Instant>,
    asked: Option<tokio::task::JoinHandle<bool>>,
}

/// Looks whether the program is ready.
#[derive(Debug)]
pub(super) struct Readiness {
    ledger: PathBuf,
    scribe: Option<Scribe>,
    course: CourseCounts,
    now: Now,
    last: Mutex<Last>,
}

impl Readiness {
    pub fn new(ledger: &Path, scribe: Option<Scribe>, course: CourseCounts, now: Now) -> Self {
        Self { ledger: ledger.to_owned(), scribe, course, now, last: Mutex::default() }
    }

    /// All checks. Where there is no daemon, those of the ledger alone.
    pub async fn checks(&self) -> Arc<Vec<Check>> {
        let mut last = self.last.lock().await;
        if last.looked.is_some_and(|looked| looked.elapsed() < STAYS) {
            return last.checks.clone();
        }
        let extent = self.extent(&mut last).await;
        let mut checks = Vec::new();
        if self.scribe.is_some() {
            let starting = || "the ledger is taken up and the book bound".to_owned();
            checks.push(Check::new("loop", (!self.course.is_at_work()).then(starting)));
        }
        checks.push(Check::new("ledger", extent.as_ref().err().map(|why| (*why).to_owned())));
        if let Some(scribe) = &self.scribe {
            checks.push(Check::new("writer", writer(&mut last, scribe).await));
        }
        checks.push(Check::new("checkpoint", extent.ok().and_then(|extent| self.unsigned(extent))));
        if self.scribe.is_some() {
            checks.push(Check::new("clock", self.clock()));
        }
        said(&last.checks, &checks);
        (last.looked, last.checks) = (Some(Instant::now()), Arc::new(checks));
        last.checks.clone()
    }

    /// How far the ledger has come; else why it cannot be read, without naming anything of it.
    async fn extent(&self, last: &mut Last) -> Result<Extent, &'static str> {
        let (ledger, reader) = (self.ledger.clone(), last.reader.take());
        let read = tokio::task::spawn_blocking(move || {
            let reader = reader.map_or_else(|| Reader::open(&ledger), Ok).map_err(|error| error.to_string())?;
            let extent = reader.extent().map_err(|error| error.to_string())?;
            Ok::<_, String>((extent, reader))
        });
        match tokio::time::timeout(PATIENCE, read).await {
            Ok(Ok(Ok((extent, reader)))) => {
                (last.reader, last.unread) = (Some(reader), None);
                Ok(extent)
            }
            Ok(Ok(Err(error))) => {
                if last.unread.replace(error.clone()).as_ref() != Some(&error) {
                    tracing::error!(id = "FG0712", error, "the ledger cannot be read: {error}");
                }
                Err("it cannot be read: the log says why")
            }
            Ok(Err(_)) | Err(_) => Err("it could not be read within 2 s"),
        }
    }

    fn unsigned(&self, extent: Extent) -> Option<String> {
        let since = extent.signed?.waits_since?;
        let since = (since + SIGN_EVERY * 2 < (self.now)()).then_some(since)?;
        Some(format!("entries have waited for a signature since {}", since.to_rfc3339_opts(SecondsFormat::Secs, true)))
    }

    fn clock(&self) -> Option<String> {
        if self.course.clock_is_back() {
            return Some("it shows a time before the ledger's last entry: nothing is settled".to_owned());
        }
        let ahead = "it went ahead by more than a day, and no reading bears it out: nothing becomes final";
        self.course.clock_is_ahead().then(|| ahead.to_owned())
    }
}

/// Asks the writer, at most once at a time: what is wrong, if it has not answered lately.
async fn writer(last: &mut Last, scribe: &Scribe) -> Option<String> {
    let scribe = scribe.clone();
    let asked = last.asked.get_or_insert_with(|| tokio::spawn(async move { scribe.ping().await.is_ok() }));
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => {
            last.asked = None;
            if !answer.unwrap_or(false) {
                return Some("it cannot read the ledger's file".to_owned());
            }
            last.answered = Some(Instant::now());
            None
        }
        Err(_) if last.answered.is_some_and(|answered| answered.elapsed() < LATELY) => None,
        Err(_) => {
            let since = last.answered.map(|answered| format!(" for {} s", answered.elapsed().as_secs()));
            Some(format!("it has not answered{}", since.unwrap_or_default()))
        }
    }
}

/// Logs that the program has become ready, or why it no longer is.
fn said(before: &[Check], now: &[Check]) {
    let faults = |checks: &[Check]| checks.iter().filter(|check| !check.ok).map(|check| check.name).collect::<Vec<_>>();
    let (was, is) = (faults(before), faults(now));
    if was == is && !before.is_empty() {
        return;
    }
    if is.is_empty() {
        tracing::info!(id = "FG0701", "ready: all checks are well");
    } else {
        tracing::warn!(id = "FG0702", "not ready: {}", words(now).trim_end().replace('\n', "; "));
    }
}

fn words(checks: &[Check]) -> String {
    let faults = checks.iter().filter_map(|check| Some(format!("{}: {}\n", check.name, check.detail.as_ref()?)));
    faults.collect()
}

#[derive(Serialize)]
struct Body<'c> {
    status: &'static str,
    checks: &'c [Check],
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("application/json"))
}

/// It answers, so it lives.
pub(super) fn alive(headers: &HeaderMap) -> Response {
    if wants_json(headers) {
        return Json(Body { status: "alive", checks: &[] }).into_response();
    }
    "alive\n".into_response()
}

/// 200, or 503 with what is wrong, a line for each check; in JSON where it is asked for.
pub(super) fn answer(checks: &[Check], headers: &HeaderMap) -> Response {
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if ready { "ready" } else { "not ready" };
    if wants_json(headers) {
        return (status, Json(Body { status: word, checks })).into_response();
    }
    (status, format!("{word}\n{}", words(checks))).into_response()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;
    use crate::ledger::merkle::LogKey;
    use crate::ledger::{Batch, Entry, Kind, Signing, Store, Writer};

    fn begun() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).expect("an instant")
    }

    /// A signed ledger with its writer, and a note that waits for a signature.
    async fn waiting(folder: &Path) -> (PathBuf, Writer) {
        let path = folder.join("ledger.sqlite");
        let key = LogKey::new("ledger.example.org/f", &[7; 32]).expect("a key");
        let signing = Signing { key, high_water: Signing::beside(&path), publish: None };
        let store = Store::create_signed(&path, begun(), &signing).expect("new");
        let writer = Writer::spawn(store).expect("a thread");
        let mut batch = Batch::new();
        batch.entry(Entry::new(Kind::Note, "note/1", begun()).text("text", "it waits for a while"));
        writer.append(batch).await.expect("written");
        (path, writer)
    }

    async fn faults(readiness: &Readiness) -> String {
        words(&readiness.checks().await)
    }

    #[tokio::test]
    async fn each_check_says_what_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, writer) = waiting(folder.path()).await;
        let course = CourseCounts::default();
        let in_time: Now = || begun() + SIGN_EVERY * 2;
        let too_late: Now = || begun() + SIGN_EVERY * 2 + TimeDelta::seconds(1);
        let ready = |now| Readiness::new(&path, writer.scribe(), course.clone(), now);
        assert_eq!(faults(&ready(in_time)).await, "loop: the ledger is taken up and the book bound\n");
        course.at_work();
        assert_eq!(faults(&ready(in_time)).await, "", "twice the cadence, exactly");
        assert_eq!(
            faults(&ready(too_late)).await,
            "checkpoint: entries have waited for a signature since 2023-11-14T22:13:20Z\n"
        );
        course.clock(true, false);
        assert!(faults(&ready(in_time)).await.starts_with("clock: it shows a time before the ledger's last entry"));
        course.clock(false, true);
        assert!(faults(&ready(in_time)).await.starts_with("clock: it went ahead by more than a day"));
        course.clock(false, false);
        writer.sign().await.expect("signed");
        assert_eq!(faults(&ready(too_late)).await, "", "nothing waits");
        let scribe = writer.scribe();
        writer.close().await.expect("closed");
        let ended = Readiness::new(&path, scribe, course.clone(), in_time);
        assert_eq!(faults(&ended).await, "writer: it cannot read the ledger's file\n");
        let nowhere = Readiness::new(&folder.path().join("other"), None, course, in_time);
        assert_eq!(faults(&nowhere).await, "ledger: it cannot be read: the log says why\n", "and no path is told");
    }

    /// Whoever asks again and again costs the writer one look a second.
    #[tokio::test]
    async fn the_same_is_told_for_a_second() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, writer) = waiting(folder.path()).await;
        let readiness = Readiness::new(&path, writer.scribe(), CourseCounts::default(), begun);
        let first = readiness.checks().await;
        assert!(!first.is_empty());
        // However slow this machine is.
        readiness.last.lock().await.looked = Instant::now().checked_add(Duration::from_secs(3_600));
        assert!(Arc::ptr_eq(&first, &readiness.checks().await));
        readiness.last.lock().await.looked = Instant::now().checked_sub(STAYS);
        assert!(!Arc::ptr_eq(&first, &readiness.checks().await), "after a second it is looked anew");
        writer.close().await.expect("closed");
    }

    #[test]
    fn answers_are_for_people_or_for_programs() {
        let checks =
            [Check::new("ledger", None), Check::new("writer", Some("it has not answered for 90 s".to_owned()))];
        let json: HeaderMap = [(header::ACCEPT, "application/json".parse().expect("a value"))].into_iter().collect();
        assert_eq!(answer(&checks, &HeaderMap::new()).status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer(&checks[..1], &json).status(), StatusCode::OK);
        assert_eq!(words(&checks), "writer: it has not answered for 90 s\n");
        let body = serde_json::to_string(&Body { status: "not ready", checks: &checks }).expect("plain");
        assert_eq!(
            body,
            r#"{"status":"not ready","checks":[{"name":"ledger","ok":true},{"name":"writer","ok":false,"detail":"it has not answered for 90 s"}]}"#
        );
        assert!(wants_json(&json) && !wants_json(&HeaderMap::new()));
        assert_eq!(alive(&HeaderMap::new()).status(), StatusCode::OK);
    }
}
