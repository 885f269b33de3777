//! `fairgauge progress`: how far the indices of a policy are from where they pay.

use std::io::Write;

use chrono::{DateTime, NaiveDate, Utc};
use fairgauge::audit::{Underway, underway};
use fairgauge::daemon::Clock;
use fairgauge::index::{Input, InputPoint};
use fairgauge::ledger::LedgerError;
use fairgauge::observation::SeriesKey;
use fairgauge::quantity::{Exact, Fixed, Money};
use fairgauge::settle::{Curve, Distance, EventSoFar, IndexLevel, Progress, SoFar, shown};
use fairgauge::words::{self, Language, heading};

use super::output::{self, Format, instant};
use super::wording::Lang;
use super::{Failure, LedgerArgs};

#[derive(clap::Args)]
pub struct Args {
    /// The policy
    policy: String,
    /// Only this cover
    #[arg(long)]
    cover: Option<String>,
    /// The period that begins on this day, YYYY-MM-DD; without it the one that has begun last
    #[arg(long, value_name = "FIRST-DAY")]
    period: Option<NaiveDate>,
    /// As known at this instant, RFC 3339; without it all that is known now
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<DateTime<Utc>>,
    /// In English or Chinese
    #[arg(long, value_enum, default_value = "en")]
    lang: Lang,
    /// How to write it: a table for people, one row a day as csv, everything as json
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    let as_of = args.as_of.unwrap_or_else(|| Clock::System.now());
    let found = underway(&reader, &args.policy, (args.cover.as_deref(), args.period), as_of)?;
    let found = found.iter().map(|one| Ok((one, one.progress(&reader, as_of)?)));
    let found: Vec<_> = found.collect::<Result<_, LedgerError>>()?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => found.iter().try_for_each(|(one, progress)| for_people(&mut out, one, progress, args.lang)),
        Format::Json => {
            let objects: Vec<_> = found.iter().map(|(one, progress)| object(one, progress, args.lang)).collect();
            Ok(writeln!(out, "{}", serde_json::to_string_pretty(&objects)?)?)
        }
        Format::Jsonl => {
            found.iter().try_for_each(|(one, progress)| Ok(writeln!(out, "{}", object(one, progress, args.lang))?))
        }
        Format::Csv => rows(&mut out, &found),
    }
}

fn for_people(out: &mut dyn Write, one: &Underway, progress: &Progress, lang: Lang) -> Result<(), Failure> {
    let language: Language = lang.into();
    let span = progress.period.span;
    let (from, to) = (words::date(span.first, language), words::date(span.last, language));
    let (policy, cover) = (&one.policy.id, &one.cover);
    match language {
        Language::English => writeln!(out, "{policy} {cover}, {from} to {to}")?,
        Language::Chinese => writeln!(out, "{policy} {cover}，{from}至{to}")?,
    }
    let texts = words::summary(&one.policy, progress, language);
    for (curve, text) in progress.curves.iter().zip(texts) {
        writeln!(out, "{text}")?;
        for level in &curve.levels {
            let value = words::measure(&shown(level.value), curve.unit.symbol(), language);
            writeln!(out, "  {value}  {}", words::level(level.role, language))?;
        }
        if let Ok(course) = &curve.course {
            writeln!(out, "{}", table_of(curve, course, language).trim_fmt())?;
        }
    }
    Ok(writeln!(out)?)
}

fn table_of(curve: &Curve, course: &[SoFar], language: Language) -> comfy_table::Table {
    let columns = ["day", "index", "distance", "pays", "missing", "revised"];
    let headings = columns.map(|name| heading(name, language).to_uppercase());
    let mut table = output::table(&headings.each_ref().map(String::as_str), &[1, 4, 5]);
    for day in course {
        let index = match (day.value, day.none) {
            (Some(value), _) => words::measure(&shown(value), curve.unit.symbol(), language),
            (None, Some(code)) => words::reason_code(code, language).to_owned(),
            (None, None) => heading("none", language).to_owned(),
        };
        let distance = day.distance.map(|distance| words::distance(&distance, curve.unit, language));
        table.add_row([
            day.on.to_string(),
            index,
            distance.unwrap_or_else(|| "-".to_owned()),
            heading(pays(day), language).to_owned(),
            day.missing.to_string(),
            day.revised.to_string(),
        ]);
    }
    table
}

/// Whether it pays: for sure, or only if the period ended there.
fn pays(day: &SoFar) -> &'static str {
    match (day.pays, day.sure) {
        (true, true) => "yes",
        (true, false) => "so_far",
        (false, _) => "no",
    }
}

fn decimal(value: Exact) -> serde_json::Value {
    shown(value).into()
}

