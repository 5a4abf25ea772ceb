//! URLs: their parts, and the shape that URLs of one endpoint share.
//!
//! Parts are cut as Python's `urllib.parse` does, since that decides which URLs Sentry's detectors hold to be alike: nothing
//! is rejected, what looks like no URL is a path.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The parts of a URL, as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Url<'a> {
    /// `https`; empty for a relative URL.
    pub scheme: &'a str,
    /// Host, port and user, as written.
    pub host: &'a str,
    /// Path up to parameters, query and fragment.
    pub path: &'a str,
    /// What follows `;` in the last segment of the path.
    pub params: &'a str,
    /// What follows `?`.
    pub query: &'a str,
    /// What follows `#`.
    pub fragment: &'a str,
}

impl<'a> Url<'a> {
    /// Cuts a text into its parts.
    pub fn parse(text: &'a str) -> Self {
        let (scheme, rest) = split_scheme(text).unwrap_or(("", text));
        let (host, rest) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let last = rest.rfind('/').map_or(0, |at| at + 1);
        let (path, params) = match rest[last..].find(';') {
            Some(at) => (&rest[..last + at], &rest[last + at + 1..]),
            None => (rest, ""),
        };
        Self {
            scheme,
            host,
            path,
            params,
            query,
            fragment,
        }
    }

    /// Names and values of the query; those without a value are left out, a name may come several times.
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        self.query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (!value.is_empty()).then(|| (decoded(name), decoded(value)))
        })
    }

    /// The ending of the path's last segment, with its dot; empty when there is none. A leading dot begins no ending.
    pub fn extension(&self) -> &'a str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let from = name.len() - name.trim_start_matches('.').len();
        name[from..].rfind('.').map_or("", |at| &name[from + at..])
    }
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_first = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (is_first && scheme.chars().all(is_scheme)).then_some((scheme, rest))
}

fn decoded(text: &str) -> Cow<'_, str> {
    let spaced: Cow<str> = match text.contains('+') {
        true => text.replace('+', " ").into(),
        false => text.into(),
    };
    match spaced.contains('%') {
        true => percent_encoding::percent_decode_str(&spaced)
            .decode_utf8_lossy()
            .into_owned()
            .into(),
        false => spaced,
    }
}

/// A URL with `*` where requests to one endpoint differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The URL: segments with ids are `*`, as are the values of the query, whose names are sorted.
    pub url: String,
    /// What was replaced in the path.
    pub path_params: Vec<String>,
    /// Names and values of the query.
    pub query_params: BTreeMap<String, Vec<String>>,
}

impl Shape {
    /// The path of it.
    pub fn path(&self) -> &str {
        Url::parse(&self.url).path
    }
}

/// The shape of a URL. A segment of its path counts as an id when a word of it is a UUID, an integer, or of 10, 18, 24, 26,
/// 32 or 40 hex digits, or when it is a placeholder such as `[id]`. A path that ends like a file's stays as it is.
pub fn shape(text: &str) -> Shape {
    let url = Url::parse(text);
    let mut shape = Shape::default();
    if !url.scheme.is_empty() {
        shape.url.push_str(&url.scheme.to_ascii_lowercase());
        shape.url.push_str("://");
    }
    shape.url.push_str(url.host);
    if ends_like_a_file(url.path) {
        shape.url.push_str(url.path);
    } else {
        for (place, segment) in url.path.split('/').enumerate() {
            if place > 0 {
                shape.url.push('/');
            }
            match parameter(segment) {
                Some(found) => {
                    shape.url.push('*');
                    shape.path_params.push(found.to_owned());
                }
                None => shape.url.push_str(segment),
            }
        }
    }
    for (name, value) in url.query_pairs() {
        let values = shape.query_params.entry(name.into_owned()).or_default();
        values.push(value.into_owned());
    }
    let names = shape.query_params.keys().map(|name| format!("{name}=*"));
    let query = names.collect::<Vec<_>>().join("&");
    if !query.is_empty() {
        shape.url.push('?');
        shape.url.push_str(&query);
    }
    shape.url.truncate(shape.url.trim_end_matches('?').len());
    shape
}

