//! The steps from a statement to its template. Each looks at the whole statement for one thing.

use super::conditions;
use super::names;
use super::print::CLAUSES;
use super::token::{Kind, Token, literal};
use super::{closing, end_of};

/// Rewrites a statement.
pub fn rewrite(tokens: &mut Vec<Token>) {
    names::shorten(tokens);
    casts(tokens);
    values(tokens);
    cases(tokens);
    in_lists(tokens);
    inserts(tokens);
    names::erase(tokens);
    aliases_of_tables(tokens);
    joins(tokens);
    selections(tokens);
    assignments(tokens);
    conditions::simplify(tokens);
    names::scrub(tokens);
}

fn word(text: &str) -> Token {
    Token::new(Kind::Word, text)
}

fn sign(text: &str) -> Token {
    Token::new(Kind::Sign, text)
}

/// What stands for a list that is left out.
fn dots() -> Token {
    Token::new(Kind::Literal, "..")
}

/// Takes out `::type` and `CAST(… AS type)`.
fn casts(tokens: &mut Vec<Token>) {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].is_sign("::") {
            true => at = end_of_type(tokens, at + 1),
            false => {
                out.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    *tokens = out;
    // From the last to the first, so that inner ones are gone when an outer one is looked at.
    for at in (0..tokens.len()).rev() {
        let is_cast = tokens[at].is_any(&["CAST", "TRY_CAST", "SAFE_CAST"])
            && tokens.get(at + 1).is_some_and(|next| next.is_sign("("));
        if is_cast {
            let close = closing(tokens, at + 1);
            let end = end_of(tokens, at + 2, |token| token.is("AS"));
            tokens.drain(end..=close);
            tokens.drain(at..at + 2);
        }
    }
}

fn end_of_type(tokens: &[Token], from: usize) -> usize {
    const MORE: &[&str] = &["VARYING", "PRECISION", "WITH", "WITHOUT", "TIME", "ZONE"];
    let mut at = from + 1;
    while let Some(token) = tokens.get(at) {
        if token.is_any(MORE) {
            at += 1;
        } else if token.is_sign("(") || token.is_sign("[") {
            let close = if token.is_sign("(") { ")" } else { "]" };
            let end = tokens[at..].iter().position(|token| token.is_sign(close));
            at += end.unwrap_or(0) + 1;
        } else {
            break;
        }
    }
    at.min(tokens.len())
}

/// Booleans and signed numbers become `%s`, as the literals are already.
fn values(tokens: &mut Vec<Token>) {
    for token in tokens.iter_mut() {
        if token.is_any(&["TRUE", "FALSE"]) {
            *token = literal();
        }
    }
    for at in (0..tokens.len().saturating_sub(1)).rev() {
        let is_sign = tokens[at].is_sign("-") && tokens[at + 1].kind == Kind::Literal;
        let is_first = match at.checked_sub(1).map(|at| &tokens[at]) {
            None => true,
            Some(before) => match before.kind {
                Kind::Sign => !matches!(before.text.as_str(), ")" | "]"),
                Kind::Word => super::print::is_keyword(before),
                _ => false,
            },
        };
        if is_sign && is_first {
            tokens.remove(at);
        }
    }
}

/// `CASE … END` becomes `CASE WHEN .. THEN .. END`.
fn cases(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].is("CASE") {
            let mut depth = 0;
            let end = tokens.iter().enumerate().skip(at).find(|(_, token)| {
                depth += i64::from(token.is("CASE")) - i64::from(token.is("END"));
                depth == 0
            });
            if let Some((end, _)) = end {
                let short = [word("WHEN"), dots(), word("THEN"), dots()];
                tokens.splice(at + 1..end, short);
                at += 5;
            }
        }
        at += 1;
    }
}

fn is_query(token: Option<&Token>) -> bool {
    token.is_some_and(|token| token.is_any(&["SELECT", "WITH", "VALUES"]))
}

