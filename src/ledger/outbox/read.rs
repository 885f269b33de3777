//! Reading the outbox: what is due, what a message says, how an endpoint does.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::super::merkle::Proof;
use super::super::reader::{millisecond, nonsense, read};
use super::super::{Entry, LedgerError, PayoutRow, Reader};
use super::{DeliveryRow, Event};

/// A message that may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The entry of which it tells.
    pub seq: i64,
    /// By what it is known.
    pub msg_id: String,
    /// How often it was tried before.
    pub attempts: i64,
}

/// What a message says.
#[derive(Clone, Debug)]
pub struct Told {
    /// As what.
    pub event: Event,
    /// The entry, as it was hashed.
    pub body: String,
    /// The same, read.
    pub entry: Entry,
    /// Of what is about a period, what the payout log said of it then.
    pub row: Option<PayoutRow>,
    /// The text of a `.tlog-proof`, where the ledger is signed.
    pub proof: Option<String>,
}

/// How an endpoint does.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EndpointStatus {
    /// The endpoint.
    pub endpoint: String,
    /// Messages that are tried, or wait for a signature.
    pub waiting: i64,
    /// Messages that are not tried any more by themselves.
    pub parked: i64,
    /// Messages that were taken.
    pub delivered: i64,
    /// Whether it said that it wants nothing any more.
    pub gone: bool,
    /// Failures since an attempt went well, at most 32.
    pub failures: u32,
    /// When the first of these was.
    pub failing_since: Option<DateTime<Utc>>,
    /// When it was tried last,
    pub last_at: Option<DateTime<Utc>>,
    /// the status of its answer,
    pub last_status: Option<u16>,
    /// and what was said of it.
    pub last_detail: Option<String>,
}

/// Nothing waits for longer, 27 hours: what does was put off by a clock that was ahead.
const LONGEST_WAIT_MS: i64 = 27 * 3_600_000;

/// The columns of [`DeliveryRow`].
const ROWS: &str =
    "SELECT delivery.at_ms, delivery.endpoint, delivery.seq, outbox.event, outbox.msg_id, delivery.attempt,
        delivery.outcome, delivery.status, delivery.took_ms, delivery.detail
    FROM delivery LEFT JOIN outbox ON outbox.endpoint = delivery.endpoint AND outbox.seq = delivery.seq";

