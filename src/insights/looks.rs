//! Closer looks: what else there is to know of a module, each as a [`Table`] of its own.
//!
//! A look is named behind its module, `caches/candidates`. Its columns are documented at the head of its file.

use super::caches::{candidates, expansion, keys};
use super::family::Family;
use super::{Asked, Module, Table};
use crate::model::CancelToken;
use crate::store::{Reader, StoreError};

/// A closer look at a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Look {
    /// The shapes of keys, and what is odd about them.
    CacheKeys,
    /// What caches would come to if they kept more, or less.
    CacheExpansion,
    /// What might be worth keeping.
    CacheCandidates,
}

impl Look {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CacheKeys, Self::CacheExpansion, Self::CacheCandidates];

    /// Its name behind that of its module.
    pub fn name(self) -> &'static str {
        match self {
            Self::CacheKeys => "keys",
            Self::CacheExpansion => "expansion",
            Self::CacheCandidates => "candidates",
        }
    }

    /// Its heading for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::CacheKeys => "Shapes of keys",
            Self::CacheExpansion => "What if more were kept",
            Self::CacheCandidates => "Worth keeping",
        }
    }

    /// What it is a look at.
    pub fn module(self) -> Module {
        match self {
            Self::CacheKeys | Self::CacheExpansion | Self::CacheCandidates => Module::Caches,
        }
    }

    /// Its full name: `caches/keys`.
    pub fn path(self) -> String {
        format!("{}/{}", self.module().name(), self.name())
    }

    /// The look of this full name.
    pub fn named(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|look| look.path() == path)
    }

    /// The looks at a module.
    pub fn of(module: Module) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |look| look.module() == module)
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
    let family = || Family::read(reader, cancel);
    match look {
        Look::CacheKeys => keys::table(reader, asked, &family()?, cancel),
        Look::CacheExpansion => expansion::table(reader, asked, &family()?, cancel),
        Look::CacheCandidates => candidates::table(reader, asked, &family()?, cancel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_have_names_of_their_own() {
        for look in Look::ALL {
            assert_eq!(Look::named(&look.path()), Some(look));
            assert!(Look::of(look.module()).any(|own| own == look));
        }
    }
}
