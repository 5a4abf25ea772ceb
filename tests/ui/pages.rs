//! Each page on its own: the log search, the imports, the frame around them, and the window with threads.

use crate::common::desk::{Desk, SAMPLE, sample};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::app::Command;
use headwater::app::Route;
use headwater::app::route::LogsPlace;
use headwater::app::settings::Appearance;
use headwater::app::views::Picture;
use headwater::model::{CancelToken, human};
use headwater::store::{Filter, Reader, RecordKind};
use std::path::PathBuf;

/// How many log records the store has for a search, asked past the user interface.
fn stored_logs(desk: &Desk, query: &str) -> usize {
    let reader = Reader::open(&desk.app().store_path).expect("the store can be read");
    let filter = Filter {
        search: headwater::query::parse(query).expect("a search"),
        range: None,
    };
    let found = reader.find(RecordKind::Log, &filter, false, &CancelToken::default());
    found.expect("the store answers").refs.len()
}

fn logs_place(desk: &Desk) -> LogsPlace {
    match desk.app().route() {
        Route::Logs(place) => place.clone(),
        other => panic!("this is not the logs page: {other}"),
    }
}

fn counts(desk: &Desk) -> (u64, u64, u64, u64) {
    let overview = desk.app().overview.value.expect("the store was asked");
    (
        overview.imports,
        overview.traces,
        overview.spans,
        overview.logs,
    )
}

#[test]
fn logs_are_searched_by_any_attribute() {
    let mut desk = Desk::with_sample("logs");
    assert!(desk.has("226 log records"));
    for query in [
        "user.id:16",
        "level:error",
        "logger.name:shop.*",
        "service.version:1.4.0",
        "documents",
    ] {
        desk.search("Search logs", query);
        let stored = stored_logs(&desk, query);
        assert!(stored > 0 && stored < 226, "{query}: {stored}");
        let noun = if stored == 1 { "record" } else { "records" };
        assert!(
            desk.has(&format!("{stored} log {noun} of 226")),
            "{query}: {stored}"
        );
    }
    desk.search("Search logs", "no.such.key:1");
    assert!(desk.has("No log record fits"));
    desk.click_role(Role::Button, "Clear the search");
    assert!(desk.has("226 log records"));
}

#[test]
fn a_search_that_cannot_be_read_keeps_the_old_result_and_says_why() {
    let mut desk = Desk::with_sample("logs");
    desk.search("Search logs", "level:error");
    let rows = |desk: &Desk| {
        desk.items_with("error ")
            .into_iter()
            .take(10)
            .collect::<Vec<_>>()
    };
    let before = (desk.place(), desk.app().logs.revision, rows(&desk));
    desk.search("Search logs", "level:error user.id:(7");
    let error = headwater::query::parse("level:error user.id:(7").expect_err("it is malformed");
    assert!(
        desk.has(&error.message),
        "the message is shown: {}",
        error.message
    );
    let after = (desk.place(), desk.app().logs.revision, rows(&desk));
    assert_eq!(after, before, "the old result stays");
    desk.search("Search logs", "level:error");
    assert!(!desk.has(&error.message));
}

#[test]
fn attribute_names_are_completed_by_keyboard() {
    let mut desk = Desk::with_sample("logs");
    desk.type_into("Search logs", "logger.na");
    assert!(desk.has("logger.name"), "the name is offered");
    desk.press(Key::Tab);
    let field = desk.h.get_by_role_and_label(Role::TextInput, "Search logs");
    assert_eq!(field.value().as_deref(), Some("logger.name:"));
}

#[test]
fn the_chart_narrows_logs_by_keyboard() {
    let mut desk = Desk::with_sample("logs");
    desk.h.get_by_label("Logs over time").focus();
    desk.settle();
    for _ in 0..3 {
        desk.press(Key::ArrowRight);
    }
    for _ in 0..30 {
        desk.press_with(Modifiers::SHIFT, Key::ArrowRight);
    }
    desk.press(Key::Enter);
    let range = logs_place(&desk).range.expect("a range was chosen");
    let fitting = desk
        .app()
        .logs
        .value
        .as_ref()
        .map_or(0, |logs| logs.refs.len());
    assert!(fitting > 0 && fitting < 226, "{fitting}");
    assert!(desk.says(&format!("{fitting} log record")));
    let rows = &desk
        .app()
        .log_rows
        .value
        .as_ref()
        .expect("rows are there")
        .rows;
    assert!(
        rows.iter()
            .all(|row| range.start <= row.time && row.time < range.end)
    );
    let chips = desk.h.query_all_by_label_contains("Remove ").count();
    assert_eq!(chips, 1, "the range is a chip");
    desk.h.get_by_label_contains("Remove ").click();
    desk.settle();
    assert_eq!(logs_place(&desk).range, None);
    assert!(desk.has("226 log records"));
}

