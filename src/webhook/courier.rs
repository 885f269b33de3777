//! Who brings messages to one endpoint. What there is to do stands in the ledger, so that a start anew goes on.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;

use super::{Message, SenderError, Sent, Signer, next_attempt, rest_after, send};
use crate::counts::WebhookCounts;
use crate::feed::Network;
use crate::feed::http::Post;
use crate::health::FAILS_LONG;
use crate::ledger::{Batch, Delivery, DeliveryOutcome, Due, EndpointStatus, Reader, Scribe};
use crate::settings::WebhookSettings;

/// Tells the present instant, a whole millisecond.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// So many messages are looked up together.
const PAGE: usize = 64;
/// So many are on their way at one time.
const AT_ONCE: usize = 8;

/// What a turn did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Messages that were sent, taken or not.
    pub sent: usize,
    /// When there is something to do again, as far as is known; none where nothing waits.
    pub next: Option<DateTime<Utc>>,
}

/// Who brings messages to one endpoint.
pub struct Courier {
    settings: Arc<WebhookSettings>,
    reader: Reader,
    scribe: Scribe,
    post: Post,
    now: Now,
    counts: WebhookCounts,
    alarmed: bool,
}

/// One that came back.
struct Back {
    due: Due,
    at: DateTime<Utc>,
    sent: Sent,
}

impl Courier {
    /// # Errors
    /// Where the ledger cannot be opened, or there is no TLS.
    pub fn new(
        settings: WebhookSettings,
        network: &Network,
        ledger: &Path,
        scribe: Scribe,
        now: Now,
    ) -> Result<Self, SenderError> {
        let reader = Reader::open(ledger)?;
        let post = Post::new(network, settings.timeout).map_err(SenderError::Tls)?;
        Ok(Self {
            settings: Arc::new(settings),
            reader,
            scribe,
            post,
            now,
            counts: WebhookCounts::default(),
            alarmed: false,
        })
    }

    /// The same, with its attempts counted there.
    pub fn counted(self, counts: WebhookCounts) -> Self {
        Self { counts, ..self }
    }

    /// Sends what is due, at most a page of it; where the endpoint has failed, one message.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written; what was sent and not recorded is sent again, under the same name.
    pub async fn turn(&mut self) -> Result<Turn, SenderError> {
        let name = self.settings.name.clone();
        let (now, course) = ((self.now)(), self.reader.endpoint_course(&name)?);
        if course.gone {
            return Ok(Turn::default());
        }
        let rested = course.last_at.filter(|_| course.failures > 0).map(|last| last + rest_after(course.failures));
        // A clock that went back does not make the rest longer.
        if let Some(rested) = rested.filter(|rested| *rested > now && course.last_at <= Some(now)) {
            let next = self.reader.next_due(&name)?;
            return Ok(Turn { sent: 0, next: next.map(|next| next.max(rested)) });
        }
        let most = if course.failures > 0 { 1 } else { PAGE };
        let due = self.reader.due(&name, now, most)?;
        let sent = self.bring(due, course).await?;
        Ok(Turn { sent, next: self.reader.next_due(&name)? })
    }

    async fn bring(&mut self, due: Vec<Due>, mut course: EndpointStatus) -> Result<usize, SenderError> {
        let mut queue = due.into_iter();
        let mut flying: JoinSet<Back> = JoinSet::new();
        let mut sent = 0;
        loop {
            while flying.len() < AT_ONCE
                && let Some(due) = queue.next()
            {
                self.start(due, &mut flying)?;
            }
            let Some(first) = flying.join_next().await else { return Ok(sent) };
            let others = std::iter::from_fn(|| flying.try_join_next());
            // A task that panicked takes the process with it: no half-alive daemon.
            let back: Vec<_> = [first].into_iter().chain(others).map(|back| back.expect("it does not panic")).collect();
            sent += back.len();
            let well = self.record(&back, &mut course).await?;
            if !well {
                // Of an endpoint that fails a first answer is wanted: the others wait.
                queue = Vec::new().into_iter();
            }
        }
    }

