//! Who is told of payouts: `[webhook.NAME]`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::is_name;
use crate::document::{Fault, Faults, Fields, Node, Place, Value, did_you_mean};
use crate::feed::{KeySettings, Network, UrlTemplate, seconds};
use crate::ledger::{Event, Subscription};

/// How long an endpoint may take to answer, where the settings do not say it.
const TIMEOUT_S: i64 = 15;
/// Who takes longer than this does its work before it answers, and will be told twice.
const LONGEST_TIMEOUT_S: i64 = 60;
/// So many endpoints at most: each has a task and a connection of its own.
const MOST: usize = 100;

/// An endpoint that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Its name.
    pub name: String,
    /// Where it is told.
    pub url: UrlTemplate,
    /// Where the Ed25519 key is kept that signs, `v1a`; none: no such signature.
    pub key: Option<KeySettings>,
    /// Where the secrets are kept that both sides have, `v1`; none: no such signature.
    pub secret: Option<KeySettings>,
    /// What it is told.
    pub events: BTreeSet<Event>,
    /// Of which policies; none: of all.
    pub policies: Option<BTreeSet<String>>,
    /// Of which products, `rain` or `rain@1`; none: of all.
    pub products: Option<BTreeSet<String>>,
    /// Of the policies of which books; none: of all.
    pub books: Option<BTreeSet<String>>,
    /// Whether it is told of feeds.
    pub feeds: bool,
    /// How long it may take to answer.
    pub timeout: Duration,
}

impl WebhookSettings {
    /// What it wants, as who writes the ledger knows it.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            endpoint: self.name.clone(),
            events: self.events.clone(),
            policies: self.policies.clone(),
            products: self.products.clone(),
            books: self.books.clone(),
            feeds: self.feeds,
        }
    }

    fn read(name: &str, node: &Node, folder: &Path, network: &Network, faults: &mut Faults) -> Option<Self> {
        let what = format!("the endpoint `{name}`");
        let mut fields = Fields::of(node, &what, faults)?;
        let url = fields.required("url", "\"https://hooks.example.org/fairgauge\"", faults);
        let url = url.and_then(|node| read_url(node, network, faults));
        let own = |node: Option<&Node>, faults: &mut Faults| match node {
            None => Some(None),
            Some(node) if matches!(node.value, Value::Text(_)) => {
                let fault =
                    Fault::new(&node.place, "what signs does not stand in the settings, which are copied and shown");
                faults.push(fault.hint("put it into a file and write { file = \"…\" }, or { credential = \"…\" }; and take another one, this was seen"));
                None
            }
            Some(node) => KeySettings::parse(node, folder, true, faults).map(Some),
        };
        let (key, secret) = (fields.optional("key"), fields.optional("secret"));
        if key.is_none() && secret.is_none() {
            let fault =
                Fault::new(fields.place(), "`key` or `secret` is missing: nobody could tell our messages from others");
            faults.push(fault.hint(
                "add key = { file = \"…\" } with an Ed25519 key, which only signs here, or secret = { file = \"…\" } with whsec_…, which both sides have",
            ));
        }
        let (key, secret) = (own(key, faults), own(secret, faults));
        let named = fields.optional("events");
        let events = named.map_or_else(|| Some(Event::all().collect()), |node| read_events(node, faults));
        let policies = read_names(fields.optional("policies"), "an id of a policy such as \"NY-001\"", faults);
        let products = read_names(fields.optional("products"), "a product such as \"rain\" or \"rain@1\"", faults);
        let books = read_names(fields.optional("books"), "a book such as \"default\"", faults);
        let timeout = fields.optional("timeout").map_or(Some(TIMEOUT_S), |node| {
            let timeout = seconds(node, 1, faults)?;
            if timeout > LONGEST_TIMEOUT_S {
                let fault = Fault::new(&node.place, format!("an endpoint is given {LONGEST_TIMEOUT_S} s at most"));
                faults.push(fault.hint("have it keep the message and answer at once; it does its work behind that"));
                return None;
            }
            Some(timeout)
        });
        fields.finish(faults);
        let (events, policies, products, books) = (events?, policies?, products?, books?);
        let feeds = named.is_some() || (policies.is_none() && products.is_none() && books.is_none());
        Some(Self {
            name: name.to_owned(),
            url: url?,
            key: key?,
            secret: secret?,
            feeds: feeds && events.contains(&Event::FeedSilent),
            events,
            policies,
            products,
            books,
            timeout: Duration::from_secs(timeout?.unsigned_abs()),
        })
    }
}

