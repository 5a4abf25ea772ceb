//! What can stand before the colon of a test: a name, quoted or not, `tags[name,type]`, and `[*]` behind either.

use super::ast::ValueType;
use std::ops::Range;

/// The name of an attribute, with what is asked of the attribute besides.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub name: String,
    /// Written as `tags[…]`, perhaps with a type.
    pub explicit: Option<Option<ValueType>>,
    /// With `[*]` behind it.
    pub items: bool,
}

/// What is wrong with a key, and where in it.
pub(super) type KeyError = (Range<usize>, &'static str);

pub(super) const EMPTY_KEY: &str =
    "an attribute's name cannot be empty; write the name between the quotes";
pub(super) const UNKNOWN_TYPE: &str = "a type was expected: string, number, boolean, array";
pub(super) const EMPTY_TAG: &str = "the name of an attribute is missing between the brackets";

const TAGS: &str = "tags[";
const ITEMS: &str = "[*]";

/// The key at the start of a text and its length; `None` when none is there. What follows it is not looked at.
pub(super) fn read(text: &str) -> Option<(usize, Result<Key, KeyError>)> {
    let (len, key) = named(text)?;
    let key = key.map(|(name, explicit)| Key {
        name,
        explicit,
        items: text[len..].starts_with(ITEMS),
    });
    let items = if text[len..].starts_with(ITEMS) {
        ITEMS.len()
    } else {
        0
    };
    Some((len + items, key))
}

type Named = Result<(String, Option<Option<ValueType>>), KeyError>;

fn named(text: &str) -> Option<(usize, Named)> {
    if let Some(found) = explicit(text) {
        return Some(found);
    }
    if text.starts_with('"') {
        let len = quoted_len(text)?;
        // The empty name is what free text has; written down it would read as something else.
        let name = match len {
            2 => Err((0..2, EMPTY_KEY)),
            _ => Ok((unquoted(&text[..len]), None)),
        };
        return Some((len, name));
    }
    let len = text.find(|c| !is_key_char(c)).unwrap_or(text.len());
    starts_well(text).then(|| (len, Ok((text[..len].to_owned(), None))))
}

/// `tags[name]`, the way to say that an attribute is meant and no field, and `tags[name,type]`.
fn explicit(text: &str) -> Option<(usize, Named)> {
    let inner = text.strip_prefix(TAGS)?;
    let len = match inner.starts_with('"') {
        true => quoted_len(inner)?,
        false => inner.find(|c| !is_tag_char(c))?,
    };
    let (name, rest) = inner.split_at(len);
    let at = TAGS.len()..TAGS.len() + len;
    let comma = usize::from(rest.starts_with(','));
    let kind_len = rest.find(']')?;
    let whole = at.end + kind_len + 1;
    let kind = rest.get(comma..kind_len)?;
    if comma == 0 && kind_len > 0 || kind.contains(['[', ':', '"']) {
        return None;
    }
    if name.is_empty() || name == "\"\"" {
        return Some((whole, Err((at, EMPTY_TAG))));
    }
    let known = ValueType::ALL
        .iter()
        .find(|(known, _)| *known == kind.trim());
    let kind = match (comma, known) {
        (0, _) => None,
        (_, Some((_, kind))) => Some(*kind),
        (_, None) => {
            let kind_at = at.end..at.end + kind_len;
            return Some((whole, Err((kind_at, UNKNOWN_TYPE))));
        }
    };
    Some((whole, Ok((unquoted(name), Some(kind)))))
}

/// A key as it is written before a colon.
pub(super) fn written(key: &Key) -> String {
    let items = if key.items { ITEMS } else { "" };
    let Some(kind) = key.explicit else {
        return format!("{}{items}", super::printer::quote_key(&key.name));
    };
    let bare = !key.name.is_empty() && key.name.chars().all(is_tag_char);
    let name = match bare {
        true => key.name.clone(),
        false => super::printer::quoted(&super::printer::escaped(&key.name)),
    };
    let kind = kind.map_or(String::new(), |kind| format!(",{}", kind.name()));
    format!("{TAGS}{name}{kind}]{items}")
}

/// Length of the quoted text at the start, with its quotes; `None` when it does not end.
pub(super) fn quoted_len(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The text of a name without quotes and escapes.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    match inner {
        Some(inner) => unescaped(inner).join("*"),
        None => text.to_owned(),
    }
}

/// A text without its escapes, cut at its wildcards.
pub(super) fn unescaped(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next_if(|next| matches!(next, '"' | '*' | '\\')) {
                Some(escaped) => piece.push(escaped),
                None => piece.push('\\'),
            },
            '*' => pieces.push(std::mem::take(&mut piece)),
            _ => piece.push(c),
        }
    }
    pieces.push(piece);
    pieces
}

fn starts_well(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || "_@$".contains(c))
}

/// Whether a key with this in it can be written without quotes.
fn is_key_char(c: char) -> bool {
    c.is_alphanumeric() || "_.-/@$#".contains(c)
}

fn is_tag_char(c: char) -> bool {
    is_key_char(c) || c == ':'
}

/// Whether a key can be written without quotes.
pub(super) fn is_bare_key(key: &str) -> bool {
    starts_well(key) && key.chars().all(is_key_char) && !matches!(key, "has" | "is")
}
