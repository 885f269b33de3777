//! `/v1/alerts`: what deserves a person's look.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Wanted;
use super::asked::{Asked, Nothing};
use super::payout::instant;
use crate::access::{Caller, Right};
use crate::health::{self, near_trigger};
use crate::ledger::{Ask, Filter, Page, Reader, State as Binding};
use crate::publish::app::App;
use crate::publish::problem::Problem;

/// What deserves a look.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alert {
    /// `late`, `silent`, `disagree`, `near_trigger`, or of webhooks `parked`, `gone`, `untold`.
    #[schema(example = "late")]
    alert: String,
    /// What it is about: one alert is the same as long as this is.
    #[schema(example = "late asos")]
    subject: String,
    /// In a sentence.
    text: String,
}

/// All of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alerts {
    /// When the daemon looked at its feeds; null where it has not yet. It looks once a minute.
    #[schema(format = DateTime)]
    looked_at: Option<String>,
    /// Feeds first, then the newest determinations that are close to their strike.
    items: Vec<Alert>,
}

impl From<&health::Alert> for Alert {
    fn from(alert: &health::Alert) -> Self {
        let (kind, _) = alert.about();
        Self { alert: kind.to_owned(), subject: alert.subject(), text: alert.to_string() }
    }
}

/// Alerts
///
/// Feeds that are late or silent, sources that disagree, and indices that are within a tenth of their strike, of the newest
/// thousand determinations that may still change.
#[utoipa::path(
    get,
    path = "/alerts",
    operation_id = "list_alerts",
    tag = "health",
    responses((status = 200, description = "What holds now", body = Alerts)),
    security(("token" = ["health"]))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    app.need(&caller, Right::Health)?;
    let (looked_at, mut alerts) = app.board().read();
    alerts.extend(app.library().ask(near).await?);
    wanted.object(&Alerts { looked_at: looked_at.map(instant), items: alerts.iter().map(Alert::from).collect() })
}

fn near(reader: &Reader) -> Result<Vec<health::Alert>, Problem> {
    let mut near = Vec::new();
    for state in [Binding::Provisional, Binding::Preliminary, Binding::Held] {
        let filter = Filter { state: Some(state), ..Filter::default() };
        let page = reader.page(&Ask { filter, limit: Page::MOST, ..Ask::default() })?;
        near.extend(page.rows.iter().filter_map(near_trigger));
    }
    Ok(near)
}
