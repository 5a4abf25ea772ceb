//! `headwater trace TRACE_ID --story`: everything that happened in a trace, a line each, in the order of time.
//!
//! JSON: a line each with `time_ns, offset_ns, kind` (`start`, `end`, `event`, `log`, `error`), `span_id, service, text`;
//! starts and ends add `op, duration_ns, status`, log records `severity`. What is told and what is not stands in
//! [`crate::analysis::story`].

use super::Failure;
use super::output::{Output, one_line};
use crate::analysis::SpanTree;
use crate::analysis::story::{Line, Material, Wanted, What};
use crate::app::questions::recorded;
use crate::model::batch::SpanStatus;
use crate::model::trace::{Span, Trace};
use crate::model::{CancelToken, Nanos, human};
use crate::store::{Reader, StoreError};
use serde_json::{Value as Json, json};

/// Prints the whole story of a trace.
pub fn print(trace: &Trace, reader: &Reader, json: bool) -> Result<(), Failure> {
    let cancel = CancelToken::default();
    let events = recorded(reader, trace, &cancel)?;
    let tree = SpanTree::new(trace);
    let sheet = Sheet {
        material: Material {
            trace,
            tree: &tree,
            events: &events,
        },
        start: trace.range().start,
    };
    let story = sheet.material.story(&Wanted::default(), &cancel);
    let story = story.ok_or(StoreError::Cancelled)?;
    let mut out = Output::stdout();
    for line in &story.lines {
        if json {
            out.json(&sheet.json(line))?;
        } else {
            let line = sheet.words(line, &out);
            out.line(&line)?;
        }
    }
    out.finish()
}

/// What lines are told from.
struct Sheet<'a> {
    material: Material<'a>,
    start: Nanos,
}

impl Sheet<'_> {
    fn span(&self, line: &Line) -> Option<&Span> {
        self.material.trace.spans.get(line.span?.at())
    }

    fn json(&self, line: &Line) -> Json {
        let span = self.span(line);
        let mut json = json!({
            "time_ns": line.time.0,
            "offset_ns": line.time - self.start,
            "kind": kind(line.what),
            "span_id": span.map(|span| span.id.to_string()),
            "service": self.material.service(line),
            "text": self.material.text(line),
        });
        match (line.what, span) {
            (What::Start | What::End, Some(span)) => {
                json["op"] = json!(&*span.op);
                json["duration_ns"] = json!(span.duration);
                json["status"] = json!(span.status.name());
            }
            (What::Log(at), _) => {
                let log = self.material.trace.logs.get(at as usize);
                json["severity"] = json!(log.map(|log| &*log.severity_text));
            }
            _ => {}
        }
        json
    }

    fn words(&self, line: &Line, out: &Output) -> String {
        let offset = line.time - self.start;
        let sign = if offset < 0 { "" } else { "+" };
        let offset = format!("{sign}{}", human::duration(offset));
        let (what, color) = match line.what {
            What::Log(at) => {
                let log = self.material.trace.logs.get(at as usize);
                let severity = log.map_or("", |log| &*log.severity_text);
                (if severity.is_empty() { "log" } else { severity }, "36")
            }
            What::Error(_) => ("error", "31"),
            What::End => ("end", "2"),
            What::Start | What::Event(_) => (kind(line.what), "0"),
        };
        let what = out.paint(color, &format!("{:<6}", one_line(what)));
        let service = one_line(self.material.service(line));
        let text = one_line(&self.material.text(line));
        let lasted = match (line.what, self.span(line)) {
            (What::Start, Some(span)) => {
                let failed = if span.status == SpanStatus::Error {
                    ", failed"
                } else {
                    ""
                };
                format!("  ({}{failed})", human::duration(span.duration))
            }
            _ => String::new(),
        };
        format!("{offset:>10}  {what}  {service:<16}  {text}{lasted}")
    }
}

fn kind(what: What) -> &'static str {
    match what {
        What::Start => "start",
        What::End => "end",
        What::Event(_) => "event",
        What::Log(_) => "log",
        What::Error(_) => "error",
    }
}
