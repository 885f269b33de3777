//! What each source gave to a determination, in its entry.

use super::{Digest, Entry, EntryError, Item, digest};
use crate::index::Disposition;
use crate::settle::Given;

/// The member of an entry that lists the sources, in the order of feed, station and variable.
pub(super) const LISTED: &str = "sources";
/// The member that names a list which is too long for an entry by its SHA-256; the list is kept as evidence.
pub(super) const NAMED: &str = "sources_sha256";
/// The most bytes of a list in an entry.
const MOST_LISTED: usize = 16_384;

/// The list, in the canonical form of entries, where the entry only names it.
pub(super) fn long_list(sources: &[Given]) -> Option<String> {
    // So few fit in, however long their names are.
    if sources.len() < 16 {
        return None;
    }
    let text = serde_json_canonicalizer::to_string(&items(sources)).expect("texts and small integers can be written");
    (text.len() > MOST_LISTED).then_some(text)
}

/// The entry with its sources, or with the name of their list.
pub(super) fn with_sources(entry: Entry, sources: &[Given]) -> Entry {
    match long_list(sources) {
        Some(list) => entry.text(NAMED, digest::hex(&digest::sha256(list.as_bytes()))),
        None => entry.list(LISTED, items(sources)),
    }
}

/// The sources that an entry lists; none where it lists none, as those of earlier programs do.
///
/// # Errors
/// [`EntryError::Member`] where the list is not as it was written.
pub(super) fn listed(entry: &Entry) -> Result<Option<Vec<Given>>, EntryError> {
    let absent = || EntryError::Member(LISTED.to_owned());
    let Some(list) = entry.member(LISTED) else { return Ok(None) };
    read(list).map(Some).ok_or_else(absent)
}

/// The SHA-256 of the list that an entry only names.
pub(super) fn named(entry: &Entry) -> Option<Digest> {
    entry.digest_of(NAMED).ok()
}

/// The sources of a list that is kept as evidence.
pub(super) fn parse(text: &[u8]) -> Option<Vec<Given>> {
    read(&Item::parse(std::str::from_utf8(text).ok()?).ok()?)
}

fn items(sources: &[Given]) -> Vec<Item> {
    sources.iter().map(item).collect()
}

fn item(source: &Given) -> Item {
    let text = |name: &str, text: &str| (name.to_owned(), Item::from(text));
    let plain = [
        text("feed", &source.feed),
        text("station", &source.station),
        text("variable", &source.variable),
        text("disposition", source.disposition.word()),
    ];
    let family = source.family.iter().map(|family| text("family", family));
    let slots = Disposition::OF_SLOTS.into_iter().zip(source.slots).filter(|(_, slots)| *slots != 0);
    let slots = slots.map(|(disposition, slots)| (disposition.word().to_owned(), Item::from(slots)));
    let value = source.value.iter().flat_map(|(value, unit)| [text("value", value), text("unit", unit)]);
    Item::Object(plain.into_iter().chain(family).chain(slots).chain(value).collect())
}

fn read(list: &Item) -> Option<Vec<Given>> {
    list.as_list()?.iter().map(read_one).collect()
}

