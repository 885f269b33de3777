//! What deserves a person's look before it costs anything: feeds that are late or silent, sources that disagree,
//! indices close to their strike, endpoints that are not told. Pure: the daemon says it in its log, `fairgauge status` shows it.

mod board;
mod disagree;
mod endpoint;
mod near;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

pub use board::Board;
pub use disagree::{Pairs, compared, disagreeing};
pub use endpoint::{FAILS_LONG, untold};
pub use near::{is_near, near_trigger};

use crate::calendar::{Interval, Period};
use crate::contract::{Book, Cover, Policy};
use crate::feed::FeedSettings;
use crate::feed::patience::interval;
use crate::index::series_of;
use crate::observation::SeriesKey;

/// The end of the newest reading of each series.
pub type Watermarks = BTreeMap<SeriesKey, DateTime<Utc>>;

/// Something that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "alert", rename_all = "snake_case")]
pub enum Alert {
    /// Readings that should be there are not, by their own time stamps, however well the feed answers.
    Late {
        /// The feed.
        feed: String,
        /// How many of its series.
        series: usize,
        /// The one that is furthest behind: its station,
        station: String,
        /// its variable,
        variable: String,
        /// and where its newest reading ends; none where there is none.
        newest_reading_ends: Option<DateTime<Utc>>,
        /// What should be there by now.
        expected_until: DateTime<Utc>,
    },
    /// No answer for longer than two polls.
    Silent {
        /// The feed.
        feed: String,
        /// The last answer; none where there never was one.
        last_answer: Option<DateTime<Utc>>,
    },
    /// Sources of a consensus that say different things.
    Disagree {
        /// What they are asked.
        variable: String,
        /// The two, `feed/station`.
        sources: [String; 2],
        /// How many of their common intervals of the last week differ by more than the term sheet allows.
        intervals: usize,
        /// The newest of these ends here.
        newest_ends: DateTime<Utc>,
    },
    /// An index so far is within a tenth of its strike.
    NearTrigger {
        /// `policy/cover/first day`.
        id: String,
        /// The index so far.
        index: String,
        /// What it is compared with.
        trigger: String,
    },
    /// Messages that an endpoint did not take in all their attempts.
    Parked {
        /// The endpoint.
        endpoint: String,
        /// How many.
        messages: i64,
    },
    /// An endpoint said that it wants nothing any more.
    Gone {
        /// The endpoint.
        endpoint: String,
        /// How many messages wait for it.
        messages: i64,
    },
    /// An endpoint has taken nothing for long.
    Untold {
        /// The endpoint.
        endpoint: String,
        /// Since when.
        since: DateTime<Utc>,
        /// How many messages wait for it.
        messages: i64,
        /// What was said of the last attempt.
        last: String,
    },
}

impl Alert {
    /// The word for its kind, and the feeds or the endpoint that it is about: few, whatever the book.
    pub fn about(&self) -> (&'static str, String) {
        let feed = |source: &str| source.split('/').next().unwrap_or_default().to_owned();
        match self {
            Self::Late { feed, .. } => ("late", feed.clone()),
            Self::Silent { feed, .. } => ("silent", feed.clone()),
            Self::Disagree { sources: [one, other], .. } => ("disagree", format!("{} {}", feed(one), feed(other))),
            Self::NearTrigger { .. } => ("near_trigger", String::new()),
            Self::Parked { endpoint, .. } => ("parked", endpoint.clone()),
            Self::Gone { endpoint, .. } => ("gone", endpoint.clone()),
            Self::Untold { endpoint, .. } => ("untold", endpoint.clone()),
        }
    }

