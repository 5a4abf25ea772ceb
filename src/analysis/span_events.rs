//! What a span recorded while it ran: its events, read from the JSON they are kept as (OTLP's shape).

use crate::model::Nanos;
use crate::model::record::ErrorEntry;
use serde_json::Value as Json;

/// One event of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// Its name; `event` without one.
    pub name: String,
    /// When; `None` where the source says nothing readable.
    pub time: Option<Nanos>,
    /// Its attributes in the order of the source.
    pub attributes: Vec<(String, String)>,
}

impl SpanEvent {
    /// The value of an attribute; empty without one.
    pub fn attribute(&self, wanted: &str) -> &str {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|(key, _)| key == wanted);
        found.map_or("", |(_, value)| value)
    }

    /// Whether an error says the same as this event.
    pub fn says(&self, error: &ErrorEntry) -> bool {
        self.attribute("exception.type") == &*error.exception_type
            && self.attribute("exception.message") == &*error.message
    }

    /// Whether an error was made of this event, though it says less: of an exception only texts are taken over.
    pub fn says_more_than(&self, error: &ErrorEntry) -> bool {
        let same = |name, text: &str| text.is_empty() || self.attribute(name) == text;
        self.name == "exception"
            && self.time.is_none_or(|time| time == error.time)
            && same("exception.type", &error.exception_type)
            && same("exception.message", &error.message)
    }
}

/// The events in a span's JSON; none where it cannot be read.
pub fn span_events(json: &str) -> Vec<SpanEvent> {
    let Ok(Json::Array(events)) = serde_json::from_str::<Json>(json) else {
        return Vec::new();
    };
    events.iter().map(event).collect()
}

fn event(event: &Json) -> SpanEvent {
    let time = &event["timeUnixNano"];
    let time = time
        .as_i64()
        .or_else(|| time.as_str().and_then(|text| text.parse().ok()));
    let attributes = event["attributes"].as_array().into_iter().flatten();
    SpanEvent {
        name: event["name"].as_str().unwrap_or("event").to_owned(),
        time: time.map(Nanos),
        attributes: attributes.map(attribute).collect(),
    }
}

fn attribute(attribute: &Json) -> (String, String) {
    let key = attribute["key"].as_str().unwrap_or_default().to_owned();
    let value = attribute["value"]
        .as_object()
        .and_then(|value| value.values().next());
    let text = value.map_or_else(String::new, |value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    });
    (key, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_whatever_is_missing() {
        let json = r#"[{"name": "retry", "timeUnixNano": "12", "attributes": [
                {"key": "n", "value": {"intValue": "2"}}, {"key": "list", "value": {"arrayValue": {"values": []}}}]},
            {"timeUnixNano": 7}, {"name": "late", "timeUnixNano": "soon"}]"#;
        let events = span_events(json);
        let told: Vec<_> = events
            .iter()
            .map(|event| (&*event.name, event.time))
            .collect();
        let expected = [
            ("retry", Some(Nanos(12))),
            ("event", Some(Nanos(7))),
            ("late", None),
        ];
        assert_eq!(told, expected);
        assert_eq!(events[0].attribute("n"), "2");
        assert_eq!(events[0].attribute("list"), r#"{"values":[]}"#);
        assert_eq!(events[0].attribute("none"), "");
        assert_eq!(span_events("{"), []);
    }
}
