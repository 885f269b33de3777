//! Who answers instead of servers: for a network that is simulated.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Url;
use reqwest::header::HeaderMap;

/// An answer as a server would give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// Names and values of headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// No connection.
    Refused,
    /// Not within the time.
    Late,
}

/// An answer that is on its way.
pub type Answering = Pin<Box<dyn Future<Output = Result<Told, Unanswered>> + Send>>;

/// Gets an URL, its headers and the body of a question, and answers.
type Answer = dyn Fn(&Url, &HeaderMap, Option<&str>) -> Answering + Send + Sync;

/// Who answers instead of servers: everything behind the socket is as always, its repetitions and waits among it.
#[derive(Clone)]
pub struct Wire(Arc<Answer>);

impl Wire {
    /// One who answers so.
    pub fn new(answer: impl Fn(&Url, &HeaderMap, Option<&str>) -> Answering + Send + Sync + 'static) -> Self {
        Self(Arc::new(answer))
    }

    pub(super) fn ask(&self, url: &Url, headers: &HeaderMap, body: Option<&str>) -> Answering {
        (self.0)(url, headers, body)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl PartialEq for Wire {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Wire {}
