//! What the world sees: the payout log over HTTP, for those who may see it; as files of other formats; and as a file to
//! which lines are appended.
//!
//! Server and file run on threads of their own and read over connections of their own: no commit waits for a reader.

mod api;
mod app;
mod doors;
pub mod export;
mod follow;
mod library;
mod log_file;
mod monitor;
mod pages;
mod problem;
mod scope;
mod server;

pub use api::document;
pub use app::{App, Beside};
pub use follow::Follow;
pub use log_file::PayoutLog;
pub use monitor::Watched;
pub use server::{ServeError, Server, check_tls};