#[test]
fn the_chart_narrows_logs_by_dragging() {
    let mut desk = Desk::with_sample("logs");
    let chart = desk.h.get_by_label("Logs over time").rect();
    let at = |share: f32| egui::pos2(chart.left() + chart.width() * share, chart.top() + 20.0);
    desk.h.hover_at(at(0.25));
    desk.h.run();
    desk.h.drag_at(at(0.25));
    desk.h.run();
    desk.h.hover_at(at(0.5));
    desk.h.run();
    desk.h.drop_at(at(0.5));
    desk.settle();
    let whole = stored_logs(&desk, "");
    let fitting = desk
        .app()
        .logs
        .value
        .as_ref()
        .map_or(0, |logs| logs.refs.len());
    assert!(
        logs_place(&desk).range.is_some() && fitting < whole,
        "{fitting} of {whole}"
    );
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(logs_place(&desk).range, None);
}

#[test]
fn an_attribute_becomes_a_column_and_goes_again() {
    let mut desk = Desk::with_sample("logs?q=user.id:16");
    assert!(!desk.has("user.id"));
    desk.click_role(Role::Button, "Columns");
    desk.type_into("Attributes", "user.id");
    desk.click_role(Role::CheckBox, "user.id");
    desk.press(Key::Escape);
    assert_eq!(logs_place(&desk).columns, ["user.id"]);
    assert!(
        desk.h
            .query_by_role_and_label(Role::ColumnHeader, "user.id")
            .is_some(),
        "the header names it"
    );
    let rows = &desk
        .app()
        .log_rows
        .value
        .as_ref()
        .expect("rows are there")
        .rows;
    assert!(
        rows.iter()
            .all(|row| row.cells.len() == 1 && row.cells[0].is_some())
    );
    desk.run(Command::ToggleColumn("user.id".to_owned()));
    assert!(
        desk.h
            .query_by_role_and_label(Role::Label, "user.id")
            .is_none()
    );
}

#[test]
fn a_value_of_a_log_record_is_searched_for_and_excluded() {
    let mut desk = Desk::with_sample("logs?q=user.id:16");
    let first = desk
        .items_with("info ")
        .into_iter()
        .next()
        .expect("there is a record");
    let row = desk
        .h
        .get_all_by_label(&first)
        .next()
        .expect("it is on screen");
    row.click();
    desk.settle();
    desk.h.get_by_label("user.id: 16").hover();
    desk.h.run();
    desk.click("Exclude this value");
    assert_eq!(desk.place(), "logs?q=user.id:16%20!user.id:16");
    assert!(desk.has("No log record fits"));
}

#[test]
fn imports_are_listed_with_counts_and_formats() {
    let mut desk = Desk::with_sample("imports");
    let counts_of = [
        "56 traces, 677 spans, 61 log records, 8 errors",
        "55 traces, 553 spans, 89 log records, 12 errors",
        "71 traces, 282 spans, 76 log records, 6 errors",
    ];
    for (name, counts) in SAMPLE.iter().zip(counts_of) {
        assert_eq!(desk.items_with(name).len(), 1, "{name}");
        assert!(desk.items_with(name)[0].ends_with(counts), "{counts}");
    }
    assert!(desk.has("3 files imported"));
    let formats = desk.app().imports.value.as_ref().map(|imports| {
        imports
            .iter()
            .map(|import| import.report.format.clone())
            .collect::<Vec<_>>()
    });
    for format in formats.expect("imports are listed") {
        let name = headwater::app::format_name(&format);
        assert_ne!(name, format, "people read its name");
        assert!(desk.items().iter().any(|row| row.contains(name)), "{name}");
    }
    assert_eq!(counts(&desk), (3, 182, 1_512, 226));
    open_report(&mut desk, SAMPLE[0]);
    desk.click("Import again");
    assert_eq!(
        counts(&desk),
        (3, 182, 1_512, 226),
        "importing twice adds nothing"
    );
    desk.import(sample());
    assert_eq!(counts(&desk), (3, 182, 1_512, 226));
}

