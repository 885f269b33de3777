//! Where messages come from, as the settings describe it.

use std::path::{Path, PathBuf};

use reqwest::Url;

use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::address::{Network, is_private_host};

/// An MQTT broker, and what is heard of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether TLS protects the way to it.
    pub tls: bool,
    /// The certificates that are trusted; none where the machine's are.
    pub ca: Option<PathBuf>,
    /// What the daemon calls itself there: the broker keeps what is sent while it is away.
    pub client: String,
    /// The user whose password is the feed's key.
    pub user: Option<String>,
    /// What is heard.
    pub topic: Topic,
}

/// The topics that are heard, level by level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic(Vec<Level>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Level {
    Is(String),
    Station,
    Any,
    Rest,
}

const STATION: &str = "{station}";

impl Topic {
    /// Reads a filter in which one level may be `{station}`.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let levels: Vec<_> = text
            .split('/')
            .map(|level| match level {
                STATION => Level::Station,
                "+" => Level::Any,
                "#" => Level::Rest,
                other => Level::Is(other.to_owned()),
            })
            .collect();
        let plain = |level: &Level| match level {
            Level::Is(text) => !text.contains(['+', '#', '{', '}', '\0']),
            Level::Station | Level::Any | Level::Rest => true,
        };
        let count = |wanted: &Level| levels.iter().filter(|level| *level == wanted).count();
        if text.is_empty() || text.len() > 1_000 || !levels.iter().all(plain) {
            return Err("its levels are words, `+`, `{station}`, and `#` as the last one");
        }
        if count(&Level::Station) > 1 {
            return Err("it names the station more than once");
        }
        if levels.iter().rev().skip(1).any(|level| *level == Level::Rest) {
            return Err("`#` is the last level");
        }
        Ok(Self(levels))
    }

    /// As the broker is asked for it.
    pub fn filter(&self) -> String {
        let level = |level: &Level| match level {
            Level::Is(text) => text.clone(),
            Level::Station | Level::Any => "+".to_owned(),
            Level::Rest => "#".to_owned(),
        };
        self.0.iter().map(level).collect::<Vec<_>>().join("/")
    }

    /// Whether a level is the station.
    pub fn names_station(&self) -> bool {
        self.0.contains(&Level::Station)
    }

    /// The station that a topic names: `None` where the topic is another, nothing where it names none.
    pub fn station<'t>(&self, topic: &'t str) -> Option<Option<&'t str>> {
        let mut station = None;
        let mut levels = topic.split('/');
        for wanted in &self.0 {
            match (wanted, levels.next()) {
                (Level::Rest, _) => return Some(station),
                (Level::Is(text), Some(level)) if text == level => {}
                (Level::Any, Some(_)) => {}
                (Level::Station, Some(level)) if !level.is_empty() => station = Some(level),
                _ => return None,
            }
        }
        levels.next().is_none().then_some(station)
    }
}

/// Reads `mqtt`.
pub(super) fn read(node: &Node, folder: &Path, network: &Network, faults: &mut Faults) -> Option<Broker> {
    let mut fields = Fields::of(node, "the broker", faults)?;
    let url = fields.required("url", "\"mqtts://broker.example:8883\"", faults);
    let url = url.and_then(|node| read_url(node, network, faults));
    let topic = fields.required("topic", "\"plants/{station}/power\"", faults).and_then(|node| {
        let text = node.text("a topic such as \"plants/{station}/power\"", faults)?;
        let topic = Topic::parse(text);
        topic
            .map_err(|reason| {
                let fault = Fault::new(&node.place, format!("`{text}` is not a topic: {reason}"));
                faults.push(fault.hint("write it as \"plants/{station}/power\" or \"plants/+/power\""));
            })
            .ok()
    });
    let client = fields.required("client", "\"fairgauge-park\"", faults).and_then(|node| {
        let text = node.text("a name such as \"fairgauge-park\"", faults)?;
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if text.is_empty() || text.len() > 64 || !plain {
            let fault = Fault::new(&node.place, format!("`{text}` is not a name that every broker takes"));
            faults.push(fault.hint("write up to 64 letters, digits, `-`, `_` and `.`; each daemon has its own"));
            return None;
        }
        Some(text.to_owned())
    });
    let user = fields.optional("user").map(|node| node.text("the name of a user", faults));
    let ca_node = fields.optional("ca");
    let ca = ca_node.map(|node| node.text("the path of a file", faults));
    fields.finish(faults);
    let (host, port, tls) = url?;
    if let Some(node) = ca_node.filter(|_| !tls) {
        faults.push(
            Fault::new(&node.place, "certificates are trusted over TLS only").hint("write mqtts://, or leave ca out"),
        );
        return None;
    }
    if !cfg!(feature = "mqtt") {
        let fault = Fault::new(&node.place, "this program was built without MQTT");
        faults.push(fault.hint("build it with --features mqtt"));
        return None;
    }
    Some(Broker {
        host,
        port,
        tls,
        ca: ca.map_or(Some(None), |ca| ca.map(|ca| Some(folder.join(ca))))?,
        client: client?,
        user: user.map_or(Some(None), |user| user.map(|user| Some(user.to_owned())))?,
        topic: topic?,
    })
}

