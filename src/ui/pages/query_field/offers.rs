//! What a search could go on with at the cursor, made from what is known: plain data about a text.

use crate::model::human;
use crate::query::{self, Completion, FUNCTIONS, Flag, Wanted, is_number_key, is_time_key};
use crate::store::{Facet, KeyCount, SavedSearch};
use crate::ui::widgets::search_bar::Suggestion;
use std::ops::Range;

/// How many are offered at once.
const OFFERED: usize = 12;
/// Of the recent searches, while nothing is typed.
const RECENT: usize = 8;

/// What is known when offers are made.
pub struct Known<'a> {
    /// Attribute names.
    pub keys: &'a [KeyCount],
    /// The newest values that were fetched, perhaps of another attribute.
    pub values: Option<&'a Facet>,
    /// The last searches of the page.
    pub recent: &'a [String],
    /// The saved searches of the page.
    pub saved: &'a [SavedSearch],
    /// Whether conditions on aggregates may stand in the search.
    pub grouped: bool,
}

/// One thing the search could go on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// How it is shown.
    pub shown: Suggestion,
    /// What picking it does.
    pub then: Then,
}

/// What picking an offer does.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// Put a text in the place of a part of the search.
    Write(Range<usize>, String),
    /// Search for this.
    Search(String),
    /// Go to the place of a saved search.
    Go(String),
}

fn offer(label: impl Into<String>, detail: impl Into<String>, then: Then) -> Offer {
    let shown = Suggestion {
        label: label.into(),
        detail: detail.into(),
    };
    Offer { shown, then }
}

/// What could stand at the cursor; while nothing is typed at all, earlier searches.
pub fn offers(text: &str, completion: Option<&Completion>, known: &Known) -> Vec<Offer> {
    if text.trim().is_empty() {
        return earlier(known);
    }
    let Some(at) = completion else {
        return Vec::new();
    };
    let found = match &at.wanted {
        Wanted::Key if at.typed.is_empty() => Vec::new(),
        Wanted::Key if known.grouped => {
            let mut found = functions(at, known);
            found.append(&mut keys(at, known));
            found
        }
        Wanted::Key | Wanted::Present => keys(at, known),
        Wanted::Flag => flags(at),
        Wanted::Value { key, compares, .. } => values(at, key, *compares, known),
    };
    // Where all there is to offer stands there already, a list would only be in the way.
    let adds = |offer: &Offer| match &offer.then {
        Then::Write(range, written) => text.get(range.clone()) != Some(written),
        _ => true,
    };
    match found.iter().any(adds) {
        true => found.into_iter().take(OFFERED).collect(),
        false => Vec::new(),
    }
}

fn earlier(known: &Known) -> Vec<Offer> {
    let saved = known.saved.iter();
    let saved = saved.map(|saved| offer(&saved.name, "saved", Then::Go(saved.place.clone())));
    let recent = known.recent.iter().take(RECENT);
    let recent = recent.map(|query| offer(query, "recent", Then::Search(query.clone())));
    saved.take(OFFERED - RECENT).chain(recent).collect()
}

fn write(at: &Completion, completed: &str) -> Then {
    Then::Write(at.replaces.clone(), at.written(completed))
}

/// Names that have the word in them, those that begin with it first.
fn keys(at: &Completion, known: &Known) -> Vec<Offer> {
    best(known.keys, &at.typed, |key| &key.key)
        .map(|key| offer(&*key.key, human::count(key.present), write(at, &key.key)))
        .collect()
}

/// Aggregates by the beginning of their name, or the attribute one is of.
fn functions(at: &Completion, known: &Known) -> Vec<Offer> {
    if let Some((function, name)) = at.typed.split_once('(') {
        let of = |key: &KeyCount| {
            let label = format!("{function}({})", query::quote_key(&key.key));
            let then = Then::Write(at.replaces.clone(), format!("{label}:"));
            offer(label, human::count(key.present), then)
        };
        return best(known.keys, name, |key| &key.key).map(of).collect();
    }
    let typed = at.typed.to_ascii_lowercase();
    let fitting = FUNCTIONS.iter().filter(|name| name.starts_with(&typed));
    fitting
        .map(|name| {
            let (label, written) = match format!("{name}()").parse::<query::Aggregate>() {
                Ok(_) => (format!("{name}()"), format!("{name}():")),
                Err(_) => (format!("{name}(…)"), format!("{name}(")),
            };
            let then = Then::Write(at.replaces.clone(), written);
            offer(label, "of each group", then)
        })
        .collect()
}

fn flags(at: &Completion) -> Vec<Offer> {
    best(&Flag::ALL, &at.typed, |flag| flag.name())
        .map(|flag| offer(flag.name(), flag.meaning(), write(at, flag.name())))
        .collect()
}

const COMPARISONS: [(&str, &str); 4] = [
    (">", "more than"),
    (">=", "at least"),
    ("<", "less than"),
    ("<=", "at most"),
];

const TIMES: [(&str, &str); 3] = [
    ("-1h", "the last hour"),
    ("-24h", "the last day"),
    ("-7d", "the last week"),
];

