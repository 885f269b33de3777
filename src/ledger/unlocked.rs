//! Changing what is append-only, where that mends hashes or carries a ledger over: in one transaction, with the rules
//! back in force before it ends.

use rusqlite::{Connection, OptionalExtension as _};

/// Runs `change` while these rules (triggers) are away; all of it, or nothing.
///
/// # Errors
/// Those of `change`, and where the file cannot be written.
pub(super) fn unlocked<T, E: From<rusqlite::Error>>(
    connection: &Connection,
    rules: &[&str],
    change: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let all = connection.unchecked_transaction()?;
    let mut texts = Vec::new();
    for rule in rules {
        let text = "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?1";
        // Whoever damaged the file may have taken the rule away already.
        let text: Option<String> = connection.query_row(text, [rule], |row| row.get(0)).optional()?;
        texts.extend(text);
        connection.execute_batch(&format!("DROP TRIGGER IF EXISTS {rule}"))?;
    }
    let done = change(connection)?;
    texts.iter().try_for_each(|text| connection.execute_batch(text))?;
    all.commit()?;
    Ok(done)
}