/// `IN (list)` becomes `IN (%s)`.
fn in_lists(tokens: &mut Vec<Token>) {
    for at in (0..tokens.len()).rev() {
        let has_list = tokens[at].is("IN")
            && tokens.get(at + 1).is_some_and(|next| next.is_sign("("))
            && !is_query(tokens.get(at + 2));
        if has_list {
            let inside = names::inside(tokens, at + 1);
            tokens.splice(inside, [literal()]);
        }
    }
}

/// Columns of an INSERT become `(..)`, its rows `(%s)`.
fn inserts(tokens: &mut Vec<Token>) {
    let is_insert = |token: &Token| token.is_any(&["INSERT", "REPLACE"]);
    let Some(verb) = tokens.iter().position(is_insert) else {
        return;
    };
    let Some(into) = tokens.iter().skip(verb).position(|token| token.is("INTO")) else {
        return;
    };
    let columns = verb + into + 2;
    if tokens.len() <= columns {
        return;
    }
    let end = match tokens[columns].is_sign("(") && !is_query(tokens.get(columns + 1)) {
        true => closing(tokens, columns) + 1,
        false => columns,
    };
    tokens.splice(
        columns..end.min(tokens.len()),
        [sign("("), dots(), sign(")")],
    );
    let rows = columns + 3;
    if tokens.get(rows).is_some_and(|token| token.is("VALUES")) {
        let end = end_of(tokens, rows + 1, |token| {
            !token.is_sign("(") && !token.is_sign(",")
        });
        tokens.splice(rows + 1..end, [sign("("), literal(), sign(")")]);
    }
}

/// `FULL OUTER JOIN` is a `FULL JOIN`.
fn joins(tokens: &mut Vec<Token>) {
    for at in (1..tokens.len()).rev() {
        if tokens[at].is("OUTER") && tokens[at - 1].is("FULL") {
            tokens.remove(at);
        }
    }
}

/// Writes the `AS` that may be left out in front of a table's other name.
fn aliases_of_tables(tokens: &mut Vec<Token>) {
    let mut inserts = Vec::new();
    for at in 0..tokens.len() {
        let is_after_name = |at: usize| {
            let token = &tokens[at];
            let is_name = match token.kind {
                Kind::Name => true,
                Kind::Word => !super::print::is_keyword(token),
                _ => token.is_sign(")"),
            };
            is_name
                && (token.is_sign(")") || !tokens.get(at + 1).is_some_and(|next| next.is_sign("(")))
        };
        if !tokens[at].is_any(&["FROM", "JOIN"])
            || tokens.first().is_some_and(|first| first.is("FETCH"))
        {
            continue;
        }
        let mut table = at + 1;
        while table < tokens.len() {
            let last = match tokens[table].is_sign("(") {
                true => closing(tokens, table),
                false => table,
            };
            let alias = tokens.get(last + 1);
            let is_alias = alias.is_some_and(|alias| match alias.kind {
                Kind::Name => true,
                Kind::Word => {
                    !super::print::is_keyword(alias)
                        && !alias.is_any(CLAUSES)
                        && !alias.is_any(&[
                            "USE",
                            "FORCE",
                            "TABLESAMPLE",
                            "FINAL",
                            "PREWHERE",
                            "NOWAIT",
                        ])
                }
                _ => false,
            });
            if is_alias && is_after_name(last) {
                inserts.push(last + 1);
            }
            let end = end_of(tokens, last + 1, |token| {
                token.is_sign(",") || token.is_any(CLAUSES)
            });
            if !tokens.get(end).is_some_and(|token| token.is_sign(",")) {
                break;
            }
            table = end + 1;
        }
    }
    inserts.sort_unstable();
    inserts.dedup();
    for at in inserts.into_iter().rev() {
        tokens.insert(at, word("AS"));
    }
}

