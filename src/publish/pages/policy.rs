//! The page of a policy: what is insured, how the index went, why it pays or not, and what was done.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;

use super::amiss::Amiss;
use super::lines::{Line, Source, difference, stamp};
use super::numbers::{date, quantity, span};
use super::picture::{Picture, pictures};
use super::story::story;
use super::visit::{Look, Visit, segment};
use super::words::{Words, fill};
use crate::audit::{Rederived, Retraced};
use crate::contract::Amount;
use crate::ledger::{Ask, Determination, Entry, Filter, Order, Page as Rows, PayoutRow, PolicyEntry, Reader, hex};
use crate::publish::problem::Problem;
use crate::publish::scope;
use crate::quantity::{Exact, Fixed, Money, Rounding, Unit};
use crate::settle::LevelRole;
use crate::words::{self, Language};

#[derive(Template)]
#[template(path = "policy.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    policy: String,
    product: String,
    name: String,
    facts: Vec<(&'static str, String)>,
    columns: Vec<(String, String)>,
    terms_words: String,
    terms_text: String,
    settlements: Vec<Settlement>,
    chosen: Option<Chosen>,
    csv: String,
}

/// A settlement that may be chosen.
struct Settlement {
    line: Line,
    is_chosen: bool,
}

/// The settlement that is shown.
struct Chosen {
    line: Line,
    story: Vec<String>,
    checked: Option<bool>,
    charts: Vec<Chart>,
    sources: Vec<Source>,
    history: Vec<Event>,
    certificate: String,
    proof: Option<String>,
}

/// One chart with its table.
pub struct Chart {
    label: String,
    heading: Option<String>,
    index_unit: String,
    value_unit: String,
    counts: Option<String>,
    /// The bound of what counts.
    threshold: Option<String>,
    is_range: bool,
    has_growth: bool,
    has_gap: bool,
    has_revised: bool,
    slots: Vec<Row>,
    levels: Vec<LevelRow>,
    events: Vec<EventRow>,
    from: i64,
    until: i64,
}

struct Row {
    day: String,
    date: String,
    at: i64,
    ends: i64,
    low: String,
    high: String,
    shown: String,
    so_far: String,
    grown: String,
    old: String,
    gap: &'static str,
    note: String,
}

struct LevelRow {
    at: String,
    kind: &'static str,
    name: String,
}

struct EventRow {
    at: i64,
    instant: (String, String),
    name: String,
    value: String,
    shown: String,
}

/// A determination, or what a person did.
struct Event {
    seq: i64,
    at: (String, String),
    what: String,
    class: &'static str,
    detail: String,
    amount: String,
}

/// Which settlement is shown.
#[derive(Deserialize)]
pub struct Which {
    of: Option<String>,
}

/// Everything that is asked for at once.
struct Asked {
    bound: PolicyEntry,
    terms: String,
    rows: Vec<PayoutRow>,
    chosen: Option<AskedOf>,
}

struct AskedOf {
    row: PayoutRow,
    again: Option<Rederived>,
    pictures: Vec<Picture>,
    traced: Option<Retraced>,
    determination: Determination,
    history: Vec<PayoutRow>,
    acts: Vec<(i64, Entry)>,
    is_signed: bool,
}

/// The page.
pub async fn page(visit: Visit, Path(policy): Path<String>) -> Result<Response, Amiss> {
    let Which { of } = visit.asked()?;
    let asked = visit.ask_long(move |reader, caller| asked(reader, caller, &policy, of.as_deref())).await?;
    let look = &visit.look;
    let Asked { bound, terms, rows, chosen } = asked;
    let source = crate::document::Source::new("the terms", terms.clone());
    let facts = facts(&bound, chosen.as_ref(), look);
    let is_chosen = |row: &PayoutRow| chosen.as_ref().is_some_and(|chosen| chosen.row.seq == row.seq);
    let page = Page {
        look,
        w: look.words(),
        csv: format!("{}/payouts.csv?policy={}", look.base(), segment(&bound.policy)),
        name: chosen
            .as_ref()
            .and_then(|chosen| Some(chosen.traced.as_ref()?.policy.product.name.clone()))
            .unwrap_or_else(|| bound.product.clone()),
        facts,
        columns: bound.columns.clone(),
        terms_words: words::explain(&source, look.language).unwrap_or_default(),
        terms_text: terms,
        settlements: rows
            .iter()
            .map(|row| Settlement { line: Line::of(row, look), is_chosen: is_chosen(row) })
            .collect(),
        chosen: chosen.map(|chosen| shown(chosen, look)),
        policy: bound.policy,
        product: bound.product,
    };
    look.render(&page)
}

