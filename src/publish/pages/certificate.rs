//! A certificate of a determination that prints on a page, with the way to check it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::amiss::Amiss;
use super::lines::{Line, Source, stamp};
use super::numbers::{instant, money};
use super::qr;
use super::story::story;
use super::visit::{Look, Visit};
use super::words::{Words, fill, words};
use crate::audit::rederive;
use crate::ledger::merkle::Checkpoint;
use crate::ledger::{PayoutRow, Reader, hex, leaf};
use crate::publish::problem::Problem;
use crate::publish::scope;
use crate::words::Language;

#[derive(Template)]
#[template(path = "certificate.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    line: Line,
    name: String,
    payable: String,
    is_open: bool,
    is_superseded: bool,
    story: String,
    terms: String,
    as_of: (String, String),
    determined: (String, String),
    readings: Vec<String>,
    origin: String,
    leaf: String,
    checkpoint: Option<Signed>,
    qr: Option<qr::Picture>,
    qr_is_address: bool,
    qr_text: String,
    issued: String,
}

/// The newest checkpoint that covers the entry.
struct Signed {
    size: u64,
    root: String,
    proof: String,
}

struct Asked {
    row: PayoutRow,
    is_superseded: bool,
    name: String,
    story: Vec<String>,
    readings: Vec<String>,
    origin: String,
    leaf: String,
    checkpoint: Option<Checkpoint>,
}

/// The page.
pub async fn page(visit: Visit, Path(entry): Path<String>) -> Result<Response, Amiss> {
    let entry = visit.entry(&entry)?;
    let language = visit.look.language;
    let asked = visit
        .ask_long(move |reader, caller| {
            let row = scope::row(reader, caller, entry)?;
            asked(reader, row, language)
        })
        .await?;
    let look = &visit.look;
    let Asked { row, is_superseded, name, story, readings, origin, leaf, checkpoint } = asked;
    let checkpoint = checkpoint.map(|checkpoint| Signed {
        size: checkpoint.size,
        root: hex(&checkpoint.root),
        proof: format!("{}/proof/{entry}", look.base()),
    });
    let url = visit.app.url().map(|url| format!("{url}/check?entry={entry}"));
    let root = checkpoint.as_ref().map_or_else(String::new, |signed| signed.root.clone());
    let qr_is_address = url.is_some();
    let qr_text = url.unwrap_or_else(|| format!("fairgauge entry {entry} leaf {leaf} root {root}"));
    let page = Page {
        look,
        w: look.words(),
        name,
        payable: money(row.payable_minor, &row.currency, language),
        is_open: row.state.is_open(),
        is_superseded,
        story: story.join(if language == Language::English { " " } else { "" }),
        terms: row.terms.clone(),
        as_of: stamp(row.as_of, language),
        readings,
        origin,
        leaf,
        checkpoint,
        qr: qr::picture(&qr_text),
        qr_is_address,
        qr_text,
        issued: instant(visit.app.now(), language),
        determined: stamp(row.determined_at, language),
        line: Line::of(&row, look),
    };
    look.render(&page)
}

fn asked(reader: &Reader, row: PayoutRow, language: Language) -> Result<Asked, Problem> {
    let entry = reader.entry(row.seq)?.ok_or_else(Problem::not_found)?;
    let determination = reader.determination_of(row.seq)?.ok_or_else(Problem::not_found)?;
    let latest = reader.latest_entry(&row.policy, &row.cover, row.period.start)?;
    let is_superseded = determination.number == 0 && latest.is_some_and(|(seq, _)| seq > row.seq);
    let sources = determination.sources.clone().unwrap_or_default();
    let w = words(language);
    let readings = sources.iter().map(|given| {
        let Source { name, variable, used, missing, .. } = Source::of(given, language);
        let used = fill(w.slots_used, &[&used.to_string()]);
        let missing = fill(w.slots_missing, &[&missing.to_string()]);
        format!("{name} · {variable}: {used}, {missing}")
    });
    let signed = reader.newest_checkpoint()?.filter(|(size, _)| row.seq < *size);
    let again = rederive(reader, &determination).ok();
    // A log is called as its key is.
    let key = reader.log_key()?.and_then(|key| Some(key.split_once('+')?.0.to_owned()));
    let origin = key.map_or_else(|| reader.genesis().map(|genesis| genesis.origin), Ok)?;
    let body = entry.body(row.seq).map_err(|_| Problem::ledger())?;
    Ok(Asked {
        is_superseded,
        name: again.as_ref().map_or_else(|| row.product.clone(), |again| again.policy.product.name.clone()),
        story: story(&row, &determination, again.as_ref(), language),
        readings: readings.collect(),
        origin,
        leaf: hex(&leaf(&body)),
        checkpoint: signed.map(|(size, _)| reader.state_at(size)).transpose()?,
        row,
    })
}
