//! Fills in the canonical operation and description of spans whose source has none.
//!
//! Names are looked up once a batch: after that a span costs one pass over its attributes' ids.

use super::fields::{AI_OPS, FIELDS, Field, NAMES, PUBLISHING, SETTLING, SYSTEM_OPS, TYPE_OPS};
use crate::model::batch::{Batch, BatchValue, SpanKind, SpanRecord, Text};
use hashbrown::HashMap;

/// What an attribute that contributes nothing is marked with.
const NOTHING: u8 = u8::MAX;

/// Gives every span of the batch an `op` and a `description` where it has none. The batch's input must be in place.
pub fn resolve(batch: &mut Batch) {
    let mut by_key = vec![NOTHING; batch.keys.names().len()];
    for (name, field) in NAMES {
        if let Some(key) = batch.keys.get(name) {
            by_key[key.0 as usize] = *field as u8;
        }
    }
    let mut kept = Kept::default();
    for index in 0..batch.spans.len() {
        let span = &batch.spans[index];
        if !span.op.is_empty() && !span.description.is_empty() {
            continue;
        }
        let said = Said::of(batch, span, &by_key);
        let op = match span.op.is_empty() {
            true => op(batch, index, &said, &mut kept),
            false => span.op,
        };
        let span = &batch.spans[index];
        let description = match span.description.is_empty() {
            true => description(batch, index, &said, &mut kept),
            false => span.description,
        };
        let span = &mut batch.spans[index];
        span.op = op;
        span.description = description;
    }
}

/// Texts that were composed before: operations and descriptions repeat.
#[derive(Default)]
struct Kept(HashMap<String, Text>);

/// How many composed texts are remembered; beyond, they are no longer the same few.
const REMEMBERED: usize = 4096;

impl Kept {
    fn text(&mut self, batch: &mut Batch, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return *known;
        }
        let kept = batch.keep(text);
        if self.0.len() < REMEMBERED {
            self.0.insert(text.to_owned(), kept);
        }
        kept
    }
}

/// What a span's attributes say, by field.
struct Said([Text; FIELDS]);

impl Said {
    fn of(batch: &Batch, span: &SpanRecord, by_key: &[u8]) -> Self {
        let mut said = Self([Text::EMPTY; FIELDS]);
        for attr in batch.attrs(&span.attrs) {
            let field = by_key[attr.key.0 as usize];
            if field != NOTHING
                && let BatchValue::Str(text) = attr.value
                && said.0[field as usize].is_empty()
            {
                said.0[field as usize] = text;
            }
        }
        said
    }

    fn get(&self, field: Field) -> Option<Text> {
        let text = self.0[field as usize];
        (!text.is_empty()).then_some(text)
    }

    fn has(&self, field: Field) -> bool {
        !self.0[field as usize].is_empty()
    }
}

/// The operation.
fn op(batch: &mut Batch, index: usize, said: &Said, kept: &mut Kept) -> Text {
    if let Some(op) = said.get(Field::Op) {
        return op;
    }
    let kind = batch.spans[index].kind;
    if let Some(operation) = said.get(Field::GenAiOperation) {
        let op = format!("gen_ai.{}", batch.text(operation));
        return kept.text(batch, &op);
    }
    if let Some(op) = ai_op(batch, kind, said) {
        return kept.text(batch, op);
    }
    if let Some(layer) = said.get(Field::ExpressType) {
        let op = format!("{}.express", batch.text(layer));
        return kept.text(batch, &op);
    }
    if let Some(trigger) = said.get(Field::FaasTrigger) {
        return trigger;
    }
    let op = if let Some(op) = type_op(batch, said) {
        match op.ends_with('.') {
            true => message_op(batch, kind, said),
            false => op,
        }
    } else if let Some(system) = said.get(Field::DbSystem) {
        let system = batch.text(system);
        let own = SYSTEM_OPS.iter().find(|(name, _)| *name == system);
        own.map_or("db", |(_, op)| op)
    } else if is_message(said) {
        message_op(batch, kind, said)
    } else if said.has(Field::Rpc) {
        match kind {
            SpanKind::Server => "rpc.server",
            _ => "rpc",
        }
    } else if said.has(Field::HttpMethod) {
        match kind {
            SpanKind::Server => "http.server",
            SpanKind::Client => "http.client",
            _ if said.has(Field::HttpRoute) => "http.server",
            _ => "http",
        }
    } else {
        "default"
    };
    kept.text(batch, op)
}

