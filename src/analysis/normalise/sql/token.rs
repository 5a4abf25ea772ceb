//! A statement as tokens, in the dialects that people use.
//!
//! What cannot be told apart for certain (a quote that never ends, an ellipsis where a text was cut) is [`Unreadable`], and
//! the caller falls back to replacing what looks like a literal.

/// The text is no whole SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word that is not quoted: a keyword or a name.
    Word,
    /// A name in quotes, which are not part of its text.
    Name,
    /// A number, text or placeholder for one.
    Literal,
    /// Signs.
    Sign,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text; of a name without quotes.
    pub text: String,
}

impl Token {
    /// A token.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, text }
    }

    /// Whether it is this word, in capitals or not.
    pub fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these words.
    pub fn is_any(&self, words: &[&str]) -> bool {
        self.kind == Kind::Word
            && words
                .iter()
                .any(|word| self.text.eq_ignore_ascii_case(word))
    }

    /// Whether it is this sign.
    pub fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// A token as it stands in a text.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    kind: Kind,
    text: &'a str,
}

/// Signs of more than one character, the longest first.
const LONG_SIGNS: &[&str] = &[
    "->>", "#>>", "!~~", "<=>", "->", "#>", "<>", "!=", "<=", ">=", "||", "::", ":=", "@>", "<@",
    "&&", "~*", "!~", "<<", ">>", "==", "@@", "=>",
];

/// The tokens of a text without its comments.
pub fn tokens(text: &str, system: Option<&str>) -> Result<Vec<Token>, Unreadable> {
    let mut reader = Reader::new(text, system);
    let mut all = Vec::new();
    while let Some(piece) = reader.next()? {
        all.push(Token::new(piece.kind, piece.text));
    }
    Ok(all)
}

/// Tokens as one text: equal for texts of equal tokens, and for no others.
pub fn shape(text: &str, system: Option<&str>) -> Result<String, Unreadable> {
    let mut reader = Reader::new(text, system);
    let mut shape = String::with_capacity(text.len());
    while let Some(piece) = reader.next()? {
        // No token but a name has control characters in it, and there their number tells.
        shape.push(match piece.kind {
            Kind::Word => '\u{1}',
            Kind::Name => '\u{2}',
            Kind::Literal => {
                shape.push('\u{3}');
                continue;
            }
            Kind::Sign => '\u{4}',
        });
        if piece.kind == Kind::Name {
            shape.push_str(&piece.text.len().to_string());
            shape.push('\u{2}');
        }
        shape.push_str(piece.text);
    }
    Ok(shape)
}

struct Reader<'a> {
    rest: &'a str,
    mysql: bool,
    mssql: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, system: Option<&str>) -> Self {
        Self {
            rest: text,
            mysql: matches!(system, Some("mysql" | "mariadb")),
            mssql: matches!(system, Some("mssql" | "microsoft.sql_server")),
        }
    }

    fn next(&mut self) -> Result<Option<Piece<'a>>, Unreadable> {
        self.skip_blanks()?;
        let Some(first) = self.rest.chars().next() else {
            return Ok(None);
        };
        let second = self.rest[first.len_utf8()..].chars().next();
        Ok(Some(match (first, second) {
            ('\'', _) => self.text('\'')?,
            ('N' | 'n' | 'E' | 'e' | 'X' | 'x' | 'B' | 'b', Some('\'')) => {
                self.take(1);
                self.text('\'')?
            }
            ('"', _) if self.mysql => self.text('"')?,
            ('"', _) => self.name('"')?,
            ('`', _) => self.name('`')?,
            ('[', _) if self.mssql => self.name(']')?,
            ('?', _) => self.literal(|c| c == '?'),
            ('$', Some('0'..='9')) => self.literal(|c| c == '$' || c.is_ascii_digit()),
            (':', Some(c)) if is_word(c) => self.literal(|c| c == ':' || is_word(c)),
            ('%', Some('s')) if !self.rest[2..].starts_with(is_word) => {
                self.take(2);
                LITERAL
            }
            ('%', Some('(')) => self.named_placeholder()?,
            ('0'..='9', _) => self.number()?,
            ('.', Some('0'..='9')) => self.number()?,
            ('.', Some('.')) | ('\\', _) => return Err(Unreadable),
            (c, _) if is_word(c) || c == '@' && second.is_some_and(is_word) => self.word(),
            _ => self.sign(first),
        }))
    }

    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        taken
    }

    fn skip_blanks(&mut self) -> Result<(), Unreadable> {
        loop {
            self.rest = self.rest.trim_start();
            let is_operator = ["#>", "#-"].iter().any(|sign| self.rest.starts_with(sign));
            if self.rest.starts_with("--") || (self.rest.starts_with('#') && !is_operator) {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            } else if self.rest.starts_with("/*") {
                let end = self.rest.find("*/").ok_or(Unreadable)?;
                self.rest = &self.rest[end + 2..];
            } else {
                return Ok(());
            }
        }
    }

    /// A text: its quote is doubled or escaped inside. Where a word follows `\\'`, the quote may have been escaped twice.
    fn text(&mut self, quote: char) -> Result<Piece<'a>, Unreadable> {
        let mut chars = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            if c == '\\' {
                chars.next();
            } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
                let is_escaped = self.rest[..at].ends_with('\\');
                let is_within = chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
                if is_escaped && is_within {
                    return Err(Unreadable);
                }
                self.take(at + 1);
                return Ok(LITERAL);
            }
        }
        Err(Unreadable)
    }

    fn name(&mut self, quote: char) -> Result<Piece<'a>, Unreadable> {
        let inner = &self.rest[1..];
        let end = inner.find(quote).ok_or(Unreadable)?;
        let name = &inner[..end];
        self.rest = &inner[end + 1..];
        Ok(Piece::new(Kind::Name, name))
    }

    fn literal(&mut self, belongs: impl Fn(char) -> bool) -> Piece<'a> {
        self.rest = self.rest.trim_start_matches(belongs);
        LITERAL
    }

    fn named_placeholder(&mut self) -> Result<Piece<'a>, Unreadable> {
        let end = self.rest.find(")s").ok_or(Unreadable)?;
        self.take(end + 2);
        Ok(LITERAL)
    }

    fn number(&mut self) -> Result<Piece<'a>, Unreadable> {
        let mut end = 0;
        let mut before = ' ';
        for c in self.rest.chars() {
            let is_sign_of_exponent = matches!(c, '+' | '-')
                && matches!(before, 'e' | 'E')
                && !self.rest.starts_with("0x");
            if !is_word(c) && c != '.' && !is_sign_of_exponent {
                break;
            }
            end += c.len_utf8();
            before = c;
        }
        let number = self.take(end);
        // What only begins like a number is a name, as some systems allow: `1st_table`.
        let is_hex = number.starts_with("0x") || number.starts_with("0X");
        let is_number = is_hex
            || number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
        if is_number && !number.ends_with("..") {
            return Ok(LITERAL);
        }
        match number.chars().all(is_word) {
            true => Ok(Piece::new(Kind::Word, number)),
            false => Err(Unreadable),
        }
    }

    fn word(&mut self) -> Piece<'a> {
        let end = self
            .rest
            .find(|c| !is_word(c) && c != '@')
            .unwrap_or(self.rest.len());
        Piece::new(Kind::Word, self.take(end))
    }

    fn sign(&mut self, first: char) -> Piece<'a> {
        let long = LONG_SIGNS.iter().find(|sign| self.rest.starts_with(**sign));
        let text = self.take(long.map_or(first.len_utf8(), |sign| sign.len()));
        Piece::new(Kind::Sign, text)
    }
}

