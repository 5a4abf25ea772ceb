//! Who may use whom, checked on the source text.
//!
//! A layer is a folder of `src`. It may name itself and the layers listed for it, and a crate that is reserved to one
//! layer is named nowhere else. Comments and literals do not count.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of `src` and what it may know.
struct Layer {
    name: &'static str,
    /// Layers it may use besides itself.
    uses: &'static [&'static str],
    /// Crates that nobody else may use.
    owns: &'static [&'static str],
}

/// From the ground up. A layer that does not exist yet is passed over.
const LAYERS: [Layer; 12] = [
    layer("model", &[], &[]),
    layer("query", &["model"], &[]),
    layer("import", &["model"], &[]),
    layer("store", &["model", "query"], &["rusqlite"]),
    layer("analysis", &["model"], &[]),
    layer("layout", &["model", "analysis"], &[]),
    layer("export", &["model", "analysis", "layout"], &[]),
    layer("insights", &["model", "query", "store", "analysis"], &[]),
    layer("alerts", &["model", "query", "analysis"], &["toml_edit"]),
    layer("app", &BELOW_APP, &[]),
    layer(
        "ui",
        &[
            "app", "model", "query", "store", "analysis", "layout", "export", "alerts",
        ],
        &["egui", "eframe", "egui_plot", "rfd", "egui_kittest"],
    ),
    layer("cli", &BELOW_CLI, &[]),
];

const BELOW_APP: [&str; 9] = [
    "model", "query", "import", "store", "analysis", "layout", "export", "insights", "alerts",
];
/// The window only to render pictures.
const BELOW_CLI: [&str; 11] = [
    "app", "ui", "model", "query", "import", "store", "analysis", "layout", "export", "insights",
    "alerts",
];

const fn layer(
    name: &'static str,
    uses: &'static [&'static str],
    owns: &'static [&'static str],
) -> Layer {
    Layer { name, uses, owns }
}

/// What the window knows of the store is answers; asking is the work of [`app`](BELOW_APP).
const NEVER_IN_UI: [&str; 4] = ["Reader", "Writer", "SegmentEncoder", "Interrupt"];

/// A word of code, with its line.
#[derive(Clone, Debug, PartialEq)]
struct Word {
    line: usize,
    text: String,
}

#[test]
fn layers_use_only_what_lies_below() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut problems = Vec::new();
    let mut files = 0;
    for layer in &LAYERS {
        for file in rust_files(&src.join(layer.name)) {
            files += 1;
            let text = fs::read_to_string(&file).expect("source files are UTF-8");
            let shown = file.strip_prefix(&src).unwrap_or(&file).display();
            let found = problems_in(layer, &words(&text)).into_iter();
            problems.extend(found.map(|(line, what)| format!("src/{shown}:{line}: {what}")));
        }
    }
    assert!(files > LAYERS.len(), "the layers were found: {files} files");
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn every_folder_is_a_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(src).expect("src exists").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_known = LAYERS.iter().any(|layer| layer.name == name);
        assert!(
            is_known || !entry.path().is_dir(),
            "src/{name} is in no layer"
        );
    }
}

/// Lines at which a layer's code names what it must not know.
fn problems_in(layer: &Layer, words: &[Word]) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_path = words.get(at + 1).is_some_and(|next| next.text == "::");
        let inside_path = at > 0 && words[at - 1].text == "::";
        let owner = LAYERS
            .iter()
            .find(|owner| owner.owns.contains(&&*word.text));
        if let Some(owner) = owner.filter(|owner| owner.name != layer.name) {
            let is_use = at > 0 && matches!(&*words[at - 1].text, "use" | "crate");
            if (is_path || is_use) && !inside_path {
                let what = format!("only {} may use {}", owner.name, word.text);
                problems.push((word.line, what));
            }
        }
        if layer.name == "ui" && NEVER_IN_UI.contains(&&*word.text) {
            let what = format!("ui must not ask the store: {}", word.text);
            problems.push((word.line, what));
        }
        if word.text == "crate" && is_path {
            for used in first_names(&words[at + 2..]) {
                if is_forbidden(layer, &used.text) {
                    let what = format!("{} must not use {}", layer.name, used.text);
                    problems.push((used.line, what));
                }
            }
        }
    }
    problems
}

fn is_forbidden(layer: &Layer, used: &str) -> bool {
    let is_layer = LAYERS.iter().any(|other| other.name == used);
    is_layer && used != layer.name && !layer.uses.contains(&used)
}

