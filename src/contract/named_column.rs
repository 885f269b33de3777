//! A column of the book that a term sheet names, such as `"{opening_day}"`.

use crate::document::{Fault, Faults, Node, did_you_mean};

use super::literal::column_of;
use super::product::{Column, ColumnKind};

/// Which column is wanted, and how faults speak of it.
pub(super) struct NamedColumn {
    /// What it holds.
    pub kind: ColumnKind,
    /// The word of that in `[policy]`, and what such columns are columns of.
    pub words: (&'static str, &'static str),
    /// What stands there: `{text}` is none.
    pub what: &'static str,
    /// What such a column may be called.
    pub example: &'static str,
    /// What may be written.
    pub wanted: &'static str,
}

/// The name of a column of the book, which must be there and of the kind.
pub(super) fn read_named_column(
    node: &Node,
    named: &NamedColumn,
    columns: &[Column],
    faults: &mut Faults,
) -> Option<String> {
    let NamedColumn { kind, words: (word, plural), what, example, wanted } = named;
    let text = node.text(wanted, faults)?;
    let Some(name) = column_of(text) else {
        let fault = Fault::new(&node.place, format!("`{text}` is no {what}"));
        faults.push(fault.hint(format!("write \"{{{example}}}\", and {example} = \"{word}\" in [policy]")));
        return None;
    };
    let of_kind = || columns.iter().filter(|column| column.kind == *kind).map(|column| column.name.as_str());
    if of_kind().any(|column| column == name) {
        return Some(name.to_owned());
    }
    let hint = did_you_mean(name, of_kind())
        .map_or_else(|| format!("add {name} = \"{word}\" to [policy]"), |near| format!("did you mean {{{near}}}?"));
    faults.push(Fault::new(&node.place, format!("the book has no column `{name}` of {plural}")).hint(hint));
    None
}
