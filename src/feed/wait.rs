//! How long a server wants to be left alone: `Retry-After`, `Cache-Control`, `Expires`.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName, RETRY_AFTER};

/// A server is left alone for this long at most, whatever it says.
pub(super) const LONGEST: Duration = Duration::from_secs(86_400);

/// How long a `Retry-After`, in seconds or as a date, wants us to wait; at most a day. What is neither is nothing.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = text(headers, &RETRY_AFTER)?;
    let wait = seconds(text).or_else(|| Some(date(text)?.duration_since(sent(headers, now)).unwrap_or_default()))?;
    Some(wait.min(LONGEST))
}

/// How long an answer stays as it is, by its own account: `max-age` less `Age`, or `Expires`; at most a day. `None`
/// where it says nothing, or that it may change at once.
pub(super) fn fresh_for(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let control = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let words: Vec<String> =
        control.flat_map(|value| value.split(',')).map(|word| word.trim().to_lowercase()).collect();
    if words.iter().any(|word| word == "no-cache" || word == "no-store") {
        return None;
    }
    let max_age = words.iter().find_map(|word| seconds(word.strip_prefix("max-age=")?.trim_matches('"')));
    let fresh = match max_age {
        Some(age) => age.saturating_sub(text(headers, &AGE).and_then(seconds).unwrap_or_default()),
        None => date(text(headers, &EXPIRES)?)?.duration_since(sent(headers, now)).unwrap_or_default(),
    };
    Some(fresh.min(LONGEST)).filter(|fresh| !fresh.is_zero())
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Whole seconds, however many digits they have.
fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

/// When the server sent it, by its own clock, against which its other times stand.
fn sent(headers: &HeaderMap, now: DateTime<Utc>) -> SystemTime {
    text(headers, &DATE).and_then(date).unwrap_or_else(|| SystemTime::from(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn now() -> DateTime<Utc> {
        chrono::NaiveDate::from_ymd_opt(2013, 2, 1).unwrap().and_hms_opt(12, 0, 0).unwrap().and_utc()
    }

    #[test]
    fn n08_retry_after_is_honoured_up_to_a_day() {
        for (text, wait, why) in [
            ("0", Some(0), "at once"),
            ("120", Some(120), "seconds"),
            (" 7 ", Some(7), "blanks around it"),
            ("86400", Some(86_400), "a day"),
            ("86401", Some(86_400), "a second more than a day"),
            ("4294967296", Some(86_400), "more than 32 bits"),
            ("99999999999999999999999999", Some(86_400), "more than 64 bits"),
            ("-1", None, "no number of seconds"),
            ("1.5", None, "no whole seconds"),
            ("soon", None, "no date"),
            ("", None, "nothing"),
            ("Fri, 01 Feb 2013 12:02:00 GMT", Some(120), "a date"),
            ("Fri, 01 Feb 2013 11:00:00 GMT", Some(0), "a date that has passed"),
            ("Mon, 01 Feb 2213 12:02:00 GMT", Some(86_400), "a date in two centuries"),
        ] {
            let got = retry_after(&headers(&[(RETRY_AFTER, text)]), now());
            assert_eq!(got, wait.map(Duration::from_secs), "{text}: {why}");
        }
        let skewed =
            headers(&[(DATE, "Fri, 01 Feb 2013 13:00:00 GMT"), (RETRY_AFTER, "Fri, 01 Feb 2013 13:00:30 GMT")]);
        assert_eq!(retry_after(&skewed, now()), Some(Duration::from_secs(30)), "by the server's clock");
    }

    #[test]
    fn an_answer_says_how_long_it_stays() {
        let expires = (EXPIRES, "Fri, 01 Feb 2013 12:30:00 GMT");
        for (lines, fresh, why) in [
            (vec![], None, "nothing is said"),
            (vec![expires.clone()], Some(1_800), "half an hour"),
            (vec![expires.clone(), (DATE, "Fri, 01 Feb 2013 12:29:00 GMT")], Some(60), "by the server's clock"),
            (vec![(EXPIRES, "0")], None, "has expired"),
            (vec![(EXPIRES, "Fri, 01 Feb 2013 12:00:00 GMT")], None, "expires now"),
            (vec![(CACHE_CONTROL, "public, max-age=300")], Some(300), "max-age"),
            (vec![(CACHE_CONTROL, "Max-Age=\"300\"")], Some(300), "in capitals and quotation marks"),
            (vec![(CACHE_CONTROL, "max-age=300"), (AGE, "240")], Some(60), "it is four minutes old"),
            (vec![(CACHE_CONTROL, "max-age=300"), (AGE, "301")], None, "older than it may be"),
            (vec![(CACHE_CONTROL, "max-age=0"), expires.clone()], None, "max-age goes before Expires"),
            (vec![(CACHE_CONTROL, "no-cache, max-age=300")], None, "ask each time"),
            (vec![(CACHE_CONTROL, "s-maxage=900"), expires], Some(1_800), "s-maxage is for others"),
            (vec![(CACHE_CONTROL, "max-age=31536000, immutable")], Some(86_400), "at most a day"),
        ] {
            assert_eq!(fresh_for(&headers(&lines), now()), fresh.map(Duration::from_secs), "{why}");
        }
    }
}
