//! Feeds: bytes come in, readings go out. Decoding is pure; files and sockets are touched in [`Feed::poll`] only.

mod address;
mod cache;
mod counter;
mod decode;
mod file;
mod folder;
mod hex;
pub mod http;
mod json;
#[cfg(feature = "mqtt")]
mod mqtt;
mod pace;
pub mod patience;
mod poll;
mod provider;
mod quota;
mod request;
mod secret;
mod settings;
mod traffic;
mod unpack;
mod wait;
mod wire;

pub use address::{Network, UrlTemplate};
pub use counter::Counter;
pub use decode::{DecodeError, Decoded, Raw, Refused, Which, decode};
pub use poll::{Answer, Ask, Body, Feed, Part, Parts, PollError, Scope};
pub use provider::Provider;
pub use quota::{Limit, Permit, Permits, Quota};
pub use request::{Reply, Request, Role, Wanted};
pub use secret::{Key, KeyPlace, KeySettings, KeySource, Secret};
#[cfg(test)]
pub(crate) use settings::tests::{at, feed as of_text};
pub use settings::{Broker, Column, DropFolder, FeedSettings, Origin, Station, Topic, VintageRule, seconds};
pub use traffic::Exchange;
pub use wire::{Answering, Told, Unanswered, Wire};
