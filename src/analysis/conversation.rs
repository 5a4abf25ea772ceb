//! What was said to a model and by it, read from the attributes and events of a span, whatever dialect wrote them.
//!
//! Dialects keep messages as one JSON text (`gen_ai.input.messages`), as numbered attributes (`gen_ai.prompt.0.role`), or as
//! events (`gen_ai.user.message`). Of each side, what was asked and what was answered, the first that is there counts, in
//! this order: programs that write two of them say the same twice.

mod message;
mod numbered;

use super::span_events::SpanEvent;
use super::span_fields::{Attributes, find_text};
use crate::model::human;
use message::{messages_in, parts_of_text};
use serde_json::Value as Json;

/// All that is known of a call of a model, an agent or a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// Model, tokens and settings, with names for people.
    pub facts: Vec<(&'static str, String)>,
    /// What was said, in order.
    pub messages: Vec<Message>,
    /// The names of the tools that the model could call.
    pub tools: Vec<String>,
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// `system`, `user`, `assistant`, `tool`, as recorded in lower case.
    pub role: String,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// Whether the model answered it, in this call.
    pub is_answer: bool,
    /// Why the model stopped; empty when it is not said.
    pub finish: String,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Something said.
    Text(String),
    /// Something thought and not said.
    Thought(String),
    /// A tool is to be called.
    Call {
        name: String,
        id: String,
        arguments: String,
    },
    /// What a tool gave back.
    Result {
        name: String,
        id: String,
        content: String,
    },
    /// Anything else, such as an image, as JSON with its type.
    Other { kind: String, json: String },
}

/// What is known beyond messages.
static FACTS: &[(&str, &str)] = &[
    ("Model", "gen_ai.response.model"),
    ("Model asked for", "gen_ai.request.model"),
    ("Provider", "gen_ai.provider.name"),
    ("Agent", "gen_ai.agent.name"),
    ("Tool", "gen_ai.tool.name"),
    ("Conversation", "gen_ai.conversation.id"),
    ("Input tokens", "gen_ai.usage.input_tokens"),
    (
        "Of these from cache",
        "gen_ai.usage.cache_read.input_tokens",
    ),
    (
        "Of these cached anew",
        "gen_ai.usage.cache_creation.input_tokens",
    ),
    ("Output tokens", "gen_ai.usage.output_tokens"),
    ("Of these reasoning", "gen_ai.usage.reasoning.output_tokens"),
    (
        "Of these reasoning",
        "gen_ai.usage.details.reasoning_tokens",
    ),
    ("Tokens", "gen_ai.usage.total_tokens"),
    ("Cost", "gen_ai.cost.total_tokens"),
    ("Temperature", "gen_ai.request.temperature"),
    ("Top p", "gen_ai.request.top_p"),
    ("Most tokens", "gen_ai.request.max_tokens"),
    ("Finished because of", "gen_ai.response.finish_reasons"),
];

/// Keys whose messages are what was asked, the best first.
const ASKED: [&str; 2] = ["gen_ai.input.messages", "gen_ai.prompt"];
/// The same for what was answered.
const ANSWERED: [&str; 2] = ["gen_ai.output.messages", "gen_ai.completion"];

/// The conversation of a span; `None` when its attributes and events tell of none.
pub fn conversation(attributes: &Attributes, events: &[SpanEvent]) -> Option<Conversation> {
    let speaks = |key: &str| {
        ["gen_ai.", "ai.", "llm.", "mcp.tool."]
            .iter()
            .any(|start| key.starts_with(start))
    };
    let is_about = attributes.iter().any(|(key, _)| speaks(key))
        || events.iter().any(|event| event.name.starts_with("gen_ai."));
    if !is_about {
        return None;
    }
    let mut messages = Vec::new();
    if let Some(text) = find_text(attributes, "gen_ai.system_instructions") {
        messages.push(Message {
            role: "system".to_owned(),
            parts: parts_of_text(&text),
            ..Message::default()
        });
    }
    messages.extend(asked(attributes, events));
    let answers = answered(attributes, events);
    messages.extend(answers.into_iter().map(|message| Message {
        is_answer: true,
        ..message
    }));
    messages.extend(tool(attributes));
    messages.retain(|message| !message.parts.is_empty());
    let facts = facts(attributes);
    let tools = find_text(attributes, "gen_ai.tool.definitions");
    let tools = tools.map_or_else(Vec::new, |text| tool_names(&text));
    let is_empty = messages.is_empty() && facts.is_empty() && tools.is_empty();
    (!is_empty).then_some(Conversation {
        facts,
        messages,
        tools,
    })
}

