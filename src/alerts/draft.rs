//! A rule as it is typed in a form: a text for each of its fields, right or not.
//!
//! Reading and writing stay where they are: a draft is made of the text of a rule ([`edit`]), and becomes a rule by
//! being read as one ([`read`](super::read)), so that a form allows exactly what a file does. Errors go to their fields by key.

use super::draft_fields::{CONDITIONS, MEASURES, of_when};
use super::edit;
use super::read::{RuleError, rules_from};
use super::rule::{Direction, Does, Rule, Sensitivity, Subject, Watches};
use crate::query::{self, Expr, Term, Test};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use toml_edit::{DocumentMut, Item, Value};

/// Terms of a rule's filter that have a field of their own.
const TERMS: [&str; 3] = ["level", "release", "environment"];
const LEVELS: [&str; 3] = ["critical", "warning", "resolve"];

/// A rule as it is typed; which fields there are of it is said by [`Self::lines`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleDraft {
    pub(super) is_metric: bool,
    values: BTreeMap<&'static str, String>,
    /// The filter as the rule has it, which stays so while it says the same.
    filter: String,
}

impl RuleDraft {
    /// The draft of a rule that is right.
    pub fn of(rule: &Rule) -> Self {
        let mut draft = Self {
            is_metric: matches!(rule.watches, Watches::Metric(_)),
            values: BTreeMap::new(),
            filter: String::new(),
        };
        let usual = [
            ("does", Does::default().name()),
            ("subject", Subject::default().name()),
            ("measure", MEASURES[0]),
            ("windows", "1"),
            ("condition", CONDITIONS[0]),
            ("direction", Direction::default().name()),
            ("change", "1h"),
            ("sensitivity", Sensitivity::default().name()),
            ("season", "1d"),
            ("count", "10"),
            ("within", "1h"),
            ("factor", "5"),
            ("least", "10"),
            ("severity", "critical"),
        ];
        for (key, value) in usual {
            draft.set(key, value.to_owned());
        }
        let text = edit::text_of(rule);
        let document: Option<DocumentMut> = text.parse().ok();
        let table = document.as_ref().and_then(|document| {
            let (_, tables) = document.iter().next()?;
            tables.as_array_of_tables()?.get(0)
        });
        for (key, item) in table.into_iter().flat_map(|table| table.iter()) {
            draft.take(key, item);
        }
        draft.take_terms();
        draft
    }

