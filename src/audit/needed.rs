//! What of a ledger's readings a policy can rest on.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::contract::Policy;
use crate::index::series_of;
use crate::ledger::{LedgerError, Reader};
use crate::observation::{Knowledge, SeriesKey};

/// Sources of a policy, of all its covers.
#[derive(Default)]
struct Needed {
    /// Feeds that are read whole, as those of storms are.
    feeds: BTreeSet<Arc<str>>,
    /// Stations by their feeds.
    stations: BTreeSet<(Arc<str>, Arc<str>)>,
}

impl Needed {
    fn of(policy: &Policy) -> Self {
        let (product, mut needed) = (&policy.product, Self::default());
        for read in product.covers.iter().flat_map(|cover| product.reads_behind(cover)) {
            for source in read.sources(product) {
                match series_of(source, policy, read.variable) {
                    Some(SeriesKey { feed, station, .. }) => _ = needed.stations.insert((feed, station)),
                    None => _ = needed.feeds.insert(source.feed.clone()),
                }
            }
        }
        needed
    }

    fn has(&self, key: &SeriesKey) -> bool {
        self.feeds.contains(&key.feed) || self.stations.contains(&(key.feed.clone(), key.station.clone()))
    }
}

/// What was known at an instant of everything that a policy can rest on.
///
/// # Errors
/// As [`Reader::knowledge`].
pub fn known_to(reader: &Reader, policy: &Policy, as_of: DateTime<Utc>) -> Result<Knowledge, LedgerError> {
    let needed = Needed::of(policy);
    reader.knowledge_of(Some(as_of), |key| needed.has(key))
}
