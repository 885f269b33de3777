//! The overview: what is owed, what is open, held, late, and what was determined last.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::response::Response;

use super::amiss::Amiss;
use super::lines::Line;
use super::numbers::money;
use super::visit::{Look, Visit};
use super::words::{Words, fill};
use crate::health::near_trigger;
use crate::ledger::{Ask, Booked, Filter, Page as Rows, PayoutRow, Reader, Scope, State};
use crate::publish::problem::Problem;
use crate::words::Language;

/// How many open settlements are looked at, and how many lines a table has.
const MOST_OPEN: usize = 500;
const MOST_LINES: usize = 12;

/// What was added up before, by whose rows: only what came since is added.
#[derive(Clone, Debug, Default)]
pub struct Memo(Arc<Mutex<BTreeMap<String, Booked>>>);

/// So many scopes are remembered.
const MOST_SCOPES: usize = 256;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    sums: Vec<Sum>,
    tiles: Vec<Tile>,
    products: Vec<Product>,
    near: Vec<Line>,
    held: Vec<Line>,
    late: Vec<Line>,
    newest: Vec<Line>,
}

/// What is owed in one currency.
struct Sum {
    figure: String,
    currency: String,
}

/// A number with a name.
struct Tile {
    name: &'static str,
    count: String,
    note: &'static str,
    href: String,
    mark: &'static str,
}

/// What a product comes to.
struct Product {
    name: String,
    href: String,
    settled: i64,
    paying: i64,
    sums: Vec<String>,
}

/// Everything that is asked for at once.
struct Asked {
    booked: Booked,
    newest: Vec<PayoutRow>,
    open: Vec<PayoutRow>,
    more_open: bool,
    held: Vec<PayoutRow>,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Response, Amiss> {
    let (scope, memo) = (visit.caller.scope(), visit.app.memo().clone());
    let asked = visit.ask(move |reader| asked(reader, &scope, &memo)).await?;
    let look = &visit.look;
    let w = look.words();
    let near: Vec<_> = asked.open.iter().filter(|row| near_trigger(row).is_some()).cloned().collect();
    let late: Vec<_> = asked.open.iter().filter(|row| is_late(row)).cloned().collect();
    let log = |query: &str| format!("{}/payouts?{query}", look.base());
    let open = asked.open.len();
    let counted = |count: usize| {
        if asked.more_open { fill(w.at_least, &[&count.to_string()]) } else { count.to_string() }
    };
    let tile = |name, count, note, href: String, mark| Tile { name, count, note, href, mark };
    let tiles = vec![
        tile(w.open, counted(open), w.open_note, log("state=provisional"), "open"),
        tile(w.near, counted(near.len()), w.near_note, "#near".to_owned(), if near.is_empty() { "" } else { "near" }),
        tile(
            w.held,
            asked.held.len().to_string(),
            w.held_note,
            "#held".to_owned(),
            if asked.held.is_empty() { "" } else { "held" },
        ),
        tile(w.late, counted(late.len()), w.late_note, "#late".to_owned(), if late.is_empty() { "" } else { "late" }),
    ];
    let first = |rows: &[PayoutRow]| Line::all(&rows[..rows.len().min(MOST_LINES)], look);
    let page = Page {
        look,
        w,
        sums: sums(&asked.booked, look.language),
        tiles,
        products: products(&asked.booked, look),
        near: first(&near),
        held: first(&asked.held),
        late: first(&late),
        newest: first(&asked.newest),
    };
    look.render(&page)
}

/// Whether the period is over and data are still waited for.
pub fn is_late(row: &PayoutRow) -> bool {
    row.state.is_open() && row.reason_code == "data_incomplete"
}

/// Rows in a state, the newest first.
pub fn in_state(
    reader: &Reader,
    scope: &Scope,
    state: Option<State>,
    limit: usize,
) -> Result<(Vec<PayoutRow>, bool), Problem> {
    let filter = Filter { state, ..Filter::default() };
    let mut ask = Ask { filter, scope: scope.clone(), limit, ..Ask::default() };
    let mut found = Vec::new();
    // A search that finds little is broken off and goes on; a few times is enough for a page.
    for _ in 0..8 {
        let Rows { rows, next, .. } = reader.page(&ask)?;
        found.extend(rows);
        ask.after = next;
        if ask.after.is_none() || found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok((found, ask.after.is_some()))
}

fn asked(reader: &Reader, scope: &Scope, memo: &Memo) -> Result<Asked, Problem> {
    let (open, more) = in_state(reader, scope, Some(State::Provisional), MOST_OPEN)?;
    let (preliminary, more_preliminary) = in_state(reader, scope, Some(State::Preliminary), MOST_OPEN)?;
    let (held, _) = in_state(reader, scope, Some(State::Held), MOST_OPEN)?;
    let (newest, _) = in_state(reader, scope, None, MOST_LINES)?;
    Ok(Asked {
        booked: memo.booked(reader, scope)?,
        newest,
        open: open.into_iter().chain(preliminary).collect(),
        more_open: more || more_preliminary,
        held,
    })
}

impl Memo {
    /// What is owed in a scope.
    fn booked(&self, reader: &Reader, scope: &Scope) -> Result<Booked, Problem> {
        let key = format!("{scope:?}");
        let before = self.kept().get(&key).cloned().unwrap_or_default();
        let booked = reader.booked(scope, before)?;
        let mut kept = self.kept();
        if kept.len() >= MOST_SCOPES && !kept.contains_key(&key) {
            kept.clear();
        }
        kept.insert(key, booked.clone());
        Ok(booked)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Booked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sums(booked: &Booked, language: Language) -> Vec<Sum> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for ((_, currency), sum) in &booked.sums {
        *sums.entry(currency).or_default() += sum.minor;
    }
    let owed = sums.into_iter().filter(|(_, minor)| *minor != 0);
    let sum = |(currency, minor)| {
        let figure = money(minor, currency, language);
        let (figure, currency) = figure.rsplit_once(' ').unwrap_or((&figure, ""));
        Sum { figure: figure.to_owned(), currency: currency.to_owned() }
    };
    owed.map(sum).collect()
}

fn products(booked: &Booked, look: &Look) -> Vec<Product> {
    let mut products: BTreeMap<&str, Product> = BTreeMap::new();
    for ((name, currency), sum) in &booked.sums {
        let product = products.entry(name).or_insert_with(|| Product {
            name: name.clone(),
            href: format!("{}/payouts?product={}", look.base(), super::visit::segment(name)),
            settled: 0,
            paying: 0,
            sums: Vec::new(),
        });
        product.settled += sum.settled;
        product.paying += sum.paying;
        product.sums.push(money(sum.minor, currency, look.language));
    }
    products.into_values().collect()
}
