//! What is final and may still be corrected, found by the series of which a reading came: a book of a hundred thousand
//! policies is not walked for each reading.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::due::Item;
use crate::contract::{Cover, FeatureKind, Policy};
use crate::ledger::{Cause, Determination, LedgerError, Reader};
use crate::observation::Reading;

/// How far before its period an index may read: stretches that begin before it, storms under way.
const BEFORE: TimeDelta = TimeDelta::days(366);
/// And behind it: hours around an event.
const BEHIND: TimeDelta = TimeDelta::days(1);

/// One cover of one policy over one period that is final.
pub(super) struct Settled {
    pub item: Item,
    /// Until when readings that become known correct it.
    pub until: DateTime<Utc>,
    touched: Option<Cause>,
}

impl Settled {
    pub(super) fn new(item: Item, until: DateTime<Utc>) -> Self {
        Self { item, until, touched: None }
    }

    /// Whether what it pays depends on what others of its policy were paid.
    fn is_eroded_by(&self, cover: &str) -> bool {
        let own = self.item.cover();
        self.item.policy.product.aggregate.is_some() || (own.limit.cover.is_some() && own.id == cover)
    }
}

/// A feed, and its station or all of them.
type Source = (Arc<str>, Option<Arc<str>>);

/// All of them.
#[derive(Default)]
pub(super) struct SettledItems {
    all: BTreeMap<usize, Settled>,
    next: usize,
    by_source: HashMap<Source, Vec<usize>>,
    by_policy: HashMap<Arc<str>, Vec<usize>>,
    /// By the policy and the cover that they subtract.
    by_other: HashMap<(String, String), Vec<usize>>,
    /// By when they can be corrected no more.
    by_until: BTreeSet<(DateTime<Utc>, usize)>,
    touched: BTreeSet<usize>,
    /// The keys of differences that were noted.
    pub noted: HashSet<String>,
    /// Whether products compare with other years, by the hash of their terms.
    compares: HashMap<[u8; 32], bool>,
}

impl SettledItems {
    /// Those of the ledger, each with the knowledge on which it rests: what was learned since is looked at, and so is
    /// what depends on a correction that came behind it.
    pub(super) fn take_up(found: Vec<(Settled, &Determination)>, reader: &Reader) -> Result<Self, LedgerError> {
        let mut items = Self::default();
        let Some(oldest) = found.iter().map(|(_, latest)| latest.as_of).min() else { return Ok(items) };
        let (mut as_ofs, mut corrections) = (Vec::with_capacity(found.len()), Vec::new());
        for (settled, latest) in found {
            items.add(settled);
            as_ofs.push(latest.as_of);
            corrections.extend(latest.life.corrects.as_ref().map(|corrects| (latest, corrects.cause)));
        }
        for learnt in reader.learnt_after(oldest)? {
            let touched = items.touched_by(&learnt.feed, &learnt.station, (learnt.start, learnt.end));
            for id in touched.into_iter().filter(|id| as_ofs[*id] < learnt.known_at) {
                items.touch(id, Cause::SourceRevision);
            }
        }
        for (correction, cause) in corrections {
            let depends = items.dependents(correction).into_iter().filter(|id| as_ofs[*id] <= correction.as_of);
            depends.collect::<Vec<_>>().into_iter().for_each(|id| items.touch(id, cause));
        }
        items.noted = reader.differences()?;
        Ok(items)
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.all.values().map(|settled| &settled.item)
    }

    pub(super) fn add(&mut self, settled: Settled) {
        let id = self.next;
        self.next += 1;
        let Item { policy, .. } = &settled.item;
        for source in sources(policy, settled.item.cover()) {
            self.by_source.entry(source).or_default().push(id);
        }
        self.by_policy.entry(policy.id.clone()).or_default().push(id);
        if let Some(other) = policy.subtracted(settled.item.cover()) {
            let other = (other.policy.to_owned(), other.cover.to_owned());
            self.by_other.entry(other).or_default().push(id);
        }
        let product = &policy.product;
        self.compares.entry(product.terms).or_insert_with(|| {
            let compares = |name: &str| name.starts_with("compare");
            product.features().iter().any(|feature| feature.kind == FeatureKind::Block && compares(feature.name))
        });
        self.by_until.insert((settled.until, id));
        self.all.insert(id, settled);
    }

    /// Notes that readings of a feed came.
    pub(super) fn learn(&mut self, feed: &Arc<str>, readings: &[Reading]) {
        if self.all.is_empty() {
            return;
        }
        let mut stations: BTreeMap<&Arc<str>, (DateTime<Utc>, DateTime<Utc>)> = BTreeMap::new();
        for reading in readings {
            let (start, end) = stations.entry(&reading.station).or_insert((reading.start, reading.end));
            (*start, *end) = ((*start).min(reading.start), (*end).max(reading.end));
        }
        for (station, span) in stations {
            for id in self.touched_by(feed, station, span) {
                self.touch(id, Cause::SourceRevision);
            }
        }
    }

