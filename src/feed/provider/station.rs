//! Whose readings an answer holds, for kinds whose answers the settings describe.

use std::collections::HashSet;
use std::sync::Arc;

use super::Context;
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Raw};
use crate::feed::settings::{FeedSettings, Station};

/// Where the station's name stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StationRule {
    /// In each row, in a column or at a pointer.
    Row(String),
    /// At a pointer in the answer, once.
    Answer(String),
    /// In the settings.
    Is(Arc<str>),
    /// In the name of the file.
    FileName(NamePattern),
    /// In the URL that was asked, or in the topic of the message.
    Asked,
}

impl StationRule {
    /// The station that the settings say once for all.
    pub fn only(&self) -> Option<&Arc<str>> {
        match self {
            Self::Is(station) => Some(station),
            _ => None,
        }
    }

    /// The station of all rows, where it does not stand in them.
    ///
    /// # Errors
    /// Where the file's name is not of the form that the settings say.
    pub fn of_all(&self, raw: &Raw<'_>) -> Result<Option<Arc<str>>, DecodeError> {
        match self {
            Self::Is(name) => Ok(Some(name.clone())),
            Self::FileName(pattern) => match pattern.station(raw.name) {
                Some(station) => Ok(Some(station.into())),
                None => {
                    Err(DecodeError::schema(raw.name, format!("the name of the file is not of the form {}", pattern.0)))
                }
            },
            Self::Row(_) | Self::Answer(_) | Self::Asked => Ok(raw.asked.map(|station| station.name.clone())),
        }
    }
}

/// The names of stations that count: those that the settings list; where they list none, all, each kept once.
pub(super) struct Listed {
    all: bool,
    known: HashSet<Arc<str>>,
}

impl Listed {
    pub fn new(feed: &FeedSettings) -> Self {
        let known = feed.stations.iter().map(|station| station.name.clone()).collect();
        Self { all: feed.stations.is_empty(), known }
    }

    /// The station of a name; `None` where it is one that the settings do not list.
    pub fn get(&mut self, name: &str) -> Option<Arc<str>> {
        if let Some(known) = self.known.get(name) {
            return Some(known.clone());
        }
        let new: Arc<str> = Some(name).filter(|_| self.all)?.into();
        self.known.insert(new.clone());
        Some(new)
    }
}

/// The stations that rows may name.
pub(super) enum Named {
    /// This one and no other.
    Asked(Arc<str>),
    Listed(Listed),
}

impl Named {
    /// `asked` is the only one that may be named.
    pub fn new(feed: &FeedSettings, asked: Option<Arc<str>>) -> Self {
        asked.map_or_else(|| Self::Listed(Listed::new(feed)), Self::Asked)
    }

    /// The station of a name; `None` where it is one that the settings do not list.
    ///
    /// # Errors
    /// Where there is no name, or another one than was asked for.
    pub fn get(&mut self, name: &str) -> Result<Option<Arc<str>>, String> {
        match self {
            _ if name.is_empty() => Err("the row names no station".to_owned()),
            Self::Asked(asked) if **asked == *name => Ok(Some(asked.clone())),
            Self::Asked(_) => Err(format!("`{name}` is not the station that was asked for")),
            Self::Listed(listed) => Ok(listed.get(name)),
        }
    }
}

/// A file's name with `{station}` in it; `*` is any text, `?` any character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamePattern(String);

const STATION: &str = "{station}";

impl NamePattern {
    /// Reads a pattern; a text that names the station other than once is none.
    fn parse(text: &str) -> Option<Self> {
        let plain = text.replacen(STATION, "", 1);
        (text.contains(STATION) && !plain.contains(['{', '}', '/'])).then(|| Self(text.to_owned()))
    }

    /// The station that a name holds: the shortest one with which the rest fits.
    fn station<'n>(&self, name: &'n str) -> Option<&'n str> {
        let (before, after) = self.0.split_once(STATION).expect("it was checked");
        let ends = || name.char_indices().map(|(at, _)| at).chain([name.len()]);
        let starts = ends().filter(|start| fits(before, &name[..*start]));
        starts.into_iter().find_map(|start| {
            let end = ends().find(|end| *end > start && fits(after, &name[*end..]))?;
            Some(&name[start..end])
        })
    }
}

/// Whether a name is of the form of a pattern in which `*` is any text and `?` any character.
pub(in crate::feed) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where the last `*` stands, and up to where it reached when it was tried last.
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((place, reached)) = star else { return false };
                star = Some((place, reached + 1));
                (at, from) = (place + 1, reached + 1);
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

