//! Pointers into a JSON answer (RFC 6901), followed without reading what they pass over.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::document::did_you_mean;
use crate::feed::decode::DecodeError;
use crate::feed::json::{Members, parse};

/// A place in an answer or in a row of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    /// As the settings write it.
    pub text: String,
    steps: Vec<String>,
}

impl Pointer {
    /// `/a/0` is a pointer; a text without a slash in front is the name of one member; nothing is the whole.
    ///
    /// # Errors
    /// Where a `~` escapes nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let steps = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').map(unescape).collect::<Result<_, _>>()?,
            None if text.is_empty() => Vec::new(),
            None => vec![text.to_owned()],
        };
        Ok(Self { text: text.to_owned(), steps })
    }

    /// The pointer with a slash in front.
    pub fn path(&self) -> String {
        self.steps.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
    }

    /// What stands there in an answer; `None` where nothing does.
    ///
    /// # Errors
    /// Where what is on the way is broken, or names something twice.
    pub fn find<'a>(&self, answer: &'a RawValue) -> Result<Option<&'a RawValue>, DecodeError> {
        follow(answer, &self.steps, &self.text)
    }

    /// What stands there in a row.
    ///
    /// # Errors
    /// As of [`Self::find`].
    pub fn find_in<'a>(&self, row: &Opened<'a>) -> Result<Option<&'a RawValue>, DecodeError> {
        let Some((first, rest)) = self.steps.split_first() else { return Ok(Some(row.whole)) };
        match row.step(first) {
            Some(value) => follow(value, rest, &self.text),
            None => Ok(None),
        }
    }

    /// The name nearest to the one that is not there, where it was looked for.
    pub fn near(&self, answer: &RawValue) -> Option<String> {
        let mut here = answer;
        for step in &self.steps {
            let opened = Opened::of(here, &self.text).ok()?;
            match opened.step(step) {
                Some(value) => here = value,
                None => {
                    let Inside::Object(members) = &opened.inside else { return None };
                    return did_you_mean(step, members.0.iter().map(|(name, _)| &**name)).map(str::to_owned);
                }
            }
        }
        None
    }
}

/// That nothing stands at a place of an answer.
pub(super) fn absent(at: &Pointer, answer: &RawValue) -> DecodeError {
    DecodeError::MissingColumn { column: at.text.clone(), near: at.near(answer) }
}

fn unescape(step: &str) -> Result<String, String> {
    let mut parts = step.split('~');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (c, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', &part[1..]),
            Some(b'1') => ('/', &part[1..]),
            _ => return Err("in a pointer ~0 stands for ~, ~1 for a slash, and ~ for nothing".to_owned()),
        };
        whole.push(c);
        whole.push_str(rest);
    }
    Ok(whole)
}

fn follow<'a>(from: &'a RawValue, steps: &[String], place: &str) -> Result<Option<&'a RawValue>, DecodeError> {
    let mut here = from;
    for step in steps {
        match Opened::of(here, place)?.step(step) {
            Some(value) => here = value,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// A value of which one step can be taken.
pub(super) struct Opened<'a> {
    pub whole: &'a RawValue,
    inside: Inside<'a>,
}

enum Inside<'a> {
    Object(Members<'a>),
    List(Vec<&'a RawValue>),
    Nothing,
}

impl<'a> Opened<'a> {
    /// Reads the names of an object, or the items of a list, and nothing below them.
    ///
    /// # Errors
    /// Where a name is there twice.
    pub fn of(whole: &'a RawValue, place: &str) -> Result<Self, DecodeError> {
        let inside = match whole.get().as_bytes().first() {
            Some(b'{') => Inside::Object(parse(whole.get(), place)?),
            Some(b'[') => Inside::List(parse(whole.get(), place)?),
            _ => Inside::Nothing,
        };
        Ok(Self { whole, inside })
    }

    /// Whether there is anything inside.
    pub fn is_open(&self) -> bool {
        !matches!(self.inside, Inside::Nothing)
    }

    fn step(&self, step: &str) -> Option<&'a RawValue> {
        match &self.inside {
            Inside::Object(members) => members.get(step),
            Inside::List(items) => {
                let plain = step == "0" || (!step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit()));
                items.get(step.parse::<usize>().ok().filter(|_| plain)?).copied()
            }
            Inside::Nothing => None,
        }
    }
}