/// The modules named right after `crate::`: one, or the first of each path in braces.
fn first_names(after: &[Word]) -> Vec<&Word> {
    let Some(first) = after.first() else {
        return Vec::new();
    };
    if first.text != "{" {
        return vec![first];
    }
    let mut names = Vec::new();
    let mut depth = 0;
    let mut starts = false;
    for word in after {
        match &*word.text {
            "{" => {
                depth += 1;
                starts = depth == 1;
            }
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            "," => starts = depth == 1,
            _ if starts => {
                names.push(word);
                starts = false;
            }
            _ => {}
        }
    }
    names
}

/// The code as words: names, `::`, and single signs. Comments, texts and characters are left out.
fn words(code: &str) -> Vec<Word> {
    let mut out = Vec::new();
    let mut rest = code;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (len, is_word) = match first {
            c if c.is_whitespace() => (c.len_utf8(), false),
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => {
                (rest.find("*/").map_or(rest.len(), |at| at + 2), false)
            }
            'r' if raw_text(rest).is_some() => (raw_text(rest).unwrap_or(1), false),
            '"' => (text_len(rest), false),
            '\'' => (character_len(rest), false),
            ':' if rest.starts_with("::") => (2, true),
            c if is_name(c) => (rest.find(|c| !is_name(c)).unwrap_or(rest.len()), true),
            c => (c.len_utf8(), true),
        };
        if is_word {
            let text = rest[..len].to_owned();
            out.push(Word { line, text });
        }
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    out
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn text_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Length of `r"…"` or `r#"…"#`, if one is here.
fn raw_text(text: &str) -> Option<usize> {
    let hashes = text[1..].len() - text[1..].trim_start_matches('#').len();
    let inner = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let len = inner.find(&end).map_or(inner.len(), |at| at + end.len());
    Some(2 + hashes + len)
}

/// Length of a character in quotes; of a lifetime only its quote.
fn character_len(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            let after_escaped = text.char_indices().skip(3);
            let mut ends = after_escaped.filter(|(_, c)| *c == '\'');
            ends.next().map_or(1, |(at, _)| at + 1)
        }
        _ => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn the_check_finds_what_it_looks_for() {
    let model = &LAYERS[0];
    let layout = &LAYERS[5];
    let cases = [
        (
            model,
            "use crate::store::Reader;",
            vec![(1, "model must not use store")],
        ),
        (model, "// use crate::store::Reader;", vec![]),
        (
            model,
            "/* crate::ui::x */ let a = \"crate::ui::x\";",
            vec![],
        ),
        (
            model,
            "let a = '\"'; crate::ui::x()",
            vec![(1, "model must not use ui")],
        ),
        (model, "let a = r#\"crate::ui::x \" \"#;", vec![]),
        (
            model,
            "\nuse crate::{model::x, app};",
            vec![(2, "model must not use app")],
        ),
        (layout, "use crate::{analysis::{store, ui}, model};", vec![]),
        (layout, "use egui::Rect;", vec![(1, "only ui may use egui")]),
        (
            layout,
            "fn f(at: egui::Pos2) {}",
            vec![(1, "only ui may use egui")],
        ),
        (
            layout,
            "use eframe as window;",
            vec![(1, "only ui may use eframe")],
        ),
        (layout, "let egui = 1;", vec![]),
        (&LAYERS[3], "use rusqlite::Connection;", vec![]),
        (&LAYERS[10], "use crate::store::Overview;", vec![]),
        (
            &LAYERS[10],
            "use crate::store::Reader;",
            vec![(1, "ui must not ask the store: Reader")],
        ),
    ];
    for (layer, code, expected) in cases {
        let found = problems_in(layer, &words(code));
        let expected: Vec<_> = expected
            .iter()
            .map(|(line, what)| (*line, (*what).to_owned()))
            .collect();
        assert_eq!(found, expected, "{code}");
    }
}

/// The fuzzing crate is no part of the workspace, so that nothing else would tell of a format it lacks.
#[test]
fn every_format_has_a_fuzz_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let list = fs::read_to_string(folder.join("Cargo.toml")).expect("the crate is there");
    for format in headwater::import::FORMATS {
        let id = format.id;
        let target = folder.join(format!("fuzz_targets/{id}.rs"));
        let source = fs::read_to_string(&target).unwrap_or_default();
        assert!(source.contains(&format!("\"{id}\"")), "{id} has no target");
        assert!(
            list.contains(&format!("name = \"{id}\"")),
            "{id} is not listed"
        );
    }
}
