//! How long insights take over a million spans in twenty thousand traces: every module, every closer look, and what the window
//! asks when a stretch of time is chosen on a chart.
//!
//! `cargo bench --bench insights`; `HEADWATER_INSIGHTS_SPANS=50000` makes it smaller. A trace is a request of fifty spans that does a bit
//! of everything: queries, a cache, calls of another service, messages in a queue, and in some traces an agent or a page load.

#[path = "support/filled.rs"]
mod filled;
#[path = "support/numbers.rs"]
mod numbers;

use filled::fill;
use headwater::app::insights::{Insight, Told, VersionedFamily, Wanted, Whole};
use headwater::insights::family::Family;
use headwater::insights::looks::{self, Look};
use headwater::insights::transactions::Thresholds;
use headwater::insights::{self, Asked, Module, doctor, issues, overview};
use headwater::model::batch::{
    Attr, Batch, BatchValue, Resource, SpanKind, SpanRecord, SpanStatus,
};
use headwater::model::{CancelToken, Nanos, SpanId, TimeRange, TraceId};
use headwater::store::{Filter, Reader, Writer};
use numbers::Numbers;
use std::path::Path;
use std::time::Instant;

/// Traces of a batch, and spans of a trace.
const BATCH: usize = 1_000;
const SPANS: usize = 50;
const START: i64 = 1_795_243_582_000_000_000;
/// From one trace to the next: a capture of 1,000 s.
const STEP: i64 = 50_000_000;
const MILLISECOND: i64 = 1_000_000;

fn main() {
    let count = std::env::var("HEADWATER_INSIGHTS_SPANS").ok();
    let count = count
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("insights.store");
    let ((), millis) = timed(|| fill(&path, count.div_ceil(SPANS), BATCH, batch));
    println!("{count} spans written in {millis:.0} ms");
    let reader = Reader::open(&path).expect("the store");
    let cancel = CancelToken::default();
    let asked = Asked::default();
    let line = |name: &str, (rows, millis): (usize, f64)| {
        println!("{name:<28} {millis:>9.1} {rows:>8}");
    };
    println!("{:<28} {:>9} {:>8}", "what", "ms", "rows");
    line(
        "what spans are to others",
        best(|| {
            let family = Family::read(&reader, &cancel);
            usize::from(family.is_ok())
        }),
    );
    for module in Module::ALL {
        line(
            module.name(),
            best(|| {
                let table = insights::table(module, &reader, &asked, &cancel);
                table.expect("a table").rows.len()
            }),
        );
    }
    line(
        "doctor",
        best(|| {
            let family = Family::read(&reader, &cancel).expect("a family");
            let findings = doctor::findings(&reader, &asked, &family, &cancel);
            findings.expect("findings").len()
        }),
    );
    line(
        "overview, first figures",
        best(|| {
            let first = overview::first(&reader, &asked, &cancel);
            first.expect("first figures").services.len()
        }),
    );
    // Issues are handed in: the window keeps them.
    line(
        "overview",
        best(|| {
            let found = overview::overview(&reader, &asked, &[], &cancel);
            found.expect("an overview").sentences.len()
        }),
    );
    let without = Asked {
        without_issues: true,
        ..Asked::default()
    };
    line(
        "queries/callers, first",
        best(|| {
            let table = looks::table(Look::QueryCallers, &reader, &without, &cancel);
            table.expect("a table").rows.len()
        }),
    );
    for look in Look::all() {
        line(
            &look.path(),
            best(|| {
                let table = looks::table(look, &reader, &asked, &cancel);
                table.expect("a table").rows.len()
            }),
        );
    }
    // The window looks for issues after an import and keeps what it found.
    let ((), millis) = timed(|| keep_issues(&path, &reader));
    println!("issues found and kept in {millis:.0} ms");
    brushed(&reader, count, line);
}

fn keep_issues(path: &Path, reader: &Reader) {
    let mut writer = Writer::open(path).expect("the store");
    let settings = issues::settings(reader).expect("settings");
    let all = Filter::default();
    let found = issues::find(
        reader,
        &all,
        &settings,
        &CancelToken::default(),
        &mut |found| {
            writer.keep(&found).expect("room on the disk");
        },
    );
    found.expect("issues");
}

