//! One determination after the other computed again, from what was learned as it is read once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{AuditError, Bound, Rederived, bound_policy, entry_of, rederive_from, terms_of};
use crate::ledger::{Determination, Digest, PolicyEntry, Reader};
use crate::observation::Knowledge;
use crate::settle::Settlement;

/// Computes determinations of a ledger again.
pub struct Again<'r> {
    reader: &'r Reader,
    knowledge: Knowledge,
    sheets: RefCell<HashMap<Digest, Arc<str>>>,
}

impl<'r> Again<'r> {
    /// Of a ledger as it stands now.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn of(reader: &'r Reader) -> Result<Self, AuditError> {
        Ok(Self { reader, knowledge: reader.knowledge(None)?, sheets: RefCell::default() })
    }

    /// What [`rederive`](super::rederive) gives, without a comparison of the sources.
    ///
    /// # Errors
    /// Where the ledger lacks what the determination rests on.
    pub fn rederive(&self, determination: &Determination) -> Result<Rederived, AuditError> {
        let (entry, sheet) = self.bound(determination)?;
        rederive_from(&entry, &sheet, &self.knowledge, determination)
    }

    /// The period of a determination settled as known at another instant; what others had been paid is what the
    /// determination says.
    ///
    /// # Errors
    /// As [`Self::rederive`].
    pub fn settled(&self, determination: &Determination, as_of: DateTime<Utc>) -> Result<Settlement, AuditError> {
        let (entry, sheet) = self.bound(determination)?;
        let policy = bound_policy(&entry, (&sheet, &entry.product), &determination.cover)?;
        let bound = Bound { policy, bound_at: entry.bound_at };
        bound.settle(determination, determination.paid.clone(), &self.knowledge, as_of)
    }

    /// What bound the policy of a determination, and its term sheet, which many have in common.
    fn bound(&self, determination: &Determination) -> Result<(PolicyEntry, Arc<str>), AuditError> {
        let (_, entry) = entry_of(self.reader, determination)?;
        let kept = self.sheets.borrow().get(&entry.terms).cloned();
        let sheet = match kept {
            Some(sheet) => sheet,
            None => {
                let sheet: Arc<str> = terms_of(self.reader, &entry)?.into();
                self.sheets.borrow_mut().insert(entry.terms, sheet.clone());
                sheet
            }
        };
        Ok((entry, sheet))
    }
}