#[test]
fn an_import_is_removed_with_everything_it_brought() {
    let mut desk = Desk::with_sample("imports");
    open_report(&mut desk, SAMPLE[0]);
    desk.click("Remove");
    assert_eq!(desk.place(), "imports");
    let (imports, _, spans, logs) = counts(&desk);
    assert_eq!((imports, spans, logs), (2, 553 + 282, 226 - 61));
    assert!(desk.items_with(SAMPLE[0]).is_empty() && desk.items_with(SAMPLE[1]).len() == 1);
    desk.click_role(Role::Tab, "Logs");
    assert!(desk.has("165 log records"));
}

/// Opens the report on a file from the list of imports.
fn open_report(desk: &mut Desk, file: &str) {
    let row = desk.items_with(file).into_iter().next();
    desk.click_start(&row.expect("the file is listed"));
    assert!(desk.place().starts_with("imports/"));
}

/// The first lines of a sample file, the last of them cut in the middle.
fn truncated(desk: &Desk) -> (PathBuf, usize, usize) {
    let text = std::fs::read_to_string(sample().join(SAMPLE[0])).expect("the sample is there");
    let lines: Vec<&str> = text.lines().take(3).collect();
    let whole = format!("{}\n{}\n", lines[0], lines[1]);
    let cut = &lines[2][..lines[2].floor_char_boundary(lines[2].len() / 2)];
    (
        desk.write("cut.otlp.jsonl", &format!("{whole}{cut}")),
        3,
        whole.len(),
    )
}

#[test]
fn a_cut_line_is_reported_with_its_place() {
    let mut desk = Desk::new("imports");
    let (file, line, byte) = truncated(&desk);
    desk.import(file);
    assert!(desk.items_with("cut.otlp.jsonl")[0].ends_with("1 record skipped, partly read"));
    let before = counts(&desk);
    assert!(before.2 > 0, "what could be read is there");
    open_report(&mut desk, "cut.otlp.jsonl");
    assert!(desk.has("cut.otlp.jsonl") && desk.has("Partly read"));
    assert!(desk.has("1 record skipped") && desk.has("Repairs"));
    let place = format!(
        "line {line}, byte {}: Not complete JSON",
        headwater::model::human::grouped(byte as u64)
    );
    assert_eq!(
        desk.items_with(&place).len(),
        1,
        "{place}: {:?}",
        desk.items()
    );
    // The person mends the file and reads it anew from there: nothing is there twice, and nothing is wrong any more.
    let text =
        std::fs::read_to_string(desk.folder.path().join("cut.otlp.jsonl")).expect("written above");
    desk.write("cut.otlp.jsonl", &text[..byte]);
    desk.click("Replace");
    assert_eq!(counts(&desk), before);
    open_report(&mut desk, "cut.otlp.jsonl");
    assert!(!desk.has("Partly read") && desk.has("Nothing was skipped: every record was read."));
}

#[test]
fn replacing_keeps_what_was_read_when_the_file_is_gone() {
    let mut desk = Desk::new("imports");
    let (file, ..) = truncated(&desk);
    desk.import(file.clone());
    let before = counts(&desk);
    std::fs::remove_file(file).expect("written above");
    open_report(&mut desk, "cut.otlp.jsonl");
    desk.click("Replace");
    assert_eq!(counts(&desk), before);
    assert!(desk.says("There is no such file"));
}

#[test]
fn a_report_is_copied_and_saved() {
    let mut desk = Desk::new("imports");
    let (file, line, byte) = truncated(&desk);
    desk.import(file);
    open_report(&mut desk, "cut.otlp.jsonl");
    for (button, part) in [
        (
            "Copy as text",
            format!("skipped at line {line}, byte {byte}: "),
        ),
        ("Copy as JSON", format!("\"byte\": {byte}")),
    ] {
        desk.h.get_by_label(button).click();
        // The click arrives with one frame, what it copies leaves with the next.
        desk.h.step();
        let copied = desk
            .h
            .output()
            .platform_output
            .commands
            .iter()
            .find_map(|command| match command {
                egui::OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            });
        assert!(copied.is_some_and(|text| text.contains(&part)), "{button}");
    }
    let path = desk.folder.path().join("report.txt");
    let text = "what was read".to_owned();
    desk.run(Command::SaveText {
        path: path.clone(),
        text,
    });
    assert_eq!(
        std::fs::read_to_string(&path).expect("it was written"),
        "what was read"
    );
    let path = desk.folder.path().join("no/such/folder/report.txt");
    desk.run(Command::SaveText {
        path,
        text: String::new(),
    });
    assert!(desk.says("could not be written"));
}