fn values(at: &Completion, key: &str, compares: bool, known: &Known) -> Vec<Offer> {
    let signs = |signs: &[(&str, &str)]| -> Vec<Offer> {
        let fitting = signs.iter().filter(|(sign, _)| sign.starts_with(&at.typed));
        let then = |sign: &str| Then::Write(at.replaces.clone(), sign.to_owned());
        fitting
            .map(|(sign, meaning)| offer(*sign, *meaning, then(sign)))
            .collect()
    };
    if is_time_key(key) {
        let mut all = signs(&TIMES);
        all.append(&mut signs(&COMPARISONS));
        return all;
    }
    // Nobody knows the nanoseconds of a duration by heart.
    if is_number_key(key) {
        return signs(&COMPARISONS);
    }
    let Some(facet) = known.values.filter(|facet| facet.key == key) else {
        return Vec::new();
    };
    let texts: Vec<(String, u64)> = facet
        .values
        .iter()
        .filter(|value| value.value != crate::model::Value::Null)
        .map(|value| (value.value.to_string(), value.count))
        .collect();
    let is_number = |value: &crate::store::ValueCount| value.value.as_f64().is_some();
    let mut all = match compares && at.typed.is_empty() && facet.values.iter().any(is_number) {
        true => signs(&COMPARISONS),
        false => Vec::new(),
    };
    all.extend(best(&texts, &at.typed, |(text, _)| text).map(
        |(text, count)| match text.is_empty() {
            // What is found by it is more than what is counted here.
            true => offer("(empty or not there)", "", write(at, text)),
            false => offer(text, human::count(*count), write(at, text)),
        },
    ));
    all
}

/// Those whose text begins with the word, then those that have it somewhere, in the order they come in.
fn best<'a, T>(
    all: &'a [T],
    word: &'a str,
    text: impl Fn(&T) -> &str + Copy + 'a,
) -> impl Iterator<Item = &'a T> {
    let begins = move |one: &&T| starts(text(one), word);
    let within = move |one: &&T| !starts(text(one), word) && contains(text(one), word);
    let first = all.iter().filter(begins);
    first.chain(all.iter().filter(within)).take(OFFERED)
}

fn starts(text: &str, word: &str) -> bool {
    match text.get(..word.len()) {
        Some(start) if text.is_ascii() => start.eq_ignore_ascii_case(word),
        _ => text.to_lowercase().starts_with(&word.to_lowercase()),
    }
}

/// Whether the word is in the text, in any case. Without copies where all is ASCII: names are looked through by the
/// thousand with every key that is pressed.
fn contains(text: &str, word: &str) -> bool {
    if word.is_empty() {
        return true;
    }
    if text.is_ascii() && word.is_ascii() {
        let mut parts = text.as_bytes().windows(word.len());
        return parts.any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    }
    text.to_lowercase().contains(&word.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use crate::store::ValueCount;

    fn labels(text: &str, known: &Known) -> Vec<String> {
        let at = Completion::at(text, text.len());
        let offers = offers(text, at.as_ref(), known);
        offers.into_iter().map(|offer| offer.shown.label).collect()
    }

    fn key(name: &str, present: u64) -> KeyCount {
        KeyCount {
            key: name.into(),
            present,
        }
    }

    #[test]
    fn what_is_offered_fits_what_is_typed() {
        let keys = [
            key("http.route", 3),
            key("user.id", 2),
            key("Route", 1),
            key("name", 1),
        ];
        let value = |value: Value, count| ValueCount { value, count };
        let facet = Facet {
            key: "level".to_owned(),
            values: vec![
                value(Value::Str("info".into()), 160),
                value(Value::Str("error".into()), 41),
                value(Value::Str("Debug info".into()), 2),
                value(Value::Null, 1),
            ],
            distinct: 4,
            present: 204,
        };
        let numbers = Facet {
            key: "code".to_owned(),
            values: vec![value(Value::Int(200), 5), value(Value::Int(502), 1)],
            distinct: 2,
            present: 6,
        };
        let recent = ["a:b".to_owned()];
        let saved = [SavedSearch {
            name: "Failed".to_owned(),
            place: "logs?q=is:error".to_owned(),
        }];
        let known = |values, grouped| Known {
            keys: &keys,
            values,
            recent: &recent,
            saved: &saved,
            grouped,
        };
        let plain = known(Some(&facet), false);
        let cases: [(&str, &[&str]); 12] = [
            ("", &["Failed", "a:b"]),
            ("rou", &["Route", "http.route"]),
            ("a !rou", &["Route", "http.route"]),
            ("a ", &[]),
            ("has:us", &["user.id"]),
            ("is:", &["error", "root", "segment", "traced"]),
            ("is:ro", &["root", "error"]),
            ("level:", &["info", "error", "Debug info"]),
            ("!level:[error, inf", &["info", "Debug info"]),
            ("level:error", &[]),
            ("other:", &[]),
            ("time:", &["-1h", "-24h", "-7d", ">", ">=", "<", "<="]),
        ];
        for (text, expected) in cases {
            assert_eq!(labels(text, &plain), expected, "{text}");
        }
        let numbered = known(Some(&numbers), false);
        for text in ["code:", "code:[", "code:[a, "] {
            let expected = [">", ">=", "<", "<=", "200", "502"];
            assert_eq!(labels(text, &numbered), expected, "{text}");
        }
        assert_eq!(labels("code:!=", &numbered), ["200", "502"]);
        assert_eq!(labels("code:5", &numbered), ["502"]);
        assert_eq!(labels("duration:", &plain), [">", ">=", "<", "<="]);
        let grouped = known(None, true);
        assert_eq!(labels("coun", &grouped), ["count()", "count_unique(…)"]);
        assert_eq!(labels("p95(na", &grouped), ["p95(name)"]);
        assert_eq!(labels("coun", &plain), [""; 0]);
    }

    #[test]
    fn words_are_found_in_any_case() {
        assert!(starts("Route", "rOU") && starts("Étage", "ét") && !starts("a", "ab"));
        assert!(contains("http.Route", "ROU") && contains("XÉ", "é") && contains("x", ""));
        assert!(!contains("http", "https") && !contains("aé", "b"));
    }
}
