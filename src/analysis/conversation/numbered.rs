//! Messages as numbered attributes: `gen_ai.prompt.0.role`, `gen_ai.prompt.0.tool_calls.0.name`.

use super::message::parts_of_text;
use super::{Message, Part};
use crate::analysis::span_fields::Attributes;
use std::collections::BTreeMap;

#[derive(Default)]
struct Numbered {
    role: String,
    content: String,
    finish: String,
    /// Name, id and arguments of each call.
    calls: BTreeMap<u32, [String; 3]>,
}

/// The messages under the first of the prefixes that has some, in the order of their numbers.
pub(super) fn messages(attributes: &Attributes, prefixes: &[&str], usual: &str) -> Vec<Message> {
    for prefix in prefixes {
        let mut found: BTreeMap<u32, Numbered> = BTreeMap::new();
        for (key, value) in attributes {
            let rest = key
                .strip_prefix(prefix)
                .and_then(|rest| rest.split_once('.'));
            if let Some((number, field)) = rest
                && let Ok(number) = number.parse()
            {
                // OpenInference puts `message.` in between.
                let field = field.strip_prefix("message.").unwrap_or(field);
                found.entry(number).or_default().take(field, &value.text());
            }
        }
        if !found.is_empty() {
            return found.into_values().map(|one| one.message(usual)).collect();
        }
    }
    Vec::new()
}

impl Numbered {
    fn take(&mut self, field: &str, text: &str) {
        match field {
            "role" => text.clone_into(&mut self.role),
            "content" => text.clone_into(&mut self.content),
            "finish_reason" => text.clone_into(&mut self.finish),
            field => self.take_call(field, text),
        }
    }

    fn take_call(&mut self, field: &str, text: &str) {
        let rest = field
            .strip_prefix("tool_calls.")
            .and_then(|rest| rest.split_once('.'));
        let Some((Ok(number), field)) = rest.map(|(number, field)| (number.parse(), field)) else {
            return;
        };
        let place = match field.rsplit('.').next().unwrap_or(field) {
            "name" => 0,
            "id" => 1,
            "arguments" => 2,
            _ => return,
        };
        text.clone_into(&mut self.calls.entry(number).or_default()[place]);
    }

    fn message(self, usual: &str) -> Message {
        let mut parts = parts_of_text(&self.content);
        let calls = self.calls.into_values();
        parts.extend(calls.map(|[name, id, arguments]| Part::Call {
            name,
            id,
            arguments,
        }));
        let role = if self.role.is_empty() {
            usual.to_owned()
        } else {
            self.role.to_lowercase()
        };
        Message {
            role,
            parts,
            is_answer: false,
            finish: self.finish,
        }
    }
}
