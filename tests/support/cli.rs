//! Runs the program as a person or a script does: as a process, in a folder of its own.
#![allow(dead_code, reason = "each test program uses its own part")]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with a store that nobody else uses.
pub struct Program {
    folder: TempDir,
}

/// What a run said.
pub struct Answer {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Program {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    /// With the sample captures imported.
    pub fn with_shop() -> Self {
        let program = Self::new();
        program.ok(&["import", &shop("")]);
        program
    }

    /// A file in the folder.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and gives its path as an argument.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.at(name), bytes).expect("the temporary folder can be written");
        self.at(name).display().to_string()
    }

    pub fn store(&self) -> PathBuf {
        self.at("test.store")
    }

    /// The program on this folder's store.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command.arg("--store").arg(self.store());
        command
    }

    /// The program without a store named.
    pub fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headwater"));
        command
            .args(args)
            .env("HOME", self.folder.path())
            .env("XDG_DATA_HOME", self.at("data"))
            .env("TZ", "UTC")
            .env("NO_COLOR", "1")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Answer {
        Answer::new(self.command(args).output().expect("it runs"))
    }

    /// Runs with something on standard input.
    pub fn run_with_input(&self, args: &[&str], input: &[u8]) -> Answer {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let mut stdin = child.stdin.take().expect("it was piped");
        stdin.write_all(input).expect("it reads its input");
        drop(stdin);
        Answer::new(child.wait_with_output().expect("it ends"))
    }

    /// What a run prints that must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let answer = self.run(args);
        assert_eq!(answer.status, 0, "{args:?}: {}", answer.err);
        let is_notice = answer.err.starts_with("first ") && answer.err.lines().count() == 1;
        assert!(
            answer.err.is_empty() || is_notice,
            "{args:?}: {}",
            answer.err
        );
        answer.out
    }

    /// The JSON lines of a run that must succeed, without the one that says how a list goes on.
    pub fn json(&self, args: &[&str]) -> Vec<Value> {
        let mut all = self.all_json(args);
        all.pop_if(|last| last.get("next_cursor").is_some());
        all
    }

    /// All JSON lines of a run that must succeed.
    pub fn all_json(&self, args: &[&str]) -> Vec<Value> {
        lines(&self.ok(&[args, &["--json"]].concat()))
    }

    /// How many `traces`, `spans` or `logs` fit.
    pub fn count(&self, what: &str, query: &str) -> u64 {
        let answer = self.json(&[what, query, "--count"]);
        answer[0]["count"].as_u64().expect("a count")
    }
}

impl Answer {
    pub fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
        let answer = Self {
            status: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!answer.err.contains("panicked"), "{}", answer.err);
        answer
    }

    pub fn json(&self) -> Vec<Value> {
        lines(&self.out)
    }
}

/// Each line as JSON.
pub fn lines(text: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}

/// The names of an object's fields, sorted.
pub fn fields(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Whether an object has all of these fields.
pub fn assert_fields(value: &Value, wanted: &str) {
    let there = fields(value);
    for name in wanted.split([' ', ',']).filter(|name| !name.is_empty()) {
        assert!(there.contains(&name), "no {name:?} in {there:?}");
    }
}

/// A file of the sample captures; all of them for an empty name.
pub fn shop(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/shop");
    folder.join(name).display().to_string()
}

/// A small file of real telemetry.
pub fn data(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    folder.join(name).display().to_string()
}

/// Every node of a `trace --json`, at any depth.
pub fn nodes(trace: &Value) -> Vec<&Value> {
    let mut open: Vec<&Value> = trace["nodes"].as_array().expect("nodes").iter().collect();
    let mut all = Vec::new();
    while let Some(node) = open.pop() {
        all.push(node);
        open.extend(node["children"].as_array().expect("children"));
    }
    all
}

/// When what is made up begins, nanoseconds since the epoch.
pub const MADE_AT: i64 = 1_795_243_582_000_000_000;

/// A span that is made up. Start and duration are milliseconds; it failed if it has an `error.type`.
#[derive(Clone)]
pub struct MadeSpan {
    pub trace: u64,
    pub service: String,
    pub id: u64,
    pub parent: u64,
    /// OpenTelemetry's number: 1 internal, 2 server, 3 client.
    pub kind: u8,
    pub name: String,
    pub start: i64,
    pub duration: i64,
    pub attributes: Value,
}

impl MadeSpan {
    pub fn otlp(&self) -> Value {
        let attribute = |(key, value): (&String, &Value)| {
            let value = match value {
                Value::String(text) => json!({ "stringValue": text }),
                Value::Bool(flag) => json!({ "boolValue": flag }),
                Value::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
                number => json!({ "intValue": number.to_string() }),
            };
            json!({ "key": key, "value": value })
        };
        let attributes = self.attributes.as_object().expect("attributes");
        let failed = attributes.contains_key("error.type");
        let start = MADE_AT + self.start * 1_000_000;
        let parent = match self.parent {
            0 => String::new(),
            parent => format!("{parent:016x}"),
        };
        json!({
            "traceId": format!("{:032x}", self.trace), "spanId": format!("{:016x}", self.id), "parentSpanId": parent,
            "name": self.name, "kind": self.kind, "startTimeUnixNano": start.to_string(),
            "endTimeUnixNano": (start + self.duration * 1_000_000).to_string(),
            "status": if failed { json!({"code": 2}) } else { json!({}) },
            "attributes": attributes.iter().map(attribute).collect::<Vec<_>>(),
        })
    }
}

/// A program with these spans imported.
pub fn made(spans: &[MadeSpan]) -> Program {
    let resource_spans = |service: &str| {
        let own = spans.iter().filter(|span| span.service == service);
        let own: Vec<Value> = own.map(MadeSpan::otlp).collect();
        let name = json!({"key": "service.name", "value": {"stringValue": service}});
        json!({"resource": {"attributes": [name]}, "scopeSpans": [{"spans": own}]})
    };
    let services: BTreeSet<&str> = spans.iter().map(|span| span.service.as_str()).collect();
    let all: Vec<Value> = services.into_iter().map(resource_spans).collect();
    let program = Program::new();
    let document = json!({ "resourceSpans": all });
    let file = program.write("made.jsonl", format!("{document}\n"));
    program.ok(&["import", &file]);
    program
}
