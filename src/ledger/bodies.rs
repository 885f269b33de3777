//! The bodies behind what was learned at one instant, in its entry.

use super::{Digest, Entry, EntryError, Item, digest};

/// The most digests that an entry lists; of more it names the list.
const MOST_LISTED: usize = 256;

/// The list of digests, a line each, where the entry only names it. It is kept as evidence.
pub(super) fn long_list(bodies: &[Digest]) -> Option<String> {
    (bodies.len() > MOST_LISTED).then(|| bodies.iter().map(|body| digest::hex(body) + "\n").collect())
}

/// The entry with `evidence`, the digests of the bodies, or with `evidence_sha256`, that of their list.
pub(super) fn with_bodies(entry: Entry, bodies: &[Digest]) -> Entry {
    match long_list(bodies) {
        Some(list) => entry.text("evidence_sha256", digest::hex(&digest::sha256(list.as_bytes()))),
        None => entry.list("evidence", bodies.iter().map(|body| Item::Text(digest::hex(body))).collect()),
    }
}

/// A station's name as it stands in a line of what was learned.
///
/// # Errors
/// [`EntryError::Member`] for one with `|` or a control character in it.
pub(super) fn in_line(station: &str) -> Result<&str, EntryError> {
    if station.chars().any(|c| c == '|' || c.is_control()) {
        return Err(EntryError::Member("station".to_owned()));
    }
    Ok(station)
}
