//! What the world sees: the payout log over HTTP, for those who may see it.
//!
//! The server runs on threads of its own and reads over connections of its own: no commit waits for a reader.

mod api;
mod app;
mod library;
mod monitor;
mod pages;
mod problem;
mod server;

pub use api::document;
pub use app::{App, Beside};
pub use monitor::Watched;
pub use server::{ServeError, Server};
