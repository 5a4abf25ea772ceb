//! The story the program is for, from the first start to the cause, driven by accessible names.

use crate::common::desk::{Desk, SAMPLE, sample};
use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::app::views::{Picture, TracePicture};
use headwater::app::{App, Route};
use headwater::model::record::TraceSummary;

/// The trace of the sample with the repeated queries, from the OpenTelemetry file.
const SLOW_TRACE: &str = "489c364b5284d6eb9ce41938bf9b0763";
/// Its row in the list.
const SLOW_ROW: &str = "GET api/documents, 316 ms, 116 spans";
/// The statement its repeated queries share.
const STATEMENT: &str = "db SELECT \"documents_contact\".\"id\"";

fn picture(desk: &Desk) -> &TracePicture {
    match &desk.app().history.current().picture {
        Picture::Trace(picture) => picture,
        other => panic!("no trace is open: {other:?}"),
    }
}

/// The name of the row of the repeated queries.
fn group_row(desk: &Desk) -> String {
    let groups = desk.items_with("113 repeated queries: ");
    assert_eq!(groups.len(), 1, "{:?}", desk.items());
    groups.into_iter().next().expect("there is one")
}

/// Opens the slow trace through search, sorting and a click.
fn open_slow_trace(desk: &mut Desk) {
    desk.search("Search traces", "http.route:*documents*");
    desk.click("Sort by Spans");
    // What is wrong in it is told behind.
    let slow = desk.items_with(SLOW_ROW);
    desk.click(&slow[0]);
    assert_eq!(desk.place(), format!("trace/{SLOW_TRACE}"));
}

/// The name of the selected row.
fn selected_row(desk: &Desk) -> Option<String> {
    let is_selected =
        |node: &egui_kittest::Node<'_>| node.accesskit_node().toggled() == Some(Toggled::True);
    let selected = desk.h.query_all_by_role(Role::ListItem).find(is_selected);
    selected.and_then(|node| node.accesskit_node().label())
}

#[test]
fn the_first_start_says_how_to_begin() {
    let desk = Desk::new("traces");
    assert!(desk.has("Drop trace files here"));
    assert!(desk.says("Choose files…") && desk.says("Choose a folder…"));
    assert!(!desk.has("Search traces"), "there is nothing to search yet");
}

#[test]
fn a_path_typed_on_the_first_page_fills_the_trace_list() {
    let mut desk = Desk::new("traces");
    desk.type_into("or a path", &sample().to_string_lossy());
    desk.press(Key::Enter);
    assert_eq!(desk.place(), "overview", "how all of it is comes first");
    desk.click_role(Role::Tab, "Traces");
    assert!(desk.has("182 traces"), "{:?}", desk.items());
    let rows = desk
        .items()
        .iter()
        .filter(|name| name.contains(" span"))
        .count();
    assert!(rows > 15, "{:?}", desk.items());
}

#[test]
fn the_button_beside_the_path_imports_too() {
    let mut desk = Desk::new("imports");
    desk.type_into("or a path", &sample().join(SAMPLE[0]).to_string_lossy());
    desk.click("Import");
    assert_eq!(desk.items_with(SAMPLE[0]).len(), 1);
    assert_eq!(
        desk.app().overview.value.map(|overview| overview.spans),
        Some(677)
    );
}

#[test]
fn dropped_files_fill_the_trace_list() {
    let mut desk = Desk::new("traces");
    let files: Vec<_> = SAMPLE.iter().map(|name| sample().join(name)).collect();
    desk.drop_files(&files);
    desk.click_role(Role::Tab, "Traces");
    assert!(desk.has("182 traces"));
    let overview = desk.app().overview.value.expect("the store was asked");
    assert_eq!(
        (
            overview.imports,
            overview.traces,
            overview.spans,
            overview.logs
        ),
        (3, 182, 1_512, 226)
    );
}

