//! The log search as a place: `logs?q=…&columns=a,b&from=…&to=…&view=patterns`, `logs?around=SEGMENT.ROW&of=trace`.

use super::{GroupsPlace, bounds, decode, encode, names_from, names_text, place};
use crate::model::TimeRange;
use crate::model::record::RecordRef;
use crate::query::Subject;
use std::fmt;

/// The log search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogsPlace {
    /// The search as typed.
    pub query: String,
    /// Columns, as [`crate::app::columns::LOG_COLUMNS`] reads them.
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

impl LogsPlace {
    /// What its search is asked of.
    pub fn subject(&self) -> Subject {
        Subject::Records.grouped(self.view == LogsView::Groups)
    }

    /// Reads the fields of a place.
    pub(super) fn from_fields<'t>(
        field: impl Fn(&str) -> Option<&'t str>,
        query: String,
        range: Option<TimeRange>,
    ) -> Option<Self> {
        let text = |name| field(name).unwrap_or_default();
        Some(Self {
            query,
            columns: names_from(text("columns")),
            range,
            view: LogsView::from_name(text("view"))?,
            groups: GroupsPlace::from_texts(text("by"), text("agg"), text("order"))?,
            against: decode(text("vs")),
            around: AroundPlace::from_fields(field("around"), field("of"))?,
        })
    }
}

impl fmt::Display for LogsPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = bounds(self.range);
        let [around, of] = AroundPlace::fields(self.around);
        let fields = [
            ("q", encode(&self.query)),
            ("columns", names_text(&self.columns)),
            ("from", from),
            ("to", to),
            ("view", self.view.name().to_owned()),
            ("by", names_text(&self.groups.keys)),
            ("agg", encode(&self.groups.aggregates)),
            ("order", self.groups.order_name()),
            ("vs", encode(&self.against)),
            ("around", around),
            ("of", of),
        ];
        out.write_str(&place("logs", &fields))
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
