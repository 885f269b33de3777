//! The entries of acts, and of what was refused.

use chrono::{DateTime, Utc};

use crate::ledger::{self, Entry, Kind, LedgerError, Reader, hex, sha256};
use crate::operator::{Act, Effect, Operators, PublicKey, Refusal, Request};
use crate::settle::{Said, Settlement};

/// How the keys of acts begin.
pub(super) const STEMS: [&str; 4] = ["act", "hold", "release", "void"];

/// The key of an act's entry.
pub(super) fn key(stem: &str, act: &Act, mark: &str) -> String {
    format!("{stem}/{}/{mark}", act.period_id())
}

/// The kind of an act's entry, how its key begins, and the word for what follows from it.
fn form(effect: Effect) -> (Kind, &'static str, &'static str) {
    match effect {
        Effect::Held => (Kind::Hold, "hold", "held"),
        Effect::Released => (Kind::Release, "release", "released"),
        Effect::Voided => (Kind::Void, "void", "voided"),
        Effect::Restated => (Kind::Note, "act", "restated"),
        Effect::Noted => (Kind::Note, "act", "noted"),
        Effect::Proposed => (Kind::Note, "act", "proposed"),
    }
}

/// The entry of an act: what was signed, word for word, with the signature and the key.
pub(super) fn act(
    act: &Act,
    request: &Request,
    signer: &PublicKey,
    effect: Effect,
    (mark, rerun): (&str, Option<&Settlement>),
    at: DateTime<Utc>,
) -> Entry {
    let (kind, stem, word) = form(effect);
    let entry = Entry::new(kind, key(stem, act, mark), at)
        .text("act", act.what.word())
        .text("effect", word)
        .text("by", &act.by)
        .text("why", &act.why)
        .text("policy", &act.policy)
        .text("cover", &act.cover)
        .item("period", ledger::Item::object([("start", act.start.to_string().into())]))
        .integer("determination", act.seq)
        .text("signed", &request.act)
        .text("signature", &request.signature)
        .text("vkey", signer.text());
    let entry = match act.cause {
        Some(cause) => entry.text("cause", cause.word()),
        None => entry,
    };
    let entry = match act.approves {
        Some(seq) => entry.integer("approves", seq),
        None => entry,
    };
    match (rerun, &act.alternative) {
        (Some(rerun), Some(alternative)) => {
            let Said { outcome, amount, index } = Said::of(rerun);
            let index = index.map_or_else(|| "none".to_owned(), |(value, unit)| format!("{value} {unit}"));
            let rerun = ledger::Item::object([
                ("outcome", outcome.word().into()),
                ("index", index.into()),
                ("amount_minor", amount.minor().into()),
                ("amount", amount.decimal().into()),
                ("currency", amount.currency().code().into()),
                ("reason", rerun.reason.chars().take(1_000).collect::<String>().into()),
            ]);
            entry.text("alternative", alternative).item("rerun", rerun)
        }
        _ => entry,
    }
}

/// That something was refused. Of what is no act only its hash is kept, and of one the name that it claims.
pub(super) fn refused(bytes: &[u8], request: Option<&Request>, refusal: &Refusal, at: DateTime<Utc>) -> Entry {
    let hash = hex(&sha256(bytes));
    let plain = |text: &str, most: usize| text.chars().filter(|c| !c.is_control()).take(most).collect::<String>();
    let entry = Entry::new(Kind::Note, format!("refused-act/{}", &hash[..32]), at)
        .text("text", "an act was refused")
        .text("request_sha256", &hash)
        .text("reason", plain(&refusal.to_string(), 900));
    match request.and_then(|request| Act::parse(&request.act).ok()) {
        Some(act) => entry
            .text("claimed_by", plain(&act.by, 200))
            .text("claimed_act", act.what.word())
            .text("claimed_on", plain(&act.period_id(), 600)),
        None => entry,
    }
}

/// Who may intervene by the settings of now, where the ledger does not say just this already: by it signatures are
/// checked later.
pub(super) fn operators(
    reader: &Reader,
    operators: &Operators,
    at: DateTime<Utc>,
) -> Result<Option<Entry>, LedgerError> {
    let keys: Vec<ledger::Item> = operators.keys().map(|key| key.text().into()).collect();
    let above: Vec<_> = operators
        .amounts()
        .map(|(code, minor)| ledger::Item::object([("currency", code.into()), ("minor", minor.into())]))
        .collect();
    let now = (Some(ledger::Item::List(keys.clone())), Some(ledger::Item::List(above.clone())));
    let recorded = reader.operators()?;
    let last = recorded.last().map(|(_, entry)| (entry.member("keys").cloned(), entry.member("above").cloned()));
    if last.as_ref() == Some(&now) {
        return Ok(None);
    }
    let key = format!("operators/{}", at.timestamp_millis());
    Ok(Some(Entry::new(Kind::Config, key, at).list("keys", keys).list("above", above)))
}
