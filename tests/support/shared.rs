//! The folder of samples and reference cases that may not be copied into the repository: read in place, from the
//! folder that `FAIRGAUGE_SHARED` names or from `../shared`.

use std::path::{Path, PathBuf};

/// A folder of it; nothing where it is not there and nobody demands it.
///
/// # Panics
/// Where `FAIRGAUGE_REQUIRE_SHARED=1` demands it and it is not there.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("FAIRGAUGE_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let found = shared.join(folder);
    if found.is_dir() {
        return Some(found);
    }
    let demanded = std::env::var_os("FAIRGAUGE_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!demanded, "{folder} is not in {}", shared.display());
    None
}
