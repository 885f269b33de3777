//! One determination after the other computed again, from what was learned as it is read once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::{AuditError, Rederived, entry_of, rederive_from, terms_of};
use crate::ledger::{Determination, Digest, Reader};
use crate::observation::Knowledge;

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
        rederive_from(&entry, &sheet, &self.knowledge, determination)
    }
}
