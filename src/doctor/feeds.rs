//! The feeds: whether each answers, by one try.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Finding;
use crate::feed::{Ask, Broker, Feed, FeedSettings, Network, Origin, Scope};
use crate::settings::Settings;

/// One feed takes no longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nor does a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// How far a server's clock may be from ours.
const APART: TimeDelta = TimeDelta::minutes(1);

/// Asks each feed once, of one of its stations; nothing is recorded.
pub async fn try_feeds(settings: &Settings, now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for feed in settings.feeds.values() {
        let about = format!("feed {}", feed.name);
        findings.push(match &feed.origin {
            Origin::Folder(folder) => match std::fs::read_dir(&folder.path) {
                Ok(_) => Finding::ok(&about, format!("{} can be read", folder.path.display())),
                Err(error) => {
                    let says = format!("{} cannot be read: {error}", folder.path.display());
                    Finding::fail(
                        &about,
                        says,
                        "make the folder, or give the daemon's user the right to read and write it",
                    )
                }
            },
            Origin::Mqtt(broker) => connect(&about, broker).await,
            Origin::File(_) | Origin::Url(_) => ask(&about, feed, &settings.network, now).await,
        });
    }
    findings
}

/// A broker is reached, not spoken to: under the daemon's name that would push the daemon out.
async fn connect(about: &str, broker: &Broker) -> Finding {
    let server = (broker.host.as_str(), broker.port);
    let shown = format!("{}:{}", server.0, server.1);
    match timeout(CONNECT, TcpStream::connect(server)).await {
        Ok(Ok(_)) => Finding::ok(about, format!("{shown} takes connections")),
        Ok(Err(error)) => {
            Finding::fail(about, format!("{shown}: {error}"), "look whether the broker runs, and at [feed]")
        }
        Err(_) => Finding::fail(about, format!("{shown} does not answer"), "look at the firewall, and at [feed]"),
    }
}

async fn ask(about: &str, settings: &FeedSettings, network: &Network, now: DateTime<Utc>) -> Finding {
    let from = now - settings.delay - TimeDelta::days(2);
    let station = settings.stations.first().map(|station| station.name.clone());
    let scope = Scope { until: Some(now), station, is_trial: true, ..Scope::default() };
    let mut feed = Feed::new(settings.clone(), network);
    feed.record();
    let known_until = BTreeMap::new();
    let asked = timeout(PATIENCE, feed.poll_in(Ask { now, known_until: &known_until, from }, &scope)).await;
    let try_it = format!("`fairgauge feed try {}` shows the whole answer", settings.name);
    let answer = match asked {
        Err(_) => return Finding::fail(about, format!("no answer within {} s", PATIENCE.as_secs()), try_it),
        Ok(Err(error)) => return Finding::fail(about, format!("{}: {error}", error.class()), try_it),
        Ok(Ok(answer)) => answer,
    };
    let dates = feed.exchanges().into_iter().flat_map(|exchange| exchange.headers);
    let date = dates.filter(|(name, _)| name == "date").find_map(|(_, value)| httpdate::parse_http_date(&value).ok());
    if let Some(finding) = date.and_then(|date| apart(about, date.into(), now)) {
        return finding;
    }
    let (readings, refused) = (answer.readings.len(), answer.refused.len());
    if readings == 0 && refused > 0 {
        return Finding::fail(about, format!("it answers, and all {refused} readings are refused"), try_it);
    }
    Finding::ok(about, format!("it answers: {readings} readings, {refused} refused"))
}

/// `theirs`: the instant that a server wrote into its answer, which a cache may have kept for a while.
pub(super) fn apart(about: &str, theirs: DateTime<Utc>, ours: DateTime<Utc>) -> Option<Finding> {
    let ahead = theirs - ours;
    // Older than our clock is what a cache kept, too.
    (ahead > APART).then(|| {
        let says = format!("it answers, and by its clock ours is {} s behind", ahead.num_seconds());
        Finding::warn(about, says, "set the clock")
    })
}
