//! A term sheet in the words of people, in English and in Chinese: the text that somebody from underwriting signs.
//!
//! It is made from the terms as they were read, which is what settles, and never from the text of the file. Each
//! sentence stands in both languages side by side, so that whoever changes one sees the other.

mod block;
#[cfg(test)]
mod block_table;
mod catalogue;
mod cover;
#[cfg(test)]
mod cover_table;
mod data;
mod event;
mod flow;
mod grid;
mod label;
mod marks;
mod modifier;
mod number_block;
mod payout;
mod sentence;
mod sheet;
mod source_block;
mod speech;
mod storm_block;
mod swap;
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

/// The term sheet in words. Numbers that the book gives are called by their column.
///
/// # Errors
/// The faults of the term sheet.
pub fn explain(source: &Arc<Source>, language: Language) -> Result<String, Faults> {
    let (product, marks) = Marks::read(source)?;
    let speech = Speech { language, product: &product, marks: &marks };
    Ok(sheet::whole(&speech))
}