#[test]
fn the_trace_list_is_searched_and_sorted() {
    let mut desk = Desk::with_sample("traces");
    desk.search("Search traces", "http.route:*documents*");
    let traces = &desk.app().traces;
    let found = traces.value.as_ref().map(|list| list.matches.numbers.len());
    assert!(
        found.is_some_and(|found| found > 5 && found < 182),
        "{found:?}"
    );
    assert!(desk.has(&format!("{} traces of 182", found.unwrap_or(0))));
    desk.click("Sort by Spans");
    assert!(desk.has("Sort by Spans (descending)"));
    let spans = |rows: &[TraceSummary]| rows.iter().map(|row| row.spans).collect::<Vec<_>>();
    let shown = spans(
        &desk
            .app()
            .trace_rows
            .value
            .as_ref()
            .expect("rows are there")
            .rows,
    );
    assert!(
        shown.is_sorted_by(|a, b| a >= b) && shown.first() > shown.last(),
        "{shown:?}"
    );
    desk.click("Sort by Spans (descending)");
    let shown = spans(
        &desk
            .app()
            .trace_rows
            .value
            .as_ref()
            .expect("rows are there")
            .rows,
    );
    assert!(
        shown.is_sorted() && shown.first() < shown.last(),
        "{shown:?}"
    );
}

#[test]
fn repeated_queries_are_one_row_that_unfolds_by_its_button() {
    let mut desk = Desk::with_sample("traces");
    open_slow_trace(&mut desk);
    let group = group_row(&desk);
    assert_eq!(
        desk.items_with(STATEMENT).len(),
        0,
        "the members are folded away"
    );
    desk.click_role(Role::Button, &format!("Expand {group}"));
    let rows = desk
        .app()
        .rows
        .value
        .as_ref()
        .map(|visible| visible.rows.len());
    assert_eq!(rows, Some(4 + 113));
    assert!(desk.items_with(STATEMENT).len() > 10, "{:?}", desk.items());
    desk.press(Key::End);
    let last = selected_row(&desk).expect("the last row is selected");
    assert!(last.starts_with(STATEMENT), "{last}");
    desk.press(Key::Home);
    // With another row selected, it is no longer the group of the selected issue.
    let group = group_row(&desk);
    desk.click_role(Role::Button, &format!("Collapse {group}"));
    assert_eq!(desk.items_with(STATEMENT).len(), 0);
}

#[test]
fn repeated_queries_unfold_by_keyboard() {
    let mut desk = Desk::with_sample("traces");
    open_slow_trace(&mut desk);
    // The rows have the keyboard as soon as the trace is open.
    for _ in 0..4 {
        desk.press(Key::ArrowDown);
    }
    assert_eq!(selected_row(&desk), Some(group_row(&desk)));
    assert!(
        desk.has("N+1") && desk.has("113 repeated queries"),
        "the details explain the group"
    );
    desk.press(Key::ArrowRight);
    assert!(desk.items_with(STATEMENT).len() > 10);
    desk.press(Key::ArrowRight);
    let first = selected_row(&desk).expect("the first member is selected");
    assert!(first.starts_with(STATEMENT), "{first}");
    desk.press(Key::ArrowLeft);
    assert_eq!(selected_row(&desk), Some(group_row(&desk)));
    desk.press(Key::ArrowLeft);
    assert_eq!(desk.items_with(STATEMENT).len(), 0);
    desk.press(Key::ArrowUp);
    let above = selected_row(&desk).expect("the rows still have the keyboard");
    assert!(
        above.starts_with("db SELECT \"documents_document\""),
        "{above}"
    );
}

