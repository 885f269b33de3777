//! Another version of the program in the midst of a period (P11): each determination names the one that made it, what an
//! older one made stays, and is computed again the same.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use forge::rewrite;
use program::{Program, contents, daemon, query, run, wait_until};

/// What this version calls itself.
const THIS: &str = fairgauge::ledger::ENGINE;
/// What the one before it did.
const BEFORE: &str = "fairgauge 0.0.9";

/// One policy over three days and one over ten: the program is another one behind the fifth.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    /// The ledger as an older program leaves it: the short policy is settled, the long one is open.
    fn of_an_older_program() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        let product = rain_days::product("wet", rain_days::DAILY, "lag = \"0 s\"", rain_days::WET);
        let policies = "SHORT,wet@1,Somebody,2024-03-01,2024-03-03,10000 CNY,s\nLONG,wet@1,Somebody,2024-03-01,2024-03-10,10000 CNY,s\n";
        let feed = rain_days::feed_each("daily", "1 s", "0 s");
        rain_days::write(world.folder.path(), &feed, &[("wet", product)], policies);
        world.tell(5);
        world.run_until(1);
        let named = format!("body LIKE '%\"engine\":\"{THIS}\"%'");
        rewrite(&world.ledger(), &named, |body| body.replace(THIS, BEFORE));
        world
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    fn tell(&self, days: usize) {
        let file = self.folder.path().join("daily.csv");
        fs::write(self.folder.path().join("new"), rain_days::days(days, &[("03-02", "80")])).unwrap();
        fs::rename(self.folder.path().join("new"), file).unwrap();
    }

    /// Runs this program until so many policies are final, and it has polled.
    fn run_until(&self, finals: i64) {
        let polls = || query::<i64>(&self.ledger(), "SELECT count(*) FROM poll").first().copied().unwrap_or(0);
        let before = polls();
        let daemon = Program::start(daemon(&self.folder.path().join("fairgauge.toml")));
        wait_until("the policies are final, and it polls on", || {
            let count = "SELECT count(*) FROM ledger WHERE kind = 'final'";
            query::<i64>(&self.ledger(), count) == [finals] && polls() >= before + 2
        });
        daemon.stop();
    }

    /// State and program of each determination of a policy, in their order.
    fn made(&self, policy: &str) -> Vec<String> {
        let made = "SELECT kind || ' by ' || json_extract(body, '$.engine') FROM ledger WHERE policy = 'POLICY' AND kind <> 'policy'
            ORDER BY seq";
        query(&self.ledger(), &made.replace("POLICY", policy))
    }

    /// What a command says of the ledger.
    fn said(&self, command: &[&str]) -> String {
        let ledger = self.ledger();
        let (status, said) = run(&[command, &["--ledger", ledger.to_str().unwrap()]].concat());
        assert_eq!(status, 0, "{command:?}: {said}");
        said
    }
}

#[test]
fn p11_each_determination_names_the_program_that_made_it() {
    let world = World::of_an_older_program();
    world.tell(10);
    world.run_until(2);
    let short = world.made("SHORT");
    assert!(short.iter().all(|made| made.ends_with(BEFORE)), "{short:?}");
    assert!(short.last().unwrap().starts_with("final"), "{short:?}");
    let long = world.made("LONG");
    let (last, before) = long.split_last().unwrap();
    assert_eq!(*last, format!("final by {THIS}"));
    assert!(!before.is_empty() && before.iter().all(|made| made.ends_with(BEFORE)), "{long:?}");
}

#[test]
fn p11_what_an_older_program_settled_stays_and_is_computed_again_the_same() {
    let world = World::of_an_older_program();
    let final_of = "SELECT hex(leaf) || body FROM ledger WHERE policy = 'SHORT' AND kind = 'final'";
    let entry = query::<String>(&world.ledger(), final_of);
    let explained = world.said(&["explain", "SHORT/rain/2024-03-01", "--format", "json"]);
    assert!(explained.contains("3000.00"), "{explained}");
    world.tell(10);
    world.run_until(2);
    assert_eq!(query::<String>(&world.ledger(), final_of), entry, "once, and byte for byte");
    assert_eq!(world.said(&["explain", "SHORT/rain/2024-03-01", "--format", "json"]), explained);
    let verified = world.said(&["verify"]);
    assert!(verified.contains("determinations computed again: the same"), "{verified}");
}

/// As docs/operating.md has an auditor compute it.
#[test]
fn p11_the_name_of_the_program_has_the_digest_of_its_source() {
    let digest = "find Cargo.lock src -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16";
    let root = env!("CARGO_MANIFEST_DIR");
    assert!(fs::read_to_string(format!("{root}/docs/operating.md")).unwrap().contains(digest));
    let output = Command::new("sh").args(["-c", digest]).current_dir(root).output().unwrap();
    let digest = String::from_utf8(output.stdout).unwrap();
    assert_eq!(THIS, format!("fairgauge {}+{}", env!("CARGO_PKG_VERSION"), digest.trim()));
}

#[test]
fn p11_another_program_alone_determines_nothing_anew() {
    let world = World::of_an_older_program();
    let facts = || contents(&world.ledger()).into_iter().filter(|line| !line.starts_with("poll ")).collect::<Vec<_>>();
    let before = facts();
    world.run_until(1);
    assert_eq!(facts(), before, "no entry, no reading");
}
