//! Flags of quality: which of them are good, and which say that a reading is final.

use super::Context;
use super::time::texts;
use crate::document::{Fault, Faults, Fields, Node, Place, did_you_mean};
use crate::feed::settings::VintageRule;
use crate::observation::Vintage;

/// A flag beside values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flag {
    /// The column or pointer where it stands.
    pub from: String,
    /// The columns of which it speaks, by their order in the settings.
    of: Vec<usize>,
    /// What lets a value count.
    good: Vec<String>,
    /// What of it says that the value is final; none where the flag says nothing of that.
    last: Option<Vec<String>>,
}

/// What the flags of a column say of its value: its vintage.
///
/// # Errors
/// The flag that is not among the good ones.
pub(super) fn judge<'f>(flags: impl Iterator<Item = (&'f Flag, &'f str)>, column: usize) -> Result<Vintage, String> {
    let mut vintage = None;
    for (flag, text) in flags.filter(|(flag, _)| flag.of.contains(&column)) {
        if !flag.good.iter().any(|good| good == text) {
            return Err(format!("the flag `{}` is `{text}`, which is not among the good ones", flag.from));
        }
        let Some(last) = &flag.last else { continue };
        let told = if last.iter().any(|last| last == text) { Vintage::Final } else { Vintage::Provisional };
        vintage = Some(if vintage == Some(Vintage::Provisional) { Vintage::Provisional } else { told });
    }
    Ok(vintage.unwrap_or(Vintage::Provisional))
}

/// Reads the list `flags`, which may be left out. `key` names where a flag stands: `column`, or `at`.
pub(super) fn read(
    fields: &mut Fields<'_>,
    key: &'static str,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<Vec<Flag>> {
    let Some(node) = fields.optional("flags") else {
        check_told(fields, &[], context, faults)?;
        return Some(Vec::new());
    };
    let items = node.list("a list of flags such as [{ column = \"quality\", good = [\"A\"] }]", faults)?;
    let flags: Vec<_> = items.iter().filter_map(|item| read_flag(item, key, context, faults)).collect();
    if flags.len() != items.len() {
        return None;
    }
    check_told(fields, &flags, context, faults)?;
    Some(flags)
}

fn read_flag(node: &Node, key: &'static str, context: &Context<'_>, faults: &mut Faults) -> Option<Flag> {
    let mut fields = Fields::of(node, "the flag", faults)?;
    let from = fields.text(key, "\"quality\"", faults).map(str::to_owned);
    let of = match fields.optional("of") {
        None => Some((0..context.columns.len()).collect()),
        Some(node) => read_of(node, context, faults),
    };
    let good_node = fields.required("good", "[\"A\"]", faults);
    let good = good_node.and_then(|node| texts(node, faults));
    let last_node = fields.optional("final");
    let last = last_node.map(|node| texts(node, faults));
    fields.finish(faults);
    let (good, last) = (good?, last.map_or(Some(None), |last| last.map(Some))?);
    if good.is_empty() {
        let fault = Fault::new(&good_node?.place, "no flag is good, so no reading would count");
        faults.push(fault.hint("name those that the provider gives to values that can be relied on"));
        return None;
    }
    if let (Some(last), Some(node)) = (&last, last_node) {
        if let Some(bad) = last.iter().find(|flag| !good.contains(flag)) {
            let fault = Fault::new(&node.place, format!("`{bad}` is final, but not good"));
            faults.push(fault.hint("name it in good too"));
            return None;
        }
        if context.vintage.is_some_and(|rule| rule != VintageRule::AsTold) {
            let fault = Fault::new(&node.place, "flags say what is final, but the feed's vintage is another");
            faults.push(fault.hint("write vintage = \"as told\", or leave final out"));
            return None;
        }
    }
    Some(Flag { from: from?, of: of?, good, last })
}

fn read_of(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Vec<usize>> {
    let names = texts(node, faults)?;
    let mut of = Vec::new();
    for name in &names {
        of.push(column(name, &node.place, context, faults)?);
    }
    Some(of)
}

/// A column of the settings by its name.
pub(super) fn column(name: &str, place: &Place, context: &Context<'_>, faults: &mut Faults) -> Option<usize> {
    let found = context.columns.iter().position(|(column, _)| column.name == name);
    if found.is_none() {
        let known = || context.columns.iter().map(|(column, _)| column.name.as_str());
        let fault = Fault::new(place, format!("`{name}` is not a column of this feed"));
        let near = did_you_mean(name, known()).map(|near| format!("did you mean `{near}`?"));
        faults.push(fault.hint(near.unwrap_or_else(|| format!("it has: {}", known().collect::<Vec<_>>().join(", ")))));
    }
    found
}

/// With `vintage = "as told"` something tells it of every column.
fn check_told(fields: &Fields<'_>, flags: &[Flag], context: &Context<'_>, faults: &mut Faults) -> Option<()> {
    if context.vintage != Some(VintageRule::AsTold) {
        return Some(());
    }
    let tells = |column: usize| flags.iter().any(|flag| flag.last.is_some() && flag.of.contains(&column));
    let silent = context.columns.iter().enumerate().find(|(index, _)| !tells(*index));
    let Some((_, (column, _))) = silent else { return Some(()) };
    let message = format!("the vintage is as told, but no flag tells what is final of `{}`", column.name);
    let hint = "add a flag with final = […], or write vintage = \"provisional\"";
    faults.push(Fault::new(fields.place(), message).hint(hint));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(from: &str, of: &[usize], last: Option<&[&str]>) -> Flag {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Flag { from: from.to_owned(), of: of.to_vec(), good: own(&["A", "S", ""]), last: last.map(own) }
    }

    #[test]
    fn every_flag_of_a_column_has_its_word() {
        let [first, second] = [flag("q", &[0, 1], Some(&["A"])), flag("r", &[1], Some(&["A", "S"]))];
        let plain = flag("p", &[0], None);
        let told = |texts: [&str; 3], column| {
            let flags = [&first, &second, &plain].into_iter().zip(texts);
            judge(flags, column).map_err(|reason| reason.split("` is").next().unwrap().to_owned())
        };
        for (texts, column, wanted) in [
            (["A", "X", "A"], 0, Ok(Vintage::Final)),
            (["S", "X", "A"], 0, Ok(Vintage::Provisional)),
            (["A", "A", "X"], 1, Ok(Vintage::Final)),
            (["A", "", "X"], 1, Ok(Vintage::Provisional)),
            (["", "A", "X"], 1, Ok(Vintage::Provisional)),
            (["A", "X", "A"], 1, Err("the flag `r")),
            (["A", "A", "X"], 0, Err("the flag `p")),
            (["X", "A", "A"], 0, Err("the flag `q")),
            (["X", "X", "X"], 2, Ok(Vintage::Provisional)),
        ] {
            assert_eq!(told(texts, column), wanted.map_err(str::to_owned), "{texts:?} {column}");
        }
    }
}