/// The tables `[webhook.NAME]`.
pub(super) fn read_webhooks(
    node: &Node,
    folder: &Path,
    network: &Network,
    faults: &mut Faults,
) -> Option<BTreeMap<String, WebhookSettings>> {
    let (before, mut webhooks) = (faults.len(), BTreeMap::new());
    let tables = node.table("tables [webhook.NAME]", faults)?;
    for (key, node) in tables {
        if !is_name(key, "an endpoint", faults) {
            continue;
        }
        if let Some(webhook) = WebhookSettings::read(&key.name, node, folder, network, faults) {
            webhooks.insert(webhook.name.clone(), webhook);
        }
    }
    if tables.len() > MOST {
        let fault = Fault::new(&node.place, format!("there are {} endpoints, {MOST} are the most", tables.len()));
        faults.push(fault.hint("tell one that passes it on to the others"));
    }
    (faults.len() == before).then_some(webhooks)
}

fn read_url(node: &Node, network: &Network, faults: &mut Faults) -> Option<UrlTemplate> {
    let text = node.text("an address", faults)?;
    let parsed = if text.contains(['{', '}']) {
        Err(("an endpoint's address has no placeholder".to_owned(), "write https://host/path".to_owned()))
    } else {
        UrlTemplate::parse(text, network).map_err(|(message, hint)| (message, of_endpoint(hint)))
    };
    parsed.map_err(|(message, hint)| faults.push(Fault::new(&node.place, message).hint(hint))).ok()
}

/// A hint of feeds in words that fit an endpoint.
fn of_endpoint(hint: String) -> String {
    if hint.starts_with("feeds on private networks") {
        return "endpoints on private networks need allow_private = true in [network]".to_owned();
    }
    if hint.contains("key = {") {
        return "leave it out: messages are signed, by `key` or `secret`, and need no password".to_owned();
    }
    hint
}

fn read_events(node: &Node, faults: &mut Faults) -> Option<BTreeSet<Event>> {
    let words: Vec<_> = Event::all().map(Event::word).collect();
    let items = items(node, "a list of events such as [\"payout.final\"]", faults)?;
    let (before, mut events) = (faults.len(), BTreeSet::new());
    for (word, place) in items {
        if let Some(event) = Event::from_word(&word) {
            events.insert(event);
            continue;
        }
        let near = did_you_mean(&word, words.iter().copied());
        let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        let fault = Fault::new(place, format!("`{word}` is no event"));
        faults.push(fault.hint(format!("{near}events are: {}", words.join(", "))));
    }
    (faults.len() == before).then_some(events)
}

/// A list that is left out, or has something in it.
fn read_names(node: Option<&Node>, wanted: &str, faults: &mut Faults) -> Option<Option<BTreeSet<String>>> {
    let Some(node) = node else { return Some(None) };
    let items = items(node, &format!("a list: {wanted}"), faults)?;
    Some(Some(items.into_iter().map(|(name, _)| name).collect()))
}

