//! `fairgauge check --explain`: products in words.

use std::io::Write;
use std::sync::Arc;

use clap::ValueEnum;
use fairgauge::document::Source;
use fairgauge::words::{Language, explain};

use super::Failure;

/// A language of people.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

impl Lang {
    /// The word for programs, a language tag.
    pub fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Zh => Self::Chinese,
        }
    }
}

/// Prints products in words, one below the other.
pub fn print(products: &[Arc<Source>], lang: Lang) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for (place, product) in products.iter().enumerate() {
        let text = explain(product, lang.into()).map_err(Failure::Faults)?;
        if place > 0 {
            writeln!(out, "\n{}\n", "=".repeat(80))?;
        }
        write!(out, "{text}")?;
    }
    Ok(())
}
