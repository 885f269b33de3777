//! Reading XML element by element: names without their namespace, texts with their references resolved, no DTD.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::super::lines::short;
use crate::feed::decode::DecodeError;

/// A document that is being read.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    bytes: usize,
}

/// What comes next inside of an element.
enum Next {
    Open(String),
    Text(String),
    Close,
    End,
}

impl<'a> Xml<'a> {
    /// Starts on bytes.
    ///
    /// # Errors
    /// Where they are empty or no UTF-8.
    pub fn of(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            DecodeError::NotUtf8 { line: before.iter().filter(|byte| **byte == b'\n').count() + 1 }
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(DecodeError::Empty);
        }
        let mut reader = Reader::from_reader(text.as_bytes());
        reader.config_mut().expand_empty_elements = true;
        Ok(Self { reader, bytes: bytes.len() })
    }

    /// Reads the one element of the document, and that nothing follows it.
    ///
    /// # Errors
    /// Where there is none, or more; what the reader finds.
    pub fn root<T>(&mut self, read: impl FnOnce(&mut Self, &str) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        let value = match self.past_blanks()? {
            Next::Open(name) if name.eq_ignore_ascii_case("html") => return Err(DecodeError::Html),
            Next::Open(name) => read(self, &name)?,
            Next::End => return Err(self.cut()),
            _ => return Err(self.fault("this is no XML")),
        };
        match self.past_blanks()? {
            Next::End => Ok(value),
            _ => Err(self.fault("something follows the document")),
        }
    }

    /// Hands out every element inside of the one that was opened; each must be read to its end.
    pub fn each(
        &mut self,
        mut take: impl FnMut(&mut Self, &str) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        loop {
            match self.past_blanks()? {
                Next::Open(name) => take(self, &name)?,
                Next::Close => return Ok(()),
                Next::Text(text) => return Err(self.fault(format!("`{}` stands between elements", short(text.trim())))),
                Next::End => return Err(self.cut()),
            }
        }
    }

    /// The text of the element that was opened.
    pub fn text(&mut self) -> Result<String, DecodeError> {
        let mut whole = String::new();
        loop {
            match self.next()? {
                Next::Text(text) => whole.push_str(&text),
                Next::Close => return Ok(whole.trim().to_owned()),
                Next::Open(name) => return Err(self.fault(format!("`{name}` stands where a text was expected"))),
                Next::End => return Err(self.cut()),
            }
        }
    }

    /// The text of the element that was opened, into a place that is empty still.
    pub fn text_once(&mut self, name: &str, place: &mut Option<String>) -> Result<(), DecodeError> {
        let text = self.text()?;
        if place.replace(text).is_some() {
            return Err(self.fault(format!("`{name}` is there twice")));
        }
        Ok(())
    }

    /// Passes over the element that was opened, however deep.
    pub fn skip(&mut self) -> Result<(), DecodeError> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Next::Open(_) => depth += 1,
                Next::Close => depth -= 1,
                Next::Text(_) => {}
                Next::End => return Err(self.cut()),
            }
        }
        Ok(())
    }

    /// A form that is not as it should be, with its place.
    pub fn fault(&self, what: impl Into<String>) -> DecodeError {
        DecodeError::schema(format!("byte {}", self.reader.buffer_position()), what)
    }

    fn cut(&self) -> DecodeError {
        DecodeError::Truncated { bytes: self.bytes }
    }

    fn past_blanks(&mut self) -> Result<Next, DecodeError> {
        loop {
            match self.next()? {
                Next::Text(text) if text.trim().is_empty() => {}
                next => return Ok(next),
            }
        }
    }

    fn next(&mut self) -> Result<Next, DecodeError> {
        loop {
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(quick_xml::Error::Syntax(_)) => return Err(self.cut()),
                Err(error) => return Err(self.fault(error.to_string())),
            };
            return Ok(match event {
                Event::Start(start) => Next::Open(start.local_name().as_ref().to_owned()),
                Event::End(_) => Next::Close,
                Event::Text(text) => Next::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Next::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(reference) => {
                    let known = resolve_predefined_entity(&reference).map(str::to_owned);
                    let char = || reference.resolve_char_ref().ok().flatten().map(String::from);
                    Next::Text(known.or_else(char).ok_or_else(|| self.fault("an unknown reference"))?)
                }
                Event::DocType(name) if name.trim().to_ascii_lowercase().starts_with("html") => {
                    return Err(DecodeError::Html);
                }
                Event::DocType(_) => return Err(self.fault("the document brings its own definitions")),
                Event::Eof => Next::End,
                _ => continue,
            });
        }
    }
}
