//! What is served over HTTP: `[serve]`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::{flag, optional_path};
use crate::access::Role;
use crate::document::{Fault, Faults, Fields, Node, Place, Value};
use crate::feed::KeySettings;
use crate::ledger::beside;

/// Connections at a time, where nothing is said.
const MOST: usize = 512;

/// What is served over HTTP, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeSettings {
    /// The address and the port.
    pub listen: SocketAddr,
    /// The address on this machine at which figures are told without a token; none: with a token only, at `listen`.
    pub metrics: Option<SocketAddr>,
    /// The file of tokens; none: beside the ledger.
    pub tokens: Option<PathBuf>,
    /// The certificate, where it speaks TLS itself.
    pub tls: Option<TlsSettings>,
    /// Whether a proxy stands before it, whose `X-Forwarded-For` says who asks.
    pub behind_proxy: bool,
    /// As what one reads who has no token; none: not at all.
    pub without_token: Option<Role>,
    /// The address by which readers know it, without a slash at its end: `https://payouts.example.org`.
    pub url: Option<String>,
    /// Connections at a time.
    pub most_connections: usize,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// The file of the certificate and those above it, in PEM.
    pub certificate: PathBuf,
    /// Where its private key is kept, in PEM.
    pub key: KeySettings,
}

impl ServeSettings {
    /// At an address, where nothing else is said.
    pub fn at(listen: SocketAddr) -> Self {
        Self {
            listen,
            metrics: None,
            tokens: None,
            tls: None,
            behind_proxy: false,
            without_token: None,
            url: None,
            most_connections: MOST,
        }
    }

    /// The file of tokens, which stands beside the ledger where the settings name no other.
    pub fn tokens_of(&self, ledger: &Path) -> PathBuf {
        self.tokens.clone().unwrap_or_else(|| beside(ledger, ".tokens"))
    }

    pub(super) fn parse(node: &Node, folder: &Path, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "[serve]", faults)?;
        let listen = fields.required("listen", "\"127.0.0.1:8080\"", faults);
        let place = listen.map(|node| node.place.clone());
        let listen = listen.and_then(|node| read_address(node, faults));
        let metrics =
            fields.optional("metrics").map_or(Some(None), |node| read_metrics(node, listen, faults).map(Some));
        let tokens = optional_path(fields.optional("tokens"), folder, faults);
        let tls = fields.optional("tls").map_or(Some(None), |node| TlsSettings::parse(node, folder, faults).map(Some));
        let behind_proxy = fields.optional("behind_proxy").map_or(Some(false), |node| flag(node, faults));
        let without = fields.optional("without_token");
        let without_token = without.map_or(Some(None), |node| Role::read(node, faults).map(Some));
        let url = fields.optional("url").map_or(Some(None), |node| read_url(node, faults).map(Some));
        let most = fields.optional("most_connections").map_or(Some(MOST), |node| read_most(node, faults));
        fields.finish(faults);
        let settings = Self {
            listen: listen?,
            metrics: metrics?,
            tokens: tokens?,
            tls: tls?,
            behind_proxy: behind_proxy?,
            without_token: without_token?,
            url: url?,
            most_connections: most?,
        };
        settings.is_safe(&place?, without.map(|node| &node.place), faults).then_some(settings)
    }

    /// Tokens do not travel in clear over a network, and nobody reads without one over a network.
    fn is_safe(&self, listen: &Place, without: Option<&Place>, faults: &mut Faults) -> bool {
        let local = self.listen.ip().is_loopback();
        let before = faults.len();
        if !local && self.tls.is_none() && !self.behind_proxy {
            let fault = Fault::new(listen, format!("{} is on a network, and there is no TLS", self.listen));
            faults.push(fault.hint(
                "add tls = { certificate = \"…\", key = { file = \"…\" } }, or listen on 127.0.0.1, or set behind_proxy = true where a proxy speaks TLS",
            ));
        }
        if let Some(place) = without.filter(|_| !local || self.behind_proxy) {
            let fault = Fault::new(place, "without tokens everybody on the network would read it");
            faults.push(fault.hint("leave `without_token` out, or listen on 127.0.0.1 without a proxy"));
        }
        faults.len() == before
    }
}

impl TlsSettings {
    fn parse(node: &Node, folder: &Path, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "[serve.tls]", faults)?;
        let certificate = fields.text("certificate", "\"/etc/fairgauge/tls/fullchain.pem\"", faults);
        let certificate = certificate.map(|path| folder.join(path));
        let key = fields.required("key", "{ credential = \"tls-key\" }", faults);
        let key = key.and_then(|node| KeySettings::parse(node, folder, true, faults));
        fields.finish(faults);
        Some(Self { certificate: certificate?, key: key? })
    }
}

fn read_address(node: &Node, faults: &mut Faults) -> Option<SocketAddr> {
    let text = node.text("an address such as \"127.0.0.1:8080\"", faults)?;
    let parsed = text.parse().ok();
    if parsed.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is no address with a port"));
        faults.push(fault.hint("write \"127.0.0.1:8080\" or \"[::1]:8080\""));
    }
    parsed
}

