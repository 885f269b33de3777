//! Backups of a season while it is settled, each restored, checked, and refused where it is behind; and the commands, with
//! a daemon at work.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/program.rs"]
mod program;
#[path = "support/season.rs"]
mod season;
#[path = "support/signed.rs"]
mod signed;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use dice::Dice;
use fairgauge::daemon::{Clock, Daemon, Service};
use fairgauge::ledger::merkle::Checkpoint;
use fairgauge::ledger::{Backup, Reader, Restore, RestoreError, Signing, Store, Writer, back_up, parse_instant};
use fairgauge::setup::Setup;
use program::{Program, daemon, fairgauge, query, run, wait_until};
use signed::{NAME, key, ledger, public, signing};

const SEASON: &str = "hyderabad-2002";
/// At how many points of the season it is copied; `FAIRGAUGE_POINTS=100` takes more time.
const POINTS: usize = 25;

/// Settles the season into a signed ledger; `at_step` is called each time that the daemon has done what was due.
fn settle(folder: &Path, mut at_step: impl FnMut(usize) + Send) {
    let mut setup = Setup::load(&season::fixture(SEASON).join("fairgauge.toml"), std::iter::empty());
    let setup = setup.as_mut().unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    setup.settings.ledger = ledger(folder);
    let begins = setup.book.policies.iter().map(|policy| policy.product.day.begin(policy.cover.first)).min().unwrap();
    let store = Store::create_signed(&setup.settings.ledger, begins, &signing(folder)).unwrap();
    let clock = Clock::at(begins);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut daemon = Daemon::start(setup.clone(), Writer::spawn(store).unwrap(), &clock).await.unwrap();
        let mut step = 0;
        let mut service = Service::alone(move |_, _| {
            at_step(step);
            step += 1;
        });
        daemon.run(&clock, &mut service).await.unwrap();
        drop(service);
        daemon.close().await.unwrap();
    });
}

/// A copy of the season's ledger at some point, in a folder of its own.
struct Point {
    folder: tempfile::TempDir,
    made: Backup,
}

impl Point {
    fn backup(&self) -> PathBuf {
        self.folder.path().join("backup.sqlite")
    }

