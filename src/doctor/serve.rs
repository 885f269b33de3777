//! What is served: the address, the certificate, and whether anybody has a token.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::Finding;
use super::keys::from_here;
use super::unit::Unit;
use crate::access::Tokens;
use crate::publish::check_tls;
use crate::settings::{ServeSettings, Settings, TlsSettings};

/// Below it, only who has a right of the system's may listen.
const FIRST_FREE_PORT: u16 = 1024;

pub(super) fn look(settings: &Settings, unit: Option<&Unit>, now: DateTime<Utc>) -> Vec<Finding> {
    let Some(serve) = &settings.serve else { return Vec::new() };
    let mut findings = vec![address("address of [serve]", serve.listen)];
    findings.extend(serve.metrics.map(|listen| address("address of metrics", listen)));
    findings.extend(serve.tls.as_ref().map(|tls| certificate(tls, unit)));
    findings.push(tokens(serve, &settings.ledger, now));
    findings
}

fn address(about: &str, listen: SocketAddr) -> Finding {
    if (1..FIRST_FREE_PORT).contains(&listen.port()) {
        let says =
            format!("{listen} is among the first {FIRST_FREE_PORT} ports, and the service has no right to those");
        return Finding::fail(about, says, "listen at 127.0.0.1:8080 and have a proxy pass on what comes there");
    }
    match TcpListener::bind(listen) {
        Ok(_) => Finding::ok(about, format!("{listen} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Finding::ok(about, format!("somebody listens at {listen}: the daemon, where it runs"))
        }
        Err(error) => {
            let mend = "take an address of this machine: `ip address` shows them";
            Finding::fail(about, format!("nobody can listen at {listen}: {error}"), mend)
        }
    }
}

fn certificate(tls: &TlsSettings, unit: Option<&Unit>) -> Finding {
    let about = "certificate of [serve]";
    let read = match from_here(about, &tls.key, unit) {
        Ok(key) => TlsSettings { key, ..tls.clone() },
        Err(finding) => return finding,
    };
    let mend = "`openssl x509 -in CERTIFICATE -noout -text` and `openssl pkey -in KEY -check -noout` say what they are";
    match check_tls(&read) {
        Err(error) => Finding::fail(about, error, mend),
        Ok(()) => Finding::ok(about, format!("{} and its key fit together", tls.certificate.display())),
    }
}

fn tokens(serve: &ServeSettings, ledger: &Path, now: DateTime<Utc>) -> Finding {
    let (about, path) = ("tokens", serve.tokens_of(ledger));
    let tokens = match Tokens::read(&path) {
        Ok(tokens) => tokens,
        Err(error) => return Finding::fail(about, error.to_string(), "put it back from a backup, or make tokens anew"),
    };
    let good = tokens.tokens.iter().filter(|token| token.is_good(now)).count();
    match (good, serve.without_token) {
        (0, None) => Finding::warn(
            about,
            "nobody has a token: nobody can read anything",
            "`fairgauge token new NAME --role auditor`; docs/serving.md",
        ),
        (0, Some(role)) => Finding::ok(about, format!("whoever reaches {} reads as {}", serve.listen, role.word())),
        (good, _) => Finding::ok(about, format!("{good} that are good, in {}", path.display())),
    }
}
