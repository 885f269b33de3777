//! What is asked of a server, as a kind of feed puts it together.

use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::address::UrlTemplate;
use super::secret::{Key, Secret};
use super::settings::Station;
use crate::calendar::Zone;

/// A stretch of time that is wanted of one station, or of all.
pub struct Wanted<'a> {
    /// The address in the settings.
    pub url: &'a UrlTemplate,
    /// None where all are asked for at once.
    pub station: Option<&'a Station>,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when: now, or before it where an older stretch is asked for.
    pub to: DateTime<Utc>,
    /// The time of day.
    pub now: DateTime<Utc>,
    /// What opens the server.
    pub key: Option<&'a Key>,
    /// What a login of this run of the program brought.
    pub token: Option<Secret>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to.
    pub url: Url,
    /// The body of a POST, JSON; none of a GET.
    pub body: Option<String>,
    /// Names and values of headers beyond the usual.
    pub headers: Vec<(String, String)>,
    /// Whose readings the answer holds, where the request names a station.
    pub station: Option<Station>,
    /// What the answer is for.
    pub role: Role,
}

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It holds readings.
    Data,
    /// It leads to them: a list of files, a list of identities. The word is the kind's own.
    Step(&'static str),
    /// It brings the token that the others need.
    Login,
}

/// What is done where the provider refuses a request.
#[derive(Clone, Debug)]
pub enum Instead {
    /// The poll fails.
    Fail,
    /// The login has run out: the poll begins anew with another one, once.
    LogIn,
    /// These are asked: shorter stretches.
    Ask(Vec<Request>),
    /// There are no data, as was to be expected.
    Nothing,
    /// The poll does without them, and says so among what is refused.
    DoWithout,
}

/// An answer, for whoever decides what is asked next.
pub struct Reply<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// Unpacked from the transfer.
    pub bytes: &'a [u8],
    /// As they came.
    pub headers: &'a HeaderMap,
}

impl Wanted<'_> {
    /// The URL of the settings with its placeholders filled in, and the key where the settings say.
    pub fn request(&self, dates: Zone) -> Request {
        let [from, to] = [self.from, self.to].map(|at| dates.date(at));
        let position = self.station.and_then(|station| station.position);
        let value = |name: &str| match name {
            "station" => self.station.map_or(String::new(), |station| station.name.to_string()),
            "from" => from.clone(),
            "to" => to.clone(),
            "latitude" => position.map_or(String::new(), |position| position.0.to_string()),
            _ => position.map_or(String::new(), |position| position.1.to_string()),
        };
        let url = self.url.fill(&value).expect("the settings were checked");
        let mut request = Request::get(url, self.station.cloned());
        if let Some(key) = self.key {
            key.put_into(&mut request);
        }
        request
    }
}

impl Request {
    /// Asks for data.
    pub fn get(url: Url, station: Option<Station>) -> Self {
        Self { url, body: None, headers: Vec::new(), station, role: Role::Data }
    }

    /// The same with a query parameter more.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// The same with a header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
