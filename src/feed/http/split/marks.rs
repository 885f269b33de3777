//! What stands for the secrets of a feed where they are not known: a mark for each, which is nothing but letters and
//! digits, so that whatever is made of the one is made of the other. Pure.

use base64ct::{Base64, Encoding as _};
use reqwest::Url;

use crate::feed::secret::{Secret, form_urlencoded};

/// A mark that stands for nothing, or stands where no secret may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown;

/// The secrets of a feed, each with its mark.
pub(super) struct Marks {
    /// What every mark begins with.
    prefix: String,
    all: Vec<(String, Secret)>,
}

impl Marks {
    /// None where the nonce could be part of something else.
    pub fn new(nonce: &str) -> Option<Self> {
        let good = nonce.len() == 16 && nonce.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
        good.then(|| Self { prefix: format!("FG{nonce}"), all: Vec::new() })
    }

    /// Takes in a key; returns it with a mark for each of its secrets. The names of its lines are none.
    pub fn key(&mut self, key: &Secret) -> String {
        if key.reveal().lines().all(|line| !line.contains(" = ")) {
            return self.mark('K', key.reveal());
        }
        let line = |line: &str| match line.split_once(" = ") {
            Some((name, value)) => match value.trim() {
                "" => format!("{name} = "),
                value => format!("{name} = {}", self.mark('K', value)),
            },
            None if line.trim().is_empty() => String::new(),
            None => self.mark('K', line),
        };
        key.reveal().lines().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Takes in what a login brought, under the number of that login.
    pub fn token(&mut self, number: u64, token: Secret) -> String {
        let mark = format!("{}T{number}Z", self.prefix);
        self.all.push((mark.clone(), token));
        mark
    }

    fn mark(&mut self, kind: char, secret: &str) -> String {
        let mark = format!("{}{kind}{}Z", self.prefix, self.all.len());
        self.all.push((mark.clone(), Secret::new(secret)));
        mark
    }

    /// Puts secrets into the query of a URL.
    pub fn fill_url(&self, url: &mut Url) -> Result<(), Unknown> {
        if let Some(query) = url.query().map(str::to_owned) {
            url.set_query(Some(&self.fill(&query, form_urlencoded)?));
        }
        // Nowhere else in it.
        let elsewhere = [url.path(), url.username(), url.password().unwrap_or_default()];
        if elsewhere.iter().any(|text| text.contains(&self.prefix)) { Err(Unknown) } else { Ok(()) }
    }

    /// Puts secrets into the value of a header, also behind the base64 of user and password.
    pub fn fill_header(&self, value: &str) -> Result<String, Unknown> {
        let basic = value.strip_prefix("Basic ").and_then(|text| Base64::decode_vec(text).ok());
        match basic.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|text| text.contains(&self.prefix)) {
            Some(text) => {
                let text = self.fill(&text, str::to_owned)?;
                Ok(format!("Basic {}", Base64::encode_string(text.as_bytes())))
            }
            None => self.fill(value, str::to_owned),
        }
    }

    /// Puts secrets into a body of JSON.
    pub fn fill_json(&self, body: &str) -> Result<String, Unknown> {
        self.fill(body, |secret| {
            let quoted = serde_json::Value::from(secret).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        })
    }

    fn fill(&self, text: &str, written: impl Fn(&str) -> String) -> Result<String, Unknown> {
        let whole = self.all.iter().fold(text.to_owned(), |text, (mark, secret)| {
            if text.contains(mark) { text.replace(mark, &written(secret.reveal())) } else { text }
        });
        if whole.contains(&self.prefix) { Err(Unknown) } else { Ok(whole) }
    }

    /// What takes the secrets out of an answer.
    pub fn hider(&self) -> Hider {
        let forms = |(mark, secret): &(String, Secret)| {
            let forms = secret.forms().into_iter().map(|form| (form.into_bytes(), mark.clone().into_bytes()));
            forms.collect::<Vec<_>>()
        };
        let mut needles: Vec<_> = self.all.iter().flat_map(forms).collect();
        needles.sort_by_key(|(needle, _)| std::cmp::Reverse(needle.len()));
        Hider { needles, held: Vec::new() }
    }
}

/// Takes secrets out of bytes that come piece by piece, and puts their marks there.
#[derive(Default)]
pub(super) struct Hider {
    /// The longest first.
    needles: Vec<(Vec<u8>, Vec<u8>)>,
    /// In what comes next a secret may end that begins here.
    held: Vec<u8>,
}

impl Hider {
    /// Of a whole.
    pub fn hide(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut whole = self.push(bytes);
        whole.extend(self.finish());
        whole
    }

