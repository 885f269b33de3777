//! A digest of what is compiled, for the program's name in the ledger: two builds of one source call themselves the same,
//! and no others do. Anybody can compute it (docs/operating.md):
//!
//! ```sh
//! find Cargo.lock src -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16
//! ```

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    let mut files = vec![PathBuf::from("Cargo.lock")];
    add_files(Path::new("src"), &mut files)?;
    files.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    let mut digest = Sha256::new();
    for file in files {
        digest.update(format!("{}  {}\n", hex(&Sha256::digest(std::fs::read(&file)?)), file.display()));
    }
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rustc-env=FAIRGAUGE_SOURCE={}", &hex(&digest.finalize())[..16]);
    Ok(())
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
