//! Where a feed is asked over the network, and where it is not.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use reqwest::Url;
use sha2::{Digest, Sha256};

use super::hex::hex;
use super::wire::Wire;

/// What feeds may do on the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Whether loopback and private addresses, and http without TLS, are allowed.
    pub allow_private: bool,
    /// Whom a provider may write to; it stands in the User-Agent.
    pub user_agent_contact: Option<String>,
    /// The socket of the fetcher, by which everything goes; none: nobody stands between.
    pub fetcher: Option<PathBuf>,
    /// Who answers instead of servers.
    pub wire: Option<Wire>,
}

/// The placeholders of a URL.
pub(super) const PLACEHOLDERS: [&str; 5] = ["station", "from", "to", "latitude", "longitude"];

/// Names of query parameters whose values are keys, in small letters, without `_` and `-`.
const KEY_NAMES: [&str; 15] = [
    "key",
    "apikey",
    "token",
    "accesstoken",
    "securitytoken",
    "authtoken",
    "accesskey",
    "appid",
    "appkey",
    "password",
    "passwd",
    "pwd",
    "secret",
    "clientsecret",
    "subscriptionkey",
];

/// A URL with placeholders such as `{station}`. What it says literally may be secret and is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct UrlTemplate(String);

impl std::fmt::Debug for UrlTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown(&self.0))
    }
}

impl UrlTemplate {
    /// Checks scheme, host and placeholders. Errors never repeat the URL.
    ///
    /// # Errors
    /// What is wrong, and how to mend it.
    pub fn parse(text: &str, network: &Network) -> Result<Self, (String, String)> {
        let example = || "write https://host/path".to_owned();
        for name in placeholders(text) {
            if !PLACEHOLDERS.contains(&name) {
                let hint = format!("placeholders are: {{{}}}", PLACEHOLDERS.join("}, {"));
                return Err((format!("`{{{name}}}` is not a placeholder of a URL"), hint));
            }
        }
        let template = Self(text.to_owned());
        let url = template.fill(&|_| "0".to_owned()).map_err(|()| ("this is not a URL".to_owned(), example()))?;
        let Some(host) = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) else {
            return Err(("this is not an https URL".to_owned(), example()));
        };
        let authority = text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
        if authority.contains('{') {
            return Err(("the host of a URL cannot be a placeholder".to_owned(), example()));
        }
        template.refuse_keys()?;
        if network.allow_private {
            return Ok(template);
        }
        let allow = "feeds on private networks need allow_private = true in [network]".to_owned();
        if is_private_host(host) {
            return Err((format!("`{host}` is a loopback or private address"), allow));
        }
        if url.scheme() == "http" {
            return Err(("http can be changed on the way: use https".to_owned(), allow));
        }
        Ok(template)
    }

    /// Settings are copied, shown and kept: a key does not stand in them.
    fn refuse_keys(&self) -> Result<(), (String, String)> {
        let url = self.fill(&|_| String::new()).expect("it is a URL with any values");
        if !url.username().is_empty() || url.password().is_some() {
            let hint = "keep the password in a file: key = { file = \"/etc/fairgauge/keys/NAME\", header = \"…\" }, \
                        where the file holds what the header says";
            return Err(("user and password stand in the URL".to_owned(), hint.to_owned()));
        }
        let is_key = |name: &str| {
            let bare: String = name.chars().filter(|char| !"_-".contains(*char)).collect();
            KEY_NAMES.contains(&bare.to_ascii_lowercase().as_str())
        };
        match url.query_pairs().find(|(name, value)| !value.is_empty() && is_key(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let hint = format!(
                    "leave `{name}` out of the URL and keep the key in a file: key = {{ file = \"/etc/fairgauge/keys/NAME\", \
                     query = \"{name}\" }}; kinds that know where it goes take key = {{ file = \"…\" }} alone"
                );
                Err((format!("a key stands in the URL, as `{name}`"), hint))
            }
        }
    }

    /// The host, and the port where one is written; never user and password.
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, rest)| rest);
        authority.split(['/', '?', '#']).next().and_then(|authority| authority.rsplit('@').next()).unwrap_or_default()
    }

    /// Whether the placeholder occurs.
    pub fn has(&self, placeholder: &str) -> bool {
        placeholders(&self.0).any(|name| name == placeholder)
    }

    /// The URL with a value, percent-encoded, for every placeholder.
    pub(super) fn fill(&self, value: &dyn Fn(&str) -> String) -> Result<Url, ()> {
        let mut filled = self.0.clone();
        for name in PLACEHOLDERS {
            let place = format!("{{{name}}}");
            if filled.contains(&place) {
                filled = filled.replace(&place, &encode(&value(name)));
            }
        }
        Url::parse(&filled).map_err(|_| ())
    }

    /// What tells this URL from another, and shows nothing of it.
    pub(super) fn digest(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }

    /// The URL up to its query, or up to a placeholder before that; and whether there is one.
    fn home(&self) -> (Url, bool) {
        let place = self.0.split(['?', '#']).next().unwrap_or_default();
        let fixed = place.split('{').next().unwrap_or_default();
        (Url::parse(fixed).expect("the settings were checked"), fixed.len() < place.len())
    }

    /// Whether another URL is on the same server: by scheme, host and port, without user and password.
    pub(super) fn is_server_of(&self, asked: &Url) -> bool {
        asked.origin() == self.home().0.origin() && asked.username().is_empty() && asked.password().is_none()
    }

    /// Whether another URL is this one, or lies below it, on the same server. A path with a placeholder in it is the same
    /// up to there.
    pub(super) fn covers(&self, asked: &Url) -> bool {
        let (home, is_open) = self.home();
        let below = match asked.path().strip_prefix(home.path()) {
            None => asked.path() == home.path().trim_end_matches('/'),
            Some(rest) => is_open || rest.is_empty() || rest.starts_with('/') || home.path().ends_with('/'),
        };
        below && self.is_server_of(asked)
    }

    /// Names and values of the query that stand in the settings as they are: keys, perhaps.
    fn literals(&self) -> impl Iterator<Item = (&str, &str)> {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split(['&', '#']).filter_map(|pair| pair.split_once('='));
        pairs.filter(|(_, value)| !value.is_empty() && !value.contains('{'))
    }

    /// A URL made from this template, with user, password and the settings' own query values left out.
    pub(super) fn shown(&self, url: &str) -> String {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = authority.rsplit('@').next().unwrap_or("");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| match pair.split_once('=') {
            Some((key, _)) if self.literals().any(|literal| literal.0 == key) => format!("{key}=…"),
            _ => pair.to_owned(),
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{scheme}://{host}{path}{mark}{query}")
    }

    /// A provider's words, with what the settings' URL says literally left out.
    pub(super) fn scrub(&self, words: &str) -> String {
        let long = self.literals().map(|(_, value)| value).filter(|value| value.len() >= 6);
        long.fold(words.to_owned(), |words, literal| words.replace(literal, "…"))
    }
}

fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// Percent-encoding of everything but letters, digits and `-._~`.
fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

pub(super) fn is_private_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches([']', '.']);
    match host.parse::<IpAddr>() {
        Ok(address) => is_private(address),
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
}

/// The addresses of a name, by the machine's resolver.
///
/// # Errors
/// [`PrivateAddress`], inside of what the resolver says, where one of them is private and that is not allowed.
pub(super) async fn lookup(host: impl tokio::net::ToSocketAddrs, allow_private: bool) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<_> = tokio::net::lookup_host(host).await?.collect();
    if !allow_private && found.iter().any(|address| is_private(address.ip())) {
        return Err(io::Error::other(PrivateAddress));
    }
    Ok(found)
}

/// A name that leads into a private network.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to a loopback or private address")]
pub(super) struct PrivateAddress;

/// Whether an address is not one of the public internet.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_private_v4(mapped),
            None => is_private_v6(address),
        },
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_by_their_edges() {
        for (address, private) in [
            ("127.0.0.1", true),
            ("126.255.255.255", false),
            ("10.0.0.1", true),
            ("172.15.255.255", false),
            ("172.16.0.0", true),
            ("172.32.0.0", false),
            ("192.168.1.1", true),
            ("169.254.169.254", true),
            ("100.63.255.255", false),
            ("100.64.0.0", true),
            ("100.128.0.0", false),
            ("0.0.0.0", true),
            ("8.8.8.8", false),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:8.8.8.8", false),
            ("fd00::1", true),
            ("fe80::1", true),
            ("2001:4860:4860::8888", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }

    #[test]
    fn urls_are_checked_before_anything_is_asked() {
        let public = Network::default();
        for (text, fault) in [
            ("https://host.example/{station}.csv?from={from}", None),
            ("http://host.example/", Some("https")),
            ("https://127.0.0.1/", Some("private")),
            ("https://2130706433/", Some("private")),
            ("https://[::1]:8080/", Some("private")),
            ("https://LOCALHOST./", Some("private")),
            ("https://{station}.example/", Some("placeholder")),
            ("https://host.example/{statoin}", Some("placeholder")),
            ("ftp://host.example/", Some("https")),
            ("host.example", Some("not a URL")),
        ] {
            let got = UrlTemplate::parse(text, &public).err().map(|(message, _)| message);
            match fault {
                None => assert_eq!(got, None, "{text}"),
                Some(words) => assert!(got.as_deref().is_some_and(|got| got.contains(words)), "{text}: {got:?}"),
            }
        }
        for (text, name) in [
            ("https://me:s3cret@host.example/", Some("user and password")),
            ("https://s3cret@host.example/", Some("user and password")),
            ("https://host.example/?key=s3cret", Some("`key`")),
            ("https://host.example/?x=1&API_Key=s3cret&from={from}", Some("`API_Key`")),
            ("https://host.example/?api-key=s3cret", Some("`api-key`")),
            ("https://host.example/?%61ppid=s3cret#top", Some("`appid`")),
            ("https://host.example/?securityToken=s3cret", Some("`securityToken`")),
            ("https://host.example/?access_token=s3cret", Some("`access_token`")),
            ("https://host.example/?pwd=s3cret", Some("`pwd`")),
            ("https://host.example/?key=", None),
            ("https://host.example/?key={station}&keys=a&variable=token", None),
            ("https://host.example/key=s3cret", None),
        ] {
            let got = UrlTemplate::parse(text, &public).err();
            match name {
                None => assert_eq!(got, None, "{text}"),
                Some(name) => {
                    let (message, hint) = got.expect(text);
                    assert!(message.contains(name) && hint.contains("key = { file ="), "{text}: {message}; {hint}");
                    assert!(!message.contains("s3cret") && !hint.contains("s3cret"), "{message}; {hint}");
                }
            }
        }
        let private = Network { allow_private: true, ..Network::default() };
        assert!(UrlTemplate::parse("http://127.0.0.1:8080/", &private).is_ok());
    }

    #[test]
    fn a_url_covers_itself_and_what_lies_below_it_on_its_server() {
        for (template, asked, covered) in [
            ("https://a.example/x", "https://a.example/x", true),
            ("https://a.example/x", "https://a.example:443/x?from=1#top", true),
            ("https://a.example/x", "https://a.example/x/y/z", true),
            ("https://a.example/x/", "https://a.example/x", true),
            ("https://a.example/x", "https://a.example/xy", false),
            ("https://a.example/x", "https://a.example/", false),
            ("https://a.example/x", "https://a.example/x/../y", false),
            ("https://a.example/x", "https://a.example/x/%2e%2E/y", false),
            ("https://a.example/x", "https://a.example/X", false),
            ("https://a.example/x", "http://a.example/x", false),
            ("https://a.example/x", "https://a.example:8443/x", false),
            ("https://a.example/x", "https://a.example.org/x", false),
            ("https://a.example/x", "https://me@a.example/x", false),
            ("https://a.example", "https://a.example/anything", true),
            ("https://a.example/x?at={station}", "https://a.example/x/y?at=1", true),
            ("https://a.example/x?at={station}", "https://a.example/y?at=1", false),
            ("https://a.example/obs-{station}/now", "https://a.example/obs-7/now", true),
            ("https://a.example/obs-{station}/now", "https://a.example/obs-7", true),
            ("https://a.example/obs-{station}/now", "https://a.example/obs", false),
            ("https://a.example/obs/{station}", "https://a.example/obs/../key", false),
        ] {
            let template = UrlTemplate::parse(template, &Network::default()).unwrap();
            assert_eq!(template.covers(&Url::parse(asked).unwrap()), covered, "{template:?} {asked}");
        }
    }

    #[test]
    fn keys_are_never_shown() {
        let text = "https://me:pass@host.example/{station}?apikey=s3cret-key&from={from}";
        let template = UrlTemplate(text.to_owned());
        let url = template.fill(&|name| if name == "station" { "A B/ü" } else { "2026-01-01" }.to_owned()).unwrap();
        assert_eq!(url.path(), "/A%20B%2F%C3%BC");
        assert_eq!(template.shown(url.as_str()), "https://host.example/A%20B%2F%C3%BC?apikey=…&from=2026-01-01");
        assert_eq!(template.scrub("key s3cret-key is bad"), "key … is bad");
        assert!(!format!("{template:?}").contains("s3cret"));
    }
}