/// What the pages ask for when half of the time was chosen on a chart: what spans are to each other is known by then.
fn brushed(reader: &Reader, count: usize, line: impl Fn(&str, (usize, f64))) {
    let length = count.div_ceil(SPANS) as i64 * STEP;
    let range = TimeRange {
        start: Nanos(START + length / 4),
        end: Nanos(START + length / 4 * 3),
    };
    let filter = Filter {
        range: Some(range),
        ..Filter::default()
    };
    let family = VersionedFamily::default();
    let wanted = |module: Module, look: Option<Look>| Wanted {
        module,
        look,
        filter: filter.clone(),
        by: String::new(),
        apdex: Thresholds::default(),
        inputs: Vec::new(),
        without_issues: look.is_some_and(Look::shows_issues),
        family: family.clone(),
    };
    let whole = || {
        Box::new(Whole {
            filter: filter.clone(),
            apdex: Thresholds::default(),
            family: family.clone(),
        })
    };
    let answered = |name: &str, insight: &dyn Fn() -> Insight| {
        let answer = || {
            let told = insight().answer(reader, &CancelToken::default());
            usize::from(told.is_ok())
        };
        line(&format!("brushed {name}"), best(answer));
    };
    for module in Module::ALL {
        let name = module.name();
        answered(name, &|| Insight::Table(wanted(module, None)));
        answered(&format!("{name} over time"), &|| Insight::Series {
            wanted: wanted(module, None),
            row: None,
        });
    }
    for look in Look::all() {
        answered(&look.path(), &|| {
            Insight::Table(wanted(look.module(), Some(look)))
        });
    }
    answered("choices", &|| Insight::Choices(filter.clone()));
    answered("overview, first figures", &|| Insight::Glance(whole()));
    let first = match Insight::Glance(whole()).answer(reader, &CancelToken::default()) {
        Ok(Told::Glance(first)) => first,
        _ => unreachable!("a glance is answered by one"),
    };
    answered("overview, the rest", &|| {
        Insight::Overview(whole(), first.clone())
    });
    answered("doctor", &|| Insight::Doctor(whole()));
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed().as_secs_f64() * 1e3)
}

/// The middle of three runs, after one that warms.
fn best(mut work: impl FnMut() -> usize) -> (usize, f64) {
    let found = work();
    let mut times: Vec<f64> = (0..3).map(|_| timed(&mut work).1).collect();
    times.sort_by(f64::total_cmp);
    (found, times[1])
}

fn batch(traces: std::ops::Range<usize>) -> Batch {
    let mut batch = Batch::default();
    for service in ["web", "billing", "worker"] {
        let service = batch.keep(service);
        batch.resources.push(Resource {
            service,
            ..Resource::default()
        });
    }
    for trace in traces {
        Request::new(&mut batch, trace).write();
    }
    batch
}

/// A trace on its way into a batch.
struct Request<'a> {
    batch: &'a mut Batch,
    numbers: Numbers,
    trace: usize,
    next: usize,
    at: i64,
}

/// An attribute's value.
enum Value {
    Text(String),
    Int(i64),
    Bool(bool),
}

/// One span before it is written.
struct Made {
    op: &'static str,
    name: String,
    kind: SpanKind,
    service: u32,
    parent: usize,
    /// When it begins behind the last one, and how long it takes.
    after: i64,
    duration: i64,
    failed: bool,
    attributes: Vec<(&'static str, Value)>,
}

impl<'a> Request<'a> {
    fn new(batch: &'a mut Batch, trace: usize) -> Self {
        Self {
            batch,
            numbers: Numbers(trace as u64 * 7919 + 1),
            trace,
            next: 0,
            at: START + trace as i64 * STEP,
        }
    }

    fn write(&mut self) {
        let route = self.numbers.below(40);
        let root = match self.trace % 10 {
            0 => self.span(Made {
                attributes: vec![
                    ("measurements.lcp", Value::Int(900 + route as i64 * 50)),
                    ("measurements.ttfb", Value::Int(120)),
                ],
                ..entry("pageload", format!("/page/{route}"), 0, 0)
            }),
            _ => self.span(entry("http.server", format!("GET /api/{route}"), 0, 0)),
        };
        if self.trace % 10 == 1 {
            self.agent(root);
        }
        while self.next + 6 <= SPANS {
            let place = self.next as u64;
            match place % 5 {
                0 => self.queries(root),
                1 | 2 => self.cache(root),
                3 => self.request(root),
                _ => self.message(root),
            }
        }
        while self.next < SPANS {
            self.query(root);
        }
    }

    fn query(&mut self, parent: usize) -> usize {
        let (table, id) = (self.numbers.below(30), self.numbers.below(5_000));
        // Most programs leave parameters out of their texts; one table's does not.
        let owner = if table == 0 {
            id.to_string()
        } else {
            "%s".to_owned()
        };
        let text =
            format!("SELECT id, name, state FROM table_{table} WHERE owner = {owner} ORDER BY id");
        self.span(Made {
            attributes: vec![("db.system", Value::Text("postgresql".to_owned()))],
            ..call("db.sql.query", text, parent)
        })
    }

    fn queries(&mut self, parent: usize) {
        (0..6).for_each(|_| {
            self.query(parent);
        });
    }

    fn cache(&mut self, parent: usize) {
        let page = 1 + self.numbers.below(60) * self.numbers.below(60) / 60;
        let hit = page < 20;
        let key = || Value::Text(format!("list:page:{page}"));
        self.span(Made {
            attributes: vec![("cache.key", key()), ("cache.hit", Value::Bool(hit))],
            ..call("cache.get", format!("list:page:{page}"), parent)
        });
        if !hit {
            self.query(parent);
            self.span(Made {
                attributes: vec![("cache.key", key()), ("cache.item_size", Value::Int(2_000))],
                ..call("cache.put", format!("list:page:{page}"), parent)
            });
        }
    }

