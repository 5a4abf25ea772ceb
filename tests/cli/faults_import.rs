//! Imports that are killed, starved, raced and fed with garbage, seen from outside the process.

use crate::cli_support::{Answer, Program, data, shop};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Spans in each trace of [`line`].
const SPANS: u64 = 10;

/// One line of OTLP: a trace of its own with [`SPANS`] spans and a log record, about 5 kB.
fn line(number: u64) -> String {
    let start = 1_795_243_581_520_183_000 + number * 1_000_000;
    let mut spans = String::new();
    for at in 0..SPANS {
        let comma = if at == 0 { "" } else { "," };
        let parent = if at == 0 {
            String::new()
        } else {
            format!("{:016x}", (number + 1) * 16)
        };
        let _ = write!(
            spans,
            r#"{comma}{{"traceId":"{:032x}","spanId":"{:016x}","parentSpanId":"{parent}","name":"GET /api/items/{{id}}","kind":2,"startTimeUnixNano":"{start}","endTimeUnixNano":"{}","attributes":[{{"key":"http.route","value":{{"stringValue":"/api/items/{{id}}"}}}},{{"key":"user.id","value":{{"intValue":"{}"}}}},{{"key":"db.query.text","value":{{"stringValue":"SELECT * FROM item WHERE id = %s AND owner = %s ORDER BY created_at"}}}}],"status":{{}}}}"#,
            number + 1,
            (number + 1) * 16 + at,
            start + 5_000 + at,
            number % 1_000,
        );
    }
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"api"}}}}]}},"scopeSpans":[{{"scope":{{"name":"s"}},"spans":[{spans}]}}]}}],"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"traceId":"{:032x}","spanId":"{:016x}","timeUnixNano":"{start}","severityNumber":9,"body":{{"stringValue":"item {number} shown"}}}}]}}]}}]}}"#,
        number + 1,
        (number + 1) * 16,
    ) + "\n"
}

/// Writes lines until the file has so many bytes; tells how many traces that made.
fn write_lines(path: &Path, bytes: usize) -> u64 {
    let mut file = BufWriter::new(std::fs::File::create(path).expect("a file"));
    let (mut written, mut number) = (0, 0);
    while written < bytes {
        let line = line(number);
        file.write_all(line.as_bytes()).expect("room on the disk");
        written += line.len();
        number += 1;
    }
    file.flush().expect("room on the disk");
    number
}

fn totals(lines: &[Value]) -> [u64; 4] {
    let total = &lines.last().expect("a total")["total"];
    ["traces", "spans", "logs", "duplicates"].map(|what| total[what].as_u64().expect(what))
}

fn start(program: &Program, path: &str) -> Child {
    let mut command = program.command(&["import", "--json", path]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it runs")
}

/// Waits until the store holds something.
fn wait_for_a_commit(program: &Program) {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        let answer = program.run(&["traces", "--count"]);
        if answer.status == 0 && answer.json()[0]["count"] != 0 {
            return;
        }
    }
    panic!("nothing was committed in 20 seconds");
}

/// Every trace that can be seen is whole.
fn assert_nothing_half(program: &Program) -> u64 {
    let traces = program.json(&["traces", "--limit", "0"]);
    for trace in &traces {
        assert_eq!(trace["span_count"], SPANS, "{trace}");
        assert_eq!(trace["log_count"], 1, "{trace}");
    }
    let count = traces.len() as u64;
    assert_eq!(program.count("spans", ""), count * SPANS);
    assert_eq!(program.count("logs", ""), count);
    count
}

