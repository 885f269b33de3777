//! The golden vector, and random trees against two other programs.

use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use super::key::tests::golden;
use super::*;
use crate::ledger::{Digest, digest, hex};

/// Leaves and the hashes of full tiles, as a ledger keeps them.
#[derive(Default)]
struct Memory(Vec<Vec<Digest>>);

impl Memory {
    fn of(leaves: &[Digest]) -> (Self, Frontier) {
        let (mut memory, mut frontier) = (Self(vec![Vec::new(); 4]), Frontier::default());
        for leaf in leaves {
            memory.0[0].push(*leaf);
            frontier.push(*leaf, |tile| {
                let level = &mut memory.0[usize::try_from(tile.level).expect("few")];
                assert_eq!(u64::try_from(level.len()), Ok(tile.index), "tiles are filled in their order");
                level.push(tile.hash);
            });
        }
        (memory, frontier)
    }
}

impl TileHashes for Memory {
    type Error = ();

    fn hashes(&self, level: u32, first: u64, count: u64) -> Result<Vec<Digest>, ()> {
        let [level, first, count] =
            [level.into(), first, count].map(|number: u64| usize::try_from(number).expect("few"));
        self.0.get(level).and_then(|hashes| hashes.get(first..first + count)).map(<[_]>::to_vec).ok_or(())
    }
}

