//! The hash of a span: equal for spans that do the same thing.
//!
//! Sentry's grouping strategy `default:2022-10-27`, so that groups found here carry the names Sentry gives them.

use super::literal;
use super::url::Url;
use crate::analysis::digest::md5_hex;
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Digits of a hash.
const DIGITS: usize = 16;

/// Operations whose description is a statement with literals in it.
const STATEMENTS: &[&str] = &[
    "db",
    "db.query",
    "db.sql.query",
    "db.sql.active_record",
    "db.sql.execute",
    "db.sql.transaction",
];

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

static IN_LIST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i) IN \((?:%s|\$?\d+|\?)(?:\s*,\s*(?:%s|\$?\d+|\?))*\)"));

static SAVEPOINT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)SAVEPOINT (?:"[^"]+"|`[^`]+`|[a-z]\w+)"#));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a literal that a test compiles")
}

/// The hash of a span's operation and description.
pub fn span_hash(op: &str, description: &str) -> String {
    let [a, b, c, d] = parts(op, description);
    hash_of(&[&a, &b, &c, &d])
}

/// The hash of a span that names its group itself; `{{ default }}` in the list stands for the usual parts.
pub fn custom_hash(fingerprint: &[String], op: &str, description: &str) -> String {
    let usual = parts(op, description).concat();
    let is_usual = |part: &str| {
        let inner = part
            .strip_prefix("{{")
            .and_then(|part| part.strip_suffix("}}"));
        inner.is_some_and(|inner| inner.trim() == "default")
    };
    let parts = fingerprint.iter().map(|part| match is_usual(part) {
        true => usual.as_str(),
        false => part.as_str(),
    });
    hash_of(&parts.collect::<Vec<_>>())
}

/// The hash of a text by itself, as that of a transaction's name.
pub fn hash_of(parts: &[&str]) -> String {
    let mut hash = md5_hex(parts);
    hash.truncate(DIGITS);
    hash
}

fn parts<'a>(op: &str, description: &'a str) -> [Cow<'a, str>; 4] {
    let one = |part| [part, Cow::default(), Cow::default(), Cow::default()];
    match op {
        "redis" | "db.redis" => one(first_word(description).into()),
        "http.client" => request(description).unwrap_or_else(|| one(description.into())),
        _ if STATEMENTS.contains(&op) => one(statement(description)),
        _ => one(description.into()),
    }
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

fn request(description: &str) -> Option<[Cow<'_, str>; 4]> {
    let (method, url) = description.split_once(' ')?;
    let method = method.to_uppercase();
    if !METHODS.contains(&method.as_str()) {
        return None;
    }
    let url = Url::parse(url);
    let path = match url.params {
        "" => Cow::Borrowed(url.path),
        params => format!("{};{params}", url.path).into(),
    };
    let scheme = url.scheme.to_lowercase();
    Some([method.into(), scheme.into(), url.host.into(), path])
}

/// Whether [`SAVEPOINT`] may fit: nearly no statement has these letters.
fn may_save(text: &str) -> bool {
    let bytes = text.as_bytes();
    let around = |at: usize| bytes.get(at.saturating_sub(1)..at + 7);
    memchr::memchr2_iter(b'v', b'V', bytes)
        .any(|at| around(at).is_some_and(|word| word.eq_ignore_ascii_case(b"avepoint")))
}

/// A statement without what varies: lists after IN, names of savepoints, literals.
fn statement(text: &str) -> Cow<'_, str> {
    let listed = match memchr::memmem::find(text.as_bytes(), b" (").is_some() {
        true => IN_LIST.replace_all(text, " IN (%s)"),
        false => text.into(),
    };
    let saved = match may_save(&listed) {
        true => SAVEPOINT.replace_all(&listed, "SAVEPOINT %s"),
        false => Cow::Borrowed(&*listed),
    };
    let without = literal::without_literals(&saved);
    // A list that is replaced by itself has been found all the same.
    let is_unchanged = matches!(saved, Cow::Borrowed(_))
        && matches!(listed, Cow::Borrowed(_))
        && without.is_none();
    match without {
        _ if is_unchanged => text.into(),
        Some(without) => without.trim().to_owned().into(),
        None => saved.trim().to_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_sentry_gives() {
        for (op, description, expected) in [
            ("ui.long-task", "Main UI thread blocked", "c777169faad84eb4"),
            ("browser", "unloadEvent", "8e6939b423884b5c"),
            (
                "resource.script",
                "/static/js/bundle.js",
                "032ded07ff89c3b4",
            ),
            ("django.view", "new", "22af645d1859cb5c"),
            ("db", "connect", "b640a0ce465fa2a4"),
            (
                "file.write",
                "1669031858711_file.txt (4.0 kB)",
                "8add714f71a52ef2",
            ),
            (
                "db",
                "SELECT id, name FROM authors INNER JOIN book_authors ON author_id = id WHERE book_id = $1",
                "360e4df6dbdee5ca",
            ),
            (
                "http.client",
                "GET /api/0/organizations/?member=1",
                "cbc1d1c7a6500a75",
            ),
            (
                "http.client",
                "GET /api/0/organizations/sentry/broadcasts/",
                "a1b34470e41ddd97",
            ),
            (
                "db.sql.active_record",
                "SELECT `schema_migrations`.`version` FROM `schema_migrations` ORDER BY `schema_migrations`.`version` ASC",
                "b845aabae49bec51",
            ),
        ] {
            assert_eq!(span_hash(op, description), expected, "{description}");
        }
    }

    #[test]
    fn what_varies_does_not_count() {
        let same = [
            (
                "db",
                "SELECT a WHERE b IN (1, 2)",
                "SELECT a WHERE b IN (?, ?, ?)",
            ),
            (
                "db",
                "select a where b in ($1,$2)",
                "select a where b IN (%s)",
            ),
            ("db", "SELECT 'x', 1", "SELECT 'y', 22"),
            ("db", "SAVEPOINT abc", "SAVEPOINT \"d e\""),
            ("db.redis", "GET a", "GET b c"),
            ("http.client", "get http://a/b?c", "GET http://a/b"),
        ];
        for (op, left, right) in same {
            assert_eq!(span_hash(op, left), span_hash(op, right), "{left}");
        }
        let different = [
            ("db.mongo", "find 1", "find 2"),
            ("http.client", "GET http://a/1", "GET http://a/2"),
            ("http.client", "GET /a", "POST /a"),
            ("function", "f 1", "f 2"),
        ];
        for (op, left, right) in different {
            assert_ne!(span_hash(op, left), span_hash(op, right), "{left}");
        }
    }

    #[test]
    fn a_span_may_name_its_group() {
        let list = |parts: &[&str]| {
            parts
                .iter()
                .map(|part| (*part).to_owned())
                .collect::<Vec<_>>()
        };
        let custom = custom_hash(&list(&["mine"]), "db", "SELECT 1");
        assert_eq!(custom, hash_of(&["mine"]));
        let usual = custom_hash(&list(&["{{ default }}"]), "db", "SELECT 1");
        assert_eq!(usual, span_hash("db", "SELECT 2"));
        let both = custom_hash(&list(&["{{default}}", "x"]), "db", "SELECT 1");
        assert_eq!(both, hash_of(&["SELECT %s", "x"]));
    }
}
