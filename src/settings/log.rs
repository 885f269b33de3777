//! What is logged, and how it is written: `[log]`.

use crate::document::{Fault, Faults, Fields, Node};

/// What is logged, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// A directive such as `info` or `fairgauge=debug`.
    pub level: String,
    /// How it is written to standard error.
    pub format: LogFormat,
}

/// How lines are written to standard error. The journal has fields of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::default() }
    }
}

impl LogSettings {
    pub(super) fn parse(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "[log]", faults)?;
        let default = Self::default();
        let level = fields.optional("level").map_or(Some(default.level), |node| read_level(node, faults));
        let format = fields.optional("format").map_or(Some(default.format), |node| read_format(node, faults));
        fields.finish(faults);
        Some(Self { level: level?, format: format? })
    }
}

fn read_level(node: &Node, faults: &mut Faults) -> Option<String> {
    let level = node.text("a level such as \"info\"", faults)?;
    if let Err(error) = tracing_subscriber::EnvFilter::try_new(level) {
        let fault = Fault::new(&node.place, format!("`{level}` is not a log level: {error}"));
        faults.push(fault.hint("write \"error\", \"warn\", \"info\", \"debug\", \"trace\" or \"fairgauge=debug\""));
        return None;
    }
    Some(level.to_owned())
}

fn read_format(node: &Node, faults: &mut Faults) -> Option<LogFormat> {
    match node.text("\"text\" or \"json\"", faults)? {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        other => {
            let fault = Fault::new(&node.place, format!("`{other}` is no form of the log"));
            faults.push(fault.hint("write \"text\", for people, or \"json\", one object a line"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    #[test]
    fn the_form_of_the_log_is_a_word() {
        for (text, said) in [
            ("format = \"json\"", ""),
            ("format = \"text\"\nlevel = \"fairgauge=debug\"", ""),
            ("format = \"xml\"", "`xml` is no form of the log"),
            ("form = \"json\"", "`form` is not a key of [log]"),
        ] {
            let mut faults = Faults::new();
            let node = Node::parse(&Source::new("f.toml", text), &mut faults);
            let settings = LogSettings::parse(&node, &mut faults);
            let told: Vec<_> = faults.iter().map(|fault| fault.message().to_owned()).collect();
            assert_eq!(told.join("; "), said, "{text}");
            if said.is_empty() {
                assert_eq!(settings.expect("good").format == LogFormat::Json, text.contains("json"));
            }
        }
    }
}
