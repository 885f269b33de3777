//! The file: what makes it a ledger, its settings, its form.
//!
//! Nothing here opens the file but SQLite. Closing a second handle of one's own would drop the locks that this
//! process holds on it.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::disk::Disk;
use super::{OpenError, tree};

/// `ORCL`, in the file's header.
const APPLICATION: i64 = 0x4F52_434C;

/// The first SQLite without the fault that damages files in WAL mode (3.7.0 to 3.51.2).
const FIRST_SOUND: i32 = 3_051_003;

/// Form 1 is made by the first of them, form n by the n-th. One that has landed stays as it is.
const MIGRATIONS: [&str; 7] = [
    include_str!("migrations/0001_ledger.sql"),
    include_str!("migrations/0002_interim.sql"),
    include_str!("migrations/0003_poll.sql"),
    include_str!("migrations/0004_log.sql"),
    include_str!("migrations/0005_life.sql"),
    include_str!("migrations/0006_paging.sql"),
    include_str!("migrations/0007_outbox.sql"),
];

/// What is set on each connection that writes, and what it must then be.
const SETTINGS: [(&str, &str, &str); 9] = [
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
    ("recursive_triggers", "ON", "1"),
    ("cell_size_check", "ON", "1"),
    ("mmap_size", "0", "0"),
    // What a statement may have to take back is kept in memory, and the pages of a large batch too.
    ("temp_store", "MEMORY", "2"),
    ("cache_size", "-16000", "-16000"),
];

/// The first form that keeps hashes of tiles, and checkpoints.
pub(super) const FIRST_WITH_TILES: i64 = 4;

/// The form that this program writes.
pub(super) fn newest_form() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("few")
}

/// # Errors
/// [`OpenError::OldSqlite`].
pub(super) fn check_library() -> Result<(), OpenError> {
    check_version(rusqlite::version_number())
}

fn check_version(found: i32) -> Result<(), OpenError> {
    if found < FIRST_SOUND { Err(OpenError::OldSqlite { found, wanted: FIRST_SOUND }) } else { Ok(()) }
}

/// The path with something behind its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether there is a file, as far as can be told without opening it.
///
/// # Errors
/// Says what is there instead.
pub(super) fn check_path(disk: &dyn Disk, path: &Path) -> Result<(), OpenError> {
    check_folder(disk, path)?;
    match disk.size(path) {
        Ok(None) => Err(OpenError::NotAFile(path.to_owned())),
        Ok(Some(0)) => Err(OpenError::NotADatabase(path.to_owned())),
        Ok(Some(_)) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(OpenError::Missing(path.to_owned())),
        Err(source) => Err(OpenError::File { path: path.to_owned(), source }),
    }
}

/// # Errors
/// [`OpenError::MissingFolder`].
pub(super) fn check_folder(disk: &dyn Disk, path: &Path) -> Result<(), OpenError> {
    if disk.is_folder(folder(path)) { Ok(()) } else { Err(OpenError::MissingFolder(path.to_owned())) }
}

/// The folder that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A connection to a file that is there.
///
/// # Errors
/// As [`sort`].
pub(super) fn connect(disk: &dyn Disk, path: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
    let access = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match disk.vfs() {
        None => Connection::open_with_flags(path, access),
        Some(vfs) => Connection::open_with_flags_and_vfs(path, access, vfs),
    };
    let connection = connection.map_err(sort(path))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Without this a query through a partial index is planned anew each time that it is asked.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(sort(path))?;
    Ok(connection)
}

/// The form of a ledger.
///
/// # Errors
/// When it is none, or newer than this program. Nothing was written.
pub(super) fn form(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(sort(path));
    if number("application_id")? != APPLICATION {
        return Err(OpenError::OtherApplication(path.to_owned()));
    }
    let (found, known) = (number("user_version")?, newest_form());
    if found > known { Err(OpenError::Newer { path: path.to_owned(), found, known }) } else { Ok(found) }
}

/// Makes an empty database a ledger of the newest form.
///
/// # Errors
/// As [`sort`].
pub(super) fn found(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    connection.pragma_update(None, "application_id", APPLICATION).map_err(sort(path))?;
    migrate(connection, path, 0)
}

/// Brings a ledger from form `from` to the newest, each step in a transaction of its own.
///
/// # Errors
/// As [`sort`]; the file then has the form of the last step that succeeded.
pub(super) fn migrate(connection: &Connection, path: &Path, from: i64) -> Result<(), OpenError> {
    migrate_to(connection, path, from, newest_form())
}

/// As [`migrate`], up to form `to`.
///
/// # Errors
/// As [`migrate`].
pub(super) fn migrate_to(connection: &Connection, path: &Path, from: i64, to: i64) -> Result<(), OpenError> {
    for (form, step) in (1..=to).zip(MIGRATIONS).skip_while(|(form, _)| *form <= from) {
        let text = format!("BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {form};");
        connection.execute_batch(&text).map_err(sort(path))?;
        if form == FIRST_WITH_TILES {
            tree::make(connection).map_err(sort(path))?;
        }
        connection.execute_batch("COMMIT").map_err(sort(path))?;
    }
    Ok(())
}

/// Makes the settings, and reads them again.
///
/// # Errors
/// [`OpenError::Setting`] where SQLite did not take one.
pub(super) fn configure(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    for (name, value, wanted) in SETTINGS {
        connection.pragma_update_and_check(None, name, value, |_| Ok(())).or_else(without_row).map_err(sort(path))?;
        let found = connection.pragma_query_value(None, name, |row| Ok(as_text(row.get_ref(0)?)));
        let found = found.map_err(sort(path))?;
        if found != wanted {
            return Err(OpenError::Setting { path: path.to_owned(), name, found, wanted });
        }
    }
    Ok(())
}

