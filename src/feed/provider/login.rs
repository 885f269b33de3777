//! What kinds share whose key has lines, and of which some bring a token.

use std::borrow::Cow;

use reqwest::Url;

use super::words;
use crate::feed::decode::{DecodeError, text};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Instead, Reply, Request, Role, Wanted};
use crate::feed::secret::Secret;

/// That a key has lines of these names. `why` is said behind the one that is missing.
///
/// # Errors
/// The first that is missing.
pub(super) fn check_lines(key: &Secret, names: &[&str], why: &str) -> Result<(), String> {
    match names.iter().find(|name| key.part(name).is_none()) {
        Some(name) => Err(format!("the key has no line `{name} = …`{why}")),
        None => Ok(()),
    }
}

/// A login whose query says it all.
pub(super) fn post(url: Url) -> Request {
    Request { body: Some(String::new()), role: Role::Login, ..Request::get(url, None) }
}

/// The token of an OAuth answer, in the member of a name.
///
/// # Errors
/// Where the login is refused, or has no token.
pub(super) fn token(reply: &Reply<'_>, name: &str) -> Result<Option<Secret>, DecodeError> {
    let members: Members<'_> = parse(text(reply.bytes)?, "the login")?;
    if let Some(reason) = words::words(&members, &["error_description", "error"]) {
        return Err(DecodeError::Provider { reason });
    }
    members.read::<Cow<'_, str>>(name).map(|token| Some(Secret::new(token)))
}

/// What is done where a server refuses: a token of a login that has run out comes as a status.
pub(super) fn instead(wanted: &Wanted<'_>, request: &Request, status: u16) -> Instead {
    match status == 401 && request.role == Role::Data && wanted.token.is_some() {
        true => Instead::LogIn,
        false => Instead::Fail,
    }
}
