//! `fairgauge test`: the author's cases.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use fairgauge::cases::{Case, CaseResult, Difference, Look, Suite, cases_of, is_cases};
use fairgauge::document::Faults;
use fairgauge::settings::Settings;

use super::output::{self, Format, count};
use super::{ConfigArgs, Failure};

/// From so many cases on a bar shows how far it has come.
const MANY: usize = 20;

#[derive(clap::Args)]
pub struct Args {
    /// A product, its cases, a folder of products, or one that holds fairgauge.toml; without it the products of --config
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Fail where a product has no cases
    #[arg(long)]
    strict: bool,
    /// Say nothing of what is good
    #[arg(long)]
    quiet: bool,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    config: ConfigArgs,
}

/// A case that was run.
struct Ran<'s> {
    suite: &'s Suite,
    case: &'s Case,
    result: CaseResult,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let suites = suites(args)?;
    let ran = run_all(&suites)?;
    let shown: Vec<_> = ran.iter().filter(|one| !args.quiet || !one.result.is_good()).collect();
    let bare: Vec<_> = suites.iter().filter(|suite| suite.cases.is_none()).collect();
    let failed = ran.iter().filter(|one| !one.result.is_good()).count();
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => for_people(&mut out, args, &shown, &bare, (ran.len(), failed))?,
        Format::Json => {
            let objects: Vec<_> = shown.iter().map(|one| object(one)).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&objects)?)?;
        }
        Format::Jsonl => shown.iter().try_for_each(|one| writeln!(out, "{}", object(one)))?,
        Format::Csv => {
            return Err(anyhow::anyhow!("cases with the way of their numbers are no table: use --format json").into());
        }
    }
    drop(out);
    if failed > 0 {
        return Err(anyhow::anyhow!("{failed} of {} failed", count(ran.len(), "case")).into());
    }
    if args.strict
        && let Some(first) = bare.first()
    {
        let without = count(bare.len(), "product");
        let message = format!("{without} without cases: {} is looked for", first.path.display());
        return Err(anyhow::anyhow!(message).into());
    }
    Ok(())
}

/// The products that are asked for, with their cases.
fn suites(args: &Args) -> Result<Vec<Suite>, Failure> {
    let mut named = Vec::new();
    let asked = if args.files.is_empty() { std::slice::from_ref(&args.config.config) } else { &args.files };
    for path in asked {
        let settings = path.join("fairgauge.toml");
        if args.files.is_empty() || settings.is_file() {
            let file = if settings.is_file() { &settings } else { path };
            named.extend(Settings::load(file, std::env::vars()).map_err(Failure::Faults)?.book.products);
        } else {
            named.push(path.clone());
        }
    }
    let mut faults = Faults::new();
    let mut paths = Vec::new();
    for path in named {
        if path.is_dir() {
            paths.extend(Suite::products_of(&path, &mut faults));
        } else {
            paths.push(path);
        }
    }
    // `products/*.toml` names a product and its cases.
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(if is_cases(path) { path.clone() } else { cases_of(path) }));
    let suites: Vec<_> = paths.iter().filter_map(|path: &PathBuf| Suite::load(path, &mut faults)).collect();
    if faults.is_empty() { Ok(suites) } else { Err(Failure::Faults(faults)) }
}

fn run_all(suites: &[Suite]) -> Result<Vec<Ran<'_>>, Failure> {
    let all: Vec<_> = suites
        .iter()
        .flat_map(|suite| suite.cases.iter().flat_map(|cases| &cases.cases).map(move |case| (suite, case)))
        .collect();
    let bar = (all.len() >= MANY).then(output::progress_bar);
    let (mut ran, mut faults) = (Vec::with_capacity(all.len()), Faults::new());
    for (done, (suite, case)) in all.iter().enumerate() {
        if let Some(bar) = &bar {
            bar.set_length(u64::try_from(all.len()).unwrap_or(u64::MAX));
            bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
            bar.set_message(suite.product.reference());
        }
        let result = case.run(&suite.product, &mut faults);
        ran.extend(result.map(|result| Ran { suite, case, result }));
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    if faults.is_empty() { Ok(ran) } else { Err(Failure::Faults(faults)) }
}