    /// What it is about: while that stays, the log says it once.
    pub fn subject(&self) -> String {
        match self {
            Self::Late { feed, .. } => format!("late {feed}"),
            Self::Silent { feed, .. } => format!("silent {feed}"),
            Self::Disagree { variable, sources: [one, other], .. } => format!("disagree {variable} {one} {other}"),
            Self::NearTrigger { id, .. } => format!("near {id}"),
            Self::Parked { endpoint, .. } => format!("parked {endpoint}"),
            Self::Gone { endpoint, .. } => format!("gone {endpoint}"),
            Self::Untold { endpoint, .. } => format!("untold {endpoint}"),
        }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        match self {
            Self::Late { feed, series, station, variable, newest_reading_ends, expected_until } => {
                let newest = newest_reading_ends
                    .as_ref()
                    .map_or("there is none".to_owned(), |newest| format!("the newest ends at {}", shown(newest)));
                let more = if *series > 1 { format!(" (and {} more series)", series - 1) } else { String::new() };
                let expected = shown(expected_until);
                write!(
                    f,
                    "feed {feed} is late: readings of {station} {variable}{more} are expected until {expected}, {newest}"
                )
            }
            Self::Silent { feed, last_answer: Some(last) } => {
                write!(f, "feed {feed} is silent: it answered last at {}", shown(last))
            }
            Self::Silent { feed, last_answer: None } => write!(f, "feed {feed} is silent: it has never answered"),
            Self::Disagree { variable, sources: [one, other], intervals, newest_ends } => write!(
                f,
                "{one} and {other} disagree about {variable} in {intervals} intervals of the last week, last in that which ends at {}",
                shown(newest_ends)
            ),
            Self::NearTrigger { id, index, trigger } => {
                write!(f, "{id}: the index so far is {index}, close to {trigger}")
            }
            Self::Parked { endpoint, messages } => write!(
                f,
                "{messages} messages for {endpoint} are parked: fairgauge webhook log {endpoint} --failed says why, \
                 fairgauge webhook replay {endpoint} --parked sends them again"
            ),
            Self::Gone { endpoint, messages } => write!(
                f,
                "the endpoint {endpoint} said that it wants nothing any more (410), {messages} messages wait: take it out of the \
                 settings, or fairgauge webhook replay {endpoint}"
            ),
            Self::Untold { endpoint, since, messages, last } => write!(
                f,
                "the endpoint {endpoint} has taken nothing since {}, {messages} messages wait: {last}",
                shown(since)
            ),
        }
    }
}

/// Series that policies read, and the end of the last period for which they are read.
pub fn needed(book: &Book) -> Watermarks {
    let mut needed = Watermarks::new();
    for policy in &book.policies {
        let Some(ends) = ends(policy) else { continue };
        for series in series_read(policy) {
            let until = needed.entry(series).or_insert(ends);
            *until = ends.max(*until);
        }
    }
    needed
}

