//! A URL in its parts, as far as it has them; read leniently, since it was recorded and not checked.

/// The parts; each may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlParts<'u> {
    /// `https`
    pub scheme: &'u str,
    /// The host, without a user and a port.
    pub host: &'u str,
    /// The port.
    pub port: &'u str,
    /// From the first slash.
    pub path: &'u str,
    /// Parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// Behind `#`.
    pub fragment: &'u str,
}

/// The parts of a URL; `None` for a text that has no scheme.
pub fn url_parts(url: &str) -> Option<UrlParts<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if scheme.is_empty() || !scheme.chars().all(is_scheme) {
        return None;
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of `[::1]` part no port.
        Some((host, port)) if port.bytes().all(|c| c.is_ascii_digit()) => (host, port),
        _ => (authority, ""),
    };
    Some(UrlParts {
        scheme,
        host,
        port,
        path,
        query: query_parameters(query),
        fragment,
    })
}

/// The parameters of a URL's query, decoded, in their order.
pub fn query_parameters(query: &str) -> Vec<(String, String)> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// Text with `%41` and `+` read; what is no escape, or no text then, stays as it is.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    let digit = |at: usize| (*bytes.get(at)? as char).to_digit(16);
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
                continue;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_url_has() {
        let told = |url: &str| {
            url_parts(url).map(|parts| {
                let query = parts.query.iter().map(|(k, v)| format!("{k}={v}"));
                let query = query.collect::<Vec<_>>().join("|");
                let UrlParts {
                    scheme,
                    host,
                    port,
                    path,
                    fragment,
                    ..
                } = parts;
                format!("{scheme} {host} {port} {path} {query} {fragment}")
            })
        };
        for (url, expected) in [
            ("http://a", Some("http a    ")),
            ("http://a:80/x?b=c+d&e", Some("http a 80 /x b=c d|e= ")),
            ("https://u:p@a.b/#f", Some("https a.b  /  f")),
            ("http://[::1]:8/x", Some("http [::1] 8 /x  ")),
            ("http://[::1]/x", Some("http [::1]  /x  ")),
            ("http://a?x=%zz%4", Some("http a   x=%zz%4 ")),
            ("http://a?x=%ff&y=%C3%A9", Some("http a   x=%ff|y=é ")),
            ("/only/path", None),
            ("://x", None),
            ("", None),
        ] {
            assert_eq!(told(url).as_deref(), expected, "{url}");
        }
    }
}
