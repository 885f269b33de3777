//! What we sign and prove, checked by programs that are not ours: Go's programs for transparency logs, and OpenSSL.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/signed.rs"]
mod signed;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use base64ct::{Base64, Encoding as _};
use dice::Dice;
use fairgauge::ledger::merkle::{Checkpoint, Frontier, LogKey, Proof, TileHashes, consistency, inclusion, root_of};
use fairgauge::ledger::{Digest, Reader, State, Store, leaf};
use serde_json::json;
use signed::{at, determined, key, ledger, note, public, readings, signing};

/// How many random logs are grown.
const LOGS: usize = 10_000;

/// Go's program, built once; none where Go or its package is not installed.
fn go() -> Option<&'static Path> {
    static BUILT: OnceLock<(tempfile::TempDir, Option<PathBuf>)> = OnceLock::new();
    let (_, program) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let there = tools::there("go")
            && tools::left_out(
                Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog").is_dir(),
                "golang-golang-x-mod-dev is not installed",
            );
        let program = there.then(|| {
            let program = folder.path().join("log");
            let mut build = Command::new("go");
            build.args(["build", "-o"]).arg(&program).arg("tests/outside/log.go");
            build.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "");
            let built = build.env("GOCACHE", folder.path().join("cache")).output().unwrap();
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            program
        });
        (folder, program)
    });
    program.as_deref()
}

/// Runs Go's program on lines; what it counted, or what it found wrong.
fn lines(program: &Path, lines: &[serde_json::Value]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.arg("lines").arg(key(1).public().to_string());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        // Where it found something wrong it reads no further.
        if writeln!(input, "{line}").is_err() {
            break;
        }
    }
    drop(input);
    answer(&child.wait_with_output().unwrap())
}

fn folder(program: &Path, folder: &Path, earlier: &[PathBuf]) -> Result<String, String> {
    let key = key(1).public().to_string();
    answer(&Command::new(program).args(["folder", &key]).arg(folder).args(earlier).output().unwrap())
}

fn answer(output: &std::process::Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Leaves and the hashes of full tiles, as a ledger keeps them.
#[derive(Default)]
struct Memory([Vec<Digest>; 2]);

impl TileHashes for Memory {
    type Error = ();

    fn hashes(&self, level: u32, first: u64, count: u64) -> Result<Vec<Digest>, ()> {
        let [level, first, end] =
            [level.into(), first, first + count].map(|number: u64| usize::try_from(number).unwrap());
        self.0.get(level).and_then(|hashes| hashes.get(first..end)).map(<[_]>::to_vec).ok_or(())
    }
}

fn base64(path: &[Digest]) -> Vec<String> {
    path.iter().map(|hash| Base64::encode_string(hash)).collect()
}

/// A log of so many entries, with proofs of some of them and of some of its beginnings.
fn log(number: usize, size: u64, dice: &mut Dice) -> serde_json::Value {
    let (mut memory, mut frontier) = (Memory::default(), Frontier::default());
    let entries: Vec<_> = (0..size).map(|seq| format!("{{\"log\":{number},\"seq\":{seq}}}")).collect();
    for entry in &entries {
        memory.0[0].push(leaf(entry));
        let tiles = &mut memory.0[1];
        frontier.push(leaf(entry), |tile| tiles.push(tile.hash));
    }
    assert_eq!(root_of(&memory, size), Ok(frontier.root()));
    let mut inclusions = BTreeMap::new();
    let mut consistencies = BTreeMap::new();
    for _ in 0..4 {
        let index = dice.below(size);
        inclusions.insert(index, base64(&inclusion(&memory, index, size).unwrap()));
        let old = 1 + dice.below(size);
        consistencies.insert(old, base64(&consistency(&memory, old, size).unwrap()));
    }
    let checkpoint = Checkpoint { origin: signed::NAME.to_owned(), size, root: frontier.root() };
    json!({
        "entries": entries,
        "note": checkpoint.sign(&key(1)),
        "inclusion": inclusions,
        "consistency": consistencies,
    })
}

#[test]
fn go_accepts_roots_and_proofs_of_ten_thousand_random_logs() {
    let Some(program) = go() else { return };
    let mut dice = Dice(20_130_601);
    let mut logs = Vec::new();
    for number in 0..LOGS {
        // Most are small; one of a hundred fills tiles.
        let most = if number % 100 == 0 { 1_200 } else { 24 };
        logs.push(log(number, 1 + dice.below(most), &mut dice));
    }
    let counted = lines(program, &logs).unwrap();
    println!("{counted}");
    assert!(counted.starts_with("10000 logs, "), "{counted}");
    let proofs: Vec<u64> = counted.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert!(proofs[1] > 30_000 && proofs[2] > 30_000 && proofs[1] == proofs[3], "{counted}");
}

#[test]
fn go_refuses_what_is_not_so() {
    let Some(program) = go() else { return };
    let good = log(1, 300, &mut Dice(7));
    let counted = lines(program, std::slice::from_ref(&good)).unwrap();
    assert!(counted.starts_with("1 logs, "), "{counted}");
    let other = log(2, 300, &mut Dice(7));
    for (member, value, says) in [
        ("note", other["note"].clone(), "has not the root of its note"),
        ("note", good["note"].as_str().unwrap().replacen("\n300\n", "\n301\n", 1).into(), "a log's note"),
        ("inclusion", other["inclusion"].clone(), "log 1, entry"),
        ("consistency", other["consistency"].clone(), "log 1, from"),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        let found = lines(program, &[bad]).unwrap_err();
        assert!(found.contains(says), "{member}: {found}");
    }
}

/// A published log of some hundred entries, signed often; the notes of all its states in files.
fn published(folder: &Path) -> Vec<PathBuf> {
    let mut store = Store::create_signed(&ledger(folder), at(0), &signing(folder)).unwrap();
    for number in 0..70 {
        for more in 0..10 {
            store.append(note(10 * number + more)).unwrap();
        }
        let hour = i64::try_from(number).unwrap();
        store.append(readings(1 + hour, 1)).unwrap();
        let state = if number % 3 == 0 { State::Provisional } else { State::Final };
        store.append(determined(&format!("P-{number}"), state, 0, hour, 0)).unwrap();
    }
    store.close().unwrap();
    let connection = rusqlite::Connection::open(ledger(folder)).unwrap();
    let mut statement = connection.prepare("SELECT size, note FROM checkpoint ORDER BY size").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).unwrap();
    rows.map(|row| {
        let (size, note) = row.unwrap();
        let path = folder.join(format!("{size}.note"));
        std::fs::write(&path, note).unwrap();
        path
    })
    .collect()
}

