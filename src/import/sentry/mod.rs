//! Sentry envelopes.
use super::format::{Cut, Cutting, Format, Parsed};
use super::stretch::Stretch;
use crate::model::CancelToken;

/// Sentry envelopes, one or many.
pub static FORMAT: Format = Format {
    id: "sentry-envelope",
    name: "Sentry envelopes",
    sniff: |_| false,
    cutter: |_| Box::new(Nothing),
    parse: |_: Stretch, _: &CancelToken| Some(Parsed::default()),
};
struct Nothing;
impl Cut for Nothing {
    fn cut(&mut self, _: &[u8], _: bool) -> Cutting {
        Cutting::More
    }
    fn by_lines(&self) -> bool {
        false
    }
}
