//! Names of transactions that are URLs: segments that are ids become a star.

use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// UUIDs, hashes, dates, hex constants and integers of two and more digits; digits of percent escapes are none.
static IDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        [0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}
        | \b[0-9a-f]{40}\b | \b[0-9a-f]{32}\b
        | \b\d{4}-[01]\d-[0-3]\d(?:T[0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:[+-][0-2]\d:[0-5]\d|Z)?)?\b
        | \b(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*,?\s+\d{1,2}[-\s][a-z]{3}
        | \b0x[0-9a-f]+\b
        | (?:^|[^0-9a-z%])\d{2,}(?:[^0-9a-z]|$) | ^\d{2,}$",
    )
    .expect("the pattern is a literal that a test compiles")
});

/// The name with a star for each segment that holds an id. A name that would be nothing but a star stays, as does one
/// that is no path.
pub fn scrub_transaction(name: &str) -> Cow<'_, str> {
    if !name.contains('/') {
        return name.into();
    }
    let scrub = |segment| match IDS.is_match(segment) {
        true => "*",
        false => segment,
    };
    let scrubbed = name.split('/').map(scrub).collect::<Vec<_>>().join("/");
    match scrubbed == name || scrubbed == "*" {
        true => name.into(),
        false => scrubbed.into(),
    }
}
