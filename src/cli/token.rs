//! `fairgauge token`: who may read what is served.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::{Args, Subcommand};
use fairgauge::access::{Holder, Minted, Role, Token, Tokens};
use fairgauge::daemon::Clock;

use super::key::random;
use super::output::{self, Format};
use super::{ConfigArgs, Failure, whole};

#[derive(Subcommand)]
pub enum Command {
    /// Make a token, and print it: it is shown this once
    #[command(
        after_help = "Examples: fairgauge token new picc --role insurer --book lingang\n          fairgauge token new farm-7 --role insured --policy NY-001 --policy NY-002 --expires \"400 d\"\n          fairgauge token new audit-2026 --role auditor --expires 2027-06-30\n\nOnly its hash is kept. Whoever has it sends `Authorization: Bearer TOKEN`, or writes it on the page of entry."
    )]
    New(New),
    /// The tokens there are
    #[command(after_help = "Example: fairgauge token list --format json")]
    List(List),
    /// Refuse a token from now on
    #[command(after_help = "Example: fairgauge token revoke picc")]
    Revoke(Revoke),
}

#[derive(Args)]
pub struct New {
    /// What it is called: who holds it
    name: String,
    /// As what its holder reads: insurer, insured, operator, auditor
    #[arg(long, value_parser = role)]
    role: Role,
    /// A book that an insurer sees; may be said several times
    #[arg(long, value_name = "BOOK")]
    book: Vec<String>,
    /// A policy that its holder sees; may be said several times
    #[arg(long, value_name = "POLICY")]
    policy: Vec<String>,
    /// Until when it is good: a day, its first instant in UTC, or a time from now such as "90 d"
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Expiry>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Args)]
pub struct List {
    /// How to write them
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Args)]
pub struct Revoke {
    /// Its name, or its id: what stands behind `fg_`
    token: String,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Clone, Copy)]
enum Expiry {
    On(NaiveDate),
    In(TimeDelta),
}

fn role(word: &str) -> Result<Role, String> {
    Role::from_word(word).ok_or_else(|| "one of insurer, insured, operator, auditor".to_owned())
}

fn expiry(text: &str) -> Result<Expiry, String> {
    if let Ok(day) = text.parse() {
        return Ok(Expiry::On(day));
    }
    let days = text.strip_suffix('d').and_then(|days| days.trim_end().parse().ok()).filter(|days| *days > 0);
    let days = days.and_then(TimeDelta::try_days).filter(|days| days.num_days() <= 36_500);
    days.map(Expiry::In).ok_or_else(|| "write a day such as 2027-06-30, or a time such as \"90 d\"".to_owned())
}

pub fn run(command: &Command) -> Result<(), Failure> {
    let now = Clock::System.now();
    match command {
        Command::New(new) => make(new, now),
        Command::List(list) => {
            let tokens = Tokens::read(&file(&list.config)?)?;
            show(&tokens, list.format, now)
        }
        Command::Revoke(revoke) => {
            let path = file(&revoke.config)?;
            let name = change(&path, |tokens| Ok(tokens.revoke(&revoke.token, now)?.name.clone()))?;
            Ok(writeln!(std::io::stdout(), "`{name}` is refused from now on")?)
        }
    }
}