/// The operation of a span about models that does not name it by the convention. Who answers a request may note its model, too,
/// but calls none by that.
fn ai_op(batch: &Batch, kind: SpanKind, said: &Said) -> Option<&'static str> {
    let operation = said.get(Field::AiOperation).map(|text| batch.text(text));
    let known = operation.and_then(|operation| {
        let mut all = AI_OPS.iter();
        all.find(|(begin, end, _)| operation.starts_with(begin) && operation.ends_with(end))
    });
    let answers = matches!(kind, SpanKind::Server | SpanKind::Consumer);
    let asks = !answers && said.has(Field::GenAiModel);
    let known = known.map(|(_, _, op)| *op);
    known.or(asks.then_some("gen_ai"))
}

/// The operation that a span's type stands for. Old types have the subtype behind a dot.
fn type_op(batch: &Batch, said: &Said) -> Option<&'static str> {
    let whole = batch.text(said.get(Field::SpanType)?);
    let (kind, rest) = whole.split_once('.').unwrap_or((whole, ""));
    let subtype = match said.get(Field::SpanSubtype) {
        Some(subtype) => batch.text(subtype),
        None => rest.split('.').next().unwrap_or_default(),
    };
    let find = |subtype| {
        let mut all = TYPE_OPS.iter();
        all.find(|(known, own, _)| *known == kind && *own == subtype)
    };
    find(subtype).or_else(|| find("")).map(|(_, _, op)| *op)
}

fn is_message(said: &Said) -> bool {
    [
        Field::MessagingSystem,
        Field::MessagingDestination,
        Field::MessagingOperation,
        Field::CeleryAction,
    ]
    .iter()
    .any(|field| said.has(*field))
}

fn message_op(batch: &Batch, kind: SpanKind, said: &Said) -> &'static str {
    let operation = said
        .get(Field::MessagingOperation)
        .or(said.get(Field::CeleryAction));
    let is_one_of =
        |known: &[&str]| operation.is_some_and(|operation| known.contains(&batch.text(operation)));
    match kind {
        SpanKind::Producer => "queue.publish",
        SpanKind::Consumer => "queue.process",
        _ if is_one_of(PUBLISHING) => "queue.publish",
        _ if is_one_of(SETTLING) => "message",
        _ => "queue.process",
    }
}