/// Until when all of a policy's series are known; none where of one nothing is.
pub fn policy_watermark(policy: &Policy, marks: &Watermarks) -> Option<DateTime<Utc>> {
    let known = series_read(policy).into_iter().map(|series| marks.get(&series).copied());
    known.collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// Every series that a policy reads, of all its sources.
pub fn series_read(policy: &Policy) -> BTreeSet<SeriesKey> {
    let reads = policy.product.covers.iter().flat_map(Cover::reads);
    let keys = reads.flat_map(|read| {
        read.sources(&policy.product).iter().filter_map(move |source| series_of(source, policy, read.variable))
    });
    keys.collect()
}

fn ends(policy: &Policy) -> Option<DateTime<Utc>> {
    let spans = policy.product.covers.iter().filter_map(|cover| cover.window.periods(policy.cover).ok());
    spans.flatten().map(|span| Period::new(span, &policy.product.day).ends).max()
}

/// How long after the end of an interval its reading is late: as the settings say, else the delay and twice the poll
/// interval or the reading's own, whichever is longer. Instants come when they come.
pub fn late_after(feed: &FeedSettings) -> Option<TimeDelta> {
    let own = match feed.interval() {
        Interval::Fixed(seconds) => TimeDelta::seconds(seconds),
        Interval::Day { .. } => TimeDelta::days(1),
        Interval::Instant => return feed.late_after,
    };
    Some(feed.late_after.unwrap_or(feed.delay + own.max(interval(feed.poll)) * 2))
}

/// Whether a feed's readings are late, by the time stamps that they carry. Only what policies need counts, until when
/// they need it.
pub fn late(feed: &FeedSettings, needed: &Watermarks, marks: &Watermarks, now: DateTime<Utc>) -> Option<Alert> {
    let due = now - late_after(feed)?;
    let of_feed = needed.iter().filter(|(series, _)| series.feed == feed.name);
    let behind = of_feed.filter_map(|(series, until)| {
        let (newest, expected) = (marks.get(series).copied(), due.min(*until));
        newest.is_none_or(|newest| newest < expected).then_some((newest, series, expected))
    });
    let behind: Vec<_> = behind.collect();
    let (newest, series, expected) = behind.iter().min()?;
    Some(Alert::Late {
        feed: feed.name.to_string(),
        series: behind.len(),
        station: series.station.to_string(),
        variable: series.variable.name().to_owned(),
        newest_reading_ends: *newest,
        expected_until: *expected,
    })
}

/// Whether a feed has not answered for longer than two polls and a request may take. `stays`: until when the last answer
/// stays by the server's account, where nothing failed since; it counts until then. `since`: when the feed was asked
/// first, where it has never answered.
pub fn silent(
    feed: &FeedSettings,
    last_answer: Option<DateTime<Utc>>,
    stays: Option<DateTime<Utc>>,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<Alert> {
    let patience = interval(feed.poll) * 22 / 10 + interval(feed.timeout);
    let feed = feed.name.to_string();
    let last_answer = last_answer.max(stays.map(|until| until.min(now)));
    (now - last_answer.unwrap_or(since) > patience).then_some(Alert::Silent { feed, last_answer })
}

/// A series as people write it.
pub fn source(feed: &Arc<str>, station: &Arc<str>) -> String {
    format!("{feed}/{station}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{at, of_text};
    use crate::quantity::Variable;

    fn feed(more: &str) -> FeedSettings {
        let text = format!(
            "kind = \"csv\"\nurl = \"https://host.example/\"\npoll = \"6 h\"\ndelay = \"1 h\"\nvintage = \"final\"\n{more}\n\
             columns.rain = {{ variable = \"precipitation\", unit = \"mm\" }}\n[csv]\ndelimiter = \",\"\ndecimal = \".\"\n\
             missing = [\"\"]\nstation = {{ column = \"station\" }}\n\
             time = {{ column = \"t\", format = \"%Y-%m-%d %H:%M\", zone = \"UTC\", stamp = \"begin\", every = \"1 h\" }}\n"
        );
        of_text(&text)
    }

    fn series(station: &str) -> SeriesKey {
        SeriesKey { feed: Arc::from("asos"), station: Arc::from(station), variable: Variable::Precipitation }
    }

    fn marks(rows: &[(&str, &str)]) -> Watermarks {
        rows.iter().map(|(station, until)| (series(station), at(until))).collect()
    }

    #[test]
    fn n10_an_answer_that_stays_the_same_for_days_is_late_by_its_own_time_stamps() {
        // Late is 1 h of delay and twice six hours behind.
        let needed = marks(&[("JFK", "2013-12-31 00:00")]);
        for (newest, now, is_late, why) in [
            ("2013-06-01 11:00", "2013-06-02 00:00", false, "just in time"),
            ("2013-06-01 11:00", "2013-06-02 00:01", true, "a minute later"),
            ("2013-06-01 11:00", "2013-06-05 00:00", true, "days later, though it answers with status 200"),
            ("2013-12-31 00:00", "2014-06-01 00:00", false, "nothing later is needed"),
            ("2013-12-30 23:00", "2014-06-01 00:00", true, "an hour of what is needed never came"),
        ] {
            let alert = late(&feed(""), &needed, &marks(&[("JFK", newest)]), at(now));
            assert_eq!(alert.is_some(), is_late, "{why}: {alert:?}");
        }
        assert!(
            late(&feed(""), &Watermarks::new(), &Watermarks::new(), at("2013-06-01 00:00")).is_none(),
            "nobody reads it"
        );
    }

    #[test]
    fn the_series_that_is_furthest_behind_is_named() {
        let needed = marks(&[("JFK", "2013-12-31 00:00"), ("LGA", "2013-12-31 00:00"), ("EWR", "2013-12-31 00:00")]);
        let known = marks(&[("JFK", "2013-06-01 00:00"), ("EWR", "2013-06-10 00:00")]);
        let alert = late(&feed(""), &needed, &known, at("2013-06-10 12:00")).unwrap();
        assert_eq!(
            alert.to_string(),
            "feed asos is late: readings of LGA precipitation (and 1 more series) are expected until \
             2013-06-09T23:00:00Z, there is none"
        );
        let (late_after, needed) = (feed("late_after = \"30 d\""), marks(&[("JFK", "2013-12-31 00:00")]));
        assert!(late(&late_after, &needed, &known, at("2013-06-30 00:00")).is_none(), "as the settings say");
        assert!(late(&late_after, &needed, &known, at("2013-07-01 00:01")).is_some());
    }

    #[test]
    fn silence_is_longer_than_two_polls() {
        let started = at("2013-06-01 00:00");
        for (last, now, is_silent) in [
            (Some("2013-06-01 00:00"), "2013-06-01 13:12", false),
            (Some("2013-06-01 00:00"), "2013-06-01 13:13", true),
            (None, "2013-06-01 13:12", false),
            (None, "2013-06-01 13:13", true),
            (Some("2013-06-01 12:00"), "2013-06-01 13:13", false),
        ] {
            let alert = silent(&feed(""), last.map(at), None, started, at(now));
            assert_eq!(alert.is_some(), is_silent, "{last:?} {now}");
        }
    }
}
