//! Pages of folders on a web server: which files they list.

use std::collections::HashSet;

use reqwest::Url;

use crate::feed::decode::DecodeError;
use crate::feed::request::Role;

/// The role of a page of a folder.
pub(super) const FOLDER: Role = Role::Step("folder");

/// The files that a page links to, in its order, each once: those on the same server, by their last name, unescaped.
///
/// # Errors
/// Where the page is no web page at all.
pub(super) fn files(page: &Url, bytes: &[u8]) -> Result<Vec<(String, Url)>, DecodeError> {
    let text = String::from_utf8_lossy(bytes);
    let small = text.to_ascii_lowercase();
    let (mut files, mut known) = (Vec::new(), HashSet::new());
    let mut links = 0;
    for (at, mark) in small.match_indices("href=\"") {
        links += 1;
        let target = text[at + mark.len()..].split('"').next().unwrap_or_default().replace("&amp;", "&");
        let Ok(url) = page.join(&target) else { continue };
        let name = url.path_segments().and_then(|mut parts| parts.next_back()).map(unescaped).unwrap_or_default();
        if url.origin() == page.origin() && !name.is_empty() && known.insert(url.clone()) {
            files.push((name, url));
        }
    }
    if links == 0 {
        return Err(DecodeError::schema("the folder", "this is no page of a folder: nothing is linked"));
    }
    Ok(files)
}

/// Makes the address of a folder end with a slash: what stands in it is named from there.
pub(super) fn with_slash(url: &mut Url) {
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push("");
    }
}

/// A part of a path without its percent signs.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_files_of_the_same_server() {
        let page = Url::parse("https://host.example/Reports/CURRENT/").unwrap();
        let text = "<A HREF=\"/Reports/Current/A_1.zip\">A</A><a href=\"../\">up</a><a href=\"B%23_2.zip\">B\
                    </a><a href=\"https://other.example/C.zip\">C</a><a href=\"/Reports/Current/A_1.zip\">A</a><a href=";
        let found = files(&page, text.as_bytes()).unwrap();
        let found: Vec<_> = found.iter().map(|(name, url)| format!("{name} {url}")).collect();
        assert_eq!(
            found,
            [
                "A_1.zip https://host.example/Reports/Current/A_1.zip",
                "B#_2.zip https://host.example/Reports/CURRENT/B%23_2.zip",
            ]
        );
        assert!(files(&page, b"no page").is_err());
        for text in [&b"<a href=\"%"[..], b"href=\"", b"href=\"%zz%4\"", b"\xff href=\"\xff%ff\""] {
            let _ = files(&page, text);
        }
    }
}
