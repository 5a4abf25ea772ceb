//! What in a text, or by the name of an attribute, should not leave the house: mails, tokens and keys.
//!
//! Found by shape; a shape is in the list only if hardly anything harmless has it. Trace and span ids are not secrets.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A text without its secrets is shown by what stands in the first group, or the whole match without one.
const TOKEN_SHAPES: &str = concat!(
    // What follows "Bearer" or "Basic".
    r"(?i:\b(?:bearer|basic)\s+)(?<auth>[A-Za-z0-9._~+/=-]{8,})",
    // JSON web tokens.
    r"|(?<jwt>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?)",
    // Keys with the prefix of who gave them out.
    r"|(?<key>\b(?:(?:sk|pk|rk)[-_](?:[a-z]{3,10}[-_])*[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}",
    r"|glpat-[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{36}))",
    // A password in an address.
    r"|://[^\s/:@]*:(?<password>[^\s/@]+)@",
    // A parameter of an address.
    r"|[?&;](?i:access_token|refresh_token|id_token|token|api_?key|key|secret|client_secret|password|passwd|signature|sig|code)=(?<parameter>[^&\s#'\x22]+)",
    // A secret by the name before it, as settings and messages have it: `password=…`, `"token": "…"`. No placeholder.
    r"|(?i:password|passwd|passphrase|secret|token|api[_-]?key|authorization)(?:=[\x22']?|\\*[\x22']\s*:\s*\\*[\x22'])(?:(?i:bearer|basic)\s+)?(?<named>[^\s\x22'&;,()\[\]{}<>?$%:=\\][^\s\x22'&;,()\[\]{}<>\\]{3,})",
    r"|(?<pem>-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z))",
);

/// In an address of a page the sign in the middle is written `%40`.
const MAIL_SHAPE: &str = r"[A-Za-z0-9._%+-]+(?:@|%40)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}";

// Both patterns are constants that a test compiles.
static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(TOKEN_SHAPES).ok());
static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(MAIL_SHAPE).ok());

/// Where mail addresses stand.
pub fn mails(text: &str) -> Vec<Range<usize>> {
    // Most texts have none, and that is quickly seen.
    if !text.contains('@') && !text.contains("%40") {
        return Vec::new();
    }
    let found = MAIL.iter().flat_map(|mail| mail.find_iter(text));
    found.map(|found| found.range()).collect()
}

/// Where tokens, keys and passwords stand.
pub fn tokens(text: &str) -> Vec<Range<usize>> {
    let found = TOKEN.iter().flat_map(|token| token.captures_iter(text));
    found
        .filter_map(|found| {
            found
                .iter()
                .skip(1)
                .flatten()
                .next()
                .map(|group| group.range())
        })
        .collect()
}

/// What the last word of a secret's name is; two words are written as one.
const SECRET_WORDS: [&str; 24] = [
    "apikey",
    "accesskey",
    "authorization",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "csrf",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
    "secrets",
    "sessionid",
    "sessionkey",
    "sessiontoken",
    "signature",
    "token",
    "xsrf",
    "auth",
];

/// Whether an attribute of this name holds a secret: `http.request.header.x-api-key`, `userPassword`; not `input_tokens`.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let is = |word: &str| SECRET_WORDS.contains(&word);
    match words.as_slice() {
        [] => false,
        [last] => is(last),
        [.., before, last] => is(last) || is(&format!("{before}{last}")),
    }
}

fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut goes_on, mut was_lower) = (false, false);
    for c in name.chars() {
        if !c.is_alphanumeric() {
            goes_on = false;
            continue;
        }
        if !goes_on || was_lower && c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        (goes_on, was_lower) = (true, c.is_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, find: fn(&str) -> Vec<Range<usize>>) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn mails_are_found() {
        assert_eq!(
            found("to ann@x.example.com, bob+1@y.de.", mails),
            ["ann@x.example.com", "bob+1@y.de"]
        );
        assert_eq!(found("a@b, @media, user@localhost", mails), [""; 0]);
        assert_eq!(
            found("/find?mail=ann%40x.org&page=2", mails),
            ["ann%40x.org"]
        );
    }

    #[test]
    fn tokens_are_found_by_shape() {
        for (text, expected) in [
            (
                "Authorization: Bearer abc.def-123456",
                &["abc.def-123456"][..],
            ),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.sig",
                &["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.sig"],
            ),
            (
                "sk-proj-abcdefghijklmnop0123",
                &["sk-proj-abcdefghijklmnop0123"],
            ),
            ("key AKIAIOSFODNN7EXAMPLE!", &["AKIAIOSFODNN7EXAMPLE"]),
            ("postgres://app:hunter2@db/shop", &["hunter2"]),
            ("GET /a?token=q1w2e3&page=2", &["q1w2e3"]),
            ("3bb58aa50470465cb58c07140547d969", &[]),
            ("host=db password=hunter2 user=app", &["hunter2"]),
            (r#"{"db_password": "hunter2", "n": 1}"#, &["hunter2"]),
            (r#"said {\"token\":\"q1w2e3\"}"#, &["q1w2e3"]),
            ("authorization=Bearer abcdef12345", &["abcdef12345"]),
            ("WHERE token=$1 AND password=?", &[]),
            ("Unexpected token: identifier", &[]),
            ("max_tokens=1000", &[]),
            ("basic auth is off", &[]),
            ("SELECT * FROM task-board", &[]),
        ] {
            assert_eq!(found(text, tokens), expected, "{text}");
        }
    }

    #[test]
    fn names_tell_secrets() {
        for name in [
            "password",
            "http.request.header.authorization",
            "x-api-key",
            "userPassword",
            "db.secret",
            "session.id",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "gen_ai.usage.input_tokens",
            "gen_ai.token.type",
            "",
            "author",
            "http.route",
            "user.id",
            "cache.key",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