fn object(one: &Underway, progress: &Progress, lang: Lang) -> serde_json::Value {
    let language: Language = lang.into();
    let texts = words::summary(&one.policy, progress, language);
    let curves = progress.curves.iter().zip(texts).map(|(curve, text)| curve_json(curve, text, language));
    serde_json::json!({
        "policy": &*one.policy.id,
        "product": one.policy.product.reference(),
        "cover": one.cover,
        "currency": one.policy.product.currency.code(),
        "period": output::period(&progress.period),
        "as_of": instant(progress.as_of),
        "read_to": instant(progress.read_to),
        "over": progress.over,
        "lang": lang.word(),
        "curves": curves.collect::<Vec<_>>(),
    })
}

fn curve_json(curve: &Curve, text: String, language: Language) -> serde_json::Value {
    let course = curve.course.as_ref().ok().map(|course| course.iter().map(so_far).collect::<Vec<_>>());
    let no_course = curve.course.as_ref().err();
    serde_json::json!({
        "id": curve.id,
        "part": curve.part(),
        "unit": curve.unit.symbol(),
        "trigger": curve.trigger.map(|trigger| trigger.to_string()),
        "text": text,
        "levels": curve.levels.iter().map(|level| level_json(level, language)).collect::<Vec<_>>(),
        "course": course,
        "no_course": no_course.map(|why| why.word()),
        "events": curve.events.iter().map(event).collect::<Vec<_>>(),
        "inputs": curve.inputs.iter().map(input).collect::<Vec<_>>(),
    })
}

fn level_json(level: &IndexLevel, language: Language) -> serde_json::Value {
    serde_json::json!({
        "role": level.role.word(),
        "label": words::level(level.role, language),
        "value": decimal(level.value),
        "below": level.below.map(Money::decimal),
        "above": level.above.map(Money::decimal),
    })
}

fn so_far(day: &SoFar) -> serde_json::Value {
    let distance = |distance: Distance| {
        serde_json::json!({
            "level": decimal(distance.level),
            "side": distance.side_word(),
            "by": decimal(distance.by),
            "share": distance.share.map(decimal),
        })
    };
    serde_json::json!({
        "day": day.on,
        "until": instant(day.until),
        "value": day.value.map(decimal),
        "none": day.none,
        "pays": day.pays,
        "sure": day.sure,
        "amount": day.amount.map(Money::decimal),
        "distance": day.distance.map(distance),
        "missing": day.missing,
        "revised": day.revised,
    })
}

fn event(event: &EventSoFar) -> serde_json::Value {
    serde_json::json!({
        "name": event.name,
        "begins": instant(event.begins),
        "at": instant(event.at),
        "value": decimal(event.value),
        "amount": event.amount.decimal(),
    })
}

fn input(input: &Input) -> serde_json::Value {
    let source = |key: &SeriesKey| serde_json::json!({ "feed": &*key.feed, "station": &*key.station });
    let text = |value: Option<Fixed>| value.map(|value| value.to_string());
    let point = |point: &InputPoint| {
        let mut object = serde_json::json!({
            "from": instant(point.begins),
            "to": instant(point.ends),
            "value": text(point.value),
            "quality": point.quality.word(),
            "source": point.source,
            "provisional": point.provisional,
        });
        if let Some(revised) = point.revised {
            let (was, is) = (text(revised.was), text(revised.is));
            object["revised"] = serde_json::json!({ "was": was, "is": is, "known_at": instant(revised.known_at) });
        }
        object
    };
    serde_json::json!({
        "variable": input.variable.name(),
        "unit": input.unit.symbol(),
        "every": input.grain.map(|grain| grain.to_string()),
        "sources": input.sources.iter().map(source).collect::<Vec<_>>(),
        "points": input.points.iter().map(point).collect::<Vec<_>>(),
    })
}

const COLUMNS: [&str; 18] = [
    "policy",
    "cover",
    "period_start",
    "part",
    "id",
    "day",
    "until",
    "value",
    "unit",
    "none",
    "pays",
    "amount",
    "currency",
    "level",
    "side",
    "by",
    "missing",
    "revised",
];

/// A row for each day of each curve.
fn rows(out: &mut dyn Write, found: &[(&Underway, Progress)]) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    for (one, progress) in found {
        for curve in &progress.curves {
            for day in curve.course.iter().flatten() {
                let text = |value: Option<Exact>| value.map(shown).unwrap_or_default();
                let distance = day.distance;
                writer.write_record([
                    &*one.policy.id,
                    &one.cover,
                    &progress.period.span.first.to_string(),
                    curve.part(),
                    &curve.id,
                    &day.on.to_string(),
                    &instant(day.until),
                    &text(day.value),
                    curve.unit.symbol(),
                    day.none.unwrap_or_default(),
                    pays(day),
                    &day.amount.map(Money::decimal).unwrap_or_default(),
                    one.policy.product.currency.code(),
                    &text(distance.map(|distance| distance.level)),
                    distance.as_ref().map(Distance::side_word).unwrap_or_default(),
                    &text(distance.map(|distance| distance.by)),
                    &day.missing.to_string(),
                    &day.revised.to_string(),
                ])?;
            }
        }
    }
    Ok(writer.flush()?)
}