impl Reader {
    /// Messages for an endpoint that are due at an instant and of whose entries readers know, at most so many, those that
    /// have waited longest first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn due(&self, endpoint: &str, now: DateTime<Utc>, most: usize) -> Result<Vec<Due>, LedgerError> {
        let query = "SELECT seq, msg_id, attempts FROM outbox INDEXED BY outbox_waiting
            WHERE endpoint = ?1 AND state = 'waiting' AND (next_ms <= ?2 OR next_ms > ?2 + ?4)
              AND seq < (SELECT size FROM covered)
            ORDER BY next_ms, seq LIMIT ?3";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.rows(query, params![endpoint, now.timestamp_millis(), most, LONGEST_WAIT_MS], |row| {
            Ok(Due { seq: row.get(0)?, msg_id: row.get(1)?, attempts: row.get(2)? })
        })
    }

    /// When the next of the messages for an endpoint is due; 1970 of what was never tried.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn next_due(&self, endpoint: &str) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let query = "SELECT next_ms FROM outbox INDEXED BY outbox_waiting
            WHERE endpoint = ?1 AND state = 'waiting' AND seq < (SELECT size FROM covered) ORDER BY next_ms, seq LIMIT 1";
        Ok(self.rows(query, [endpoint], |row| millisecond(row.get(0)?))?.pop())
    }

    /// What is told of an entry, always the same but for the proof, which leads to the newest checkpoint.
    ///
    /// # Errors
    /// Where the file cannot be read, or there is nothing to tell of it.
    pub fn told(&self, seq: i64) -> Result<Told, LedgerError> {
        let body = self.body(seq)?.ok_or_else(|| nonsense("an entry that is not there"))?;
        let (_, entry) = read(&body)?;
        let event = Event::of(&entry).ok_or_else(|| nonsense("an entry of which nothing is told"))?;
        let checkpoint = self.newest_checkpoint()?.filter(|(size, _)| seq < *size);
        let proof = checkpoint.map(|(size, note)| {
            let path = self.path_of(seq, size)?;
            let index = u64::try_from(seq).map_err(|_| nonsense("an entry's number"))?;
            Ok::<_, LedgerError>(Proof { index, path, note }.text())
        });
        let row = self.row_told(seq, event, &entry)?;
        Ok(Told { event, body, entry, row, proof: proof.transpose()? })
    }

    /// The row of a determination; of an act or a note that of the one that stood then.
    fn row_told(&self, seq: i64, event: Event, entry: &Entry) -> Result<Option<PayoutRow>, LedgerError> {
        if matches!(event, Event::PayoutInterim | Event::PayoutFinal | Event::PayoutRestated) {
            return self.row(seq);
        }
        let (Ok(policy), Ok(cover), Some(start)) =
            (entry.text_of("policy"), entry.text_of("cover"), entry.of_period("start"))
        else {
            return Ok(None);
        };
        let columns = PayoutRow::COLUMNS;
        let query = format!(
            "SELECT {columns} FROM determination WHERE policy = ?1 AND cover = ?2 AND period_start = ?3 AND seq < ?4
                AND state <> 'interim' ORDER BY seq DESC LIMIT 1"
        );
        let row = self.rows(&query, params![policy, cover, start, seq], PayoutRow::from_row)?.pop();
        Ok(row.map(|row| {
            // What the view says of it is how it stands by now.
            let row = row.as_written();
            PayoutRow { state: event.state().unwrap_or(row.state), ..row }
        }))
    }

    /// How an endpoint does; of one that was never told anything, nothing.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn endpoint(&self, endpoint: &str) -> Result<EndpointStatus, LedgerError> {
        let (waiting, parked) = self.endpoint_queue(endpoint)?;
        let delivered = "SELECT count(*) FROM outbox WHERE endpoint = ?1 AND state = 'delivered'";
        Ok(EndpointStatus {
            waiting,
            parked,
            delivered: self.number(delivered, [endpoint])?,
            ..self.endpoint_course(endpoint)?
        })
    }

    /// How many messages of an endpoint wait, and how many are parked.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn endpoint_queue(&self, endpoint: &str) -> Result<(i64, i64), LedgerError> {
        let waiting = "SELECT count(*) FROM outbox INDEXED BY outbox_waiting WHERE endpoint = ?1 AND state = 'waiting'";
        let parked = "SELECT count(*) FROM outbox INDEXED BY outbox_parked WHERE endpoint = ?1 AND state = 'parked'";
        Ok((self.number(waiting, [endpoint])?, self.number(parked, [endpoint])?))
    }

    /// What [`Self::endpoint`] says, without the numbers of messages, which take longer to count.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn endpoint_course(&self, endpoint: &str) -> Result<EndpointStatus, LedgerError> {
        let newest = "SELECT at_ms, status, detail FROM delivery WHERE id = (SELECT max(id) FROM (
            SELECT max(id) AS id FROM delivery WHERE endpoint = ?1 AND outcome = 'delivered'
            UNION ALL SELECT max(id) FROM delivery WHERE endpoint = ?1 AND outcome = 'failed'
            UNION ALL SELECT max(id) FROM delivery WHERE endpoint = ?1 AND outcome = 'parked'
            UNION ALL SELECT max(id) FROM delivery WHERE endpoint = ?1 AND outcome = 'gone'))";
        let newest = self.rows(newest, [endpoint], |row| {
            Ok((millisecond(row.get(0)?)?, row.get::<_, Option<u16>>(1)?, row.get::<_, String>(2)?))
        })?;
        let (last_at, last_status, last_detail) = match newest.into_iter().next() {
            Some((at, status, detail)) => (Some(at), status, Some(detail)),
            None => (None, None, None),
        };
        let gone = "SELECT coalesce((SELECT max(id) FROM delivery WHERE endpoint = ?1 AND outcome = 'gone'), 0)
            > coalesce((SELECT max(id) FROM delivery WHERE endpoint = ?1 AND outcome = 'replay'), 0)";
        let gone = self.connection.prepare_cached(gone)?.query_row([endpoint], |row| row.get(0))?;
        // What a person has sent again begins anew.
        let failed =
            "SELECT at_ms FROM delivery WHERE endpoint = ?1 AND outcome IN ('failed', 'parked', 'gone') AND id > (
                SELECT coalesce(max(id), 0) FROM delivery WHERE endpoint = ?1 AND outcome IN ('delivered', 'replay'))
            ORDER BY id LIMIT 32";
        let failed = self.rows(failed, [endpoint], |row| millisecond(row.get(0)?))?;
        Ok(EndpointStatus {
            endpoint: endpoint.to_owned(),
            gone,
            failures: u32::try_from(failed.len()).unwrap_or(u32::MAX),
            failing_since: failed.first().copied(),
            last_at,
            last_status,
            last_detail,
            ..EndpointStatus::default()
        })
    }

    /// Names of endpoints for which there ever was a message, in order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn endpoints(&self) -> Result<Vec<String>, LedgerError> {
        // Each step is a look into the index, however many messages an endpoint has.
        let query = "WITH RECURSIVE known (name) AS (
                SELECT min(endpoint) FROM outbox
                UNION ALL SELECT (SELECT min(endpoint) FROM outbox WHERE endpoint > name) FROM known WHERE name IS NOT NULL)
            SELECT name FROM known WHERE name IS NOT NULL ORDER BY name";
        self.rows(query, [], |row| Ok(row.get(0)?))
    }

    /// Attempts and orders, the oldest first: of one endpoint or of all, only what failed, only so many of the newest.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn deliveries(
        &self,
        endpoint: Option<&str>,
        failed: bool,
        most: Option<u32>,
    ) -> Result<Vec<DeliveryRow>, LedgerError> {
        let query = format!(
            "{ROWS} WHERE (?1 IS NULL OR delivery.endpoint = ?1) AND (NOT ?2 OR outcome NOT IN ('delivered', 'replay'))
            ORDER BY delivery.id DESC LIMIT ?3"
        );
        let mut rows = self.rows(&query, params![endpoint, failed, most.map_or(-1, i64::from)], |row| {
            Ok(DeliveryRow {
                at: millisecond(row.get(0)?)?,
                endpoint: row.get(1)?,
                seq: row.get(2)?,
                event: row.get(3)?,
                msg_id: row.get(4)?,
                attempt: row.get(5)?,
                outcome: row.get(6)?,
                status: row.get(7)?,
                took_ms: row.get(8)?,
                detail: row.get(9)?,
            })
        })?;
        rows.reverse();
        Ok(rows)
    }
}
