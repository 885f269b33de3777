//! A ledger whose process is killed at each call that writes, or whose disk fails there: what was acknowledged is kept,
//! nothing is there twice, and in the end the same bytes are signed. docs/integrity.md has the figures of a whole run.
//!
//! `cargo test` takes a sample of the points; `FAIRGAUGE_POINTS=600` makes so many runs of each kind, or `all`.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/dice.rs"]
mod dice;
#[path = "write_faults/power.rs"]
mod power;
#[path = "support/program.rs"]
mod program;
#[path = "write_faults/scenarios.rs"]
mod scenarios;
#[path = "support/signed.rs"]
mod signed;
#[path = "support/tools.rs"]
mod tools;
#[path = "write_faults/trace.rs"]
mod trace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use dice::Dice;
use fairgauge::ledger::merkle::{Checkpoint, Frontier};
use fairgauge::ledger::{Reader, leaf};
use program::contents;
use rusqlite::{Connection, OpenFlags};
use scenarios::{ALL, Ack, Scenario};
use signed::{key, ledger, public, signing};
use trace::{CALLS, Fault, Point, READS, disturbed, points};

/// The least number of points of all scenarios.
const LEAST: usize = 1_000;

/// Under which names the child is told what to do.
const SCENARIO: &str = "WRITE_FAULTS_SCENARIO";
const FOLDER: &str = "WRITE_FAULTS_FOLDER";

#[test]
#[ignore = "the others run it as a process of its own"]
fn child() {
    let Ok(name) = std::env::var(SCENARIO) else { return };
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let scenario = ALL.iter().find(|scenario| scenario.name == name).unwrap();
    let done = (scenario.act)(&folder, &mut |ack| match ack {
        Ack::Entries(count) => println!("ack entries {count}"),
        Ack::Signed(count) => println!("ack signed {count}"),
    });
    if let Err(error) = done {
        eprintln!("it failed: {error}");
        std::process::abort();
    }
}

fn command(scenario: &Scenario, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"]);
    program::clean(&mut command);
    command.env(SCENARIO, scenario.name).env(FOLDER, folder).env("RUST_BACKTRACE", "0");
    command
}

