//! Keys of providers: read from a file or from the service manager when they are needed, shown nowhere.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::request::Request;
use crate::document::{Fault, Faults, Fields, Node};

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A key is longer than this many bytes by no means.
const MOST: u64 = 64 << 10;

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the request that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the line `name = …` says of a key that is several secrets, a line each.
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts().find(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| value)
    }

    fn parts(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.0.lines().filter_map(|line| line.split_once(" = "));
        lines.map(|(name, value)| (name.trim(), value.trim()))
    }

    /// It, and each secret that is a line of it; what is too short to be told from anything else is left out.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let all = std::iter::once(self.0.as_str()).chain(self.parts().map(|(_, value)| value));
        all.filter(|text| text.len() >= 4)
    }

    /// It, and each secret that is a line of it, as they stand, as they stand in a URL, and in JSON, where `/` may be
    /// written as `\/`.
    pub(super) fn forms(&self) -> Vec<String> {
        let mut forms = Vec::new();
        for text in self.texts() {
            let quoted = serde_json::Value::from(text).to_string();
            let quoted = quoted[1..quoted.len() - 1].to_owned();
            forms.extend([text.to_owned(), form_urlencoded(text), quoted.replace('/', "\\/"), quoted]);
        }
        forms.dedup();
        forms
    }

    /// A text without this one in it.
    pub(super) fn hide_in(&self, text: &str) -> String {
        self.forms().iter().fold(text.to_owned(), |text, form| text.replace(form, "…"))
    }

    /// Whether bytes hold it.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms().iter().any(|form| bytes.windows(form.len()).any(|window| window == form.as_bytes()))
    }
}

/// A text as it stands in the query of a URL.
pub(super) fn form_urlencoded(text: &str) -> String {
    let mut url = reqwest::Url::parse("http://host.example/").expect("this is a URL");
    url.query_pairs_mut().append_key_only(text);
    url.query().unwrap_or_default().to_owned()
}

/// Where a key is kept, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySettings {
    /// Where it is kept.
    pub source: KeySource,
    /// Where it goes; none where the kind of feed knows.
    pub goes: Option<KeyPlace>,
}

/// Where a key is kept: never in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file that only the daemon can read.
    File(PathBuf),
    /// A credential of the service manager.
    Credential(String),
}

/// Where a key goes in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A header of this name.
    Header(String),
    /// A query parameter of this name.
    Query(String),
    /// `Authorization: Bearer`.
    Bearer,
}

/// A key that was read.
#[derive(Clone, Debug)]
pub struct Key {
    /// Itself.
    pub secret: Secret,
    /// Where it goes; none where the kind of feed knows.
    pub goes: Option<KeyPlace>,
}

impl Key {
    /// Puts it where the settings say; where they say nothing, nowhere.
    pub fn put_into(&self, request: &mut Request) {
        let text = self.secret.reveal();
        match &self.goes {
            Some(KeyPlace::Header(name)) => request.headers.push((name.clone(), text.to_owned())),
            Some(KeyPlace::Bearer) => request.headers.push(("authorization".to_owned(), format!("Bearer {text}"))),
            Some(KeyPlace::Query(name)) => {
                request.url.query_pairs_mut().append_pair(name, text);
            }
            None => {}
        }
    }
}