/// Whether a path ends in a dot and two to six letters or digits.
fn ends_like_a_file(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| {
        (2..=6).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// What in a segment is an id or a placeholder.
fn parameter(segment: &str) -> Option<&str> {
    placeholder(segment).or_else(|| id(segment))
}

fn placeholder(segment: &str) -> Option<&str> {
    const NEVER: &str = "'\"`\\<>{}|^[]";
    let mut rest = segment;
    while let Some(open) = rest.find('[') {
        let inner = &rest[open + 1..];
        let end = inner.find(|c| NEVER.contains(c))?;
        if inner[end..].starts_with(']') && inner[..end].chars().count() <= 32 {
            return Some(&rest[open..open + end + 2]);
        }
        rest = inner;
    }
    None
}

fn id(segment: &str) -> Option<&str> {
    let mut parts = [""; 5];
    let mut end_of_last = usize::MAX;
    let mut found = None;
    for (start, word) in words(segment) {
        let follows = start > 0 && end_of_last == start - 1 && segment[..start].ends_with('-');
        if !follows {
            parts = [""; 5];
        }
        parts.rotate_left(1);
        parts[4] = word;
        end_of_last = start + word.len();
        let lengths = parts.map(str::len);
        if lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| is_hex(part)) {
            return Some(&segment[end_of_last - 36..end_of_last]);
        }
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let is_hash = matches!(word.len(), 10 | 18 | 24 | 26 | 32 | 40) && is_hex(word);
        if found.is_none() && (is_number || is_hash) {
            found = Some(word);
        }
    }
    found
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The words of a text, with where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words = text.split(move |c| !is_word(c));
    words
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_one_endpoint_have_one_shape() {
        for (url, expected) in [
            ("http://service.io", "http://service.io"),
            ("http://service.io/", "http://service.io/"),
            ("https://a.io/b/11", "https://a.io/b/*"),
            (
                "https://a.io/b/11/c?id=1&sort=down",
                "https://a.io/b/*/c?id=*&sort=*",
            ),
            (
                "https://a.io/b/11/c?sort=down&id=1",
                "https://a.io/b/*/c?id=*&sort=*",
            ),
            ("https://a.io/b?flag&empty=", "https://a.io/b"),
            ("/v/1.2/w/3.4.5", "/v/*/w/*"),
            ("/a/7turtles", "/a/7turtles"),
            ("/a/item-7", "/a/*"),
            ("/a/item_7", "/a/item_7"),
            ("/a/8ff81d74-606d-4c75-ac5e-cee65cbbc866/b", "/a/*/b"),
            ("/a/x-8ff81d74-606d-4c75-ac5e-cee65cbbc866", "/a/*"),
            ("/a/563712f972", "/a/*"),
            ("/a/563712f9722", "/a/563712f9722"),
            ("/a/563712f9722fb0996ac8f390", "/a/*"),
            ("/a/563712f9722fb0996ac8f3905b40786f", "/a/*"),
            ("/a/403926033d001b5279df37cbbe5287b7c7c267fa", "/a/*"),
            ("/a/defaced12-abba/b", "/a/defaced12-abba/b"),
            ("/a/7/main.js", "/a/7/main.js"),
            ("/a/7/archive.tar12345", "/a/*/archive.tar12345"),
            ("/a/[id]/b", "/a/*/b"),
            ("/a/[Filtered]/b", "/a/*/b"),
            ("", ""),
        ] {
            assert_eq!(shape(url).url, expected, "{url}");
        }
    }

    #[test]
    fn what_varies_is_told() {
        let shape = shape("/a/11/b/x-12?q=1&q=2&r=%2Fz+z");
        assert_eq!(shape.path_params, ["11", "12"]);
        assert_eq!(shape.query_params["q"], ["1", "2"]);
        assert_eq!(shape.query_params["r"], ["/z z"]);
        assert_eq!(shape.path(), "/a/*/b/*");
    }

    #[test]
    fn parts_are_cut_where_python_cuts_them() {
        let url = Url::parse("https://u@a.io:81/p/q;x=1?y=2#z");
        assert_eq!(url.scheme, "https");
        assert_eq!(url.host, "u@a.io:81");
        assert_eq!((url.path, url.params), ("/p/q", "x=1"));
        assert_eq!((url.query, url.fragment), ("y=2", "z"));
        assert_eq!(Url::parse("no url: at all").path, "no url: at all");
        for (url, ending) in [
            ("/a/b.min.js?x=.y", ".js"),
            ("/a.b/c", ""),
            ("/.env", ""),
            ("/x", ""),
        ] {
            assert_eq!(Url::parse(url).extension(), ending, "{url}");
        }
    }
}