/// Reads the table `station`. `row` names where it stands in a row: `column`, or `at`; `answers`: whether it may stand
/// in the answer, once.
pub(super) fn read(
    fields: &mut Fields<'_>,
    row: &'static str,
    answers: bool,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<StationRule> {
    let asked = context.url.is_some_and(|url| ["station", "latitude", "longitude"].iter().any(|name| url.has(name)));
    let listed = context.stations?;
    let Some(node) = fields.optional("station") else {
        if context.topic_names_station {
            return Some(StationRule::Asked);
        }
        if !asked {
            let fault = Fault::new(fields.place(), "`station` is missing: nothing says whose readings these are");
            faults.push(
                fault.hint(format!("add station = {{ {row} = \"station\" }} or station = {{ is = \"R80711\" }}")),
            );
            return None;
        }
        check_asked(context, listed, faults)?;
        return Some(StationRule::Asked);
    };
    let mut table = Fields::of(node, "the station", faults)?;
    let in_row = table.optional(row);
    let in_answer = if answers { table.optional("in_answer") } else { None };
    let (is, in_name) = (table.optional("is"), table.optional("file_name"));
    table.finish(faults);
    if asked && is.is_none() {
        check_asked(context, listed, faults)?;
    }
    let own = |text: &str| text.to_owned();
    match (in_row, in_answer, is, in_name) {
        (Some(node), None, None, None) => node.text("a name", faults).map(own).map(StationRule::Row),
        (None, Some(node), None, None) => node.text("a pointer", faults).map(own).map(StationRule::Answer),
        (None, None, Some(is), None) => {
            let name = is.text("the name of a station", faults)?;
            let other = listed.iter().find(|station| &*station.name != name);
            if let Some(other) = other {
                let message = format!("the station is `{name}`, but `{}` is listed", other.name);
                let hint = format!("list this station only, or take station = {{ {row} = … }}");
                faults.push(Fault::new(&is.place, message).hint(hint));
                return None;
            }
            check_positions(context, listed, faults)?;
            Some(StationRule::Is(name.into()))
        }
        (None, None, None, Some(node)) => read_pattern(node, faults).map(StationRule::FileName),
        _ => {
            let keys = if answers { ", `in_answer`" } else { "" };
            let fault =
                Fault::new(&node.place, format!("a station has `{row}`{keys}, `is` or `file_name`: one of them"));
            faults.push(fault.hint(format!("write {{ {row} = \"station\" }} or {{ is = \"R80711\" }}")));
            None
        }
    }
}

fn read_pattern(node: &Node, faults: &mut Faults) -> Option<NamePattern> {
    let text = node.text("a form such as \"park_{station}_*.csv\"", faults)?;
    let pattern = NamePattern::parse(text);
    if pattern.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` does not say where the station stands"));
        faults.push(
            fault.hint("write {station} once, * for any text, ? for any character: \"park_{station}_????-??-??.csv\""),
        );
    }
    pattern
}

/// A URL that names the station can be asked only for stations that are listed.
fn check_asked(context: &Context<'_>, listed: &[Station], faults: &mut Faults) -> Option<()> {
    if listed.is_empty() {
        let fault = Fault::new(context.place, "the URL names a station, but no station is listed");
        faults.push(fault.hint("add a table [feed.NAME.station.STATION] for each"));
        return None;
    }
    check_positions(context, listed, faults)
}

fn check_positions(context: &Context<'_>, listed: &[Station], faults: &mut Faults) -> Option<()> {
    let wanted = context.url.is_some_and(|url| url.has("latitude") || url.has("longitude"));
    let homeless = listed.iter().find(|station| station.position.is_none());
    if let Some(station) = homeless.filter(|_| wanted) {
        let message = format!("the URL wants a position, and the station `{}` has none", station.name);
        faults.push(Fault::new(context.place, message).hint("give it latitude and longitude, as \"30.87 deg\""));
        return None;
    }
    if wanted && listed.is_empty() {
        let fault = Fault::new(context.place, "the URL wants a position, and no station is listed");
        faults.push(fault.hint("add a table [feed.NAME.station.STATION] with latitude and longitude"));
        return None;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_hold_the_station() {
        for (pattern, name, station) in [
            ("{station}.csv", "R80711.csv", Some("R80711")),
            ("{station}.csv", ".csv", None),
            ("{station}.csv", "R80711.csv.part", None),
            (
                "Turbine_Data_{station}_????-??-??_*.csv",
                "Turbine_Data_Penmanshiel_01_2016-06-06_-_2017-01-01_1042.csv",
                Some("Penmanshiel_01"),
            ),
            ("*_{station}.csv", "a_b_c.csv", Some("b_c")),
            ("{station}_*", "a_b_c", Some("a")),
            ("{station}", "光伏站", Some("光伏站")),
            ("?{station}", "光伏站", Some("伏站")),
            ("park-{station}.csv", "Park-1.csv", None),
        ] {
            let pattern = NamePattern::parse(pattern).unwrap();
            assert_eq!(pattern.station(name), station, "{} {name}", pattern.0);
        }
        for text in ["park.csv", "{station}_{station}", "{sation}.csv", "a/{station}.csv", "{station}{"] {
            assert_eq!(NamePattern::parse(text), None, "{text}");
        }
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, name, wanted) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("?", "", false),
            ("*.csv", "a.csv", true),
            ("*.csv", "a.csv.csv", true),
            ("*.csv", "a.csvx", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("**", "x", true),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
