//! Places: where in the program one is, as text that can be copied, opened and tested.
//!
//! `traces?q=…&sort=-duration`,
//! `trace/TRACE_ID/SPAN_ID?view=story&of=subtree&within=zoom&find=…&others=hidden&focus=SPAN_ID&only=path&bars=…&from=…&to=…`,
//! `spans?q=…` ([`SpansPlace`]), `issues/FINGERPRINT?q=…` ([`IssuesPlace`]), `insights/MODULE?q=…` ([`InsightsPlace`]),
//! `overview?q=…` and `insights/doctor?q=…` ([`HealthPlace`]),
//! `logs?q=…&columns=a,b&from=…&to=…&view=patterns`,
//! `logs?around=SEGMENT.ROW&of=trace`, `imports`, `imports/ID`, `compare?a=TRACE_ID&b=q:SEARCH` ([`ComparePlace`]).

mod alerts;
mod compare;
mod health;
mod insights;
mod issues;
mod spans;

use crate::model::record::RecordRef;
use crate::model::sink::ImportId;
use crate::model::{Nanos, SpanId, TimeRange, TraceId};
use crate::query::Subject;
use crate::store::TraceOrder;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use std::fmt;
use std::str::FromStr;

pub use alerts::{AlertsPlace, AlertsView};
pub use compare::{ComparePlace, CompareWith};
pub use health::{HealthOf, HealthPlace};
pub use insights::{Dimension, InsightFilters, InsightsPlace};
pub use issues::{IssueOrder, IssuesPlace, IssuesShown};
pub use spans::{SpansChart, SpansPlace, SpansView};

/// A place in the program.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// What was imported, and where files are dropped.
    Imports,
    /// The report on one import.
    Import(ImportId),
    /// The list of traces.
    Traces(TracesPlace),
    /// One trace, perhaps with a span selected.
    Trace(TracePlace),
    /// The log search.
    Logs(LogsPlace),
    /// The span search.
    Spans(SpansPlace),
    /// What is wrong.
    Issues(IssuesPlace),
    /// Alert rules, tried on what was recorded.
    Alerts(AlertsPlace),
    /// Two traces, or two sets of them, side by side.
    Compare(ComparePlace),
    /// What a part of the application did.
    Insights(InsightsPlace),
    /// How the capture is, or how it was recorded.
    Health(HealthPlace),
}

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

/// One trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracePlace {
    /// Which.
    pub trace: TraceId,
    /// The span the link leads to.
    pub span: Option<SpanId>,
    /// Whether it opens at the first error, when no span is named.
    pub at_error: bool,
    /// How it is shown.
    pub view: TraceView,
    /// Whose story is told, where the story is shown.
    pub of: StoryOf,
    /// Whether the story keeps to the stretch of time in view.
    pub within: bool,
    /// What is looked for among its spans; empty for nothing.
    pub find: String,
    /// What becomes of the rows that do not match.
    pub others: Others,
    /// Only this span and what is below it, in the waterfall.
    pub focus: Option<SpanId>,
    /// Only what the critical path runs through, in the waterfall.
    pub only_path: bool,
    /// The attribute whose numbers bars are as long as; empty for time.
    pub bars: String,
    /// The stretch of time in view; `None` for all of it.
    pub range: Option<TimeRange>,
}

impl TracePlace {
    /// A trace as a waterfall, at a span if there is one.
    pub fn new(trace: TraceId, span: Option<SpanId>) -> Self {
        Self {
            trace,
            span,
            at_error: false,
            view: TraceView::default(),
            of: StoryOf::default(),
            within: false,
            find: String::new(),
            others: Others::default(),
            focus: None,
            only_path: false,
            bars: String::new(),
            range: None,
        }
    }
}

/// How a trace is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceView {
    /// Its spans as a tree over time.
    #[default]
    Waterfall,
    /// All that happened as lines in the order of time.
    Story,
    /// Its spans merged by what leads to them.
    Flame,
    /// Its spans in numbers.
    Table,
    /// Its services and their calls.
    Map,
    /// Its spans in a row.
    List,
}

