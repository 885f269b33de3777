//! Reading what a product says about its readings and its settlement.

use std::sync::Arc;

use crate::document::{Fault, Faults, Fields, Node, did_you_mean};

use super::correction::{read_contest, read_correction};
use super::events::read_count;
use super::literal::{Scope, rounding_mode};
use super::product::{
    Column, ColumnKind, DataRules, Fallback, Family, MissingRule, Settlement, SourceName, VintageRule,
};

/// Reads `["asos/{station}", "scada/R80711", "besttrack"]`.
pub(super) fn read_sources(node: &Node, faults: &mut Faults) -> Option<Vec<SourceName>> {
    let items = node.list("a list of sources", faults)?;
    if items.is_empty() {
        faults.push(Fault::new(&node.place, "there is no source").hint("as in [\"asos/{station}\"]"));
        return None;
    }
    items
        .iter()
        .map(|item| {
            let text = item.text("a source such as \"asos/{station}\"", faults)?;
            let (feed, station) = text.split_once('/').map_or((text, None), |(feed, station)| (feed, Some(station)));
            if feed.is_empty() || station.is_some_and(str::is_empty) || station.is_some_and(|name| name.contains('/')) {
                let message = format!("`{text}` is no source");
                faults.push(Fault::new(&item.place, message).hint("write feed/station or feed/{column}"));
                return None;
            }
            Some(SourceName { feed: feed.into(), station: station.map(str::to_owned), place: item.place.clone() })
        })
        .collect()
}

pub(super) fn read_data(node: &Node, columns: &[Column], scope: &Scope<'_>, faults: &mut Faults) -> Option<DataRules> {
    let mut fields = Fields::of(node, "[data]", faults)?;
    let sources =
        fields.required("sources", "[\"asos/{station}\"]", faults).and_then(|node| read_sources(node, faults));
    let (fallback_node, quorum) = (fields.optional("fallback"), fields.optional("quorum"));
    let families_node = fields.optional("families");
    let vintage = fields.optional("vintage").map_or(Some(VintageRule::Any), |node| read_vintage(node, faults));
    let cut_off = match fields.optional("cut_off") {
        None => Some(None),
        Some(node) => scope.seconds(node, "\"60 d\"", faults).map(Some),
    };
    let missing = match fields.optional("missing") {
        None => Some(None),
        Some(node) => read_missing(node, scope, faults).map(Some),
    };
    fields.finish(faults);
    let sources = sources?;
    for source in &sources {
        if let Some(name) = source.column()
            && !columns.iter().any(|column| column.name == name && column.kind == ColumnKind::Station)
        {
            let fault = Fault::new(&source.place, format!("the book has no column `{name}` of stations"));
            faults.push(fault.hint(format!("add {name} = \"station\" to [policy]")));
        }
    }
    let fallback = read_fallback(node, fallback_node, quorum, sources.len(), faults);
    let families = families_node.map_or(Some(Vec::new()), |node| read_families(node, &sources, fallback, faults));
    let (fallback, families) = (fallback?, families?);
    let rules = DataRules { sources, fallback, families, missing: missing?, vintage: vintage?, cut_off: cut_off? };
    if let (Fallback::Consensus { quorum }, Some(node)) = (fallback, families_node) {
        let families = rules.families_of(&rules.sources, |source| &source.feed).len();
        if families < quorum {
            let fault =
                Fault::new(&node.place, format!("{quorum} must agree, but the sources are {families} families"));
            faults.push(fault.hint("name a source of another family, or lower the quorum"));
            return None;
        }
    }
    Some(rules)
}

/// `{ ifs = ["open-meteo", "qweather"] }`
fn read_families(
    node: &Node,
    sources: &[SourceName],
    fallback: Option<Fallback>,
    faults: &mut Faults,
) -> Option<Vec<Family>> {
    let before = faults.len();
    if let Some(Fallback::Reading | Fallback::Window) = fallback {
        let fault = Fault::new(&node.place, "families of sources, but the sources need not agree");
        faults.push(fault.hint("leave families out, or write fallback = \"consensus\" and a quorum"));
    }
    let mut families: Vec<Family> = Vec::new();
    for (key, node) in node.table("a table of families", faults)? {
        let items = node.list("a list of feeds", faults).unwrap_or_default();
        let mut feeds: Vec<Arc<str>> = Vec::new();
        for item in items {
            let Some(feed) = item.text("the name of a feed", faults) else { continue };
            let known =
                feeds.iter().chain(families.iter().flat_map(|family| &family.feeds)).any(|other| **other == *feed);
            let fault = if known {
                Some((format!("the feed `{feed}` is in a family already"), "a feed is of one family".to_owned()))
            } else if sources.iter().all(|source| *source.feed != *feed) {
                let names = sources.iter().map(|source| &*source.feed);
                let hint = did_you_mean(feed, names)
                    .map_or_else(|| "name feeds of `sources`".to_owned(), |near| format!("did you mean `{near}`?"));
                Some((format!("the feed `{feed}` is none of the sources"), hint))
            } else {
                None
            };
            match fault {
                Some((message, hint)) => faults.push(Fault::new(&item.place, message).hint(hint)),
                None => feeds.push(feed.into()),
            }
        }
        if items.len() < 2 {
            let fault = Fault::new(&node.place, format!("the family `{}` has fewer than two feeds", key.name));
            faults.push(fault.hint("name two feeds or more; a feed alone is its own family"));
        }
        families.push(Family { name: key.name.clone(), feeds });
    }
    (faults.len() == before).then_some(families)
}

