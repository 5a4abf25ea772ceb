//! What `is:` can ask: sorts of records that no single attribute tells on its own.

/// A sort of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// A span whose status is an error; a log record of level error or above.
    Error,
    /// A span without a parent.
    Root,
    /// A span that its source calls the first one of a service (a transaction, a server's entry).
    Segment,
    /// A record that belongs to a trace.
    Traced,
}

impl Flag {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Error, Self::Root, Self::Segment, Self::Traced];

    /// Its name after `is:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Root => "root",
            Self::Segment => "segment",
            Self::Traced => "traced",
        }
    }

    /// What it asks for, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Error => "failed spans, errors in logs",
            Self::Root => "spans without a parent",
            Self::Segment => "first spans of a service",
            Self::Traced => "what belongs to a trace",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        let is = |flag: &Self| flag.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(is)
    }
}

pub(super) const UNKNOWN_FLAG: &str =
    "this is no known flag; is: takes error, root, segment, traced";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_lists_every_flag() {
        let names: Vec<&str> = Flag::ALL.iter().map(|flag| flag.name()).collect();
        assert!(UNKNOWN_FLAG.ends_with(&names.join(", ")));
        assert_eq!(Flag::named("Root"), Some(Flag::Root));
        assert_eq!(Flag::named("roots"), None);
    }
}
