//! The parts of a query's text, whatever the dialect: enough to colour it, to break it into lines and to find its literals.
//!
//! Nothing is checked: what no dialect knows comes out as signs, and all parts together are always the whole text.

/// What a part of a query is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlPart {
    /// `SELECT`, in any case.
    Keyword,
    /// A table, column or function; also in `"…"`, `` `…` `` and `[…]`.
    Name,
    /// `'…'`, `$$…$$`, and `"…"` where a value is expected.
    Text,
    /// `12`, `1.5e3`, `0x1f`.
    Number,
    /// `?`, `$1`, `:name`, `@p1`, `%s`, `%(name)s`.
    Parameter,
    /// `-- …` and `/* … */`.
    Comment,
    /// Brackets, operators, commas.
    Sign,
    /// White space.
    Space,
}

/// Words with a meaning of their own, in order.
const KEYWORDS: &[&str] = &[
    "ALL",
    "ALTER",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COMMIT",
    "CONFLICT",
    "CREATE",
    "CROSS",
    "DEFAULT",
    "DELETE",
    "DESC",
    "DISTINCT",
    "DO",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FETCH",
    "FIRST",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "KEY",
    "LATERAL",
    "LEFT",
    "LIKE",
    "ILIKE",
    "LIMIT",
    "NATURAL",
    "NEXT",
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
    "PRAGMA",
    "RELEASE",
    "REPLACE",
    "RETURNING",
    "RIGHT",
    "ROLLBACK",
    "ROW",
    "ROWS",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHARE",
    "SHOW",
    "START",
    "TABLE",
    "THEN",
    "TO",
    "TRANSACTION",
    "TRUE",
    "TRUNCATE",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// The parts of a query in order.
pub fn sql_parts(query: &str) -> SqlParts<'_> {
    SqlParts {
        rest: query,
        values_expected: false,
        list: None,
        after_dot: false,
    }
}

/// See [`sql_parts`].
#[derive(Clone, Debug)]
pub struct SqlParts<'q> {
    rest: &'q str,
    /// Whether what was before compares: then `"…"` is a text.
    values_expected: bool,
    /// How many brackets are open since `VALUES` or `IN`; within them values are listed.
    list: Option<u32>,
    after_dot: bool,
}

impl<'q> Iterator for SqlParts<'q> {
    type Item = (SqlPart, &'q str);

    fn next(&mut self) -> Option<(SqlPart, &'q str)> {
        let (part, len) = self.first()?;
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        self.look_back_on(part, text);
        Some((part, text))
    }
}

impl SqlParts<'_> {
    fn first(&self) -> Option<(SqlPart, usize)> {
        let rest = self.rest;
        let first = rest.chars().next()?;
        let second = rest[first.len_utf8()..].chars().next().unwrap_or(' ');
        Some(match first {
            c if c.is_whitespace() => (SqlPart::Space, run(rest, char::is_whitespace)),
            '\'' => (SqlPart::Text, quoted(rest, '\'')),
            '"' if self.is_text() => (SqlPart::Text, quoted(rest, '"')),
            '"' | '`' => (SqlPart::Name, quoted(rest, first)),
            '[' if second.is_alphabetic() => (SqlPart::Name, until(rest, "]")),
            '-' if second == '-' => (SqlPart::Comment, run(rest, |c| c != '\n')),
            '/' if second == '*' => (SqlPart::Comment, until(rest, "*/")),
            '?' => (
                SqlPart::Parameter,
                1 + run(&rest[1..], |c| c.is_ascii_digit()),
            ),
            '$' if second.is_ascii_digit() => (
                SqlPart::Parameter,
                1 + run(&rest[1..], |c| c.is_ascii_digit()),
            ),
            '$' if second == '$' => (SqlPart::Text, 2 + until(&rest[2..], "$$")),
            ':' if second == ':' => (SqlPart::Sign, 2),
            ':' | '@' if is_name_start(second) => {
                (SqlPart::Parameter, 1 + run(&rest[1..], is_name))
            }
            '%' if second == 's' => (SqlPart::Parameter, 2),
            '%' if second == '(' => (SqlPart::Parameter, (until(rest, ")") + 1).min(rest.len())),
            c if c.is_ascii_digit() => (SqlPart::Number, number(rest)),
            c if is_name_start(c) => word(rest),
            c => (SqlPart::Sign, c.len_utf8()),
        })
    }

    /// Whether a text in double quotes is a value here and not a name.
    fn is_text(&self) -> bool {
        let after = self.rest[quoted(self.rest, '"')..].trim_start();
        (self.values_expected || self.list.is_some_and(|open| open > 0))
            && !self.after_dot
            && !after.starts_with('.')
    }

