//! Who says what is assumed: flags of a command, or a case in a file. Faults are told in their words.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::{Place, Source};

/// By whom, for the place of a fault and the words of its hint.
pub(crate) enum Teller<'a> {
    /// Flags of the command about this product.
    Flags(&'a Arc<Source>),
    /// A case.
    Case {
        /// Its id.
        id: &'a Place,
        /// Its keys, those of `given` too.
        keys: &'a BTreeMap<String, Place>,
    },
}

impl Teller<'_> {
    /// Where a key of the assumed policy was said.
    pub fn place(&self, key: &str) -> Place {
        match self {
            Self::Flags(sheet) => Place::Text((*sheet).clone(), 0..0),
            Self::Case { id, keys } => keys.get(key).unwrap_or(id).clone(),
        }
    }

    /// `leave out --units`.
    pub fn leave_out(&self, key: &str) -> String {
        match self {
            Self::Flags(_) => format!("leave out --{}", key.replace('_', "-")),
            Self::Case { .. } => format!("leave out {key}"),
        }
    }

    /// `leave out --given level=…`.
    pub fn leave_out_given(&self, name: &str) -> String {
        match self {
            Self::Flags(_) => format!("leave out --given {name}=…"),
            Self::Case { .. } => format!("leave out {name} of given"),
        }
    }

    /// `add --given level="1 mm"`.
    pub fn add(&self, name: &str, value: &str) -> String {
        match self {
            Self::Flags(_) if value.contains(' ') => format!("add --given {name}=\"{value}\""),
            Self::Flags(_) => format!("add --given {name}={value}"),
            Self::Case { .. } => format!("add {name} = \"{value}\" to given = {{ … }}"),
        }
    }
}