#[test]
fn the_attributes_of_a_span_are_found_and_searched_for() {
    // Tall enough for attributes not to be scrolled out of view.
    let place = format!("trace/{SLOW_TRACE}");
    let mut desk = Desk::with(&place, [1280.0, 1600.0], App::inline);
    desk.import(sample());
    desk.click("http.server GET api/documents, 316 ms");
    assert!(desk.has("http.route: api/documents") && desk.has("http.method: GET"));
    assert!(
        desk.has("service.version: 1.4.0"),
        "who sent it is listed as well"
    );
    desk.type_into("Filter span attributes", "ROUTE");
    assert!(desk.has("http.route: api/documents") && !desk.has("http.method: GET"));
    desk.h.get_by_label("http.route: api/documents").hover();
    desk.h.run();
    desk.click("Filter by this value");
    assert_eq!(desk.place(), "traces?q=http.route:api/documents");
    assert!(!desk.items_with(SLOW_ROW).is_empty() || desk.says("traces of 182"));
    let query = desk
        .h
        .get_by_role_and_label(Role::TextInput, "Search traces")
        .value();
    assert_eq!(query.as_deref(), Some("http.route:api/documents"));
}

#[test]
fn from_a_span_to_its_logs_and_back_into_the_trace() {
    let mut desk = Desk::with_sample("traces");
    open_slow_trace(&mut desk);
    desk.click("http.server GET api/documents, 316 ms");
    desk.click_role(Role::Button, "1 log");
    assert_eq!(
        desk.place(),
        format!("logs?q=trace:{SLOW_TRACE}%20span:abe1b52cfe1d67d2")
    );
    let logs = desk.items_with("info listed documents");
    assert_eq!(logs.len(), 1);
    desk.click(&logs[0]);
    assert!(desk.has("count: 113"), "the record's attributes are shown");
    desk.click_role(Role::Button, "Open in trace");
    assert_eq!(desk.place(), format!("trace/{SLOW_TRACE}/abe1b52cfe1d67d2"));
    assert_eq!(
        selected_row(&desk).as_deref(),
        Some("http.server GET api/documents, 316 ms")
    );
}

/// A request with a chain, a silent stretch, seven like queries, and a log record written in the fifth of them.
fn request(desk: &Desk) -> std::path::PathBuf {
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let span = |id: u32, parent: u32, name: &str, from: u64, to: u64| {
        let base = 1_795_243_000_000_000_000_u64;
        let (from, to) = (base + from * 1_000_000, base + to * 1_000_000);
        let parent = if parent == 0 {
            String::new()
        } else {
            format!(r#""parentSpanId":"{parent:016x}","#)
        };
        let query = r#"{"key":"db.system","value":{"stringValue":"sqlite"}},{"key":"db.query.text","value":{"stringValue":"SELECT 1 FROM stock"}}"#;
        let attributes = if name == "SELECT" { query } else { "" };
        format!(
            r#"{{"traceId":"{trace}","spanId":"{id:016x}",{parent}"name":"{name}","kind":1,"startTimeUnixNano":"{from}","endTimeUnixNano":"{to}","attributes":[{attributes}]}}"#
        )
    };
    let mut spans = vec![
        span(1, 0, "checkout", 0, 1_000),
        span(2, 1, "prepare", 0, 50),
    ];
    spans.extend((3..10).map(|id| {
        span(
            id,
            1,
            "SELECT",
            300 + u64::from(id) * 10,
            305 + u64::from(id) * 10,
        )
    }));
    let resource =
        r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"till"}}]}"#;
    let lines = [
        format!(
            r#"{{"resourceSpans":[{{{resource},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
            spans.join(",")
        ),
        format!(
            r#"{{"resourceLogs":[{{{resource},"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1795243000372000000","severityNumber":13,"body":{{"stringValue":"stock is low"}},"traceId":"{trace}","spanId":"0000000000000007"}}]}}]}}]}}"#
        ),
    ];
    desk.write("request.otlp.jsonl", &lines.join("\n"))
}

