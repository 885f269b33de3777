//! `fairgauge hold`, `release`, `void`, `dispute`, `approve`, `restate`: what a person does, signed.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::Signer as _;
use fairgauge::daemon::{Clock, judge_request};
use fairgauge::ledger::{Cause, Determination, OpenError, Reader, sha256};
use fairgauge::operator::{Act, Alternative, Answer, Inbox, Outcome, Request, What, read_key};
use fairgauge::settings::Settings;

use super::output::Format;
use super::payouts::unknown;
use super::{ConfigArgs, Failure, open_store, signing};

/// How long a daemon is waited for. It looks several times a second; what takes longer is a large ledger.
const PATIENCE: Duration = Duration::from_secs(120);
/// No file of evidence is larger.
const MOST_EVIDENCE: u64 = 16 * 1_024 * 1_024;

#[derive(clap::Args)]
pub struct Args {
    /// POLICY/COVER/FIRST-DAY, or the number of a determination's ledger entry
    id: String,
    /// Who: the name that the settings have a key of
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why, in a sentence; it stands in the ledger
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// The file of the private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// How to write the answer
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(clap::Args)]
pub struct Dispute {
    #[command(flatten)]
    args: Args,
    /// A file that shows it; it is kept in the ledger. As often as needed
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// Settle it for comparison under something else: as-of=INSTANT, without=FEED, terms=FILE
    #[arg(long, value_name = "NAME=VALUE")]
    alternative: Option<String>,
}

#[derive(clap::Args)]
pub struct Restate {
    #[command(flatten)]
    args: Args,
    /// What made it wrong: source_revision, policy_error, engine_error, operator
    #[arg(long, value_parser = cause, default_value = "operator")]
    cause: Cause,
}

fn cause(word: &str) -> Result<Cause, String> {
    Cause::from_word(word).ok_or_else(|| format!("one of {}", Cause::ALL.map(Cause::word).join(", ")))
}

/// What an act has beside what all have.
#[derive(Default)]
struct Beside {
    cause: Option<Cause>,
    alternative: Option<String>,
    attached: Vec<Vec<u8>>,
}

pub fn run(what: What, args: &Args) -> Result<(), Failure> {
    act(what, args, Beside::default())
}

pub fn dispute(args: &Dispute) -> Result<(), Failure> {
    let mut attached = args.evidence.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if let Some(text) = &args.alternative {
        let alternative = Alternative::parse(text).ok_or_else(|| {
            anyhow::anyhow!("`{text}` is no alternative: write as-of=INSTANT, without=FEED or terms=FILE")
        })?;
        if let Alternative::Terms(file) = alternative {
            attached.push(read(&PathBuf::from(file))?);
        }
    }
    act(What::Dispute, &args.args, Beside { alternative: args.alternative.clone(), attached, cause: None })
}

pub fn restate(args: &Restate) -> Result<(), Failure> {
    act(What::Restate, &args.args, Beside { cause: Some(args.cause), ..Beside::default() })
}

/// A plain file that is attached.
fn read(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    let found = std::fs::metadata(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    if !found.is_file() || found.len() > MOST_EVIDENCE {
        let most = MOST_EVIDENCE / 1_024 / 1_024;
        return Err(anyhow::anyhow!("{} is no plain file of at most {most} MiB", path.display()).into());
    }
    std::fs::read(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()).into())
}

fn act(what: What, args: &Args, beside: Beside) -> Result<(), Failure> {
    if args.format == Format::Csv {
        return Err(anyhow::anyhow!("an answer is no table: use --format json").into());
    }
    let settings = args.config.settings()?;
    let key = read_key(&args.key)?;
    let (seq, stood, approves) = {
        let reader = Reader::open(&settings.ledger)?;
        let (seq, stood) = stood(&reader, &args.id)?;
        let approves = if what == What::Approve { Some(proposed(&reader, &stood)?) } else { None };
        (seq, stood, approves)
    };
    let act = Act {
        what,
        by: args.by.clone(),
        why: args.why.clone(),
        policy: stood.policy,
        cover: stood.cover,
        start: stood.period.start,
        seq,
        at: Clock::System.now(),
        cause: beside.cause,
        approves,
        alternative: beside.alternative,
        evidence: beside.attached.iter().map(|bytes| sha256(bytes)).collect(),
    };
    let text = act.text()?;
    let signature = Base64::encode_string(&key.sign(text.as_bytes()).to_bytes());
    let request = Request::new(text, signature, &beside.attached).bytes();
    let answer = deliver(&settings, &request)?;
    let mut out = std::io::stdout().lock();
    if matches!(args.format, Format::Json | Format::Jsonl) {
        writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
    } else if answer.outcome != Outcome::Refused {
        let entry = answer.entry.map_or_else(String::new, |seq| format!(" (ledger entry {seq})"));
        writeln!(out, "{}{entry}", answer.text)?;
    }
    match answer.outcome {
        Outcome::Refused => Err(anyhow::anyhow!("refused: {}", answer.text).into()),
        Outcome::Done | Outcome::Proposed => Ok(()),
    }
}

/// The latest determination of a period, with the number of its entry.
fn stood(reader: &Reader, id: &str) -> Result<(i64, Determination), Failure> {
    let row = reader.payout(id)?.ok_or_else(|| unknown(id))?;
    let found = reader.latest_entry(&row.policy, &row.cover, row.period.start)?;
    Ok(found.ok_or_else(|| unknown(id))?)
}

/// The entry of what was proposed last.
fn proposed(reader: &Reader, stood: &Determination) -> Result<i64, Failure> {
    let acts = reader.acts(&stood.period_id())?;
    let last = acts.iter().rev().find(|(_, entry)| entry.text_of("effect") == Ok("proposed")).map(|(seq, _)| *seq);
    Ok(last.ok_or_else(|| anyhow::anyhow!("nothing waits for a second person on {}", stood.period_id()))?)
}

/// Writes the ledger where nobody else does; else has the daemon do it, and waits for its answer.
fn deliver(settings: &Settings, request: &[u8]) -> Result<Answer, Failure> {
    let mut store = match open_store(settings, signing(settings)?.as_ref(), Clock::System.now()) {
        Ok(store) => store,
        Err(OpenError::Locked(_)) => return hand_over(settings, request),
        Err(error) => return Err(error.into()),
    };
    let reader = Reader::open(&settings.ledger)?;
    let now = Clock::System.now();
    let now = reader.last_instant()?.map_or(now, |latest| latest.max(now));
    let mut judged = judge_request(&reader, &settings.operators, Some(request), now)?;
    drop(reader);
    let written = store.append(std::mem::take(&mut judged.batch))?;
    store.close()?;
    Ok(judged.answer(&written))
}

/// Has the daemon do it, and waits for its answer.
pub fn hand_over(settings: &Settings, request: &[u8]) -> Result<Answer, Failure> {
    let inbox = Inbox::of(&settings.ledger);
    let name = inbox.put(request)?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(answer) = inbox.answer(&name)? {
            return Ok(answer);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let folder = inbox.folder().display();
    Err(anyhow::anyhow!(
        "the daemon has not answered yet: the act lies in {folder} and is taken when it does; `journalctl -u fairgauge` says what it is at"
    )
    .into())
}
