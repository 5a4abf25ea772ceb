//! `headwater alerts`: incidents as text and JSON, the exit status, errors of rules, suggestions.

use crate::cli_support::{Program, assert_fields, shop};
use std::path::Path;

fn sample_rules() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/alerts.toml");
    path.display().to_string()
}

fn rule(end: &str) -> String {
    format!(
        "[[rule]]\nname = \"Errors\"\nsubject = \"logs\"\naggregate = \"count()\"\nfilter = \"level:[error, fatal]\"\nwindow = \"1m\"\n{end}\n"
    )
}

#[test]
fn incidents_are_told_and_what_is_critical_fails() {
    let program = Program::with_shop();
    let answer = program.run(&["alerts", "test", &sample_rules(), "--json"]);
    assert_eq!(answer.status, 1, "{}", answer.err);
    let lines = answer.json();
    let (total, incidents) = lines.split_last().expect("a line");
    assert_fields(
        &incidents[0],
        "rule does level start_ns end_ns resolved peak fired issue",
    );
    let total = &total["total"];
    assert_eq!(total["passed"], false);
    let rules = total["rules"].as_array().expect("rules");
    let counted: u64 = rules
        .iter()
        .filter_map(|rule| rule["incidents"].as_u64())
        .sum();
    assert_eq!(counted, incidents.len() as u64);
    // Records behind a number can be counted by hand.
    let errors = incidents
        .iter()
        .find(|incident| incident["rule"] == "Errors in logs")
        .expect("it fires");
    let peak = &errors["peak"];
    let end = peak["time_ns"].as_i64().expect("a time");
    let (from, to) = ((end - 300_000_000_000).to_string(), end.to_string());
    let found = program.json(&[
        "logs",
        "level:[error, fatal]",
        "--count",
        "--from",
        &from,
        "--to",
        &to,
    ]);
    assert_eq!(found[0]["count"].as_f64(), peak["value"].as_f64());
    // Files behind the rules are tried instead of the store.
    let bare = Program::new();
    let again = bare.run(&["alerts", "test", &sample_rules(), &shop(""), "--json"]);
    assert_eq!(again.json(), lines);
    let text = program.run(&["alerts", "test", &sample_rules()]);
    assert!(text.out.contains("would have paged"), "{}", text.out);
}

#[test]
fn only_what_is_critical_and_not_ignored_fails() {
    let program = Program::with_shop();
    for (end, status) in [
        ("above = { critical = 0 }", 1),
        ("above = { critical = 100000 }", 0),
        ("above = { warning = 0 }", 0),
        ("does = \"notify\"\nabove = { critical = 0 }", 1),
        ("does = \"ignore\"\nabove = { critical = 0 }", 0),
    ] {
        let rules = program.write("rules.toml", rule(end));
        assert_eq!(
            program.run(&["alerts", "test", &rules]).status,
            status,
            "{end}"
        );
    }
}

#[test]
fn errors_of_rules_name_their_file_and_line() {
    let program = Program::with_shop();
    let rules = program.write(
        "wrong.toml",
        rule("above = { critical = \"many\" }") + "colour = 1\n",
    );
    let answer = program.run(&["alerts", "test", &rules]);
    assert_eq!(answer.status, 2);
    assert!(
        answer.err.contains("wrong.toml:7: critical is a number"),
        "{}",
        answer.err
    );
    assert!(
        answer
            .err
            .contains("wrong.toml:8: a rule has no \"colour\"; allowed are name"),
        "{}",
        answer.err
    );
    let answer = program.run(&["alerts", "test", "nowhere.toml"]);
    assert_eq!(answer.status, 3, "{}", answer.err);
}

#[test]
fn rules_and_thresholds_are_suggested() {
    let program = Program::with_shop();
    let offered = program.ok(&["alerts", "suggest"]);
    assert!(offered.contains("[[rule]]\nname = \"Slow: "), "{offered}");
    let path = program.write("offered.toml", &offered);
    let answer = program.run(&["alerts", "test", &path, "--json"]);
    assert!(answer.status < 2, "{}", answer.err);
    let mine = program.write("mine.toml", rule("above = { critical = 0 }"));
    let suggested = program.json(&["alerts", "suggest", &mine]);
    assert_fields(&suggested[0], "rule critical times toml");
    // Ten minutes are too short for two pages a week: it must stay silent.
    assert_eq!(suggested[0]["times"], 0);
    let better = program.write(
        "better.toml",
        suggested[0]["toml"].as_str().expect("a rule"),
    );
    assert_eq!(program.run(&["alerts", "test", &better]).status, 0);
}
