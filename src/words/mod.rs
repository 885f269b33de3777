//! In the words of people, in English and in Chinese: a term sheet as somebody from underwriting signs it, and the story of a
//! determination as an insured reads it.
//!
//! Both are made from what settles, the terms as they were read and the settlement itself, and never by translating a text.
//! Each sentence stands in both languages side by side, so that whoever changes one sees the other.

mod block;
#[cfg(test)]
mod block_table;
mod catalogue;
mod codes;
mod cover;
#[cfg(test)]
mod cover_table;
mod data;
mod event;
mod event_reason;
mod flow;
mod given;
mod grid;
mod label;
mod marks;
mod modifier;
mod number_block;
mod payout;
mod plain;
mod progress;
mod reason;
#[cfg(test)]
mod reason_table;
mod sentence;
mod sheet;
mod source_block;
mod speech;
mod storm_block;
mod story;
mod swap;
mod table;
mod undetermined;
mod window;

use std::sync::Arc;

use self::marks::Marks;
use self::speech::Speech;
use crate::document::{Faults, Source};

/// A language of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese, simplified.
    Chinese,
}

/// A sentence in the language that is spoken.
macro_rules! say {
    ($speech:expr, $english:literal, $chinese:literal $(,)?) => {
        match $speech.language {
            $crate::words::Language::English => format!($english),
            $crate::words::Language::Chinese => format!($chinese),
        }
    };
}
use say;

pub use codes::{cause, disposition, outcome, reason_code, reason_in_chinese, state};
pub use plain::{date, instant, measure, money, unit, variable};
pub use progress::{distance, level, no_course, quality, summary};
pub use speech::{capital, grouped};
pub use story::{Sentence, Story, Told, Topic, state_of, story, why};
pub use table::heading;

/// The term sheet in words. Numbers that the book gives are called by their column.
///
/// # Errors
/// The faults of the term sheet.
pub fn explain(source: &Arc<Source>, language: Language) -> Result<String, Faults> {
    let (product, marks) = Marks::read(source)?;
    let speech = Speech { language, product: &product, marks: &marks };
    Ok(sheet::whole(&speech))
}

/// What stands behind an amount of a currency: `CNY`, `元`.
pub fn currency(code: &str, language: Language) -> &str {
    catalogue::currency(code, language)
}

/// What an axis of a table of payouts is called, by its word in a term sheet.
pub fn axis(word: &str, language: Language) -> &str {
    catalogue::axis(word, language).unwrap_or_else(|| variable(word, language))
}
