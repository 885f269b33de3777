//! Instants as the ledger writes them.

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};

use super::EntryError;

const FORM: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";

/// The instant cut to the whole millisecond: what a clock gives before anything is done with it.
pub fn to_millisecond(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(3)
}

/// `2013-06-01T06:30:00.000Z`.
///
/// # Errors
/// [`EntryError::Instant`] for one that is finer than a millisecond or outside the years 0 to 9999.
pub fn instant_text(at: DateTime<Utc>) -> Result<String, EntryError> {
    let text = at.format(FORM).to_string();
    match parse_instant(&text) {
        Some(again) if again == at => Ok(text),
        _ => Err(EntryError::Instant(at.to_string())),
    }
}

/// Reads what [`instant_text`] writes, and nothing else.
pub fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let at = NaiveDateTime::parse_from_str(text, FORM).ok()?.and_utc();
    let exact = text.len() == 24 && at.timestamp_subsec_nanos() < 1_000_000_000;
    (exact && at.format(FORM).to_string() == text).then_some(at)
}

/// Milliseconds since 1970.
///
/// # Errors
/// As [`instant_text`].
pub(super) fn millis(at: DateTime<Utc>) -> Result<i64, EntryError> {
    instant_text(at).map(|_| at.timestamp_millis())
}

/// The instant so many milliseconds after 1970.
pub(super) fn from_millis(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_one_way_and_read_back() {
        for text in ["1970-01-01T00:00:00.000Z", "2013-06-01T06:30:00.001Z", "0000-01-01T00:00:00.000Z"] {
            let at = parse_instant(text).expect(text);
            assert_eq!(instant_text(at).as_deref(), Ok(text));
        }
        for text in [
            "2013-06-01T06:30:00Z",
            "2013-06-01T06:30:00.0Z",
            "2013-06-01T06:30:00.0000Z",
            "2013-06-01 06:30:00.000Z",
            "2013-06-01T06:30:60.000Z",
            "2013-06-01T06:30:00.000+00:00",
            "2013-6-1T06:30:00.000Z",
            "+2013-06-01T06:30:00.000Z",
        ] {
            assert_eq!(parse_instant(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_finer_than_a_millisecond_is_refused_until_it_is_cut() {
        let fine = DateTime::from_timestamp(1, 1_000_001).expect("in range");
        assert!(matches!(instant_text(fine), Err(EntryError::Instant(_))));
        assert_eq!(instant_text(to_millisecond(fine)).as_deref(), Ok("1970-01-01T00:00:01.001Z"));
        assert!(matches!(instant_text(DateTime::<Utc>::MAX_UTC), Err(EntryError::Instant(_))));
    }
}