    /// The text of a field.
    pub fn get(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    /// Types something into a field.
    pub fn set(&mut self, key: &'static str, text: String) {
        self.values.insert(key, text);
    }

    fn take(&mut self, key: &str, item: &Item) {
        let Some(value) = item.as_value() else { return };
        match key {
            "above" | "below" => {
                self.set("direction", key.to_owned());
                self.take_inner(value, &LEVELS);
            }
            "anomaly" => {
                self.set("condition", key.to_owned());
                self.take_inner(value, &["sensitivity", "direction", "season", "peers"]);
            }
            "aggregate" | "share" | "minus" => {
                self.set("measure", key.to_owned());
                self.set("measured", shown(value));
            }
            _ => {
                if key == "change" {
                    self.set("condition", key.to_owned());
                }
                if let Some(key) = KEYS.iter().find(|known| **known == key) {
                    self.set(key, shown(value));
                }
            }
        }
    }

    fn take_inner(&mut self, value: &Value, keys: &[&'static str]) {
        let table = value.as_inline_table();
        for key in keys {
            if let Some(value) = table.and_then(|table| table.get(key)) {
                self.set(key, shown(value));
            }
        }
    }

    /// Takes the terms that have fields of their own out of the filter of a rule about issues.
    fn take_terms(&mut self) {
        self.filter = self.get("filter").to_owned();
        if self.is_metric {
            return;
        }
        let Ok(expr) = query::parse_filter(&self.filter) else {
            return;
        };
        let parts = match expr {
            Expr::And(parts) => parts,
            Expr::All => Vec::new(),
            part => vec![part],
        };
        if !parts.iter().any(|part| own_term(part).is_some()) {
            return;
        }
        let mut rest = Vec::new();
        for part in parts {
            match own_term(&part).filter(|(key, _)| self.get(key).is_empty()) {
                Some((key, value)) => self.set(key, value),
                None => rest.push(part),
            }
        }
        self.set("filter", Expr::And(rest).to_string());
    }

    /// The filter with the terms that have fields of their own.
    fn whole_filter(&self) -> String {
        if self.is_metric {
            return self.get("filter").to_owned();
        }
        let term = |key: &&str| {
            let value = self.get(key).trim();
            let test = Test::Equals(value.to_owned());
            let key = (*key).to_owned();
            (!value.is_empty()).then(|| Expr::Term(Term { key, test }).to_string())
        };
        let mut parts: Vec<String> = TERMS.iter().filter_map(term).collect();
        let rest = self.get("filter").trim();
        match query::parse_filter(rest) {
            Ok(Expr::Or(_)) if !parts.is_empty() => parts.push(format!("({rest})")),
            _ if !rest.is_empty() => parts.push(rest.to_owned()),
            _ => (),
        }
        let whole = parts.join(" ");
        let says = |text: &str| query::parse_filter(text).ok().map(|expr| sorted(&expr));
        match says(&whole).is_some() && says(&whole) == says(&self.filter) {
            true => self.filter.clone(),
            false => whole,
        }
    }

    /// The rule that the fields make.
    ///
    /// # Errors
    /// What is wrong, by field; also when another rule has its name.
    pub fn rule<'a>(
        &self,
        others: impl IntoIterator<Item = &'a str>,
    ) -> Result<Rule, Vec<RuleError>> {
        let set = rules_from(&self.text()).map_err(|mut errors| {
            for error in &mut errors {
                error.key = field_of(&error.key).to_owned();
            }
            errors
        })?;
        let name = self.get("name");
        let error = |key: &str, message: String| RuleError {
            line: 1,
            key: key.to_owned(),
            message,
        };
        if others.into_iter().any(|other| other == name) {
            let message = format!("there is another rule called {name:?}");
            return Err(vec![error("name", message)]);
        }
        let rule = set.rules.into_iter().next();
        rule.ok_or_else(|| vec![error("", "there is no rule".to_owned())])
    }

    /// The rule as a table of a file.
    fn text(&self) -> String {
        let mut out = String::new();
        let kind = if self.is_metric { "rule" } else { "issue_rule" };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "[[{kind}]]");
        let mut pair = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = writeln!(out, "{key} = {value}");
            }
        };
        pair("name", text(self.get("name")));
        pair("does", text(self.get("does")));
        pair("filter", text(&self.whole_filter()));
        match self.is_metric {
            true => self.metric_text(&mut pair),
            false => self.issue_text(&mut pair),
        }
        out
    }

    fn metric_text(&self, pair: &mut impl FnMut(&str, Option<String>)) {
        pair("subject", text(self.get("subject")));
        pair(
            self.get("measure"),
            Some(quoted(self.get("measured").trim())),
        );
        pair("window", text(self.get("window")));
        pair("windows", number(self.get("windows")));
        let inner = |pairs: &[(&str, Option<String>)]| {
            let pairs = pairs.iter();
            let pairs =
                pairs.filter_map(|(key, value)| Some(format!("{key} = {}", value.as_ref()?)));
            Some(format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", ")))
        };
        if self.get("condition") == "anomaly" {
            let pairs = ["sensitivity", "direction", "season", "peers"];
            let pairs = pairs.map(|key| (key, text(self.get(key))));
            return pair("anomaly", inner(&pairs));
        }
        if self.get("condition") == "change" {
            pair("change", text(self.get("change")));
        }
        let levels = LEVELS.map(|key| (key, number(self.get(key))));
        let direction = match self.get("direction") {
            "below" => "below",
            _ => "above",
        };
        pair(direction, inner(&levels));
    }

    fn issue_text(&self, pair: &mut impl FnMut(&str, Option<String>)) {
        pair("when", text(self.get("when")));
        for field in of_when(self.get("when")) {
            let value = self.get(field.key);
            let value = match field.key {
                "within" | "after" => text(value),
                _ => number(value),
            };
            pair(field.key, value);
        }
        for key in ["traces", "severity", "action_interval"] {
            pair(key, text(self.get(key)));
        }
    }
}

/// Keys of a rule that are fields as they are.
const KEYS: [&str; 16] = [
    "name",
    "does",
    "subject",
    "filter",
    "window",
    "windows",
    "change",
    "when",
    "count",
    "factor",
    "least",
    "within",
    "after",
    "traces",
    "severity",
    "action_interval",
];

/// The field that an error about a key belongs to.
fn field_of(key: &str) -> &str {
    match key {
        "aggregate" | "share" | "minus" => "measured",
        "above" | "below" => "critical",
        "anomaly" => "peers",
        key => key,
    }
}

/// A value as it is typed: a text without its quotes.
fn shown(value: &Value) -> String {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value.to_string().trim().to_owned())
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A text; nothing when it is empty.
fn text(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| quoted(text))
}

/// A number as one, anything else as a text, which may be a number with its unit; nothing when it is empty.
fn number(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if let Ok(number) = typed.parse::<i64>() {
        return Some(number.to_string());
    }
    match typed.parse::<f64>() {
        Ok(number) if number.is_finite() => Some(Value::from(number).to_string()),
        _ => text(typed),
    }
}

/// A term of the filter that has a field of its own, with what stands in it.
fn own_term(part: &Expr) -> Option<(&'static str, String)> {
    let Expr::Term(Term {
        key,
        test: Test::Equals(value),
    }) = part
    else {
        return None;
    };
    let key = TERMS.iter().find(|known| *known == key)?;
    Some((key, value.clone()))
}

