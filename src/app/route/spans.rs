//! The span search as a place: `spans?q=…&columns=a,b&sort=-duration&from=…&to=…&min=…&max=…&view=traces&chart=heatmap`.

use super::{GroupsPlace, bounds, decode, encode, names_from, names_text, place};
use crate::app::comparing;
use crate::model::TimeRange;
use crate::query::{self, Comparison, Expr, Subject, SyntaxError, Term, Test};
use crate::store::{Filter, SpanOrder};
use std::ops::Range;

/// The attribute that a chosen stretch of durations is one of.
const DURATION_KEY: &str = "span.duration";

/// The span search.
#[derive(Clone, Debug, PartialEq)]
pub struct SpansPlace {
    /// The search as typed.
    pub query: String,
    /// Attributes shown as columns.
    pub columns: Vec<String>,
    /// Spans, or their traces, are sorted by this.
    pub order: SpanOrder,
    /// Largest first.
    pub descending: bool,
    /// Only spans that start in this stretch of time.
    pub range: Option<TimeRange>,
    /// Only spans that lasted so many nanoseconds; `i64::MAX` stands for an open end.
    pub durations: Option<Range<i64>>,
    /// What of the spans is shown.
    pub view: SpansView,
    /// How they are grouped, where groups are shown.
    pub groups: GroupsPlace,
    /// What is drawn above.
    pub chart: SpansChart,
    /// What they are compared with, as a search; empty for the rest.
    pub against: String,
}

impl Default for SpansPlace {
    fn default() -> Self {
        Self {
            query: String::new(),
            columns: Vec::new(),
            order: SpanOrder::Start,
            descending: true,
            range: None,
            durations: None,
            view: SpansView::default(),
            groups: GroupsPlace::default(),
            chart: SpansChart::default(),
            against: String::new(),
        }
    }
}

/// What the span search shows of the spans that fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpansView {
    /// The spans themselves.
    #[default]
    Spans,
    /// The traces they belong to.
    Traces,
    /// Groups, with numbers computed over each.
    Groups,
    /// What differs between them and others.
    Differs,
}

/// What is drawn of the spans that fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpansChart {
    /// How many over time.
    #[default]
    Count,
    /// Percentiles of their durations over time.
    Percentiles,
    /// How many lasted how long over time.
    Heatmap,
}

impl SpansView {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 4] = [Self::Spans, Self::Traces, Self::Groups, Self::Differs];

    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Spans => "",
            Self::Traces => "traces",
            Self::Groups => "groups",
            Self::Differs => "differs",
        }
    }
}

impl SpansChart {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Count, Self::Percentiles, Self::Heatmap];

    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Count => "",
            Self::Percentiles => "percentiles",
            Self::Heatmap => "heatmap",
        }
    }
}

const ORDERS: [(SpanOrder, &str); 2] = [
    (SpanOrder::Start, "start"),
    (SpanOrder::Duration, "duration"),
];

impl SpansPlace {
    /// What its search is asked of.
    pub fn subject(&self) -> Subject {
        Subject::Records.grouped(self.view == SpansView::Groups)
    }

    /// Which spans it shows, and the conditions on groups of them.
    ///
    /// # Errors
    /// When the search cannot be read.
    pub fn filter(&self) -> Result<(Filter, Expr), SyntaxError> {
        let (typed, conditions) = query::parse_for(&self.query, self.subject())?.split_having();
        let bound = |comparison, nanos: i64| {
            Expr::Term(Term {
                key: DURATION_KEY.to_owned(),
                test: Test::Compare(comparison, nanos as f64),
            })
        };
        let durations = self.durations.as_ref();
        let least = durations.filter(|range| range.start > 0);
        let most = durations.filter(|range| range.end < i64::MAX);
        let least = least.map(|range| bound(Comparison::GreaterOrEqual, range.start));
        let most = most.map(|range| bound(Comparison::Less, range.end));
        let filter = Filter {
            search: Expr::all_of(std::iter::once(typed).chain(least).chain(most)),
            range: self.range,
        };
        Ok((filter, conditions))
    }

