//! Archives, zip and tar: files that hold other files, their members, which are imported one by one.
//!
//! Both are read as a stream from front to back, so that standard input does as well as a file, what breaks off is read up to
//! there, no byte is unpacked twice (members that overlap cannot multiply) and memory does not grow with the archive. A zip
//! file also has a list of its members at its end: it is only counted, to say so when it names more than were found.
//!
//! Names of members are only names: nothing is ever written under them.

mod input;
mod tar;
mod zip;

use super::packed::Packed;
use std::io::{self, Read};
use std::sync::Arc;

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// zip.
    Zip,
    /// tar, of any age.
    Tar,
}

impl Kind {
    /// The kind of an archive that begins so.
    pub fn of(prefix: &[u8]) -> Option<Self> {
        if zip::begins(prefix) {
            Some(Self::Zip)
        } else if tar::begins(prefix) {
            Some(Self::Tar)
        } else {
            None
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
        }
    }

    /// Walks along the members of an archive.
    pub fn walk<'a>(self, bytes: Box<dyn Read + Send + 'a>) -> Box<dyn Walk + 'a> {
        let input = input::Input::new(bytes);
        match self {
            Self::Zip => Box::new(zip::Zip::new(input)),
            Self::Tar => Box::new(tar::Tar::new(input)),
        }
    }
}

/// What a walk comes to.
#[derive(Debug)]
pub enum Found {
    /// A file; reading the walk reads it.
    Member {
        /// Its name, fit to be shown.
        name: String,
        /// Its size, if that is known before it is read.
        size: Option<u64>,
        /// How reading it goes.
        state: Arc<Packed>,
    },
    /// Something that is no file, is empty or is hidden.
    LeftOut,
    /// A file that cannot be read.
    Refused {
        /// Its name, fit to be shown.
        name: String,
        /// Why.
        reason: String,
    },
    /// Something is wrong with the archive itself; there may be more after it.
    Damage {
        /// Where in the archive.
        byte: u64,
        /// What.
        reason: String,
    },
    /// Something to know about the archive.
    Note(&'static str),
}

/// A walk along an archive. Reading gives the member that was found last.
pub trait Walk: Read + Send {
    /// Passes over what is left of a member and finds what comes next; `None` at the end.
    fn next(&mut self) -> io::Result<Option<Found>>;
}

/// Whether a member is not meant to be read: folders, and what is hidden, as in folders on disk.
fn is_left_out(name: &[u8]) -> bool {
    let hidden = |part: &[u8]| {
        part == b"__MACOSX" || (part.starts_with(b".") && !matches!(part, b"." | b".."))
    };
    name.ends_with(b"/") || name.split(|byte| matches!(byte, b'/' | b'\\')).any(hidden)
}

/// How many characters of a name are shown.
const NAME_CHARS: usize = 500;

/// A name as it can be shown: on one line, in reading order, not endless.
fn shown(name: &[u8]) -> String {
    let turns = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    let text = String::from_utf8_lossy(name);
    let mut shown: String = text
        .chars()
        .take(NAME_CHARS)
        .map(|c| match c.is_control() || turns(c) {
            true => '\u{FFFD}',
            false => c,
        })
        .collect();
    if text.chars().nth(NAME_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_hidden_files_are_left_out() {
        for (name, left_out) in [
            ("a.json", false),
            ("./a.json", false),
            ("../../a.json", false),
            ("a/b.c/d", false),
            ("a/", true),
            (".a", true),
            ("a/.git/config", true),
            ("__MACOSX/a.json", true),
            ("b\\.a", true),
        ] {
            assert_eq!(is_left_out(name.as_bytes()), left_out, "{name}");
        }
    }

    #[test]
    fn names_are_shown_safely() {
        assert_eq!(shown(b"a/\x1B[2J\n.json"), "a/\u{FFFD}[2J\u{FFFD}.json");
        assert_eq!(shown("\u{202E}nosj.a".as_bytes()), "\u{FFFD}nosj.a");
        assert_eq!(shown(b"\xFF"), "\u{FFFD}");
        assert_eq!(shown("é".repeat(600).as_bytes()).chars().count(), 501);
    }
}
