//! Telemetry made up, the same every time: OTLP JSON lines like those of the Collector's file exporter, about 1 KB a span.

use std::fmt::Write;

/// A generator of numbers that is the same everywhere (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Spans a line, as a batch processor sends them.
const SPANS_A_LINE: usize = 512;

/// Lines with this many spans of ten attributes in all.
pub fn otlp_spans(count: usize) -> String {
    let mut numbers = Numbers(1);
    let mut out = String::with_capacity(count * 1100);
    let mut written = 0;
    while written < count {
        out.push_str(r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"service.version","value":{"stringValue":"1.4.0"}}]},"scopeSpans":[{"scope":{"name":"shop.http","version":"1.0"},"spans":["#);
        let here = SPANS_A_LINE.min(count - written);
        for index in 0..here {
            if index > 0 {
                out.push(',');
            }
            span(&mut out, &mut numbers, (written + index) as u64);
        }
        out.push_str("]}]}]}\n");
        written += here;
    }
    out
}

fn span(out: &mut String, numbers: &mut Numbers, index: u64) {
    let trace = index / 20;
    let start = 1_795_243_960_000_000_000 + index * 50_000;
    let end = start + 1_000 + numbers.below(50_000_000);
    let (user, order) = (numbers.below(100_000), numbers.below(1_000_000));
    let status = [200, 200, 200, 200, 404, 500][numbers.below(6) as usize];
    let table = ["orders", "users", "items", "payments"][numbers.below(4) as usize];
    write!(
        out,
        r#"{{"traceId":"{:016x}{trace:016x}","spanId":"{:016x}","parentSpanId":"{:016x}","name":"SELECT {table}","kind":3,"startTimeUnixNano":"{start}","endTimeUnixNano":"{end}","attributes":[{{"key":"db.system","value":{{"stringValue":"postgresql"}}}},{{"key":"db.name","value":{{"stringValue":"shop"}}}},{{"key":"db.statement","value":{{"stringValue":"SELECT id, name, state, total FROM {table} WHERE customer_id = %s AND state = %s ORDER BY id"}}}},{{"key":"net.peer.name","value":{{"stringValue":"db.internal"}}}},{{"key":"net.peer.port","value":{{"intValue":"5432"}}}},{{"key":"http.status_code","value":{{"intValue":"{status}"}}}},{{"key":"user.id","value":{{"stringValue":"user-{user}"}}}},{{"key":"order.id","value":{{"intValue":"{order}"}}}},{{"key":"thread.name","value":{{"stringValue":"worker-{}"}}}},{{"key":"cache.hit","value":{{"boolValue":{}}}}}],"status":{{}},"flags":256}}"#,
        // Ids of traces are all over their range, as those of SDKs are; twenty spans share one.
        Numbers(trace).next(),
        index + 1,
        if index.is_multiple_of(20) { 0 } else { index - index % 20 + 1 },
        index % 8,
        index.is_multiple_of(3),
    )
    .expect("writing to a String cannot fail");
}