#[test]
fn a_killed_import_leaves_whole_batches_and_can_be_completed() {
    let program = Program::new();
    let file = program.at("big.jsonl");
    let all = write_lines(&file, 110_000_000);
    let path = file.display().to_string();
    let mut child = start(&program, &path);
    wait_for_a_commit(&program);
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    let committed = assert_nothing_half(&program);
    assert!(committed > 0 && committed < all, "{committed} of {all}");
    let last = format!("{committed:032x}");
    let trace = &program.json(&["trace", &last])[0];
    assert_eq!(trace["span_count"], SPANS);

    let rest = program.json(&["import", &path]);
    assert_eq!(
        totals(&rest),
        [
            all - committed,
            (all - committed) * SPANS,
            all - committed,
            0
        ]
    );
    assert_eq!(assert_nothing_half(&program), all);
    let again = program.json(&["import", &path]);
    assert_eq!(again[0]["outcome"], "already_imported");
    assert_eq!(totals(&again), [0; 4]);
}

#[test]
fn a_killed_stream_can_be_sent_again() {
    let program = Program::new();
    let mut command = program.command(&["import", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("it runs");
    let lines: Vec<u8> = (0..6_000)
        .flat_map(|number| line(number).into_bytes())
        .collect();
    let mut stdin = child.stdin.take().expect("it was piped");
    stdin.write_all(&lines).expect("it reads");
    wait_for_a_commit(&program);
    // The end of the stream is never sent.
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    drop(stdin);
    let committed = assert_nothing_half(&program);
    assert!(committed < 6_000, "{committed}");
    let answer = program.run_with_input(&["import", "-", "--json"], &lines);
    let [traces, spans, _, duplicates] = totals(&answer.json());
    assert_eq!(
        (traces, spans),
        (6_000 - committed, (6_000 - committed) * SPANS)
    );
    assert_eq!(duplicates, committed * SPANS);
    assert_eq!(program.count("spans", ""), 6_000 * SPANS);
    // Log records have no id: in a stream, which is no file to recognise, they cannot be told apart from new ones.
    assert_eq!(program.count("logs", ""), 6_000 + committed);
}

#[test]
fn of_a_file_that_grew_only_the_new_part_is_read() {
    let program = Program::new();
    let first: String = (0..500).map(line).collect();
    let path = program.write("log.jsonl", &first);
    program.ok(&["import", &path]);
    // A half line at its end is completed later.
    let rest: String = (500..700).map(line).collect();
    let half = rest.len() - 100;
    for (part, traces) in [(&rest[..half], 199), (&rest[half..], 1)] {
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .expect("a file");
        file.write_all(part.as_bytes()).expect("it can be written");
        drop(file);
        let lines = program.json(&["import", &path]);
        let bytes = lines[0]["bytes"].as_u64().expect("bytes");
        assert!(bytes < rest.len() as u64 + 20_000, "{bytes} read again");
        let [new, spans, _, _] = totals(&lines);
        assert!(
            new.abs_diff(traces) <= 1 && spans <= (traces + 1) * SPANS,
            "{new} traces, {spans} spans"
        );
    }
    assert_eq!(assert_nothing_half(&program), 700);
}

/// A line with many log records is seen half-written, then whole: each record is there once.
#[test]
fn log_records_of_a_line_that_was_cut_are_not_read_twice() {
    let program = Program::new();
    let record = |at: u64| {
        format!(
            r#"{{"timeUnixNano":"{}","severityNumber":9,"body":{{"stringValue":"record {at}"}}}}"#,
            1_795_243_581_520_183_000 + at
        )
    };
    let records: Vec<String> = (0..40).map(record).collect();
    let whole = format!(
        "{}{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{}]}}]}}]}}\n",
        line(0),
        records.join(",")
    );
    for (name, left) in [("early", 2_000), ("late", 20)] {
        let file = program.write(&format!("{name}.jsonl"), whole.replace("record", name));
        let text = std::fs::read(&file).expect("written above");
        std::fs::write(&file, &text[..text.len() - left]).expect("the folder can be written");
        let first = program.json(&["import", &file]);
        assert_eq!(first[0]["skipped_total"], 1, "{first:?}");
        let seen = program.count("logs", name);
        std::fs::write(&file, &text).expect("the folder can be written");
        let second = program.json(&["import", &file]);
        assert_eq!(
            program.count("logs", name),
            40,
            "{name}: {seen} at first; {second:?}"
        );
        let third = program.json(&["import", &file]);
        assert_eq!(third[0]["outcome"], "already_imported", "{third:?}");
    }
}

#[test]
fn of_two_imports_at_once_one_is_told_who_the_other_is() {
    let program = Program::new();
    let file = program.at("big.jsonl");
    let all = write_lines(&file, 40_000_000);
    let path = file.display().to_string();
    let first = start(&program, &path);
    wait_for_a_commit(&program);
    let second = program.run(&["import", &shop("")]);
    assert_eq!(second.status, 4, "{}{}", second.out, second.err);
    let holder = format!("process {}", first.id());
    assert!(second.err.contains(&holder), "{}", second.err);
    let first = Answer::new(first.wait_with_output().expect("it ends"));
    assert_eq!((first.status, first.err.as_str()), (0, ""));
    assert_eq!(assert_nothing_half(&program), all);
    program.ok(&["import", &shop("")]);
    assert_eq!(program.count("traces", ""), all + 182);
}

#[test]
fn in_a_folder_good_files_are_read_and_bad_ones_listed() {
    let program = Program::new();
    let folder = program.at("mixed");
    std::fs::create_dir_all(folder.join("deeper")).expect("a folder");
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("a file");
    let copy = |from: String, name: &str| put(name, &std::fs::read(from).expect("a sample"));
    copy(shop("release-1.5.0.otlp.jsonl"), "a.txt");
    copy(data("logs-python.envelope"), "deeper/b");
    put("empty.json", b"");
    put("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    put("page.html", b"<!doctype html><html></html>");
    put("words.txt", b"only words\n");
    put(
        "half.jsonl",
        line(0).as_bytes().get(..3_000).expect("it is longer"),
    );
    let answer = program.run(&["import", "--json", &folder.display().to_string()]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    let lines = answer.json();
    assert_eq!(lines.len(), 7 + 1);
    for line in &lines[..7] {
        let path = line["path"].as_str().expect("a path");
        let bad = ["empty.json", "picture.png", "page.html", "words.txt"]
            .iter()
            .any(|name| path.ends_with(name));
        assert_eq!(line["error"].is_string(), bad, "{line}");
        assert_eq!(line["outcome"] == "failed", bad, "{line}");
    }
    assert_eq!(program.count("spans", "service:shop-api"), 204);
    let half = lines.iter().find(|line| {
        line["path"]
            .as_str()
            .is_some_and(|path| path.ends_with("half.jsonl"))
    });
    assert!(
        half.is_some_and(|half| half["skipped_total"] == 1),
        "{half:?}"
    );
}

/// Imports bytes between two good lines and gives the report; the good lines must have arrived.
fn between_good_lines(name: &str, bytes: &[u8]) -> (Program, Value) {
    let program = Program::new();
    let mut file = line(0).into_bytes();
    file.extend_from_slice(bytes);
    file.push(b'\n');
    file.extend_from_slice(line(1).as_bytes());
    let path = program.write("x.jsonl", file);
    let answer = program.run(&["import", "--json", &path]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""), "{name}");
    let report = answer.json().remove(0);
    for id in ["1", "2"] {
        let trace = program.run(&["trace", &format!("{id:0>32}"), "--json"]);
        assert_eq!(trace.status, 0, "{name}: {report}");
        assert_eq!(trace.json()[0]["span_count"], SPANS, "{name}: {report}");
    }
    (program, report)
}

fn span_with(name: &str, value: &str) -> String {
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0000000000000000000000000000ffff","spanId":"00000000000000ff","name":{name},"startTimeUnixNano":"5","endTimeUnixNano":"9","attributes":[{{"key":"big","value":{value}}}]}}]}}]}}]}}"#
    )
}

#[test]
fn huge_lines_are_kept_or_listed() {
    let text = format!(r#"{{"stringValue":"{}"}}"#, "x".repeat(50 << 20));
    let (program, report) = between_good_lines("valid", span_with(r#""huge""#, &text).as_bytes());
    assert_eq!(program.count("spans", "huge"), 1);
    assert!(
        report["warnings"]
            .as_array()
            .is_some_and(|notes| !notes.is_empty()),
        "{report}"
    );
    let (program, report) = between_good_lines("garbage", &vec![b'x'; 50 << 20]);
    assert_eq!(report["skipped_total"], 1);
    assert_eq!(report["skipped"][0]["line"], 2);
    assert_eq!(report["skipped"][0]["byte"], line(0).len());
    assert_eq!(program.count("spans", ""), 2 * SPANS);
}

#[test]
fn depth_costs_no_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = 10_000_000 / open.len();
        let deep = open.repeat(depth) + "1" + &close.repeat(depth);
        let (program, report) =
            between_good_lines("deep value", span_with(r#""deep""#, &deep).as_bytes());
        let kept = program.count("spans", "deep");
        assert_eq!(program.count("spans", ""), 2 * SPANS + kept);
        let listed = report["skipped_total"].as_u64().expect("a count");
        assert_eq!(kept + listed, 1, "{report}");
        let (_, report) = between_good_lines("deep line", deep.as_bytes());
        let noted = report["warnings"].as_array().expect("notes").len() as u64;
        let listed = report["skipped_total"].as_u64().expect("a count");
        assert_eq!(noted + listed, 1, "{report}");
        let (_, report) = between_good_lines("never closed", open.repeat(depth).as_bytes());
        assert_eq!(report["skipped_total"], 1, "{report}");
    }
}

#[test]
fn hostile_names_are_only_text() {
    let sql = r#"x'); DROP TABLE spans; --"#;
    let (program, report) =
        between_good_lines(sql, span_with(&format!("\"{sql}\""), "{}").as_bytes());
    assert_eq!(report["skipped_total"], 0);
    let found = program.json(&["spans", &format!("name:\"{sql}\"")]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["name"], sql);
    assert_eq!(program.count("spans", ""), 2 * SPANS + 1);
    let (program, _) = between_good_lines("NUL", span_with(r#""a\u0000b""#, "{}").as_bytes());
    assert_eq!(
        program.json(&["spans", "trace:0000000000000000000000000000ffff"])[0]["name"],
        "a\0b"
    );
    assert_eq!(program.count("spans", ""), 2 * SPANS + 1);
}

#[test]
fn bytes_that_are_not_text_are_replaced_or_listed() {
    let (program, report) = between_good_lines("NUL bytes", &[0; 1000]);
    assert_eq!(report["skipped_total"], 1, "{report}");
    assert_eq!(program.count("spans", ""), 2 * SPANS);
    let mut latin = span_with(r#""caf_""#, "{}").into_bytes();
    let at = latin
        .iter()
        .position(|byte| *byte == b'_')
        .expect("it is there");
    latin[at] = 0xE9;
    let (program, report) = between_good_lines("Latin-1", &latin);
    let kept = program.count("spans", "") - 2 * SPANS;
    assert_eq!(
        kept + report["skipped_total"].as_u64().expect("a count"),
        1,
        "{report}"
    );
}

#[test]
fn line_ends_and_byte_order_marks_of_windows_do_not_matter() {
    let program = Program::new();
    let lines: String = (0..3)
        .map(|number| line(number).replace('\n', "\r\n"))
        .collect();
    let path = program.write("windows.jsonl", ["\u{feff}", &lines].concat());
    let report = &program.json(&["import", &path])[0];
    assert_eq!(
        (&report["traces"], &report["skipped_total"]),
        (&3.into(), &0.into()),
        "{report}"
    );
    assert_eq!(assert_nothing_half(&program), 3);
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_file() {
    let program = Program::new();
    let file = program.at("big.jsonl");
    let all = write_lines(&file, 300_000_000);
    let mut child = start(&program, &file.display().to_string());
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("it can be asked").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    let answer = Answer::new(child.wait_with_output().expect("it ends"));
    assert_eq!(totals(&answer.json()), [all, all * SPANS, all, 0]);
    assert!(peak > 1_000, "the peak was never seen");
    assert!(peak < 400 * 1024, "{} MiB", peak / 1024);
}