#[test]
fn a_file_that_is_no_capture_fails_with_a_sentence() {
    let mut desk = Desk::new("imports");
    let file = desk.write("holiday.txt", "dear diary,\nit rained all day\n");
    desk.drop_files(&[file]);
    assert!(desk.has("holiday.txt"));
    let report = desk.app().reports.first().expect("the file was tried");
    let sentence = report.error.clone().expect("it says why");
    assert!(sentence.len() > 20 && desk.has(&sentence), "{sentence}");
    assert_eq!(counts(&desk).0, 0);
    assert!(
        desk.h
            .query_by_role_and_label(Role::Button, "Try again")
            .is_some()
    );
    desk.run(Command::Import(vec![PathBuf::from("no/such/file.json")]));
    assert!(
        desk.has("file.json"),
        "a path that leads nowhere fails as visibly"
    );
}

#[test]
fn appearance_and_clock_are_switched_and_kept() {
    let mut desk = Desk::with_sample("logs");
    let is_dark = |desk: &Desk| desk.h.ctx.global_style().visuals.dark_mode;
    assert!(!is_dark(&desk));
    desk.click("Appearance: light");
    assert!(is_dark(&desk) && desk.has("Appearance: dark"));
    desk.press_with(Modifiers::COMMAND, Key::D);
    assert_eq!(desk.app().settings.appearance, Appearance::System);
    desk.click("UTC");
    assert!(desk.has("Local time") && !desk.has("UTC"));
    desk.press_with(Modifiers::COMMAND, Key::U);
    assert!(desk.has("UTC"));
    let settings = std::fs::read_to_string(desk.folder.path().join("settings.json"))
        .expect("settings are kept");
    assert!(settings.contains("\"System\""), "{settings}");
}

#[test]
fn the_keyboard_is_explained_on_every_page() {
    let mut desk = Desk::with_sample("traces");
    for place in [
        "traces",
        "trace/489c364b5284d6eb9ce41938bf9b0763",
        "logs",
        "imports",
    ] {
        desk.run(Command::Go(place.parse().expect("a place")));
        assert!(!desk.has("Expand everything"), "{place}");
        desk.press(Key::Questionmark);
        assert!(desk.has("Expand everything"), "{place}");
        desk.press(Key::Escape);
        assert!(!desk.has("Expand everything"), "{place}");
    }
}

#[test]
fn pages_are_reached_by_tabs_and_keys() {
    let mut desk = Desk::with_sample("traces");
    desk.click_role(Role::Tab, "Logs");
    assert_eq!(desk.place(), "logs");
    desk.press_with(Modifiers::COMMAND, Key::Num2);
    assert_eq!(desk.place(), "spans");
    desk.press_with(Modifiers::COMMAND, Key::Num3);
    assert_eq!(desk.place(), "logs");
    desk.press_with(Modifiers::COMMAND, Key::Num4);
    assert_eq!(desk.place(), "issues");
    desk.press_with(Modifiers::COMMAND, Key::Num7);
    assert_eq!(desk.place(), "imports");
    desk.press_with(Modifiers::COMMAND, Key::Num1);
    assert_eq!(desk.place(), "traces");
    desk.press(Key::Slash);
    assert!(
        desk.h
            .get_by_role_and_label(Role::TextInput, "Search traces")
            .is_focused()
    );
    desk.run(Command::Go(
        "trace/489c364b5284d6eb9ce41938bf9b0763"
            .parse()
            .expect("a place"),
    ));
    desk.click_role(Role::Tab, "Traces");
    assert_eq!(
        desk.place(),
        "traces",
        "the tab leads from a trace to the list"
    );
}

#[test]
fn a_window_with_threads_imports_and_answers() {
    let mut desk = Desk::threaded("traces");
    desk.settle();
    assert!(desk.has("Drop trace files here"));
    desk.drop_files(&[sample()]);
    desk.click_role(Role::Tab, "Traces");
    assert!(desk.has("182 traces"));
    assert_eq!(counts(&desk), (3, 182, 1_512, 226));
    desk.search("Search traces", "http.route:*documents*");
    desk.click("Sort by Spans");
    // What is wrong in it may be known by now, and is told behind.
    let slow = desk.items_with("GET api/documents, 316 ms, 116 spans");
    desk.click(&slow[0]);
    assert_eq!(desk.items_with("113 repeated queries: ").len(), 1);
}