/// Some settings answer with what they are now, some do not.
fn without_row(error: rusqlite::Error) -> rusqlite::Result<()> {
    if matches!(error, rusqlite::Error::QueryReturnedNoRows) { Ok(()) } else { Err(error) }
}

fn as_text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    }
}

/// Sorts SQLite's errors into what a person does about them.
pub(super) fn sort(path: &Path) -> impl Fn(rusqlite::Error) -> OpenError {
    move |source| {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(path),
            Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, detail: source.to_string() },
            Some(ErrorCode::CannotOpen) => OpenError::Unreadable { path, reason: words(&source) },
            Some(ErrorCode::ReadOnly) => OpenError::ReadOnly { path, reason: words(&source) },
            _ => OpenError::Sqlite { path, source },
        }
    }
}

/// What was found that is not as it was written.
pub(super) fn damaged(path: &Path, detail: impl Into<String>) -> OpenError {
    OpenError::Damaged { path: path.to_owned(), detail: detail.into() }
}

/// What the system says of a path.
pub(super) fn system(path: &Path) -> impl Fn(std::io::Error) -> OpenError {
    move |source| OpenError::File { path: path.to_owned(), source }
}

/// SQLite's words, without the path and the code that it puts around them.
fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.split(": ").next().unwrap_or(words).to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database of the forms up to one, with rows.
    fn of_form(form: usize, rows: &str) -> (tempfile::TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let connection = Connection::open(&path).expect("made");
        for step in &MIGRATIONS[..form] {
            connection.execute_batch(step).expect("a step");
        }
        connection.execute_batch(rows).expect("rows");
        (folder, path, connection)
    }

    #[test]
    fn polls_of_the_form_before_are_kept_and_say_nothing_of_requests() {
        let before = 2;
        let rows = "INSERT INTO poll VALUES ('asos', 1, 'ok', '', 2, 0, 1), ('asos', 2, 'timeout', 'slow', 0, 0, NULL)";
        let (_folder, path, connection) = of_form(before, rows);
        migrate(&connection, &path, i64::try_from(before).expect("few")).expect("migrated");
        let read =
            "SELECT feed || at_ms || outcome || requests || coalesce(not_before_ms, '-') FROM poll ORDER BY at_ms";
        let mut statement = connection.prepare(read).expect("read");
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("read");
        assert_eq!(rows.map(|row| row.expect("read")).collect::<Vec<_>>(), ["asos1ok0-", "asos2timeout0-"]);
        for refused in [
            "UPDATE poll SET requests = 1",
            "DELETE FROM poll",
            "INSERT INTO poll VALUES ('b', 1, 'ok', '', 0, 0, NULL, -1, NULL)",
            "INSERT INTO spent VALUES ('a', 1, 0)",
            "INSERT INTO spent VALUES ('a', 1, 1), ('a', 1, 2)",
        ] {
            assert!(connection.execute_batch(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn errors_are_sorted_by_what_a_person_does_about_them() {
        use rusqlite::ffi;
        let of = |code| sort(Path::new("ledger.db"))(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(of(ffi::SQLITE_NOTADB), OpenError::NotADatabase(..)));
        assert!(matches!(of(ffi::SQLITE_CORRUPT), OpenError::Damaged { .. }));
        assert!(matches!(of(ffi::SQLITE_CANTOPEN), OpenError::Unreadable { .. }));
        assert!(matches!(of(ffi::SQLITE_READONLY), OpenError::ReadOnly { .. }));
        assert!(matches!(of(ffi::SQLITE_CONSTRAINT), OpenError::Sqlite { .. }));
    }

    #[test]
    fn a_sqlite_that_loses_what_was_committed_is_refused() {
        check_library().expect("the one that is built in");
        for (found, sound) in
            [(3_007_000, false), (FIRST_SOUND - 1, false), (FIRST_SOUND, true), (FIRST_SOUND + 1, true)]
        {
            assert_eq!(check_version(found).is_ok(), sound, "{found}");
        }
    }

    #[test]
    fn d15_nothing_of_the_file_is_mapped_into_memory() {
        let (_folder, path, connection) = of_form(1, "PRAGMA mmap_size = 1000000");
        let mapped = |connection: &Connection| {
            connection.pragma_query_value(None, "mmap_size", |row| row.get::<_, i64>(0)).expect("told")
        };
        assert_eq!(mapped(&connection), 1_000_000, "where nobody says otherwise it may be");
        configure(&connection, &path).expect("set");
        assert_eq!(mapped(&connection), 0);
    }

    /// A crash behind the step would leave a ledger whose tiles are missing, which is not opened.
    #[test]
    fn tiles_come_in_with_the_form_that_keeps_them() {
        let before = FIRST_WITH_TILES - 1;
        let rows = "WITH RECURSIVE n (seq) AS (SELECT 0 UNION ALL SELECT seq + 1 FROM n WHERE seq < 511)
            INSERT INTO ledger (seq, body, leaf) SELECT seq, json_object('at', '2013', 'key', 'note/' || seq, 'kind', 'note',
                'seq', seq, 'v', 1), zeroblob(32) FROM n";
        let (_folder, path, mut connection) = of_form(usize::try_from(before).expect("few"), rows);
        let mut commits = 0;
        // As if it crashed at the second one.
        let hook = move || {
            commits += 1;
            commits > 1
        };
        connection.commit_hook(Some(hook)).expect("set");
        migrate_to(&connection, &path, before, FIRST_WITH_TILES).expect("migrated");
        let tiles = "SELECT count(*) FROM tile";
        assert_eq!(connection.query_row(tiles, [], |row| row.get::<_, i64>(0)), Ok(2));
    }
}
