//! How things are, as a place: `overview?q=…&service=…` for the whole capture, `insights/doctor?…` for its instrumentation. The
//! fields are those of the filters of insights.

use super::insights::{InsightFilters, InsightsPlace};
use super::place;
use crate::insights::Module;
use crate::model::TimeRange;

/// Whose health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthOf {
    /// All that was recorded: the overview.
    Capture,
    /// How it was recorded: the doctor.
    Instrumentation,
}

impl HealthOf {
    /// What stands in the text of the place.
    fn path(self) -> &'static str {
        match self {
            Self::Capture => "overview",
            Self::Instrumentation => "insights/doctor",
        }
    }
}

/// The overview, or the doctor's findings.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthPlace {
    /// Which of them.
    pub of: HealthOf,
    /// Which spans count; the same as on the insights pages.
    pub filters: InsightFilters,
}

impl HealthPlace {
    /// As it is entered.
    pub fn new(of: HealthOf) -> Self {
        Self {
            of,
            filters: InsightFilters::default(),
        }
    }

    /// A module of insights under the same filters.
    pub fn module(&self, module: Module) -> InsightsPlace {
        InsightsPlace {
            filters: self.filters.clone(),
            ..InsightsPlace::new(module)
        }
    }

    /// Reads a path and the fields; `None` when the path is another place's.
    pub(super) fn from_fields<'a>(
        path: &str,
        field: impl Fn(&str) -> Option<&'a str>,
        query: String,
        range: Option<TimeRange>,
    ) -> Option<Self> {
        let all = [HealthOf::Capture, HealthOf::Instrumentation];
        Some(Self {
            of: all.into_iter().find(|of| of.path() == path)?,
            filters: InsightFilters::from_fields(field, query, range),
        })
    }
}

impl std::fmt::Display for HealthPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&place(self.of.path(), &self.filters.fields()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::route::{Dimension, Route};

    #[test]
    fn places_are_text_with_the_filters() {
        let mut place = HealthPlace::new(HealthOf::Instrumentation);
        assert_eq!(place.to_string(), "insights/doctor");
        place.filters.query = "op:db".to_owned();
        place.filters.toggle(Dimension::Service, "cart");
        let text = place.to_string();
        assert_eq!(text, "insights/doctor?q=op:db&service=cart");
        assert_eq!(text.parse(), Ok(Route::Health(place)));
        let overview = HealthPlace::new(HealthOf::Capture);
        assert_eq!("overview".parse(), Ok(Route::Health(overview)));
    }
}
