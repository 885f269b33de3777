//! Exports of one's own, such as a bordereau: `[export.NAME]`.

use std::sync::Arc;

use crate::document::{Fault, Faults, Fields, Node, Place, Value, did_you_mean};
use crate::ledger::{COLUMNS, Column, Only, State};
use crate::quantity::Currency;
use crate::settle::Outcome;

/// What an export has: its columns, its rows and their order.
#[derive(Clone, Debug)]
pub struct ExportSettings {
    /// Its name.
    pub name: Arc<str>,
    /// Its columns.
    pub columns: Vec<ExportColumn>,
    /// Which rows.
    pub only: Only,
    /// By which columns of the payout log they are put in order.
    pub order: Vec<&'static str>,
    /// Whether a table for people ends with the sums of each currency.
    pub totals: bool,
}

/// A column of an export.
#[derive(Clone, Debug)]
pub struct ExportColumn {
    /// What stands above it.
    pub header: String,
    /// Where its cells come from.
    pub from: CellsFrom,
    /// Where that is said.
    pub place: Place,
}

/// Where the cells of a column come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellsFrom {
    /// A column of the payout log.
    Log(&'static Column),
    /// A column of the book, as the policy was bound.
    Book(String),
    /// A text that is the same in all rows.
    Is(String),
}

/// What a column of the book is called with in front.
const BOOK: &str = "book.";
/// The columns of the book that are no column of a bound policy.
const NOT_BOUND: [&str; 1] = ["insured"];

impl ExportSettings {
    pub(super) fn parse(name: &str, node: &Node, faults: &mut Faults) -> Option<Self> {
        let what = format!("the export `{name}`");
        let mut fields = Fields::of(node, &what, faults)?;
        let columns = fields.required("columns", "[\"policy\", \"amount\", \"currency\"]", faults);
        let columns = columns.and_then(|node| columns_of(node, faults));
        let only = fields.optional("only").map_or(Some(Only::default()), |node| only_of(node, faults));
        let order = fields.optional("order").map_or(Some(Vec::new()), |node| order_of(node, faults));
        let totals = fields.optional("totals").map_or(Some(false), |node| super::flag(node, faults));
        fields.finish(faults);
        Some(Self { name: name.into(), columns: columns?, only: only?, order: order?, totals: totals? })
    }
}

fn columns_of(node: &Node, faults: &mut Faults) -> Option<Vec<ExportColumn>> {
    let items =
        node.list("a list of columns such as [\"policy\", { header = \"Paid\", from = \"payable\" }]", faults)?;
    if items.is_empty() {
        faults.push(Fault::new(&node.place, "there is no column").hint("name at least one, as in [\"policy\"]"));
        return None;
    }
    let mut columns: Vec<ExportColumn> = Vec::new();
    for item in items {
        let Some(column) = column_of(item, faults) else { continue };
        if columns.iter().any(|other| other.header == column.header) {
            let fault = Fault::new(&column.place, format!("there is a column `{}` already", column.header));
            faults.push(fault.hint("give one of them another `header`"));
        }
        columns.push(column);
    }
    (columns.len() == items.len()).then_some(columns)
}

/// `"policy"`, `{ header = "Policy No", from = "policy" }` or `{ header = "Reinsurer", is = "Example Re" }`.
fn column_of(node: &Node, faults: &mut Faults) -> Option<ExportColumn> {
    if let Value::Text(name) = &node.value {
        let from = from_of(node, name, faults)?;
        return Some(ExportColumn { header: name.clone(), from, place: node.place.clone() });
    }
    let mut fields = Fields::of(node, "the column", faults)?;
    let header = fields.required("header", "\"Policy No\"", faults).and_then(|node| {
        let header = node.text("a text such as \"Policy No\"", faults)?;
        if header.trim().is_empty() {
            faults.push(Fault::new(&node.place, "the header is empty").hint("say what stands above the column"));
            return None;
        }
        Some(header.to_owned())
    });
    let (from, is) = (fields.optional("from"), fields.optional("is"));
    fields.finish(faults);
    let (from, place) = match (from, is) {
        (Some(node), None) => {
            let name = node.text("a column such as \"policy\" or \"book.area\"", faults)?;
            (from_of(node, name, faults), &node.place)
        }
        (None, Some(node)) => (Some(CellsFrom::Is(node.text("a text", faults)?.to_owned())), &node.place),
        _ => {
            let fault = Fault::new(&node.place, "a column has either `from` or `is`");
            faults.push(fault.hint("from = \"policy\" takes a column, is = \"Example Re\" the same text in all rows"));
            return None;
        }
    };
    Some(ExportColumn { header: header?, from: from?, place: place.clone() })
}