impl KeySettings {
    /// Reads the key, each time anew, so that it can be changed while the daemon runs.
    ///
    /// # Errors
    /// Where it cannot be read, is empty or is no text; in words that do not repeat it.
    pub fn read(&self) -> Result<Key, String> {
        let path = match &self.source {
            KeySource::File(path) => path.clone(),
            KeySource::Credential(name) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    format!("there is no credential `{name}`: add LoadCredential={name}:/path to the unit")
                })?;
                Path::new(&folder).join(name)
            }
        };
        let shown = path.display();
        let metadata = fs::metadata(&path).map_err(|error| format!("cannot read the key {shown}: {error}"))?;
        if !metadata.is_file() || metadata.len() > MOST {
            return Err(format!("the key {shown} is not a plain file of at most {MOST} bytes"));
        }
        let text = fs::read_to_string(&path).map_err(|error| format!("cannot read the key {shown}: {error}"))?;
        match text.trim() {
            "" => Err(format!("the key {shown} is empty")),
            text => Ok(Key { secret: Secret::new(text), goes: self.goes.clone() }),
        }
    }

    /// The same of a key that signs in our name: not from a file that everybody can reach. `what` it is: `the ledger's key`.
    ///
    /// # Errors
    /// As [`Self::read`]; where the file's mode lets everybody in.
    pub fn read_private(&self, what: &str) -> Result<Key, String> {
        if let KeySource::File(path) = &self.source {
            let shown = path.display();
            let metadata = fs::metadata(path).map_err(|error| format!("cannot read the key {shown}: {error}"))?;
            let mode = metadata.mode() & 0o7777;
            if mode & 0o007 != 0 {
                return Err(format!("everybody can reach {what} {shown} (mode {mode:04o}): chmod 600 {shown}"));
            }
        }
        self.read()
    }

    /// Reads a `key` of the settings. `own`: whoever reads it knows where the key goes, and the settings do not say so.
    pub fn parse(node: &Node, folder: &Path, own: bool, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "the key", faults)?;
        let (file, credential) = (fields.optional("file"), fields.optional("credential"));
        let goes = if own { Some(None) } else { read_place(&mut fields, faults).map(Some) };
        let source = match (file, credential) {
            (Some(file), None) => {
                file.text("the path of a file", faults).map(|path| KeySource::File(folder.join(path)))
            }
            (None, Some(name)) => {
                let text = name.text("the name of a credential", faults)?;
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                if text.is_empty() || text.starts_with('.') || !text.bytes().all(plain) {
                    let fault = Fault::new(&name.place, format!("`{text}` is not the name of a credential"));
                    faults.push(fault.hint("write letters, digits, `-` and `_`, as in LoadCredential=qweather:/path"));
                    return None;
                }
                Some(KeySource::Credential(text.to_owned()))
            }
            _ => {
                let fault = Fault::new(&node.place, "a key has `file` or `credential`: one of them");
                faults.push(fault.hint("write { file = \"/etc/fairgauge/keys/eia\" } or { credential = \"eia\" }"));
                None
            }
        };
        fields.finish(faults);
        Some(Self { source: source?, goes: goes? })
    }
}

fn read_place(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<KeyPlace> {
    let (header, query, bearer) = (fields.optional("header"), fields.optional("query"), fields.optional("bearer"));
    match (header, query, bearer) {
        (Some(node), None, None) => {
            let name = node.text("the name of a header", faults)?;
            if reqwest::header::HeaderName::try_from(name).is_err() {
                let fault = Fault::new(&node.place, format!("`{name}` is not the name of a header"));
                faults.push(fault.hint("write header = \"X-Api-Key\""));
                return None;
            }
            Some(KeyPlace::Header(name.to_owned()))
        }
        (None, Some(node), None) => {
            node.text("the name of a query parameter", faults).map(|name| KeyPlace::Query(name.to_owned()))
        }
        (None, None, Some(node)) => match &node.value {
            crate::document::Value::Flag(true) => Some(KeyPlace::Bearer),
            _ => {
                faults.push(Fault::new(&node.place, "bearer is true or left out").hint("write bearer = true"));
                None
            }
        },
        _ => {
            let fault = Fault::new(fields.place(), "nothing says where the key goes, or more than one thing does");
            faults.push(fault.hint("add header = \"X-Api-Key\", query = \"api_key\" or bearer = true"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_several_lines_is_several_secrets() {
        let key = Secret::new("secret_key = abc=d 1\n\npassword = p&ss word \nempty = \nshort = xyz");
        assert_eq!(key.part("secret_key"), Some("abc=d 1"));
        assert_eq!(key.part("password"), Some("p&ss word"));
        assert_eq!((key.part("empty"), key.part("token")), (None, None));
        assert_eq!(key.hide_in("u?pwd=p%26ss+word&k=abc=d 1&z=xyz"), "u?pwd=…&k=…&z=xyz");
        assert!(key.is_in(b"{\"key\":\"abc=d 1\"}") && !key.is_in(b"xyz"));
        assert!(key.is_in(b"?pwd=p%26ss+word"), "as it stands in a URL");
        assert!(Secret::new("a\"b/c").is_in(br#"{"key":"a\"b\/c"}"#), "and in JSON");
    }

    #[test]
    fn a_key_of_one_line_is_one_secret() {
        let key = Secret::new("abcd==");
        assert_eq!((key.part("abcd"), key.hide_in("abcd== abcd").as_str()), (None, "… abcd"));
        assert_eq!(Secret::new("abc").hide_in("abc"), "abc", "too short to be told from anything else");
    }
}
