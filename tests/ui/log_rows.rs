//! The rows of the log list: their columns, the record behind one, those around it, how messages are painted, and groups
//! over time.

use crate::common::desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Modifiers, OutputCommand, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::app::Command;
use serde_json::{Value as Json, json};

/// The settings as they are kept.
fn kept(desk: &Desk) -> Json {
    let kept = std::fs::read_to_string(desk.folder.path().join("settings.json"));
    serde_json::from_str(&kept.expect("settings are kept")).expect("they are JSON")
}

/// Gives the keyboard to the title of a column.
fn focus_title(desk: &mut Desk, role: Role, label: &str) {
    desk.h.get_by_role_and_label(role, label).focus();
    desk.h.run();
}

/// Clicks what copies something; the text it copied.
fn copied(desk: &mut Desk, label: &str) -> String {
    desk.h.get_by_label(label).click();
    for _ in 0..8 {
        desk.h.step();
        for command in &desk.h.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                return text.clone();
            }
        }
    }
    panic!("nothing was copied by {label}");
}

/// A desk with log records of one's own, a JSON object a line.
fn with_logs(lines: &[Json]) -> Desk {
    let mut desk = Desk::new("logs");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let path = desk.write("own.otlp.jsonl", &text);
    desk.import(path);
    desk
}

/// An OTLP document of one record. Every other service is `even`, every fifth record an error.
fn log(second: u64, message: &str) -> Json {
    let text = |value: &str| json!({ "stringValue": value });
    let service = if second.is_multiple_of(2) {
        "even"
    } else {
        "odd"
    };
    let (number, name) = if second.is_multiple_of(5) {
        (17, "error")
    } else {
        (9, "info")
    };
    let record = json!({
        "timeUnixNano": ((START_SECS + second) * 1_000_000_000).to_string(),
        "severityNumber": number,
        "severityText": name,
        "body": text(message),
        "attributes": [{ "key": "payload", "value": text(PAYLOAD) }],
    });
    json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "service.name", "value": text(service) }] },
        "scopeLogs": [{ "logRecords": [record] }],
    }] })
}

/// 2026-01-02 03:00:00 UTC.
const START_SECS: u64 = 1_767_322_800;
const PAYLOAD: &str = r#"{"items": [{"sku": "a-1"}, 2], "total": 5}"#;

#[test]
fn columns_are_moved_resized_and_taken_away_by_keys() {
    let mut desk = Desk::with_sample("logs?columns=logger.name");
    focus_title(&mut desk, Role::ColumnHeader, "logger.name");
    let title = desk
        .h
        .get_by_role_and_label(Role::ColumnHeader, "logger.name");
    let said = title.accesskit_node().description().unwrap_or_default();
    assert!(said.starts_with("Column 5 of 5."), "{said}");
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    let moved = "logs?columns=time,level,service,logger.name,message";
    assert_eq!(desk.place(), moved, "it is a move, not a way back");
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(
        desk.place(),
        "logs?columns=time,level,logger.name,service,message"
    );
    desk.press_with(Modifiers::COMMAND, Key::ArrowRight);
    desk.press_with(Modifiers::COMMAND, Key::ArrowRight);
    assert_eq!(kept(&desk)["column_widths"]["logs"]["logger.name"], 182.0);
    desk.press(Key::ArrowRight);
    desk.press(Key::Delete);
    assert_eq!(desk.place(), "logs?columns=time,level,logger.name,message");
    assert_eq!(
        kept(&desk)["log_columns"],
        json!(["time", "level", "logger.name", "message"])
    );
    desk.run(Command::Go("traces".parse().expect("a place")));
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert!(
        desk.place().starts_with("logs"),
        "elsewhere the keys lead back"
    );
}

#[test]
fn columns_are_moved_by_dragging_their_titles() {
    let mut desk = Desk::with_sample("logs");
    let at = |desk: &Desk, label: &str| {
        let title = desk.h.get_by_role_and_label(Role::ColumnHeader, label);
        title.rect().center()
    };
    let (from, to) = (at(&desk, "Service"), at(&desk, "Time"));
    desk.h.drag_at(from);
    desk.h.run();
    desk.h.hover_at(to - vec2(20.0, 0.0));
    desk.h.run();
    desk.h.drop_at(to - vec2(20.0, 0.0));
    desk.settle();
    assert_eq!(desk.place(), "logs?columns=service,time,level,message");
    assert!(at(&desk, "Service").x < at(&desk, "Time").x);
}