impl TraceView {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 6] = [
        Self::Waterfall,
        Self::Story,
        Self::Flame,
        Self::Table,
        Self::Map,
        Self::List,
    ];

    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Waterfall => "",
            Self::Story => "story",
            Self::Flame => "flame",
            Self::Table => "table",
            Self::Map => "map",
            Self::List => "list",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "waterfall" => Some(Self::Waterfall),
            name => Self::ALL.into_iter().find(|view| view.name() == name),
        }
    }
}

/// What becomes of the rows of a trace that do not match what is looked for in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Others {
    /// They are there, but pale.
    #[default]
    Dimmed,
    /// They look as always.
    Shown,
    /// Only those are there that lead to a match.
    Hidden,
}

/// Whose story is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoryOf {
    /// The whole trace's.
    #[default]
    Trace,
    /// That of the span with what hangs under it.
    Subtree,
    /// That of the span alone.
    Span,
}

/// The log search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogsPlace {
    /// The search as typed.
    pub query: String,
    /// Columns, as [`super::columns::LOG_COLUMNS`] reads them.
    pub columns: Vec<String>,
    /// Only this stretch of time.
    pub range: Option<TimeRange>,
    /// What of the records is shown.
    pub view: LogsView,
    /// How they are grouped, where groups are shown.
    pub groups: GroupsPlace,
    /// The search they are compared with, where differences are shown; empty for the rest.
    pub against: String,
    /// A record with its neighbours is shown instead of what is searched, which is where one goes back to.
    pub around: Option<AroundPlace>,
}

/// A log record and which others are shown around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AroundPlace {
    /// The record. It keeps its place in a store until its import is removed.
    pub at: RecordRef,
    /// The others.
    pub of: Neighbours,
}

/// Which records around one are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Neighbours {
    /// Those of its service.
    #[default]
    Service,
    /// Those of its trace.
    Trace,
    /// All.
    All,
}

/// Groups of records: by what, what is computed over each, and their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupsPlace {
    /// Attributes: records with the same values are one group.
    pub keys: Vec<String>,
    /// What is computed, as typed: `count(), p95(duration)`; empty for the number of records.
    pub aggregates: String,
    /// The column they are sorted by, keys first, then aggregates; `None` for the first aggregate.
    pub column: Option<usize>,
    /// Whether the least or first come first.
    pub ascending: bool,
}

/// What the log search shows of the records that fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogsView {
    /// The records themselves.
    #[default]
    Records,
    /// What their messages have in common.
    Patterns,
    /// Groups, with numbers computed over each.
    Groups,
    /// What they have that others have not.
    Differs,
}

/// The text names no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchPlace(pub String);

impl fmt::Display for NoSuchPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:?} is not a place in Headwater; places look like traces?q=…, trace/TRACE_ID/SPAN_ID, spans?q=…, logs?q=…, issues?q=…, insights/MODULE, alerts or imports",
            self.0
        )
    }
}

impl std::error::Error for NoSuchPlace {}

/// Characters that would be read as structure, or that a shell or mail program would break a link at.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b',')
    .add(b'#')
    .add(b'=')
    .add(b'<')
    .add(b'>');

const ORDERS: [(TraceOrder, &str); 7] = [
    (TraceOrder::Start, "start"),
    (TraceOrder::Duration, "duration"),
    (TraceOrder::Spans, "spans"),
    (TraceOrder::Errors, "errors"),
    (TraceOrder::Logs, "logs"),
    (TraceOrder::Name, "name"),
    (TraceOrder::Service, "service"),
];

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
}

impl GroupsPlace {
    /// As in the text of a place: the number of a column, a `+` before it when ascending.
    fn order_name(&self) -> String {
        let sign = if self.ascending { "+" } else { "" };
        self.column
            .map_or_else(String::new, |column| format!("{sign}{column}"))
    }

    /// Reads the fields of a place: keys, aggregates, order.
    fn from_texts(keys: &str, aggregates: &str, order: &str) -> Option<Self> {
        let (column, ascending) = Self::order_from_name(order)?;
        Some(Self {
            keys: names_from(keys),
            aggregates: decode(aggregates),
            column,
            ascending,
        })
    }

