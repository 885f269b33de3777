//! The key of a ledger was leaked and is changed (O2): what the old one signs from then on is believed by nobody who has
//! the new one, and what it signed before stands.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[path = "support/signed_daemon.rs"]
mod signed_daemon;

use std::fs;
use std::path::{Path, PathBuf};

use program::run;
use signed_daemon::World;

/// A ledger whose key was changed once it had paid, and one that whoever has the old key made up.
struct Leak {
    real: World,
    forged: World,
    /// The public half of the key that was leaked.
    old: PathBuf,
    new: PathBuf,
    /// What an insurer kept before.
    kept: PathBuf,
}

fn said(arguments: &[&Path]) -> (i32, String) {
    run(&arguments.iter().map(|argument| argument.to_str().unwrap()).collect::<Vec<_>>())
}

impl Leak {
    fn new() -> Self {
        let real = World::of_file();
        real.run_to_end();
        let [old, new, kept, next] = ["old.pub", "new.pub", "kept", "ledger-2.key"].map(|name| real.file(name));
        fs::copy(real.file("key.pub"), &old).unwrap();
        fs::copy(real.file("public/checkpoint"), &kept).unwrap();

        let forged = World::new("file = \"daily.csv\"");
        for name in ["ledger.key", "key.pub"] {
            fs::copy(real.file(name), forged.file(name)).unwrap();
        }
        fs::write(forged.file("daily.csv"), rain_days::days(10, &[("03-02", "110")])).unwrap();
        forged.run_to_end();

        let (status, key) = said(&["key".as_ref(), "new".as_ref(), &next, "--name".as_ref(), NAME.as_ref()]);
        assert_eq!(status, 0, "{key}");
        fs::write(&new, key).unwrap();
        let settings = real.file("fairgauge.toml");
        let (status, told) = said(&["key".as_ref(), "rotate".as_ref(), &next, "--config".as_ref(), &settings]);
        assert_eq!(status, 0, "{told}");
        fs::rename(&next, real.file("ledger.key")).unwrap();
        fs::copy(&new, real.file("key.pub")).unwrap();
        real.goes_on();
        Self { real, forged, old, new, kept }
    }

    /// `verify` of the real ledger.
    fn verify(&self, key: &Path, checkpoint: &Path) -> (i32, String) {
        let ledger = self.real.file("ledger.sqlite");
        said(&[
            "verify".as_ref(),
            "--ledger".as_ref(),
            &ledger,
            "--key".as_ref(),
            key,
            "--checkpoint".as_ref(),
            checkpoint,
        ])
    }

    /// A bundle that proves the payout of a ledger, and what `verify` says of it by a key.
    fn proved(world: &World, key: &Path) -> (i32, String) {
        let (ledger, bundle) = (world.file("ledger.sqlite"), world.file("bundle.json"));
        _ = fs::remove_file(&bundle);
        let (status, told) = said(&[
            "prove".as_ref(),
            "P-1/rain/2024-03-01".as_ref(),
            "--ledger".as_ref(),
            &ledger,
            "--output".as_ref(),
            &bundle,
        ]);
        assert_eq!(status, 0, "{told}");
        said(&["verify".as_ref(), &bundle, "--key".as_ref(), key])
    }
}

const NAME: &str = "ledger.example.org/faults";

#[test]
fn o02_what_the_old_key_signs_over_other_entries_is_not_accepted_by_the_new_one() {
    let leak = Leak::new();
    let (status, said) = Leak::proved(&leak.forged, &leak.old);
    assert!(status == 0 && said.contains("6000.00 CNY"), "who was not told of the new key is deceived: {said}");
    let (status, said) = Leak::proved(&leak.forged, &leak.new);
    assert!(status == 1 && said.contains("it is not signed by ledger.example.org/faults+"), "{said}");
    let forged = leak.forged.file("public/checkpoint");
    let (status, said) = leak.verify(&leak.new, &forged);
    assert!(status == 1 && said.contains("it is not signed by ledger.example.org/faults+"), "{said}");
    let (status, said) = leak.verify(&leak.old, &forged);
    assert!(status == 1 && said.contains("are not those that were signed"), "two truths by one key show: {said}");
}

#[test]
fn o02_what_was_signed_before_stands() {
    let leak = Leak::new();
    let (status, said) = leak.verify(&leak.old, &leak.kept);
    assert!(status == 0 && said.contains("kept one     6 entries: the ledger is what it signs, with 1 more"), "{said}");
    let (status, said) = leak.verify(&leak.new, &leak.real.file("public/checkpoint"));
    assert!(status == 0 && said.contains("kept one     7 entries: the ledger is what it signs, with 0 more"), "{said}");
    let (status, said) = Leak::proved(&leak.real, &leak.new);
    assert!(status == 0 && said.contains("3000.00 CNY"), "what was paid before is proved by the new key: {said}");
    leak.real.assert_well();
}

#[test]
fn o02_the_old_key_in_its_place_again_signs_nothing() {
    let leak = Leak::new();
    fs::copy(leak.forged.file("ledger.key"), leak.real.file("ledger.key")).unwrap();
    let files = ["public/checkpoint", "ledger.sqlite.high-water"];
    let before = files.map(|name| fs::read(leak.real.file(name)).unwrap());
    let mut daemon = leak.real.start();
    assert!(!daemon.ended().success(), "{}", daemon.log());
    assert!(daemon.log().contains("a key is changed by `fairgauge key rotate`"), "{}", daemon.log());
    assert_eq!(files.map(|name| fs::read(leak.real.file(name)).unwrap()), before);
}

#[test]
fn o02_a_ledger_of_the_old_key_in_the_place_of_the_real_one_is_refused() {
    let leak = Leak::new();
    for name in ["ledger.sqlite", "ledger.key"] {
        fs::copy(leak.forged.file(name), leak.real.file(name)).unwrap();
    }
    let mut daemon = leak.real.start();
    assert!(!daemon.ended().success(), "{}", daemon.log());
    assert!(daemon.log().contains("7 were signed"), "{}", daemon.log());
}
