//! Letters that a text must hold for a regular expression to be found in it: they are found more quickly.

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{
    Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition,
};

/// Shorter ones are in so many texts that looking for them gains little.
const SHORTEST: usize = 3;
/// Longer ones are cut: so many letters are rare enough.
const LONGEST: usize = 32;
/// So many are looked for at once, at most.
const MOST: usize = 16;
/// How many pieces of an expression are taken as the beginning of what is required.
const PIECES: usize = 64;

/// Letters of which each text of ASCII in which the expression is found holds at least one, once the text is brought to
/// lower case; none when nothing is known.
///
/// The literals that any match of a run of the expression's pieces begins with, as the crate `regex-syntax` finds them,
/// for the run with the longest of them.
pub(super) fn required(expression: &Hir) -> Vec<Vec<u8>> {
    let folded = folded(expression);
    let pieces = match folded.kind() {
        HirKind::Concat(pieces) => pieces.as_slice(),
        _ => std::slice::from_ref(&folded),
    };
    let runs = (0..pieces.len().min(PIECES)).map(|from| {
        let until = pieces.len().min(from + PIECES);
        Hir::concat(pieces[from..until].to_vec())
    });
    let found = runs
        .map(|run| beginnings(&run))
        .filter(|found| !found.is_empty());
    let best = found.max_by_key(|found| (found.len() == 1, found.iter().map(Vec::len).min()));
    best.unwrap_or_default()
}

/// What all matches of an expression begin with: one literal if they share one, else several.
fn beginnings(expression: &Hir) -> Vec<Vec<u8>> {
    let mut extractor = Extractor::new();
    extractor.limit_literal_len(LONGEST).limit_total(MOST);
    let found = extractor.extract(expression);
    let common = found.longest_common_prefix().unwrap_or_default();
    if common.len() >= SHORTEST {
        return vec![common.to_vec()];
    }
    let all = found.literals().unwrap_or_default();
    let all: Vec<Vec<u8>> = all.iter().map(|one| one.as_bytes().to_vec()).collect();
    let selective = all.iter().all(|one| one.len() >= SHORTEST);
    if selective { all } else { Vec::new() }
}

/// The expression for texts of ASCII in lower case: it is found in any that the given one is found in before the text is
/// brought to lower case, and perhaps in others. Nests no deeper than expressions may.
fn folded(expression: &Hir) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(folded).collect();
    match expression.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Class(class) => Hir::class(folded_class(class)),
        HirKind::Capture(Capture { sub, .. }) => folded(sub),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(folded(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
    }
}

fn folded_class(class: &Class) -> Class {
    const ASCII: u32 = 0x80;
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => {
            let ranges = class.iter();
            ranges
                .map(|range| (range.start().into(), range.end().into()))
                .collect()
        }
        Class::Bytes(class) => {
            let ranges = class.iter();
            ranges
                .map(|range| (range.start().into(), range.end().into()))
                .collect()
        }
    };
    let letters = ranges
        .into_iter()
        .flat_map(|(start, end)| start..ASCII.min(end + 1))
        .filter_map(char::from_u32)
        .map(|letter| letter.to_ascii_lowercase());
    Class::Unicode(ClassUnicode::new(
        letters.map(|letter| ClassUnicodeRange::new(letter, letter)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_must_be_there() {
        let cases: [(&str, &[&str]); 22] = [
            ("timed out", &["timed out"]),
            ("took 8[0-9]{2} ms$", &["took 8"]),
            ("^[a-z]+: Timed (out)?", &[": timed "]),
            ("(?i)timed out", &["timed out"]),
            ("(?i)Kelvin's", &["kelvin's"]),
            ("timeout|refused", &["timeout", "refused"]),
            ("(?i)(timeout|Refused) by \\w+ peers", &[" peers"]),
            ("(time|timed) outright", &[" outright"]),
            ("[0-9]+ failed attempts", &[" failed attempts"]),
            ("a(bc)+d", &["abc"]),
            ("(failed )?again", &["again"]),
            ("a.*b", &[]),
            ("\\d+", &[]),
            ("x|timeout", &[]),
            ("(timeout)?", &[]),
            ("", &[]),
            ("\\bfatal\\b", &["fatal"]),
            ("(?s).*panic.*", &["panic"]),
            ("[Ee]rror: ", &["error: "]),
            ("[^a]bcd", &["bcd"]),
            ("fo{3,}bar", &["fooo"]),
            ("(?:abcd){2}", &["abcdabcd"]),
        ];
        for (source, expected) in cases {
            let parsed = regex_syntax::parse(source).expect(source);
            let mut found = required(&parsed);
            let mut expected: Vec<&[u8]> = expected.iter().map(|one| one.as_bytes()).collect();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{source}");
        }
    }
}
