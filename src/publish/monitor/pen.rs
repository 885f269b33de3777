//! Writing figures that are read when somebody asks for them.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Unit;

/// Labels of one or two names.
pub(super) type Labels = Vec<(&'static str, String)>;

/// Writes figures one after the other.
pub(super) struct Pen<'e>(pub DescriptorEncoder<'e>);

impl Pen<'_> {
    fn metric(&mut self, name: &str, help: &str, unit: Option<&Unit>, metric: &impl EncodeMetric) -> fmt::Result {
        metric.encode(self.0.encode_descriptor(name, help, unit, metric.metric_type())?)
    }

    /// # Errors
    /// Where the text cannot be written.
    pub fn number(&mut self, name: &str, help: &str, unit: Option<Unit>, number: i64) -> fmt::Result {
        self.metric(name, help, unit.as_ref(), &ConstGauge::new(number))
    }

    /// A number for each row; where there are none, nothing.
    ///
    /// # Errors
    /// Where the text cannot be written.
    pub fn family(&mut self, name: &str, help: &str, rows: impl Iterator<Item = (Labels, i64)>) -> fmt::Result {
        let family = Family::<Labels, Gauge>::default();
        rows.for_each(|(labels, number)| _ = family.get_or_create(&labels).set(number));
        if family.is_empty() { Ok(()) } else { self.metric(name, help, None, &family) }
    }
}