#[test]
fn an_old_answer_stays_until_the_new_one_is_there() {
    let mut desk = Desk::threaded("traces");
    desk.settle();
    desk.drop_files(&[sample()]);
    desk.click_role(Role::Tab, "Traces");
    let rows = desk.items();
    desk.h
        .state_mut()
        .app
        .run(Command::Search("http.route:*documents*".to_owned()));
    desk.h.step();
    // The answer may be quick; while it is awaited, the old rows must be there.
    if desk.app().traces.waiting {
        assert_eq!(desk.items().len(), rows.len());
    }
    desk.settle();
    assert!(desk.says("traces of 182"));
    assert_ne!(desk.items(), rows);
}

#[test]
fn numbers_of_the_selected_row_are_followed_by_keyboard() {
    let mut desk = Desk::with_sample("traces?sort=-logs");
    desk.press(Key::Home);
    let on_link = |desk: &Desk| {
        let mut links = desk.h.query_all_by_role(Role::Link);
        links.any(|link| link.accesskit_node().is_focused())
    };
    for _ in 0..8 {
        if on_link(&desk) {
            break;
        }
        desk.press(Key::Tab);
    }
    assert!(
        on_link(&desk),
        "Tab leads from the rows to the links of one"
    );
    desk.press(Key::Enter);
    let place = desk.place();
    assert!(
        place.starts_with("logs?q=trace:") || place.ends_with("?at=error"),
        "{place}"
    );
}

#[test]
fn figures_of_a_report_lead_to_what_they_count() {
    let mut desk = Desk::with_sample("imports");
    let imports = desk.app().imports.value.clone().expect("there are imports");
    let failing = imports
        .iter()
        .find(|import| import.report.counts.errors > 0);
    let import = failing.expect("the sample has errors");
    desk.run(Command::Go(Route::Import(import.id)));
    let errors = human::grouped(import.report.counts.errors);
    desk.click(&format!("Errors: show {errors}"));
    let place = format!("traces?q=import:{}&sort=-errors", import.id.0);
    assert_eq!(desk.place(), place);
    let row = desk.app().trace_rows.value.clone().expect("traces");
    assert!(row.get(0).is_some_and(|trace| trace.errors > 0));
    // What was skipped is listed below, and has the keyboard then.
    let good = std::fs::read_to_string(sample().join("release-1.5.0.otlp.jsonl"));
    let good = good.expect("the sample");
    let first = good.lines().next().expect("a line");
    let half = desk.write(
        "half.jsonl",
        &format!("{first}\n{{\"resourceSpans\": 7}}\n{first}\n"),
    );
    desk.import(half);
    desk.run(Command::ShowImports);
    let imports = desk.app().imports.value.clone().expect("there are imports");
    let import = imports
        .iter()
        .find(|import| import.report.problems.skipped_total > 0);
    let import = import.expect("a record is no list");
    desk.run(Command::Go(Route::Import(import.id)));
    let skipped = human::grouped(import.report.problems.skipped_total);
    desk.click(&format!("Skipped: show {skipped}"));
    assert!(
        matches!(&desk.app().history.current().picture, Picture::Import(picture) if picture.selected == Some(0))
    );
    // Its report is taken along by a few letters.
    desk.press_with(Modifiers::COMMAND, Key::K);
    desk.type_into("Choose an action or a place", "copy the report as json");
    desk.press(Key::Enter);
    assert!(desk.says("Copied the report"));
}

#[test]
fn how_many_spans_fit_is_said_on_every_tab() {
    let fitting = {
        let desk = Desk::with_sample("spans?q=op:db");
        let found = desk.app().spans.found.value.as_ref();
        found.expect("spans").refs.len() as u64
    };
    for view in ["traces", "groups", "differs"] {
        let desk = Desk::with_sample(&format!("spans?q=op:db&view={view}"));
        assert!(
            desk.says(&format!("{} spans of 1,512", human::grouped(fitting))),
            "{view}"
        );
        assert!(
            desk.app().spans.found.value.is_none(),
            "{view} lists no spans"
        );
    }
}
