//! Telling others by webhooks of what the ledger says: each message at least once, under a name that stays the same.
//!
//! Source: Standard Webhooks 1.0.0.

mod courier;
mod message;
mod order;
mod retry;
mod sender;
mod sign;

pub use courier::{Courier, Now, Turn};
pub use message::{Message, random_id, test_message};
pub use order::{Order, OrderError, judge_order};
pub use retry::{WAITS, next_attempt, rest_after};
pub use sender::{Hooks, Sender, SenderError, subscribers};
pub use sign::{Signer, public_key};

use std::time::Duration;

use crate::feed::http::{Post, Receipt};
use crate::settings::WebhookSettings;

/// Of an answer no more is read: its status counts.
const MOST_ANSWER: usize = 1 << 10;

/// What became of one sending.
#[derive(Debug)]
pub struct Sent {
    /// The answer; or why there is none, in words that name the host.
    pub answer: Result<Receipt, String>,
    /// How long it took.
    pub took: Duration,
}

impl Sent {
    /// The status of the answer.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().ok().map(|receipt| receipt.status)
    }

    /// Whether it was taken.
    pub fn is_taken(&self) -> bool {
        self.status().is_some_and(|status| (200..300).contains(&status))
    }

    /// What was said of it, in a line.
    pub fn words(&self) -> String {
        match &self.answer {
            Err(why) => why.clone(),
            Ok(Receipt { status, redirected_to: Some(host), .. }) => {
                format!("status {status}: it would send us on to {host}; no redirect is followed")
            }
            Ok(receipt) => {
                let said = String::from_utf8_lossy(&receipt.body);
                let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
                let said: String = said.chars().filter(|c| !c.is_control()).collect();
                let mark = if said.is_empty() { "" } else { ": " };
                format!("status {}{mark}{said}", receipt.status)
            }
        }
    }
}

/// Signs a message as sent at `now_s`, seconds since 1970, and sends it once.
pub async fn send(post: &Post, settings: &WebhookSettings, signer: &Signer, message: &Message, now_s: i64) -> Sent {
    let begun = tokio::time::Instant::now();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", message.id.clone()),
        ("webhook-timestamp", now_s.to_string()),
        ("webhook-signature", signer.signatures(&message.id, now_s, &message.body)),
    ];
    let answer = post.send(&settings.url, &headers, message.body.clone().into_bytes(), MOST_ANSWER).await;
    Sent { answer, took: begun.elapsed() }
}
