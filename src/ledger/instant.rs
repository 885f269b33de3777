//! Instants as the ledger writes them.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, NaiveDate, SubsecRound, Timelike as _, Utc};

use super::EntryError;

/// The instant cut to the whole millisecond: what a clock gives before anything is done with it.
pub fn to_millisecond(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(3)
}

/// `2013-06-01T06:30:00.000Z`.
///
/// # Errors
/// [`EntryError::Instant`] for one that is finer than a millisecond or outside the years 0 to 9999.
pub fn instant_text(at: DateTime<Utc>) -> Result<String, EntryError> {
    let (year, nanos) = (at.year(), at.nanosecond());
    // A leap second has a milliard nanoseconds and more.
    if !(0..=9_999).contains(&year) || nanos % 1_000_000 != 0 || nanos >= 1_000_000_000 {
        return Err(EntryError::Instant(at.to_string()));
    }
    let (date, time, millis) = (at.date_naive(), at.time(), nanos / 1_000_000);
    let [month, day, hour, minute, second] = [date.month(), date.day(), time.hour(), time.minute(), time.second()];
    let mut text = String::with_capacity(LENGTH);
    write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z").expect("memory");
    Ok(text)
}

/// Reads what [`instant_text`] writes, and nothing else.
pub fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let bytes: &[u8; LENGTH] = text.as_bytes().try_into().ok()?;
    let form = b"0000-00-00T00:00:00.000Z";
    let good = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    if !bytes.iter().zip(form).all(good) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    let [year, month, day] = [0..4, 5..7, 8..10].map(|range| number(&bytes[range]));
    let [hour, minute, second, millis] = [11..13, 14..16, 17..19, 20..23].map(|range| number(&bytes[range]));
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_hms_milli_opt(hour, minute, second, millis)?.and_utc())
}

/// How many characters an instant has.
const LENGTH: usize = 24;

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
