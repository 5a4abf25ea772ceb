//! Closer looks: what else there is to know of a module, each as a [`Table`] of its own.
//!
//! A look is named behind its module, `caches/candidates`. Its columns are documented at the head of its file.

use super::agents::{SampleRate, conversations, sampling, tools, transcript};
use super::caches::{candidates, expansion, keys};
use super::family::Family;
use super::queries::{self, callers};
use super::queues::{backlog, links, periodic};
use super::requests::{bursts, retries};
use super::transactions::{self, slow};
use super::{Asked, Module, Table};
use crate::model::CancelToken;
use crate::store::{Reader, StoreError};
use std::sync::Arc;

/// A closer look at a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Look {
    /// The shapes of keys, and what is odd about them.
    CacheKeys,
    /// What caches would come to if they kept more, or less.
    CacheExpansion,
    /// What might be worth keeping.
    CacheCandidates,
    /// How many messages wait over time, and where that leads.
    QueueBacklog,
    /// Who puts messages in for whom.
    QueueLinks,
    /// Jobs that run at regular times.
    QueuePeriodic,
    /// What agents and people talked about, across traces.
    AgentConversations,
    /// How often tools fail.
    AgentTools,
    /// What sampling would lose of agents.
    AgentSampling,
    /// When others turned requests away.
    RequestBursts,
    /// Requests made again after they failed.
    RequestRetries,
    /// Who runs which query how often, and whether that is too often.
    QueryCallers,
    /// Queries that became slower or faster.
    QueryTrends,
    /// Transactions that became slower or faster.
    TransactionTrends,
    /// What goes with slowness.
    TransactionSlow,
    /// What was said in conversations.
    AgentTranscript,
}

/// Each look with its module, its name behind that, and its heading for people.
const LOOKS: [(Look, Module, &str, &str); 16] = [
    (Look::CacheKeys, Module::Caches, "keys", "Shapes of keys"),
    (
        Look::CacheExpansion,
        Module::Caches,
        "expansion",
        "What if more were kept",
    ),
    (
        Look::CacheCandidates,
        Module::Caches,
        "candidates",
        "Worth keeping",
    ),
    (Look::QueueBacklog, Module::Queues, "backlog", "Backlogs"),
    (
        Look::QueueLinks,
        Module::Queues,
        "links",
        "Producers and consumers",
    ),
    (
        Look::QueuePeriodic,
        Module::Queues,
        "periodic",
        "Periodic jobs",
    ),
    (
        Look::AgentConversations,
        Module::Agents,
        "conversations",
        "Conversations",
    ),
    (Look::AgentTools, Module::Agents, "tools", "Tools"),
    (
        Look::AgentSampling,
        Module::Agents,
        "sampling",
        "Plan for sampling",
    ),
    (Look::RequestBursts, Module::Requests, "bursts", "Bursts"),
    (Look::RequestRetries, Module::Requests, "retries", "Retries"),
    (Look::QueryCallers, Module::Queries, "callers", "Callers"),
    (Look::QueryTrends, Module::Queries, "trends", "Trends"),
    (
        Look::TransactionTrends,
        Module::Transactions,
        "trends",
        "Trends",
    ),
    (
        Look::TransactionSlow,
        Module::Transactions,
        "slow",
        "What goes with slowness",
    ),
    (
        Look::AgentTranscript,
        Module::Agents,
        "transcript",
        "Transcript",
    ),
];

impl Look {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        LOOKS.into_iter().map(|(look, ..)| look)
    }

    /// The looks at a module.
    pub fn of(module: Module) -> impl Iterator<Item = Self> {
        Self::all().filter(move |look| look.module() == module)
    }

    /// The look of this full name: `caches/keys`.
    pub fn named(path: &str) -> Option<Self> {
        Self::all().find(|look| look.path() == path)
    }

    /// What it is a look at.
    pub fn module(self) -> Module {
        self.line().1
    }

    /// Its name behind that of its module.
    pub fn name(self) -> &'static str {
        self.line().2
    }

    /// Whether issues are marked in it.
    pub fn shows_issues(self) -> bool {
        self == Self::QueryCallers
    }

    /// Its heading for people.
    pub fn title(self) -> &'static str {
        self.line().3
    }

    /// Its full name.
    pub fn path(self) -> String {
        format!("{}/{}", self.module().name(), self.name())
    }

    fn line(self) -> (Self, Module, &'static str, &'static str) {
        // A test finds each in its own line.
        LOOKS[(self as usize).min(LOOKS.len() - 1)]
    }
}

/// What can be set for a look, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name for places, the same as on the command line.
    pub name: &'static str,
    /// Its heading for people.
    pub title: &'static str,
    /// An example, shown where nothing is set.
    pub hint: &'static str,
}

