//! The page that checks a proof bundle in the browser. It needs no token and asks this server for nothing.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::enter::Anybody;
use super::visit::Look;
use super::words::Words;
use crate::publish::app::App;

#[derive(Template)]
#[template(path = "check.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    suggested: Option<String>,
    words: String,
}

/// The page.
pub async fn page(State(app): State<App>, anybody: Anybody) -> Response {
    let look = anybody.known(&app);
    let w = look.words();
    // A suggestion, and marked as one: who checks has the key from elsewhere.
    let suggested = app.library().ask(|reader| Ok(reader.log_key()?)).await.ok().flatten();
    let words = serde_json::json!({
        "good": w.check_good,
        "bad": w.check_bad,
        "steps": {
            "key": w.check_step_key,
            "note": w.check_step_note,
            "entries": w.check_step_entries,
            "terms": w.check_step_terms,
            "rows": w.check_step_rows,
            "rest": w.check_step_rest,
        },
        "policy": w.policy,
        "cover": w.cover,
        "period": w.period,
        "outcome": w.outcome,
        "index": w.index,
        "amount": w.amount,
        "reason": w.reason,
        "product": w.product,
        "entry": w.entry,
        "as_of": w.as_known,
        "state": w.state,
        "size": w.check_size,
        "says": w.check_says,
        "log": w.log_origin,
        "none": w.none,
        "root": w.root,
        "outcomes": {
            "pays": w.outcome_pays,
            "nothing_due": w.outcome_nothing_due,
            "undetermined": w.outcome_undetermined,
        },
        "kinds": {
            "decision": w.state_provisional,
            "interim": w.state_interim,
            "final": w.state_final,
            "restate": w.state_restated,
        },
    });
    let page = Page { look: &look, w, suggested, words: words.to_string() };
    look.render(&page).unwrap_or_else(|amiss| amiss.into_response())
}
