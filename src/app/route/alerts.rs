//! The alerts page as a place: `alerts/RULE?view=file`.

use super::{decode, encode, place};

/// The rules, perhaps with one selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertsPlace {
    /// The selected rule's name.
    pub rule: Option<String>,
    /// What is shown of them.
    pub view: AlertsView,
}

/// What is shown of alert rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlertsView {
    /// The rules, and what they would have done.
    #[default]
    Rules,
    /// Rules that the traffic suggests.
    Starters,
    /// The text of their file.
    File,
}

impl AlertsView {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Rules, Self::Starters, Self::File];

    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Rules => "",
            Self::Starters => "starters",
            Self::File => "file",
        }
    }
}

impl AlertsPlace {
    /// Reads what stands behind `alerts`, and the fields.
    pub(super) fn from_fields<'a>(
        rest: &str,
        field: impl Fn(&str) -> Option<&'a str>,
    ) -> Option<Self> {
        let rule = match rest {
            "" => None,
            _ => Some(decode(
                rest.strip_prefix('/').filter(|rest| !rest.is_empty())?,
            )),
        };
        let view = field("view").unwrap_or_default();
        let view = AlertsView::ALL
            .into_iter()
            .find(|known| known.name() == view)?;
        Some(Self { rule, view })
    }
}

impl std::fmt::Display for AlertsPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = match &self.rule {
            None => "alerts".to_owned(),
            // Some names hold paths.
            Some(rule) => {
                let text = encode(rule).replace('/', "%2F").replace('?', "%3F");
                format!("alerts/{text}")
            }
        };
        out.write_str(&place(&path, &[("view", self.view.name().to_owned())]))
    }
}