    fn restore<T>(&self, high_water: &Path, entries: Option<&Path>, run: impl FnOnce(&Restore<'_>) -> T) -> T {
        let (backup, ledger) = (self.backup(), ledger(self.folder.path()));
        run(&Restore {
            backup: &backup,
            ledger: &ledger,
            high_water,
            key: Some(&key(1).public()),
            checkpoints: &[],
            entries,
            evidence: &[],
            nobody_knows_more: false,
            at: parse_instant("2030-01-01T00:00:00.000Z").unwrap(),
        })
    }

    /// Copies the ledger as it stands, restores the copy, and compares.
    fn of(folder: &Path) -> Self {
        let high_water = signing(folder).high_water;
        let here = tempfile::tempdir().unwrap();
        let made = back_up(&ledger(folder), &high_water, &here.path().join("backup.sqlite"), false).unwrap();
        let point = Self { folder: here, made };
        let known = signing(point.folder.path()).high_water;
        fs::copy(&high_water, &known).unwrap();
        let restored = point.restore(&known, None, |restore| restore.run()).unwrap();
        assert_eq!((restored.verified, &restored.state), (point.made.verified, &point.made.state));
        point
    }

    /// Takes the restored ledger away again.
    fn clear(&self) {
        for rest in ["", "-wal", "-shm", ".lock", ".high-water"] {
            let _ = fs::remove_file(self.folder.path().join(format!("ledger.sqlite{rest}")));
        }
    }
}

#[test]
fn d10_at_random_points_of_a_season_a_backup_is_restored_and_refused_once_it_is_behind() {
    let counted = tempfile::tempdir().unwrap();
    let mut steps = 0;
    settle(counted.path(), |step| steps = step + 1);
    let (mut dice, mut chosen) = (Dice(20_261_126), BTreeSet::new());
    let wanted = std::env::var("FAIRGAUGE_POINTS").map_or(POINTS, |points| points.parse().unwrap());
    while chosen.len() < wanted {
        chosen.insert(dice.below(steps));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut points = Vec::new();
    settle(folder.path(), |step| {
        if chosen.contains(&step) {
            points.push(Point::of(folder.path()));
        }
    });
    assert_eq!(points.len(), wanted);
    let (path, signing) = (ledger(folder.path()), signing(folder.path()));
    let whole = Reader::open(&path).unwrap();
    let verified = whole.verify().unwrap();
    let last = whole.state_at(verified.entries).unwrap();
    assert_eq!(Checkpoint::read(&fs::read_to_string(&signing.high_water).unwrap()), Some(last.clone()));
    let (mut behind, mut sizes) = (0, BTreeSet::new());
    for (place, point) in points.iter().enumerate() {
        sizes.insert(point.made.state.size);
        point.clear();
        if point.made.state.size == last.size {
            point.restore(&signing.high_water, None, |restore| restore.check()).unwrap();
            continue;
        }
        behind += 1;
        let refused = point.restore(&signing.high_water, None, |restore| restore.run());
        let is_ahead = matches!(&refused, Err(RestoreError::Ahead { size, signed, .. })
            if (*size, *signed) == (point.made.state.size, last.size));
        assert!(is_ahead, "{refused:?}");
        // Put in the ledger's place by hand, the daemon does not go on with it.
        let by_hand = point.folder.path().join("by-hand.sqlite");
        fs::copy(point.backup(), &by_hand).unwrap();
        let error = Store::open_signed(&by_hand, parse_instant("2030-01-01T00:00:00.000Z").unwrap(), &signing);
        assert!(error.unwrap_err().to_string().contains("this is an old copy"));
        let public = public(folder.path());
        let known = Signing::beside(&ledger(point.folder.path()));
        fs::copy(&signing.high_water, &known).unwrap();
        if place % 5 != 0 {
            continue;
        }
        if place % 10 != 0 {
            let would = point.restore(&known, Some(&public), |restore| restore.check()).unwrap();
            assert_eq!(would.state, last);
            continue;
        }
        let restored = point.restore(&known, Some(&public), |restore| restore.run()).unwrap();
        assert_eq!(
            (restored.state.size, restored.signed),
            (last.size + 1, Some(last.size)),
            "and the entry that says so"
        );
        let reader = Reader::open(&ledger(point.folder.path())).unwrap();
        assert_eq!(reader.state_at(verified.entries).unwrap(), last);
        let (said, again) = (whole.latest_of_all().unwrap(), reader.latest_of_all().unwrap());
        assert_eq!(said.len(), again.len());
        for ((seq, one), (place, other)) in said.iter().zip(&again) {
            assert_eq!((seq, one.id(), one.amount), (place, other.id(), other.amount), "what was decided stays so");
        }
    }
    assert!(behind > wanted / 2 && sizes.len() > wanted / 4, "{behind} behind, {} sizes", sizes.len());
    println!("{wanted} points of {steps}, {} sizes of ledger, {behind} behind its end", sizes.len());
}

/// A season with recorded feeds whose settings sign the ledger and publish copies of it. Gives the public key.
fn live(folder: &Path) -> String {
    season::copy(SEASON, folder, true);
    let file = folder.join("fairgauge.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let key = folder.join("ledger-key");
    let made = fairgauge().args(["key", "new"]).arg(&key).args(["--name", NAME]).output().unwrap();
    assert!(made.status.success());
    let more = format!(
        "[ledger.sign]\nname = \"{NAME}\"\nkey = {{ file = \"ledger-key\" }}\npublish = \"public\"\n\
         [ledger.snapshot]\npath = \"copies/ledger.sqlite\"\nevery = \"1 min\"\n"
    );
    fs::write(&file, settings + &more).unwrap();
    fs::create_dir(folder.join("copies")).unwrap();
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_live_ledger_is_published_copied_lost_restored_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let public = live(folder.path());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (config, backup, ledger) = (at("fairgauge.toml"), at("backup.sqlite"), at("ledger.sqlite"));
    let mut program = Program::start(daemon(Path::new(&config)));
    program.wait_said("at work");
    wait_until("a copy is published", || Path::new(&at("copies/ledger.sqlite.checkpoint")).exists());
    let (code, text) = run(&[
        "verify",
        "--ledger",
        &at("copies/ledger.sqlite"),
        "--key",
        &public,
        "--checkpoint",
        &at("copies/ledger.sqlite.checkpoint"),
    ]);
    assert!(code == 0 && text.contains("the ledger is what it signs"), "{text}");
    let settled = "SELECT count(*) FROM payout WHERE state = 'final'";
    wait_until("all is final", || query::<i64>(Path::new(&ledger), settled) >= vec![10]);
    let (code, text) = run(&["backup", &backup, "--config", &config]);
    assert!(code == 0 && text.contains("entries     ") && text.contains("root        "), "{text}");
    let (code, text) = run(&["backup", &backup, "--config", &config]);
    assert!(code == 1 && text.contains("--replace"), "{text}");
    let (code, text) = run(&["backup", &backup, "--config", &config, "--replace", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(code == 0 && object["origin"] == NAME && object["entries"].as_i64().unwrap() > 20, "{text}");
    let (code, text) = run(&["restore", &backup, "--config", &config, "--key", &public]);
    assert!(code == 1 && text.contains("another fairgauge writes this ledger"), "{text}");
    let restore = ["restore", &backup, "--config", &config, "--key", &public];
    // Readings of the last minutes may not be signed yet: then they are neither in the backup nor missed.
    let (code, text) = run(&[&restore[..], &["--check"]].concat());
    assert!(code == 0 && text.contains("once the ledger that is there was moved away"), "{text}");
    program.stop();
    let before: Vec<String> = query(Path::new(&ledger), "SELECT id || amount FROM payout ORDER BY id");
    let (code, text) = run(&["repair", "--config", &config]);
    assert!(code == 0 && text.contains("nothing was changed"), "{text}");
    for rest in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{ledger}{rest}"));
    }
    let entries = ["--entries", &at("public")];
    let files = season::listing(folder.path());
    let (code, text) = run(&[&restore[..], &entries[..], &["--check"]].concat());
    assert!(code == 0 && text.contains("nothing was written"), "{text}");
    assert!(season::listing(folder.path()) == files, "a drill writes nothing");
    let (code, text) = run(&[&restore[..], &entries[..]].concat());
    assert!(code == 0 && text.contains("give it the owner of its folder"), "{text}");
    assert_eq!(query::<String>(Path::new(&ledger), "SELECT id || amount FROM payout ORDER BY id"), before);
    let (code, text) = run(&["verify", "--config", &config, "--key", &public]);
    assert!(code == 0 && text.contains("computed again: the same"), "{text}");
    let mut program = Program::start(daemon(Path::new(&config)));
    program.wait_said("at work");
    program.stop();
    assert_eq!(query::<String>(Path::new(&ledger), "SELECT id || amount FROM payout ORDER BY id"), before);
}

#[test]
fn d13_a_key_that_everybody_reads_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    live(folder.path());
    let (key, config) = (folder.path().join("ledger-key"), folder.path().join("fairgauge.toml"));
    for mode in [0o644, 0o604, 0o602] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let output = daemon(&config).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let says = format!("ledger-key (mode 0{mode:o}): chmod 600");
        assert!(output.status.code() == Some(1) && said.contains(&says), "{mode:o}: {said}");
        assert!(!ledger(folder.path()).exists());
    }
}

#[test]
fn a_snapshot_that_takes_the_ledgers_place_or_comes_too_often_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    live(folder.path());
    let config = folder.path().join("fairgauge.toml");
    let settings = fs::read_to_string(&config).unwrap();
    for (from, to, says) in [
        ("copies/ledger.sqlite", "ledger.sqlite", "this is the ledger itself"),
        ("\"1 min\"", "\"1 s\"", "at least 60"),
        ("every = ", "evry = ", "`evry` is not a key of [ledger.snapshot]"),
    ] {
        fs::write(&config, settings.replace(from, to)).unwrap();
        let (code, text) = run(&["check", folder.path().to_str().unwrap()]);
        assert!(code == 78 && text.contains(says), "{text}");
    }
}
