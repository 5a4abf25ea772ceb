//! Texts within Markdown: what was recorded stays text, whatever it holds.
//!
//! Knows neither what the texts are nor where they stand.

use crate::analysis::ansi;

/// A text in one line, without what only a terminal obeys, and cut after so many characters.
pub fn line(text: &str, most: usize) -> String {
    let plain = ansi::plain(text).replace(|c: char| c.is_control() && !c.is_whitespace(), "");
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(most) {
        None => plain,
        Some((at, _)) => format!("{}…", &plain[..at]),
    }
}

/// A text in which nothing is Markdown or HTML.
pub fn words(text: &str, most: usize) -> String {
    let mut out = String::new();
    for c in line(text, most).chars() {
        if "\\`*_[]<>|#&@!~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text as code, in as many backticks as it takes; within tables, where `|` would end the cell.
pub fn code(text: &str, most: usize) -> String {
    let text = line(text, most).replace('|', "¦");
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        assert_eq!(
            words("a|b *c* <img>\n@all", 99),
            "a\\|b \\*c\\* \\<img\\> \\@all"
        );
        assert_eq!(
            words("\u{1b}[31mred\u{1b}[0m\u{7}, \u{1} &lt;", 99),
            "red, \\&lt;"
        );
        assert_eq!(code("a `b` | c", 99), "``a `b` ¦ c``");
        assert_eq!(code("`b`", 99), "`` `b` ``");
        assert_eq!(code("abcdef", 3), "`abc…`");
        assert_eq!(code("", 3), "");
    }
}
