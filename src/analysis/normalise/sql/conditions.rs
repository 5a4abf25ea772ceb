//! Conditions: operands that repeat and brackets that change nothing are left out.
//!
//! Code that builds a condition from a list makes `a = %s OR a = %s OR …`; how long the list was is not the statement's shape.

use super::print::CLAUSES;
use super::token::{Kind, Token};
use super::{closing, end_of};

/// Deeper brackets become `..`.
pub const DEEPEST: usize = 64;

/// Simplifies what follows WHERE, ON and HAVING.
pub fn simplify(tokens: &mut Vec<Token>) {
    // From the last to the first: conditions of inner queries come first.
    for at in (0..tokens.len()).rev() {
        if !tokens[at].is_any(&["WHERE", "ON", "HAVING"]) {
            continue;
        }
        let end = end_of(tokens, at + 1, |token| {
            token.is_any(CLAUSES) || token.is_sign(",")
        });
        let range = at + 1..end;
        let has_logic = tokens[range.clone()]
            .iter()
            .any(|token| token.is_any(&["AND", "OR"]) || token.is_sign("("));
        if has_logic {
            let condition = read(&tokens[range.clone()], DEEPEST);
            let mut out = Vec::new();
            condition.write(&mut out);
            tokens.splice(range, out);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    And,
    Or,
}

impl Op {
    fn word(self) -> &'static str {
        match self {
            Self::And => "AND",
            Self::Or => "OR",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Chain(Op, Vec<Self>),
    Brackets(Box<Self>),
    Leaf(Vec<Token>),
}

/// Reads a condition and simplifies it on the way.
fn read(tokens: &[Token], depth: usize) -> Condition {
    if depth == 0 {
        return Condition::Leaf(vec![Token::new(Kind::Literal, "..")]);
    }
    for op in [Op::Or, Op::And] {
        let parts = split(tokens, op);
        if parts.len() > 1 {
            return chain(
                op,
                parts.into_iter().map(|part| read(part, depth)).collect(),
            );
        }
    }
    if let [first, .., _] = tokens
        && first.is_sign("(")
        && closing(tokens, 0) == tokens.len() - 1
    {
        let inside = &tokens[1..tokens.len() - 1];
        if !inside
            .first()
            .is_some_and(|token| token.is_any(&["SELECT", "WITH"]))
        {
            return match read(inside, depth - 1) {
                inner @ Condition::Brackets(_) => inner,
                inner => Condition::Brackets(Box::new(inner)),
            };
        }
    }
    Condition::Leaf(tokens.to_vec())
}

/// Operands joined by one word; an operand that repeats the one before it is left out.
fn chain(op: Op, operands: Vec<Condition>) -> Condition {
    let mut kept: Vec<Condition> = Vec::new();
    for operand in operands {
        let operand = without_brackets(op, operand);
        if kept.last() != Some(&operand) {
            kept.push(operand);
        }
    }
    match kept.len() {
        1 => kept.remove(0),
        _ => Condition::Chain(op, kept),
    }
}

/// Brackets around a chain of the same word change nothing.
fn without_brackets(op: Op, operand: Condition) -> Condition {
    match operand {
        Condition::Brackets(inner) if matches!(&*inner, Condition::Chain(own, _) if *own == op) => {
            *inner
        }
        other => other,
    }
}

fn split(tokens: &[Token], op: Op) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut between = false;
    while at < tokens.len() {
        let token = &tokens[at];
        if token.is("BETWEEN") {
            between = true;
        } else if token.is("AND") && between {
            between = false;
        } else if token.is(op.word()) {
            parts.push(&tokens[start..at]);
            start = at + 1;
        }
        at = match token.is_sign("(") {
            true => closing(tokens, at) + 1,
            false => at + 1,
        };
    }
    parts.push(&tokens[start..]);
    parts
}

impl Condition {
    fn write(&self, out: &mut Vec<Token>) {
        match self {
            Self::Leaf(tokens) => out.extend(tokens.iter().cloned()),
            Self::Brackets(inner) => {
                out.push(Token::new(Kind::Sign, "("));
                inner.write(out);
                out.push(Token::new(Kind::Sign, ")"));
            }
            Self::Chain(op, operands) => {
                for (place, operand) in operands.iter().enumerate() {
                    if place > 0 {
                        out.push(Token::new(Kind::Word, op.word()));
                    }
                    operand.write(out);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::normalise::sql::print::print;
    use crate::analysis::normalise::sql::token::tokens;

    #[test]
    fn brackets_nest_as_deep_as_they_like() {
        let deep = format!(
            "SELECT a FROM t WHERE {}a OR b{}",
            "(".repeat(9_000),
            ")".repeat(9_000)
        );
        let mut tokens = tokens(&deep, None).expect("it is SQL");
        simplify(&mut tokens);
        assert!(print(&tokens).len() < 300);
    }
}