    /// The next bytes, as far as it is certain that no secret begins in them.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let longest = self.needles.first().map_or(1, |(needle, _)| needle.len());
        self.give(longest - 1)
    }

    /// What is left.
    pub fn finish(&mut self) -> Vec<u8> {
        self.give(0)
    }

    fn give(&mut self, keep: usize) -> Vec<u8> {
        if self.needles.is_empty() {
            return std::mem::take(&mut self.held);
        }
        let (mut given, mut at) = (Vec::with_capacity(self.held.len()), 0);
        while self.held.len() - at > keep {
            let rest = &self.held[at..];
            match self.needles.iter().find(|(needle, _)| rest.starts_with(needle)) {
                Some((needle, mark)) => {
                    given.extend_from_slice(mark);
                    at += needle.len();
                }
                None => {
                    given.push(rest[0]);
                    at += 1;
                }
            }
        }
        self.held.drain(..at);
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "0f1e2d3c4b5a6978";

    fn marks(key: &str) -> (Marks, String) {
        let mut marks = Marks::new(NONCE).unwrap();
        let shown = marks.key(&Secret::new(key));
        (marks, shown)
    }

    #[test]
    fn what_is_made_of_a_mark_is_made_of_the_secret() {
        for secret in ["abcd", "p&ss \"wörd\"=%", "a+b/c==", "FG0123"] {
            let (marks, mark) = marks(secret);
            assert!(mark.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{mark}");
            let url = |value: &str| {
                let mut url = Url::parse("https://host.example/a?x=1").unwrap();
                url.query_pairs_mut().append_pair("key", value);
                url
            };
            let mut with_mark = url(&mark);
            assert_eq!(marks.fill_url(&mut with_mark), Ok(()));
            assert_eq!(with_mark, url(secret));
            let body = |value: &str| serde_json::json!({ "token": value, "all": [value] }).to_string();
            assert_eq!(marks.fill_json(&body(&mark)), Ok(body(secret)));
            assert_eq!(marks.fill_header(&format!("Bearer {mark}")), Ok(format!("Bearer {secret}")));
            let basic = |value: &str| format!("Basic {}", Base64::encode_string(format!("me:{value}").as_bytes()));
            assert_eq!(marks.fill_header(&basic(&mark)), Ok(basic(secret)));
        }
    }

    #[test]
    fn each_line_of_a_key_has_a_mark_of_its_own_and_keeps_its_name() {
        let text = "api_key = abcd\npassword = p = q\nempty = \n\nloose";
        let (marks, shown) = marks(text);
        let shown = Secret::new(shown);
        assert!(["abcd", "p = q", "loose"].iter().all(|secret| !shown.reveal().contains(secret)), "{}", shown.reveal());
        assert_eq!(shown.part("empty"), None);
        for (name, secret) in [("api_key", "abcd"), ("password", "p = q")] {
            assert_eq!(marks.fill_header(shown.part(name).unwrap()).as_deref(), Ok(secret));
        }
        assert_eq!(marks.fill(shown.reveal(), str::to_owned).as_deref(), Ok(text));
    }

    #[test]
    fn more_than_ten_secrets_are_told_apart() {
        let text: String = (0..12).map(|n| format!("n{n} = secret{n}\n")).collect();
        let (marks, shown) = marks(text.trim_end());
        assert_eq!(marks.fill(&shown, str::to_owned).as_deref(), Ok(text.trim_end()));
    }

    #[test]
    fn a_mark_that_stands_for_nothing_or_where_no_secret_may_stand_is_refused() {
        let (mut marks, mark) = marks("abcd");
        let other = format!("FG{NONCE}T7Z");
        assert_eq!(marks.fill_header(&other), Err(Unknown));
        assert_eq!(marks.fill_json(&other), Err(Unknown));
        for url in [format!("https://host.example/{mark}"), format!("https://{mark}@host.example/?a={mark}")] {
            assert_eq!(marks.fill_url(&mut Url::parse(&url).unwrap()), Err(Unknown), "{url}");
        }
        assert_eq!(marks.token(7, Secret::new("token")), other);
        assert_eq!(marks.fill_header(&other).as_deref(), Ok("token"));
        for nonce in ["", "0123456789ABCDEF", "0123456789abcde", "0123456789abcde*"] {
            assert!(Marks::new(nonce).is_none(), "{nonce}");
        }
    }

    #[test]
    fn secrets_are_taken_out_wherever_an_answer_is_cut() {
        let (marks, mark) = marks("p\"ss/word");
        let body = "x p\"ss/word p%22ss%2Fword {\"k\":\"p\\\"ss/word\"} p\\\"ss\\/word p\"ss/wor";
        let wanted = format!("x {mark} {mark} {{\"k\":\"{mark}\"}} {mark} p\"ss/wor");
        for cut in 0..=body.len() {
            let mut hider = marks.hider();
            let mut got = hider.push(&body.as_bytes()[..cut]);
            got.extend(hider.hide(&body.as_bytes()[cut..]));
            assert_eq!(String::from_utf8(got).unwrap(), wanted, "{cut}");
        }
        let mut none = Marks::new(NONCE).unwrap().hider();
        assert_eq!(none.push(b"abc"), b"abc", "without a secret nothing is held back");
    }
}
