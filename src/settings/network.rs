//! What feeds may do on the network, and who asks in place of the daemon.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::flag;
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::{FeedSettings, Network, Origin};

/// What Linux allows.
const MOST_SOCKET: usize = 107;

/// `[network]`.
pub(super) fn read_network(node: &Node, faults: &mut Faults) -> Option<Network> {
    let mut fields = Fields::of(node, "[network]", faults)?;
    let allow_private = fields.optional("allow_private").map_or(Some(false), |node| flag(node, faults));
    let contact = fields.optional("user_agent_contact").map(|node| {
        let contact = node.text("an address such as \"ops@example.org\"", faults)?;
        if contact.is_empty() || !contact.bytes().all(|byte| byte.is_ascii_graphic() && !b"()".contains(&byte)) {
            let fault = Fault::new(&node.place, format!("`{contact}` is not an address that a header can hold"));
            faults.push(fault.hint("write \"ops@example.org\" or \"https://example.org/contact\""));
            return None;
        }
        Some(contact.to_owned())
    });
    fields.finish(faults);
    let user_agent_contact = contact.map_or(Some(None), |contact| contact.map(Some));
    Some(Network { allow_private: allow_private?, user_agent_contact: user_agent_contact?, fetcher: None, wire: None })
}

/// The socket of `[fetcher]`.
pub(super) fn read_fetcher(node: &Node, folder: &Path, faults: &mut Faults) -> Option<PathBuf> {
    let mut fields = Fields::of(node, "[fetcher]", faults)?;
    let socket = fields.required("socket", "\"/run/fairgauge-fetch/socket\"", faults);
    let socket = socket.and_then(|node| {
        let socket = folder.join(node.text("the path of a socket", faults)?);
        let length = socket.as_os_str().len();
        if length > MOST_SOCKET {
            let fault =
                Fault::new(&node.place, format!("the path of a socket has {MOST_SOCKET} bytes at most, this {length}"));
            faults.push(fault.hint("write \"/run/fairgauge-fetch/socket\""));
            return None;
        }
        Some(socket)
    });
    fields.finish(faults);
    socket
}

/// A broker is heard over a connection that stays: the fetcher has none such.
pub(super) fn refuse_brokers(feeds: &BTreeMap<Arc<str>, FeedSettings>, faults: &mut Faults) {
    for feed in feeds.values().filter(|feed| matches!(feed.origin, Origin::Mqtt(_))) {
        let message = format!("the feed `{}` hears a broker, and with [fetcher] the daemon has no network", feed.name);
        let hint = "leave [fetcher] out, or have another program put the messages into a folder: docs/feeds/folder.md";
        faults.push(Fault::new(&feed.place, message).hint(hint));
    }
}