/// Columns after SELECT: other names are dropped, and two and more plain columns in a row become `..`.
fn selections(tokens: &mut Vec<Token>) {
    for at in (0..tokens.len()).rev() {
        if !tokens[at].is("SELECT") {
            continue;
        }
        let start = after_quantifier(tokens, at + 1);
        let end = end_of(tokens, start, |token| token.is_any(CLAUSES));
        let items = split(&tokens[start..end], ",");
        let mut out: Vec<Token> = Vec::new();
        let mut plain: Vec<Vec<Token>> = Vec::new();
        for item in items {
            let item = without_alias(item);
            match is_plain(&item) {
                true => plain.push(item),
                false => {
                    collapse(&mut plain, &mut out);
                    push_item(&mut out, item);
                }
            }
        }
        collapse(&mut plain, &mut out);
        tokens.splice(start..end, out);
    }
}

fn after_quantifier(tokens: &[Token], from: usize) -> usize {
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        if token.is_any(&["DISTINCT", "ALL", "SQL_CALC_FOUND_ROWS", "STRAIGHT_JOIN"]) {
            at += 1;
            if token.is("DISTINCT") && tokens.get(at).is_some_and(|next| next.is("ON")) {
                at = closing(tokens, at + 1) + 1;
            }
        } else if token.is("TOP")
            && tokens
                .get(at + 1)
                .is_some_and(|next| next.kind == Kind::Literal)
        {
            at += 2;
        } else {
            break;
        }
    }
    at.min(tokens.len())
}

/// Parts between a sign that is not inside brackets.
fn split<'a>(tokens: &'a [Token], separator: &str) -> Vec<&'a [Token]> {
    let mut parts = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let end = end_of(tokens, start, |token| token.is_sign(separator));
        parts.push(&tokens[start..end]);
        start = end + 1;
    }
    parts
}

fn without_alias(item: &[Token]) -> Vec<Token> {
    let named = end_of(item, 0, |token| token.is("AS"));
    if named < item.len() && named > 0 {
        return item[..named].to_vec();
    }
    if let [rest @ .., before, last] = item {
        let is_name =
            last.kind == Kind::Name || (last.kind == Kind::Word && !super::print::is_keyword(last));
        let is_whole = match before.kind {
            Kind::Word => !super::print::is_keyword(before) || before.is_any(&["NULL", "END"]),
            Kind::Sign => before.text == ")",
            _ => true,
        };
        if is_name && is_whole && !before.is_sign(".") {
            return [rest, std::slice::from_ref(before)].concat();
        }
    }
    item.to_vec()
}

fn is_plain(item: &[Token]) -> bool {
    match item {
        [one] => match one.kind {
            Kind::Word => !super::print::is_keyword(one) || one.is("NULL"),
            Kind::Name | Kind::Literal => true,
            Kind::Sign => false,
        },
        _ => false,
    }
}

fn collapse(plain: &mut Vec<Vec<Token>>, out: &mut Vec<Token>) {
    match plain.len() {
        0 => {}
        1 => push_item(out, plain.remove(0)),
        _ => push_item(out, vec![dots()]),
    }
    plain.clear();
}

fn push_item(out: &mut Vec<Token>, item: Vec<Token>) {
    if !out.is_empty() {
        out.push(sign(","));
    }
    out.extend(item);
}

/// Several assignments of plain values in an UPDATE become `..`.
fn assignments(tokens: &mut Vec<Token>) {
    if !tokens.first().is_some_and(|first| first.is("UPDATE")) {
        return;
    }
    let Some(set) = tokens.iter().position(|token| token.is("SET")) else {
        return;
    };
    let end = end_of(tokens, set + 1, |token| token.is_any(CLAUSES));
    let parts = split(&tokens[set + 1..end], ",");
    let is_plain = |part: &&[Token]| match part {
        [_, equals, value] => {
            equals.is_sign("=") && (value.kind == Kind::Literal || value.is("NULL"))
        }
        _ => false,
    };
    if parts.len() > 1 && parts.iter().all(is_plain) {
        tokens.splice(set + 1..end, [dots()]);
    }
}
