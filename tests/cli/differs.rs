//! What differs, the story of a trace and the records of an import on the command line, on the sample captures.

use crate::cli_support::Program;
use serde_json::Value;

/// The attributes of an answer in their order, without the last line.
fn attributes(lines: &[Value]) -> Vec<&str> {
    let keys = lines.iter().filter_map(|line| line["key"].as_str());
    keys.collect()
}

/// The slow list of documents: in release 1.4.0 each contact is a query of its own, in 1.5.0 one query gets them all.
#[test]
fn the_release_is_named_as_what_slow_requests_have_in_common() {
    let program = Program::with_shop();
    let lines = program.json(&[
        "spans",
        "name:\"GET api/documents\" duration:>100ms",
        "--differs",
        "name:\"GET api/documents\"",
    ]);
    let (last, found) = lines.split_last().expect("lines");
    assert_eq!((&last["inside"], &last["outside"]), (&4.into(), &7.into()));
    let first = &found[0];
    assert_eq!(first["key"], "service.version", "{:?}", attributes(found));
    assert_eq!(first["asked"], false);
    let values: Vec<(&str, u64, u64)> = first["values"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|value| {
            let count = |side: &str| value[side].as_u64().expect("a count");
            let text = value["value"].as_str().expect("a text");
            (text, count("inside"), count("outside"))
        })
        .collect();
    assert_eq!(values, [("1.5.0", 0, 7), ("1.4.0", 4, 0)]);
    let text = program.ok(&[
        "spans",
        "name:\"GET api/documents\" duration:>100ms",
        "--differs",
        "name:\"GET api/documents\"",
    ]);
    assert!(text.starts_with("4 records inside, 7 outside"), "{text}");
    assert!(text.contains("so few records tell little"), "{text}");
}

/// Counts of both sides are those that searching for each value gives.
#[test]
fn counts_are_those_of_searches() {
    let program = Program::with_shop();
    let lines = program.json(&["logs", "level:error", "--differs", ""]);
    let (last, found) = lines.split_last().expect("lines");
    assert_eq!(last["inside"], program.count("logs", "level:error"));
    assert_eq!(last["outside"], program.count("logs", "!level:error"));
    assert!(
        found
            .iter()
            .any(|line| line["key"] == "level" && line["asked"] == true)
    );
    let mut checked = 0;
    for attribute in found {
        let key = attribute["key"].as_str().expect("a name");
        for value in attribute["values"].as_array().expect("a list") {
            let (Some(_), false) = (value.get("value"), value["value"] == "") else {
                continue;
            };
            let text = value["value"].to_string();
            let text = text.trim_matches('"');
            if text.contains(['\\', '*', '"']) {
                continue;
            }
            let term = format!("{key}:\"{text}\"");
            let inside = program.count("logs", &format!("level:error {term}"));
            let outside = program.count("logs", &format!("!level:error {term}"));
            assert_eq!(
                (value["inside"].as_u64(), value["outside"].as_u64()),
                (Some(inside), Some(outside)),
                "{term}"
            );
            checked += 1;
        }
    }
    assert!(checked > 10, "{checked} values");
}

#[test]
fn a_comparison_without_two_sets_is_refused() {
    let program = Program::with_shop();
    let answer = program.run(&["logs", "--differs", ""]);
    assert_eq!(answer.status, 2, "{}", answer.err);
    assert!(
        answer.err.contains("nothing to compare with"),
        "{}",
        answer.err
    );
    let answer = program.run(&["logs", "level:error", "--differs", "a:("]);
    assert_eq!(answer.status, 2, "{}", answer.err);
}

#[test]
fn a_story_tells_every_record_of_the_trace_in_order() {
    let program = Program::with_shop();
    let id = "489c364b5284d6eb9ce41938bf9b0763";
    let trace = &program.json(&["trace", id])[0];
    let lines = program.json(&["trace", id, "--story"]);
    let count = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count() as u64;
    assert_eq!(Some(count("start")), trace["span_count"].as_u64());
    assert_eq!(
        count("log"),
        trace["logs"].as_array().expect("a list").len() as u64
    );
    assert_eq!(
        count("error"),
        trace["errors"].as_array().expect("a list").len() as u64
    );
    assert!(count("end") > 0 && count("end") <= count("start"));
    let times: Vec<i64> = lines
        .iter()
        .filter_map(|line| line["time_ns"].as_i64())
        .collect();
    assert_eq!(times.len(), lines.len());
    assert!(times.is_sorted());
    assert_eq!(lines[0]["kind"], "start");
    assert_eq!(lines[0]["offset_ns"], 0);
    let text = program.ok(&["trace", id, "--story"]);
    assert_eq!(text.lines().count(), lines.len());
    assert!(text.contains("SELECT \"documents_contact\""), "{text}");
}

#[test]
fn the_records_of_an_import_are_found_by_its_number() {
    let program = Program::with_shop();
    let count = |what, import| program.count(what, &format!("import:{import}"));
    assert_eq!([1, 2, 3].map(|n| count("spans", n)), [677, 553, 282]);
    assert_eq!([1, 2, 3].map(|n| count("logs", n)), [61, 89, 76]);
    assert_eq!([1, 2, 3].map(|n| count("traces", n)), [56, 55, 71]);
    assert_eq!(
        program.count("logs", "import:[1, 3] level:error"),
        program.count("logs", "import:1 level:error")
            + program.count("logs", "import:3 level:error")
    );
    assert_eq!(program.count("logs", "!import:1"), 226 - 61);
    assert_eq!(program.count("logs", "import:9"), 0);
}