/// What can be set of looks, and for which.
const INPUTS: [(Look, Input); 4] = [
    (
        Look::CacheExpansion,
        Input {
            name: "keys",
            title: "Keep keys",
            hint: "such as product:*, home",
        },
    ),
    (
        Look::CacheExpansion,
        Input {
            name: "first",
            title: "First pages",
            hint: "such as 3",
        },
    ),
    (
        Look::CacheExpansion,
        Input {
            name: "expiry",
            title: "Expire after",
            hint: "never",
        },
    ),
    (
        Look::AgentSampling,
        Input {
            name: "rate",
            title: "Sample rate",
            hint: "0.1",
        },
    ),
];

impl Look {
    /// What can be set for it.
    pub fn inputs(self) -> impl Iterator<Item = Input> {
        let own = INPUTS.iter().filter(move |(look, _)| *look == self);
        own.map(|(_, input)| *input)
    }
}

impl Asked {
    /// Takes over what was set for a look; empty texts say nothing.
    ///
    /// # Errors
    /// What cannot be read, and how it is written.
    pub fn set(&mut self, inputs: &[(String, String)]) -> Result<(), String> {
        let text = |name: &str| {
            let own = inputs.iter().find(|(known, _)| known == name);
            own.map_or("", |(_, text)| text.trim())
        };
        let keys = text("keys").split(',').map(str::trim);
        let keys: Vec<String> = keys
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
            .collect();
        let first = match text("first") {
            "" => None,
            text => {
                let wrong = |_| format!("{text:?} is no number of pages; write 3");
                Some(text.parse().map_err(wrong)?)
            }
        };
        let expiry = Some(text("expiry")).filter(|text| !text.is_empty());
        self.expansion = expansion::what_if(&keys, first, expiry)?;
        if !text("rate").is_empty() {
            self.sample_rate = SampleRate::read(text("rate"))?;
        }
        Ok(())
    }
}

/// The table of a look, in its own order.
///
/// # Errors
/// As with every question.
pub fn table(
    look: Look,
    reader: &Reader,
    asked: &Asked,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let family = || Family::read(reader, cancel).map(Arc::new);
    table_among(look, reader, asked, &family, cancel)
}

/// How the table of a look is made that asks what spans are to each other.
type OfFamily = fn(&Reader, &Asked, &Family, &CancelToken) -> Result<Table, StoreError>;

/// As [`table`], where what spans are to each other may be known already; it is asked for only if the look needs it.
///
/// # Errors
/// As with every question.
pub fn table_among(
    look: Look,
    reader: &Reader,
    asked: &Asked,
    family: &dyn Fn() -> Result<Arc<Family>, StoreError>,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let of_family: OfFamily = match look {
        Look::QueuePeriodic => return periodic::table(reader, asked, cancel),
        Look::QueryTrends => return queries::trends::table(reader, asked, cancel),
        Look::TransactionTrends => return transactions::trends::table(reader, asked, cancel),
        Look::TransactionSlow => return slow::table(reader, asked, cancel),
        Look::CacheKeys => keys::table,
        Look::CacheExpansion => expansion::table,
        Look::CacheCandidates => candidates::table,
        Look::QueueBacklog => backlog::table,
        Look::QueueLinks => links::table,
        Look::AgentConversations => conversations::table,
        Look::AgentTools => tools::table,
        Look::AgentSampling => sampling::table,
        Look::AgentTranscript => transcript::table,
        Look::RequestBursts => bursts::table,
        Look::RequestRetries => retries::table,
        Look::QueryCallers => callers::table,
    };
    of_family(reader, asked, &*family()?, cancel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_read_or_refused() {
        let set = |inputs: &[(&str, &str)]| {
            let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
            let inputs: Vec<(String, String)> = inputs.iter().map(own).collect();
            let mut asked = Asked::default();
            asked.set(&inputs).map(|()| asked)
        };
        let asked = set(&[("keys", "a:*, b ,"), ("first", " 3"), ("expiry", "5m")]);
        let what_if = asked.map(|asked| asked.expansion);
        let expected = expansion::WhatIf {
            keys: vec!["a:*".to_owned(), "b".to_owned()],
            first: Some(3),
            expiry: Some(300_000_000_000),
        };
        assert_eq!(what_if, Ok(expected));
        assert_eq!(
            set(&[]).map(|asked| asked.expansion),
            Ok(expansion::WhatIf::default())
        );
        assert_eq!(
            set(&[("rate", "0.25")]).map(|asked| asked.sample_rate),
            Ok(SampleRate(0.25))
        );
        for wrong in [
            ("first", "all"),
            ("expiry", "soon"),
            ("rate", "2"),
            ("rate", "NaN"),
        ] {
            assert!(set(&[wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn looks_have_names_of_their_own() {
        for look in Look::all() {
            assert_eq!(look.line().0, look);
            assert_eq!(Look::named(&look.path()), Some(look));
            assert!(Look::of(look.module()).any(|own| own == look));
        }
    }
}