fn make(new: &New, now: DateTime<Utc>) -> Result<(), Failure> {
    let plain = |c: char| c.is_alphanumeric() || "-_.@".contains(c);
    if new.name.is_empty() || new.name.chars().count() > 64 || !new.name.chars().all(plain) {
        return Err(anyhow!("`{}` is no name of a token: letters, digits, -, _, . and @, 64 at most", new.name).into());
    }
    match (new.role, new.book.is_empty(), new.policy.is_empty()) {
        (Role::Insured, true, false) | (Role::Operator | Role::Auditor, true, true) => {}
        (Role::Insurer, _, false) | (Role::Insurer, false, _) => {}
        (Role::Insured, ..) => return Err(anyhow!("say which policies the insured has: --policy NY-001; a book is for insurers").into()),
        (Role::Insurer, ..) => return Err(anyhow!("say which books the insurer has: --book lingang; a policy without a book of its own is in the book `default`").into()),
        _ => return Err(anyhow!("an {} sees everything: leave --book and --policy out", new.role.word()).into()),
    }
    let expires_at = match new.expires {
        None => None,
        Some(Expiry::In(time)) => Some(now + time),
        Some(Expiry::On(day)) => Some(day.and_hms_opt(0, 0, 0).expect("midnight").and_utc()),
    };
    if expires_at.is_some_and(|until| until <= now) {
        return Err(anyhow!("it would be refused already: name a day that is to come").into());
    }
    let holder =
        Holder { name: new.name.clone(), role: new.role, books: new.book.clone(), policies: new.policy.clone() };
    let Minted { token, text } = Token::mint(holder, &random()?, now, expires_at);
    change(&file(&new.config)?, |tokens| Ok(tokens.add(token)?))?;
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

/// Where the settings have the tokens.
fn file(config: &ConfigArgs) -> Result<PathBuf, Failure> {
    let settings = config.settings()?;
    let serve = settings.serve.ok_or_else(|| {
        anyhow!("{} has no [serve]: add it with listen = \"127.0.0.1:8080\", then make tokens", config.config.display())
    })?;
    Ok(serve.tokens_of(&settings.ledger))
}

/// Changes the file, one at a time, whole or not at all.
fn change<T>(path: &Path, act: impl FnOnce(&mut Tokens) -> Result<T, Failure>) -> Result<T, Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let lock = File::create(&beside).map_err(|error| anyhow!("{}: {error}", Path::new(&beside).display()))?;
    lock.lock()?;
    let mut tokens = Tokens::read(path)?;
    let done = act(&mut tokens)?;
    // Hashes alone: whoever runs the daemon must read what root has made.
    whole::replace(path, &tokens.bytes())?;
    Ok(done)
}

fn show(tokens: &Tokens, format: Format, now: DateTime<Utc>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let state = |token: &Token| match token.revoked_at {
        Some(at) => format!("revoked {}", output::instant(at)),
        None if token.is_good(now) => "good".to_owned(),
        None => "expired".to_owned(),
    };
    let object = |token: &Token| {
        let mut object = serde_json::to_value(token)?;
        if let Some(members) = object.as_object_mut() {
            members.remove("sha256");
        }
        object["state"] = state(token).split(' ').next().into();
        Ok::<_, serde_json::Error>(object)
    };
    match format {
        Format::Table => {
            let mut table = output::table(&["NAME", "ID", "ROLE", "SEES", "STATE", "MADE", "EXPIRES"], &[]);
            for token in &tokens.tokens {
                let seen: Vec<_> = token
                    .books
                    .iter()
                    .map(|book| format!("book {book}"))
                    .chain(token.policies.iter().cloned())
                    .collect();
                let seen = if seen.is_empty() { "everything".to_owned() } else { seen.join(", ") };
                let expires = token.expires_at.map_or_else(|| "never".to_owned(), output::instant);
                let (name, id, role) = (token.name.clone(), token.id.clone(), token.role.word().to_owned());
                table.add_row([name, id, role, seen, state(token), output::instant(token.made_at), expires]);
            }
            writeln!(out, "{}", table.trim_fmt())?;
        }
        Format::Json => {
            let objects: Vec<_> = tokens.tokens.iter().map(object).collect::<Result<_, _>>()?;
            writeln!(out, "{}", serde_json::to_string_pretty(&objects)?)?;
        }
        Format::Jsonl => {
            for token in &tokens.tokens {
                writeln!(out, "{}", object(token)?)?;
            }
        }
        Format::Csv => return Err(anyhow!("write tokens with --format table, json or jsonl").into()),
    }
    Ok(())
}
