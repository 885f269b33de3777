//! Holds and disputes: what is held and proposed, and acts that a person signs in the browser.
//!
//! The private key never comes here: what the page's script hands in, at `/v1/acts`, is what `fairgauge hold` puts into the
//! folder beside the ledger.

use askama::Template;
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::amiss::Amiss;
use super::lines::{Line, stamp};
use super::overview::in_state;
use super::visit::{Look, Visit};
use super::words::Words;
use crate::access::Right;
use crate::ledger::{Cause, Entry, Reader, State};
use crate::operator::What;
use crate::publish::problem::Problem;

/// Settlements that are listed.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "acts.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    held: Vec<Held>,
    proposals: Vec<Proposal>,
    acts: Vec<(&'static str, &'static str, &'static str)>,
    causes: Vec<(&'static str, &'static str)>,
    of: String,
    may_act: bool,
    words: String,
}

struct Held {
    line: Line,
    by: String,
    why: String,
    at: (String, String),
}

struct Proposal {
    id: String,
    what: &'static str,
    by: String,
    why: String,
    at: (String, String),
}

/// Which settlement an act is meant for.
#[derive(Default, Deserialize)]
pub struct Of {
    #[serde(default)]
    of: String,
}

/// What the person's browser has to know of a settlement to sign an act on it.
#[derive(Serialize)]
pub struct Stands {
    policy: String,
    cover: String,
    period_start: String,
    seq: i64,
    /// The entry of what waits for a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed: Option<i64>,
}

/// What the act of an entry is called.
pub fn act_word(entry: &Entry, w: &Words) -> &'static str {
    w.act_word(entry.text_of("act").ok().and_then(What::from_word).unwrap_or(What::Hold))
}

/// The page.
pub async fn page(visit: Visit) -> Result<Response, Amiss> {
    visit.need(Right::Health)?;
    let scope = visit.caller.scope();
    let (held, standings, proposals) = visit
        .ask(move |reader| {
            let (held, _) = in_state(reader, &scope, Some(State::Held), MOST)?;
            let standing = |row: &crate::ledger::PayoutRow| reader.standing(&row.policy, &row.cover, row.period.start);
            let standings = held.iter().map(standing).collect::<Result<Vec<_>, _>>()?;
            Ok((held, standings, reader.proposals()?))
        })
        .await?;
    let look = &visit.look;
    let w = look.words();
    let text = |entry: &Entry, name: &str| entry.text_of(name).unwrap_or_default().to_owned();
    let held = held.iter().zip(standings).map(|(row, standing)| {
        let said = |name: &str| standing.as_ref().map(|standing| text(&standing.entry, name)).unwrap_or_default();
        let at = standing.as_ref().map_or(row.determined_at, |standing| standing.entry.at());
        Held { line: Line::of(row, look), by: said("by"), why: said("why"), at: stamp(at, look.language) }
    });
    let proposals = proposals.iter().map(|(_, entry)| Proposal {
        id: entry.period_id(),
        what: act_word(entry, w),
        by: text(entry, "by"),
        why: text(entry, "why"),
        at: stamp(entry.at(), look.language),
    });
    let page = Page {
        look,
        w,
        held: held.collect(),
        proposals: proposals.collect(),
        acts: vec![
            ("hold", w.act_hold, w.act_hold_text),
            ("release", w.act_release, w.act_release_text),
            ("void", w.act_void, w.act_void_text),
            ("dispute", w.act_dispute, w.act_dispute_text),
            ("approve", w.act_approve, w.act_approve_text),
            ("restate", w.act_restate, w.act_restate_text),
        ],
        causes: Cause::ALL.into_iter().rev().map(|one| (one.word(), w.cause_word(one))).collect(),
        of: visit.asked::<Of>()?.of,
        may_act: visit.caller.role.may(Right::Acts),
        words: script_words(w),
    };
    look.render(&page)
}

/// What the script of the page says.
fn script_words(w: &Words) -> String {
    serde_json::json!({
        "unknown": w.act_unknown,
        "badKey": w.act_bad_key,
        "noProposal": w.act_no_proposal,
        "sending": w.act_sending,
        "done": w.act_done,
        "proposed": w.act_proposed,
        "refused": w.act_refused,
        "waiting": w.act_waiting,
        "failed": w.act_failed,
        "entry": w.entry,
    })
    .to_string()
}

/// How a settlement stands now.
pub async fn settlement(visit: Visit) -> Result<Response, Amiss> {
    visit.need(Right::Acts)?;
    let Of { of } = visit.asked()?;
    let stands = visit.ask(move |reader| stands(reader, of.trim())).await?;
    Ok(Json(stands).into_response())
}

fn stands(reader: &Reader, id: &str) -> Result<Stands, Problem> {
    let row = reader.payout(id)?.ok_or_else(Problem::not_found)?;
    let latest = reader.latest_entry(&row.policy, &row.cover, row.period.start)?;
    let (seq, stood) = latest.ok_or_else(Problem::not_found)?;
    let acts = reader.acts(&stood.period_id())?;
    let proposed = acts.iter().rev().find(|(_, entry)| entry.text_of("effect") == Ok("proposed"));
    Ok(Stands {
        policy: row.policy,
        cover: row.cover,
        period_start: row.period.start.to_string(),
        seq,
        proposed: proposed.map(|(seq, _)| *seq),
    })
}