fn facts(attributes: &Attributes) -> Vec<(&'static str, String)> {
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    for (name, key) in FACTS {
        let Some(text) = find_text(attributes, key) else {
            continue;
        };
        // The model that answered mostly is the one that was asked for.
        let is_told = |(known, said): &(&str, String)| match *name {
            "Model asked for" => *said == text,
            name => *known == name,
        };
        if facts.iter().any(is_told) {
            continue;
        }
        let value = match serde_json::from_str::<Json>(&text) {
            Ok(Json::Number(number)) => number.as_u64().map_or(text, human::grouped),
            Ok(Json::Array(items)) => {
                let items: Vec<&str> = items.iter().filter_map(Json::as_str).collect();
                items.join(", ")
            }
            _ => text,
        };
        facts.push((name, value));
    }
    facts
}

fn asked(attributes: &Attributes, events: &[SpanEvent]) -> Vec<Message> {
    let written = ASKED.iter().find_map(|key| find_text(attributes, key));
    if let Some(text) = written {
        return messages_in(&text, "user");
    }
    let numbered = numbered::messages(
        attributes,
        &["gen_ai.prompt.", "llm.input_messages."],
        "user",
    );
    if !numbered.is_empty() {
        return numbered;
    }
    let told = events.iter().filter(|event| event.name != "gen_ai.choice");
    told.filter_map(message_of_event).collect()
}

fn answered(attributes: &Attributes, events: &[SpanEvent]) -> Vec<Message> {
    let own = |key: &str| {
        let found = attributes.iter().find(|(known, _)| **known == *key);
        found.map(|(_, value)| value.text().into_owned())
    };
    // Text and calls stand apart in some dialects, so their names do not stand for each other here.
    let whole = own(ANSWERED[0]).or_else(|| own(ANSWERED[1]));
    if let Some(text) = whole.filter(|text| !text.is_empty()) {
        return messages_in(&text, "assistant");
    }
    let mut parts = Vec::new();
    for key in ["gen_ai.response.text", "ai.response.text", "ai.responses"] {
        if let (true, Some(text)) = (parts.is_empty(), own(key)) {
            let said = messages_in(&text, "assistant");
            parts.extend(said.into_iter().flat_map(|message| message.parts));
        }
    }
    for key in [
        "gen_ai.response.tool_calls",
        "ai.response.toolCalls",
        "ai.tool_calls",
    ] {
        if let Some(text) = own(key) {
            let has_calls = parts.iter().any(|part| matches!(part, Part::Call { .. }));
            if !has_calls {
                parts.extend(message::calls_in(&text));
            }
        }
    }
    if !parts.is_empty() {
        return vec![Message {
            role: "assistant".to_owned(),
            parts,
            ..Message::default()
        }];
    }
    let prefixes = ["gen_ai.completion.", "llm.output_messages."];
    let numbered = numbered::messages(attributes, &prefixes, "assistant");
    if !numbered.is_empty() {
        return numbered;
    }
    let choices = events
        .iter()
        .filter(|event| event.name == "gen_ai.choice" || event.name == "gen_ai.content.completion");
    choices.filter_map(message_of_event).collect()
}

