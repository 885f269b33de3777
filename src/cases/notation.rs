//! The short notation of a series: `0*20 12.4 . 3` is twenty zeros, 12.4, a missing value, 3.

use std::ops::Range;

use crate::document::{Fault, Faults, Node, Place};
use crate::quantity::{Fixed, Variable};

/// The most values of one series: a hundred years of hours.
const MOST: usize = 880_000;

const FORM: &str = "write values with spaces between, `.` for a missing one, `0*20` for twenty zeros";

/// Reads the values of a series, none where one is missing.
///
/// Every fault stands at its word.
pub(super) fn read_values(node: &Node, variable: Variable, faults: &mut Faults) -> Option<Vec<Option<Fixed>>> {
    let text = node.text("values such as \"0*20 12.4 . 3\"", faults)?;
    let before = faults.len();
    let mut values = Vec::new();
    for (at, word) in words(text) {
        match read_word(word, variable) {
            Ok((value, times)) if values.len() + times <= MOST => values.extend(std::iter::repeat_n(value, times)),
            Ok(_) => {
                let fault = Fault::new(&place_in(node, text, at), format!("these are more than {MOST} values"));
                faults.push(fault.hint("write less, or name a file"));
                return None;
            }
            Err(message) => faults.push(Fault::new(&place_in(node, text, at), message).hint(FORM)),
        }
    }
    if values.is_empty() && faults.len() == before {
        faults.push(Fault::new(&node.place, "the series has no value").hint(FORM));
    }
    (faults.len() == before).then_some(values)
}

/// A word's value and how often it stands there.
fn read_word(word: &str, variable: Variable) -> Result<(Option<Fixed>, usize), String> {
    let (value, times) = match word.split_once('*') {
        None => (word, 1),
        Some((value, times)) => {
            let times =
                Some(times).filter(|times| !times.is_empty() && times.bytes().all(|byte| byte.is_ascii_digit()));
            let times = times.and_then(|times| times.parse().ok()).filter(|times| *times > 0);
            (value, times.ok_or_else(|| format!("`{word}` does not say how often, from 1 on"))?)
        }
    };
    if value == "." {
        return Ok((None, times));
    }
    let number = Fixed::parse(value).map_err(|error| error.to_string())?;
    if number < Fixed::ZERO && variable.is_never_negative() {
        return Err(format!("{value} of {variable} is below zero"));
    }
    Ok((Some(number), times))
}

/// The words of a text with their bytes.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    text.split_whitespace().map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (start..start + word.len(), word)
    })
}

/// Where a part of a text stands: inside the quotes, where nothing in them is written another way than it reads.
fn place_in(node: &Node, text: &str, part: Range<usize>) -> Place {
    let Place::Text(source, span) = &node.place else { return node.place.clone() };
    match source.text()[span.clone()].find(text) {
        Some(inside) => {
            let start = span.start + inside;
            Place::Text(source.clone(), start + part.start..start + part.end)
        }
        None => node.place.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    fn read(text: &str) -> Result<String, Vec<String>> {
        let mut faults = Faults::new();
        let node = Node::parse(&Source::new("x.cases.toml", format!("values = {text}\n")), &mut faults);
        let entries = node.table("a table", &mut faults).expect("it is one");
        let values = read_values(&entries[0].1, Variable::Precipitation, &mut faults);
        let shown = |value: &Option<Fixed>| value.map_or_else(|| ".".to_owned(), |value| value.to_string());
        match values {
            Some(values) => Ok(values.iter().map(shown).collect::<Vec<_>>().join(" ")),
            None => Err(faults.iter().map(|fault| format!("{}: {}", fault.position(), fault.message())).collect()),
        }
    }

    #[test]
    fn values_are_written_short() {
        for (text, values, why) in [
            ("\"0*3 12.4 . 3\"", "0 0 0 12.4 . 3", "repeated, plain, missing"),
            ("\".*2 1*1\"", ". . 1", "missing ones are repeated too"),
            ("\"  7\\t8  \"", "7 8", "any blanks"),
            ("'''\n1 2\n3*2'''", "1 2 3 3", "over several lines"),
            ("\"0.000001\"", "0.000001", "six places"),
            ("\"1*007\"", "1 1 1 1 1 1 1", "a count is a count"),
        ] {
            assert_eq!(read(text), Ok(values.to_owned()), "{why}");
        }
    }

    #[test]
    fn a_wrong_word_is_shown_where_it_stands() {
        for (text, faults, why) in [
            ("\"1 x 2\"", vec!["1:13: `x` is not a decimal number such as 12.5"], "no number"),
            ("\"0*0\"", vec!["1:11: `0*0` does not say how often, from 1 on"], "never"),
            ("\"0* 3\"", vec!["1:11: `0*` does not say how often, from 1 on"], "a blank in between"),
            ("\"0*+3\"", vec!["1:11: `0*+3` does not say how often, from 1 on"], "digits only"),
            ("\"*3\"", vec!["1:11: `` is not a decimal number such as 12.5"], "nothing repeated"),
            ("\"1,5\"", vec!["1:11: `1,5` is not a decimal number such as 12.5"], "a comma"),
            (
                "\"-0.1*2 é\"",
                vec!["1:11: -0.1 of precipitation is below zero", "1:18: `é` is not a decimal number such as 12.5"],
                "both of two",
            ),
            ("\"0.0000001\"", vec!["1:11: `0.0000001` has more than six decimal places"], "seven places"),
            ("\"0*880001\"", vec!["1:11: these are more than 880000 values"], "too many"),
            ("\" \"", vec!["1:10: the series has no value"], "none"),
            ("'''\n1\n  y'''", vec!["3:3: `y` is not a decimal number such as 12.5"], "on its own line"),
            ("\"1\\tz\"", vec!["1:10: `z` is not a decimal number such as 12.5"], "with an escape: the whole text"),
            ("3", vec!["1:10: this is a number without a unit"], "no text"),
        ] {
            let faults = faults.into_iter().map(|fault| format!("x.cases.toml:{fault}")).collect();
            assert_eq!(read(text), Err(faults), "{why}");
        }
    }
}
