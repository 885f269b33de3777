//! Asking witnesses to sign that the log only grew, and an authority to stamp when it had come how far. It runs beside
//! the loop: a witness that is slow or down delays nothing.

use std::time::Duration;

use tokio::time::Instant;

use crate::feed::http::post;
use crate::feed::{Network, UrlTemplate};
use crate::ledger::merkle::{Checkpoint, WitnessKey, add_checkpoint, stamp_request, stamped};
use crate::ledger::{Batch, Cosignature, LedgerError, OpenError, Reader, Scribe, Stamp};
use crate::settings::{Settings, SignSettings};

/// How often it is looked for something new.
const EVERY: Duration = Duration::from_secs(5);
/// What was refused or not answered is tried again after this, then after twice that, and so on.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// Nobody cosigns for so long: a person has to look.
const ALARM: Duration = Duration::from_secs(86_400);
/// A time stamp is asked for as often as this.
const STAMP_EVERY: Duration = Duration::from_secs(86_400);
/// An answer is longer than this by no means.
const MOST: usize = 64 << 10;

/// Why the daemon must stop.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// A witness has seen more of this log than there is.
    #[error(
        "the witness {witness} has cosigned {theirs} entries of this log, and the ledger has {ours}: it is an old copy, or \
         another program signs by the same key. Nothing more may be signed; bring back the newest copy"
    )]
    Behind {
        /// Who.
        witness: String,
        /// How many it has seen.
        theirs: u64,
        /// How many there are.
        ours: i64,
    },
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// How it goes with one of them.
struct Course {
    next: Instant,
    wait: Duration,
    failing_since: Option<Instant>,
    alarmed: bool,
}

impl Course {
    fn new() -> Self {
        Self { next: Instant::now(), wait: FIRST_WAIT, failing_since: None, alarmed: false }
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    fn well(&mut self, name: &str) {
        if self.failing_since.is_some() {
            tracing::info!(id = "FG0801", witness = name, "{name} cosigns again");
        }
        *self = Self::new();
    }

    fn failed(&mut self, name: &str, why: &str) {
        let now = Instant::now();
        if self.failing_since.is_none() {
            tracing::warn!(id = "FG0802", witness = name, "{name} does not cosign: {why}");
        }
        let since = *self.failing_since.get_or_insert(now);
        if !self.alarmed && now - since >= ALARM {
            self.alarmed = true;
            tracing::error!(id = "FG0803", witness = name, "{name} has not cosigned for a day: {why}");
        }
        self.next = now + self.wait;
        self.wait = (2 * self.wait).min(LONGEST_WAIT);
    }
}

/// A witness and what it has seen.
struct Witness {
    key: WitnessKey,
    url: UrlTemplate,
    seen: i64,
    course: Course,
}

/// What asks witnesses and authorities.
pub struct Cosigner {
    reader: Reader,
    scribe: Scribe,
    network: Network,
    witnesses: Vec<Witness>,
    authority: Option<(UrlTemplate, Course)>,
}

impl Cosigner {
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn new(settings: &Settings, scribe: Scribe) -> Result<Self, CosignError> {
        let reader = Reader::open(&settings.ledger)?;
        let sign = settings.sign.as_ref();
        let witnesses = sign.map_or(&[][..], |sign: &SignSettings| &sign.witnesses);
        let witnesses = witnesses.iter().map(|witness| {
            let (key, url) = (witness.key.clone(), witness.url.clone());
            Ok(Witness { seen: reader.cosigned_by(key.name())?, key, url, course: Course::new() })
        });
        let witnesses = witnesses.collect::<Result<_, LedgerError>>()?;
        let authority = sign.and_then(|sign| sign.timestamp.clone()).map(|url| (url, Course::new()));
        Ok(Self { reader, scribe, network: settings.network.clone(), witnesses, authority })
    }

