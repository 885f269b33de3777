//! Notes of what deserves a look before it costs anything, so that others can be told of it: an index that came close to
//! its strike, a feed that is silent. Each once for a period, once for a silence, whatever crashes.

use chrono::{DateTime, Utc};

use super::{Daemon, DaemonError};
use crate::health::{Alert, is_near};
use crate::ledger::{Batch, Determination, Entry, FEED_SILENT, Item, Kind, LedgerError, NEAR_TRIGGER, Reader};

/// Whether a determination that may still change has an index within a tenth of its strike.
pub(super) fn near(said: &Determination) -> Option<(&str, &str)> {
    let (value, unit) = said.index.as_ref()?;
    (said.state.is_open() && is_near(value, unit, &said.trigger)).then_some((value, unit))
}

/// The note that an index came close to its strike, where the ledger has none of that period.
///
/// # Errors
/// Where the ledger cannot be read.
pub(super) fn near_note(reader: &Reader, said: &Determination) -> Result<Option<Entry>, LedgerError> {
    let Some((value, unit)) = near(said) else { return Ok(None) };
    let key = format!("{NEAR_TRIGGER}{}", said.period_id());
    if reader.entry_of_key(&key)?.is_some() {
        return Ok(None);
    }
    let day = |day: chrono::NaiveDate| Item::from(day.to_string());
    let note = Entry::new(Kind::Note, key, said.determined_at)
        .text("text", "the index so far is close to its strike")
        .text("policy", &said.policy)
        .text("product", &said.product)
        .text("cover", &said.cover)
        .item("period", Item::object([("start", day(said.period.start)), ("end", day(said.period.end))]))
        .item("index", Item::object([("value", value.into()), ("unit", unit.into())]))
        .text("trigger", &said.trigger);
    Ok(Some(note))
}

/// The note that a feed is silent, where the ledger has none of this silence.
///
/// # Errors
/// Where the ledger cannot be read.
fn silent_note(
    reader: &Reader,
    (feed, last_answer): (&str, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
) -> Result<Option<Entry>, LedgerError> {
    let since = last_answer.map_or("never".to_owned(), |last| last.timestamp_millis().to_string());
    let key = format!("{FEED_SILENT}{feed}/{since}");
    if reader.entry_of_key(&key)?.is_some() {
        return Ok(None);
    }
    let note = Entry::new(Kind::Note, key.clone(), now).text("text", "the feed does not answer").text("feed", feed);
    match last_answer {
        None => Ok(Some(note)),
        Some(last) => note.instant("last_answer", last).map(Some).map_err(LedgerError::entry(key)),
    }
}

impl Daemon {
    /// Records that a feed is silent, and has it signed at once: it is not worth much later.
    pub(super) async fn note_silence(&mut self, alert: &Alert, now: DateTime<Utc>) -> Result<(), DaemonError> {
        let Alert::Silent { feed, last_answer } = alert else { return Ok(()) };
        let at = self.knowledge_now(now);
        let Some(note) = silent_note(&self.writer.reader()?, (feed, *last_answer), at)? else { return Ok(()) };
        let mut batch = Batch::new();
        batch.entry(note);
        self.writer.append(batch).await?;
        self.sign_now().await
    }
}
