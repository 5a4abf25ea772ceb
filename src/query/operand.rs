//! What stands behind the colon of a key: values, comparisons, lists, times.

use super::key::{Key, quoted_len};
use super::lexeme::message::{
    EMPTY_ITEM, NO_OPERAND, NO_VALUE, NOT_A_BUILD, NOT_A_NUMBER, NOT_A_TIME, NOT_A_VERSION,
    QUOTE_INSIDE,
};
use super::lexeme::{LexemeKind, OPERATORS};
use super::lexer::Lexer;
use super::number::number;
use super::time::{TimeLiteral, is_time_key, time};
use super::version::{ReleasePart, Version};

/// What may follow a key, told by its name.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Expected {
    Anything,
    /// Only times, unless in quotes.
    Time,
    /// Only numbers, unless in quotes.
    Number,
    /// Anything, but behind a comparison only versions, or builds.
    Version(ReleasePart),
}

impl Expected {
    pub(super) fn after(key: &Key) -> Self {
        match key.name.as_str() {
            _ if key.items || key.explicit.is_some() => Self::Anything,
            name if is_time_key(name) => Self::Time,
            name if let Some(part) = ReleasePart::named(name) => Self::Version(part),
            name if is_number_key(name) => Self::Number,
            _ => Self::Anything,
        }
    }
}

/// Names that hold numbers for certain; after them only numbers are read, unless in quotes.
pub fn is_number_key(key: &str) -> bool {
    matches!(
        key,
        "duration"
            | "span.duration"
            | "severity_number"
            | "trace.duration"
            | "trace.spans"
            | "trace.errors"
            | "trace.logs"
    )
}

impl Lexer<'_> {
    /// Reads what follows a key's colon.
    pub(super) fn value(&mut self, expected: Expected) {
        if self.list(expected) || self.comparison(expected) {
            return;
        }
        let equal =
            operator(self.rest()).filter(|(_, kind)| matches!(kind, LexemeKind::Equal { .. }));
        let Some((text, kind)) = equal else {
            return self.operand(expected, NO_VALUE);
        };
        self.push(text.len(), kind);
        if self.list(expected) {
            return;
        }
        self.operand(expected, NO_OPERAND);
        // `-24h` has its own direction and is equal to nothing.
        if let Some(last) = self.out.last_mut()
            && let LexemeKind::Time(TimeLiteral::Since(_) | TimeLiteral::Until(_)) = last.kind
        {
            last.kind = LexemeKind::Error(NOT_A_TIME);
        }
    }

    /// Reads a value without a comparison.
    fn operand(&mut self, expected: Expected, missing: &'static str) {
        if self.regex() {
            return;
        }
        let is_bare = !self.at_end_of_term() && !self.rest().starts_with(['"', '(']);
        let kind_of = match expected {
            Expected::Time => time_kind,
            Expected::Number => number_kind,
            Expected::Anything | Expected::Version(_) => |_: &str| LexemeKind::Value,
        };
        let len = self.bare(self.rest(), &[]).0;
        match kind_of(&self.rest()[..len]) {
            kind if is_bare && kind != LexemeKind::Value => self.push(len, kind),
            _ => self.bare_or_quoted(LexemeKind::Value, missing),
        }
    }

    /// Reads `<`, `<=`, `>` or `>=` with what is compared; `false` (and nothing read) when it is text after all.
    fn comparison(&mut self, expected: Expected) -> bool {
        let rest = self.rest();
        let Some((text, kind @ LexemeKind::Compare(_))) = operator(rest) else {
            return false;
        };
        let after = &rest[text.len()..];
        if self.ends_term(after) {
            self.push(text.len(), LexemeKind::Error(NO_OPERAND));
            return true;
        }
        let (len, _) = self.bare(after, &[]);
        let Some(compared) = compared(&after[..len], expected) else {
            return false;
        };
        self.push(text.len(), kind);
        self.push(len, compared);
        true
    }

    /// Reads `[a, "b c"]`; `false` (and nothing read) when it is empty or does not end, which makes it text.
    fn list(&mut self, expected: Expected) -> bool {
        if !self.rest().starts_with('[') {
            return false;
        }
        let before = (self.at, self.out.len());
        self.push(1, LexemeKind::ListOpen);
        loop {
            self.skip_spaces();
            let first = self.out.len() == before.1 + 1;
            if first && self.next() == Some(']') || !self.item(expected) {
                break;
            }
            self.skip_spaces();
            match self.next() {
                Some(',') => self.push(1, LexemeKind::Comma),
                Some(']') => {
                    self.push(1, LexemeKind::ListClose);
                    if self.at_end_of_term() {
                        return true;
                    }
                    break;
                }
                _ => break,
            }
        }
        self.at = before.0;
        self.out.truncate(before.1);
        false
    }

    /// Reads one item of a list; `false` when its quote does not end.
    fn item(&mut self, expected: Expected) -> bool {
        let rest = self.rest();
        if rest.starts_with('"') {
            let len = quoted_len(rest);
            self.push(len.unwrap_or(0), LexemeKind::Value);
            return len.is_some();
        }
        let (len, has_quote) = self.bare(rest, &[',', ']']);
        let item = &rest[..len];
        if let Some((text, kind @ LexemeKind::Compare(_))) = operator(item)
            && let Some(compared) = compared(&item[text.len()..], expected)
        {
            self.push(text.len(), kind);
            self.push(len - text.len(), compared);
            return true;
        }
        let kind = match item {
            "" => LexemeKind::Error(EMPTY_ITEM),
            _ if has_quote => LexemeKind::Error(QUOTE_INSIDE),
            item if expected == Expected::Time => time_kind(item),
            item if expected == Expected::Number => number_kind(item),
            _ => LexemeKind::Value,
        };
        self.push(len, kind);
        true
    }
}

pub(super) fn operator(text: &str) -> Option<(&'static str, LexemeKind)> {
    OPERATORS
        .into_iter()
        .find(|(operator, _)| text.starts_with(operator))
}

/// What stands behind a comparison; `None` when the comparison is part of a text.
fn compared(text: &str, expected: Expected) -> Option<LexemeKind> {
    match expected {
        Expected::Time => {
            let sound = time(text).filter(|literal| literal.moment().is_some());
            Some(sound.map_or(LexemeKind::Error(NOT_A_TIME), LexemeKind::Time))
        }
        Expected::Number => {
            Some(number(text).map_or(LexemeKind::Error(NOT_A_NUMBER), LexemeKind::Number))
        }
        Expected::Version(part) => Some(match (Version::read(part, text), part) {
            (Some(_), _) => LexemeKind::Version(part),
            (None, ReleasePart::Version) => LexemeKind::Error(NOT_A_VERSION),
            (None, ReleasePart::Build) => LexemeKind::Error(NOT_A_BUILD),
        }),
        Expected::Anything => number(text).map(LexemeKind::Number),
    }
}

/// What stands without quotes after the record's own time.
fn time_kind(text: &str) -> LexemeKind {
    match time(text) {
        Some(literal) => LexemeKind::Time(literal),
        None if text == "*" => LexemeKind::Value,
        None => LexemeKind::Error(NOT_A_TIME),
    }
}

/// What stands without quotes after a name that holds numbers.
fn number_kind(text: &str) -> LexemeKind {
    match text == "*" || number(text).is_some() {
        true => LexemeKind::Value,
        false => LexemeKind::Error(NOT_A_NUMBER),
    }
}
