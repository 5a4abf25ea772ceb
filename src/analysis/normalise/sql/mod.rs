//! SQL to its template: the statement without what varies from one run to the next.
//!
//! A statement is cut into [tokens](token), rewritten step by step ([`rewrite`], [`conditions`]) and printed in one way of
//! writing ([`print`](mod@print)), so that two statements of one shape become one text. Text that is no whole statement goes
//! through [`fallback`]. Nothing here recurses deeper than [`conditions::DEEPEST`].

mod conditions;
mod fallback;
mod names;
mod print;
mod rewrite;
mod token;

pub use names::scrub_name;

use token::{Kind, Token, Unreadable};

/// More tokens are not rewritten: some steps look at a statement once for each of its parts.
const MOST_TOKENS: usize = 20_000;

/// Words a statement begins with.
const VERBS: &[&str] = &[
    "SELECT",
    "WITH",
    "INSERT",
    "REPLACE",
    "UPDATE",
    "DELETE",
    "MERGE",
    "CREATE",
    "ALTER",
    "DROP",
    "TRUNCATE",
    "SET",
    "SHOW",
    "BEGIN",
    "START",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "DECLARE",
    "FETCH",
    "CLOSE",
    "EXPLAIN",
    "ANALYZE",
    "CALL",
    "EXECUTE",
    "PRAGMA",
    "USE",
    "LOCK",
    "UNLOCK",
    "GRANT",
    "REVOKE",
    "VACUUM",
    "VALUES",
    "COPY",
    "DEALLOCATE",
    "PREPARE",
    "DISCARD",
    "LISTEN",
    "NOTIFY",
    "DESCRIBE",
    "KILL",
];

/// The template of a text, in the dialect of `system` (`mysql`, `postgresql`, …) if that is known. `None` when it is
/// neither SQL nor holds anything that looks like a literal.
pub fn template(text: &str, system: Option<&str>) -> Option<String> {
    if let Ok(statements) = statements(text, system) {
        return Some(printed(statements));
    }
    fallback::scrub(text, system)
}

fn printed(statements: Vec<Vec<Token>>) -> String {
    let printed = statements.into_iter().map(|mut tokens| {
        rewrite::rewrite(&mut tokens);
        print::print(&tokens)
    });
    printed.collect::<Vec<_>>().join("; ")
}

/// What a statement is, without what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// As [`template`] has it.
    pub template: String,
    /// As [`tables`] has them.
    pub tables: Option<String>,
}

/// What decides a text's [`Statement`]: its tokens, all literals being one. Cheap, so that of texts that differ in
/// literals only the first need be rewritten. `None` where the text is no whole SQL.
pub fn shape(text: &str, system: Option<&str>) -> Option<String> {
    token::shape(text, system).ok()
}

/// Template and tables of a text; `None` where the text is no whole SQL, and [`template`] falls back.
pub fn statement(text: &str, system: Option<&str>) -> Option<Statement> {
    let statements = statements(text, system).ok()?;
    Some(Statement {
        tables: tables_of(statements.clone()),
        template: printed(statements),
    })
}

/// The tables a text names, sorted, as `,a,b,`; `None` when there are none.
pub fn tables(text: &str, system: Option<&str>) -> Option<String> {
    tables_of(statements(text, system).ok()?)
}

fn tables_of(statements: Vec<Vec<Token>>) -> Option<String> {
    let mut tables: Vec<String> = Vec::new();
    for mut tokens in statements {
        names::shorten(&mut tokens);
        tables.extend(names::tables(&tokens));
    }
    tables.sort_unstable();
    tables.dedup();
    (!tables.is_empty()).then(|| format!(",{},", tables.join(",")))
}

/// The first verb in a text, of those worth telling apart.
pub fn action(text: &str) -> Option<&'static str> {
    const ACTIONS: &[&str] = &[
        "SELECT",
        "INSERT",
        "DELETE",
        "UPDATE",
        "SET",
        "SAVEPOINT",
        "RELEASE SAVEPOINT",
        "ROLLBACK TO SAVEPOINT",
    ];
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let begins = |action: &&&str| {
        let start = text.get(..action.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(action))
            && !is_word(text[action.len()..].chars().next())
    };
    // Nearly every text begins with its verb.
    if let Some(first) = ACTIONS.iter().find(begins) {
        return Some(first);
    }
    let upper = text.to_ascii_uppercase();
    let place = |action: &&'static str| {
        let mut found = upper.match_indices(*action).filter(|(at, _)| {
            let (before, after) = (&upper[..*at], &upper[at + action.len()..]);
            !is_word(before.chars().next_back()) && !is_word(after.chars().next())
        });
        found.next().map(|(at, _)| (at, *action))
    };
    let first = ACTIONS.iter().filter_map(place).min();
    first.map(|(_, action)| action)
}

/// The statements of a text.
fn statements(text: &str, system: Option<&str>) -> Result<Vec<Vec<Token>>, Unreadable> {
    let tokens = token::tokens(text, system)?;
    if tokens.len() > MOST_TOKENS {
        return Err(Unreadable);
    }
    let parts = tokens.split(|token| token.is_sign(";"));
    let statements: Vec<Vec<Token>> = parts
        .filter(|part| !part.is_empty())
        .map(<[Token]>::to_vec)
        .collect();
    match !statements.is_empty() && statements.iter().all(|tokens| is_statement(tokens)) {
        true => Ok(statements),
        false => Err(Unreadable),
    }
}

fn is_statement(tokens: &[Token]) -> bool {
    let first = tokens.iter().find(|token| !token.is_sign("("));
    if !first.is_some_and(|token| token.is_any(VERBS)) {
        return false;
    }
    let mut depth = 0i64;
    for token in tokens {
        if token.is_sign("(") {
            depth += 1;
        } else if token.is_sign(")") {
            depth -= 1;
        }
        if depth < 0 {
            return false;
        }
    }
    // A statement that stops after a word which wants more was cut.
    let last = tokens.last();
    let is_cut = last.is_some_and(|token| {
        token.is_any(&[
            "WHERE", "AND", "OR", "FROM", "JOIN", "IN", "VALUES", "BY", "SELECT",
        ]) || token.is_sign(",")
            || token.is_sign(".")
            || token.is_sign("=")
    });
    depth == 0 && !is_cut
}

/// Where the bracket that opens at `open` closes; the last token if it never does.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.kind == Kind::Sign {
            match token.text.as_str() {
                "(" => depth += 1,
                ")" if depth <= 1 => return at,
                ")" => depth -= 1,
                _ => {}
            }
        }
    }
    tokens.len().saturating_sub(1)
}

/// Where the part that begins at `from` ends: at a word or sign that is not inside brackets of it.
fn end_of(tokens: &[Token], from: usize, ends: impl Fn(&Token) -> bool) -> usize {
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        if token.is_sign(")") || ends(token) {
            return at;
        }
        at = match token.is_sign("(") {
            true => closing(tokens, at) + 1,
            false => at + 1,
        };
    }
    tokens.len()
}
