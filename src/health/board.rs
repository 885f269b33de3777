//! What deserves a look, where others see it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::Alert;

/// What was found when it was looked last.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Found>>);

type Found = (Option<DateTime<Utc>>, Vec<Alert>);

impl Board {
    /// Takes the place of what was there.
    pub fn put(&self, at: DateTime<Utc>, alerts: Vec<Alert>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (Some(at), alerts);
    }

    /// When it was looked last, and what was found; none where it was not looked yet.
    pub fn read(&self) -> Found {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