    fn look_back_on(&mut self, part: SqlPart, text: &str) {
        let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        match part {
            SqlPart::Space | SqlPart::Comment => return,
            SqlPart::Keyword if is(&["VALUES", "IN"]) => self.list = Some(0),
            SqlPart::Keyword => self.list = None,
            SqlPart::Sign => {
                let open = self.list.unwrap_or(0);
                self.list = match (self.list, text) {
                    (Some(_), "(") => Some(open + 1),
                    (Some(_), ")") => Some(open.saturating_sub(1)),
                    // Between the rows of `VALUES`, as well.
                    (Some(_), _) => Some(open),
                    (None, _) => None,
                };
            }
            _ => {}
        }
        let compares = part == SqlPart::Sign && matches!(text, "=" | "<" | ">" | ":");
        self.values_expected = compares || part == SqlPart::Keyword && is(&["LIKE", "ILIKE"]);
        self.after_dot = text == ".";
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of what all characters at the start are.
fn run(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

/// The length up to and with an end, or of everything.
fn until(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

/// The length of a text in quotes, in which a quote is doubled or has a backslash before it.
fn quoted(text: &str, quote: char) -> usize {
    let (bytes, quote) = (text.as_bytes(), quote as u8);
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'\\' => 2,
            byte if *byte == quote && bytes.get(at + 1) == Some(&quote) => 2,
            byte if *byte == quote => return at + 1,
            _ => 1,
        };
    }
    text.len()
}

fn number(text: &str) -> usize {
    if text.starts_with("0x") || text.starts_with("0X") {
        return 2 + run(&text[2..], |c| c.is_ascii_hexdigit());
    }
    let mut len = run(text, |c| c.is_ascii_digit());
    let digits = |after: usize| run(&text[after.min(text.len())..], |c| c.is_ascii_digit());
    if text[len..].starts_with('.') && digits(len + 1) > 0 {
        len += 1 + digits(len + 1);
    }
    if text[len..].starts_with(['e', 'E']) {
        let sign = usize::from(text[len + 1..].starts_with(['+', '-']));
        if digits(len + 1 + sign) > 0 {
            len += 1 + sign + digits(len + 1 + sign);
        }
    }
    // What goes on in letters is an id, such as `17ab`: one literal all the same.
    len + run(&text[len..], is_name)
}

/// A keyword, a name, or a text with a prefix: `E'…'`.
fn word(text: &str) -> (SqlPart, usize) {
    let len = run(text, is_name);
    let word = &text[..len];
    if len <= 2 && text[len..].starts_with('\'') {
        return (SqlPart::Text, len + quoted(&text[len..], '\''));
    }
    let is_keyword = KEYWORDS
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(word));
    let part = if is_keyword {
        SqlPart::Keyword
    } else {
        SqlPart::Name
    };
    (part, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts but for white space, each by its first letter and text.
    fn told(query: &str) -> String {
        let parts: Vec<_> = sql_parts(query).collect();
        let whole: String = parts.iter().map(|(_, text)| *text).collect();
        assert_eq!(whole, query, "nothing is lost");
        let shown = parts.iter().filter(|(part, _)| *part != SqlPart::Space);
        let shown = shown.map(|(part, text)| match part {
            SqlPart::Keyword => format!("K{text}"),
            SqlPart::Name => format!("N{text}"),
            SqlPart::Text => format!("T{text}"),
            SqlPart::Number => format!("#{text}"),
            SqlPart::Parameter => format!("P{text}"),
            SqlPart::Comment => format!("C{text}"),
            SqlPart::Sign | SqlPart::Space => (*text).to_owned(),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn parts_of_queries() {
        for (query, expected) in [
            ("select a FROM b", "Kselect Na KFROM Nb"),
            (
                "a='it''s' AND b=E'\\'x'",
                "Na = T'it''s' KAND Nb = TE'\\'x'",
            ),
            ("id IN (1, 2.5e3, 0xff)", "Nid KIN ( #1 , #2.5e3 , #0xff )"),
            ("\"t\".\"c\" = $1::int", "N\"t\" . N\"c\" = P$1 :: Nint"),
            (
                "name = \"ann\" OR \"a\".\"b\" = \"c\".\"d\"",
                "Nname = T\"ann\" KOR N\"a\" . N\"b\" = N\"c\" . N\"d\"",
            ),
            (
                "VALUES (\"a\", ?), (\"b\", %s)",
                "KVALUES ( T\"a\" , P? ) , ( T\"b\" , P%s )",
            ),
            ("x = :id -- why\n/* c */ y", "Nx = P:id C-- why C/* c */ Ny"),
            ("`t` [my col] %(n)s @p", "N`t` N[my col] P%(n)s P@p"),
            ("'never closed", "T'never closed"),
            ("GET user:42", "NGET Nuser : #42"),
            ("$$a 'b'$$ ü 17ab", "T$$a 'b'$$ Nü #17ab"),
        ] {
            assert_eq!(told(query), expected);
        }
    }

    #[test]
    fn any_text_is_cut_without_loss() {
        for query in [
            "",
            "'",
            "\"",
            "\\",
            "'\\",
            "$",
            "$$",
            "0x",
            "1e",
            "1.",
            "%(",
            "/*",
            "é'é\"é`é",
            "E'",
        ] {
            told(query);
        }
    }
}