/// A call of a tool tells of itself, and of what came back.
fn tool(attributes: &Attributes) -> Vec<Message> {
    let text = |key| find_text(attributes, key).unwrap_or_default();
    let (arguments, content) = (
        text("gen_ai.tool.call.arguments"),
        text("gen_ai.tool.call.result"),
    );
    let (name, id) = (text("gen_ai.tool.name"), text("gen_ai.tool.call.id"));
    let mut messages = Vec::new();
    let message = |role: &str, part| Message {
        role: role.to_owned(),
        parts: vec![part],
        ..Message::default()
    };
    if !arguments.is_empty() {
        let (name, id) = (name.clone(), id.clone());
        messages.push(message(
            "assistant",
            Part::Call {
                name,
                id,
                arguments,
            },
        ));
    }
    if !content.is_empty() {
        messages.push(message("tool", Part::Result { name, id, content }));
    }
    messages
}

/// `gen_ai.user.message` with its content, `gen_ai.choice` with its message.
fn message_of_event(event: &SpanEvent) -> Option<Message> {
    let kind = event.name.strip_prefix("gen_ai.")?;
    let usual = match kind {
        "choice" | "content.completion" => "assistant",
        "content.prompt" => "user",
        kind => kind.strip_suffix(".message")?,
    };
    let first = |keys: &[&str]| {
        let mut texts = keys.iter().map(|key| event.attribute(key));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    };
    let text = first(&[
        "message",
        "content",
        "gen_ai.event.content",
        "gen_ai.prompt",
        "gen_ai.completion",
    ]);
    let mut message = messages_in(text, usual)
        .into_iter()
        .next()
        .unwrap_or_default();
    if message.role.is_empty() {
        usual.clone_into(&mut message.role);
    }
    message
        .parts
        .extend(message::calls_in(event.attribute("tool_calls")));
    first(&["finish_reason"]).clone_into(&mut message.finish);
    let id = event.attribute("id");
    if usual == "tool" && !id.is_empty() {
        message.parts = message
            .parts
            .into_iter()
            .map(|part| message::as_result(part, id))
            .collect();
    }
    Some(message)
}