fn read_one(item: &Item) -> Option<Given> {
    let text = |name: &str| item.member(name).map(|item| item.as_text().map(str::to_owned));
    let mut slots = [0; Disposition::OF_SLOTS.len()];
    for (disposition, slots) in Disposition::OF_SLOTS.into_iter().zip(&mut slots) {
        let Some(item) = item.member(disposition.word()) else { continue };
        *slots = item.as_integer().filter(|slots| *slots > 0)?;
    }
    let value = match text("value") {
        None => None,
        Some(value) => Some((value?, text("unit")??)),
    };
    Some(Given {
        feed: text("feed")??.into(),
        station: text("station")??.into(),
        variable: text("variable")??,
        family: match text("family") {
            None => None,
            Some(family) => Some(family?),
        },
        disposition: Disposition::from_word(&text("disposition")??)?,
        slots,
        value,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ledger::determination::tests::season;
    use crate::ledger::store::tests::fresh;
    use crate::ledger::{Batch, Determination, Reader};

    pub(crate) fn source(station: &str, disposition: Disposition, slots: [i64; 6]) -> Given {
        let (feed, variable) = ("asos".into(), "precipitation".to_owned());
        Given { feed, station: station.into(), variable, family: None, disposition, slots, value: None }
    }

    fn of_all_kinds() -> Vec<Given> {
        let family = Some("model".to_owned());
        let value = Some(("-0.5".to_owned(), "mm".to_owned()));
        vec![
            Given { family, ..source("ALB", Disposition::Missing, [1, 2, 3, 4, 5, 6]) },
            Given { value, ..source("JFK", Disposition::Used, [1, 0, 0, 0, 0, 0]) },
            source("LGA", Disposition::Spare, [0; 6]),
        ]
    }

    #[test]
    fn sources_are_written_in_one_form_and_read_back() {
        let entry = Determination { sources: Some(of_all_kinds()), ..season() }.entry(0, None).expect("good");
        let (_, entry) = Entry::parse(&entry.body(9).expect("small")).expect("ours");
        assert_eq!(listed(&entry), Ok(Some(of_all_kinds())));
        let text = serde_json::to_string(entry.member(LISTED).expect("there")).expect("text");
        let expected = concat!(
            r#"[{"apart":6,"disposition":"missing","family":"model","feed":"asos","missing":2,"not_final":4,"refused":5,"#,
            r#""stale":3,"station":"ALB","used":1,"variable":"precipitation"},"#,
            r#"{"disposition":"used","feed":"asos","station":"JFK","unit":"mm","used":1,"value":"-0.5","variable":"precipitation"},"#,
            r#"{"disposition":"spare","feed":"asos","station":"LGA","variable":"precipitation"}]"#
        );
        assert_eq!(text, expected);
        assert_eq!(listed(&season().entry(0, None).expect("good")), Ok(None), "an entry of an earlier program");
    }

    #[test]
    fn a_list_that_is_not_as_it_was_written_is_refused() {
        let good = Determination { sources: Some(of_all_kinds()), ..season() }.entry(0, None).expect("good");
        for (name, item) in [
            ("disposition", Item::from("perhaps")),
            ("used", Item::from(0)),
            ("used", Item::from("1")),
            ("value", Item::from("1")),
            ("family", Item::from(1)),
        ] {
            let Item::Object(mut members) = super::item(&of_all_kinds()[0]) else { panic!("an object") };
            members.insert(name.to_owned(), item);
            let forged = good.clone().list(LISTED, vec![Item::Object(members)]);
            assert_eq!(Determination::from_entry(&forged, None), Err(EntryError::Member(LISTED.into())), "{name}");
        }
        assert!(listed(&good.clone().text(LISTED, "all")).is_err());
    }

    #[test]
    fn a_list_is_long_from_sixteen_sources_and_so_many_bytes_on() {
        let list = |count: usize, bytes: usize| {
            let one = source("", Disposition::Used, [1, 0, 0, 0, 0, 0]);
            let bare = serde_json::to_string(&items(&vec![one.clone(); count])).expect("text").len();
            let mut sources = vec![one; count];
            sources[0].station = "s".repeat(bytes - bare).into();
            long_list(&sources).map(|text| text.len())
        };
        for (count, bytes, long) in [
            (15, MOST_LISTED + 1, false),
            (16, MOST_LISTED, false),
            (16, MOST_LISTED + 1, true),
            (17, MOST_LISTED + 1, true),
        ] {
            assert_eq!(list(count, bytes), long.then_some(bytes), "{count} sources in {bytes} bytes");
        }
    }

    #[test]
    fn a_long_list_is_kept_as_evidence_and_read_from_there() {
        let (_folder, mut store) = fresh();
        let sources: Vec<_> =
            (0..1_000).map(|at| source(&format!("s{at:04}"), Disposition::Used, [1, 0, 0, 0, 0, 0])).collect();
        let long = Determination { sources: Some(sources), ..season() };
        let mut batch = Batch::new();
        batch.determine(long.clone());
        store.append(batch.clone()).expect("written");
        assert!(!store.append(batch).expect("the same").0[0].new, "a repeat after a crash");
        let reader = Reader::open(store.path()).expect("a ledger");
        assert_eq!(reader.determination_of(1).expect("readable"), Some(long));
        reader.verify().expect("whole");
        let entry = reader.entry(1).expect("readable").expect("there");
        assert!(entry.member(LISTED).is_none() && named(&entry).is_some());
        assert_eq!(parse(b"[1]"), None);
    }
}
