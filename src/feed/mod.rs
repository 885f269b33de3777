//! Feeds: bytes come in, readings go out. Decoding is pure; files and sockets are touched in [`Feed::poll`] only.

mod address;
mod csv;
mod decode;
mod file;
pub mod http;
mod open_meteo;
mod poll;
mod settings;

pub use address::{Network, UrlTemplate};
pub use decode::{DecodeError, Decoded, Refused, decode};
pub use poll::{Answer, Ask, Body, Feed, PollError};
pub use settings::{
    Block, Column, CsvForm, FeedSettings, Form, Header, OpenMeteoForm, Origin, Station, StationRule, VintageRule,
};
