//! One message or a list of them, from JSON in the shapes that programs write.

use super::{Message, Part};
use serde_json::Value as Json;

/// The messages in a text: a list, one, or plain words; `role` is theirs where they say none.
pub(super) fn messages_in(text: &str, role: &str) -> Vec<Message> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let plain = |text: &str| Message {
        role: role.to_owned(),
        parts: vec![Part::Text(text.to_owned())],
        ..Message::default()
    };
    match serde_json::from_str::<Json>(text) {
        Ok(Json::Array(items)) if items.iter().all(is_part) && !items.is_empty() => {
            vec![Message {
                role: role.to_owned(),
                parts: items.iter().flat_map(part).collect(),
                ..Message::default()
            }]
        }
        Ok(Json::Array(items)) => {
            let messages = items.iter().map(|item| message(item, role));
            messages
                .filter(|message| !message.parts.is_empty())
                .collect()
        }
        Ok(object @ Json::Object(_)) => vec![message(&object, role)],
        Ok(Json::String(text)) => vec![plain(&text)],
        // Numbers and words that happen to be JSON were said all the same.
        Ok(_) | Err(_) => vec![plain(text)],
    }
}

/// A text, or parts as JSON.
pub(super) fn parts_of_text(text: &str) -> Vec<Part> {
    let messages = messages_in(text, "").into_iter();
    messages.flat_map(|message| message.parts).collect()
}

/// Calls of tools in a list of them.
pub(super) fn calls_in(text: &str) -> Vec<Part> {
    match serde_json::from_str::<Json>(text) {
        Ok(Json::Array(items)) => items.iter().filter_map(call).collect(),
        Ok(object) => call(&object).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

/// What was said by a tool is its result.
pub(super) fn as_result(part: Part, id: &str) -> Part {
    match part {
        Part::Text(content) => Part::Result {
            name: String::new(),
            id: id.to_owned(),
            content,
        },
        other => other,
    }
}

/// Whether it is a part of a message, and no message itself.
fn is_part(item: &Json) -> bool {
    item["type"].is_string() && item["role"].is_null()
}

fn message(item: &Json, usual: &str) -> Message {
    let role = item["role"].as_str().unwrap_or(usual).to_lowercase();
    let mut parts: Vec<Part> = match item {
        Json::String(text) => vec![Part::Text(text.clone())],
        Json::Object(_) => {
            let content = match &item["parts"] {
                Json::Null => &item["content"],
                parts => parts,
            };
            content_parts(content)
        }
        Json::Null => Vec::new(),
        other => vec![Part::Text(other.to_string())],
    };
    if let Some(calls) = item["tool_calls"].as_array() {
        parts.extend(calls.iter().filter_map(call));
    }
    if let Some(id) = item["tool_call_id"].as_str() {
        parts = parts.into_iter().map(|part| as_result(part, id)).collect();
    }
    Message {
        role,
        parts,
        is_answer: false,
        finish: item["finish_reason"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn content_parts(content: &Json) -> Vec<Part> {
    match content {
        Json::Null => Vec::new(),
        Json::String(text) if text.is_empty() => Vec::new(),
        Json::String(text) => vec![Part::Text(text.clone())],
        Json::Array(items) => items.iter().flat_map(part).collect(),
        other => part(other).into_iter().collect(),
    }
}

fn part(item: &Json) -> Option<Part> {
    if let Some(text) = item.as_str() {
        return Some(Part::Text(text.to_owned()));
    }
    let text = || text_of(first(item, &["content", "text", "thinking", "reasoning"]));
    Some(match item["type"].as_str().unwrap_or_default() {
        "text" | "output_text" | "input_text" => Part::Text(text()),
        "reasoning" | "thinking" => Part::Thought(text()),
        "tool_call" | "tool_use" | "tool-call" | "function_call" | "function" => call(item)?,
        "tool_call_response" | "tool_result" | "tool-result" => Part::Result {
            name: named(item, &["name", "toolName"]),
            id: named(item, &["id", "tool_use_id", "tool_call_id", "toolCallId"]),
            content: text_of(first(item, &["response", "result", "output", "content"])),
        },
        "" if item["text"].is_string() || item["content"].is_string() => Part::Text(text()),
        kind => Part::Other {
            kind: kind.to_owned(),
            json: item.to_string(),
        },
    })
}

fn call(item: &Json) -> Option<Part> {
    let function = match &item["function"] {
        Json::Object(_) => &item["function"],
        _ => item,
    };
    let name = named(function, &["name", "toolName", "tool_name"]);
    let arguments = first(function, &["arguments", "args", "input"]);
    if name.is_empty() && arguments.is_null() {
        return None;
    }
    Some(Part::Call {
        name,
        id: named(item, &["id", "tool_call_id", "toolCallId", "call_id"]),
        arguments: text_of(arguments),
    })
}

/// The first member that is there.
fn first<'a>(item: &'a Json, names: &[&str]) -> &'a Json {
    let mut members = names.iter().map(|name| &item[*name]);
    members
        .find(|member| !member.is_null())
        .unwrap_or(&Json::Null)
}

fn named(item: &Json, names: &[&str]) -> String {
    first(item, names).as_str().unwrap_or_default().to_owned()
}

/// A value as text; a list of texts, as some write contents, is these one after another.
fn text_of(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.iter().all(|item| item["text"].is_string()) => {
            let texts: Vec<&str> = items
                .iter()
                .filter_map(|item| item["text"].as_str())
                .collect();
            texts.join("\n")
        }
        other => other.to_string(),
    }
}