/// The description.
fn description(batch: &mut Batch, index: usize, said: &Said, kept: &mut Kept) -> Text {
    let (name, kind) = (batch.spans[index].name, batch.spans[index].kind);
    if let Some(text) = said.get(Field::Description) {
        return text;
    }
    if let Some(text) = said.get(Field::DbText) {
        return text;
    }
    if let Some(method) = said.get(Field::HttpMethod) {
        let target = match kind {
            SpanKind::Server => [Field::HttpRoute, Field::UrlPath, Field::Url],
            _ => [Field::Url, Field::HttpRoute, Field::UrlPath],
        };
        let target = target.iter().find_map(|field| said.get(*field));
        return match target {
            Some(target) => {
                let text = format!("{} {}", batch.text(method), batch.text(target));
                kept.text(batch, &text)
            }
            None => name,
        };
    }
    match is_message(said) {
        true => said.get(Field::MessagingDestination).unwrap_or(name),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::batch::Attr;

    /// Operation and description of a span with these attributes.
    fn resolved(kind: SpanKind, attrs: &[(&str, &str)]) -> (String, String) {
        let mut batch = Batch::default();
        for (name, value) in attrs {
            let key = batch.keys.intern(name);
            let value = BatchValue::Str(batch.keep(value));
            batch.attrs.push(Attr { key, value });
        }
        let name = batch.keep("the name");
        batch.spans.push(SpanRecord {
            name,
            kind,
            attrs: 0..attrs.len() as u32,
            ..SpanRecord::default()
        });
        resolve(&mut batch);
        let span = &batch.spans[0];
        let (op, description) = (batch.text(span.op), batch.text(span.description));
        (op.to_owned(), description.to_owned())
    }

    #[test]
    fn operations_and_descriptions_of_every_dialect() {
        use SpanKind::*;
        for (kind, attrs, op, description) in [
            (
                Client,
                &[("db.system", "postgresql"), ("db.statement", "SELECT 1")][..],
                "db",
                "SELECT 1",
            ),
            (
                Client,
                &[("db.system.name", "redis"), ("db.query.text", "GET ?")],
                "db.redis",
                "GET ?",
            ),
            (
                Client,
                &[("http.method", "GET"), ("http.url", "http://a/b")],
                "http.client",
                "GET http://a/b",
            ),
            (
                Server,
                &[
                    ("http.request.method", "POST"),
                    ("url.path", "/x/1"),
                    ("http.route", "/x/<id>"),
                ],
                "http.server",
                "POST /x/<id>",
            ),
            (
                Producer,
                &[("messaging.destination", "mail")],
                "queue.publish",
                "mail",
            ),
            (
                Consumer,
                &[("messaging.system", "kafka")],
                "queue.process",
                "the name",
            ),
            (
                Internal,
                &[("gen_ai.operation.name", "chat")],
                "gen_ai.chat",
                "the name",
            ),
            (
                Client,
                &[
                    ("gen_ai.system", "openai"),
                    ("gen_ai.request.model", "gpt-4o"),
                ],
                "gen_ai",
                "the name",
            ),
            (
                Server,
                &[("http.method", "POST"), ("gen_ai.request.model", "gpt-4o")],
                "http.server",
                "the name",
            ),
            (
                Internal,
                &[
                    ("ai.operationId", "ai.generateText.doGenerate"),
                    ("gen_ai.request.model", "gpt-4o"),
                ],
                "gen_ai.generate_content",
                "the name",
            ),
            (
                Internal,
                &[("ai.operationId", "ai.streamText")],
                "gen_ai.invoke_agent",
                "the name",
            ),
            (
                Internal,
                &[("openinference.span.kind", "TOOL")],
                "gen_ai.execute_tool",
                "the name",
            ),
            (
                Internal,
                &[("openinference.span.kind", "CHAIN")],
                "default",
                "the name",
            ),
            (
                Client,
                &[
                    ("messaging.system", "servicebus"),
                    ("messaging.operation.type", "settle"),
                ],
                "message",
                "the name",
            ),
            (
                Client,
                &[
                    ("messaging.system", "aws_sqs"),
                    ("messaging.operation.type", "receive"),
                ],
                "queue.process",
                "the name",
            ),
            (
                Internal,
                &[("express.type", "middleware")],
                "middleware.express",
                "the name",
            ),
            (Client, &[("rpc.system", "grpc")], "rpc", "the name"),
            (
                Internal,
                &[("sentry.op", "function"), ("db.system", "mysql")],
                "function",
                "the name",
            ),
            (
                Client,
                &[("db.statement", "SELECT 1"), ("sentry.description", "one")],
                "default",
                "one",
            ),
            (Internal, &[("anything", "else")], "default", "the name"),
            (Internal, &[("span.type", "sql")], "db", "the name"),
            (
                Client,
                &[("span.type", "db.redis.query")],
                "db.redis",
                "the name",
            ),
            (
                Client,
                &[("span.type", "external"), ("span.subtype", "grpc")],
                "grpc",
                "the name",
            ),
            (
                Producer,
                &[("span.type", "messaging")],
                "queue.publish",
                "the name",
            ),
            (Internal, &[("span.type", "custom")], "default", "the name"),
            (
                Client,
                &[
                    ("sql.database_type", "PostgreSQL"),
                    ("sql.sanitized_query", "SELECT ?"),
                ],
                "db",
                "SELECT ?",
            ),
        ] {
            let expected = (op.to_owned(), description.to_owned());
            assert_eq!(resolved(kind, attrs), expected, "{attrs:?}");
        }
    }
}
