//! How feeds do, and which settlements wait for data.

use askama::Template;
use axum::response::Response;

use super::amiss::Amiss;
use super::lines::{Line, dash, stamp};
use super::numbers::instant;
use super::overview::{in_state, is_late};
use super::visit::{Look, Visit};
use super::words::{Words, fill};
use crate::access::Right;
use crate::health::Alert;
use crate::ledger::{FeedStatus, State};
use crate::words;

/// Settlements that are looked at.
const MOST: usize = 500;

#[derive(Template)]
#[template(path = "feeds.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    feeds: Vec<Feed>,
    late: Vec<Line>,
    alerts: Vec<String>,
}

struct Feed {
    name: String,
    is_good: bool,
    is_asked: bool,
    state: String,
    detail: String,
    asked: (String, String),
    answered: (String, String),
    newest: (String, String),
    requests: i64,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Response, Amiss> {
    visit.need(Right::Health)?;
    let scope = visit.caller.scope();
    let (feeds, open) = visit
        .ask(move |reader| Ok((reader.feeds()?, in_state(reader, &scope, Some(State::Provisional), MOST)?.0)))
        .await?;
    let look = &visit.look;
    let late: Vec<_> = open.into_iter().filter(is_late).collect();
    let page = Page {
        look,
        w: look.words(),
        feeds: feeds.iter().map(|feed| of(feed, look)).collect(),
        late: Line::all(&late, look),
        alerts: visit.app.board().read().1.iter().filter_map(|alert| alert_words(alert, look)).collect(),
    };
    look.render(&page)
}

/// What deserves a look, in the reader's language; near triggers stand on the overview.
fn alert_words(alert: &Alert, look: &Look) -> Option<String> {
    let (w, language) = (look.words(), look.language);
    let at = |at: Option<_>| at.map_or_else(|| w.never.to_owned(), |at| instant(at, language));
    Some(match alert {
        Alert::Late { feed, station, variable, newest_reading_ends, expected_until, .. } => {
            let (variable, newest) = (words::variable(variable, language), at(*newest_reading_ends));
            fill(w.alert_late, &[feed, station, variable, &instant(*expected_until, language), &newest])
        }
        Alert::Silent { feed, last_answer } => fill(w.alert_silent, &[feed, &at(*last_answer)]),
        Alert::Disagree { variable, sources: [one, other], intervals, .. } => {
            fill(w.alert_disagree, &[one, other, words::variable(variable, language), &intervals.to_string()])
        }
        Alert::Parked { endpoint, messages } => fill(w.alert_parked, &[endpoint, &messages.to_string()]),
        Alert::Gone { endpoint, messages } => fill(w.alert_gone, &[endpoint, &messages.to_string()]),
        Alert::Untold { endpoint, since, messages, .. } => {
            fill(w.alert_untold, &[endpoint, &instant(*since, language), &messages.to_string()])
        }
        Alert::NearTrigger { .. } => return None,
    })
}

fn of(feed: &FeedStatus, look: &Look) -> Feed {
    let w = look.words();
    let at = |at: Option<_>| at.map_or_else(|| (String::new(), w.never.to_owned()), |at| stamp(at, look.language));
    let state = match feed.failures {
        _ if feed.last_at.is_none() => w.feed_never.to_owned(),
        0 => w.feed_ok.to_owned(),
        failures => fill(w.feed_failing, &[&failures.to_string()]),
    };
    let detail = feed.last_detail.clone().filter(|_| feed.failures > 0).unwrap_or_default();
    Feed {
        name: feed.feed.clone(),
        is_good: feed.failures == 0,
        is_asked: feed.last_at.is_some(),
        state,
        detail,
        asked: at(feed.last_at),
        answered: at(feed.last_ok),
        newest: feed.newest_end.map_or_else(|| (String::new(), dash()), |at| stamp(at, look.language)),
        requests: feed.requests_of_day,
    }
}