#[test]
fn the_trace_list_keeps_the_order_and_widths_of_its_columns() {
    let mut desk = Desk::with_sample("traces");
    focus_title(&mut desk, Role::Button, "Sort by Spans");
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    desk.press_with(Modifiers::COMMAND, Key::ArrowRight);
    let x = |desk: &Desk, label: &str| desk.h.get_by_label(label).rect().left();
    assert!(x(&desk, "Sort by Spans") < x(&desk, "Sort by Duration"));
    assert_eq!(kept(&desk)["trace_columns"][3], "Spans");
    assert_eq!(kept(&desk)["column_widths"]["traces"]["Spans"], 86.0);
    desk.press(Key::Enter);
    assert_eq!(
        desk.place(),
        "traces?sort=-spans",
        "it sorts by what it shows"
    );
    assert!(desk.has("Sort by Spans (descending)"));
}

#[test]
fn every_attribute_can_be_acted_upon_by_keys() {
    let mut desk = Desk::with_sample("logs?q=level:error");
    let row = desk.items_with("error ")[0].clone();
    desk.click(&row);
    desk.h.get_by_label("Actions for logger.name").focus();
    desk.h.run();
    desk.press(Key::Enter);
    for entry in [
        "Copy value",
        "Filter by this value",
        "Exclude this value",
        "Add as column",
        "Copy key",
    ] {
        assert!(desk.has(entry), "{entry}");
    }
    desk.click("Group by this");
    assert_eq!(
        desk.place(),
        "logs?q=level:error&view=groups&by=logger.name"
    );
    let found = desk.app().log_groups.value.clone().expect("it was asked");
    assert_eq!(found.records, 41);
}

#[test]
fn a_record_is_copied_as_the_command_line_prints_it() {
    let mut desk = with_logs(&[log(0, "\u{1b}[31mpay\u{1b}[0m\nment"), log(1, "other")]);
    let row = desk.items_with("error ")[0].clone();
    desk.click(&row);
    desk.click("Copy the record");
    let json: Json = serde_json::from_str(&copied(&mut desk, "Copy as JSON")).expect("it is JSON");
    assert_eq!(json["body"], "\u{1b}[31mpay\u{1b}[0m\nment");
    assert_eq!(json["severity_number"], 17);
    assert_eq!(json["service"], "even");
    assert!(json["attributes"].is_object() && json["resource"].is_object());
    desk.settle();
    desk.click("Copy the record");
    let text = copied(&mut desk, "Copy as text");
    assert_eq!(text, "2026-01-02 03:00:00.000 error even pay\\nment");
}

#[test]
fn json_values_fold_as_a_tree() {
    let mut desk = with_logs(&[log(0, "x")]);
    desk.click("error x");
    desk.click("Show as a tree of payload");
    assert!(desk.has("items [2]") && desk.has("total"));
    assert!(!desk.has("\"a-1\""));
    desk.click("items [2]");
    desk.click("0 {1}");
    assert!(desk.has("\"a-1\""));
    desk.click("items [2]");
    assert!(!desk.has("0 {1}"));
    desk.click("Show less of payload");
    assert!(!desk.has("items [2]"));
}

#[test]
fn a_record_is_shown_among_those_of_its_service() {
    let lines: Vec<Json> = (0..900)
        .map(|at| log(at, &format!("message {at}")))
        .collect();
    let mut desk = with_logs(&lines);
    desk.search("Search logs", "message \"message 501\"");
    desk.click("info message 501");
    desk.click("Records around this one");
    desk.click("Around it, same service");
    assert!(desk.place().contains("&around="), "{}", desk.place());
    assert!(desk.place().ends_with("&of=service"));
    assert!(desk.has("This record: info message 501"));
    assert!(desk.has("info message 499") && desk.has("info message 503"));
    assert!(
        !desk.has("error message 500"),
        "that one is of the other service"
    );
    let around = |desk: &Desk| desk.app().log_around.value.clone().expect("it was asked");
    assert_eq!((around(&desk).at, around(&desk).rows.len()), (50, 101));
    desk.click("200 more earlier");
    assert_eq!((around(&desk).at, around(&desk).rows.len()), (250, 301));
    assert!(
        desk.has("This record: info message 501"),
        "it stays in sight"
    );
    assert!(desk.says("250 earlier records, to the first"));
    desk.click("Everything");
    assert!(desk.place().ends_with("&of=all"));
    assert!(desk.has("error message 500") && desk.has("This record: info message 501"));
    // The place can be copied and opened.
    let place = desk.place();
    desk.run(Command::Go("imports".parse().expect("a place")));
    desk.run(Command::Go(place.parse().expect("a place")));
    assert!(desk.has("This record: info message 501"));
    desk.click("Back to the search");
    assert_eq!(desk.place(), "logs?q=message%20%22message%20501%22");
    assert_eq!(desk.items_with("info ").len(), 1);
}