/// Copies a folder's files.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn rows<T: rusqlite::types::FromSql>(folder: &Path, query: &str) -> Vec<T> {
    let connection = Connection::open_with_flags(ledger(folder), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn bodies(folder: &Path) -> Vec<String> {
    rows(folder, "SELECT body FROM ledger ORDER BY seq")
}

/// The notes by their sizes; none of a ledger of a form without them.
fn notes(folder: &Path) -> BTreeMap<i64, String> {
    let has_them = rows::<i64>(folder, "SELECT count(*) FROM sqlite_schema WHERE name = 'checkpoint'") == [1];
    if !has_them {
        return BTreeMap::new();
    }
    let sizes: Vec<i64> = rows(folder, "SELECT size FROM checkpoint ORDER BY size");
    sizes.into_iter().zip(rows(folder, "SELECT note FROM checkpoint ORDER BY size")).collect()
}

/// A run that nothing disturbed.
struct Undisturbed {
    contents: Vec<String>,
    bodies: Vec<String>,
    notes: BTreeMap<i64, String>,
}

/// What the published files say, when they are whole: the state of the checkpoint is that of the files.
fn published(folder: &Path) -> Result<Option<(i64, String)>, String> {
    let folder = public(folder);
    let Ok(note) = std::fs::read_to_string(folder.join("checkpoint")) else { return Ok(None) };
    let opened = [1, 2].iter().find_map(|seed| Checkpoint::open(&note, &key(*seed).public()).ok());
    let state = opened.ok_or_else(|| format!("the published checkpoint is none: {note}"))?;
    let mut frontier = Frontier::default();
    for tile in 0..state.size.div_ceil(256) {
        let width = (state.size - tile * 256).min(256);
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        let read = |kind: &str| {
            let path = folder.join(format!("tile/{kind}/{tile:03}{partial}"));
            // Once a tile is full, what it was in part may be gone.
            let full = folder.join(format!("tile/{kind}/{tile:03}"));
            std::fs::read(&path)
                .or_else(|_| std::fs::read(full))
                .map_err(|error| format!("{}: {error}", path.display()))
        };
        let (mut entries, hashes) = (&*read("entries")?, read("0")?);
        for hash in hashes.chunks(32).take(usize::try_from(width).unwrap()) {
            let [high, low, ..] = entries else { return Err(format!("the entries of tile {tile} are cut")) };
            let end = 2 + usize::from(u16::from_be_bytes([*high, *low]));
            let body = std::str::from_utf8(&entries[2..end]).map_err(|error| error.to_string())?;
            if leaf(body) != hash {
                return Err(format!("a hash of tile {tile} is not that of its entry"));
            }
            frontier.push(leaf(body), |_| ());
            entries = &entries[end..];
        }
    }
    let same = (frontier.size(), frontier.root()) == (state.size, state.root);
    same.then(|| Some((i64::try_from(state.size).unwrap(), note))).ok_or("the published root is another".to_owned())
}

/// What must hold the moment after the fault, and after the rest was done.
fn check(scenario: &Scenario, folder: &Path, said: &str, wanted: &Undisturbed) -> Result<(), String> {
    let acknowledged = |what: &str| {
        let lines = said.lines().filter_map(|line| line.split_once(what)?.1.trim().parse::<i64>().ok());
        lines.max().unwrap_or(0)
    };
    let (entries, signed) = (acknowledged("ack entries "), acknowledged("ack signed "));
    let mut kept = Vec::new();
    let mut before = BTreeMap::new();
    if ledger(folder).exists() {
        (kept, before) = (bodies(folder), notes(folder));
    }
    let count = i64::try_from(kept.len()).unwrap();
    if count < entries.max(signed) || !wanted.bodies.starts_with(&kept) {
        return Err(format!("{count} entries are kept, {entries} were acknowledged, or they are other ones"));
    }
    let newest = before.last_key_value().map_or(0, |(size, _)| *size);
    if newest < signed {
        return Err(format!("{newest} entries are signed, {signed} were acknowledged"));
    }
    let high_water = std::fs::read_to_string(&signing(folder).high_water).unwrap_or_default();
    let high_water = Checkpoint::read(&high_water).map_or(0, |state| i64::try_from(state.size).unwrap());
    if high_water < newest {
        return Err(format!("the high-water file knows of {high_water} entries, {newest} are signed"));
    }
    if let Some((size, note)) = published(folder)?
        && before.get(&size) != Some(&note)
    {
        return Err(format!("the published checkpoint of {size} entries is not among those of the ledger"));
    }

    (scenario.act)(folder, &mut |_| ()).map_err(|error| format!("it does not go on: {error}"))?;
    if contents(&ledger(folder)) != wanted.contents {
        return Err("in the end something is lost, or twice, or another".to_owned());
    }
    let after = notes(folder);
    let others: Vec<_> =
        after.iter().filter(|(size, note)| wanted.notes.get(size).is_some_and(|wanted| wanted != *note)).collect();
    if !others.is_empty() || after.last_key_value() != wanted.notes.last_key_value() {
        return Err(format!("other states are signed: {after:?}"));
    }
    if before.iter().any(|(size, note)| after.get(size) != Some(note)) {
        return Err("a signed state is gone".to_owned());
    }
    Reader::open(&ledger(folder)).and_then(|reader| reader.verify()).map_err(|error| error.to_string())?;
    match published(folder)? {
        Some((_, note)) if Some(&note) == after.last_key_value().map(|(_, note)| note) => Ok(()),
        other => Err(format!("what is published is not the last state: {other:?}")),
    }
}

/// That nothing was acknowledged behind a flush of the write-ahead log that failed.
fn acknowledged_behind_a_failed_flush(seen: &str) -> bool {
    let failed = |line: &&str| line.contains("sync(") && line.contains("-wal>") && line.contains("(INJECTED)");
    seen.lines().skip_while(|line| !failed(line)).any(|line| line.contains("write(1") && line.contains("\"ack "))
}

/// A point with what happens there.
struct Case<'s> {
    scenario: &'s Scenario,
    template: PathBuf,
    wanted: Undisturbed,
    points: Vec<Point>,
}

impl Undisturbed {
    fn of(scenario: &Scenario, template: &Path, folder: &Path) -> Self {
        copy(template, folder);
        (scenario.act)(folder, &mut |_| ()).unwrap();
        Self { contents: contents(&ledger(folder)), bodies: bodies(folder), notes: notes(folder) }
    }
}

fn case<'s>(scenario: &'s Scenario, folder: &Path, calls: &str) -> Case<'s> {
    let template = folder.join(scenario.name);
    std::fs::create_dir_all(&template).unwrap();
    (scenario.prepare)(&template);
    let wanted = Undisturbed::of(scenario, &template, &folder.join(format!("{} undisturbed", scenario.name)));
    let watched = folder.join(format!("{} watched", scenario.name));
    copy(&template, &watched);
    let log = folder.join(format!("{}.log", scenario.name));
    let (points, output) = points(&command(scenario, &watched), &watched, &log, calls);
    assert!(output.status.success(), "{}: {}", scenario.name, String::from_utf8_lossy(&output.stderr));
    check(scenario, &watched, &String::from_utf8_lossy(&output.stdout), &wanted).unwrap();
    Case { scenario, template, wanted, points }
}

