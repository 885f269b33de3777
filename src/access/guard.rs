//! Whoever comes is let in by a token, or turned away.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::limiter::Limiter;
use super::role::{Caller, Role};
use super::token::find;
use super::tokens::Tokens;

/// Wrong tokens from one address.
const WRONG_A_MINUTE: u32 = 10;
const WRONG_AT_ONCE: u32 = 10;
/// Requests of one token.
const ASKED_A_MINUTE: u32 = 3_000;
const ASKED_AT_ONCE: u32 = 300;

/// Why somebody is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no token, or none that is good; it is not said which.
    Token,
    /// Too often.
    TooOften {
        /// How long to wait.
        wait: Duration,
    },
    /// The file of tokens cannot be read.
    Unreadable,
}

/// The state of a file by which it is known that it is another one.
type Mark = (u64, i64, i64, u64);

/// Tokens, as far as they were read.
#[derive(Debug, Default)]
struct Kept {
    mark: Option<Mark>,
    tokens: Tokens,
    is_bad: bool,
}

/// Lets in whoever has a token.
#[derive(Debug)]
pub struct Guard {
    file: PathBuf,
    without_token: Option<Role>,
    kept: Mutex<Kept>,
    wrong: Mutex<Limiter<IpAddr>>,
    asked: Mutex<Limiter<String>>,
    begun: Instant,
}

impl Guard {
    /// By a file of tokens. It is read anew when it has changed: what is revoked is refused from the next request on.
    pub fn new(file: PathBuf, without_token: Option<Role>) -> Self {
        Self {
            file,
            without_token,
            kept: Mutex::default(),
            wrong: Mutex::new(Limiter::new(WRONG_A_MINUTE, WRONG_AT_ONCE)),
            asked: Mutex::new(Limiter::new(ASKED_A_MINUTE, ASKED_AT_ONCE)),
            begun: Instant::now(),
        }
    }

    /// Whoever needs no token.
    pub fn without_token(&self) -> Option<Caller> {
        self.without_token.map(Caller::unnamed)
    }

    /// Whoever holds this token and asks from this address.
    pub fn caller(&self, token: Option<&str>, from: IpAddr, now: DateTime<Utc>) -> Result<Caller, Refusal> {
        self.caller_at(token, from, now, self.begun.elapsed())
    }

    fn caller_at(
        &self,
        token: Option<&str>,
        from: IpAddr,
        now: DateTime<Utc>,
        elapsed: Duration,
    ) -> Result<Caller, Refusal> {
        let Some(text) = token else {
            return self.without_token().ok_or(Refusal::Token);
        };
        // Before anything is compared: who guesses learns nothing while they must wait.
        if let Some(wait) = lock(&self.wrong).wait(&from, elapsed) {
            return Err(Refusal::TooOften { wait });
        }
        let mut kept = lock(&self.kept);
        self.refresh(&mut kept);
        if kept.is_bad {
            return Err(Refusal::Unreadable);
        }
        let Some(token) = find(&kept.tokens.tokens, text).filter(|token| token.is_good(now)) else {
            lock(&self.wrong).count(from, elapsed);
            return Err(Refusal::Token);
        };
        let mut asked = lock(&self.asked);
        if let Some(wait) = asked.wait(&token.id, elapsed) {
            return Err(Refusal::TooOften { wait });
        }
        asked.count(token.id.clone(), elapsed);
        Ok(token.caller())
    }

    fn refresh(&self, kept: &mut Kept) {
        use std::os::unix::fs::MetadataExt as _;
        let mark = std::fs::metadata(&self.file).ok();
        let mark = mark.map(|found| (found.ino(), found.mtime(), found.mtime_nsec(), found.size()));
        if kept.mark == mark && mark.is_some() && !kept.is_bad {
            return;
        }
        kept.mark = mark;
        match Tokens::read(&self.file) {
            Ok(tokens) => (kept.tokens, kept.is_bad) = (tokens, false),
            Err(error) => {
                if !kept.is_bad {
                    tracing::error!(id = "FG0708", %error, "nobody is let in: {error}");
                }
                (kept.tokens, kept.is_bad) = (Tokens::default(), true);
            }
        }
    }
}