impl<'a> Piece<'a> {
    fn new(kind: Kind, text: &'a str) -> Self {
        Self { kind, text }
    }
}

/// What every literal becomes.
const LITERAL: Piece<'static> = Piece {
    kind: Kind::Literal,
    text: "%s",
};

/// The token that every literal becomes.
pub fn literal() -> Token {
    Token::new(LITERAL.kind, LITERAL.text)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, system: Option<&str>) -> String {
        let shown = |token: &Token| match token.kind {
            Kind::Name => format!("«{}»", token.text),
            _ => token.text.clone(),
        };
        match tokens(text, system) {
            Ok(tokens) => tokens.iter().map(shown).collect::<Vec<_>>().join(" "),
            Err(Unreadable) => "unreadable".to_owned(),
        }
    }

    #[test]
    fn shapes_are_equal_when_tokens_are() {
        let texts = [
            "SELECT a FROM t WHERE b = 7",
            "SELECT  a FROM t /* x */ WHERE b = 'seven'",
            "SELECT a FROM t WHERE b=$1",
            "SELECT a FROM t WHERE b = c",
            "SELECT \"a\" FROM t WHERE b = 7",
            "select a FROM t WHERE b = 7",
            "SELECT a FROM t WHERE b = 7 -- end",
            "SELECT \"a\u{1}FROM\"",
            "SELECT \"a\" FROM",
            "a b",
            "ab",
            "a'b'",
            "",
        ];
        for (left, right) in texts
            .iter()
            .flat_map(|left| texts.map(|right| (*left, right)))
        {
            assert_eq!(
                shape(left, None) == shape(right, None),
                tokens(left, None) == tokens(right, None),
                "{left:?} {right:?}"
            );
        }
    }

    #[test]
    fn dialects_differ_in_their_quotes() {
        for (system, text, expected) in [
            (None, "a.\"b c\"", "a . «b c»"),
            (Some("mysql"), "\"b \\\" c\" `d`", "%s «d»"),
            (Some("mssql"), "[a b] N'c'", "«a b» %s"),
            (None, "'it''s' 'it\\'s'", "%s %s"),
            (
                None,
                "? $1 %s %(name)s :name x::int",
                "%s %s %s %s %s x :: int",
            ),
            (
                None,
                "1 1.5 .5 1e-7 0xAF 1st_table",
                "%s %s %s %s %s 1st_table",
            ),
            (None, "a--b\nc/* d */e#f\ng", "a c e g"),
            (None, "a->>'b' @> c <> d", "a ->> %s @> c <> d"),
            (None, "'open", "unreadable"),
            (None, "a /* open", "unreadable"),
            (None, "a ...", "unreadable"),
            (None, "größe = 1", "größe = %s"),
        ] {
            assert_eq!(shown(text, system), expected, "{text}");
        }
    }
}