    /// The spans of all times and durations that its search finds.
    ///
    /// # Errors
    /// When the search cannot be read.
    pub fn whole(&self) -> Result<Filter, SyntaxError> {
        let (search, _) = query::parse_for(&self.query, self.subject())?.split_having();
        Ok(Filter {
            search,
            range: None,
        })
    }

    /// What is compared where differences are shown; `None` while nothing is set apart.
    ///
    /// # Errors
    /// When a search cannot be read.
    pub fn sets(&self) -> Result<Option<[Filter; 2]>, SyntaxError> {
        comparing::set_apart(self.filter()?.0, self.whole()?, &self.against)
    }

    /// Whether it shows fewer spans than there are.
    pub fn is_narrowed(&self) -> bool {
        !self.query.is_empty() || self.range.is_some() || self.durations.is_some()
    }

    /// Whether a stretch of durations leaves any out.
    pub fn is_narrow(durations: &Range<i64>) -> bool {
        durations.start > 0 || durations.end < i64::MAX
    }

    /// Reads the fields of a place.
    pub(super) fn from_fields<'a>(
        field: impl Fn(&str) -> Option<&'a str>,
        query: String,
        range: Option<TimeRange>,
    ) -> Option<Self> {
        let text = |name: &str| field(name).unwrap_or_default();
        let (order, descending) = match field("sort") {
            None => (SpanOrder::Start, true),
            Some(name) => order_from_name(name)?,
        };
        let bound = |name: &str, open: i64| field(name).map_or(Some(open), |at| at.parse().ok());
        let durations = bound("min", 0)?..bound("max", i64::MAX)?;
        let view = |view: &SpansView| view.name() == text("view");
        let chart = |chart: &SpansChart| chart.name() == text("chart");
        Some(Self {
            query,
            columns: names_from(text("columns")),
            order,
            descending,
            range,
            durations: Some(durations).filter(Self::is_narrow),
            view: SpansView::ALL.into_iter().find(view)?,
            groups: GroupsPlace::from_texts(text("by"), text("agg"), text("order"))?,
            chart: SpansChart::ALL.into_iter().find(chart)?,
            against: decode(text("vs")),
        })
    }

    fn order_name(&self) -> String {
        let plain = ORDERS.iter().find(|(order, _)| *order == self.order);
        match (plain, self.descending) {
            (None | Some((SpanOrder::Start, _)), true) => String::new(),
            (Some((_, name)), true) => format!("-{name}"),
            (Some((_, name)), false) => (*name).to_owned(),
            (None, false) => "start".to_owned(),
        }
    }
}

impl std::fmt::Display for SpansPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [from, to] = bounds(self.range);
        let limits = self.durations.clone().unwrap_or(0..i64::MAX);
        let limit = |nanos: i64, open: i64| match nanos == open {
            true => String::new(),
            false => nanos.to_string(),
        };
        let fields = [
            ("q", encode(&self.query)),
            ("columns", names_text(&self.columns)),
            ("sort", self.order_name()),
            ("from", from),
            ("to", to),
            ("min", limit(limits.start, 0)),
            ("max", limit(limits.end, i64::MAX)),
            ("view", self.view.name().to_owned()),
            ("by", names_text(&self.groups.keys)),
            ("agg", encode(&self.groups.aggregates)),
            ("order", self.groups.order_name()),
            ("vs", encode(&self.against)),
            ("chart", self.chart.name().to_owned()),
        ];
        out.write_str(&place("spans", &fields))
    }
}

/// The order a name such as `-duration` stands for, and whether it is descending.
fn order_from_name(name: &str) -> Option<(SpanOrder, bool)> {
    let (plain, descending) = name
        .strip_prefix('-')
        .map_or((name, false), |plain| (plain, true));
    let (order, _) = ORDERS.iter().find(|(_, known)| *known == plain)?;
    Some((*order, descending))
}