/// Runs a fault at a point; how the process ended.
fn run(case: &Case<'_>, point: &Point, fault: Fault, folder: &Path) -> Output {
    let log = folder.with_extension("log");
    copy(&case.template, folder);
    let (output, seen) = disturbed(&command(case.scenario, folder), point, fault, &log);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = |why: String| {
        let says = String::from_utf8_lossy(&output.stderr);
        panic!("{}, {fault:?} at {point:?}: {why}\n{says}\n{said}\n{seen}", case.scenario.name)
    };
    if acknowledged_behind_a_failed_flush(&seen) {
        failed("acknowledged behind a flush that failed".to_owned());
    }
    check(case.scenario, folder, &said, &case.wanted).unwrap_or_else(failed);
    std::fs::remove_dir_all(folder).unwrap();
    output
}

/// Runs these faults at each point of each scenario, or at a sample; how many points there are, how many runs were made,
/// and how many of those ended badly, as they may.
fn sweep(calls: &str, faults: &[Fault], sample: usize) -> Option<(usize, usize, usize)> {
    if !tools::there("strace") {
        return None;
    }
    let sample = match std::env::var("FAIRGAUGE_POINTS").as_deref() {
        Ok("all") => usize::MAX,
        Ok(number) => number.parse().unwrap(),
        Err(_) => sample,
    };
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<_> = ALL.iter().map(|scenario| case(scenario, folder.path(), calls)).collect();
    let count: usize = cases.iter().map(|case| case.points.len()).sum();
    for case in &cases {
        println!("{}: {} points", case.scenario.name, case.points.len());
    }
    let of_point = |case, point| {
        let fitting = faults.iter().filter(move |fault| fault.fits(point));
        fitting.map(move |fault| (case, point, *fault))
    };
    let whole: Vec<_> =
        cases.iter().flat_map(|case| case.points.iter().flat_map(move |point| of_point(case, point))).collect();
    let step = whole.len().div_ceil(sample);
    let chosen: Vec<_> = whole.iter().step_by(step).collect();
    let (next, ended_badly) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().unwrap().get();
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some((case, point, fault)) = chosen.get(number) else { break };
                    let output = run(case, point, *fault, &folder.path().join(format!("run-{number}")));
                    ended_badly.fetch_add(usize::from(!output.status.success()), Ordering::Relaxed);
                }
            });
        }
    });
    Some((count, chosen.len(), ended_badly.into_inner()))
}

fn assert_swept(calls: &str, faults: &[Fault], sample: usize) {
    let Some((points, runs, ended_badly)) = sweep(calls, faults, sample) else { return };
    println!(
        "{faults:?}: {points} points, {runs} runs, {ended_badly} of them ended before their end; nothing was lost"
    );
    assert!(points >= if calls == CALLS { LEAST } else { 100 }, "{points} points");
    let all_end = faults == [Fault::Kill];
    assert!(if all_end { ended_badly == runs } else { ended_badly > 0 }, "the faults were felt");
}

#[test]
fn p01_killed_at_each_call_that_writes() {
    assert_swept(CALLS, &[Fault::Kill], 100);
}

#[test]
fn d01_a_disk_that_is_full_for_one_call() {
    assert_swept(CALLS, &[Fault::Once("ENOSPC")], 50);
}

#[test]
fn d01_a_disk_that_stays_full() {
    assert_swept(CALLS, &[Fault::Ever("ENOSPC")], 50);
}

#[test]
fn d02_an_error_at_one_call_that_writes() {
    assert_swept(CALLS, &[Fault::Once("EIO")], 50);
}

#[test]
fn d02_errors_from_one_call_that_writes_on() {
    assert_swept(CALLS, &[Fault::Ever("EIO")], 50);
}

#[test]
fn d02_a_flush_that_fails_is_not_acknowledged() {
    assert_swept("fsync,fdatasync", &[Fault::Once("EIO"), Fault::Ever("EIO")], 40);
}

#[test]
fn d03_a_page_that_cannot_be_read_once() {
    assert_swept(READS, &[Fault::Once("EIO")], 40);
}

#[test]
fn d03_pages_that_cannot_be_read_any_more() {
    assert_swept(READS, &[Fault::Ever("EIO")], 40);
}

#[test]
fn d03_a_read_that_gives_nothing() {
    assert_swept("pread64", &[Fault::Short], 40);
}

#[test]
fn d04_a_call_that_writes_nothing() {
    assert_swept(CALLS, &[Fault::Short], 50);
}