/// Host, port, and whether TLS protects the way. Errors never repeat the URL.
fn read_url(node: &Node, network: &Network, faults: &mut Faults) -> Option<(String, u16, bool)> {
    let text = node.text("a URL such as \"mqtts://broker.example:8883\"", faults)?;
    let mut fail = |message: &str, hint: &str| {
        faults.push(Fault::new(&node.place, message).hint(hint));
        None
    };
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "mqtt" | "mqtts"));
    let Some((url, host)) = url.and_then(|url| Some((url.clone(), url.host_str()?.to_owned()))) else {
        return fail("this is not the address of a broker", "write mqtts://host:8883");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return fail(
            "user and password do not stand in the address",
            "write user = \"…\", and the password as key = { file = \"…\" }",
        );
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return fail("the address of a broker ends with its port", "write mqtts://host:8883");
    }
    let tls = url.scheme() == "mqtts";
    if !network.allow_private {
        let allow = "brokers on private networks need allow_private = true in [network]";
        if is_private_host(&host) {
            return fail("the broker has a loopback or private address", allow);
        }
        if !tls {
            return fail("mqtt can be changed on the way: use mqtts", allow);
        }
    }
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some((host, url.port().unwrap_or(if tls { 8_883 } else { 1_883 }), tls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_name_the_station() {
        for (topic, told, station) in [
            ("plants/{station}/power", "plants/T01/power", Some(Some("T01"))),
            ("plants/{station}/power", "plants/T01/wind", None),
            ("plants/{station}/power", "plants/T01/power/x", None),
            ("plants/{station}/power", "plants//power", None),
            ("plants/{station}/power", "plants/T01", None),
            ("+/{station}/#", "a/b/c/d", Some(Some("b"))),
            ("+/{station}/#", "a/b", Some(Some("b"))),
            ("{station}", "光伏站", Some(Some("光伏站"))),
            ("plants/+", "plants/T01", Some(None)),
            ("plants/#", "plants/T01/x", Some(None)),
            ("#", "any/thing", Some(None)),
        ] {
            assert_eq!(Topic::parse(topic).unwrap().station(told), station, "{topic} {told}");
        }
        assert_eq!(Topic::parse("a/{station}/+/#").unwrap().filter(), "a/+/+/#");
        for bad in ["", "a/#/b", "a+/b", "{station}/{station}", "{sation}", "a/b#", "a/{station}x"] {
            assert!(Topic::parse(bad).is_err(), "{bad}");
        }
    }

    #[cfg(feature = "mqtt")]
    #[test]
    fn settings_of_a_broker() {
        use crate::feed::settings::tests::{CSV, feed, read_faults};

        let good = "mqtt = { url = \"mqtts://broker.example\", topic = \"p/{station}\", client = \"me\", user = \"u\" }\nkey = { file = \"k\" }";
        let text = CSV.replace("file = \"asos.csv\"", good);
        let crate::feed::Origin::Mqtt(broker) = feed(&text).origin else { panic!("it has a broker") };
        assert_eq!((broker.host.as_str(), broker.port, broker.tls), ("broker.example", 8_883, true));
        for (from, to, message) in [
            ("mqtts://broker.example", "https://broker.example", "this is not the address of a broker"),
            ("mqtts://broker.example", "mqtts://", "this is not the address of a broker"),
            ("mqtts://", "mqtts://me:secret@", "user and password do not stand in the address"),
            ("broker.example", "broker.example/plants", "the address of a broker ends with its port"),
            ("p/{station}", "p/{staton}", "`p/{staton}` is not a topic"),
            ("client = \"me\"", "client = \"\"", "`` is not a name that every broker takes"),
            (", client = \"me\"", "", "`client` is missing in the broker"),
            (", user = \"u\"", "", "the key is the password of a user, and there is none"),
            (
                "mqtts://broker.example\"",
                "mqtt://broker.example\", ca = \"c\"",
                "certificates are trusted over TLS only",
            ),
            (
                "kind = \"csv\"",
                "kind = \"open-meteo\"\nopen_meteo = { model = \"era5\", block = \"hourly\" }",
                "open-meteo does not come in messages",
            ),
            ("key = { file = \"k\" }", "key = { file = \"k\", bearer = true }", "`bearer` is not a key of the key"),
            ("\"final\"", "{ final_after = \"90 d\" }", "a message comes once"),
        ] {
            assert!(text.contains(from), "{from}");
            let messages = read_faults(&text.replacen(from, to, 1));
            assert!(messages.iter().any(|found| found.contains(message)), "{to}: {messages:?}");
            assert!(!messages.iter().any(|found| found.contains("secret")), "{messages:?}");
        }
        let closed = |url: &str| {
            let mut faults = Faults::new();
            let source = crate::document::Source::new("f.toml", format!("url = \"{url}\""));
            let node = Node::parse(&source, &mut faults);
            read(&node, Path::new("/"), &Network::default(), &mut faults);
            faults.render(false)
        };
        assert!(closed("mqtts://127.0.0.1").contains("a loopback or private address"));
        assert!(closed("mqtts://[::1]:1").contains("a loopback or private address"));
        assert!(closed("mqtt://broker.example").contains("use mqtts"));
    }
}
