//! What is wrong with a file, where, and how to mend it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::Place;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    place: Place,
    message: String,
    hint: Option<String>,
}

impl Fault {
    /// A fault at a place. The message says what is wrong, in a sentence without a stop.
    pub fn new(place: &Place, message: impl Into<String>) -> Self {
        Self { place: place.clone(), message: message.into(), hint: None }
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Where.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The same fault at another place: where the text was made of what somebody wrote elsewhere.
    #[must_use]
    pub fn moved(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// `file:line:column` for programs and tests; the name of the variable or file where there is no text.
    pub fn position(&self) -> String {
        match &self.place {
            Place::Text(source, span) => {
                let (line, column) = source.line_column(span.start);
                format!("{}:{line}:{column}", source.name())
            }
            Place::Environment(name) => format!("environment variable {name}"),
            Place::File(name) => name.clone(),
        }
    }

    /// The fault as a person reads it: message, file:line:column, the line with the place marked, the hint.
    fn render(&self, renderer: &Renderer) -> String {
        let title = Level::ERROR.primary_title(&*self.message);
        let mut group = match &self.place {
            Place::Text(source, span) => {
                // Whole characters, whatever the span says: the renderer takes no other.
                let start = source.text().floor_char_boundary(span.start);
                let end = source.text().ceil_char_boundary(span.end).max(start);
                let mark = AnnotationKind::Primary.span(start..end);
                title.element(Snippet::source(source.text()).path(source.name()).annotation(mark))
            }
            Place::Environment(_) | Place::File(_) => title.element(Origin::path(self.position())),
        };
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(&**hint));
        }
        renderer.render(&[group])
    }
}

/// All faults that were found, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, fault: Fault) {
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    /// Adds all of another list.
    pub fn extend(&mut self, others: Self) {
        others.0.into_iter().for_each(|fault| self.push(fault));
    }

    /// Takes out those that stand inside of places, of all from the `from`th on.
    pub fn forget(&mut self, from: usize, places: &[Place]) {
        let mut at = 0;
        self.0.retain(|fault| {
            at += 1;
            at <= from || !places.iter().any(|place| place.holds(&fault.place))
        });
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// The report for people, with colour codes where `styled`, an empty line between faults.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(160);
        let reports: Vec<_> = self.0.iter().map(|fault| fault.render(&renderer)).collect();
        reports.join("\n\n")
    }
}