/// A file that grows no further: what stands across the limit is written in part, and the next call fails.
fn cut_at(scenario: &str, limits: impl Iterator<Item = u64>) {
    if !tools::there("prlimit") {
        return;
    }
    let all = tempfile::tempdir().unwrap();
    let scenario = ALL.iter().find(|known| known.name == scenario).unwrap();
    let template = all.path().join("template");
    std::fs::create_dir(&template).unwrap();
    (scenario.prepare)(&template);
    let wanted = Undisturbed::of(scenario, &template, &all.path().join("undisturbed"));
    let (mut cut, mut whole) = (0, 0);
    for limit in limits {
        let folder = all.path().join(limit.to_string());
        copy(&template, &folder);
        let child = command(scenario, &folder);
        let mut limited = Command::new("sh");
        // The signal would end it: the error is wanted.
        limited.args(["-c", "trap '' XFSZ; exec prlimit \"--fsize=$0\" -- \"$@\"", &limit.to_string()]);
        limited.arg(child.get_program()).args(child.get_args());
        program::clean(&mut limited);
        limited.env(SCENARIO, scenario.name).env(FOLDER, &folder).env("RUST_BACKTRACE", "0");
        let output = limited.output().unwrap();
        check(scenario, &folder, &String::from_utf8_lossy(&output.stdout), &wanted)
            .unwrap_or_else(|why| panic!("files end at {limit}: {why}\n{}", String::from_utf8_lossy(&output.stderr)));
        if output.status.success() { whole += 1 } else { cut += 1 }
    }
    println!("{}: files that end at {cut} places, and {whole} that are long enough; nothing was lost", scenario.name);
    assert!(cut > 10, "{cut} {whole}");
}

#[test]
fn d04_a_file_that_is_cut_in_the_midst_of_a_page() {
    cut_at("many small ones", (0..40).map(|step| 50 + 4_099 * step));
}

#[test]
fn d04_a_log_that_is_cut_in_the_midst_of_a_large_batch() {
    cut_at("a large batch", (0..30).map(|step| 60_001 + 4_001 * step));
}

/// So many steps behind a kill are looked at, one by one.
const KILLED: usize = 50;

/// Power cuts behind so many steps of a scenario; what was flushed is there, of the rest anything. Where the process before
/// was `killed`, what it committed last was not flushed.
fn power_cuts(scenarios: &[&str], killed: bool, sample: usize) {
    if !tools::there("strace") {
        return;
    }
    let cuts = std::env::var("FAIRGAUGE_CUTS").map_or(sample, |cuts| cuts.parse().unwrap());
    for name in scenarios {
        let all = tempfile::tempdir().unwrap();
        let scenario = ALL.iter().find(|known| known.name == *name).unwrap();
        let template = all.path().join("template");
        std::fs::create_dir(&template).unwrap();
        (scenario.prepare)(&template);
        let wanted = Undisturbed::of(scenario, &template, &all.path().join("undisturbed"));
        let (watched, log) = (all.path().join("watched"), all.path().join("log"));
        copy(&template, &watched);
        let output = trace::recorded(&command(scenario, &watched), &log);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let recorded = power::Recorded::read(&std::fs::read_to_string(&log).unwrap(), &watched);
        let mut dice = Dice(20_260_101);
        let mut acknowledged = 0;
        for cut in 0..cuts {
            let folder = all.path().join(format!("cut-{cut}"));
            // What was not flushed is flushed early or not at all.
            let count = if killed { cut % KILLED } else { dice.below(recorded.len() + 1) };
            let said = recorded.cut(count, (&template, killed), &watched, &folder, &mut |end| dice.below(end));
            acknowledged += said.matches("ack ").count();
            check(scenario, &folder, &said, &wanted)
                .unwrap_or_else(|why| panic!("{name}, cut {cut} behind {count} steps: {why}\n{said}"));
            std::fs::remove_dir_all(&folder).unwrap();
        }
        println!("{name}: {cuts} power cuts in {} steps, {acknowledged} acknowledged; none lost", recorded.len());
        assert!(acknowledged > 0 && recorded.len() > 50);
    }
}

#[test]
fn d06_power_cuts_while_a_ledger_is_made_and_grows() {
    power_cuts(&["make", "many small ones", "first key"], false, 60);
}

#[test]
fn d06_power_cuts_while_money_is_determined() {
    power_cuts(&["determination", "interim", "a large batch"], false, 50);
}

#[test]
fn d06_power_cuts_while_it_migrates_publishes_and_closes() {
    power_cuts(&["migration", "publishing", "closing", "rotation", "after a crash"], false, 30);
}

#[test]
fn d06_power_cuts_behind_a_kill_that_left_a_commit_which_was_not_flushed() {
    power_cuts(&["after a crash"], true, 3 * KILLED);
}