/// What is guarded is whole also where a thread that held it panicked.
fn lock<T>(guarded: &Mutex<T>) -> MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::token::{Holder, Minted, Token};
    use super::*;
    use crate::feed::at;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn minted(byte: u8) -> Minted {
        let holder = Holder {
            name: format!("t{byte}"),
            role: Role::Insured,
            books: Vec::new(),
            policies: vec!["NY-1".to_owned()],
        };
        Token::mint(holder, &[byte; Token::RANDOM], at("2026-11-26 00:00"), None)
    }

    struct Scene {
        _folder: tempfile::TempDir,
        guard: Guard,
        path: PathBuf,
    }

    fn scene(without: Option<Role>) -> Scene {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens");
        Scene { guard: Guard::new(path.clone(), without), _folder: folder, path }
    }

    #[test]
    fn a_token_is_let_in_from_when_it_is_made_until_it_is_revoked() {
        let Scene { guard, path, _folder } = scene(None);
        let now = at("2026-11-26 12:00");
        let Minted { token, text } = minted(1);
        assert_eq!(guard.caller(Some(&text), HOME, now), Err(Refusal::Token), "there is no file");
        let mut tokens = Tokens::default();
        tokens.add(token).expect("new");
        std::fs::write(&path, tokens.bytes()).expect("written");
        let caller = guard.caller(Some(&text), HOME, now).expect("good");
        assert_eq!((caller.name.as_deref(), caller.role, caller.policies.len()), (Some("t1"), Role::Insured, 1));
        tokens.revoke("t1", now).expect("there");
        std::fs::write(&path, tokens.bytes()).expect("written");
        assert_eq!(guard.caller(Some(&text), HOME, now), Err(Refusal::Token), "at once");
        std::fs::write(&path, "{").expect("written");
        assert_eq!(guard.caller(Some(&text), HOME, now), Err(Refusal::Unreadable), "nobody, and not everybody");
    }

    #[test]
    fn without_a_token_only_where_the_settings_say_so() {
        let now = at("2026-11-26 12:00");
        assert_eq!(scene(None).guard.caller(None, HOME, now), Err(Refusal::Token));
        let open = scene(Some(Role::Auditor)).guard;
        assert_eq!(open.caller(None, HOME, now).map(|caller| caller.role), Ok(Role::Auditor));
        assert_eq!(open.caller(Some("fg_"), HOME, now), Err(Refusal::Token), "a wrong one is wrong");
    }

    #[test]
    fn who_guesses_must_wait_and_others_need_not() {
        let Scene { guard, path, _folder } = scene(None);
        let Minted { token, text } = minted(1);
        std::fs::write(&path, Tokens { tokens: vec![token] }.bytes()).expect("written");
        let (now, start) = (at("2026-11-26 12:00"), Duration::from_secs(1));
        for _ in 0..WRONG_AT_ONCE {
            assert_eq!(guard.caller_at(Some("guess"), HOME, now, start), Err(Refusal::Token));
        }
        let refused = guard.caller_at(Some(&text), HOME, now, start);
        assert!(matches!(refused, Err(Refusal::TooOften { .. })), "not even the right one");
        let other = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
        assert!(guard.caller_at(Some(&text), other, now, start).is_ok());
        assert!(guard.caller_at(Some(&text), HOME, now, start + Duration::from_secs(6)).is_ok(), "a while later");
    }

    #[test]
    fn a_token_may_ask_so_often() {
        let Scene { guard, path, _folder } = scene(None);
        let Minted { token, text } = minted(1);
        std::fs::write(&path, Tokens { tokens: vec![token] }.bytes()).expect("written");
        let (now, start) = (at("2026-11-26 12:00"), Duration::from_secs(1));
        for _ in 0..ASKED_AT_ONCE {
            assert!(guard.caller_at(Some(&text), HOME, now, start).is_ok());
        }
        assert!(matches!(guard.caller_at(Some(&text), HOME, now, start), Err(Refusal::TooOften { .. })));
    }
}
