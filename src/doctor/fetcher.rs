//! The fetcher of a daemon without a network: whether somebody is at its socket, who may ask there, and who has the keys.

use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::Finding;
use super::rights::mode;
use super::unit::Unit;
use crate::feed::KeySource;
use crate::settings::Settings;

/// `daemon`: the unit of the daemon.
pub(super) fn look(settings: &Settings, daemon: Option<&Unit>) -> Vec<Finding> {
    let Some(socket) = &settings.network.fetcher else { return Vec::new() };
    let keys = settings.feeds.values().filter_map(|feed| feed.key.as_ref());
    let names = keys.filter_map(|key| match &key.source {
        KeySource::Credential(name) => Some(name),
        KeySource::File(_) => None,
    });
    let mut findings = vec![at_socket(socket)];
    findings.extend(names.filter(|name| daemon.is_some_and(|unit| unit.credential(name).is_some())).map(|name| {
        let says = format!("the daemon's unit hands over {name}, which the fetcher alone needs");
        Finding::warn("fetcher", says, format!("`systemctl edit fairgauge`: take LoadCredential={name}:… away"))
    }));
    findings
}

fn at_socket(socket: &Path) -> Finding {
    let shown = socket.display();
    let start = "`systemctl enable --now fairgauge-fetch`; docs/operating.md, Two processes";
    match std::fs::metadata(socket) {
        Ok(found) if found.file_type().is_socket() => {}
        Ok(_) => {
            return Finding::fail(
                "fetcher",
                format!("{shown} is no socket"),
                "mend [fetcher] socket, or take the file away",
            );
        }
        Err(error) => return Finding::fail("fetcher", format!("nobody is at {shown}: {error}"), start),
    }
    if let Some(mode) = mode(socket).filter(|mode| mode & 0o007 != 0) {
        let says = format!("everybody can ask at {shown} (mode {mode:04o}), in the name of your keys");
        return Finding::fail("fetcher", says, format!("chmod 660 {shown}, and look who changed it"));
    }
    match UnixStream::connect(socket) {
        Ok(_) => Finding::ok("fetcher", format!("somebody is at {shown}; `fairgauge doctor --feeds` asks through it")),
        Err(error) => Finding::fail("fetcher", format!("{shown} does not answer: {error}"), start),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixListener;

    use super::super::Grade;
    use super::*;

    #[test]
    fn a_socket_is_there_for_some_and_somebody_listens() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let set = |mode| std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(mode)).unwrap();
        let says = |grade, words: &str| {
            let found = at_socket(&socket);
            assert!(found.grade == grade && found.says.contains(words), "{found:?}");
        };
        says(Grade::Fail, "nobody is at");
        let listener = UnixListener::bind(&socket).unwrap();
        set(0o660);
        says(Grade::Ok, "somebody is at");
        set(0o666);
        says(Grade::Fail, "everybody can ask");
        set(0o660);
        drop(listener);
        says(Grade::Fail, "does not answer");
        std::fs::remove_file(&socket).unwrap();
        std::fs::write(&socket, "").unwrap();
        says(Grade::Fail, "is no socket");
    }
}