fn for_people(
    out: &mut dyn Write,
    args: &Args,
    shown: &[&Ran<'_>],
    bare: &[&Suite],
    (all, failed): (usize, usize),
) -> Result<(), Failure> {
    let mut table = output::table(&["PRODUCT", "CASE", "RESULT"], &[]);
    for one in shown {
        table.add_row([one.suite.product.reference(), one.case.id.clone(), one.words()]);
    }
    let told = if args.quiet && !args.strict { &[] } else { bare };
    for suite in told {
        table.add_row([suite.product.reference(), "-".to_owned(), "no cases".to_owned()]);
    }
    if !shown.is_empty() || !told.is_empty() {
        writeln!(out, "{}", table.trim_fmt())?;
        writeln!(out)?;
    }
    for one in shown.iter().filter(|one| !one.result.is_good()) {
        failure(out, one)?;
    }
    match (all, args.quiet) {
        (_, true) => {}
        (0, false) => writeln!(out, "no cases")?,
        (_, false) => writeln!(out, "{}: {} good, {failed} failed", count(all, "case"), all - failed)?,
    }
    Ok(())
}

impl Ran<'_> {
    /// `good`, or `failed: index, amount`.
    fn words(&self) -> String {
        let looks = self.result.looks.iter();
        let dated = looks.flat_map(|look| look.differences.iter().map(|difference| on(look.on, difference.what)));
        let payments = self.result.payments_differ.iter().take(1).map(|difference| difference.what.to_owned());
        let what: Vec<_> = dated.chain(payments).collect();
        if what.is_empty() { "good".to_owned() } else { format!("failed: {}", what.join(", ")) }
    }
}

/// `amount`, or `amount on 2024-07-20`.
fn on(date: Option<chrono::NaiveDate>, what: &str) -> String {
    date.map_or_else(|| what.to_owned(), |date| format!("{what} on {date}"))
}

/// What was expected, what came out, and how.
fn failure(out: &mut dyn Write, one: &Ran<'_>) -> Result<(), Failure> {
    let (case, span) = (one.case, one.result.period.span);
    writeln!(out, "{} {}, {} {} to {}", one.suite.product.reference(), case.id, case.cover, span.first, span.last)?;
    if let Some(why) = &case.why {
        writeln!(out, "  {why}")?;
    }
    differences(out, &one.result.payments_differ)?;
    if !one.result.payments_differ.is_empty() {
        output::payments(out, &one.result.payments)?;
    }
    for look in one.result.looks.iter().filter(|look| !look.differences.is_empty()) {
        if let Some(date) = look.on {
            writeln!(out, "  as known on {date}")?;
        }
        differences(out, &look.differences)?;
        output::steps(out, &look.settlement.trace)?;
        let Look { settlement, state, .. } = look;
        writeln!(out, "  {}, {state}: {}", settlement.outcome.word().replace('_', " "), settlement.reason)?;
    }
    writeln!(out)?;
    Ok(())
}

fn differences(out: &mut dyn Write, differences: &[Difference]) -> Result<(), Failure> {
    for difference in differences {
        writeln!(out, "  {}", difference.what)?;
        writeln!(out, "      expected  {}", difference.expected)?;
        writeln!(out, "      got       {}", difference.got)?;
    }
    Ok(())
}

fn object(one: &Ran<'_>) -> serde_json::Value {
    let (case, period) = (one.case, &one.result.period);
    serde_json::json!({
        "product": one.suite.product.reference(),
        "file": one.suite.path.display().to_string(),
        "case": case.id,
        "cover": case.cover,
        "period": output::period(period),
        "good": one.result.is_good(),
        "interim": {
            "payments": output::payments_json(&one.result.payments),
            "differences": one.result.payments_differ,
        },
        "looks": one.result.looks.iter().map(look).collect::<Vec<_>>(),
    })
}

fn look(look: &Look) -> serde_json::Value {
    let mut object = output::settlement(&look.settlement);
    object["on"] = serde_json::json!(look.on);
    object["state"] = look.state.into();
    if let Some(delta) = look.delta {
        object["delta"] = delta.decimal().into();
    }
    object["differences"] = serde_json::json!(look.differences);
    object
}