/// The parts of a search that must all fit, in an order of their own.
fn sorted(expr: &Expr) -> Vec<String> {
    let mut parts: Vec<String> = match expr {
        Expr::And(parts) => parts.iter().map(ToString::to_string).collect(),
        Expr::All => Vec::new(),
        part => vec![part.to_string()],
    };
    parts.sort();
    parts
}

#[cfg(test)]
mod tests {
    use super::super::draft_fields::Takes;
    use super::*;

    const RULES: &str = r#"
[[rule]]
name = "Slow \"checkout\""
aggregate = "p95(span.duration)"
filter = "op:http.server"
window = "5m"
windows = 3
above = { critical = "2s", warning = "1.5s", resolve = "900ms" }

[[rule]]
name = "Fewer"
does = "notify"
subject = "logs"
aggregate = "count()"
window = "1h"
change = "1w"
below = { warning = 50 }

[[rule]]
name = "Misses"
share = "cache.hit:false"
window = "15m"
anomaly = { sensitivity = "low", direction = "both", season = "1w", peers = "op:cache.*" }

[[issue_rule]]
name = "Many"
does = "notify"
when = "more_than"
within = "2h"
count = 3
filter = "service:shop level:error release:\"1.5 beta\" (user:1 OR user:2)"
traces = "op:db"
severity = "warning"
action_interval = "1d"

[[issue_rule]]
name = "Spike"
when = "spike"
factor = 2.5
within = "1h"
least = 4

[[issue_rule]]
name = "New"
when = "new"

[[issue_rule]]
name = "Back"
when = "regression"
"#;

    fn rules() -> Vec<Rule> {
        let set = rules_from(&RULES.replace("change = \"1w\"", "change = \"1d\""));
        set.expect("they are right").rules
    }

    #[test]
    fn a_draft_of_a_rule_makes_the_rule() {
        for rule in rules() {
            let draft = RuleDraft::of(&rule);
            assert_eq!(draft.rule([]), Ok(rule));
        }
    }

    #[test]
    fn every_field_that_is_shown_can_be_changed() {
        for rule in rules() {
            let draft = RuleDraft::of(&rule);
            for field in draft.lines().into_iter().flatten() {
                let other = match &field.takes {
                    Takes::OneOf(all) => {
                        let known = all.iter().find(|known| **known != draft.get(field.key));
                        known.cloned().expect("another choice")
                    }
                    Takes::Text(_) => "§".to_owned(),
                };
                let mut changed = draft.clone();
                changed.set(field.key, other);
                // Another rule, or an error at a field.
                match changed.rule([]) {
                    Ok(other) => assert_ne!(other, rule, "{}", field.key),
                    Err(errors) => assert!(!errors.is_empty()),
                }
            }
        }
    }

    #[test]
    fn errors_stand_at_their_fields() {
        let all = rules();
        let key = |at: usize, key: &'static str, text: &str| {
            let mut draft = RuleDraft::of(&all[at]);
            draft.set(key, text.to_owned());
            let errors = draft.rule(["Fewer"]).err().unwrap_or_default();
            errors
                .into_iter()
                .map(|error| error.key)
                .collect::<Vec<_>>()
        };
        for (at, field, text) in [
            (0, "name", ""),
            (0, "name", "Fewer"),
            (0, "measured", "p95(span.duration"),
            (0, "measured", ""),
            (0, "filter", "a:("),
            (0, "windows", "many"),
            (0, "windows", "0"),
            (0, "critical", "1 apple"),
            (0, "critical", "1s"),
            (2, "season", "now"),
            (2, "peers", "a:("),
            (3, "within", "1.5"),
            (3, "count", "-1"),
            (3, "filter", "http.route:x"),
            (3, "traces", "a:("),
            (3, "action_interval", "soon"),
            (4, "factor", "much"),
            (4, "least", "0"),
        ] {
            assert_eq!(key(at, field, text), [field], "{field}: {text:?}");
        }
    }

    #[test]
    fn terms_of_a_filter_have_fields_of_their_own() {
        let mut draft = RuleDraft::of(&rules()[3]);
        let fields = |draft: &RuleDraft| TERMS.map(|key| draft.get(key).to_owned());
        assert_eq!(fields(&draft), ["error", "1.5 beta", ""]);
        assert_eq!(draft.get("filter"), "service:shop (user:1 OR user:2)");
        draft.set("environment", "production".to_owned());
        draft.set("level", String::new());
        let filter = |draft: &RuleDraft| match draft.rule([]).expect("it is right").watches {
            Watches::Issues(rule) => rule.filter.text,
            Watches::Metric(_) => String::new(),
        };
        let expected =
            "release:\"1.5 beta\" environment:production service:shop (user:1 OR user:2)";
        assert_eq!(filter(&draft), expected);
        draft.set("filter", "user:1 OR user:2".to_owned());
        let expected = "release:\"1.5 beta\" environment:production (user:1 OR user:2)";
        assert_eq!(filter(&draft), expected);
    }
}
