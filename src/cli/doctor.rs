//! `fairgauge doctor`: whether a daemon can work here.

use std::io::Write as _;

use fairgauge::daemon::Clock;
use fairgauge::doctor::{Finding, Grade, examine, try_feeds};

use super::output::{self, Format};
use super::{ConfigArgs, Failure};

#[derive(clap::Args)]
pub struct Args {
    /// Ask each feed once, too; nothing is recorded
    #[arg(long)]
    feeds: bool,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    config: ConfigArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let now = Clock::System.now();
    let mut examined = examine(&args.config.config, &std::env::vars().collect(), now);
    match &examined.settings {
        Some(settings) if args.feeds => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            examined.findings.extend(runtime.block_on(try_feeds(settings, now)));
        }
        _ => {}
    }
    let findings = &examined.findings;
    print(findings, args.format)?;
    if let Some(faults) = examined.faults {
        return Err(Failure::Faults(faults));
    }
    match findings.iter().filter(|finding| finding.grade == Grade::Fail).count() {
        0 => Ok(()),
        1 => Err(anyhow::anyhow!("1 thing has to be mended").into()),
        failed => Err(anyhow::anyhow!("{failed} things have to be mended").into()),
    }
}

fn print(findings: &[Finding], format: Format) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if format != Format::Table {
        let row = |finding: &Finding| {
            let (grade, says) = (finding.grade.word().to_owned(), finding.says.clone());
            vec![Some(finding.about.clone()), Some(grade), Some(says), finding.mend.clone()]
        };
        let rows: Vec<_> = findings.iter().map(row).collect();
        return output::records(&mut out, &["about", "grade", "says", "mend"], &[], &rows, format);
    }
    let shown = |finding: &&Finding| !output::is_quiet() || finding.grade != Grade::Ok;
    for Finding { about, grade, says, mend } in findings.iter().filter(shown) {
        writeln!(out, "{:<5} {about}: {says}", grade.word())?;
        if let Some(mend) = mend {
            writeln!(out, "      -> {mend}")?;
        }
    }
    let of = |grade| findings.iter().filter(|finding| finding.grade == grade).count();
    Ok(writeln!(out, "{} ok, {} to look at, {} to mend", of(Grade::Ok), of(Grade::Warn), of(Grade::Fail))?)
}