fn asked(reader: &Reader, caller: &crate::access::Caller, policy: &str, of: Option<&str>) -> Result<Asked, Problem> {
    let (_, bound) = scope::policy(reader, &caller.scope(), policy)?;
    let terms = reader.evidence(bound.terms)?.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let filter = Filter { policy: Some(policy.to_owned()), ..Filter::default() };
    let ask = Ask { filter, order: Order::Policy, limit: Rows::MOST, ..Ask::default() };
    let rows = reader.page(&ask)?.rows;
    let chosen = match of {
        None => rows.iter().max_by_key(|row| (row.determined_at, row.seq)),
        Some(of) => {
            let named = |row: &&PayoutRow| format!("{}/{}", row.cover, row.period.start) == of;
            Some(rows.iter().rev().find(named).ok_or_else(Problem::not_found)?)
        }
    };
    let chosen = chosen.map(|row| asked_of(reader, row)).transpose()?;
    Ok(Asked { bound, terms, rows, chosen })
}

fn asked_of(reader: &Reader, row: &PayoutRow) -> Result<AskedOf, Problem> {
    let determination = reader.determination_of(row.seq)?.ok_or_else(Problem::not_found)?;
    let amiss =
        |error: crate::audit::AuditError| tracing::warn!(id = "FG0720", %error, "{} cannot be drawn: {error}", row.id);
    // Where something is lost, the page shows what is there.
    let traced = Retraced::of(reader, determination.clone()).map_err(amiss).ok();
    let again = traced.as_ref().map(Retraced::rederived);
    let filter =
        Filter { policy: Some(row.policy.clone()), cover: Some(row.cover.clone()), all: true, ..Filter::default() };
    let mut history = reader.payouts(&filter)?;
    history.retain(|other| other.period.start == row.period.start);
    let before = history.iter().filter(|other| other.state.ends() && other.seq < row.seq);
    let corrected: Vec<_> = before.map(|other| other.as_of).collect();
    Ok(AskedOf {
        pictures: traced.as_ref().map(|traced| pictures(traced, &corrected)).unwrap_or_default(),
        traced,
        again,
        determination,
        history,
        acts: reader.acts_on(&row.policy, &row.cover, row.period.start)?,
        is_signed: reader.newest_checkpoint()?.is_some_and(|(size, _)| row.seq < size),
        row: row.clone(),
    })
}

fn facts(bound: &PolicyEntry, chosen: Option<&AskedOf>, look: &Look) -> Vec<(&'static str, String)> {
    let (w, language) = (look.words(), look.language);
    let mut facts = vec![(w.product, bound.product.clone())];
    if let Some(book) = &bound.book {
        facts.push((w.book, book.clone()));
    }
    if let Some(AskedOf { traced: Some(traced), .. }) = chosen {
        let policy = &traced.policy;
        let day = &policy.product.day;
        facts.push((w.cover_period, span(policy.cover.first, policy.cover.last, language)));
        facts.push((w.insured_day, fill(w.insured_day_text, &[&day.starts(), day.zone_name()])));
        if let Some(sum) = policy.sum_insured {
            let currency = policy.product.currency;
            let sum = Money::round(sum, currency, Rounding::HalfEven);
            if let Ok(sum) = sum {
                facts.push((w.sum_insured, super::numbers::money(sum.minor(), currency.code(), language)));
            }
        }
        let units = bound.columns.iter().find(|(column, value)| column == "units" && !value.is_empty());
        if let Some((value, unit)) = units.and_then(|(_, text)| text.split_once(' ')) {
            facts.push((w.units, quantity(value, unit, language)));
        }
        let sources = policy.product.data.sources.iter().map(|source| source.feed.to_string());
        let sources: std::collections::BTreeSet<_> = sources.collect();
        facts.push((w.sources, sources.into_iter().collect::<Vec<_>>().join(", ")));
    }
    facts.push((w.bound, super::numbers::instant(bound.bound_at, language)));
    facts.push((w.terms_hash, hex(&bound.terms)));
    facts
}