    fn request(&mut self, parent: usize) {
        let route = self.numbers.below(20);
        // Half a minute of each five the other service refuses.
        let refuses = self.trace % 6_000 < 600 && route < 5;
        let status = if refuses { 429 } else { 200 };
        for attempt in 0..=usize::from(refuses) {
            let client = self.span(Made {
                failed: refuses,
                attributes: vec![
                    ("http.response.status_code", Value::Int(status)),
                    ("http.request.method", Value::Text("GET".to_owned())),
                    (
                        "url.full",
                        Value::Text(format!("https://billing.test/v1/{route}")),
                    ),
                ],
                ..call(
                    "http.client",
                    format!("GET https://billing.test/v1/{route}"),
                    parent,
                )
            });
            if attempt == 0 {
                self.span(entry("http.server", format!("GET /v1/{route}"), 1, client));
            }
        }
    }

    fn message(&mut self, parent: usize) {
        let job = self.numbers.below(8);
        let id = format!("m-{}-{}", self.trace, self.next);
        let about = |id: &str| {
            vec![
                (
                    "messaging.destination.name",
                    Value::Text(format!("queue-{}", job % 3)),
                ),
                ("messaging.message.id", Value::Text(id.to_owned())),
            ]
        };
        let publish = self.span(Made {
            kind: SpanKind::Producer,
            attributes: about(&id),
            ..call("queue.publish", format!("job-{job}"), parent)
        });
        let failed = self.numbers.below(20) == 0;
        let process = self.span(Made {
            kind: SpanKind::Consumer,
            failed,
            attributes: about(&id),
            ..entry("queue.process", format!("job-{job}"), 2, publish)
        });
        self.query(process);
    }

    fn agent(&mut self, parent: usize) {
        let model = || ("gen_ai.request.model", Value::Text("gpt-4.1".to_owned()));
        let conversation = format!("chat-{}", self.trace / 100);
        let run = self.span(Made {
            attributes: vec![
                ("gen_ai.conversation.id", Value::Text(conversation)),
                ("gen_ai.agent.name", Value::Text("helper".to_owned())),
            ],
            ..call(
                "gen_ai.invoke_agent",
                "invoke_agent helper".to_owned(),
                parent,
            )
        });
        for _ in 0..3 {
            let tokens = self.numbers.below(2_000) as i64;
            self.span(Made {
                attributes: vec![model(), ("gen_ai.usage.input_tokens", Value::Int(tokens))],
                ..call("gen_ai.chat", "chat gpt-4.1".to_owned(), run)
            });
            let failed = self.numbers.below(10) == 0;
            self.span(Made {
                failed,
                attributes: vec![("gen_ai.tool.name", Value::Text("search".to_owned()))],
                ..call("gen_ai.execute_tool", "execute_tool search".to_owned(), run)
            });
        }
    }

    /// Writes a span and gives its place in the trace.
    fn span(&mut self, made: Made) -> usize {
        let own = self.next;
        self.next += 1;
        self.at += made.after;
        let first = self.batch.attrs.len() as u32;
        for (name, value) in made.attributes {
            let value = match value {
                Value::Text(text) => BatchValue::Str(self.batch.keep(&text)),
                Value::Int(number) => BatchValue::Int(number),
                Value::Bool(flag) => BatchValue::Bool(flag),
            };
            let key = self.batch.keys.intern(name);
            self.batch.attrs.push(Attr { key, value });
        }
        let id = |place: usize| SpanId((self.trace * SPANS + place + 1) as u64);
        let mut trace = [1; 16];
        trace[..8].copy_from_slice(&Numbers(self.trace as u64).next().to_be_bytes());
        let name = self.batch.keep(&made.name);
        let longer = self.numbers.below(8) as i64;
        let record = SpanRecord {
            trace: TraceId(trace),
            id: id(own),
            parent: if own == 0 {
                SpanId::default()
            } else {
                id(made.parent)
            },
            name,
            op: self.batch.keep(made.op),
            description: name,
            kind: made.kind,
            status: if made.failed {
                SpanStatus::Error
            } else {
                SpanStatus::Unset
            },
            start: Nanos(self.at),
            duration: made.duration * (4 + longer) / 8,
            segment: matches!(made.kind, SpanKind::Server | SpanKind::Consumer),
            resource: made.service,
            attrs: first..self.batch.attrs.len() as u32,
            ..SpanRecord::default()
        };
        self.batch.spans.push(record);
        own
    }
}

/// A span that a service begins with.
fn entry(op: &'static str, name: String, service: u32, parent: usize) -> Made {
    Made {
        kind: if service == 2 {
            SpanKind::Consumer
        } else {
            SpanKind::Server
        },
        service,
        after: MILLISECOND / 2,
        duration: if service == 0 {
            90 * MILLISECOND
        } else {
            4 * MILLISECOND
        },
        ..call(op, name, parent)
    }
}

/// A span that a service calls something in.
fn call(op: &'static str, name: String, parent: usize) -> Made {
    Made {
        op,
        name,
        kind: SpanKind::Client,
        service: 0,
        parent,
        after: MILLISECOND,
        duration: 5 * MILLISECOND,
        failed: false,
        attributes: Vec::new(),
    }
}
