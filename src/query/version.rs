//! Versions and builds of releases, compared by the precedence of Semantic Versioning 2.0.0 (its chapter 11).
//!
//! A release is written `package@1.2.3-rc.1+456`; package, pre-release and build may be missing. Of a version, numbers
//! that are missing are 0, a fourth one and a `v` in front are allowed; what is no version compares with nothing.

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter};

/// Which part of a release is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleasePart {
    /// `1.2.3-rc.1`
    Version,
    /// `456`
    Build,
}

impl ReleasePart {
    /// The part an attribute of this name means.
    pub fn named(key: &str) -> Option<Self> {
        match key {
            "release.version" => Some(Self::Version),
            "release.build" => Some(Self::Build),
            _ => None,
        }
    }
}

/// A version, or a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    part: ReleasePart,
    /// Major, minor, patch, revision; all 0 of a build.
    numbers: [u64; 4],
    /// What stands behind the numbers, cut at its dots: the pre-release; or all of a build.
    identifiers: Vec<Identifier>,
}

/// Numbers come before words. Words compare by their bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl Version {
    /// Reads the version or build itself: `1.2`, `v2.0.0-rc.1`, `456`.
    pub fn read(part: ReleasePart, text: &str) -> Option<Self> {
        if part == ReleasePart::Build {
            return Some(Self {
                part,
                numbers: [0; 4],
                identifiers: identifiers(text)?,
            });
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = split(text, '+');
        let (text, before) = split(text, '-');
        if let Some(build) = build {
            // It counts for nothing, but has to be one.
            identifiers(build)?;
        }
        let mut numbers = [0; 4];
        let mut places = numbers.iter_mut();
        for number in text.split('.') {
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            *places.next()? = digits.then(|| number.parse().ok()).flatten()?;
        }
        let identifiers = before.map_or(Some(Vec::new()), identifiers)?;
        Some(Self {
            part,
            numbers,
            identifiers,
        })
    }

    /// Reads the version or build within a whole release, `package@1.2.3+456`.
    pub fn of_release(part: ReleasePart, release: &str) -> Option<Self> {
        let version = release.rsplit_once('@').map_or(release, |(_, rest)| rest);
        let whole = Self::read(ReleasePart::Version, version)?;
        match part {
            ReleasePart::Version => Some(whole),
            ReleasePart::Build => Self::read(part, version.split_once('+')?.1),
        }
    }

    /// Which part of a release it is.
    pub fn part(&self) -> ReleasePart {
        self.part
    }

    /// Which of two of the same part comes first. A pre-release comes before its version; of two lists of identifiers
    /// that begin alike the shorter one does.
    pub fn precedence(&self, other: &Self) -> Ordering {
        let finished = |version: &Self| version.identifiers.is_empty();
        let by_numbers = self.numbers.cmp(&other.numbers);
        by_numbers
            .then_with(|| finished(self).cmp(&finished(other)))
            .then_with(|| self.identifiers.cmp(&other.identifiers))
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((text, rest)) => (text, Some(rest)),
        None => (text, None),
    }
}

/// Letters, digits and hyphens with dots between.
fn identifiers(text: &str) -> Option<Vec<Identifier>> {
    let identifier = |word: &str| {
        let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if word.is_empty() || !word.bytes().all(is_sound) {
            return None;
        }
        // Digits too many for a number are a word.
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| word.parse().ok()).flatten();
        Some(number.map_or_else(|| Identifier::Word(word.to_owned()), Identifier::Number))
    };
    text.split('.').map(identifier).collect()
}

/// With three numbers, or four where the last is not 0.
impl Display for Version {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let [major, minor, patch, revision] = self.numbers;
        let mut between = "";
        if self.part == ReleasePart::Version {
            write!(out, "{major}.{minor}.{patch}")?;
            if revision > 0 {
                write!(out, ".{revision}")?;
            }
            between = "-";
        }
        for identifier in &self.identifiers {
            match identifier {
                Identifier::Number(number) => write!(out, "{between}{number}")?,
                Identifier::Word(word) => write!(out, "{between}{word}")?,
            }
            between = ".";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::read(ReleasePart::Version, text).expect(text)
    }

    /// The order of the specification's own examples, and what it leaves open.
    #[test]
    fn versions_come_in_their_order() {
        let rising = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0.1",
            "1.2.0-rc",
            "1.2",
            "1.10",
            "2026.05.01",
        ];
        for pair in rising.windows(2) {
            let order = version(pair[0]).precedence(&version(pair[1]));
            assert_eq!(order, Ordering::Less, "{pair:?}");
        }
        for (left, right) in [("1.2", "v1.2.0"), ("1.2.3+5", "1.2.3+77")] {
            assert!(version(left).precedence(&version(right)).is_eq());
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "",
            "v",
            "main",
            "1.x",
            "1.2.3.4.5",
            "1..2",
            "1.2-",
            "1.2+",
            "1.2-a..b",
            "-1",
            "1.2 ",
            "1_2",
            "99999999999999999999",
        ] {
            assert_eq!(Version::read(ReleasePart::Version, text), None, "{text}");
        }
    }

    #[test]
    fn parts_of_a_release() {
        let shown = |part, text: &str| Version::of_release(part, text).map(|part| part.to_string());
        let cases = [
            ("shop@1.2.3+456", Some("1.2.3"), Some("456")),
            ("@scope/shop@2.0-rc.1", Some("2.0.0-rc.1"), None),
            ("1.2.3.4+a.7", Some("1.2.3.4"), Some("a.7")),
            ("5c1a9f0e", None, None),
            ("shop@main+5", None, None),
        ];
        for (release, expected, build) in cases {
            assert_eq!(
                shown(ReleasePart::Version, release).as_deref(),
                expected,
                "{release}"
            );
            assert_eq!(
                shown(ReleasePart::Build, release).as_deref(),
                build,
                "{release}"
            );
        }
        let build = |text| Version::read(ReleasePart::Build, text).expect(text);
        assert!(build("9").precedence(&build("10")).is_lt());
        assert!(build("10").precedence(&build("1a")).is_lt());
    }
}