fn shown(chosen: AskedOf, look: &Look) -> Chosen {
    let AskedOf { row, again, pictures, traced, determination, history, acts, is_signed, .. } = chosen;
    let given = determination.sources.as_deref().or(again.as_ref().map(|again| &again.sources[..]));
    Chosen {
        story: story(&row, &determination, again.as_ref(), look.language),
        checked: again.as_ref().map(|again| again.differences.is_empty()),
        charts: traced.map(|traced| charts(&pictures, &traced, look)).unwrap_or_default(),
        sources: given.unwrap_or_default().iter().map(|given| Source::of(given, look.language)).collect(),
        history: events(&history, &acts, look),
        certificate: format!("{}/certificate/{}", look.base(), row.seq),
        proof: is_signed.then(|| format!("{}/proof/{}", look.base(), row.seq)),
        line: Line::of(&row, look),
    }
}

/// Determinations and acts in the order of their entries, the newest first.
fn events(history: &[PayoutRow], acts: &[(i64, Entry)], look: &Look) -> Vec<Event> {
    let (w, language) = (look.words(), look.language);
    let determined = history.iter().map(|row| {
        let line = Line::of(row, look);
        let change = row.life.corrects.map(|_| difference(row.life.delta_minor, row, language));
        Event {
            seq: row.seq,
            at: stamp(row.determined_at, language),
            what: line.state.1,
            class: line.state.0,
            detail: format!(
                "{}{}",
                line.outcome.1,
                row.index.as_ref().map_or_else(String::new, |_| format!(" · {}", line.index))
            ),
            amount: change.map_or(line.amount.clone(), |change| format!("{} ({change})", line.amount)),
        }
    });
    let done = acts.iter().map(|(seq, entry)| {
        let text = |name: &str| entry.text_of(name).unwrap_or_default();
        let what = super::acts::act_word(entry, w);
        let waits = if text("effect") == "proposed" { format!(" ({})", w.effect_proposed) } else { String::new() };
        Event {
            seq: *seq,
            at: stamp(entry.at(), language),
            what: format!("{what}{waits}"),
            class: "act",
            detail: format!("{} {}: {}", w.act_by, text("by"), text("why")),
            amount: String::new(),
        }
    });
    let mut events: Vec<_> = determined.chain(done).collect();
    events.sort_by_key(|event| -event.seq);
    events
}

fn charts(pictures: &[Picture], traced: &Retraced, look: &Look) -> Vec<Chart> {
    let several = traced.cover().limbs.len() > 1;
    pictures.iter().map(|picture| chart(picture, traced, several, look)).collect()
}

/// A decimal as scripts read it; where six places do not hold it, rounded as an index of the ledger is.
fn plain(value: Exact) -> String {
    let rounded = || value.round_to(Fixed::from_micros(1), Rounding::HalfUp).map(|fixed| fixed.to_string());
    value.decimal(6).unwrap_or_else(|| rounded().unwrap_or_default())
}

