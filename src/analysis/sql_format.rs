//! A query broken into lines: a clause a line, subqueries indented, long lists filled.
//!
//! Only white space between parts changes; parts stay as they are, in their order. So any dialect, and any text that was
//! cut, comes out readable, and nothing is lost. What stands in brackets that hold no subquery stays on its line as far as
//! it fits.

use super::sql::{SqlPart, sql_parts};

/// Characters beyond which a list goes on in the next line.
const WIDTH: usize = 80;
/// Deeper lines begin where these do: depth is the data's, and room is not.
const DEEPEST: usize = 12;
/// Spaces of one level.
const STEP: &str = "  ";

/// One line of a formatted query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlLine<'q> {
    /// Levels it is indented by.
    pub indent: usize,
    /// Its parts; spaces between them are parts, too.
    pub parts: Vec<(SqlPart, &'q str)>,
}

/// Words that queries begin with.
const BEGINNINGS: [&str; 22] = [
    "ALTER",
    "BEGIN",
    "CALL",
    "COMMIT",
    "CREATE",
    "DELETE",
    "DROP",
    "EXEC",
    "EXECUTE",
    "EXPLAIN",
    "INSERT",
    "MERGE",
    "PRAGMA",
    "RELEASE",
    "REPLACE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SHOW",
    "TRUNCATE",
    "UPDATE",
    "WITH",
];

/// Words that begin a line wherever they stand in a statement.
const CLAUSES: [&str; 9] = [
    "WHERE",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "RETURNING",
];

/// Words that may stand before `JOIN`.
const JOINS: [&str; 7] = [
    "NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER",
];

/// Whether a text is SQL: it begins, behind brackets and comments, as a statement does.
pub fn is_sql(query: &str) -> bool {
    let mut parts = sql_parts(query);
    let first = parts.find(|(part, text)| {
        !matches!(part, SqlPart::Space | SqlPart::Comment) && !matches!(*text, "(" | ";")
    });
    let Some((SqlPart::Keyword | SqlPart::Name, word)) = first else {
        return false;
    };
    // `GET key` and `{"find": …}` are queries as well, but nothing to break into clauses.
    is_one_of(word, &BEGINNINGS)
        && parts
            .next()
            .is_none_or(|(_, next)| !next.starts_with(['.', '(']))
}

/// The lines of a query.
pub fn sql_lines(query: &str) -> Vec<SqlLine<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut spaced = false;
    for (part, text) in sql_parts(query) {
        match part {
            SqlPart::Space => spaced = true,
            _ => tokens.push(Token {
                part,
                text,
                spaced: std::mem::take(&mut spaced),
            }),
        }
    }
    let mut printer = Printer::default();
    for at in 0..tokens.len() {
        printer.token(&tokens, at);
    }
    printer.end_line();
    printer.lines
}

/// The lines as text.
pub fn formatted(query: &str) -> String {
    let mut out = String::with_capacity(query.len() + query.len() / 4);
    for (place, line) in sql_lines(query).iter().enumerate() {
        if place > 0 {
            out.push('\n');
        }
        out.push_str(&STEP.repeat(line.indent));
        line.parts.iter().for_each(|(_, text)| out.push_str(text));
    }
    out
}

#[derive(Clone, Copy)]
struct Token<'q> {
    part: SqlPart,
    text: &'q str,
    /// Whether white space stood before it.
    spaced: bool,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.part != SqlPart::Text && self.text.eq_ignore_ascii_case(word)
    }
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What an open bracket holds.
#[derive(Clone, Copy, PartialEq)]
enum Bracket {
    /// A query, on lines of its own.
    Query,
    /// Anything else, on the line it is on.
    Inline,
}

#[derive(Default)]
struct Printer<'q> {
    lines: Vec<SqlLine<'q>>,
    line: SqlLine<'q>,
    /// Characters on the line, indent included.
    used: usize,
    brackets: Vec<Bracket>,
    /// How many of them hold queries: the level of clauses.
    queries: usize,
    /// Whether a `BETWEEN` waits for its `AND`.
    between: bool,
    /// Open `CASE`s, within which nothing begins a line.
    cases: usize,
}

