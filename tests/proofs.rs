//! Whole seasons: every payout proved by a bundle that needs no database, every change of a bundle refused, the whole
//! ledger computed again.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/signed.rs"]
mod signed;

use std::path::{Path, PathBuf};

use fairgauge::audit::{Bundle, BundleError, recompute, rederive};
use fairgauge::ledger::{Reader, State};
use program::{replay, run};
use signed::{NAME, key, sign};

/// The ledger of a replayed season, signed afterwards.
fn replayed(season: &str, folder: &Path) -> PathBuf {
    let path = folder.join(format!("{season}.sqlite"));
    replay(&Path::new("fixtures").join(season), &path);
    sign(&path, 1, 150_000);
    path
}

fn seasons() -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir("fixtures")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.rsplit_once('-').is_some_and(|(_, year)| year.len() == 4 && year.parse::<u16>().is_ok()))
        .collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    names
}

/// All determinations of a ledger.
fn said(reader: &Reader) -> Vec<(i64, fairgauge::ledger::Determination)> {
    reader.determinations(0, i64::MAX).unwrap()
}

fn bundle(reader: &Reader, said: &(i64, fairgauge::ledger::Determination)) -> Bundle {
    let rederived = rederive(reader, &said.1).unwrap();
    assert_eq!(rederived.differences, Vec::<String>::new(), "{}", said.1.id());
    Bundle::of(reader, (said.0, &said.1), &rederived).unwrap()
}

/// How many determinations of a season were proved.
fn proved_of(season: String, folder: &Path) -> usize {
    let reader = Reader::open(&replayed(&season, folder)).unwrap();
    let all = said(&reader);
    // Of what is provisional each fortieth, of what binds each third: a bundle reads the whole ledger.
    let some = all
        .iter()
        .enumerate()
        .filter(|(place, (_, said))| place % if said.state == State::Provisional { 40 } else { 3 } == 0);
    let proved = some.map(|(_, one)| {
        let text = bundle(&reader, one).text();
        let found = Bundle::read(&text).unwrap().verify(&key(1).public());
        let found = found.unwrap_or_else(|error| panic!("{season}, {}: {error}", one.1.id()));
        assert_eq!((found.seq, &found.determination), (one.0, &one.1));
    });
    let proved = proved.count();
    assert_eq!(recompute(&reader, 0, |_, _| ()).unwrap(), None, "{season}");
    proved
}

#[test]
fn determinations_of_every_season_are_proved_by_their_bundles_alone() {
    let folder = tempfile::tempdir().unwrap();
    let proved: usize = std::thread::scope(|scope| {
        let seasons: Vec<_> =
            seasons().into_iter().map(|season| scope.spawn(|| proved_of(season, folder.path()))).collect();
        seasons.into_iter().map(|season| season.join().unwrap()).sum()
    });
    println!("ran {proved} bundles");
    assert!(proved > 30, "{proved}");
}

/// The bundle of a season's first payout, as JSON.
fn paid() -> (tempfile::TempDir, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let reader = Reader::open(&replayed("lingang-2024", folder.path())).unwrap();
    let all = said(&reader);
    let paid = all.iter().find(|(_, said)| said.payable() > 0).unwrap();
    let text = bundle(&reader, paid).text();
    (folder, serde_json::from_str(&text).unwrap())
}

fn verify(bundle: &serde_json::Value) -> Result<(), BundleError> {
    Bundle::read(&bundle.to_string())?.verify(&key(1).public()).map(|_| ())
}

#[test]
fn whatever_is_changed_in_a_bundle_is_named() {
    let (_folder, whole) = paid();
    verify(&whole).unwrap();
    let text = |pointer: &str| whole.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let amount = text("/determination/body").replace("\"outcome\":\"pays\"", "\"outcome\":\"nothing_due\"");
    let unknown = key(6);
    let rows = text("/readings/0/rows");
    let (row, rest) = rows.split_once('\n').unwrap();
    for (pointer, value, says) in [
        ("/form", "fairgauge-proof@2".into(), "its form is"),
        ("/determination/body", amount.into(), "is not in the log"),
        ("/determination/index", 1.into(), "is not in the log"),
        ("/determination/path/0", "AAAA".into(), "no list of hashes"),
        ("/determination/path", serde_json::json!([]), "is not in the log"),
        ("/policy/body", text("/policy/body").replace('1', "2").into(), "is not in the log"),
        ("/terms", format!("{}# more\n", text("/terms")).into(), "the term sheet is not the one that was hashed"),
        ("/readings/0/rows", rest.into(), "its rows are not those that were hashed"),
        ("/readings/0/rows", format!("{row}0\n{rest}").into(), "its rows are not those that were hashed"),
        ("/readings/0", whole["readings"][1].clone(), "not behind the one before it"),
        ("/readings", serde_json::json!([]), "which is not in the bundle"),
        ("/checkpoint", text("/checkpoint").replace(NAME, "other.example/log").into(), "it is not signed by"),
        ("/checkpoint", "".into(), "no signed note"),
        ("/heard", serde_json::json!([{ "feed": "x", "until": "yesterday" }]), "is no instant"),
        ("/steps", serde_json::json!(null), ""),
    ] {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        match verify(&changed) {
            Ok(()) => assert_eq!(says, "", "{pointer} was changed, and nothing was said"),
            Err(error) => {
                let error = error.to_string();
                assert!(!says.is_empty() && error.contains(says), "{pointer}: {error}");
            }
        }
    }
    let other = Bundle::read(&whole.to_string()).unwrap().verify(&unknown.public()).unwrap_err().to_string();
    assert!(other.contains("it is not signed by"), "{other}");
}