fn chart(picture: &Picture, traced: &Retraced, several: bool, look: &Look) -> Chart {
    let (w, language) = (look.words(), look.language);
    let shown = |value: Exact, unit: Unit| quantity(&plain(value), unit.symbol(), language);
    let unit_word = |unit: Unit| words::unit(unit.symbol(), false, language);
    let both = |(low, high): (Exact, Exact)| {
        if low == high {
            shown(low, picture.value_unit)
        } else {
            format!("{} – {}", super::numbers::grouped(&plain(low)), shown(high, picture.value_unit))
        }
    };
    let is_range = picture.slots.iter().any(|slot| slot.values.is_some_and(|(low, high)| low != high));
    let rule = &traced.policy.product.day;
    let slots = picture.slots.iter().map(|slot| {
        let (missing, all) = slot.missing;
        let gap = match missing {
            0 => "",
            some if some == all => "all",
            _ => "some",
        };
        let missed = match gap {
            "" => None,
            "all" => Some(w.missing_note.to_owned()),
            _ => Some(fill(w.missing_some, &[&missing.to_string(), &all.to_string()])),
        };
        let revised = slot.before.map(|old| fill(w.revised_note, &[&both(old)]));
        Row {
            day: slot.day.to_string(),
            date: date(slot.day, language),
            at: rule.begin(slot.day).timestamp(),
            ends: slot.ends.timestamp(),
            low: slot.values.map_or_else(String::new, |(low, _)| plain(low)),
            high: slot.values.map_or_else(String::new, |(_, high)| plain(high)),
            shown: slot.values.map_or_else(super::lines::dash, both),
            so_far: slot.so_far.map_or_else(String::new, plain),
            grown: slot.so_far.map_or_else(String::new, |value| shown(value, picture.unit)),
            old: slot.before.map_or_else(String::new, |(_, high)| plain(high)),
            gap,
            note: missed.into_iter().chain(revised).collect::<Vec<_>>().join("; "),
        }
    });
    let levels = picture.levels.iter().filter_map(|level| {
        let kind = match level.role {
            LevelRole::Strike | LevelRole::Attachment => ("strike", w.strike),
            LevelRole::Exit | LevelRole::Exhaustion => ("exit", w.exit),
            LevelRole::Band | LevelRole::Row => ("band", w.band),
            LevelRole::Swap => ("swap", w.swap_level),
            LevelRole::SwapMost
            | LevelRole::SwapLeast
            | LevelRole::Deductible
            | LevelRole::Franchise
            | LevelRole::Gate => return None,
        };
        let pays = level.pays.and_then(|pays| amount(pays, traced, language));
        let pays = pays.map_or_else(String::new, |pays| format!(", {}", fill(w.pays_share, &[&pays])));
        let at = shown(level.value, picture.unit);
        let name = if kind.0 == "band" { format!("{at}{pays}") } else { format!("{} {at}{pays}", kind.1) };
        Some(LevelRow { at: plain(level.value), kind: kind.0, name })
    });
    let events = picture.events.iter().map(|event| EventRow {
        at: event.at.timestamp(),
        instant: stamp(event.at, language),
        name: event.name.clone(),
        value: plain(event.value),
        shown: shown(event.value, picture.unit),
    });
    let days = traced.period.span;
    let title = if several { fill(w.chart_of_limb, &[&picture.limb]) } else { w.chart.to_owned() };
    Chart {
        label: fill(w.chart_label, &[&title, &date(days.first, language), &date(days.last, language)]),
        heading: several.then_some(title),
        index_unit: unit_word(picture.unit),
        value_unit: unit_word(picture.value_unit),
        counts: picture.threshold.map(|(sign, bound)| {
            let bound = shown(bound, picture.value_unit);
            fill(w.counts_where, &[&format!("{} {bound}", super::numbers::sign(sign))])
        }),
        threshold: picture.threshold.map(|(_, bound)| plain(bound)),
        is_range,
        has_growth: picture.slots.iter().any(|slot| slot.so_far.is_some()),
        has_gap: picture.slots.iter().any(|slot| slot.missing.0 > 0),
        has_revised: picture.slots.iter().any(|slot| slot.before.is_some()),
        slots: slots.collect(),
        levels: levels.collect(),
        events: events.collect(),
        from: traced.period.begins.timestamp(),
        until: traced.period.ends.timestamp(),
    }
}

/// An amount of the terms: a share in percent, or money for all units.
fn amount(amount: Amount, traced: &Retraced, language: Language) -> Option<String> {
    match amount {
        Amount::Share(share) => {
            let percent = share.times(Exact::from(100)).ok()?;
            Some(quantity(&plain(percent), "%", language))
        }
        Amount::Money(money) => {
            let currency = traced.policy.product.currency;
            let all = money.times(traced.policy.units).ok()?;
            let money = Money::round(all, currency, Rounding::HalfEven).ok()?;
            Some(super::numbers::money(money.minor(), currency.code(), language))
        }
    }
}