impl<'q> Printer<'q> {
    fn token(&mut self, tokens: &[Token<'q>], at: usize) {
        let token = tokens[at];
        let before = at.checked_sub(1).map(|at| tokens[at]);
        let after = tokens.get(at + 1);
        if before.is_some_and(|before| before.text.starts_with("--")) {
            // What follows would be a part of the comment.
            self.break_line(self.queries + 1);
        }
        if token.part == SqlPart::Sign {
            return self.sign(token, after);
        }
        if let SqlPart::Keyword | SqlPart::Name = token.part {
            self.word(token, before, after);
        }
        self.put(token);
    }

    fn sign(&mut self, token: Token<'q>, after: Option<&Token<'q>>) {
        match token.text {
            "(" => {
                self.put(token);
                let holds_query = after.is_some_and(|next| next.is("SELECT") || next.is("WITH"));
                if holds_query {
                    self.brackets.push(Bracket::Query);
                    self.queries += 1;
                    self.break_line(self.queries);
                } else {
                    self.brackets.push(Bracket::Inline);
                }
            }
            ")" => {
                if self.brackets.pop() == Some(Bracket::Query) {
                    self.queries -= 1;
                    self.break_line(self.queries);
                }
                self.put(token);
            }
            "," => {
                self.put(token);
                if self.used > WIDTH {
                    self.break_line(self.queries + 1);
                }
            }
            ";" => {
                self.put(token);
                self.brackets.clear();
                self.queries = 0;
                self.cases = 0;
                self.between = false;
                self.break_line(0);
            }
            _ => self.put(token),
        }
    }

    /// Begins a line where a word asks for one.
    fn word(&mut self, token: Token<'q>, before: Option<Token<'q>>, after: Option<&Token<'q>>) {
        if token.is("CASE") {
            self.cases += 1;
        } else if token.is("END") {
            self.cases = self.cases.saturating_sub(1);
        } else if token.is("BETWEEN") {
            self.between = true;
        }
        let is_inline = self.brackets.last() == Some(&Bracket::Inline) || self.cases > 0;
        if token.is("AND") && std::mem::take(&mut self.between) || is_inline {
            return;
        }
        if token.is("AND") || token.is("OR") {
            self.break_line(self.queries + 1);
        } else if begins_clause(token, before, after) {
            self.break_line(self.queries);
        }
    }

    fn put(&mut self, token: Token<'q>) {
        if token.spaced && !self.line.parts.is_empty() {
            self.line.parts.push((SqlPart::Space, " "));
            self.used += 1;
        }
        self.line.parts.push((token.part, token.text));
        // Close enough for texts of several bytes a letter: it only decides where lists go on.
        self.used += token.text.len();
    }

    fn break_line(&mut self, indent: usize) {
        self.end_line();
        self.line.indent = indent.min(DEEPEST);
        self.used = self.line.indent * STEP.len();
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.parts.is_empty() {
            self.lines.push(line);
        }
    }
}

/// Whether a word begins a clause, by what stands beside it.
fn begins_clause(token: Token<'_>, before: Option<Token<'_>>, after: Option<&Token<'_>>) -> bool {
    let follows = |words: &[&str]| before.is_some_and(|before| is_one_of(before.text, words));
    let leads = |words: &[&str]| after.is_some_and(|after| is_one_of(after.text, words));
    // `table.from` is a column; the `..` of a template is no table.
    if follows(&["."]) && !token.spaced {
        return false;
    }
    let word = token.text.to_ascii_uppercase();
    match word.as_str() {
        // `DELETE FROM`, `IS DISTINCT FROM`.
        "FROM" => !follows(&["DELETE", "DISTINCT"]),
        // `INSERT … SELECT`, `UNION ALL SELECT`; `EXPLAIN SELECT` is one line.
        "SELECT" => !follows(&["EXPLAIN", "ANALYZE"]),
        "GROUP" | "ORDER" => leads(&["BY"]),
        "JOIN" => !follows(&JOINS),
        "NATURAL" | "LEFT" | "RIGHT" | "FULL" | "INNER" | "CROSS" => {
            !follows(&JOINS) && leads(&["JOIN", "OUTER", "LEFT", "RIGHT", "FULL", "INNER"])
        }
        "ON" => leads(&["CONFLICT", "DUPLICATE"]),
        "FOR" => leads(&["UPDATE", "SHARE", "NO", "KEY"]),
        // Elsewhere it is a function.
        "VALUES" => before.is_none_or(|before| before.part != SqlPart::Sign || before.text == ")"),
        // `DO UPDATE SET`, `ON UPDATE SET NULL`.
        "SET" => !follows(&["UPDATE", "DELETE"]),
        clause => CLAUSES.contains(&clause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn clauses_stand_on_lines() {
        for (query, expected) in [
            (
                "SELECT .. FROM t WHERE t.from = %s",
                "SELECT ..\nFROM t\nWHERE t.from = %s",
            ),
            (
                "SELECT a, b FROM t WHERE x = $1 AND y BETWEEN 1 AND 2 OR z LIKE '%from where%' ORDER BY a DESC LIMIT 21",
                "SELECT a, b\nFROM t\nWHERE x = $1\n  AND y BETWEEN 1 AND 2\n  OR z LIKE '%from where%'\nORDER BY a DESC\nLIMIT 21",
            ),
            (
                "select * from \"a\" left outer join b on (a.id=b.a and b.c is not null) inner join c using (id)",
                "select *\nfrom \"a\"\nleft outer join b on (a.id=b.a and b.c is not null)\ninner join c using (id)",
            ),
            (
                "SELECT id FROM t WHERE id IN (SELECT t_id FROM u WHERE n IN (1, 2)) AND ok",
                "SELECT id\nFROM t\nWHERE id IN (\n  SELECT t_id\n  FROM u\n  WHERE n IN (1, 2)\n)\n  AND ok",
            ),
            (
                "WITH x AS (SELECT 1) SELECT extract(year FROM d), left(n, 2) FROM x",
                "WITH x AS (\n  SELECT 1\n)\nSELECT extract(year FROM d), left(n, 2)\nFROM x",
            ),
            (
                "INSERT INTO `t` (`a`, `b`) VALUES (?, ?), (?, ?) ON DUPLICATE KEY UPDATE `a` = VALUES(`a`)",
                "INSERT INTO `t` (`a`, `b`)\nVALUES (?, ?), (?, ?)\nON DUPLICATE KEY UPDATE `a` = VALUES(`a`)",
            ),
            (
                "UPDATE [my t] SET a = @p1 WHERE b IS DISTINCT FROM c RETURNING *",
                "UPDATE [my t]\nSET a = @p1\nWHERE b IS DISTINCT FROM c\nRETURNING *",
            ),
            (
                "DELETE FROM t WHERE a = CASE WHEN b AND c THEN 1 ELSE 2 END;SELECT 1",
                "DELETE FROM t\nWHERE a = CASE WHEN b AND c THEN 1 ELSE 2 END;\nSELECT 1",
            ),
            (
                "SELECT a -- why, FROM where\n, b /* FROM */ FROM t FOR UPDATE",
                "SELECT a -- why, FROM where\n  , b /* FROM */\nFROM t\nFOR UPDATE",
            ),
            (
                "SELECT a FROM t WHERE x = 'cut off here",
                "SELECT a\nFROM t\nWHERE x = 'cut off here",
            ),
            ("SELECT a FR…", "SELECT a FR…"),
            ("select t.from from t", "select t.from\nfrom t"),
            ("BEGIN", "BEGIN"),
            ("", ""),
        ] {
            assert_eq!(formatted(query), expected);
        }
    }

    #[test]
    fn long_lists_are_filled() {
        let columns: Vec<String> = (0..40).map(|n| format!("\"t\".\"column_{n}\"")).collect();
        let query = format!("SELECT {} FROM \"t\"", columns.join(", "));
        let lines = sql_lines(&query);
        assert!(lines.len() > 8 && lines.len() < 16, "{}", lines.len());
        let inner = &lines[1..lines.len() - 1];
        assert!(inner.iter().all(|line| line.indent == 1));
        assert!(formatted(&query).lines().all(|line| line.len() < 110));
    }

    #[test]
    fn depth_costs_no_room() {
        let query = "SELECT (".repeat(10_000);
        assert!(formatted(&query).len() < 50 * query.len());
    }

    #[test]
    fn what_is_sql() {
        for query in [
            "SELECT 1",
            " (select 1)",
            "/* a */ WITH x AS",
            "begin",
            "EXEC sp 1",
        ] {
            assert!(is_sql(query), "{query}");
        }
        for query in [
            "GET user:1",
            "{\"find\": 1}",
            "",
            "users.find",
            "select.all",
            "hgetall x",
        ] {
            assert!(!is_sql(query), "{query}");
        }
    }

    fn significant(query: &str) -> Vec<(SqlPart, String)> {
        let parts = sql_parts(query).filter(|(part, _)| *part != SqlPart::Space);
        parts.map(|(part, text)| (part, text.to_owned())).collect()
    }

    proptest! {
        #[test]
        fn no_part_changes(query in "(SELECT|FROM|AND|\\(|\\)|,|'a|'|\"|--|\n|/\\*|\\*/|;|[a-z]{1,3}| |\\$1|=|é|CASE|END){0,40}") {
            let lines = sql_lines(&query);
            let kept: Vec<(SqlPart, String)> = lines
                .iter()
                .flat_map(|line| &line.parts)
                .filter(|(part, _)| *part != SqlPart::Space)
                .map(|(part, text)| (*part, (*text).to_owned()))
                .collect();
            prop_assert_eq!(kept, significant(&query));
            // What is copied reads as the same query.
            prop_assert_eq!(significant(&formatted(&query)), significant(&query));
        }
    }
}
