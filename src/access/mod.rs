//! Who may see what: tokens, roles, and what is refused.

mod guard;
mod limiter;
mod role;
mod token;
mod tokens;

pub use guard::{Guard, Refusal};
pub use role::{Caller, Right, Role};
pub use token::{Holder, Minted, Token};
pub use tokens::{TokenError, Tokens};
