//! JSON Schemas of the files that people write, so that an editor completes and checks them.
//!
//! The keys stand in tables beside what they hold; tests hold them against what the readers of the files ask for. What
//! a schema cannot say, such as units that fit one another, `fairgauge check` says.

mod block;
mod block_part;
mod book;
mod cases;
mod cover;
mod feed;
mod feed_form;
mod feed_kind;
mod kind;
mod named_file;
mod payout;
mod product;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod window;

use serde_json::{Value, json};

use self::table::Table;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// `fairgauge.toml`
    Settings,
    /// A term sheet.
    Product,
    /// One row of the book, its columns as properties.
    Book,
    /// The actuary's own cases beside a term sheet.
    Cases,
}

impl File {
    fn table(self) -> &'static Table {
        match self {
            Self::Settings => &settings::SETTINGS,
            Self::Product => &product::PRODUCT,
            Self::Book => &book::ROW,
            Self::Cases => &cases::CASES,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Product => "product",
            Self::Book => "book",
            Self::Cases => "cases",
        }
    }
}

/// The schema of a kind of file, JSON Schema 2020-12.
pub fn schema(file: File) -> Value {
    let mut definitions = kind::Definitions::default();
    let body = file.table().schema(&mut definitions);
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:fairgauge:schema:{}", file.word()),
    });
    let object = whole.as_object_mut().expect("it was made one");
    if let Value::Object(body) = body {
        object.extend(body);
    }
    object.insert("$defs".to_owned(), definitions.into());
    whole
}
