//! Many settlements of what is known at one instant.

use chrono::{DateTime, Utc};

use super::indices::Indices;
use super::outcome::Settlement;
use super::terms::Terms;
use crate::index::Trace;
use crate::observation::Knowledge;

/// Settles one policy after the other as known at one instant. Policies whose terms, stations and days are the same share
/// the computation of their indices; each has its own payout.
pub struct Pass<'k> {
    known: &'k Knowledge,
    as_of: DateTime<Utc>,
    indices: Indices,
}

impl<'k> Pass<'k> {
    /// Nothing settled yet.
    pub fn new(known: &'k Knowledge, as_of: DateTime<Utc>) -> Self {
        Self { known, as_of, indices: Indices::kept() }
    }

    /// What [`settle`](super::settle) gives, without the way of the number.
    pub fn settle(&mut self, terms: &Terms<'_>) -> Settlement {
        super::settle_with(terms, self.known, self.as_of, Trace::off(), &mut self.indices)
    }
    /// What [`in_advance`](super::in_advance) gives, without the way of the number.
    pub fn in_advance(&mut self, terms: &Terms<'_>) -> Option<Settlement> {
        super::interim::in_advance_with(terms, self.known, self.as_of, Trace::off(), &mut self.indices)
    }
}
