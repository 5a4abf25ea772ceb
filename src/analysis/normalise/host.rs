//! Hosts: the registered domain stays, what varies below it goes.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Suffixes of more than one label under which people register names, beyond a country's usual ones ([`SECOND_LEVEL`]).
/// The whole public suffix list has ten thousand; these are the ones met in telemetry.
const SUFFIXES: &[&str] = &[
    "amazonaws.com",
    "appspot.com",
    "azurewebsites.net",
    "blogspot.com",
    "cloudfront.net",
    "cloudfunctions.net",
    "fly.dev",
    "firebaseapp.com",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "netlify.app",
    "ngrok.io",
    "onrender.com",
    "pages.dev",
    "vercel.app",
    "web.app",
    "workers.dev",
    "xn--55qx5d.cn",
    "xn--io0a7i.cn",
    "xn--od0alg.cn",
];

/// Second labels under a country's top level that are no names of anyone.
const SECOND_LEVEL: &[&str] = &[
    "ac", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "govt", "gv", "id", "ltd", "me",
    "mil", "ne", "net", "nom", "or", "org", "plc", "res", "sch",
];

/// The host without what names a machine: addresses become stars, except the own machine's; all labels below the
/// registered domain become one star. `allowed` hosts stay.
pub fn scrub_host<'a>(host: &'a str, allowed: &[&str]) -> Cow<'a, str> {
    if allowed.contains(&host) || host == "localhost" {
        return host.into();
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return match address {
            Ipv4Addr::LOCALHOST => "127.0.0.1",
            _ => "*.*.*.*",
        }
        .into();
    }
    let inner = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = inner.parse::<Ipv6Addr>() {
        return match address {
            Ipv6Addr::LOCALHOST => "::1",
            _ => "*:*:*:*:*:*:*:*",
        }
        .into();
    }
    domain(host)
}

/// A host with its port, if it has one.
pub fn scrub_authority(authority: &str, allowed: &[&str]) -> String {
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => (&authority[..at], &authority[at + 1..]),
        _ => (authority, ""),
    };
    let scrubbed = scrub_host(host, allowed);
    match port {
        "" => scrubbed.into_owned(),
        port => format!("{scrubbed}:{port}"),
    }
}

fn domain(host: &str) -> Cow<'_, str> {
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && !label.contains(|c: char| c.is_whitespace() || c == '*')
    };
    if !labels.iter().all(is_label) {
        return host.into();
    }
    let own = 1 + suffix_labels(host, &labels);
    if labels.len() <= own {
        return host.into();
    }
    format!("*.{}", labels[labels.len() - own..].join(".")).into()
}

/// How many labels the public suffix has.
fn suffix_labels(host: &str, labels: &[&str]) -> usize {
    let known = SUFFIXES.iter().find(|suffix| {
        host.strip_suffix(**suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    if let Some(suffix) = known {
        return suffix.split('.').count();
    }
    match labels {
        [.., second, top] if top.len() == 2 && SECOND_LEVEL.contains(second) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registered_domains_stay() {
        for (host, expected) in [
            ("foo.bar.baz", "*.bar.baz"),
            ("a.b.c.example.com", "*.example.com"),
            ("example.com", "example.com"),
            ("127.0.0.1", "127.0.0.1"),
            ("10.0.0.7", "*.*.*.*"),
            ("8:8:8:8:8:8:8:8", "*:*:*:*:*:*:*:*"),
            ("[::1]", "::1"),
            ("localhost", "localhost"),
            ("bbc.co.uk", "bbc.co.uk"),
            ("www.radio1.bbc.co.uk", "*.bbc.co.uk"),
            (
                "application.www.xn--85x722f.xn--55qx5d.cn",
                "*.xn--85x722f.xn--55qx5d.cn",
            ),
            ("x.y.github.io", "*.y.github.io"),
            ("hello world", "hello world"),
        ] {
            assert_eq!(scrub_host(host, &[]), expected, "{host}");
        }
        assert_eq!(scrub_authority("10.0.0.7:81", &[]), "*.*.*.*:81");
        assert_eq!(scrub_authority("u:p@a.b.io:81", &[]), "*.b.io:81");
        assert_eq!(scrub_authority("10.0.0.7:81", &["10.0.0.7"]), "10.0.0.7:81");
        assert_eq!(
            scrub_authority("[1fff::1]:80", &["[1fff::1]"]),
            "[1fff::1]:80"
        );
    }
}
