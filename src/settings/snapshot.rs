//! A copy of the ledger for others: `[ledger] snapshot`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::path_but;
use crate::document::{Faults, Fields, Node};
use crate::feed::seconds;

/// More often than once a minute nobody reads it, and a large ledger takes its time.
const LEAST_S: i64 = 60;

/// Where a copy of the ledger is published, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotSettings {
    /// The file; its checkpoint stands beside it.
    pub path: PathBuf,
    /// How often it is made.
    pub every: Duration,
}

impl SnapshotSettings {
    pub(super) fn parse(node: &Node, folder: &Path, ledger: Option<&Path>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "[ledger.snapshot]", faults)?;
        let path = fields.required("path", "\"public/ledger.sqlite\"", faults);
        let hint = "name another file for the copy that others read";
        let path = path.and_then(|node| path_but(ledger, node, folder, hint, faults));
        let every = fields.required("every", "\"1 h\"", faults).and_then(|node| seconds(node, LEAST_S, faults));
        fields.finish(faults);
        Some(Self { path: path?, every: Duration::from_secs(every?.unsigned_abs()) })
    }
}
