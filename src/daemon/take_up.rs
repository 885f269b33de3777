//! A book on top of what the ledger says, at the start and when it is read again.

use std::collections::BTreeMap;

use super::due::Item;
use super::feeds::FeedState;
use super::parts::PartsIn;
use super::quotas::{Quotas, spent_quotas};
use super::settled::{Settled, SettledItems};
use super::tally::Tally;
use super::watch::Watch;
use super::{AT_ONCE, Clock, Daemon, DaemonError, bind};
use crate::contract::Book;
use crate::ledger::{Batch, Kind, Reader};

impl Daemon {
    /// Binds the book and takes over where feeds and settlements stand.
    pub(super) async fn take_up(&mut self, book: &Book, reader: &Reader, clock: &Clock) -> Result<(), DaemonError> {
        let now = self.latest.max(clock.now());
        let bound = bind::bind(book, reader)?;
        bound.refuse_begun(self.settings.book.back_dated, now)?;
        for policies in bound.new.chunks(AT_ONCE) {
            let mut batch = Batch::new();
            for policy in policies {
                batch.evidence(policy.product.source.text().as_bytes());
                batch.entry(bind::entry(policy, now));
            }
            self.writer.append(batch).await?;
            self.latest = now;
        }
        for id in &bound.absent {
            tracing::warn!(id = "FG0203", policy.id = %id, "policy {id} is in the ledger, but no longer in the book: it is not settled");
        }
        if !clock.is_virtual() {
            self.watch = Watch::of(book, clock.now());
        }
        self.feeds = FeedState::all(&self.settings, clock.now(), clock.is_virtual());
        self.quotas = Quotas::new(spent_quotas(&self.settings, reader, clock.now())?);
        self.feeds.values_mut().for_each(|state| state.bind(&self.quotas));
        if !clock.is_virtual() {
            // What feeds of the settings before still say falls away with their door.
            self.parts = PartsIn::new();
            self.feeds.values_mut().for_each(|state| state.hand_out(&self.parts, now));
        }
        for known in reader.feeds()? {
            if let Some(state) = self.feeds.get_mut(known.feed.as_str()) {
                state.recall(&known, clock.is_virtual());
            }
        }
        let mut items: Vec<_> =
            book.policies.iter().flat_map(|policy| Item::of_policy(policy, bound.bound_at(&policy.id, now))).collect();
        items.sort_by(|a, b| a.order().cmp(&b.order()));
        let latest: BTreeMap<_, _> =
            reader.latest_of_all()?.into_iter().map(|(_, determination)| (determination.id(), determination)).collect();
        self.paid = Tally::default();
        let advances = reader.advances()?;
        for determination in advances.iter().chain(latest.values()) {
            self.paid.note(determination);
            self.decided = self.decided.max(Some(determination.as_of));
        }
        let standings = reader.standings()?;
        let (mut settled, mut moved) = (Vec::new(), Vec::new());
        items.retain_mut(|item| {
            let id = item.id();
            let Some(latest) = latest.get(&id) else { return true };
            item.recall(latest);
            if let Some(note) = item.keep_boundaries(latest, now) {
                moved.push(note);
            }
            let standing = standings.get(&id).filter(|_| !latest.state.ends());
            match standing.map(|standing| standing.kind) {
                Some(Kind::Hold) => item.held = true,
                Some(Kind::Void) => {
                    self.paid.give_up(&latest.policy, &latest.cover, item.period.span);
                    return false;
                }
                // What was said since was said of what had been let go.
                Some(_) if standing.is_some_and(|standing| standing.entry.at() >= latest.determined_at) => {
                    item.release()
                }
                Some(_) => item.let_go = item.said().cloned(),
                None => {}
            }
            if let Some(until) = latest.life.correctable_until {
                settled.push((Settled::new(item.clone(), until), latest));
            }
            !latest.state.ends()
        });
        self.settled = SettledItems::take_up(settled, reader)?;
        let mut batch = Batch::new();
        for note in moved {
            if reader.entry_of_key(note.key())?.is_none() {
                batch.entry(note);
            }
        }
        if !batch.is_empty() {
            self.writer.append(batch).await?;
        }
        let waited_for = items.iter().filter_map(|item| item.policy.subtracted(item.cover()));
        self.waited_for = waited_for.map(|other| (other.policy.to_owned(), other.cover.to_owned())).collect();
        self.items = items;
        self.count_feeds();
        Ok(())
    }
}