#[test]
fn a_record_without_a_trace_or_without_a_store_says_so() {
    let mut desk = with_logs(&[log(1, "x")]);
    desk.click("info x");
    desk.click("Records around this one");
    assert!(!desk.has("Around it, same trace"));
    desk.press(Key::Escape);
    desk.run(Command::Go(
        "logs?around=1.0&of=trace".parse().expect("a place"),
    ));
    assert!(desk.says("the record belongs to no trace"));
    desk.run(Command::Go("logs?around=999.0".parse().expect("a place")));
    assert!(desk.says("not in the store any more"));
    desk.click("Everything");
    assert!(desk.says("not in the store any more"));
    desk.click("Back to the search");
    assert!(desk.has("info x"));
}

#[test]
fn the_records_of_a_trace_are_those_around_one_of_them() {
    let mut desk = Desk::with_sample("logs?q=is:traced level:error");
    let row = desk.items_with("error ")[0].clone();
    desk.click(&row);
    desk.click("Records around this one");
    desk.click("Around it, same trace");
    let found = desk.app().log_around.value.clone().expect("it was asked");
    let trace = found.rows[found.at].trace.expect("it has one");
    assert!(found.rows.iter().all(|row| row.trace == Some(trace)));
    assert!(found.rows.is_sorted_by_key(|row| row.time));
    let count = found.rows.len();
    desk.run(Command::Go(
        format!("logs?q=trace:{trace}").parse().expect("a place"),
    ));
    assert_eq!(
        desk.app().logs.value.as_ref().map(|logs| logs.refs.len()),
        Some(count)
    );
}

#[test]
fn messages_wrap_and_terminal_colours_are_not_text() {
    let long = "word ".repeat(200);
    let mut desk = with_logs(&[
        log(0, "\u{1b}[1;31mpayment\u{1b}[0m failed\nTraceback"),
        log(1, &long),
    ]);
    assert!(desk.has("error payment failed"), "{:?}", desk.items());
    let height = |desk: &Desk| desk.h.get_by_label("error payment failed").rect().height();
    assert_eq!(height(&desk), 24.0);
    desk.click("Wrap messages");
    assert_eq!(height(&desk), 72.0);
    assert_eq!(kept(&desk)["wrap_messages"], true);
    desk.click("error payment failed");
    assert!(
        desk.says("payment failed\nTraceback"),
        "the record has it whole"
    );
    desk.click("Wrap messages");
    assert_eq!(height(&desk), 24.0);
}

#[test]
fn groups_are_drawn_over_time() {
    let mut desk = Desk::with_sample("logs?view=groups&by=service");
    let series = desk.app().log_series.value.clone().expect("it was asked");
    let counted: u64 = series.lines.iter().flat_map(|line| &line.counts).sum();
    assert_eq!((series.lines.len(), counted), (5, 226));
    let bar = |desk: &Desk, part: &str| {
        let bars = desk.items().into_iter();
        bars.filter(|bar| bar.contains(", count()") && bar.contains(part))
            .count()
    };
    assert!(bar(&desk, "\nshop-api: ") > 0);
    desk.click("shop-api in the chart");
    assert_eq!(bar(&desk, "\nshop-api: "), 0, "it is hidden");
    assert!(bar(&desk, "\nworker-1: ") > 0);
    desk.click("shop-api in the chart");
    assert!(bar(&desk, "\nshop-api: ") > 0);
    desk.h.get_by_label("Groups over time").focus();
    desk.h.run();
    desk.press(Key::ArrowRight);
    desk.press_with(Modifiers::SHIFT, Key::ArrowRight);
    desk.press(Key::Enter);
    let range = format!("from={}&to={}", series.range.start.0, series.start_of(2));
    assert!(desk.place().contains(&range), "{} {range}", desk.place());
    let found = desk.app().log_groups.value.clone().expect("it was asked");
    let first_two = series
        .lines
        .iter()
        .flat_map(|line| line.counts.iter().take(2))
        .sum::<u64>();
    assert_eq!(found.records, first_two);
}

#[test]
fn only_some_groups_are_drawn_and_the_others_are_said() {
    let mut desk = Desk::with_sample("logs?view=groups&by=user.id");
    let total = desk
        .app()
        .log_groups
        .value
        .as_ref()
        .map_or(0, |found| found.total);
    assert!(total > 6, "{total}");
    assert!(desk.says(&format!("{} groups more in the chart", total - 5)));
    desk.run(Command::Go(
        "logs?view=groups&by=user.id&agg=count_unique(level)"
            .parse()
            .expect("a place"),
    ));
    assert!(desk.says(&format!("first 5 of {total} groups")));
}