    /// Asks for ever; returns only where the daemon must stop.
    pub async fn run(mut self) -> CosignError {
        if self.witnesses.is_empty() && self.authority.is_none() {
            return std::future::pending().await;
        }
        loop {
            if let Err(error) = self.turn().await {
                return error;
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Asks once whoever is due.
    ///
    /// # Errors
    /// Where the daemon must stop.
    pub async fn turn(&mut self) -> Result<(), CosignError> {
        let Some((size, note)) = self.reader.newest_checkpoint()? else { return Ok(()) };
        for witness in &mut self.witnesses {
            if witness.seen < size && witness.course.is_due() {
                let asked = witness.ask(&self.reader, &self.network, size, &note).await?;
                if let Some(line) = asked {
                    let mut batch = Batch::new();
                    batch.cosign(Cosignature { size, witness: witness.key.name().to_owned(), line });
                    self.scribe.append(batch).await?;
                }
            }
        }
        let Some((url, course)) = self.authority.as_mut().filter(|(_, course)| course.is_due()) else { return Ok(()) };
        let body = stamp_request(note.as_bytes());
        match post(&self.network, url, ("application/timestamp-query", body), MOST).await {
            Ok((200, token)) if stamped(&token, note.as_bytes()) => {
                let mut batch = Batch::new();
                batch.stamp(Stamp { size, authority: url.host().to_owned(), token });
                self.scribe.append(batch).await?;
                course.well(url.host());
                course.next = Instant::now() + STAMP_EVERY;
            }
            Ok((status, _)) => {
                course.failed(url.host(), &format!("it answers {status}, and no stamp of this checkpoint"))
            }
            Err(why) => course.failed(url.host(), &why),
        }
        Ok(())
    }
}

impl Witness {
    /// The line by which it cosigns the newest checkpoint, where it does.
    async fn ask(
        &mut self,
        reader: &Reader,
        network: &Network,
        size: i64,
        note: &str,
    ) -> Result<Option<String>, CosignError> {
        let name = self.key.name().to_owned();
        let state = note.split_once("\n\n").and_then(|(text, _)| Checkpoint::read(&format!("{text}\n")));
        let state = state.ok_or_else(|| LedgerError::Nonsense("a checkpoint".to_owned()))?;
        // It may have seen less or more than we know: then it says how much, and is asked once more.
        for _ in 0..2 {
            let proof = reader.consistency(self.seen, size)?;
            let body = add_checkpoint(u64::try_from(self.seen).unwrap_or_default(), &proof, note);
            let answer = match post(network, &self.url, ("text/plain; charset=utf-8", body.into_bytes()), MOST).await {
                Ok(answer) => answer,
                Err(why) => {
                    self.course.failed(&name, &why);
                    return Ok(None);
                }
            };
            let text = String::from_utf8_lossy(&answer.1).into_owned();
            match (answer.0, text.trim().parse::<u64>()) {
                (200, _) => {
                    let line = self.key.cosigned(&state, &text).map(|(line, _)| line);
                    match &line {
                        Some(_) => {
                            self.seen = size;
                            self.course.well(&name);
                        }
                        None => self.course.failed(&name, "its signature is not by its key, or not of this checkpoint"),
                    }
                    return Ok(line);
                }
                (409, Ok(theirs)) if theirs > u64::try_from(size).unwrap_or_default() => {
                    return Err(CosignError::Behind { witness: name, theirs, ours: size });
                }
                (409, Ok(theirs)) => self.seen = i64::try_from(theirs).unwrap_or_default(),
                (status, _) => {
                    let why = match status {
                        404 => "it does not know this log (404): have its operator add the log's name and key",
                        403 => "it does not know the key that signs (403): give its operator the public key",
                        422 => {
                            "it says that the log did not grow from what it has seen (422): compare the ledger with a checkpoint that was kept, fairgauge verify --checkpoint"
                        }
                        _ => "",
                    };
                    let why = if why.is_empty() { format!("it answers {status}") } else { why.to_owned() };
                    self.course.failed(&name, &why);
                    return Ok(None);
                }
            }
        }
        self.course.failed(&name, "it does not say how much of the log it has seen");
        Ok(None)
    }
}
