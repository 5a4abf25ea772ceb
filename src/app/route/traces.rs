//! The list of traces as a place: `traces?q=…&sort=-duration&from=…&to=…`.

use super::{ComparePlace, CompareWith, bounds, encode, place};
use crate::model::TimeRange;
use crate::store::TraceOrder;
use std::fmt;

const ORDERS: [(TraceOrder, &str); 7] = [
    (TraceOrder::Start, "start"),
    (TraceOrder::Duration, "duration"),
    (TraceOrder::Spans, "spans"),
    (TraceOrder::Errors, "errors"),
    (TraceOrder::Logs, "logs"),
    (TraceOrder::Name, "name"),
    (TraceOrder::Service, "service"),
];

/// The list of traces: what is searched and how it is sorted.
#[derive(Clone, Debug, PartialEq)]
pub struct TracesPlace {
    /// The search as typed.
    pub query: String,
    /// Sorted by this.
    pub order: TraceOrder,
    /// Largest first.
    pub descending: bool,
    /// Only traces that start in this stretch of time.
    pub range: Option<TimeRange>,
}

impl Default for TracesPlace {
    fn default() -> Self {
        Self {
            query: String::new(),
            order: TraceOrder::Start,
            descending: true,
            range: None,
        }
    }
}

impl TracesPlace {
    /// The order a name such as `-duration` stands for, and whether it is descending.
    pub fn order_from_name(name: &str) -> Option<(TraceOrder, bool)> {
        let (plain, descending) = name
            .strip_prefix('-')
            .map_or((name, false), |plain| (plain, true));
        let order = ORDERS.iter().find(|(_, known)| *known == plain)?.0;
        Some((order, descending))
    }

    /// These traces, compared with what is still to be chosen.
    pub fn to_compare(&self) -> ComparePlace {
        ComparePlace {
            range: self.range,
            ..ComparePlace::of(CompareWith::Fitting(self.query.trim().to_owned()))
        }
    }

    fn order_name(&self) -> String {
        let name = ORDERS
            .iter()
            .find(|(order, _)| *order == self.order)
            .map_or("start", |(_, name)| name);
        format!("{}{name}", if self.descending { "-" } else { "" })
    }

    /// Reads the fields of a place.
    pub(super) fn from_fields<'t>(
        field: impl Fn(&str) -> Option<&'t str>,
        query: String,
        range: Option<TimeRange>,
    ) -> Option<Self> {
        let default = Self::default();
        let (order, descending) = match field("sort") {
            None => (default.order, default.descending),
            Some(name) => Self::order_from_name(name)?,
        };
        Some(Self {
            query,
            order,
            descending,
            range,
        })
    }
}

impl fmt::Display for TracesPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Self::default();
        let sort = match (self.order, self.descending) {
            usual if usual == (default.order, default.descending) => String::new(),
            _ => self.order_name(),
        };
        let [from, to] = bounds(self.range);
        let fields = [
            ("q", encode(&self.query)),
            ("sort", sort),
            ("from", from),
            ("to", to),
        ];
        out.write_str(&place("traces", &fields))
    }
}
