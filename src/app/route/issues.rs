//! The issues page as a place: `issues/FINGERPRINT?q=…&sort=-count&show=ignored&of=logs&attribute=host`, `issues?with=thresholds`,
//! `issues?with=changes&before=release:1.4.0&after=release:1.5.0`.

use super::{decode, encode, place};
use crate::app::issues::IssueRecords;

/// The list of issues, perhaps with one selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IssuesPlace {
    /// The selected issue's fingerprint.
    pub fingerprint: Option<String>,
    /// The search as typed.
    pub query: String,
    /// Sorted by this.
    pub order: IssueOrder,
    /// Smallest first.
    pub ascending: bool,
    /// Issues in which state.
    pub shown: IssuesShown,
    /// The thresholds of detectors beside the list, instead of an issue.
    pub thresholds: bool,
    /// The records that the issue is broken down by, if not those that tell most of it.
    pub records: Option<IssueRecords>,
    /// Only attributes with this in their name are told of the issue.
    pub attribute: String,
    /// Instead of the list, what changed between the traces that fit one search and those that fit another.
    pub changes: Option<[String; 2]>,
}

/// What issues are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IssueOrder {
    /// What mending them wins.
    #[default]
    ToWin,
    /// How often they were met.
    Count,
    /// How many users they were met by.
    Users,
    /// When they were met first.
    First,
    /// When they were met last.
    Last,
    /// Their kind.
    Kind,
    /// What they are called.
    Title,
}

/// Issues in which state are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IssuesShown {
    /// Those that ask for something to be done.
    #[default]
    Open,
    /// Those that do not matter.
    Ignored,
    /// Those that were mended.
    Resolved,
    /// All of them.
    All,
}

/// What stands beside the list.
const THRESHOLDS: &str = "thresholds";
/// What stands in its place.
const CHANGES: &str = "changes";

const ORDERS: [(IssueOrder, &str); 7] = [
    (IssueOrder::ToWin, "won"),
    (IssueOrder::Count, "count"),
    (IssueOrder::Users, "users"),
    (IssueOrder::First, "first"),
    (IssueOrder::Last, "last"),
    (IssueOrder::Kind, "kind"),
    (IssueOrder::Title, "title"),
];

impl IssuesShown {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Open, Self::Ignored, Self::Resolved, Self::All];

    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Ignored => "ignored",
            Self::Resolved => "resolved",
            Self::All => "all",
        }
    }
}

impl IssuesPlace {
    /// One issue in the usual list.
    pub fn of(fingerprint: &str) -> Self {
        Self {
            fingerprint: Some(fingerprint.to_owned()),
            shown: IssuesShown::All,
            ..Self::default()
        }
    }

    /// Reads what stands behind `issues`, and the fields.
    pub(super) fn from_fields<'a>(
        rest: &str,
        field: impl Fn(&str) -> Option<&'a str>,
        query: String,
    ) -> Option<Self> {
        let fingerprint = match rest {
            "" => None,
            _ => Some(decode(
                rest.strip_prefix('/').filter(|rest| !rest.is_empty())?,
            )),
        };
        let sort = field("sort").unwrap_or("-won");
        let (name, ascending) = sort
            .strip_prefix('-')
            .map_or((sort, true), |name| (name, false));
        let (order, _) = ORDERS.iter().find(|(_, known)| *known == name)?;
        let shown = field("show").unwrap_or_default();
        let records = match field("of") {
            Some(name) => Some(
                IssueRecords::ALL
                    .into_iter()
                    .find(|known| known.name() == name)?,
            ),
            None => None,
        };
        let (thresholds, changes) = match field("with") {
            None => (false, None),
            Some(_) if fingerprint.is_some() => return None,
            Some(THRESHOLDS) => (true, None),
            Some(CHANGES) => {
                let side = |name| field(name).map(decode).unwrap_or_default();
                (false, Some([side("before"), side("after")]))
            }
            Some(_) => return None,
        };
        Some(Self {
            fingerprint,
            query,
            order: *order,
            ascending,
            shown: IssuesShown::ALL
                .into_iter()
                .find(|known| known.name() == shown)?,
            thresholds,
            records,
            attribute: field("attribute").map(decode).unwrap_or_default(),
            changes,
        })
    }

    fn order_name(&self) -> String {
        let known = ORDERS.iter().find(|(order, _)| *order == self.order);
        let name = known.map_or("won", |(_, name)| name);
        match (self.order, self.ascending) {
            (IssueOrder::ToWin, false) => String::new(),
            (_, true) => name.to_owned(),
            (_, false) => format!("-{name}"),
        }
    }
}

impl std::fmt::Display for IssuesPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = match &self.fingerprint {
            None => "issues".to_owned(),
            // Some fingerprints hold paths.
            Some(fingerprint) => {
                let text = encode(fingerprint).replace('/', "%2F").replace('?', "%3F");
                format!("issues/{text}")
            }
        };
        let with = match (self.thresholds, &self.changes) {
            (true, _) => THRESHOLDS,
            (_, Some(_)) => CHANGES,
            _ => "",
        };
        let side = |at: usize| {
            let sides = self.changes.as_ref();
            encode(sides.map_or("", |sides| &sides[at]))
        };
        let fields = [
            ("q", encode(&self.query)),
            ("sort", self.order_name()),
            ("show", self.shown.name().to_owned()),
            ("with", with.to_owned()),
            ("of", self.records.map_or("", IssueRecords::name).to_owned()),
            ("attribute", encode(&self.attribute)),
            ("before", side(0)),
            ("after", side(1)),
        ];
        out.write_str(&place(&path, &fields))
    }
}
