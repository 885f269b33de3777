//! `/v1/feeds`: how feeds do.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Wanted;
use super::asked::{Asked, Nothing};
use super::payout::instant;
use crate::access::{Caller, Right};
use crate::ledger::FeedStatus;
use crate::publish::app::App;
use crate::publish::problem::Problem;

/// How a feed does.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feed {
    /// Its name in the settings.
    #[schema(example = "asos")]
    feed: String,
    /// When it was asked last; null where it never was.
    #[schema(format = DateTime)]
    last_asked: Option<String>,
    /// When it answered last; null where it never did.
    #[schema(format = DateTime)]
    last_answer: Option<String>,
    /// How the last question went: `ok`, or the class of the error.
    #[schema(example = "ok")]
    state: Option<String>,
    /// How many questions have failed since the last answer.
    failures_in_a_row: u32,
    /// Until when the server wants to be left alone.
    #[schema(format = DateTime)]
    not_before: Option<String>,
    /// How many requests were sent in the day up to the last question.
    requests_of_day: i64,
    /// Where the newest interval ends that has a value.
    #[schema(format = DateTime)]
    newest_reading_ends: Option<String>,
}

/// All feeds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feeds {
    /// By name.
    items: Vec<Feed>,
}

impl From<FeedStatus> for Feed {
    fn from(feed: FeedStatus) -> Self {
        Self {
            feed: feed.feed,
            last_asked: feed.last_at.map(instant),
            last_answer: feed.last_ok.map(instant),
            state: feed.last_outcome,
            failures_in_a_row: feed.failures,
            not_before: feed.not_before.map(instant),
            requests_of_day: feed.requests_of_day,
            newest_reading_ends: feed.newest_end.map(instant),
        }
    }
}

/// Feeds
///
/// How each feed does that was ever asked or heard.
#[utoipa::path(
    get,
    path = "/feeds",
    operation_id = "list_feeds",
    tag = "health",
    responses((status = 200, description = "All feeds", body = Feeds)),
    security(("token" = ["health"]))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    app.need(&caller, Right::Health)?;
    let feeds = app.library().ask(|reader| Ok(reader.feeds()?)).await?;
    wanted.object(&Feeds { items: feeds.into_iter().map(Feed::from).collect() })
}