/// How the later of several sources serve.
fn read_fallback(
    data: &Node,
    node: Option<&Node>,
    quorum: Option<&Node>,
    sources: usize,
    faults: &mut Faults,
) -> Option<Fallback> {
    const WORDS: &str = "\"reading\", \"window\" or \"consensus\"";
    let Some(node) = node else {
        if let Some(quorum) = quorum {
            faults.push(
                Fault::new(&quorum.place, "a quorum of what agrees, but nothing is said of agreement")
                    .hint("add fallback = \"consensus\", or leave it out"),
            );
            return None;
        }
        if sources == 1 {
            return Some(Fallback::Reading);
        }
        let fault = Fault::new(&data.place, "several sources, and it is open how the later ones serve");
        let hint = "add fallback = \"reading\" (fills each gap), \"window\" (serves the whole window) or \"consensus\"";
        faults.push(fault.hint(hint));
        return None;
    };
    if sources == 1 {
        faults.push(Fault::new(&node.place, "a fallback, but only one source").hint("leave it out, or add a source"));
        return None;
    }
    let fallback = match node.text(WORDS, faults)? {
        "reading" => Fallback::Reading,
        "window" => Fallback::Window,
        "consensus" => return read_quorum(node, quorum, sources, faults),
        word => {
            let near = did_you_mean(word, ["reading", "window", "consensus"]);
            let hint = near.map_or_else(|| WORDS.to_owned(), |near| format!("did you mean `{near}`?"));
            faults.push(Fault::new(&node.place, format!("`{word}` is no fallback")).hint(hint));
            return None;
        }
    };
    if let Some(quorum) = quorum {
        let fault = Fault::new(&quorum.place, "only a consensus has a quorum");
        faults.push(fault.hint("leave it out, or write fallback = \"consensus\""));
        return None;
    }
    Some(fallback)
}

fn read_quorum(node: &Node, quorum: Option<&Node>, sources: usize, faults: &mut Faults) -> Option<Fallback> {
    let Some(quorum_node) = quorum else {
        let fault = Fault::new(&node.place, "a consensus, and it is open how many sources must agree");
        faults.push(fault.hint("add quorum = 2"));
        return None;
    };
    let quorum = read_count(quorum_node, "quorum = 2", faults)?;
    if !(2..=sources).contains(&quorum) {
        let fault = Fault::new(&quorum_node.place, format!("{quorum} of {sources} sources are no quorum"));
        faults.push(fault.hint(format!("write a number from 2 to {sources}")));
        return None;
    }
    Some(Fallback::Consensus { quorum })
}

/// `"any"` or `"final"`: which readings count.
pub(super) fn read_vintage(node: &Node, faults: &mut Faults) -> Option<VintageRule> {
    match node.text("\"any\" or \"final\"", faults)? {
        "any" => Some(VintageRule::Any),
        "final" => Some(VintageRule::Final),
        word => {
            let fault = Fault::new(&node.place, format!("`{word}` does not say which readings count"));
            faults.push(fault.hint("\"any\", or \"final\": only those that their source changes no more"));
            None
        }
    }
}

fn read_missing(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<MissingRule> {
    let mut fields = Fields::of(node, "the missing rule", faults)?;
    let at_most = fields.required("at_most", "\"5 %\"", faults).and_then(|node| scope.share(node, "\"5 %\"", faults));
    let longest = fields.required("longest", "\"6 h\"", faults).and_then(|node| scope.seconds(node, "\"6 h\"", faults));
    fields.finish(faults);
    Some(MissingRule { at_most: at_most?, longest: longest? })
}

pub(super) fn read_settlement(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Settlement> {
    let mut fields = Fields::of(node, "[settlement]", faults)?;
    let lag = fields.required("lag", "\"7 d\"", faults).and_then(|node| scope.seconds(node, "\"7 d\"", faults));
    let wait_node = fields.required("longest_wait", "\"60 d\"", faults);
    let longest_wait = wait_node.and_then(|node| scope.seconds(node, "\"60 d\"", faults));
    let rounding = fields.required("rounding", "\"half_up\"", faults).and_then(|node| rounding_mode(node, faults));
    let agent = match fields.optional("agent") {
        None => Some(None),
        Some(node) => node.text("the calculation agent's name", faults).map(|name| Some(name.to_owned())),
    };
    let contest = match fields.optional("contest") {
        None => Some(None),
        Some(node) => read_contest(node, scope, faults).map(Some),
    };
    let correction = read_correction(&mut fields, scope, faults);
    fields.finish(faults);
    let (lag, longest_wait) = (lag?, longest_wait?);
    if longest_wait < lag {
        let place = wait_node.map_or(&node.place, |node| &node.place);
        faults.push(Fault::new(place, "the longest wait is shorter than the lag").hint("make it at least as long"));
        return None;
    }
    Some(Settlement {
        lag,
        longest_wait,
        rounding: rounding?,
        agent: agent?,
        contest: contest?,
        correction: correction?,
    })
}
