//! The drill: backups of a daemon that is writing, at random moments, some of which the daemon or the backup does not
//! survive. Each copy is verified, restored elsewhere, and goes on; its entries are the first ones of the ledger.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/signed_daemon.rs"]
mod signed_daemon;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dice::Dice;
use program::{Program, fairgauge, query, run, wait_until};
use signed_daemon::World;

/// At how many moments; `FAIRGAUGE_DRILLS=100` takes more time.
const MOMENTS: usize = 4;
/// Policies that are corrected together: a batch of so many determinations.
const POLICIES: usize = 4;

/// So often each moment's day is told anew: longer than a backup takes, and the ledger of many moments stays small.
const WORDS: usize = 4;

/// What happens at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// A backup while the daemon writes.
    AtWork,
    /// The daemon is killed while the backup is made.
    DaemonKilled,
    /// The daemon was killed, and a backup is made of what it left.
    DaemonDead,
    /// The backup is killed, and made again.
    BackupKilled,
}

/// Of six moments in a row.
const MOMENTS_OF_SIX: [Moment; 6] = [
    Moment::AtWork,
    Moment::BackupKilled,
    Moment::DaemonKilled,
    Moment::DaemonDead,
    Moment::AtWork,
    Moment::BackupKilled,
];

/// The first entries of a ledger, byte for byte, with their leaves.
fn entries(ledger: &Path, count: usize) -> Vec<String> {
    query(ledger, &format!("SELECT body || hex(leaf) FROM ledger ORDER BY seq LIMIT {count}"))
}

fn count(ledger: &Path) -> usize {
    let found: Vec<i64> = query(ledger, "SELECT count(*) FROM ledger");
    found.first().map_or(0, |count| usize::try_from(*count).unwrap())
}

/// Waits for a moment, by the clock.
fn pass(time: Duration) {
    let begun = Instant::now();
    wait_until("its moment", || begun.elapsed() >= time);
}

/// Ends whoever looks at it, also where the test fails.
struct Ends<'a>(&'a AtomicUsize);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(ENDED, Ordering::SeqCst);
    }
}

/// No moment, but the end.
const ENDED: usize = usize::MAX;

struct Drill {
    world: World,
    daemon: Option<Program>,
    dice: Dice,
    /// How long a backup takes.
    takes: Duration,
    /// Backups that were killed before they were whole.
    cut: usize,
    /// Those that lack what was signed since, and of these those for which the log's files had all of it.
    behind: usize,
    made_up: usize,
}

impl Drill {
    fn path(&self, name: &str) -> String {
        self.world.file(name).to_str().unwrap().to_owned()
    }

    fn start(&mut self) {
        let mut daemon = self.world.start();
        daemon.wait_said("at work: ");
        self.daemon = Some(daemon);
    }

    /// Somewhere in a time, by the millisecond.
    fn some(&mut self, longest: Duration) -> Duration {
        Duration::from_millis(self.dice.below(u64::try_from(longest.as_millis()).unwrap().max(1)))
    }

    fn backup(&self, copy: &Path) -> Command {
        let mut command = fairgauge();
        command.arg("backup").arg(copy).arg("--config").arg(self.world.file("fairgauge.toml"));
        command
    }