/// The texts of a list that is not empty; from the environment, one text with commas.
fn items<'n>(node: &'n Node, wanted: &str, faults: &mut Faults) -> Option<Vec<(String, &'n Place)>> {
    let items: Vec<_> = match (&node.value, &node.place) {
        (Value::Text(text), Place::Environment(_)) => {
            text.split(',').map(|item| (item.trim().to_owned(), &node.place)).collect()
        }
        _ => {
            let items = node.list(wanted, faults)?;
            let texts = items.iter().map(|item| Some((item.text("a text", faults)?.to_owned(), &item.place)));
            // Each is read, so that each fault is said.
            texts.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?
        }
    };
    if items.is_empty() || items.iter().any(|(item, _)| item.is_empty()) {
        let fault = Fault::new(&node.place, "this list names nothing, so nothing would ever be told");
        faults.push(fault.hint("leave it out for all of them, or name what is wanted"));
        return None;
    }
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    fn read(text: &str) -> Result<BTreeMap<String, WebhookSettings>, String> {
        let mut faults = Faults::new();
        let node = Node::parse(&Source::new("fairgauge.toml", text.to_owned()), &mut faults);
        let webhooks = read_webhooks(&node, Path::new("/etc/fairgauge"), &Network::default(), &mut faults);
        assert!(faults.iter().all(|fault| matches!(fault.place(), Place::Text(..))), "each with its place");
        webhooks.filter(|_| faults.is_empty()).ok_or_else(|| faults.render(false))
    }

    const GOOD: &str = "[acme]\nurl = \"https://hooks.example.org/in\"\nsecret = { file = \"keys/acme\" }\n";

    #[test]
    fn without_more_an_endpoint_is_told_everything() {
        let all = read(GOOD).expect("good");
        let acme = &all["acme"];
        assert_eq!(acme.events.len(), Event::all().count());
        assert_eq!((acme.timeout, acme.feeds, &acme.policies), (Duration::from_secs(15), true, &None));
        assert_eq!(acme.subscription().endpoint, "acme");
    }

    #[test]
    fn feeds_are_of_no_policy() {
        for (more, feeds, why) in [
            ("", true, "everything"),
            ("policies = [\"P-1\"]", false, "who sees some policies sees no feed"),
            ("products = [\"rain@1\"]", false, "the same"),
            ("books = [\"north\"]", false, "the same"),
            ("policies = [\"P-1\"]\nevents = [\"payout.final\", \"feed.silent\"]", true, "unless it is named"),
            ("events = [\"payout.final\"]", false, "it is not among the events"),
        ] {
            assert_eq!(read(&format!("{GOOD}{more}")).expect(why)["acme"].feeds, feeds, "{why}");
        }
    }

    #[test]
    fn faults_say_where_what_and_how() {
        for (text, says) in [
            (GOOD.replace("https", "http"), "use https"),
            (GOOD.replace("hooks.example.org", "127.0.0.1"), "endpoints on private networks"),
            (GOOD.replace("hooks.example.org", "169.254.169.254"), "loopback or private"),
            (GOOD.replace("/in", "/{station}"), "no placeholder"),
            (GOOD.replace("/in", "/in?token=s3cret"), "need no password"),
            (GOOD.replace("secret", "secrets"), "`key` or `secret` is missing"),
            (GOOD.replace("{ file = \"keys/acme\" }", "\"whsec_c2VjcmV0\""), "copied and shown"),
            (GOOD.replace("[acme]", "[Acme]"), "is not a name of an endpoint"),
            (format!("{GOOD}events = [\"payout.finale\"]"), "did you mean `payout.final`"),
            (format!("{GOOD}events = []"), "names nothing"),
            (format!("{GOOD}policies = []"), "names nothing"),
            (format!("{GOOD}products = [\"\"]"), "names nothing"),
            (format!("{GOOD}books = []"), "names nothing"),
            (format!("{GOOD}policies = \"P-1\""), "a list"),
            (format!("{GOOD}timeout = \"61 s\""), "60 s at most"),
            (format!("{GOOD}timeout = \"0 s\""), "at least 1"),
            (format!("{GOOD}book = \"a\""), "book"),
        ] {
            let said = read(&text).expect_err(says);
            assert!(said.contains(says), "{text}: {said}");
        }
        let many: String = (0..=MOST).map(|n| GOOD.replace("acme", &format!("e{n}"))).collect();
        assert!(read(&many).expect_err("too many").contains("100 are the most"));
    }
}
