//! What was said in conversations: people, models and tools, turn by turn.
//!
//! A turn is what a conversation has in one trace. Turns come in the order of their first calls, so that those that overlap can be
//! read one after the other; within a turn, what was said comes in the order in which its calls began.
//!
//! Of a call of a model, the last message of a person or the system that it was given is told once, then its answer; of a tool,
//! what it was called with and what it gave back. What a run did is told with the run: a search for a conversation finds tools, too, that
//! only their run names the conversation of. Without a search for one (`gen_ai.conversation.id:…`), conversations come one after the
//! other. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `conversation` | its id; null for spans that name none |
//! | `time` | when it was said: the start of the call, or its end for answers and results |
//! | `role` | `system`, `user`, `assistant` or `tool`, as the messages say |
//! | `who` | the model or the tool |
//! | `text` | the words, cut after [`LONGEST`] characters; calls of tools as `name(arguments)` |
//! | `failed` | 1 where the call ended with an error |
//! | `tokens` | input and output of the call, with its answer |
//! | `span` | the call |
//!
//! Messages are read in the forms of OpenTelemetry (`parts`) and of the providers (`content`); what is neither is shown as it is.

use super::Found;
use super::calls::{Call, Kind};
use crate::insights::family::Family;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::query::Expr;
use crate::store::{Filter, Reader, StoreError};
use hashbrown::{HashMap, HashSet};
use serde_json::Value as Json;
use std::sync::Arc;

/// Characters of a message that are kept.
const LONGEST: usize = 4_000;
/// Lines that are given.
const MOST: usize = 20_000;

const INPUT: usize = 0;
const OUTPUT: usize = 1;
const ARGUMENTS: usize = 2;
const RESULT: usize = 3;
const TEXTS: &[&[&str]] = &[
    &["gen_ai.input.messages", "gen_ai.request.messages"],
    &["gen_ai.output.messages", "gen_ai.response.text"],
    &["gen_ai.tool.call.arguments", "gen_ai.tool.input"],
    &["gen_ai.tool.call.result", "gen_ai.tool.output"],
];

const COLUMNS: [Column; 8] = [
    column("text", "Text", Unit::Text),
    column("conversation", "Conversation", Unit::Text),
    column("time", "Time", Unit::Time),
    column("role", "Role", Unit::Text),
    column("who", "Who", Unit::Text),
    column("failed", "Failed", Unit::Count),
    column("tokens", "Tokens", Unit::Count),
    detail("span", "Span", Unit::Span),
];

/// The texts of a call.
type Texts = [Option<Arc<str>>; 4];

/// One line.
struct Line {
    conversation: u32,
    time: i64,
    role: String,
    who: u32,
    text: String,
    failed: bool,
    tokens: Option<f64>,
    at: RecordRef,
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let wanted = wanted(reader, asked, cancel)?;
    let everything = Asked {
        filter: Filter {
            search: Expr::All,
            range: asked.filter.range,
        },
        ..asked.clone()
    };
    let found = Found::read(reader, &everything, family, cancel)?;
    let told = found.told(family);
    let is_wanted = |call: &Call| {
        let run = told.run_of(call).filter(|_| call.conversation == 0);
        wanted.contains(&call.at) || run.is_some_and(|run| wanted.contains(&run.at))
    };
    let calls = found.calls.iter().filter(|call| is_wanted(call));
    let mut calls: Vec<(u32, &Call)> = calls
        .map(|call| (told.first(call, |call| call.conversation), call))
        .collect();
    let refs: HashSet<RecordRef> = calls.iter().map(|(_, call)| call.at).collect();
    let said = texts(reader, &everything, &refs, cancel)?;
    let mut turns: HashMap<(u32, i64), i64> = HashMap::new();
    for (conversation, call) in &calls {
        let began = turns.entry((*conversation, call.trace));
        let began = began.or_insert(call.start);
        *began = call.start.min(*began);
    }
    calls.sort_by_key(|(conversation, call)| {
        let turn = turns.get(&(*conversation, call.trace)).copied();
        let place = (call.start, call.at.segment, call.at.row);
        (*conversation, turn, call.trace, place)
    });
    let mut lines: Vec<Line> = Vec::new();
    for (conversation, call) in calls {
        let Some(texts) = said.get(&call.at) else {
            continue;
        };
        match call.kind {
            Kind::Model => {
                let said = lines.iter().rev();
                let mut said = said.take_while(|line| line.conversation == conversation);
                let last = said.find(|line| line.role == "user" || line.role == "system");
                let last = last.map(|line| line.text.as_str());
                let heard = heard(texts[INPUT].as_deref(), last);
                let line = |time, (role, text), tokens| Line {
                    conversation,
                    time,
                    role,
                    who: told.model(call),
                    text,
                    failed: call.failed,
                    tokens,
                    at: call.at,
                };
                lines.extend(heard.map(|heard| line(call.start, heard, None)));
                let tokens = Some(call.tokens.input + call.tokens.output);
                let end = call.start.saturating_add(call.duration);
                let answers = messages(texts[OUTPUT].as_deref(), "assistant");
                lines.extend(answers.into_iter().map(|answer| line(end, answer, tokens)));
            }
            Kind::Tool => {
                let part = |at: usize| texts[at].as_deref().unwrap_or_default();
                let (arguments, result) = (part(ARGUMENTS), part(RESULT));
                let name = found.texts.get(call.tool);
                lines.push(Line {
                    conversation,
                    time: call.start,
                    role: "tool".to_owned(),
                    who: call.tool,
                    text: cut(&format!("{name}({arguments}) → {result}")),
                    failed: call.failed,
                    tokens: None,
                    at: call.at,
                });
            }
            Kind::Run | Kind::Other => {}
        }
    }
    let left_out = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    let row = |line: Line| {
        vec![
            Cell::Text(line.text.into()),
            Cell::text(&found.texts.get(line.conversation)),
            Cell::Int(line.time),
            Cell::Text(line.role.into()),
            Cell::text(&found.texts.get(line.who)),
            Cell::count(u64::from(line.failed)),
            Cell::int(line.tokens.map(|tokens| tokens.round() as i64)),
            Cell::Span(line.at),
        ]
    };
    let notes = (left_out > 0)
        .then(|| format!("{left_out} lines more are left out; search for one conversation"));
    Ok(Table {
        module: Module::Agents,
        columns: COLUMNS.to_vec(),
        rows: lines.into_iter().map(row).collect(),
        time: asked.time(reader, cancel)?,
        notes: notes.into_iter().collect(),
    })
}