#[test]
fn a_log_of_a_folded_away_span_leads_to_the_span() {
    let mut desk = Desk::new("logs");
    let file = request(&desk);
    desk.import(file);
    desk.click("warn stock is low");
    desk.click_role(Role::Button, "Open in trace");
    assert_eq!(
        selected_row(&desk).as_deref(),
        Some("db SELECT 1 FROM stock, 5.00 ms")
    );
    assert!(
        desk.has("0000000000000007"),
        "the details are those of the fifth query"
    );
    let rows = desk
        .app()
        .rows
        .value
        .as_ref()
        .map(|visible| visible.rows.len());
    assert!(rows > Some(7), "its group is unfolded: {rows:?}");

    // Once more, while the trace is still at hand: folded by another visit, revealed by this one.
    desk.run(headwater::app::Command::Go(
        "trace/0af7651916cd43dd8448eb211c80319c"
            .parse()
            .expect("a place"),
    ));
    assert_eq!(
        desk.items_with("db SELECT").len(),
        0,
        "a new visit begins folded: {:?}",
        desk.items()
    );
    let group = "7 repeated queries: db SELECT 1 FROM stock, 35.0 ms";
    assert_eq!(
        selected_row(&desk).as_deref(),
        Some(group),
        "and points at what repeats"
    );
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(
        desk.items_with("db SELECT").len(),
        7,
        "going back finds the group unfolded"
    );
    assert_eq!(
        selected_row(&desk).as_deref(),
        Some("db SELECT 1 FROM stock, 5.00 ms")
    );
}

#[test]
fn back_and_forward_restore_how_a_trace_was_left() {
    let mut desk = Desk::with_sample("traces");
    open_slow_trace(&mut desk);
    let group = group_row(&desk);
    desk.click_role(Role::Button, &format!("Expand {group}"));
    desk.click(&group);
    for _ in 0..60 {
        desk.press(Key::ArrowDown);
    }
    desk.press(Key::Plus);
    let left = picture(&desk).clone();
    assert!(left.offset_rows > 20.0 && left.window.is_some() && left.selected.is_some());
    let rows = desk.items();

    desk.click("Back");
    assert!(
        desk.place().starts_with("traces?q=http.route:*documents*"),
        "{}",
        desk.place()
    );
    assert!(
        !desk.items_with(SLOW_ROW).is_empty(),
        "the list is as it was"
    );
    desk.click("Forward");
    let found = picture(&desk);
    assert_eq!(found.offset_rows, left.offset_rows);
    assert_eq!((found.window, found.selected), (left.window, left.selected));
    assert_eq!(found.expansion, left.expansion);
    assert_eq!(desk.items(), rows);

    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert!(matches!(desk.app().route(), Route::Traces(_)));
    desk.press_with(Modifiers::ALT, Key::ArrowRight);
    assert_eq!(desk.items(), rows);
}

#[test]
fn the_trace_list_keeps_its_scroll_and_its_search() {
    let mut desk = Desk::with_sample("traces");
    let first = desk
        .items()
        .iter()
        .find(|name| name.contains(" span"))
        .cloned()
        .expect("there are rows");
    desk.click(&first);
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    desk.press(Key::End);
    let rows = desk.items();
    desk.press(Key::Enter);
    assert!(
        matches!(desk.app().route(), Route::Trace(_)),
        "{}",
        desk.place()
    );
    desk.click("Back");
    assert_eq!(desk.items(), rows);
}

#[test]
fn a_trace_nobody_names_is_said_to_be_unknown() {
    let mut desk = Desk::with_sample("trace/00000000000000000000000000000bad");
    assert!(desk.has("No such trace"));
    assert!(desk.says("00000000000000000000000000000bad"));
    desk.click_role(Role::Button, "Show all traces");
    assert!(desk.has("182 traces"));
}

