//! Places: where in the program one is, as text that can be copied, opened and tested.
//!
//! `traces?q=…` ([`TracesPlace`]), `trace/TRACE_ID/SPAN_ID?…` ([`TracePlace`]), `spans?q=…` ([`SpansPlace`]),
//! `logs?q=…` ([`LogsPlace`]), `issues/FINGERPRINT?q=…` ([`IssuesPlace`]), `insights/MODULE?q=…` ([`InsightsPlace`]),
//! `overview?q=…` and `insights/doctor?q=…` ([`HealthPlace`]), `alerts/RULE` ([`AlertsPlace`]), `imports`, `imports/ID`,
//! `compare?a=TRACE_ID&b=q:SEARCH` ([`ComparePlace`]).

mod alerts;
mod compare;
mod groups;
mod health;
mod insights;
mod issues;
mod logs;
mod spans;
mod text;
mod trace;
mod traces;

use crate::model::sink::ImportId;
use crate::model::{Nanos, TimeRange};
use std::fmt;
use std::str::FromStr;
use text::{bounds, decode, encode, names_from, names_text, place};

pub use alerts::{AlertsPlace, AlertsView};
pub use compare::{ComparePlace, CompareWith};
pub use groups::GroupsPlace;
pub use health::{HealthOf, HealthPlace};
pub use insights::{Dimension, InsightFilters, InsightsPlace};
pub use issues::{IssueOrder, IssuesPlace, IssuesShown};
pub use logs::{AroundPlace, LogsPlace, LogsView, Neighbours};
pub use spans::{SpansChart, SpansPlace, SpansView};
pub use trace::{Others, StoryOf, TracePlace, TraceView};
pub use traces::TracesPlace;

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
            Self::Traces(traces) => traces.fmt(out),
            Self::Trace(trace) => trace.fmt(out),
            Self::Spans(spans) => spans.fmt(out),
            Self::Issues(issues) => issues.fmt(out),
            Self::Alerts(alerts) => alerts.fmt(out),
            Self::Compare(compare) => compare.fmt(out),
            Self::Insights(insights) => insights.fmt(out),
            Self::Health(health) => health.fmt(out),
            Self::Logs(logs) => logs.fmt(out),
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
            "" | "traces" => TracesPlace::from_fields(field, query(), range)
                .map(Self::Traces)
                .ok_or_else(unknown),
            "logs" => LogsPlace::from_fields(field, query(), range)
                .map(Self::Logs)
                .ok_or_else(unknown),
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
            _ => path
                .strip_prefix("trace/")
                .and_then(|rest| TracePlace::from_fields(rest, field, range))
                .map(Self::Trace)
                .ok_or_else(unknown),
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
            "trace/3bb58aa50470465cb58c07140547d969?bars=odd%2Cname",
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
            "insights/caches/expansion?keys=a:*&first=3&expiry=5m",
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
            "trace/3bb58aa50470465cb58c07140547d969/fc75a7e3db751210/more",
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
