//! Roles, what each may do, and whoever asks.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::document::{Fault, Faults, Node};
use crate::ledger::Scope;

/// As what somebody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// An insurer or reinsurer: all policies of some books.
    Insurer,
    /// An insured: some policies.
    Insured,
    /// Who runs it, and intervenes with a key of their own.
    Operator,
    /// Who checks everything, and changes nothing.
    Auditor,
}

/// What a route gives or does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// Policies, determinations, payouts, progress, series and proofs, as far as the caller's scope goes.
    Payouts,
    /// The log's checkpoint and hashes, which name no policy.
    Log,
    /// The log's entries, which are everybody's.
    Entries,
    /// How feeds do, what is late, held and proposed, and the metrics.
    Health,
    /// Handing in an act that a person has signed.
    Acts,
}

impl Role {
    /// All.
    pub const ALL: [Self; 4] = [Self::Insurer, Self::Insured, Self::Operator, Self::Auditor];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Insurer => "insurer",
            Self::Insured => "insured",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
        }
    }

    /// The role that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether it sees everything, and not only some books or policies.
    pub fn sees_all(self) -> bool {
        matches!(self, Self::Operator | Self::Auditor)
    }

    /// Whether it has a right.
    pub fn may(self, right: Right) -> bool {
        match right {
            Right::Payouts | Right::Log => true,
            Right::Entries | Right::Health => self.sees_all(),
            Right::Acts => self == Self::Operator,
        }
    }

    /// Reads a role of the settings.
    pub(crate) fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let text = node.text("a role such as \"auditor\"", faults)?;
        let role = Self::from_word(text).filter(|role| role.sees_all());
        if role.is_none() {
            let fault = Fault::new(&node.place, format!("`{text}` is no role that sees everything"));
            faults.push(fault.hint("write \"auditor\", who reads all, or \"operator\", who also hands in signed acts"));
        }
        role
    }
}

/// Whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// What the token is called, never the token; nothing where none is asked for.
    pub name: Option<Arc<str>>,
    /// As what they read.
    pub role: Role,
    /// The books that they see.
    pub books: BTreeSet<String>,
    /// The policies that they see.
    pub policies: BTreeSet<String>,
}

impl Caller {
    /// Whose rows they see: what is named in a token of a role that sees everything narrows nothing.
    pub fn scope(&self) -> Scope {
        match self.role {
            Role::Operator | Role::Auditor => Scope::All,
            Role::Insured => Scope::Policies(self.policies.clone()),
            Role::Insurer => Scope::Either(self.books.clone(), self.policies.clone()),
        }
    }

    /// One without a token, of a role that sees all.
    pub(super) fn unnamed(role: Role) -> Self {
        Self { name: None, role, books: BTreeSet::new(), policies: BTreeSet::new() }
    }
}