/// Without a token figures are told on this machine alone.
fn read_metrics(node: &Node, listen: Option<SocketAddr>, faults: &mut Faults) -> Option<SocketAddr> {
    let address = read_address(node, faults)?;
    if !address.ip().is_loopback() {
        let fault =
            Fault::new(&node.place, format!("{address} is on a network, and nobody is asked for a token there"));
        faults.push(fault.hint("write \"127.0.0.1:9464\"; from other machines ask /metrics of `listen` with a token"));
        return None;
    }
    if Some(address) == listen && address.port() != 0 {
        let fault = Fault::new(&node.place, format!("{address} is the address of `listen`"));
        faults.push(fault.hint("choose another port, such as 9464"));
        return None;
    }
    Some(address)
}

fn read_url(node: &Node, faults: &mut Faults) -> Option<String> {
    let example = "\"https://payouts.example.org\"";
    let text = node.text(example, faults)?;
    let good = reqwest::Url::parse(text).is_ok_and(|url| {
        ["http", "https"].contains(&url.scheme()) && url.query().is_none() && url.fragment().is_none()
    });
    if !good {
        let fault = Fault::new(&node.place, format!("`{text}` is no address of a site"));
        faults.push(fault.hint(format!("write {example}")));
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

fn read_most(node: &Node, faults: &mut Faults) -> Option<usize> {
    let number = match &node.value {
        Value::Number(text) | Value::Text(text) => text.parse().ok(),
        _ => None,
    };
    let number = number.filter(|number| (1..=100_000).contains(number));
    if number.is_none() {
        faults.push(Fault::new(&node.place, "this is no number of connections").hint("write 1 to 100000, such as 512"));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    fn parse(text: &str) -> Result<ServeSettings, String> {
        let mut faults = Faults::new();
        let node = Node::parse(&Source::new("f.toml", text), &mut faults);
        let settings = ServeSettings::parse(&node, Path::new("/etc/fairgauge"), &mut faults);
        let said: Vec<_> = faults.iter().map(|fault| fault.message().to_owned()).collect();
        settings.filter(|_| said.is_empty()).ok_or_else(|| said.join("; "))
    }

    #[test]
    fn loopback_alone_is_enough() {
        let settings = parse("listen = \"[::1]:80\"").expect("good");
        assert_eq!(settings.most_connections, 512);
        assert_eq!(settings.tokens_of(Path::new("/l/ledger.sqlite")), Path::new("/l/ledger.sqlite.tokens"));
        let named = parse("listen = \"127.0.0.1:80\"\ntokens = \"t\"").expect("good");
        assert_eq!(named.tokens_of(Path::new("/l/ledger.sqlite")), Path::new("/etc/fairgauge/t"));
        let url = parse("listen = \"127.0.0.1:80\"\nurl = \"https://a.example/b/\"").expect("good").url;
        assert_eq!(url.as_deref(), Some("https://a.example/b"));
    }

    /// On a network there is TLS, and nobody reads without a token.
    #[test]
    fn what_would_be_read_by_everybody_is_a_fault() {
        let tls = "tls = { certificate = \"c\", key = { file = \"k\" } }";
        for (text, faults) in [
            ("listen = \"0.0.0.0:80\"", "0.0.0.0:80 is on a network, and there is no TLS"),
            (&format!("listen = \"0.0.0.0:80\"\n{tls}"), ""),
            ("listen = \"192.0.2.1:80\"\nbehind_proxy = true", ""),
            ("listen = \"127.0.0.1:80\"\nwithout_token = \"auditor\"", ""),
            (
                "listen = \"127.0.0.1:80\"\nwithout_token = \"auditor\"\nbehind_proxy = true",
                "without tokens everybody on the network would read it",
            ),
            (
                &format!("listen = \"0.0.0.0:80\"\nwithout_token = \"auditor\"\n{tls}"),
                "without tokens everybody on the network would read it",
            ),
            ("listen = \"127.0.0.1:80\"\nwithout_token = \"insurer\"", "`insurer` is no role that sees everything"),
            ("listen = \"localhost:80\"", "`localhost:80` is no address with a port"),
            ("listen = \"127.0.0.1\"", "`127.0.0.1` is no address with a port"),
            ("listen = \"127.0.0.1:80\"\nurl = \"a.example\"", "`a.example` is no address of a site"),
            (
                "listen = \"127.0.0.1:80\"\nurl = \"https://a.example/?q\"",
                "`https://a.example/?q` is no address of a site",
            ),
            (
                "listen = \"127.0.0.1:80\"\nmetrics = \"192.0.2.1:9464\"",
                "192.0.2.1:9464 is on a network, and nobody is asked for a token there",
            ),
            ("listen = \"127.0.0.1:80\"\nmetrics = \"127.0.0.1:80\"", "127.0.0.1:80 is the address of `listen`"),
            ("listen = \"127.0.0.1:80\"\nmetrics = \"here\"", "`here` is no address with a port"),
            ("listen = \"127.0.0.1:80\"\nmetrics = \"[::1]:9464\"", ""),
            ("listen = \"127.0.0.1:80\"\nmost_connections = 0", "this is no number of connections"),
            ("listen = \"127.0.0.1:80\"\nport = 1", "`port` is not a key of [serve]"),
            ("tokens = \"t\"", "`listen` is missing in [serve]"),
        ] {
            assert_eq!(parse(text).err().unwrap_or_default(), faults, "{text}");
        }
    }
}