#[test]
fn go_verifies_the_published_files_every_entry_and_every_earlier_checkpoint() {
    let Some(program) = go() else { return };
    let world = tempfile::tempdir().unwrap();
    let notes = published(world.path());
    assert!(notes.len() > 70, "{}", notes.len());
    let public = public(world.path());
    let counted = folder(program, &public, &notes).unwrap();
    println!("{counted}");
    assert!(counted.starts_with(&format!("842 entries, {} earlier", notes.len())), "{counted}");

    // Proofs that the file gives, as `.tlog-proof` files.
    let reader = Reader::open(&ledger(world.path())).unwrap();
    let (size, newest) = reader.newest_checkpoint().unwrap().unwrap();
    let proofs: Vec<_> = (0..size)
        .map(|seq| {
            let (body, path) = reader.proved(seq, size).unwrap();
            let proof = Proof { index: u64::try_from(seq).unwrap(), path, note: newest.clone() };
            json!({ "proof": proof.text(), "entry": body })
        })
        .collect();
    let counted = lines(program, &proofs).unwrap();
    assert!(counted.starts_with("0 logs, 842 inclusions"), "{counted}");
    let mut altered = proofs[5].clone();
    altered["entry"] = proofs[6]["entry"].clone();
    assert!(lines(program, &[altered]).unwrap_err().contains("a proof of entry 5"));

    // A changed byte of an entry, of a tile, of the checkpoint; a checkpoint of another log.
    let forked = notes[10].with_extension("forked");
    let state = Checkpoint { origin: signed::NAME.to_owned(), size: 99, root: [9; 32] };
    std::fs::write(&forked, state.sign(&key(1))).unwrap();
    assert!(folder(program, &public, &[forked]).unwrap_err().contains("forked"));
    for (file, byte) in [("tile/entries/000", 70), ("tile/0/001", 100), ("tile/1/000.p/3", 40), ("checkpoint", 40)] {
        let path = public.join(file);
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        bytes[byte] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let found = folder(program, &public, &[]);
        assert!(found.is_err(), "{file}: {found:?}");
        std::fs::write(&path, whole).unwrap();
    }
    folder(program, &public, &[]).unwrap();
}

#[test]
fn openssl_verifies_the_signature_of_a_note() {
    if !tools::there("openssl") {
        return;
    }
    let world = tempfile::tempdir().unwrap();
    let file = |name: &str| world.path().join(name);
    let mut store = Store::create_signed(&ledger(world.path()), at(0), &signing(world.path())).unwrap();
    store.append(determined("P-1", State::Final, 0, 5, 0)).unwrap();
    store.close().unwrap();
    let note = std::fs::read_to_string(public(world.path()).join("checkpoint")).unwrap();
    let (text, signature) = note.split_once("\n\n").unwrap();
    let signature = Base64::decode_vec(signature.trim_end().rsplit_once(' ').unwrap().1).unwrap();
    std::fs::write(file("text"), format!("{text}\n")).unwrap();
    // Four bytes say whose it is.
    std::fs::write(file("signature"), &signature[4..]).unwrap();
    std::fs::write(file("key.pem"), key(1).to_pem().as_ref()).unwrap();
    let openssl = |arguments: &[&str]| {
        Command::new("openssl").args(arguments).current_dir(world.path()).output().unwrap().status.success()
    };
    assert!(openssl(&["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]));
    let verify =
        ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public.pem", "-sigfile", "signature", "-in", "text"];
    assert!(openssl(&verify), "signed by the key");
    std::fs::write(file("text"), format!("{text} \n")).unwrap();
    assert!(!openssl(&verify), "another text");
    // The public key as verifiers are given it is the same key.
    let given = key(1).public().to_string();
    let given = Base64::decode_vec(given.rsplit_once('+').unwrap().1).unwrap();
    let der = Command::new("openssl")
        .args(["pkey", "-pubin", "-in", "public.pem", "-outform", "DER"])
        .current_dir(world.path())
        .output()
        .unwrap();
    assert_eq!(der.stdout[der.stdout.len() - 32..], given[1..]);
    // A key that OpenSSL made signs as well.
    assert!(openssl(&["genpkey", "-algorithm", "ed25519", "-out", "made.pem"]));
    assert!(openssl(&["pkey", "-in", "made.pem", "-pubout", "-outform", "DER", "-out", "made.der"]));
    let made = LogKey::from_pem(signed::NAME, &std::fs::read_to_string(file("made.pem")).unwrap()).unwrap();
    let der = std::fs::read(file("made.der")).unwrap();
    assert!(made.public().to_string().ends_with(&Base64::encode_string(&[&[1], &der[der.len() - 32..]].concat())));
}
