//! Keys of caches: their shape, and the prefix they share.

use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// UUIDs, six and more hex digits with a digit among them, numbers, also with dots: times, addresses, versions.
static IDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b\d+(?:\.\d+)+\b|\b[0-9a-f]*\d[0-9a-f]{5,}\b|\b[0-9a-f]{5,}\d[0-9a-f]*\b|\d+",
    )
    .expect("the pattern is a literal that a test compiles")
});

/// Signs between the parts of a key.
const BETWEEN: &[char] = &[':', '/', '.', '|'];

/// The key with a star for ids and numbers.
pub fn shape(key: &str) -> Cow<'_, str> {
    IDS.replace_all(key, "*")
}

/// The first part of a key; a part that is an id is none.
pub fn prefix(key: &str) -> &str {
    let first = key
        .split(BETWEEN)
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    match shape(first) {
        Cow::Borrowed(_) => first,
        Cow::Owned(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_keys_become_stars() {
        for (key, expected, first) in [
            ("user:123:profile", "user:*:profile", "user"),
            ("page/1", "page/*", "page"),
            (
                "session:8ff81d74-606d-4c75-ac5e-cee65cbbc866",
                "session:*",
                "session",
            ),
            ("sess.563712f9722fb0996ac8", "sess.*", "sess"),
            ("facade", "facade", "facade"),
            ("profile:7:1795243583.23", "profile:*:*", "profile"),
            ("ip:10.0.0.1", "ip:*", "ip"),
            ("42:x", "*:x", ""),
            ("", "", ""),
        ] {
            assert_eq!(shape(key), expected, "{key}");
            assert_eq!(prefix(key), first, "{key}");
        }
    }
}
