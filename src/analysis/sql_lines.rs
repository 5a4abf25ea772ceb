//! A query in lines, as people write it: a clause a line, conditions under their clause, subqueries further in.

use super::sql::{SqlPart, sql_parts};

/// Words that begin a line of their own, unless the word before belongs to them.
const CLAUSES: [&str; 20] = [
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "VALUES",
    "SET",
    "RETURNING",
    "INNER",
    "LEFT",
    "RIGHT",
    "FULL",
    "CROSS",
    "JOIN",
    "ON CONFLICT",
];
/// Words that begin a line further in.
const CONDITIONS: [&str; 2] = ["AND", "OR"];
/// A `JOIN` stands in the line of these.
const OF_JOIN: [&str; 6] = ["INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER"];
/// Brackets that indent; deeper ones do not, so that lines stay on the screen.
const DEEPEST: usize = 8;

/// The query with line breaks instead of spaces before its clauses; only white space changes.
pub fn in_lines(query: &str) -> String {
    let mut out = String::with_capacity(query.len() + 64);
    // For each open bracket whether a query is in it.
    let mut open: Vec<bool> = Vec::new();
    let mut before = String::new();
    let mut between = false;
    for (part, text) in sql_parts(query) {
        if part == SqlPart::Space {
            out.push(' ');
            continue;
        }
        let word = text.to_ascii_uppercase();
        let is_word = matches!(part, SqlPart::Keyword | SqlPart::Name);
        let is_select = is_word && word == "SELECT";
        if is_select
            && before == "("
            && let Some(last) = open.last_mut()
        {
            *last = true;
        }
        let depth = open
            .iter()
            .filter(|is_query| **is_query)
            .count()
            .min(DEEPEST);
        // Within brackets without a query, as of functions, everything stays in its line.
        let breaks = open.last().is_none_or(|is_query| *is_query);
        let is_clause = CLAUSES.contains(&word.as_str())
            && !(word == "JOIN" && OF_JOIN.contains(&before.as_str()))
            && !(word == "FROM" && before == "DISTINCT");
        let is_and_of_between = word == "AND" && std::mem::take(&mut between);
        between |= word == "BETWEEN";
        let is_condition = CONDITIONS.contains(&word.as_str()) && !is_and_of_between;
        let is_new = is_select && !before.is_empty();
        if is_word && breaks && (is_clause || is_condition || is_new) && !out.trim().is_empty() {
            let further = usize::from(is_condition);
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.push_str(&"  ".repeat(depth + further));
        }
        match text {
            "(" => open.push(false),
            ")" => drop(open.pop()),
            _ => {}
        }
        out.push_str(text);
        before = word;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_takes_a_line() {
        for (query, expected) in [
            ("SELECT 1", "SELECT 1"),
            (
                "SELECT a, COUNT(*) FROM b INNER JOIN c ON (x = y) WHERE d = %s AND e BETWEEN 1 AND 2 OR f ORDER BY a LIMIT %s",
                "SELECT a, COUNT(*)\nFROM b\nINNER JOIN c ON (x = y)\nWHERE d = %s\n  AND e BETWEEN 1 AND 2\n  OR f\nORDER BY a\nLIMIT %s",
            ),
            (
                "SELECT a FROM b WHERE c IN (SELECT d FROM e WHERE f) AND g = EXTRACT(DAY FROM h)",
                "SELECT a\nFROM b\nWHERE c IN (\n  SELECT d\n  FROM e\n  WHERE f)\n  AND g = EXTRACT(DAY FROM h)",
            ),
            ("GET *", "GET *"),
            ("", ""),
        ] {
            assert_eq!(in_lines(query), expected);
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(
                bare(&in_lines(query)),
                bare(query),
                "only white space changes"
            );
        }
        let deep = "SELECT (".repeat(10_000);
        assert!(in_lines(&deep).len() < deep.len() * 8);
    }
}