fn from_of(node: &Node, name: &str, faults: &mut Faults) -> Option<CellsFrom> {
    let Some(column) = name.strip_prefix(BOOK) else { return log_column(node, name, faults).map(CellsFrom::Log) };
    if NOT_BOUND.contains(&column) {
        let fault = Fault::new(&node.place, format!("the ledger has no `{name}`"));
        faults.push(fault.hint("the insured's name stands in the book alone, so that it can be corrected and erased"));
        return None;
    }
    Some(CellsFrom::Book(column.to_owned()))
}

fn log_column(node: &Node, name: &str, faults: &mut Faults) -> Option<&'static Column> {
    let found = Column::named(name);
    if found.is_none() {
        let fault = Fault::new(&node.place, format!("`{name}` is no column of the payout log"));
        faults.push(match did_you_mean(name, COLUMNS.iter().map(|column| column.name)) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint("docs/payout-log.md lists them; a column of the book is written \"book.area\""),
        });
    }
    found
}

fn only_of(node: &Node, faults: &mut Faults) -> Option<Only> {
    let mut fields = Fields::of(node, "`only`", faults)?;
    let products = fields.optional("product");
    let products = words_of(products, "product", "", |word| Some(word.to_owned()), faults);
    let hint = format!("one of {}", State::ALL.map(State::word).join(", "));
    let states = words_of(fields.optional("state"), "state", &hint, State::from_word, faults);
    let hint = format!("one of {}", Outcome::ALL.map(Outcome::word).join(", "));
    let outcomes = words_of(fields.optional("outcome"), "outcome", &hint, Outcome::from_word, faults);
    let currency = |word: &str| Currency::from_code(word).map(|_| word.to_owned());
    let hint = "write its code of ISO 4217 in capitals, as in \"CNY\"";
    let currencies = words_of(fields.optional("currency"), "currency", hint, currency, faults);
    fields.finish(faults);
    Some(Only { products: products?, states: states?, outcomes: outcomes?, currencies: currencies? })
}

/// The words of a list, none where it is left out, each as what it names; `hint` says what does for one that names
/// nothing.
fn words_of<T>(
    node: Option<&Node>,
    what: &str,
    hint: &str,
    read: impl Fn(&str) -> Option<T>,
    faults: &mut Faults,
) -> Option<Vec<T>> {
    let Some(node) = node else { return Some(Vec::new()) };
    let (words, mut named) = (texts(node, faults)?, Vec::new());
    for (node, word) in &words {
        match read(word) {
            Some(one) => named.push(one),
            None => faults.push(Fault::new(&node.place, format!("`{word}` is no {what}")).hint(hint)),
        }
    }
    (named.len() == words.len()).then_some(named)
}

/// A text, or a list of them, each with its node.
fn texts<'n>(node: &'n Node, faults: &mut Faults) -> Option<Vec<(&'n Node, &'n str)>> {
    let items = match &node.value {
        Value::Text(_) => std::slice::from_ref(node),
        _ => node.list("a text, or a list of texts", faults)?,
    };
    if items.is_empty() {
        faults.push(Fault::new(&node.place, "the list is empty").hint("leave the key out where all are wanted"));
        return None;
    }
    let texts: Vec<_> = items.iter().filter_map(|item| Some((item, item.text("a text", faults)?))).collect();
    (texts.len() == items.len()).then_some(texts)
}

fn order_of(node: &Node, faults: &mut Faults) -> Option<Vec<&'static str>> {
    let words = texts(node, faults)?;
    let mut order = Vec::new();
    for (item, word) in &words {
        let Some(column) = log_column(item, word, faults) else { continue };
        if column.in_view {
            order.push(column.name);
            continue;
        }
        let fault = Fault::new(&item.place, format!("rows cannot be put in order by `{word}`"));
        faults.push(fault.hint("the same in minor units can: `payable_minor`, `advance_minor`, `delta_minor`"));
    }
    (order.len() == words.len()).then_some(order)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Settings;
    use super::*;
    use crate::document::Source;

    const BORDEREAU: &str = r#"