fn bodies(count: usize) -> Vec<String> {
    (0..count).map(|seq| format!(r#"{{"kind":"note","seq":{seq},"v":1}}"#)).collect()
}

fn golden_leaves() -> Vec<Digest> {
    let texts = ["genesis", "é", "third"].into_iter().enumerate();
    texts.map(|(seq, text)| digest::leaf(&format!(r#"{{"kind":"note","seq":{seq},"text":"{text}","v":1}}"#))).collect()
}

fn is_abbreviated(digest: &Digest, ends: &str) -> bool {
    let (begin, end) = ends.split_once('…').expect("two ends");
    hex(digest).starts_with(begin) && hex(digest).ends_with(end)
}

#[test]
fn the_first_golden_vector() {
    let leaves = golden_leaves();
    for (leaf, ends) in leaves.iter().zip(["54b9d9d6…4a6b", "507d627b…d91f", "a7b816da…5f37"]) {
        assert!(is_abbreviated(leaf, ends), "{}", hex(leaf));
    }
    let (memory, frontier) = Memory::of(&leaves);
    assert_eq!(root_of(&memory, 1), Ok(leaves[0]));
    for (size, ends) in [(2, "8100e0c6…b0b8"), (3, "3ea9c49a…b568")] {
        let root = root_of(&memory, size).expect("kept");
        assert!(is_abbreviated(&root, ends), "{}", hex(&root));
    }
    assert_eq!(consistency(&memory, 2, 3), Ok(vec![leaves[2]]));
    assert_eq!(inclusion(&memory, 1, 3), Ok(vec![leaves[0], leaves[2]]));

    let checkpoint = Checkpoint { origin: "oracle.example/ledger".to_owned(), size: 3, root: frontier.root() };
    assert_eq!(checkpoint.text(), "oracle.example/ledger\n3\nPqnEmsDSoFVMOwF451v4gIRcnUjGd7QiF4Z1DlIotWg=\n");
    let note = checkpoint.sign(&golden());
    let signature = note.lines().last().expect("a line");
    assert!(
        signature.starts_with("— oracle.example/ledger Nnl1YFWcLeoi") && signature.ends_with("3VJQg="),
        "{signature}"
    );
    assert_eq!(Checkpoint::open(&note, &golden().public()), Ok(checkpoint));
}

#[test]
fn three_programs_agree_on_roots_and_proofs() {
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let bodies = bodies(1_100);
    let leaves: Vec<_> = bodies.iter().map(|body| digest::leaf(body)).collect();
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root(), theirs.root().as_bytes()[..], "of nothing");
    let mut compared = 0;
    for (at, (body, leaf)) in bodies.iter().zip(&leaves).enumerate() {
        theirs.push(body.clone().into_bytes());
        frontier.push(*leaf, |_| ());
        let size = u64::try_from(at + 1).expect("few");
        assert_eq!(frontier.root(), theirs.root().as_bytes()[..], "{size}");
        if ![1, 2, 3, 255, 256, 257, 511, 512, 513, 1_100].contains(&size) {
            continue;
        }
        let (memory, whole) = Memory::of(&leaves[..=at]);
        assert_eq!(whole, frontier);
        assert_eq!(root_of(&memory, size), Ok(frontier.root()));
        for index in (0..size).filter(|index| index % 7 == 0 || index + 3 > size) {
            let path = inclusion(&memory, index, size).expect("kept");
            let place = usize::try_from(index).expect("few");
            assert_eq!(path.concat(), theirs.prove_inclusion(place).as_bytes(), "{index} in {size}");
            let earlier = consistency(&memory, index + 1, size).expect("kept");
            let added = at - place;
            assert_eq!(earlier.concat(), theirs.prove_consistency(added).as_bytes(), "{index} to {size}");
            compared += 2;
        }
    }
    println!("{compared} proofs, the same by three programs");
    let root = RootHash::<Sha256>::new(frontier.root().into(), 1_100);
    assert_eq!(root, theirs.root());
}

#[test]
fn a_hash_that_is_not_kept_is_an_error_and_no_proof() {
    let leaves: Vec<_> = bodies(300).iter().map(|body| digest::leaf(body)).collect();
    let (mut memory, _) = Memory::of(&leaves);
    memory.0[1].clear();
    assert_eq!(inclusion(&memory, 299, 300), Err(()));
}

/// A proof of the golden vector.
fn golden_proof() -> (Vec<Digest>, Proof) {
    let leaves = golden_leaves();
    let (memory, frontier) = Memory::of(&leaves);
    let checkpoint = Checkpoint { origin: "oracle.example/ledger".to_owned(), size: 3, root: frontier.root() };
    let path = inclusion(&memory, 1, 3).expect("kept");
    (leaves, Proof { index: 1, path, note: checkpoint.sign(&golden()) })
}

/// No tree of 64 bits has a longer one.
#[test]
fn a_path_has_63_hashes_at_most() {
    let (_, proof) = golden_proof();
    for (hashes, refused) in [(63, None), (64, Some(66))] {
        let proof = Proof { path: vec![[0; 32]; hashes], ..proof.clone() };
        assert_eq!(Proof::read(&proof.text()).err(), refused.map(ProofError::Form), "{hashes} hashes");
    }
}

#[test]
fn a_proof_is_read_back_and_proves_its_entry_only() {
    let (leaves, proof) = golden_proof();
    let text = proof.text();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 1\nVLnZ1"), "{text}");
    assert_eq!(Proof::read(&text), Ok(proof.clone()));
    let key = golden().public();
    assert_eq!(proof.verify(&leaves[1], &key).map(|checkpoint| checkpoint.size), Ok(3));
    assert_eq!(proof.verify(&leaves[0], &key), Err(ProofError::NotIncluded(1)));
    for index in [0, 2, 3, u64::MAX] {
        let other = Proof { index, ..proof.clone() };
        assert_eq!(other.verify(&leaves[1], &key), Err(ProofError::NotIncluded(index)));
    }
    let other = LogKey::new("oracle.example/ledger", &[7; 32]).expect("a key").public();
    assert!(matches!(proof.verify(&leaves[1], &other), Err(ProofError::Checkpoint(CheckpointError::NotSigned(_)))));
    for (altered, line) in [
        (text.replace("@v1", "@v2"), 1),
        (text.replace("index 1", "index 01"), 2),
        (text.replace("index 1", "index -1"), 2),
        (text.replacen("VLnZ1", "VLnZ", 1), 3),
        (text.replacen("\n\n", "\n", 2), 1),
        (text.replacen("\nindex", "\nextra AAAA\nindex", 1), 2),
    ] {
        assert_eq!(Proof::read(&altered), Err(ProofError::Form(line)), "{altered}");
    }
}

#[test]
fn every_changed_byte_of_a_proof_is_refused() {
    let (leaves, proof) = golden_proof();
    let (text, key) = (proof.text(), golden().public());
    let mut refused = 0;
    for place in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let Ok(altered) = String::from_utf8(bytes) else {
                refused += 1;
                continue;
            };
            let verified = Proof::read(&altered).and_then(|proof| proof.verify(&leaves[1], &key));
            assert!(verified.is_err(), "byte {place}, bit {bit}: {altered}");
            refused += 1;
        }
    }
    println!("{refused} changed proofs refused");
    assert_eq!(refused, text.len() * 8);
}

#[test]
fn a_note_of_something_else_is_no_checkpoint() {
    let key = golden().public();
    let root = "PqnEmsDSoFVMOwF451v4gIRcnUjGd7QiF4Z1DlIotWg=";
    for text in [
        "oracle.example/ledger\n3\n",
        &format!("oracle.example/ledger\n03\n{root}\n"),
        &format!("oracle.example/ledger\n-3\n{root}\n"),
        &format!("oracle.example/ledger\n3\n{root}\nmore\n"),
        &format!("oracle.example/ledger\n3\n{}\n", &root[4..]),
        &format!("\n3\n{root}\n"),
    ] {
        assert_eq!(Checkpoint::read(text), None, "{text}");
    }
    let checkpoint = Checkpoint { origin: "oracle.example/ledger".to_owned(), size: 3, root: [9; 32] };
    let note = checkpoint.sign(&golden());
    assert_eq!(Checkpoint::open(&checkpoint.text(), &key), Err(CheckpointError::NoNote));
    let altered = note.replacen("\n3\n", "\n4\n", 1);
    assert!(matches!(Checkpoint::open(&altered, &key), Err(CheckpointError::WrongSignature(_))));
    let other = LogKey::new("other.example/ledger", &[7; 32]).expect("a key");
    assert!(matches!(Checkpoint::open(&note, &other.public()), Err(CheckpointError::NotSigned(_))));
    let by_both = format!(
        "{note}{}\n",
        Checkpoint { origin: "other.example/ledger".to_owned(), ..checkpoint.clone() }
            .sign(&other)
            .lines()
            .last()
            .expect("a line")
    );
    assert_eq!(Checkpoint::open(&by_both, &key), Ok(checkpoint), "a witness's line stands beside it");
}
