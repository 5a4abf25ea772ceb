//! Telemetry made up, the same every time: OTLP JSON lines and OTLP protobuf like those of the Collector's file exporter,
//! about 900 bytes a span as JSON and 430 as protobuf.

pub mod floor;
pub mod numbers;

pub use numbers::Numbers;

use std::fmt::Write;

/// Spans a line, as a batch processor sends them.
const SPANS_A_LINE: usize = 512;

/// Lines with this many spans of ten attributes in all.
pub fn otlp_spans(count: usize) -> String {
    let mut out = String::with_capacity(count * 1100);
    for_each_request(count, |spans| {
        out.push_str(r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"service.version","value":{"stringValue":"1.4.0"}}]},"scopeSpans":[{"scope":{"name":"shop.http","version":"1.0"},"spans":["#);
        for (index, span) in spans.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            span.json(&mut out);
        }
        out.push_str("]}]}]}\n");
    });
    out
}

/// The same records as protobuf, each request with its length before it.
#[allow(dead_code)]
pub fn otlp_spans_proto(count: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(count * 520);
    for_each_request(count, |spans| {
        let mut resource = Vec::new();
        attribute(&mut resource, 1, "service.name", &Value::Text("shop"));
        attribute(&mut resource, 1, "service.version", &Value::Text("1.4.0"));
        let mut scope = Vec::new();
        field(&mut scope, 1, b"shop.http");
        field(&mut scope, 2, b"1.0");
        let mut of_scope = Vec::new();
        field(&mut of_scope, 1, &scope);
        for span in spans {
            field(&mut of_scope, 2, &span.proto());
        }
        let mut of_resource = Vec::new();
        field(&mut of_resource, 1, &resource);
        field(&mut of_resource, 2, &of_scope);
        let mut request = Vec::new();
        field(&mut request, 1, &of_resource);
        out.extend_from_slice(&(request.len() as u32).to_be_bytes());
        out.extend_from_slice(&request);
    });
    out
}

fn for_each_request(count: usize, mut write: impl FnMut(&[Span])) {
    let mut numbers = Numbers(1);
    let spans: Vec<Span> = (0..count as u64)
        .map(|index| Span::new(&mut numbers, index))
        .collect();
    spans.chunks(SPANS_A_LINE).for_each(&mut write);
}

/// A span before it is written.
struct Span {
    trace: [u64; 2],
    id: u64,
    parent: u64,
    table: &'static str,
    start: u64,
    end: u64,
    status: u64,
    user: String,
    order: u64,
    thread: String,
    hit: bool,
}

/// An attribute's value.
enum Value<'a> {
    Text(&'a str),
    Int(u64),
    Bool(bool),
}

impl Span {
    fn new(numbers: &mut Numbers, index: u64) -> Self {
        let trace = index / 20;
        let start = 1_795_243_960_000_000_000 + index * 50_000;
        let end = start + 1_000 + numbers.below(50_000_000);
        let (user, order) = (numbers.below(100_000), numbers.below(1_000_000));
        let status = [200, 200, 200, 200, 404, 500][numbers.below(6) as usize];
        Self {
            // Ids of traces are all over their range, as those of SDKs are; twenty spans share one.
            trace: [Numbers(trace).next(), trace],
            id: index + 1,
            parent: match index % 20 {
                0 => 0,
                place => index - place + 1,
            },
            table: ["orders", "users", "items", "payments"][numbers.below(4) as usize],
            start,
            end,
            status,
            user: format!("user-{user}"),
            order,
            thread: format!("worker-{}", index % 8),
            hit: index.is_multiple_of(3),
        }
    }

    /// Calls `each` with every attribute.
    fn attributes(&self, mut each: impl FnMut(&str, Value)) {
        let statement = format!(
            "SELECT id, name, state, total FROM {} WHERE customer_id = %s AND state = %s ORDER BY id",
            self.table
        );
        each("db.system", Value::Text("postgresql"));
        each("db.name", Value::Text("shop"));
        each("db.statement", Value::Text(&statement));
        each("net.peer.name", Value::Text("db.internal"));
        each("net.peer.port", Value::Int(5432));
        each("http.status_code", Value::Int(self.status));
        each("user.id", Value::Text(&self.user));
        each("order.id", Value::Int(self.order));
        each("thread.name", Value::Text(&self.thread));
        each("cache.hit", Value::Bool(self.hit));
    }

    fn json(&self, out: &mut String) {
        let [high, low] = self.trace;
        write!(
            out,
            r#"{{"traceId":"{high:016x}{low:016x}","spanId":"{:016x}","parentSpanId":"{:016x}","name":"SELECT {}","kind":3,"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":["#,
            self.id, self.parent, self.table, self.start, self.end
        )
        .expect("writing to a String cannot fail");
        let mut comma = "";
        self.attributes(|key, value| {
            let value = match value {
                Value::Text(text) => format!(r#""stringValue":"{text}""#),
                Value::Int(number) => format!(r#""intValue":"{number}""#),
                Value::Bool(value) => format!(r#""boolValue":{value}"#),
            };
            write!(out, r#"{comma}{{"key":"{key}","value":{{{value}}}}}"#)
                .expect("writing to a String cannot fail");
            comma = ",";
        });
        out.push_str(r#"],"status":{},"flags":256}"#);
    }

    fn proto(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(520);
        field(&mut out, 1, &self.trace.map(u64::to_be_bytes).concat());
        field(&mut out, 2, &self.id.to_be_bytes());
        field(&mut out, 4, &self.parent.to_be_bytes());
        field(&mut out, 5, format!("SELECT {}", self.table).as_bytes());
        varint(&mut out, 6 << 3);
        varint(&mut out, 3);
        for (number, time) in [(7, self.start), (8, self.end)] {
            varint(&mut out, number << 3 | 1);
            out.extend_from_slice(&time.to_le_bytes());
        }
        self.attributes(|key, value| attribute(&mut out, 9, key, &value));
        field(&mut out, 15, b"");
        // The flags.
        varint(&mut out, 16 << 3 | 5);
        out.extend_from_slice(&256_u32.to_le_bytes());
        out
    }
}

/// An attribute as element of the list with this number.
fn attribute(out: &mut Vec<u8>, list: u64, key: &str, value: &Value) {
    let mut written = Vec::new();
    match value {
        Value::Text(text) => field(&mut written, 1, text.as_bytes()),
        Value::Bool(value) => {
            varint(&mut written, 2 << 3);
            varint(&mut written, u64::from(*value));
        }
        Value::Int(number) => {
            varint(&mut written, 3 << 3);
            varint(&mut written, *number);
        }
    }
    let mut pair = Vec::new();
    field(&mut pair, 1, key.as_bytes());
    field(&mut pair, 2, &written);
    field(out, list, &pair);
}

/// Bytes with their length.
fn field(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    varint(out, number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