#[test]
fn grouping_is_switched_off_and_on() {
    let mut desk = Desk::new("trace/0af7651916cd43dd8448eb211c80319c");
    let file = request(&desk);
    desk.import(file);
    let queries = |desk: &Desk| desk.items_with("db SELECT").len();
    assert_eq!(
        (queries(&desk), desk.items_with("7 repeated queries").len()),
        (0, 1),
        "{:?}",
        desk.items()
    );
    assert_eq!(
        desk.items_with("Nothing recorded for"),
        ["Nothing recorded for 280 ms"]
    );
    desk.click_role(Role::Button, "Repeats");
    assert_eq!(
        (queries(&desk), desk.items_with("7 repeated queries").len()),
        (7, 0)
    );
    desk.click_role(Role::Button, "Repeats");
    assert_eq!(queries(&desk), 0);
    desk.click_role(Role::Button, "Gaps");
    assert_eq!(desk.items_with("Nothing recorded for").len(), 0);
    desk.click_role(Role::Button, "Expand all");
    assert_eq!(queries(&desk), 7);
    desk.press(Key::C);
    assert_eq!(queries(&desk), 0);
    desk.press(Key::E);
    assert_eq!(queries(&desk), 7);
}

#[test]
fn chains_fold_into_one_row() {
    let mut desk = Desk::with_sample("traces?q=op:middleware*");
    desk.click("Sort by Spans");
    let row = desk
        .items()
        .into_iter()
        .find(|name| name.contains(" span"))
        .expect("the sample has middleware");
    desk.click(&row);
    let rows = |desk: &Desk| {
        desk.app()
            .rows
            .value
            .as_ref()
            .map_or(0, |visible| visible.rows.len())
    };
    desk.click_role(Role::Button, "Expand all");
    let with = rows(&desk);
    let chains = desk.items_with("Chain of").len();
    desk.click_role(Role::Button, "Chains");
    assert!(chains > 0, "{:?}", desk.items());
    assert_eq!(
        rows(&desk),
        with - chains,
        "only the rows of the chains are gone"
    );
    assert_eq!(desk.items_with("Chain of").len(), 0);
}

#[test]
fn arrows_move_the_splitter_that_has_the_keyboard() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    let before = desk.app().settings.details_share;
    let rows = desk.items();
    desk.h
        .get_by_role_and_label(Role::Splitter, "Span details")
        .focus();
    desk.settle();
    desk.press(Key::ArrowLeft);
    assert!(desk.app().settings.details_share < before);
    desk.press(Key::ArrowRight);
    desk.press(Key::ArrowRight);
    assert!(desk.app().settings.details_share > before);
    assert_eq!(desk.items(), rows, "the selected group stays folded");
}

#[test]
fn keys_zoom_and_pan() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    let span = |desk: &Desk| picture(desk).window.map(|window| window.duration());
    assert_eq!(span(&desk), None, "the whole trace is shown at first");
    desk.press(Key::Plus);
    let once = span(&desk).expect("zoomed in");
    desk.press(Key::Plus);
    let twice = span(&desk).expect("zoomed in");
    assert!(twice < once);
    let start = picture(&desk).window.expect("zoomed in").start;
    desk.press(Key::D);
    let right = picture(&desk).window.expect("zoomed in").start;
    desk.press(Key::A);
    let back = picture(&desk).window.expect("zoomed in").start;
    assert!(
        right > start && (back - start).abs() < 1_000,
        "{start:?} {right:?} {back:?}"
    );
    desk.press(Key::Minus);
    let out = span(&desk).expect("still zoomed in");
    assert!(out > twice);
    desk.press(Key::Num0);
    assert_eq!(span(&desk), None);

    desk.click("default Build documents queryset, 3.06 ms");
    desk.press(Key::Enter);
    let window = picture(&desk).window.expect("zoomed to the row");
    let trace = desk
        .app()
        .trace
        .value
        .clone()
        .flatten()
        .expect("the trace is open");
    let queryset = trace
        .spans
        .iter()
        .find(|span| &*span.name == "Build documents queryset")
        .expect("it is there");
    assert!(window.start <= queryset.start && window.end >= queryset.end());
    assert!(
        window.duration() < queryset.duration * 2,
        "{}",
        window.duration()
    );
}
