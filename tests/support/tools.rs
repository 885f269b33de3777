//! Programs that a test uses where they are installed.

/// Whether a program is there. Where it is not, a line says what is left out; with `FAIRGAUGE_REQUIRE_TOOLS=1`, as in
/// `.ci/run`, that is a failure.
pub fn there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    left_out(found, &format!("{program} is not installed"))
}

/// The same for anything else that a test needs.
pub fn left_out(there: bool, why: &str) -> bool {
    if !there {
        let required = std::env::var_os("FAIRGAUGE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "{why}");
        println!("left out: {why}");
    }
    there
}