/// A value that is no list and no object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    /// `null`
    Null,
    /// A text, a number as it is written, `true` or `false`.
    Text(Cow<'a, str>),
}

/// The scalar that a value is.
///
/// # Errors
/// Where it is a list or an object, or a text that is broken.
pub(super) fn scalar<'a>(value: &'a RawValue, place: &dyn Fn() -> String) -> Result<Scalar<'a>, DecodeError> {
    match value.get().as_bytes().first() {
        Some(b'"') => {
            let text = serde_json::from_str::<String>(value.get());
            text.map(|text| Scalar::Text(text.into())).map_err(|error| DecodeError::schema(place(), error.to_string()))
        }
        Some(b'{' | b'[') => Err(DecodeError::schema(place(), "this is neither a text, a number nor null")),
        _ if value.get() == "null" => Ok(Scalar::Null),
        _ => Ok(Scalar::Text(value.get().into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"foo":["bar",{"m~n":1}],"":0,"a/b":2,"c%d":3,"01":4,"e":null,"t":"x\ny"}"#;

    fn found(pointer: &str) -> Option<&'static str> {
        let answer: &'static RawValue = serde_json::from_str(ANSWER).unwrap();
        let pointer = Pointer::parse(pointer).unwrap();
        let found = pointer.find(answer).unwrap();
        let row = Opened::of(answer, "").unwrap();
        assert_eq!(found.map(RawValue::get), pointer.find_in(&row).unwrap().map(RawValue::get), "{}", pointer.text);
        found.map(RawValue::get)
    }

    #[test]
    fn pointers_are_those_of_rfc_6901() {
        for (pointer, value) in [
            ("", Some(ANSWER)),
            ("/foo", Some(r#"["bar",{"m~n":1}]"#)),
            ("foo", Some(r#"["bar",{"m~n":1}]"#)),
            ("/foo/0", Some(r#""bar""#)),
            ("/foo/1/m~0n", Some("1")),
            ("/", Some("0")),
            ("/a~1b", Some("2")),
            ("a/b", Some("2")),
            ("/a/b", None),
            ("/c%d", Some("3")),
            ("/01", Some("4")),
            ("/e", Some("null")),
            ("/e/x", None),
            ("/foo/2", None),
            ("/foo/00", None),
            ("/foo/-", None),
            ("/foo/+1", None),
            ("/foo/bar", None),
        ] {
            assert_eq!(found(pointer), value, "{pointer}");
        }
        assert!(Pointer::parse("/a~2").is_err() && Pointer::parse("/~").is_err());
        assert_eq!(Pointer::parse("a/b~").unwrap().path(), "/a~1b~0");
    }

    #[test]
    fn what_is_not_there_has_neighbours() {
        let answer: &RawValue = serde_json::from_str(r#"{"data":{"temp":1,"rain":2}}"#).unwrap();
        let near = |pointer| Pointer::parse(pointer).unwrap().near(answer);
        assert_eq!(near("/data/temps").as_deref(), Some("temp"));
        assert_eq!(near("/dat").as_deref(), Some("data"));
        assert_eq!((near("/data/wind"), near("/data/temp/x")), (None, None));
    }

    #[test]
    fn scalars_are_told_from_the_rest() {
        let of = |text: &'static str| {
            let value: &'static RawValue = serde_json::from_str(text).unwrap();
            scalar(value, &|| "here".to_owned())
        };
        assert_eq!(of("null"), Ok(Scalar::Null));
        for (text, told) in [("\"x\\ny\"", "x\ny"), ("-0.50", "-0.50"), ("true", "true"), ("\"null\"", "null")] {
            assert_eq!(of(text), Ok(Scalar::Text(told.into())));
        }
        assert!(of("[1]").is_err() && of("{}").is_err());
    }
}
