//! The file to which binding determinations are appended: `[payout_log]`.

use std::path::{Path, PathBuf};

use super::path_but;
use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::ledger::State;

/// The file, and which determinations stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutLogSettings {
    /// The file.
    pub path: PathBuf,
    /// The states of which a line is written.
    pub states: Vec<State>,
}

impl PayoutLogSettings {
    /// What binds; what a file has that does not say otherwise.
    const BINDING: [State; 3] = [State::Interim, State::Final, State::Restated];
    /// All that a determination can be when it is written.
    pub(crate) const ALL: [State; 5] =
        [State::Provisional, State::Preliminary, State::Interim, State::Final, State::Restated];

    pub(super) fn parse(node: &Node, folder: &Path, ledger: Option<&Path>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "[payout_log]", faults)?;
        let path = fields.required("path", "\"payouts.jsonl\"", faults);
        let path = path.and_then(|node| path_but(ledger, node, folder, "name another file for the lines", faults));
        let states = fields.optional("states").map_or(Some(Self::BINDING.to_vec()), |node| Self::states(node, faults));
        fields.finish(faults);
        Some(Self { path: path?, states: states? })
    }

    fn states(node: &Node, faults: &mut Faults) -> Option<Vec<State>> {
        let items = node.list("a list of states such as [\"final\", \"restated\"]", faults)?;
        if items.is_empty() {
            faults.push(Fault::new(&node.place, "there is no state").hint("leave `states` out for what binds"));
            return None;
        }
        let state = |node: &Node| {
            let word = node.text("a state such as \"final\"", faults)?;
            let state = Self::ALL.into_iter().find(|state| state.word() == word);
            if state.is_none() {
                let fault =
                    Fault::new(&node.place, format!("`{word}` is no state in which a determination is written"));
                let words = Self::ALL.map(State::word);
                faults.push(match did_you_mean(word, words) {
                    Some(near) => fault.hint(format!("did you mean `{near}`?")),
                    None => fault.hint(format!("it is one of {}", words.join(", "))),
                });
            }
            state
        };
        let states: Vec<_> = items.iter().filter_map(state).collect();
        (states.len() == items.len()).then_some(states)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use crate::document::Source;

    #[test]
    fn the_file_and_its_states_are_read() {
        let read = |text: &str| {
            let file = format!("[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n{text}");
            Settings::read(&Source::new("f.toml", file), Path::new("/etc"), std::iter::empty())
        };
        let of = |text: &str| read(text).unwrap_or_else(|faults| panic!("{}", faults.render(false))).payout_log;
        assert_eq!(of(""), None);
        let path = PathBuf::from("/etc/payouts.jsonl");
        let binding = vec![State::Interim, State::Final, State::Restated];
        let expected = PayoutLogSettings { path: path.clone(), states: binding };
        assert_eq!(of("[payout_log]\npath = \"payouts.jsonl\""), Some(expected));
        let expected = PayoutLogSettings { path, states: vec![State::Final] };
        assert_eq!(of("[payout_log]\npath = \"payouts.jsonl\"\nstates = [\"final\"]"), Some(expected));
        for (text, message, hint) in [
            ("states = [\"final\"]", "`path` is missing in [payout_log]", "payouts.jsonl"),
            ("path = \"l\"", "this is the ledger itself", "another file"),
            ("path = \"p\"\nstates = [\"finel\"]", "`finel` is no state", "did you mean `final`?"),
            ("path = \"p\"\nstates = [\"held\"]", "`held` is no state in which", "one of provisional"),
            ("path = \"p\"\nstates = []", "there is no state", "leave `states` out"),
            ("path = \"p\"\nevery = \"1 s\"", "`every` is not a key of [payout_log]", "it has: path, states"),
        ] {
            let said = read(&format!("[payout_log]\n{text}")).expect_err(message).render(false);
            assert!(said.contains(message) && said.contains(hint), "{message}:\n{said}");
        }
    }
}
