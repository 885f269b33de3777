//! Products in the words that somebody from underwriting signs.

use std::io::Write;
use std::sync::Arc;

use clap::ValueEnum;
use fairgauge::document::Source;
use fairgauge::words::{Language, explain};

use super::Failure;

/// The language of the words.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Zh => Self::Chinese,
        }
    }
}

/// Each product in words, a line between two of them.
pub fn in_words(out: &mut dyn Write, products: &[Arc<Source>], lang: Lang) -> Result<(), Failure> {
    for (place, product) in products.iter().enumerate() {
        let text = explain(product, lang.into()).map_err(Failure::Faults)?;
        if place > 0 {
            writeln!(out, "\n{}\n", "=".repeat(80))?;
        }
        write!(out, "{text}")?;
    }
    Ok(())
}
