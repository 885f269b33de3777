//! Files that a text carries behind its own lines, as comments: `#:file e82.csv`, then `#:| ` before each of its lines.

use std::path::Path;
use std::sync::Arc;

use super::{Place, Source};

const NAME: &str = "#:file ";
const LINE: &str = "#:| ";

/// A file that a text carries.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Its path from the folder of the text's own file.
    pub name: String,
    /// Its text under its own name. Its last line ends with a line feed.
    pub source: Arc<Source>,
    /// Where it begins in the text that carries it.
    pub place: Place,
}

/// A text with files behind it: each a pair of its name, which is one line, and its text.
pub fn carry(text: &str, files: &[(String, String)]) -> String {
    let mut whole = text.to_owned();
    end_line(&mut whole);
    for (name, file) in files {
        whole += &format!("{NAME}{name}\n");
        for line in file.split_inclusive('\n') {
            whole += LINE;
            whole += line;
        }
        end_line(&mut whole);
    }
    whole
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// The files that stand behind a text, in their order. They are the last lines: what looks like them further up, inside
/// of a string of several lines say, is none.
pub fn carried(text: &Arc<Source>) -> Vec<Carried> {
    let whole = text.text();
    let mut start = whole.len();
    for line in whole.split_inclusive('\n').rev() {
        if !line.starts_with(NAME) && !line.starts_with(LINE) {
            break;
        }
        start -= line.len();
    }
    let folder = Path::new(text.name()).parent().unwrap_or(Path::new(""));
    let mut files: Vec<(String, String, Place)> = Vec::new();
    for line in whole[start..].split_inclusive('\n') {
        if let Some(name) = line.strip_prefix(NAME) {
            let name = name.trim_end_matches(['\r', '\n']);
            let place = Place::Text(text.clone(), start..start + NAME.len() + name.len());
            files.push((name.to_owned(), String::new(), place));
        } else if let (Some((_, file, _)), Some(line)) = (files.last_mut(), line.strip_prefix(LINE)) {
            *file += line;
        }
        start += line.len();
    }
    let mut made: Vec<Carried> = Vec::new();
    for (name, mut file, place) in files {
        end_line(&mut file);
        let source = Source::new(folder.join(&name).display().to_string(), file);
        made.push(Carried { name, source, place });
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_comes_out_again() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        for (text, files, whole, why) in [
            ("a = 1\n", vec![], "a = 1\n", "nothing to carry"),
            ("a = 1", vec![pair("x.csv", "b\n1")], "a = 1\n#:file x.csv\n#:| b\n#:| 1\n", "last lines get their end"),
            (
                "a = 1\n",
                vec![pair("x.csv", "b\n\n# c\n"), pair("y/z.csv", "")],
                "a = 1\n#:file x.csv\n#:| b\n#:| \n#:| # c\n#:file y/z.csv\n",
                "empty lines and comments stay, and an empty file is one",
            ),
            ("", vec![pair("x.csv", "b\r\n1\r\n")], "#:file x.csv\n#:| b\r\n#:| 1\r\n", "line ends stay as they are"),
            (
                "a = '''\n#:file no.csv\n#:| 1\n'''\n",
                vec![pair("x.csv", "b\n")],
                "a = '''\n#:file no.csv\n#:| 1\n'''\n#:file x.csv\n#:| b\n",
                "what stands further up is none",
            ),
        ] {
            assert_eq!(carry(text, &files), whole, "{why}");
            let again = carried(&Source::new("books/p.toml", whole));
            let again: Vec<_> = again.iter().map(|file| (file.name.as_str(), file.source.text())).collect();
            let ended: Vec<_> = files
                .iter()
                .map(|(name, text)| {
                    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
                    (name.as_str(), format!("{text}{end}"))
                })
                .collect();
            let ended: Vec<_> = ended.iter().map(|(name, text)| (*name, text.as_str())).collect();
            assert_eq!(again, ended, "{why}");
        }
        let source = Source::new("books/p.toml", "a = 1\n#:file y/z.csv\n");
        let file = carried(&source).swap_remove(0);
        assert_eq!(file.source.name(), "books/y/z.csv", "a file has the name under which it lies");
        assert_eq!(file.place, Place::Text(source, 6..20));
    }
}
