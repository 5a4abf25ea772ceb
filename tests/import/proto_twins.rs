//! Random records written in both forms of OTLP are the same records.

use crate::import_support::import_bytes;
use crate::proto_support::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A value of an attribute.
#[derive(Clone, Debug)]
enum Any {
    Null,
    Text(String),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(Vec<u8>),
    Array(Vec<Any>),
    Pairs(Vec<(String, Any)>),
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Any {
    fn json(&self) -> Value {
        match self {
            Self::Null => json!({}),
            Self::Text(text) => json!({ "stringValue": text }),
            Self::Bool(value) => json!({ "boolValue": value }),
            Self::Int(number) => json!({ "intValue": number.to_string() }),
            Self::Double(number) => json!({ "doubleValue": number }),
            Self::Bytes(bytes) => json!({ "bytesValue": base64(bytes) }),
            Self::Array(values) => {
                let values: Vec<_> = values.iter().map(Self::json).collect();
                json!({ "arrayValue": filled("values", json!(values)) })
            }
            Self::Pairs(pairs) => json!({ "kvlistValue": filled("values", pairs_json(pairs)) }),
        }
    }

    fn proto(&self) -> Vec<u8> {
        match self {
            Self::Null => Vec::new(),
            Self::Text(text) => bytes(1, text),
            Self::Bool(value) => int(2, u64::from(*value)),
            Self::Int(number) => int(3, *number as u64),
            Self::Double(number) => fixed(4, number.to_bits()),
            Self::Bytes(content) => bytes(7, content),
            Self::Array(values) => {
                let values = values.iter().flat_map(|value| bytes(1, value.proto()));
                bytes(5, values.collect::<Vec<_>>())
            }
            Self::Pairs(pairs) => bytes(6, pairs_proto(1, pairs)),
        }
    }
}

/// An object with a list. Protobuf has no empty lists, so the object has none either.
fn filled(name: &str, list: Value) -> Value {
    match list.as_array().is_some_and(Vec::is_empty) {
        true => json!({}),
        false => json!({ name: list }),
    }
}

fn pairs_json(pairs: &[(String, Any)]) -> Value {
    let pair = |(key, value): &(String, Any)| json!({ "key": key, "value": value.json() });
    pairs.iter().map(pair).collect()
}

fn pairs_proto(number: u64, pairs: &[(String, Any)]) -> Vec<u8> {
    let pair = |(key, value): &(String, Any)| attribute(number, key, value.proto());
    pairs.iter().flat_map(pair).collect()
}

/// The plain rule: three bytes are four digits of 64, and `=` fills up.
fn base64(content: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = content.iter().map(|byte| format!("{byte:08b}")).collect();
    let bits: Vec<_> = bits.chars().collect();
    let mut text: String = bits
        .chunks(6)
        .map(|six| {
            let number = six.iter().collect::<String>() + &"0".repeat(6 - six.len());
            digits[usize::from_str_radix(&number, 2).unwrap()] as char
        })
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[derive(Clone, Debug)]
struct Event {
    time: u64,
    name: String,
    attributes: Vec<(String, Any)>,
}

#[derive(Clone, Debug)]
struct Span {
    id: u64,
    parent: u64,
    state: String,
    name: String,
    numbers: (u64, u64, u64, u64),
    attributes: Vec<(String, Any)>,
    dropped: u64,
    events: Vec<Event>,
    links: Vec<u64>,
    status: (String, u64),
}

impl Span {
    fn json(&self) -> Value {
        let (kind, start, end, _) = self.numbers;
        let event = |event: &Event| {
            let mut json = json!({
                "timeUnixNano": event.time.to_string(), "name": event.name,
                "attributes": pairs_json(&event.attributes), "droppedAttributesCount": 3
            });
            if event.attributes.is_empty() {
                json.as_object_mut().unwrap().shift_remove("attributes");
            }
            json
        };
        let link = |id: &u64| json!({ "traceId": hex(&[9; 16]), "spanId": format!("{id:016x}") });
        let mut span = json!({
            "traceId": hex(&[7; 16]), "spanId": format!("{:016x}", self.id), "traceState": self.state,
            "parentSpanId": format!("{:016x}", self.parent), "name": self.name, "kind": kind,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": end.to_string(),
            "attributes": pairs_json(&self.attributes), "droppedAttributesCount": self.dropped,
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
            "links": self.links.iter().map(link).collect::<Vec<_>>(),
            "status": { "message": self.status.0, "code": self.status.1 }, "flags": 257
        });
        // A list without elements is not written in protobuf; as JSON it may be, and means the same.
        if self.numbers.3 == 0 && self.links.is_empty() {
            span.as_object_mut().unwrap().shift_remove("links");
        }
        span
    }

    fn proto(&self) -> Vec<u8> {
        let (kind, start, end, _) = self.numbers;
        let event = |event: &Event| {
            let parts = [
                fixed(1, event.time),
                bytes(2, &event.name),
                pairs_proto(3, &event.attributes),
                int(4, 3),
            ];
            bytes(11, parts.concat())
        };
        let link = |id: &u64| bytes(13, [bytes(1, [9; 16]), bytes(2, id.to_be_bytes())].concat());
        let status = [bytes(2, &self.status.0), int(3, self.status.1)].concat();
        [
            bytes(1, [7; 16]),
            bytes(2, self.id.to_be_bytes()),
            bytes(3, &self.state),
            bytes(4, self.parent.to_be_bytes()),
            bytes(5, &self.name),
            int(6, kind),
            fixed(7, start),
            fixed(8, end),
            pairs_proto(9, &self.attributes),
            int(10, self.dropped),
            self.events.iter().flat_map(event).collect(),
            self.links.iter().flat_map(link).collect(),
            bytes(15, status),
            // The flags, which nobody keeps.
            [varint(16 << 3 | 5), vec![1, 1, 0, 0]].concat(),
        ]
        .concat()
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,4}",
        "[ -~\n\té€😀]{0,8}",
        "x{120,140}",
        Just("exception".to_owned()),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab\"é]{0,2}",
        Just("exception.type".to_owned()),
        Just("exception.message".to_owned()),
        Just("db.system".to_owned()),
        Just("http.method".to_owned()),
    ]
}

fn any_value() -> impl Strategy<Value = Any> {
    let plain = prop_oneof![
        1 => Just(Any::Null),
        4 => text().prop_map(Any::Text),
        1 => any::<bool>().prop_map(Any::Bool),
        2 => any::<i64>().prop_map(Any::Int),
        1 => (-300..300_i64).prop_map(Any::Int),
        // Halves read the same however they are written.
        1 => any::<i16>().prop_map(|number| Any::Double(f64::from(number) + 0.5)),
        1 => prop::collection::vec(any::<u8>(), 0..5).prop_map(Any::Bytes),
    ];
    plain.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Any::Array),
            prop::collection::vec((key(), inner), 0..3).prop_map(Any::Pairs),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Vec<(String, Any)>> {
    prop::collection::vec((key(), any_value()), 0..5)
}

fn span_of_any_kind() -> impl Strategy<Value = Span> {
    let event = (0..5_000_u64, text(), attributes()).prop_map(|(time, name, attributes)| Event {
        time,
        name,
        attributes,
    });
    let texts = (text(), text(), text());
    let numbers = (0..7_u64, 0..3_000_u64, 0..3_000_u64, 0..2_u64);
    let lists = (
        attributes(),
        prop::collection::vec(event, 0..3),
        prop::collection::vec(any::<u64>(), 0..3),
    );
    (1..u64::MAX, any::<u64>(), texts, numbers, 0..3_u64, lists).prop_map(
        |(id, parent, (state, name, message), numbers, dropped, (attributes, events, links))| {
            Span {
                id,
                parent,
                state,
                name,
                numbers,
                attributes,
                dropped,
                events,
                links,
                status: (message, numbers.0 % 4),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn both_forms_of_any_span_are_the_same(spans in prop::collection::vec(span_of_any_kind(), 1..4)) {
        let list: Vec<_> = spans.iter().map(Span::json).collect();
        let service = json!([{ "key": "service.name", "value": { "stringValue": "api" } }]);
        let written = json!({ "resourceSpans": [{
            "resource": { "attributes": service },
            "scopeSpans": [{ "scope": { "name": "lib" }, "spans": list }]
        }] });
        let (json_report, json) = import_bytes(written.to_string().as_bytes());
        let file = request(&spans.iter().map(Span::proto).collect::<Vec<_>>());
        let (proto_report, proto) = import_bytes(&file);
        prop_assert_eq!(&proto_report.format, "otlp-proto");
        prop_assert_eq!(records(&json), records(&proto));
        prop_assert_eq!(json_report.problems, proto_report.problems);
        prop_assert_eq!(json_report.counts.spans, proto_report.counts.spans);
    }
}
