//! The file over crashes, renames and strangers.

use std::fs;

use super::place::Place;
use super::*;
use crate::ledger::determined::{interim, paid, season};
use crate::ledger::stored::fresh;
use crate::ledger::{Batch, Determination, Store};

struct World {
    folder: tempfile::TempDir,
    store: Store,
    settings: PayoutLogSettings,
}

impl World {
    fn new() -> Self {
        let (folder, store) = fresh();
        let path = folder.path().join("payouts.jsonl");
        let states = vec![State::Interim, State::Final, State::Restated];
        Self { folder, store, settings: PayoutLogSettings { path, states } }
    }

    fn write(&mut self, policy: &str, determination: Determination) {
        let mut batch = Batch::new();
        batch.determine(Determination { policy: policy.into(), ..determination });
        self.store.append(batch).expect("written");
    }

    fn fill(&mut self) {
        self.write("A", season());
        self.write("A", interim(1, 100, 0));
        self.write("B", season());
        self.write("B", paid(250));
        self.write("C", paid(0));
    }

    /// A life of the thread: what is there, and nothing more.
    fn live(&self) -> Result<(), Trouble> {
        append(self.store.path(), &self.settings, &mut None, |_| false)
    }

    fn named(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.settings.path).expect("there")
    }

    /// The numbers of the entries of a file's lines.
    fn seqs_of(&self, name: &str) -> Vec<i64> {
        let text = fs::read_to_string(self.named(name)).expect("there");
        assert!(text.is_empty() || text.ends_with('\n'), "{text}");
        text.lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["seq"].as_i64())
            .map(Option::unwrap)
            .collect()
    }

    fn seqs(&self) -> Vec<i64> {
        self.seqs_of("payouts.jsonl")
    }
}

fn filled() -> World {
    let mut world = World::new();
    world.fill();
    world
}

#[test]
fn what_binds_stands_there_once_and_in_order() {
    let mut world = filled();
    world.live().expect("appended");
    assert_eq!(world.seqs(), [2, 4, 5]);
    world.live().expect("nothing new");
    world.write("D", season());
    world.write("D", paid(7));
    world.live().expect("appended");
    assert_eq!(world.seqs(), [2, 4, 5, 7]);
    let first: serde_json::Value = serde_json::from_str(world.text().lines().next().expect("a line")).expect("JSON");
    assert_eq!(
        (&first["id"], &first["state"], &first["payable_minor"], &first["payable"]),
        (&"A/rain/2013-06-01/1".into(), &"interim".into(), &100.into(), &"1.00".into())
    );
}

#[test]
fn other_states_stand_there_where_they_are_asked_for() {
    let mut world = filled();
    world.settings.states = vec![State::Provisional, State::Final];
    world.live().expect("appended");
    assert_eq!(world.seqs(), [1, 3, 4, 5]);
}

/// Wherever a crash cuts the file off, it ends as one that was left alone.
#[test]
fn a_torn_line_is_written_again_and_no_other() {
    let mut world = World::new();
    world.live().expect("an empty file");
    let mark = world.named("payouts.jsonl.position");
    let before = fs::read(&mark).expect("marked at once");
    world.fill();
    world.live().expect("appended");
    let whole = world.text();
    let ends = whole.match_indices('\n').map(|(at, _)| at);
    let cuts: Vec<_> =
        ends.flat_map(|at| [at, at + 1, at + 2]).chain(0..12).chain((0..whole.len()).step_by(31)).collect();
    for cut in cuts.into_iter().filter(|cut| *cut <= whole.len()) {
        fs::write(&world.settings.path, &whole.as_bytes()[..cut]).expect("written");
        // What is being written is not marked yet.
        fs::write(&mark, &before).expect("written");
        world.live().expect("mended");
        assert_eq!(world.text(), whole, "cut at {cut}");
    }
}

#[test]
fn a_renamed_file_goes_on_in_another_one() {
    let mut world = filled();
    let (from, to) = (world.settings.path.clone(), world.named("payouts.jsonl.1"));
    let settings = world.settings.clone();
    let ledger = world.store.path().to_owned();
    let mut turn = 0;
    append(&ledger, &settings, &mut None, |_| {
        turn += 1;
        match turn {
            // Behind the first lines there is a look at nothing.
            1 => {}
            2 => fs::rename(&from, &to).expect("renamed"),
            3 => world.write("D", paid(7)),
            _ => return false,
        }
        true
    })
    .expect("appended");
    assert_eq!((world.seqs_of("payouts.jsonl.1"), world.seqs()), (vec![2, 4, 5], vec![6]));
}

