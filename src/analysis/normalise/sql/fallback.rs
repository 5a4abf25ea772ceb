//! What is done to text that cannot be read as SQL: whatever looks like a literal is replaced, everything else is kept.
//!
//! The steps and their order are those of Sentry's Relay, so that a cut statement has the same group in both.

use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a literal that a test compiles")
}

/// Literals, placeholders and names of savepoints.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?xi)
        (?P<before>SAVEPOINT[\ ])(?:"[^"]+"|'[^']+'|`[^`]+`|[a-z]\w+)
        | N?'(?:\\'|[^'])*(?:'|$)(?:::\w+(?:\[\]?)?)?
        | (?:\?+|\$\d+|%(?:\(\w+\))?s|:\w+)(?:::\w+(?:\[\]?)?)?
        | \b[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12}\b
        | -?\b(?:[0-9]+\.)?[0-9]+(?:[eE][+-]?[0-9]+)?\b(?:::\w+(?:\[\]?)?)?
        | \b0x[0-9a-f]+\b(?:::\w+(?:\[\]?)?)?
        | \b(?:true|false)\b"#,
    )
});

/// What is replaced by what, in order.
static STEPS: LazyLock<[(Regex, &str); 2]> = LazyLock::new(|| {
    [
        (pattern(r"(?:--|#).*\n"), "\n"),
        (pattern(r"/\*(?s:.*?)\*/"), ""),
    ]
});

static DOUBLE_QUOTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)N?"(?:\\"|[^"])*(?:"|$)(?:::\w+(?:\[\]?)?)?"#));

static LAST_STEPS: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    [
        (pattern(r"\s*\n\s*|\s\s+"), " "),
        (
            pattern(r"(?P<open>\()\s+|\s+(?P<close>\))"),
            "${open}${close}",
        ),
        (
            pattern(
                r"(?xi)(?P<before>(?:VALUES|IN)\s+\()\s*%s(?:\)\s*,\s*\(\s*%s|\s*,\s*%s)*(?P<after>\s*\)?)",
            ),
            "${before}%s${after}",
        ),
        (pattern(r#"["`](?P<name>\w+)(?:$|["`])"#), "$name"),
        (pattern(r"(?:\w+\.)+(?P<name>\w+)"), "$name"),
        (
            pattern(
                r"(?xi)(?P<before>SELECT(?:\s+(?:DISTINCT|ALL))?\s|,|\()\s*
                \w+(?:\s+AS\s+\w+)?(?:\s*,\s*\w+(?:\s+AS\s+\w+)?)+(?P<after>\s*(?:,|\s+|\)))",
            ),
            "${before}..$after",
        ),
    ]
});

/// The text with `%s` where a literal seems to be; `None` when nothing was found to replace.
pub fn scrub(text: &str, system: Option<&str>) -> Option<String> {
    let has_placeholder = ["/?", "$1", "%s"].iter().any(|sign| text.contains(sign));
    let mut text = Cow::from(text.trim());
    let mut changed = false;
    let mut step = |text: &mut Cow<str>, replaced: Option<String>| {
        if let Some(replaced) = replaced {
            *text = Cow::Owned(replaced);
            changed = true;
        }
    };
    for (find, to) in STEPS.iter() {
        let next = replaced(find, &text, to);
        step(&mut text, next);
    }
    let scrubbed = match TOKENS.replace_all(&text, |found: &Captures| {
        format!(
            "{}%s",
            found.name("before").map_or("", |before| before.as_str())
        )
    }) {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => None,
    };
    step(&mut text, scrubbed);
    if system == Some("mysql") {
        let next = replaced(&DOUBLE_QUOTED, &text, "%s");
        step(&mut text, next);
    }
    for (find, to) in LAST_STEPS.iter() {
        let next = replaced(find, &text, to);
        step(&mut text, next);
    }
    (changed || has_placeholder).then(|| text.trim().to_owned())
}

fn replaced(find: &Regex, text: &str, to: &str) -> Option<String> {
    match find.replace_all(text, to) {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => None,
    }
}