    /// Those that may read something of a station within a span.
    fn touched_by(
        &self,
        feed: &Arc<str>,
        station: &Arc<str>,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
    ) -> Vec<usize> {
        let of = |station| self.by_source.get(&(feed.clone(), station)).into_iter().flatten().copied();
        let all = of(Some(station.clone())).chain(of(None));
        let reads = |id: &usize| {
            let Some(Settled { item, .. }) = self.all.get(id) else { return false };
            let within = start < item.period.ends + BEHIND && end > item.period.begins - BEFORE;
            within || self.compares[&item.policy.product.terms]
        };
        all.filter(reads).collect()
    }

    fn touch(&mut self, id: usize, cause: Cause) {
        if let Some(settled) = self.all.get_mut(&id) {
            settled.touched.get_or_insert(cause);
            self.touched.insert(id);
        }
    }

    /// Notes that a period was corrected: what depends on it is looked at.
    pub(super) fn corrected(&mut self, said: &Determination, cause: Cause) {
        for id in self.dependents(said) {
            self.touch(id, cause);
        }
    }

    /// What pays less because of what this one paid: others of its policy under one limit, and those that subtract it.
    fn dependents(&self, said: &Determination) -> Vec<usize> {
        let of_policy = self.by_policy.get(said.policy.as_str()).into_iter().flatten().copied();
        let eroded = of_policy.filter(|id| {
            let other = self.all.get(id).filter(|other| other.is_eroded_by(&said.cover));
            other.is_some_and(|other| other.item.id() != said.period_id())
        });
        let other = (said.policy.clone(), said.cover.clone());
        let subtracting = self.by_other.get(&other).into_iter().flatten().copied();
        let subtracting = subtracting.filter(|id| self.all.get(id).is_some_and(|other| other.item.waits_for(said)));
        eroded.chain(subtracting).collect()
    }

    /// The touched ones, each once, in the order of settlement, with why they were.
    pub(super) fn take_touched(&mut self) -> Vec<(usize, Cause)> {
        let mut touched: Vec<_> = std::mem::take(&mut self.touched).into_iter().collect();
        touched.retain(|id| self.all.contains_key(id));
        touched.sort_by(|a, b| self.all[a].item.order().cmp(&self.all[b].item.order()));
        let cause = |id: usize| (id, self.all.get_mut(&id).and_then(|one| one.touched.take()));
        touched.into_iter().map(cause).filter_map(|(id, cause)| Some((id, cause?))).collect()
    }

    /// Takes over what a person had corrected.
    pub(super) fn recall(&mut self, said: &Determination) {
        let ids = self.by_policy.get(said.policy.as_str()).into_iter().flatten();
        let id = ids.copied().find(|id| self.all.get(id).is_some_and(|one| one.item.id() == said.period_id()));
        if let Some(settled) = id.and_then(|id| self.all.get_mut(&id)) {
            settled.item.recall(said);
        }
    }

    pub(super) fn get(&self, id: usize) -> &Settled {
        &self.all[&id]
    }

    pub(super) fn get_mut(&mut self, id: usize) -> &mut Settled {
        self.all.get_mut(&id).expect("it was taken a moment ago")
    }

    /// When the next one can be corrected no more.
    pub(super) fn next_close(&self) -> Option<DateTime<Utc>> {
        self.by_until.first().map(|(until, _)| *until + TimeDelta::milliseconds(1))
    }

    /// Lets go of those that can be corrected no more.
    pub(super) fn close(&mut self, now: DateTime<Utc>) {
        while let Some((until, id)) = self.by_until.first().copied().filter(|(until, _)| *until < now) {
            self.by_until.remove(&(until, id));
            let Some(closed) = self.all.remove(&id) else { continue };
            let forget = |ids: Option<&mut Vec<usize>>| ids.map_or((), |ids| ids.retain(|other| *other != id));
            for source in sources(&closed.item.policy, closed.item.cover()) {
                forget(self.by_source.get_mut(&source));
            }
            forget(self.by_policy.get_mut(&closed.item.policy.id));
            if let Some(other) = closed.item.policy.subtracted(closed.item.cover()) {
                forget(self.by_other.get_mut(&(other.policy.to_owned(), other.cover.to_owned())));
            }
        }
    }
}

/// Everything that decides about a cover.
fn sources(policy: &Policy, cover: &Cover) -> BTreeSet<Source> {
    let reads = policy.product.reads_behind(cover);
    let named = reads.iter().flat_map(|read| read.sources(&policy.product).iter().map(move |source| (read, source)));
    named
        .map(|(read, source)| {
            let series = source.station.as_ref().and_then(|_| crate::index::series_of(source, policy, read.variable));
            (source.feed.clone(), series.map(|series| series.station))
        })
        .collect()
}
