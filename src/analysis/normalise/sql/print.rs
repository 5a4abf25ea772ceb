//! One way of writing a statement: keywords in capitals, single spaces.

use super::token::{Kind, Token};

/// Words that begin a part of a statement, which ends lists and conditions before it.
pub const CLAUSES: &[&str] = &[
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "RETURNING",
    "SET",
    "VALUES",
    "JOIN",
    "INNER",
    "LEFT",
    "RIGHT",
    "FULL",
    "CROSS",
    "NATURAL",
    "ON",
    "USING",
    "WINDOW",
    "FOR",
    "QUALIFY",
    "INTO",
    "SELECT",
    "STRAIGHT_JOIN",
    "LOCK",
    "DO",
];

/// Words written in capitals. Names that are also keywords are left out where they are more often names.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CASCADE",
    "CASE",
    "CLOSE",
    "COMMIT",
    "CONFLICT",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURSOR",
    "DECLARE",
    "DEFAULT",
    "DELETE",
    "DESC",
    "DISTINCT",
    "DO",
    "DROP",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FETCH",
    "FOR",
    "FOREIGN",
    "FROM",
    "FULL",
    "GRANT",
    "GROUP",
    "HAVING",
    "IF",
    "IGNORE",
    "ILIKE",
    "IN",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOCK",
    "MERGE",
    "NATURAL",
    "NOT",
    "NOTHING",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "ONLY",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRIMARY",
    "RECURSIVE",
    "REFERENCES",
    "RELEASE",
    "RENAME",
    "REPLACE",
    "RETURNING",
    "REVOKE",
    "RIGHT",
    "ROLLBACK",
    "SAVEPOINT",
    "SCROLL",
    "SELECT",
    "SET",
    "SHOW",
    "SOME",
    "START",
    "THEN",
    "TO",
    "TRANSACTION",
    "TRUNCATE",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// More words that are keywords in a statement that begins with one of these.
const DEFINITIONS: &[&str] = &["CREATE", "ALTER", "DROP", "TRUNCATE", "LOCK"];
const IN_DEFINITIONS: &[&str] = &[
    "TABLE", "COLUMN", "VIEW", "DATABASE", "SCHEMA", "TYPE", "SEQUENCE", "TRIGGER", "KEY", "CHECK",
];
/// Words after `FETCH` and `DECLARE` that say which row.
const IN_CURSORS: &[&str] = &[
    "NEXT", "PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE", "FORWARD", "BACKWARD", "NO", "HOLD",
    "BINARY",
];

/// Whether a word is written in capitals.
pub fn is_keyword(token: &Token) -> bool {
    token.is_any(KEYWORDS)
}

/// The text of a statement.
pub fn print(tokens: &[Token]) -> String {
    let form = Form::of(tokens);
    let mut out = String::new();
    let mut before: Option<&Token> = None;
    let mut is_negative = false;
    for (at, token) in tokens.iter().enumerate() {
        if let Some(before) = before
            && !is_negative
            && form
                .spaced_bracket(tokens, at)
                .unwrap_or_else(|| is_spaced(before, token, form.more))
        {
            out.push(' ');
        }
        is_negative = token.is_sign("-") && !before.is_some_and(is_operand);
        let is_verb = at == 0 && token.is_any(super::VERBS);
        let is_method = form.is_index && before.is_some_and(|before| before.is("USING"));
        let in_capitals = is_verb || is_keyword(token) || token.is_any(form.more) || is_method;
        match token.kind {
            Kind::Word if in_capitals => out.push_str(&token.text.to_uppercase()),
            Kind::Sign if token.text == "!=" => out.push_str("<>"),
            _ => out.push_str(&token.text),
        }
        before = Some(token);
    }
    out
}

/// What the beginning of a statement says of how the rest is written.
struct Form {
    /// Words that are keywords here.
    more: &'static [&'static str],
    /// Whether it creates an index.
    is_index: bool,
    /// Where the columns of a table that it creates begin.
    columns: Option<usize>,
}

impl Form {
    fn of(tokens: &[Token]) -> Self {
        let more: &[&str] = match tokens.first() {
            Some(token) if token.is_any(DEFINITIONS) => IN_DEFINITIONS,
            Some(token) if token.is_any(&["FETCH", "DECLARE"]) => IN_CURSORS,
            _ => &[],
        };
        let creates = |what: &str, words: usize| {
            let is_create = tokens.first().is_some_and(|first| first.is("CREATE"));
            is_create && tokens.iter().take(words).any(|token| token.is(what))
        };
        let ends = |token: &Token| token.is_sign("(") || token.is("AS");
        let columns = tokens.iter().position(ends);
        let columns = columns.filter(|at| tokens[*at].is_sign("(") && creates("TABLE", 5));
        Self {
            more,
            is_index: creates("INDEX", 3),
            columns,
        }
    }

    /// Whether there is a space in front of an opening bracket, where more than the token in front of it tells.
    fn spaced_bracket(&self, tokens: &[Token], at: usize) -> Option<bool> {
        if !tokens[at].is_sign("(") {
            return None;
        }
        let follows = |words: &[&str], back: usize| {
            let before = at.checked_sub(back).map(|at| &tokens[at]);
            before.is_some_and(|before| before.is_any(words))
        };
        let next = tokens.get(at + 1);
        let holds = |text: &str| next.is_some_and(|next| next.is(text) || next.text == text);
        // Left out columns are no arguments, nor are a new table's, nor is what follows an index's method, nor a filter.
        let is_after_method = self.is_index && follows(&["USING"], 2);
        if holds("..") || holds("WHERE") || is_after_method || self.columns == Some(at) {
            return Some(true);
        }
        // Columns that two tables share are, and those that conflict.
        let is_shared = !self.is_index && follows(&["USING", "CONFLICT"], 1);
        (is_shared && !holds("SELECT")).then_some(false)
    }
}

/// Whether a minus behind it takes away from it.
fn is_operand(token: &Token) -> bool {
    match token.kind {
        Kind::Sign => token.is_sign(")") || token.is_sign("]"),
        Kind::Word => !is_keyword(token),
        _ => true,
    }
}

fn is_spaced(before: &Token, token: &Token, more: &[&str]) -> bool {
    let opens = |token: &Token| {
        token.kind == Kind::Sign && matches!(token.text.as_str(), "(" | "[" | "{" | "." | "::")
    };
    let closes = |token: &Token| {
        token.kind == Kind::Sign
            && matches!(token.text.as_str(), ")" | "]" | "}" | "," | "." | "::")
    };
    if opens(before) || closes(token) {
        return false;
    }
    if token.is_sign("(") {
        // A call has its bracket at its name; after a keyword, a sign or a listed name there is a space.
        let is_call = match before.kind {
            Kind::Word => !is_keyword(before) || before.is_any(&["REPLACE", "LEFT", "RIGHT", "IF"]),
            Kind::Name => true,
            _ => false,
        };
        return !is_call || before.is_any(more);
    }
    !(token.is_sign("[") && before.kind != Kind::Sign)
}
