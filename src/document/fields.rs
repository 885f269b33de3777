//! Taking the fields of a table one by one; what is left over is a fault.

use std::collections::HashSet;

use super::{Fault, Faults, Key, Node, Place};

/// The fields of one table while it is read. Every key that [`Fields::finish`] finds untouched is unknown.
pub struct Fields<'a> {
    /// What the table is, for messages: `the product`.
    what: &'a str,
    place: &'a Place,
    entries: &'a [(Key, Node)],
    asked: HashSet<&'static str>,
    /// Keys that were told to be misspelt already.
    misspelt: HashSet<&'a str>,
}

impl<'a> Fields<'a> {
    /// Starts on a table; a fault where the node is none.
    pub fn of(node: &'a Node, what: &'a str, faults: &mut Faults) -> Option<Self> {
        let entries = node.table(what, faults)?;
        Some(Self { what, place: &node.place, entries, asked: HashSet::new(), misspelt: HashSet::new() })
    }

    /// The place of the whole table.
    pub fn place(&self) -> &'a Place {
        self.place
    }

    /// Whether the table has the key. It counts as known from then on.
    pub fn has(&mut self, key: &'static str) -> bool {
        self.optional(key).is_some()
    }

    /// The value of a key that may be left out.
    pub fn optional(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.insert(key);
        #[cfg(test)]
        asked::note(self.what, self.entries, key);
        self.entries.iter().find(|(entry, _)| entry.name == key).map(|(_, value)| value)
    }

    /// The value of a key that must be there; `example` shows how it is written. Where a key stands that is all but
    /// this one, that one is the fault.
    pub fn required(&mut self, key: &'static str, example: &str, faults: &mut Faults) -> Option<&'a Node> {
        let found = self.optional(key);
        if found.is_some() {
            return found;
        }
        let near = self.entries.iter().map(|(entry, _)| entry).find(|entry| {
            !self.asked.contains(entry.name.as_str()) && strsim::damerau_levenshtein(&entry.name, key) == 1
        });
        if let Some(near) = near {
            self.misspelt.insert(&near.name);
            let fault = Fault::new(&near.place, format!("`{}` is not a key of {}", near.name, self.what));
            faults.push(fault.hint(format!("did you mean `{key}`?")));
        } else {
            let message = format!("`{key}` is missing in {}", self.what);
            faults.push(Fault::new(self.place, message).hint(format!("add {key} = {example}")));
        }
        None
    }

    /// A text that must be there.
    pub fn text(&mut self, key: &'static str, example: &str, faults: &mut Faults) -> Option<&'a str> {
        let node = self.required(key, example, faults)?;
        node.text(&format!("a text such as {example}"), faults)
    }

    /// Ends the reading: every key that was never asked for is a fault, with the nearest known one as a hint.
    pub fn finish(self, faults: &mut Faults) {
        let known = |name: &str| self.asked.contains(name) || self.misspelt.contains(name);
        for (key, _) in self.entries.iter().filter(|(key, _)| !known(&key.name)) {
            let mut fault = Fault::new(&key.place, format!("`{}` is not a key of {}", key.name, self.what));
            let mut known: Vec<_> = self.asked.iter().copied().collect();
            known.sort_unstable();
            fault = match did_you_mean(&key.name, known.iter().copied()) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint(format!("it has: {}", known.join(", "))),
            };
            faults.push(fault);
        }
    }
}

/// The candidate that a misspelt word most likely means, if any is near.
pub fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = |text: &str| text.chars().count();
    // Of several at the same distance one that is as long as the word: `mn` is `mm` rather than `m`.
    let rank = |known: &str| (strsim::damerau_levenshtein(word, known), length(word).abs_diff(length(known)));
    let (near, known) = candidates.into_iter().map(|known| (rank(known), known)).min()?;
    (near.0 <= 1 + length(known) / 4).then_some(known)
}

/// What readers ask for, so that a test can hold it against what is said of the files elsewhere.
#[cfg(test)]
pub(crate) mod asked {
    use std::cell::RefCell;

    use super::{Key, Node};

    /// A key that was asked for.
    #[derive(Clone, Debug)]
    pub(crate) struct Asked {
        /// What the table is called.
        pub what: String,
        /// The keys that it has.
        pub has: Vec<String>,
        /// The key.
        pub key: &'static str,
    }

    thread_local! {
        static NOTES: RefCell<Vec<Asked>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn note(what: &str, entries: &[(Key, Node)], key: &'static str) {
        let has = entries.iter().map(|(key, _)| key.name.clone()).collect();
        NOTES.with_borrow_mut(|notes| notes.push(Asked { what: what.to_owned(), has, key }));
    }

    /// Everything that was asked for while this ran.
    pub(crate) fn during(run: impl FnOnce()) -> Vec<Asked> {
        NOTES.with_borrow_mut(Vec::clear);
        run();
        NOTES.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    #[test]
    fn unknown_and_missing_keys_are_all_named_with_their_place() {
        let source = Source::new("p.toml", "id = \"a\"\nverison = 1\nextra = 2\n");
        let mut faults = Faults::new();
        let node = Node::parse(&source, &mut faults);
        let mut fields = Fields::of(&node, "the product", &mut faults).expect("a table");
        assert_eq!(fields.text("id", "\"a\"", &mut faults), Some("a"));
        assert!(fields.required("version", "1", &mut faults).is_none());
        assert!(fields.required("name", "\"b\"", &mut faults).is_none());
        fields.finish(&mut faults);
        let all: Vec<_> = faults.iter().map(|fault| (fault.position(), fault.message().to_owned())).collect();
        assert_eq!(
            all,
            [
                ("p.toml:2:1".to_owned(), "`verison` is not a key of the product".to_owned()),
                ("p.toml:1:1".to_owned(), "`name` is missing in the product".to_owned()),
                ("p.toml:3:1".to_owned(), "`extra` is not a key of the product".to_owned()),
            ]
        );
        assert!(faults.render(false).contains("did you mean `version`?"));
    }

    #[test]
    fn syntax_errors_are_all_found() {
        let source = Source::new("p.toml", "a = \nb = 1\nc = [1,,2]\n");
        let mut faults = Faults::new();
        Node::parse(&source, &mut faults);
        assert!(faults.len() >= 2, "{}", faults.render(false));
    }

    #[test]
    fn a_far_word_is_no_suggestion() {
        assert_eq!(did_you_mean("strkie", ["strike", "exit"]), Some("strike"));
        assert_eq!(did_you_mean("banana", ["strike", "exit"]), None);
        assert_eq!(did_you_mean("mn", ["m", "min", "mm"]), Some("mm"));
    }
}