    fn order_from_name(name: &str) -> Option<(Option<usize>, bool)> {
        if name.is_empty() {
            return Some((None, false));
        }
        let (number, ascending) = match name.strip_prefix('+') {
            Some(number) => (number, true),
            None => (name, false),
        };
        number.parse().ok().map(|column| (Some(column), ascending))
    }
}

impl TracePlace {
    /// As in the text of a place.
    fn text(&self) -> String {
        let path = match self.span {
            Some(span) => format!("trace/{}/{span}", self.trace),
            None => format!("trace/{}", self.trace),
        };
        let word = |is: bool, word: &str| if is { word.to_owned() } else { String::new() };
        let [from, to] = bounds(self.range);
        let fields = [
            ("at", word(self.at_error, "error")),
            ("view", self.view.name().to_owned()),
            ("of", self.of.name().to_owned()),
            ("within", word(self.within, "zoom")),
            ("find", encode(&self.find)),
            ("others", self.others.name().to_owned()),
            (
                "focus",
                self.focus.map_or_else(String::new, |span| span.to_string()),
            ),
            ("only", word(self.only_path, "path")),
            ("bars", encode(&self.bars)),
            ("from", from),
            ("to", to),
        ];
        place(&path, &fields)
    }
}

impl Others {
    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Dimmed => "",
            Self::Shown => "shown",
            Self::Hidden => "hidden",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Dimmed, Self::Shown, Self::Hidden]
            .into_iter()
            .find(|others| others.name() == name)
    }
}

impl StoryOf {
    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Trace => "",
            Self::Subtree => "subtree",
            Self::Span => "span",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "" | "trace" => Some(Self::Trace),
            "subtree" => Some(Self::Subtree),
            "span" => Some(Self::Span),
            _ => None,
        }
    }
}

impl LogsPlace {
    /// What its search is asked of.
    pub fn subject(&self) -> Subject {
        Subject::Records.grouped(self.view == LogsView::Groups)
    }
}

impl Neighbours {
    /// All of them, and the name of each in the text of a place.
    const NAMES: [(Self, &str); 3] = [
        (Self::Service, "service"),
        (Self::Trace, "trace"),
        (Self::All, "all"),
    ];
}

impl AroundPlace {
    /// The two fields of a place; those of no record are empty.
    fn fields(around: Option<Self>) -> [String; 2] {
        let Some(Self { at, of }) = around else {
            return Default::default();
        };
        let name = Neighbours::NAMES.iter().find(|(known, _)| *known == of);
        let name = name.map_or("", |(_, name)| name);
        [format!("{}.{}", at.segment, at.row), name.to_owned()]
    }

    fn from_fields(at: Option<&str>, of: Option<&str>) -> Option<Option<Self>> {
        let Some(at) = at else {
            return Some(None);
        };
        let (segment, row) = at.split_once('.')?;
        let at = RecordRef {
            segment: segment.parse().ok()?,
            row: row.parse().ok()?,
        };
        let of = of.unwrap_or("service");
        let (of, _) = Neighbours::NAMES
            .into_iter()
            .find(|(_, name)| *name == of)?;
        Some(Some(Self { at, of }))
    }
}

impl LogsView {
    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Records => "",
            Self::Patterns => "patterns",
            Self::Groups => "groups",
            Self::Differs => "differs",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Records, Self::Patterns, Self::Groups, Self::Differs]
            .into_iter()
            .find(|view| view.name() == name)
    }
}

/// `name?key=value&…` with empty values left out.
fn place(name: &str, fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if fields.is_empty() {
        name.to_owned()
    } else {
        format!("{name}?{}", fields.join("&"))
    }
}

/// Start and end of a range as numbers, empty where there is none.
fn bounds(range: Option<TimeRange>) -> [String; 2] {
    range.map_or_else(Default::default, |range| {
        [range.start, range.end].map(|at| at.0.to_string())
    })
}

/// Names in the text of a place, with commas between.
fn names_text(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| encode(name)).collect();
    names.join(",")
}