/// The calls that are searched for.
fn wanted(
    reader: &Reader,
    asked: &Asked,
    cancel: &CancelToken,
) -> Result<HashSet<RecordRef>, StoreError> {
    let filter = asked.spans(super::SELECTED);
    let parts = reader.work_through_spans(&filter, &[], cancel, |columns| {
        let rows = columns.rows().iter().copied();
        rows.map(|row| columns.at(row)).collect::<Vec<RecordRef>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// What these calls were given and gave back, as it was recorded.
fn texts(
    reader: &Reader,
    asked: &Asked,
    calls: &HashSet<RecordRef>,
    cancel: &CancelToken,
) -> Result<HashMap<RecordRef, Texts>, StoreError> {
    let filter = asked.spans(super::SELECTED);
    let parts = reader.work_through_spans(&filter, TEXTS, cancel, |columns| {
        let said = |row: u32| {
            let text = |at: usize| {
                let code = columns.code(at, row)?;
                Some(Arc::from(&*columns.value(at, code).text()))
            };
            (columns.at(row), std::array::from_fn(text))
        };
        columns
            .rows()
            .iter()
            .copied()
            .filter(|row| calls.contains(&columns.at(*row)))
            .map(said)
            .collect::<Vec<(RecordRef, Texts)>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// What a model was told last by somebody else than models and tools, unless that was the last such thing already.
fn heard(input: Option<&str>, last: Option<&str>) -> Option<(String, String)> {
    let mut all = messages(input, "user");
    all.retain(|(role, _)| role == "user" || role == "system");
    all.pop().filter(|(_, text)| last != Some(text.as_str()))
}

/// The messages in a recorded text, with who said them.
fn messages(text: Option<&str>, usually: &str) -> Vec<(String, String)> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Vec::new();
    };
    let plain = |text: &str| vec![(usually.to_owned(), cut(text))];
    let all = match serde_json::from_str::<Json>(text) {
        Ok(Json::Array(all)) => all,
        Ok(one @ Json::Object(_)) => vec![one],
        Ok(Json::String(text)) => return plain(&text),
        _ => return plain(text),
    };
    let message = |message: &Json| {
        let role = message
            .get("role")
            .and_then(Json::as_str)
            .unwrap_or(usually);
        let parts = ["parts", "content", "text"]
            .iter()
            .find_map(|key| message.get(*key));
        let words = match parts {
            Some(Json::Array(parts)) => parts.iter().map(part).collect::<Vec<_>>().join("\n"),
            Some(only) => part(only),
            None => part(message),
        };
        (role.to_owned(), cut(&words))
    };
    let said = all.iter().map(message);
    said.filter(|(_, words)| !words.is_empty()).collect()
}

/// A part of a message in words.
fn part(part: &Json) -> String {
    let text = |key: &str| match part.get(key) {
        Some(Json::String(text)) => Some(text.clone()),
        Some(Json::Null) | None => None,
        Some(other) => Some(other.to_string()),
    };
    match part {
        Json::String(text) => return text.clone(),
        Json::Null => return String::new(),
        _ => {}
    }
    if let (Some(name), Some(arguments)) = (text("name"), text("arguments")) {
        return format!("{name}({arguments})");
    }
    let words = ["text", "content", "result", "response"];
    let words = words.into_iter().find_map(text);
    words.unwrap_or_else(|| part.to_string())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_in_every_form() {
        let of = |text: &str| messages(Some(text), "assistant");
        let said = |role: &str, text: &str| (role.to_owned(), text.to_owned());
        for (text, expected) in [
            (
                r#"[{"role": "user", "content": "Hello"}]"#,
                vec![said("user", "Hello")],
            ),
            (
                r#"[{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]"#,
                vec![said("user", "a\nb")],
            ),
            (
                r#"[{"role": "assistant", "parts": [{"type": "tool_call", "name": "find", "arguments": "{\"q\": 1}"}]}]"#,
                vec![said("assistant", "find({\"q\": 1})")],
            ),
            (
                r#"[{"parts": [{"type": "tool_call", "name": "find", "arguments": {"q": 1}}]}]"#,
                vec![said("assistant", "find({\"q\":1})")],
            ),
            ("plain words", vec![said("assistant", "plain words")]),
            ("[cut off", vec![said("assistant", "[cut off")]),
            ("[]", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        let long = "ä".repeat(LONGEST + 1);
        assert_eq!(
            of(&long)[0].1.chars().count(),
            LONGEST + 1,
            "cut, with an ellipsis"
        );
    }

    #[test]
    fn what_was_told_before_is_not_told_again() {
        let input = r#"[{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]"#;
        let heard_first = heard(Some(input), None);
        assert_eq!(heard_first, Some(("user".to_owned(), "Hi".to_owned())));
        assert_eq!(heard(Some(input), Some("Hi")), None);
        assert_eq!(heard(None, None), None);
    }
}