/// The names of tools in their definitions.
fn tool_names(text: &str) -> Vec<String> {
    let Ok(Json::Array(tools)) = serde_json::from_str::<Json>(text) else {
        return Vec::new();
    };
    let name = |tool: &Json| {
        let name = tool["name"].as_str().or(tool["function"]["name"].as_str());
        name.or(tool.as_str()).map(str::to_owned)
    };
    tools.iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use std::sync::Arc;

    fn read(pairs: &[(&str, &str)], events: &[(&str, &[(&str, &str)])]) -> Option<Conversation> {
        let attributes: Vec<(Arc<str>, Value)> = pairs
            .iter()
            .map(|(key, value)| (Arc::from(*key), Value::Str((*value).into())))
            .collect();
        let events: Vec<SpanEvent> = events
            .iter()
            .map(|(name, attributes)| SpanEvent {
                name: (*name).to_owned(),
                time: None,
                attributes: attributes
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                    .collect(),
            })
            .collect();
        conversation(&attributes, &events)
    }

    /// A line a part: role, `!` for answers, what it is.
    fn told(read: Option<Conversation>) -> Vec<String> {
        let messages = read.map(|read| read.messages).unwrap_or_default();
        let lines = messages.iter().flat_map(|message| {
            let answer = if message.is_answer { "!" } else { "" };
            message.parts.iter().map(move |part| {
                let part = match part {
                    Part::Text(text) => text.clone(),
                    Part::Thought(text) => format!("({text})"),
                    Part::Call {
                        name,
                        id,
                        arguments,
                    } => format!("{name}#{id} {arguments}"),
                    Part::Result { name, id, content } => format!("{name}#{id} = {content}"),
                    Part::Other { kind, .. } => format!("<{kind}>"),
                };
                format!("{}{answer}: {part}", message.role)
            })
        });
        lines.collect()
    }

    #[test]
    fn messages_as_parts() {
        let read = read(
            &[
                (
                    "gen_ai.system_instructions",
                    r#"[{"type":"text","content":"Be brief."}]"#,
                ),
                (
                    "gen_ai.input.messages",
                    r#"[{"role":"user","parts":[{"type":"text","content":"Hi"}]},
                    {"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"find","arguments":"{\"q\":1}"}]},
                    {"role":"tool","parts":[{"type":"tool_call_response","id":"c1","result":{"rows":4}}]}]"#,
                ),
                (
                    "gen_ai.output.messages",
                    r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},
                    {"type":"text","content":"Done"},{"type":"image","url":"x"}],"finish_reason":"stop"}]"#,
                ),
                ("gen_ai.request.model", "m"),
                ("gen_ai.response.model", "m"),
                ("gen_ai.usage.input_tokens", "1234"),
                (
                    "gen_ai.tool.definitions",
                    r#"[{"name":"find"},{"function":{"name":"get"}}]"#,
                ),
            ],
            &[],
        );
        let facts = read.as_ref().map(|read| read.facts.clone());
        let expected = [
            ("Model", "m".to_owned()),
            ("Input tokens", human::grouped(1_234)),
        ];
        assert_eq!(facts.as_deref(), Some(&expected[..]));
        assert_eq!(read.as_ref().map(|read| read.tools.len()), Some(2));
        assert_eq!(
            told(read),
            [
                "system: Be brief.",
                "user: Hi",
                "assistant: find#c1 {\"q\":1}",
                "tool: #c1 = {\"rows\":4}",
                "assistant!: (hm)",
                "assistant!: Done",
                "assistant!: <image>",
            ]
        );
    }

    #[test]
    fn messages_as_chat_completions_and_other_dialects() {
        let content = r#"[{"role":"user","content":[{"type":"text","text":"Hi"}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c","content":"4"},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"5"}]},
                {"type":"tool-call","toolCallId":"d","toolName":"g","args":{"a":1}}]}]"#;
        assert_eq!(
            told(read(
                &[
                    ("gen_ai.request.messages", content),
                    ("gen_ai.response.text", "Plain")
                ],
                &[]
            )),
            [
                "user: Hi",
                "assistant: f#c {}",
                "tool: #c = 4",
                "user: #c = 5",
                "user: g#d {\"a\":1}",
                "assistant!: Plain",
            ]
        );
    }

    #[test]
    fn messages_as_numbered_attributes() {
        assert_eq!(
            told(read(
                &[
                    ("gen_ai.prompt.10.content", "last"),
                    ("gen_ai.prompt.10.role", "user"),
                    ("gen_ai.prompt.2.content", "first"),
                    ("gen_ai.prompt.2.role", "system"),
                    ("gen_ai.completion.0.role", "assistant"),
                    ("gen_ai.completion.0.tool_calls.0.name", "f"),
                    ("gen_ai.completion.0.tool_calls.0.arguments", "{}"),
                ],
                &[]
            )),
            ["system: first", "user: last", "assistant!: f# {}"]
        );
    }

    #[test]
    fn messages_as_events() {
        assert_eq!(
            told(read(
                &[],
                &[
                    ("gen_ai.system.message", &[("content", "Be brief.")]),
                    ("gen_ai.user.message", &[("content", "Hi")]),
                    ("gen_ai.tool.message", &[("content", "4"), ("id", "c")]),
                    (
                        "gen_ai.choice",
                        &[("message", r#"{"role":"assistant","content":"Yes"}"#)]
                    ),
                    ("exception", &[("exception.type", "E")]),
                ]
            )),
            [
                "system: Be brief.",
                "user: Hi",
                "tool: #c = 4",
                "assistant!: Yes"
            ]
        );
    }

    #[test]
    fn tools_and_what_is_none() {
        assert_eq!(
            told(read(
                &[
                    ("gen_ai.tool.name", "f"),
                    ("gen_ai.tool.call.arguments", "{}"),
                    ("gen_ai.tool.call.result", "4"),
                ],
                &[]
            )),
            ["assistant: f# {}", "tool: f# = 4"]
        );
        assert_eq!(read(&[("http.method", "GET")], &[]), None);
        assert_eq!(
            told(read(&[("gen_ai.input.messages", "[{\"role\": \"us")], &[])),
            ["user: [{\"role\": \"us"]
        );
        assert_eq!(
            told(read(
                &[("gen_ai.input.messages", "[1, [2], {}, null]")],
                &[]
            ))
            .len(),
            2
        );
    }
}