    fn made(&self, copy: &Path) {
        let output = self.backup(copy).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes the backup of a moment.
    fn take(&mut self, moment: Moment, copy: &Path) {
        let wait = self.some(Duration::from_secs(1));
        pass(wait);
        let within = self.some(self.takes + Duration::from_millis(20));
        match moment {
            Moment::AtWork => {
                let begun = Instant::now();
                self.made(copy);
                self.takes = begun.elapsed();
            }
            Moment::DaemonKilled => {
                let mut backup = Program::start(self.backup(copy));
                pass(within);
                assert!(self.daemon.take().unwrap().kill(), "the daemon was at work");
                let status = backup.ended();
                assert!(status.success(), "{}", backup.log());
                self.start();
            }
            Moment::DaemonDead => {
                assert!(self.daemon.take().unwrap().kill(), "the daemon was at work");
                self.made(copy);
                self.start();
            }
            Moment::BackupKilled => {
                let mut backup = Program::start(self.backup(copy));
                pass(within);
                backup.kill();
                if copy.exists() {
                    self.verify(copy);
                    fs::remove_file(copy).unwrap();
                } else {
                    self.cut += 1;
                }
                self.made(copy);
            }
        }
    }

    fn verify(&self, ledger: &Path) {
        let (status, said) = run(&["verify", "--ledger", ledger.to_str().unwrap(), "--key", &self.path("key.pub")]);
        assert_eq!(status, 0, "{said}");
    }

    /// As the manual has it, against what the daemon that works has signed: the backup is whole, or what was signed since
    /// comes from the log's files.
    fn check(&mut self, copy: &Path) {
        let (config, key, entries) = (self.path("fairgauge.toml"), self.path("key.pub"), self.path("public"));
        let check = ["restore", copy.to_str().unwrap(), "--config", &config, "--key", &key, "--check"];
        let (status, said) = run(&check);
        assert!(status == 0 || said.contains(" are missing"), "{said}");
        if status != 0 {
            self.behind += 1;
            let (status, said) = run(&[&check[..], &["--entries", &entries]].concat());
            // The daemon may be about to publish what it has signed.
            assert!(status == 0 || said.contains(" are missing"), "{said}");
            self.made_up += usize::from(status == 0);
        }
    }

    /// Restores it into a folder of its own, where nobody has signed more; a daemon goes on with it.
    fn restored(&self, copy: &Path, fall_mm: &str) {
        let other = World { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(other.file("products")).unwrap();
        for name in ["fairgauge.toml", "book.csv", "ledger.key", "key.pub", "products/wet.toml"] {
            fs::copy(self.world.file(name), other.file(name)).unwrap();
        }
        fs::copy(format!("{}.high-water", copy.display()), other.file("ledger.sqlite.high-water")).unwrap();
        let (config, key) = (other.file("fairgauge.toml"), other.file("key.pub"));
        let restore =
            ["restore", copy.to_str().unwrap(), "--config", config.to_str().unwrap(), "--key", key.to_str().unwrap()];
        let (status, said) = run(&[&restore[..], &["--check"]].concat());
        assert!(status == 0 && !other.file("ledger.sqlite").exists(), "{said}");
        let (status, said) = run(&restore);
        assert_eq!(status, 0, "{said}");
        let (ledger, first) = (other.file("ledger.sqlite"), count(copy));
        assert_eq!(entries(&ledger, first + 1), entries(copy, first));
        other.tell_fall(10, fall_mm);
        let restated = other.count("ledger WHERE kind = 'restate'");
        let daemon = other.start();
        let all = restated + i64::try_from(POLICIES).unwrap();
        wait_until("it goes on", || other.count("ledger WHERE kind = 'restate'") >= all);
        daemon.stop();
        assert_eq!(entries(&ledger, first), entries(copy, first));
        let (status, said) = other.verify();
        assert!(status == 0 && said.contains("computed again: the same"), "{said}");
    }
}

#[test]
fn at_random_moments_of_a_daemon_that_writes_a_backup_is_whole_and_goes_on() {
    let moments = std::env::var("FAIRGAUGE_DRILLS").map_or(MOMENTS, |moments| moments.parse().unwrap());
    let world = World::corrected(POLICIES);
    world.tell(10);
    let copies = tempfile::tempdir().unwrap();
    let (takes, moment_now) = (Duration::from_millis(100), AtomicUsize::new(0));
    let mut drill = Drill { world, daemon: None, dice: Dice(20_261_126), takes, cut: 0, behind: 0, made_up: 0 };
    drill.start();
    let settled = i64::try_from(POLICIES).unwrap();
    wait_until("all is settled", || drill.world.count("payout WHERE state = 'final'") == settled);
    let weather = World { folder: tempfile::tempdir().unwrap() };
    let ledger = drill.world.file("ledger.sqlite");
    let (mut sizes, mut done) = (BTreeSet::new(), BTreeSet::new());
    std::thread::scope(|scope| {
        let _ends = Ends(&moment_now);
        // One day is told anew whenever all is corrected, and each time it is other.
        let (to, now, ledger) = (drill.world.file("daily.csv"), &moment_now, &ledger);
        scope.spawn(move || {
            for number in 0.. {
                wait_until("the next moment", || now.load(Ordering::SeqCst) > number / WORDS);
                if now.load(Ordering::SeqCst) == ENDED {
                    return;
                }
                let before = count(ledger);
                weather.tell_fall(10, &format!("{}.5", 55 + number % 50));
                fs::copy(weather.file("daily.csv"), to.with_extension("new")).unwrap();
                fs::rename(to.with_extension("new"), &to).unwrap();
                let is_over = || now.load(Ordering::SeqCst) == ENDED;
                wait_until("it is corrected", || is_over() || count(ledger) > before);
            }
        });
        for number in 0..moments {
            let copy: PathBuf = copies.path().join(format!("{number}.sqlite"));
            let moment = MOMENTS_OF_SIX[number % MOMENTS_OF_SIX.len()];
            moment_now.store(number + 1, Ordering::SeqCst);
            drill.take(moment, &copy);
            drill.verify(&copy);
            drill.check(&copy);
            let size = count(&copy);
            assert_eq!(entries(&copy, size), entries(ledger, size), "{moment:?}: it is a beginning of the ledger");
            drill.restored(&copy, &format!("{}.25", 60 + number % 40));
            sizes.insert(size);
            done.insert(moment);
            fs::remove_file(&copy).unwrap();
        }
    });
    drill.daemon.take().unwrap().stop();
    let (status, said) = drill.world.verify();
    assert_eq!(status, 0, "{said}");
    assert!(sizes.len() * 2 > moments && done.len() == moments.min(4), "{} sizes, {done:?}", sizes.len());
    let Drill { cut, behind, made_up, .. } = drill;
    assert!(behind < 3 || made_up > 0, "{behind} lacked what was signed since, and never were the log's files enough");
    println!(
        "{moments} moments, {} sizes of ledger from {:?} to {:?} entries; {cut} backups killed before they were whole; \
         {behind} behind what was signed since, of which {made_up} were whole with the log's files",
        sizes.len(),
        sizes.first(),
        sizes.last(),
    );
}