[export.bordereau]
columns = [
  "policy",
  { header = "Area", from = "book.area" },
  { header = "Reinsurer", is = "Example Re" },
  { header = "Paid", from = "payable" },
]
only = { product = "leafy-greens", state = ["interim", "final", "restated"], outcome = "pays", currency = ["CNY"] }
order = ["currency", "determined_at"]
totals = true
"#;

    fn read(text: &str) -> Result<Settings, Faults> {
        let file = format!("[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []{text}");
        Settings::read(&Source::new("f.toml", file), Path::new("/etc"), std::iter::empty())
    }

    #[test]
    fn a_bordereau_is_read() {
        let settings = read(BORDEREAU).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
        let export = &settings.exports["bordereau"];
        let columns: Vec<_> = export.columns.iter().map(|column| (column.header.as_str(), &column.from)).collect();
        let log = |name| CellsFrom::Log(Column::named(name).expect("a column"));
        let (area, reinsurer) = (CellsFrom::Book("area".to_owned()), CellsFrom::Is("Example Re".to_owned()));
        let (policy, payable) = (log("policy"), log("payable"));
        assert_eq!(columns, [("policy", &policy), ("Area", &area), ("Reinsurer", &reinsurer), ("Paid", &payable)]);
        let only = Only {
            products: vec!["leafy-greens".to_owned()],
            states: vec![State::Interim, State::Final, State::Restated],
            outcomes: vec![Outcome::Pays],
            currencies: vec!["CNY".to_owned()],
        };
        assert_eq!((&export.only, &export.order[..], export.totals), (&only, &["currency", "determined_at"][..], true));
    }

    #[test]
    fn faults_of_an_export_say_where_and_how_to_mend() {
        for (from, to, message, hint) in [
            ("\"policy\",\n", "\"polcy\",\n", "8:3: `polcy` is no column of the payout log", "did you mean `policy`?"),
            ("\"payable\"", "\"paid to whom\"", "is no column of the payout log", "a column of the book is written"),
            ("book.area", "book.insured", "9:29: the ledger has no `book.insured`", "stands in the book alone"),
            ("header = \"Area\"", "heading = \"Area\"", "`heading` is not a key of the column", "`header`"),
            ("\"Area\"", "\" \"", "9:14: the header is empty", "what stands above"),
            ("\"Area\"", "\"policy\"", "there is a column `policy` already", "another `header`"),
            ("is = \"Example Re\"", "is = \"x\", from = \"id\"", "has either `from` or `is`", "the same text"),
            ("\"final\"", "\"done\"", "13:56: `done` is no state", "interim, final, restated"),
            ("\"pays\"", "\"paid\"", "`paid` is no outcome", "nothing_due"),
            ("[\"CNY\"]", "\"yuan\"", "`yuan` is no currency", "ISO 4217"),
            ("[\"CNY\"]", "[]", "the list is empty", "leave the key out"),
            (
                "\"currency\", \"det",
                "\"payable\", \"det",
                "14:10: rows cannot be put in order by `payable`",
                "`payable_minor`",
            ),
            ("totals = true", "totals = \"yes\"", "15:10: this is a text", "true or false"),
            ("totals = true", "total = true", "`total` is not a key of the export `bordereau`", "`totals`"),
            ("[export.bordereau]", "[export.Q1]", "`Q1` is not a name of an export", "small letter"),
        ] {
            assert!(BORDEREAU.contains(from), "{from}");
            let said = read(&BORDEREAU.replacen(from, to, 1)).expect_err(message).render(false);
            let place = message.split_once(": ").map_or("", |(place, _)| place);
            let words = message.split_once(": ").map_or(message, |(_, words)| words);
            assert!(said.contains(words) && said.contains(hint) && said.contains(place), "{message}, {hint}:\n{said}");
        }
        let said = read("\n[export.empty]\ncolumns = []\n").expect_err("no column").render(false);
        assert!(said.contains("there is no column"), "{said}");
    }
}
