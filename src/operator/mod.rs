//! Persons who may intervene: their keys, what they sign, how it reaches the ledger, and what of it is allowed.

mod act;
mod inbox;
mod kept;
mod key;
mod request;
mod rules;
mod settings;

pub use act::{Act, ActError, What};
pub use inbox::{Answer, Inbox, InboxError, Outcome, Taken};
pub use kept::HandedIn;
pub use key::{KeyError, PublicKey, new_key, read_key};
pub use request::{Alternative, MOST_REQUEST, Request};
pub use rules::{Effect, Period, Proposal, Refusal, Stands, judge};
pub use settings::{Operators, read_operators};