    /// Sends a message on its way.
    fn start(&self, due: Due, flying: &mut JoinSet<Back>) -> Result<(), SenderError> {
        let message = Message::of(&self.reader, due.seq)?;
        let at = (self.now)();
        let (post, settings) = (self.post.clone(), self.settings.clone());
        let signer = Signer::of(&settings);
        flying.spawn(async move {
            let sent = match signer {
                Ok(signer) => send(&post, &settings, &signer, &message, at.timestamp()).await,
                Err(why) => Sent { answer: Err(why), took: std::time::Duration::ZERO },
            };
            Back { due, at, sent }
        });
        Ok(())
    }

    /// Records what came back; says whether the endpoint took all of it.
    async fn record(&mut self, back: &[Back], course: &mut EndpointStatus) -> Result<bool, SenderError> {
        let mut batch = Batch::new();
        let mut outcomes = Vec::with_capacity(back.len());
        for Back { due, at, sent } in back {
            let outcome = self.outcome(due, sent);
            self.say(due, sent, outcome, course);
            outcomes.push(outcome);
            batch.deliver(Delivery {
                endpoint: self.settings.name.clone(),
                seq: due.seq,
                at: *at,
                outcome,
                status: sent.status(),
                took_ms: i64::try_from(sent.took.as_millis()).unwrap_or(i64::MAX),
                detail: sent.words(),
            });
        }
        self.scribe.append(batch).await?;
        outcomes.iter().for_each(|outcome| self.counts.attempted(&self.settings.name, outcome.word()));
        Ok(outcomes.iter().all(|outcome| *outcome == DeliveryOutcome::Delivered))
    }

    fn outcome(&self, due: &Due, sent: &Sent) -> DeliveryOutcome {
        let now = (self.now)();
        if sent.is_taken() {
            return DeliveryOutcome::Delivered;
        }
        if sent.status() == Some(410) {
            return DeliveryOutcome::Gone;
        }
        let asked = sent.answer.as_ref().ok().and_then(|receipt| receipt.retry_after(now));
        let spread = format!("{}/{}", self.settings.name, due.msg_id);
        match next_attempt(due.attempts + 1, &spread, asked, now) {
            Some(next) => DeliveryOutcome::Failed(next),
            None => DeliveryOutcome::Parked,
        }
    }

    /// Says in the log what a person should know: the first failure, an hour of them, what is parked, that it is over.
    fn say(&mut self, due: &Due, sent: &Sent, outcome: DeliveryOutcome, course: &mut EndpointStatus) {
        let (name, words) = (&self.settings.name, sent.words());
        if outcome == DeliveryOutcome::Delivered {
            if course.failures > 0 {
                tracing::info!(id = "FG0902", webhook = %name, "the endpoint {name} answers again");
            }
            (course.failures, course.failing_since, self.alarmed) = (0, None, false);
            return;
        }
        let now = (self.now)();
        if course.failures == 0 {
            tracing::warn!(id = "FG0903", webhook = %name, "the endpoint {name} did not take a message: {words}");
        }
        course.failures += 1;
        let since = *course.failing_since.get_or_insert(now);
        if now - since >= FAILS_LONG && !self.alarmed {
            self.alarmed = true;
            tracing::error!(id = "FG0904", webhook = %name, "the endpoint {name} has taken nothing since {since}: {words}");
        }
        match outcome {
            DeliveryOutcome::Parked => tracing::error!(
                id = "FG0905",
                webhook = %name,
                message.id = %due.msg_id,
                "entry {} was not taken by {name} in {} attempts and is parked: fairgauge webhook replay {name} --parked",
                due.seq,
                due.attempts + 1
            ),
            DeliveryOutcome::Gone => tracing::error!(
                id = "FG0906",
                webhook = %name,
                "the endpoint {name} says that it wants nothing any more (410); it is told nothing until fairgauge webhook replay {name}"
            ),
            _ => {}
        }
    }
}
