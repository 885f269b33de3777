//! A ledger's file in the hands of somebody who can write it.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::path::Path;

use fairgauge::ledger::leaf;
use rusqlite::{Connection, params};

/// Changes rows without the triggers that refuse it; they stand again as they were.
pub fn forge(ledger: &Path, change: impl FnOnce(&Connection)) {
    let connection = Connection::open(ledger).unwrap();
    connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let triggers: Vec<(String, String)> = rows.map(Result::unwrap).collect();
    drop(statement);
    let drops: String = triggers.iter().map(|(name, _)| format!("DROP TRIGGER {name}; ")).collect();
    connection.execute_batch(&drops).unwrap();
    change(&connection);
    triggers.iter().for_each(|(_, sql)| connection.execute_batch(sql).unwrap());
}

/// Writes other bodies for some entries, hash and all.
pub fn rewrite(ledger: &Path, which: &str, change: impl Fn(&str) -> String) {
    forge(ledger, |connection| {
        let mut statement = connection.prepare(&format!("SELECT seq, body FROM ledger WHERE {which}")).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let rows: Vec<(i64, String)> = rows.map(Result::unwrap).collect();
        assert!(!rows.is_empty(), "there is no entry with {which}");
        for (seq, body) in rows {
            let changed = change(&body);
            assert_ne!(changed, body, "nothing was changed");
            let update = "UPDATE ledger SET body = ?1, leaf = ?2 WHERE seq = ?3";
            connection.execute(update, params![changed, leaf(&changed), seq]).unwrap();
        }
    });
}
