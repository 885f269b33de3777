//! A folder into which others put files, as the settings describe it.

use std::path::{Path, PathBuf};

use crate::document::{Fault, Faults, Fields, Node, Value};

/// A folder into which others put files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropFolder {
    /// Where it is.
    pub path: PathBuf,
    /// The names that are read: `*` is any text, `?` any character.
    pub names: String,
    /// The name of the file that says that another is complete; `{name}` is that one's. None where a file is complete
    /// when it has not changed between two polls.
    pub complete: Option<String>,
    /// Where files go that cannot be read.
    pub quarantine: PathBuf,
}

/// The placeholder of a complete file's name.
pub(in crate::feed) const NAME: &str = "{name}";

/// Reads `folder`, a path or a table.
pub(super) fn read(node: &Node, folder: &Path, faults: &mut Faults) -> Option<DropFolder> {
    if let Value::Text(path) = &node.value {
        let path = folder.join(path);
        return Some(DropFolder { quarantine: path.join("quarantine"), path, names: "*".to_owned(), complete: None });
    }
    let mut fields = Fields::of(node, "the folder", faults)?;
    let path = fields.text("path", "\"/srv/drop/park\"", faults).map(|path| folder.join(path));
    let names = fields.optional("names").map_or(Some("*".to_owned()), |node| read_names(node, faults));
    let complete = fields.optional("complete").map(|node| read_complete(node, faults));
    let quarantine = fields.optional("quarantine").map(|node| node.text("the path of a folder", faults));
    fields.finish(faults);
    let path = path?;
    let quarantine = match quarantine {
        Some(given) => folder.join(given?),
        None => path.join("quarantine"),
    };
    if quarantine == path {
        let fault = Fault::new(&node.place, "files that cannot be read would stay where they are");
        faults.push(fault.hint("give quarantine another folder"));
        return None;
    }
    Some(DropFolder {
        path,
        names: names?,
        complete: complete.map_or(Some(None), |complete| complete.map(Some))?,
        quarantine,
    })
}

fn read_names(node: &Node, faults: &mut Faults) -> Option<String> {
    let text = node.text("a form such as \"*.csv\"", faults)?;
    if text.is_empty() || text.contains('/') {
        let fault = Fault::new(&node.place, format!("`{text}` is not a form of names"));
        faults.push(fault.hint("write \"*.csv\": * is any text, ? any character"));
        return None;
    }
    Some(text.to_owned())
}

fn read_complete(node: &Node, faults: &mut Faults) -> Option<String> {
    let text = node.text("a name such as \"{name}.ok\"", faults)?;
    let rest = text.replacen(NAME, "", 1);
    if !text.contains(NAME) || rest.is_empty() || rest.contains(['{', '}', '/']) {
        let fault = Fault::new(&node.place, format!("`{text}` does not name a file beside another"));
        faults.push(fault.hint("write \"{name}.ok\", or \"{name}.sha256\" where it holds the SHA-256"));
        return None;
    }
    Some(text.to_owned())
}