/// Changes bytes of entry, proof and note at random; with a fixed seed.
#[test]
fn a_hundred_thousand_changed_bytes_of_entry_proof_and_note_are_refused() {
    use fairgauge::ledger::merkle::Proof;
    let (_folder, whole) = paid();
    let text = |pointer: &str| whole.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let path: Vec<_> =
        whole["determination"]["path"].as_array().unwrap().iter().map(|hash| hash.as_str().unwrap()).collect();
    let index = whole["determination"]["index"].as_u64().unwrap();
    let head = format!("c2sp.org/tlog-proof@v1\nindex {index}\n{}\n", path.join("\n"));
    let proof = format!("{head}\n{}", text("/checkpoint"));
    let (body, key) = (text("/determination/body"), key(1).public());
    let verified = |proof: &[u8], body: &[u8]| {
        let (Ok(proof), Ok(body)) = (std::str::from_utf8(proof), std::str::from_utf8(body)) else { return false };
        Proof::read(proof).and_then(|proof| proof.verify(&fairgauge::ledger::leaf(body), &key)).is_ok()
    };
    assert!(verified(proof.as_bytes(), body.as_bytes()));
    let mut state = 20_261_126_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut refused = 0;
    for _ in 0..100_000 {
        let (mut proof, mut body) = (proof.clone().into_bytes(), body.clone().into_bytes());
        let place = random(proof.len() + body.len());
        let byte = if place < body.len() { &mut body[place] } else { &mut proof[place - body.len()] };
        *byte ^= u8::try_from(1 + random(255)).unwrap();
        assert!(!verified(&proof, &body), "place {place}");
        refused += 1;
    }
    println!("refused {refused} changed bytes");
}

#[test]
fn the_commands_prove_and_verify_say_what_they_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = replayed("lingang-2024", folder.path());
    let (file, public) = (folder.path().join("payout.json"), key(1).public().to_string());
    let reader = Reader::open(&path).unwrap();
    let paid = said(&reader).into_iter().find(|(_, said)| said.payable() > 0).unwrap().1;
    let (ledger, file) = (path.to_str().unwrap(), file.to_str().unwrap());
    let proved = run(&["prove", &paid.id(), "--ledger", ledger, "--output", file]);
    assert_eq!(proved, (0, String::new()));
    let (code, text) = run(&["prove", &paid.id(), "--ledger", ledger, "--output", file]);
    assert!(code == 1 && text.contains("exists: name a file that does not"), "{text}");
    let (code, text) = run(&["verify", file, "--key", &public]);
    assert!(code == 0 && text.contains(&paid.id()) && text.contains("computed again: the same"), "{text}");
    let (code, text) = run(&["verify", file]);
    assert!(code == 1 && text.contains("--key"), "{text}");
    let state = folder.path().join("state");
    let whole = ["verify", "--ledger", ledger, "--key", &public, "--state", state.to_str().unwrap()];
    let (code, text) = run(&whole);
    assert!(code == 0 && text.contains("determinations computed again: the same"), "{text}");
    let (code, text) = run(&whole);
    assert!(code == 0 && text.contains(" 0 determinations computed again"), "it goes on where it was: {text}");
    let checkpoint = folder.path().join("checkpoint");
    std::fs::write(&checkpoint, reader.newest_checkpoint().unwrap().unwrap().1).unwrap();
    let (code, text) =
        run(&["verify", "--ledger", ledger, "--key", &public, "--checkpoint", checkpoint.to_str().unwrap()]);
    assert!(code == 0 && text.contains("is what it signs, with 0 more"), "{text}");
    let other = key(9).public().to_string();
    let (code, text) = run(&["verify", "--ledger", ledger, "--key", &other]);
    assert!(code == 1 && text.contains("never by the key that was given"), "{text}");
}