#[test]
fn a_file_that_was_renamed_while_nobody_looked_goes_on_in_another_one() {
    for (is_marked, is_kept, is_made) in
        [(true, true, false), (false, true, false), (true, false, false), (true, true, true), (false, true, true)]
    {
        let mut world = World::new();
        let (path, mark) = (world.settings.path.clone(), world.named("payouts.jsonl.position"));
        world.live().expect("an empty file");
        let before = fs::read(&mark).expect("marked at once");
        world.write("A", paid(1));
        world.live().expect("appended");
        if !is_marked {
            // Killed between the line and the mark.
            fs::write(&mark, before).expect("written");
        }
        let renamed = world.named("payouts.jsonl-2026-11-26");
        fs::rename(&path, &renamed).expect("renamed");
        if !is_kept {
            // Packed and gone.
            fs::remove_file(&renamed).expect("removed");
        }
        if is_made {
            fs::write(&path, "").expect("made by who renamed it");
        }
        world.write("B", paid(2));
        world.live().expect("appended");
        assert_eq!(world.seqs(), [2], "marked {is_marked}, kept {is_kept}, made {is_made}");
    }
}

/// An older file is put back: what stands in the one after it is not written again.
#[test]
fn an_older_file_that_is_put_back_goes_on_behind_the_newest_line() {
    let mut world = filled();
    world.live().expect("appended");
    let old = world.named("payouts.jsonl.1");
    fs::rename(&world.settings.path, &old).expect("renamed");
    world.write("D", paid(7));
    world.live().expect("appended");
    assert_eq!(world.seqs(), [6]);
    fs::rename(&old, &world.settings.path).expect("renamed");
    world.write("E", paid(8));
    world.live().expect("appended");
    assert_eq!(world.seqs(), [2, 4, 5, 7]);
}

#[test]
fn a_strange_file_is_left_as_it_is() {
    let world = filled();
    for strange in ["notes of mine", "notes\nof mine", "{\"seq\":\"x\"}\n", "{\"id\":1}\n{\"seq\":2", "{\"seq\":1,\n"] {
        fs::write(&world.settings.path, strange).expect("written");
        let said = world.live().expect_err(strange).to_string();
        assert!(said.contains("payouts.jsonl is no payout log file: name another one"), "{said}");
        assert_eq!(world.text(), strange);
    }
    fs::remove_file(&world.settings.path).expect("there");
    fs::create_dir(&world.settings.path).expect("made");
    assert!(matches!(world.live(), Err(Trouble::File(..))), "a folder");
}

#[test]
fn a_file_of_another_ledger_is_left_as_it_is() {
    let world = filled();
    world.live().expect("appended");
    let whole = world.text();
    let mut other = World::new();
    for policy in ["X", "Y", "Z", "V", "W"] {
        other.write(policy, paid(1));
    }
    other.settings = world.settings.clone();
    let said = other.live().expect_err("another ledger").to_string();
    assert!(said.contains("it ends with entry 5, and the ledger has no such determination"), "{said}");
    // A ledger that was brought back to an earlier state, and only the mark is left of the file.
    fs::remove_file(&world.settings.path).expect("there");
    let mut earlier = World::new();
    earlier.write("A", season());
    earlier.settings = world.settings.clone();
    assert!(matches!(earlier.live(), Err(Trouble::OtherLedger { seq: 5, .. })));
    fs::write(&world.settings.path, &whole).expect("written");
    world.live().expect("its own ledger goes on");
    assert_eq!(world.text(), whole);
}

#[test]
fn the_last_line_is_found_however_long_lines_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("payouts.jsonl");
    let line = |seq: i64, length: usize| format!("{{\"seq\":{seq},\"reason\":\"{}\"}}\n", "x".repeat(length));
    for (lengths, torn) in
        [(&[0, 70_000][..], ""), (&[200_000], "{\"seq\":9,\"re"), (&[65_510, 1], "{"), (&[1, 1], "{\"seq\":9}")]
    {
        let lines: String = (1..).zip(lengths).map(|(seq, length)| line(seq, *length)).collect();
        fs::write(&path, format!("{lines}{torn}")).expect("written");
        let place = Place::find(&path).expect("ours");
        assert_eq!(usize::try_from(place.seq()), Ok(lengths.len()));
        assert_eq!(fs::read_to_string(&path).expect("there"), lines);
    }
}