fn names_from(text: &str) -> Vec<String> {
    let names = text.split(',').filter(|name| !name.is_empty());
    names.map(decode).collect()
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl Route {
    /// The time that is searched; `None` for all of it.
    pub fn range(&self) -> Option<TimeRange> {
        match self {
            Self::Traces(place) => place.range,
            Self::Spans(place) => place.range,
            Self::Logs(place) => place.range,
            Self::Trace(place) => place.range,
            Self::Insights(place) => place.filters.range,
            Self::Health(place) => place.filters.range,
            Self::Compare(place) => place.range,
            Self::Issues(_) | Self::Alerts(_) | Self::Imports | Self::Import(_) => None,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Imports => out.write_str("imports"),
            Self::Import(import) => write!(out, "imports/{}", import.0),
            Self::Traces(traces) => {
                let default = TracesPlace::default();
                let sorted =
                    (traces.order, traces.descending) != (default.order, default.descending);
                let [from, to] = bounds(traces.range);
                let fields = [
                    ("q", encode(&traces.query)),
                    (
                        "sort",
                        if sorted {
                            traces.order_name()
                        } else {
                            String::new()
                        },
                    ),
                    ("from", from),
                    ("to", to),
                ];
                out.write_str(&place("traces", &fields))
            }
            Self::Trace(trace) => out.write_str(&trace.text()),
            Self::Spans(spans) => spans.fmt(out),
            Self::Issues(issues) => issues.fmt(out),
            Self::Alerts(alerts) => alerts.fmt(out),
            Self::Compare(compare) => compare.fmt(out),
            Self::Insights(insights) => insights.fmt(out),
            Self::Health(health) => health.fmt(out),
            Self::Logs(logs) => {
                let [from, to] = bounds(logs.range);
                let [around, of] = AroundPlace::fields(logs.around);
                let fields = [
                    ("q", encode(&logs.query)),
                    ("columns", names_text(&logs.columns)),
                    ("from", from),
                    ("to", to),
                    ("view", logs.view.name().to_owned()),
                    ("by", names_text(&logs.groups.keys)),
                    ("agg", encode(&logs.groups.aggregates)),
                    ("order", logs.groups.order_name()),
                    ("vs", encode(&logs.against)),
                    ("around", around),
                    ("of", of),
                ];
                out.write_str(&place("logs", &fields))
            }
        }
    }
}

impl FromStr for Route {
    type Err = NoSuchPlace;

    fn from_str(text: &str) -> Result<Self, NoSuchPlace> {
        let unknown = || NoSuchPlace(text.to_owned());
        let (path, fields) = text.split_once('?').unwrap_or((text, ""));
        let field = |name: &str| {
            fields
                .split('&')
                .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
                .map(|(_, v)| v)
        };
        let query = || decode(field("q").unwrap_or_default());
        let bound = |name| {
            field(name)
                .map(|at| at.parse().map(Nanos).map_err(|_| unknown()))
                .transpose()
        };
        let range = match (bound("from")?, bound("to")?) {
            (None, None) => None,
            (from, to) => Some(TimeRange {
                start: from.unwrap_or(Nanos(i64::MIN)),
                end: to.unwrap_or(Nanos(i64::MAX)),
            }),
        };
        match path {
            "imports" => Ok(Self::Imports),
            "" | "traces" => {
                let default = TracesPlace::default();
                let sort = match field("sort") {
                    None => Some((default.order, default.descending)),
                    Some(name) => TracesPlace::order_from_name(name),
                };
                let (order, descending) = sort.ok_or_else(unknown)?;
                Ok(Self::Traces(TracesPlace {
                    query: query(),
                    order,
                    descending,
                    range,
                }))
            }
            "logs" => {
                let text = |name: &str| field(name).unwrap_or_default();
                let view = LogsView::from_name(text("view"));
                let groups = GroupsPlace::from_texts(text("by"), text("agg"), text("order"));
                let around = AroundPlace::from_fields(field("around"), field("of"));
                Ok(Self::Logs(LogsPlace {
                    query: query(),
                    columns: names_from(text("columns")),
                    range,
                    groups: groups.ok_or_else(unknown)?,
                    view: view.ok_or_else(unknown)?,
                    against: decode(field("vs").unwrap_or_default()),
                    around: around.ok_or_else(unknown)?,
                }))
            }
            "compare" => ComparePlace::from_fields(field, range)
                .map(Self::Compare)
                .ok_or_else(unknown),
            "spans" => SpansPlace::from_fields(field, query(), range)
                .map(Self::Spans)
                .ok_or_else(unknown),
            _ if path == "alerts" || path.starts_with("alerts/") => {
                let rest = path.strip_prefix("alerts").unwrap_or_default();
                let place = AlertsPlace::from_fields(rest, field);
                place.map(Self::Alerts).ok_or_else(unknown)
            }
            _ if path == "issues" || path.starts_with("issues/") => {
                let rest = path.strip_prefix("issues").unwrap_or_default();
                let place = IssuesPlace::from_fields(rest, field, query());
                place.map(Self::Issues).ok_or_else(unknown)
            }
            "overview" | "insights/doctor" => HealthPlace::from_fields(path, field, query(), range)
                .map(Self::Health)
                .ok_or_else(unknown),
            _ if path == "insights" || path.starts_with("insights/") => {
                let rest = path.strip_prefix("insights").unwrap_or_default();
                let place = InsightsPlace::from_fields(rest, field, query(), range);
                place.map(Self::Insights).ok_or_else(unknown)
            }
            _ if path.starts_with("imports/") => {
                let number = path.trim_start_matches("imports/").parse();
                number
                    .map(ImportId)
                    .map(Self::Import)
                    .map_err(|_| unknown())
            }
            _ => {
                let mut parts = path.strip_prefix("trace/").ok_or_else(unknown)?.split('/');
                let trace = parts
                    .next()
                    .and_then(|id| id.parse().ok())
                    .ok_or_else(unknown)?;
                let span = parts
                    .next()
                    .map(|id| id.parse().map_err(|_| unknown()))
                    .transpose()?;
                let view = TraceView::from_name(field("view").unwrap_or_default());
                let within = match field("within") {
                    None => false,
                    Some("zoom") => true,
                    Some(_) => return Err(unknown()),
                };
                let focus = field("focus")
                    .map(|id| id.parse().map_err(|_| unknown()))
                    .transpose()?;
                let only_path = match field("only") {
                    None => false,
                    Some("path") => true,
                    Some(_) => return Err(unknown()),
                };
                let at_error = match field("at") {
                    None => false,
                    Some("error") => true,
                    Some(_) => return Err(unknown()),
                };
                let of = StoryOf::from_name(field("of").unwrap_or_default());
                let others = Others::from_name(field("others").unwrap_or_default());
                Ok(Self::Trace(TracePlace {
                    trace,
                    span,
                    at_error,
                    view: view.ok_or_else(unknown)?,
                    of: of.ok_or_else(unknown)?,
                    within,
                    find: decode(field("find").unwrap_or_default()),
                    others: others.ok_or_else(unknown)?,
                    focus,
                    only_path,
                    bars: field("bars").unwrap_or_default().to_owned(),
                    range,
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_print_and_read_back() {
        let texts = [
            "imports",
            "imports/12",
            "traces",
            "traces?q=op:db%20duration:%3E5ms",
            "traces?sort=-duration",
            "traces?q=x&from=5&to=9",
            "trace/3bb58aa50470465cb58c07140547d969",
            "trace/3bb58aa50470465cb58c07140547d969/fc75a7e3db751210",
            "trace/3bb58aa50470465cb58c07140547d969?from=5&to=9",
            "trace/3bb58aa50470465cb58c07140547d969?at=error",
            "trace/3bb58aa50470465cb58c07140547d969?view=flame",
            "trace/3bb58aa50470465cb58c07140547d969?view=table",
            "trace/3bb58aa50470465cb58c07140547d969?view=map",
            "trace/3bb58aa50470465cb58c07140547d969?view=list",
            "compare?b=3bb58aa50470465cb58c07140547d969",
            "compare?a=median&b=3bb58aa50470465cb58c07140547d969",
            "compare?a=489c364b5284d6eb9ce41938bf9b0763&b=3bb58aa50470465cb58c07140547d969",
            "compare?b=q:op:db%20duration:%3E5ms&from=5&to=9",
            "compare?a=q:&b=q:release:1.5.0",
            "compare?a=q:a%26b&b=3bb58aa50470465cb58c07140547d969",
            "trace/3bb58aa50470465cb58c07140547d969/fc75a7e3db751210?view=story&of=subtree&within=zoom&from=5&to=9",
            "trace/3bb58aa50470465cb58c07140547d969?find=op:db%20is:error&others=hidden",
            "trace/3bb58aa50470465cb58c07140547d969?find=a%26b&others=shown&from=5&to=9",
            "trace/3bb58aa50470465cb58c07140547d969?focus=fc75a7e3db751210&only=path&from=5&to=9",
            "trace/3bb58aa50470465cb58c07140547d969?bars=db.response.returned_rows",
            "logs?q=user.id:7%20a%26b&columns=user.id,odd%2Cname&from=5&to=9",
            "logs?q=x&view=patterns",
            "logs?q=x&from=5&to=9&view=differs",
            "logs?q=x&view=differs&vs=level:error%20y",
            "spans",
            "spans?q=op:db&columns=db.system,a%2Cb&sort=-duration&from=5&to=9&min=100&max=2000",
            "spans?sort=start&min=7&view=traces&chart=heatmap",
            "spans?sort=duration&max=7&view=groups&by=op&agg=p95(duration)&order=1&chart=percentiles",
            "spans?q=x&min=7&view=differs&vs=op:db",
            "issues",
            "alerts",
            "alerts/Slow:%20%2Fcart%3F",
            "alerts?view=starters",
            "issues?q=kind:error&sort=-count&show=ignored",
            "issues?show=all&with=thresholds",
            "issues?with=changes",
            "issues?with=changes&before=release:1.4.0&after=release:%221%205%22",
            "issues/1-1016-%2Fa%3Fb?sort=won&show=all",
            "insights/queries",
            "insights/caches/keys?service=a",
            "insights/caches/expansion?keys=a%3A%2A&first=3&expiry=5m",
            "insights/requests?q=x%20y&service=a%2Cb,c&import=3&from=5&to=9&by=domain&sort=-count&row=0f3a",
            "insights/caches?environment=live&release=1.5&sort=hits",
            "logs?q=x&around=12.345&of=service",
            "logs?around=12.345&of=trace",
            "logs?view=groups&by=user.id,odd%2Cname&agg=count()%2Cp95(a%20b)&order=+1",
        ];
        for text in texts {
            let route: Route = text.parse().unwrap();
            assert_eq!(route.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "nowhere",
            "imports/x",
            "trace/",
            "trace/xyz",
            "trace/3bb5/zz",
            "trace/3bb58aa50470465cb58c07140547d969?view=tale",
            "compare",
            "compare?a=median&b=median",
            "compare?a=median&b=q:op:db",
            "compare?b=q:op:(",
            "compare?a=what&b=3bb58aa50470465cb58c07140547d969",
            "trace/3bb58aa50470465cb58c07140547d969?view=story&of=everyone",
            "trace/3bb58aa50470465cb58c07140547d969?find=a&others=gone",
            "trace/3bb58aa50470465cb58c07140547d969?focus=here",
            "trace/3bb58aa50470465cb58c07140547d969?only=errors",
            "traces?sort=colour",
            "logs?from=soon",
            "logs?view=sideways",
            "spans?view=patterns",
            "spans?chart=pie",
            "spans?sort=name",
            "spans?min=long",
            "issues/",
            "alerts/",
            "alerts?view=some",
            "issues?sort=size",
            "issues?show=some",
            "issues?with=some",
            "insights/",
            "insights/weather",
            "insights/caches/weather",
            "insights/vitals?by=domain",
            "logs?around=12",
            "logs?around=12.x",
            "logs?around=1.2&of=nobody",
        ] {
            assert_eq!(text.parse::<Route>(), Err(NoSuchPlace(text.to_owned())));
        }
    }
}
