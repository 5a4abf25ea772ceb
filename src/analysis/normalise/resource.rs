//! Assets of a page and files: their address without hashes, versions and ids.

use super::host::scrub_authority;
use super::url::Url;
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Folders that say something; the others become a star.
const FOLDERS: &[&str] = &[
    "_app",
    "_next",
    "_nuxt",
    "_shared",
    ".vite",
    "active_storage",
    "ajax",
    "assets",
    "avatar",
    "build",
    "cdn",
    "chunks",
    "coins",
    "data",
    "deps",
    "dist",
    "dms",
    "files",
    "icons",
    "image",
    "images",
    "img",
    "immutable",
    "js",
    "lib",
    "libs",
    "media",
    "node_modules",
    "products",
    "profile_images",
    "rails",
    "redirect",
    "releases",
    "representations",
    "shop",
    "static",
    "svg",
    "twemoji",
    "vi",
    "video",
    "webfonts",
    "webpack",
    "wl-image",
    "wp-includes",
];

/// Longer names are ids.
const LONGEST_NAME: usize = 25;
/// Longer endings are none.
const LONGEST_ENDING: usize = 10;

/// UUIDs, versions, six and more hex digits, two and more digits, also within words.
static IDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
        | (?-i:v)[0-9]+(?:\.[0-9]+)*
        | [0-9a-f]{6,}
        | [0-9]{2,}",
    )
    .expect("the pattern is a literal that a test compiles")
});

/// The shape of an asset's address; `kind` is what follows `resource.` in the operation.
pub fn scrub_resource(kind: &str, text: &str, allowed: &[&str]) -> Option<String> {
    let url = Url::parse(text);
    let scheme = url.scheme.to_ascii_lowercase();
    if scheme == "data" {
        let rest = &text["data:".len()..];
        let media = rest.split([';', ',']).next().unwrap_or_default();
        return Some(format!("data:{media}"));
    }
    if scheme.ends_with("-extension") {
        return Some("browser-extension://*".to_owned());
    }
    let mut path = url.path.to_owned();
    if !url.params.is_empty() {
        path = format!("{path};{}", url.params);
    }
    let is_whole = !url.host.is_empty();
    let path = match is_whole && path.is_empty() {
        true => "/",
        false => path.as_str(),
    };
    let (folders, name) = path
        .rsplit_once('/')
        .map_or((None, path), |(folders, name)| (Some(folders), name));
    let mut out = String::new();
    if is_whole {
        out = format!(
            "{scheme}://{}",
            scrub_authority(url.host, allowed).to_lowercase()
        );
    }
    if let Some(folders) = folders {
        let folders = folders
            .strip_prefix('/')
            .map_or((false, folders), |rest| (true, rest));
        let (is_absolute, folders) = (folders.0 || path.starts_with('/'), folders.1);
        if is_absolute {
            out.push('/');
        }
        let mut kept: Vec<&str> = Vec::new();
        for folder in folders.split('/').filter(|_| !folders.is_empty()) {
            match FOLDERS.contains(&folder) {
                true => kept.push(folder),
                false if kept.last() == Some(&"*") => {}
                false => kept.push("*"),
            }
        }
        out.push_str(&kept.join("/"));
        if !kept.is_empty() {
            out.push('/');
        }
    }
    out.push_str(&file_name(kind, name));
    (!out.is_empty()).then_some(out)
}

fn file_name(kind: &str, name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let (base, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let ending = file_ending(ending);
    let base = match kind {
        "img" => "*".into(),
        _ => base_name(base),
    };
    match ending {
        "" => base.into_owned(),
        ending => format!("{base}.{ending}"),
    }
}

fn base_name(name: &str) -> Cow<'_, str> {
    let scrubbed = IDS.replace_all(name, "*");
    let is_letters = scrubbed.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_random = is_letters && scrubbed.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_odd = scrubbed.contains(|c: char| c.is_numeric() || "&%#=+@".contains(c));
    match scrubbed.len() > LONGEST_NAME || is_random || is_odd {
        true => "*".into(),
        false => scrubbed,
    }
}

/// A file's ending up to its first sign; `*` when it is no usual one.
pub fn file_ending(ending: &str) -> &str {
    let end = ending
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(ending.len());
    let ending = &ending[..end];
    let digits = ending.bytes().filter(u8::is_ascii_digit).count();
    match digits > 1 || ending.len() > LONGEST_ENDING {
        true => "*",
        false => ending,
    }
}

/// A file by its ending only; what follows a space is not part of its name.
pub fn scrub_file(text: &str) -> String {
    let path = text.split(' ').next().unwrap_or_default();
    let url = Url {
        path,
        ..Url::default()
    };
    match url.extension().strip_prefix('.').map(file_ending) {
        None | Some("" | "*") => "*".to_owned(),
        Some(ending) => format!("*.{ending}"),
    }
}
