//! The insights pages: the figures of the tables, under filters that go along, over time, and what leads on from them.

use crate::common::desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::app::Command;
use headwater::app::insights::words::words;
use headwater::app::insights::{Module, Table};
use headwater::app::route::{InsightsPlace, Route};
use headwater::insights::{self, Asked};
use headwater::model::{CancelToken, TimeRange};
use headwater::query;
use headwater::store::{Filter, Reader};

/// The table that the command line would print.
fn table(desk: &Desk, module: Module, search: &str, range: Option<TimeRange>) -> Table {
    let reader = Reader::open(&desk.app().store_path).expect("a store");
    let search = query::parse_filter(search).expect("a search");
    let asked = Asked {
        filter: Filter { search, range },
        ..Asked::default()
    };
    insights::table(module, &reader, &asked, &CancelToken::default()).expect("a table")
}

fn place(desk: &Desk) -> InsightsPlace {
    match desk.app().route() {
        Route::Insights(place) => place.clone(),
        other => panic!("{other} is another page"),
    }
}

/// A cell in words.
fn cell(table: &Table, row: usize, column: &str) -> String {
    let at = table.column(column).expect("a column");
    words(&table.columns[at], table.rows[row].get(at))
}

fn named(module: Module) -> &'static str {
    match module {
        Module::Transactions => "Transactions",
        Module::Queries => "Queries",
        Module::Requests => "Requests",
        Module::Caches => "Caches",
        Module::Queues => "Queues",
        Module::Agents => "Agents",
        Module::Vitals => "Web vitals",
    }
}

#[test]
fn every_module_shows_the_figures_of_its_table() {
    let mut desk = Desk::with_sample("traces");
    desk.press_with(Modifiers::COMMAND, Key::Num5);
    assert_eq!(desk.place(), "insights/transactions");
    for module in Module::ALL {
        desk.click_role(Role::Tab, named(module));
        let expected = table(&desk, module, "", None);
        let rows = desk.items();
        for row in 0..expected.rows.len().min(5) {
            for column in expected.columns.iter().filter(|column| {
                [
                    "Count",
                    "P95",
                    "Miss rate",
                    "Time spent",
                    "5xx",
                    "Processed",
                ]
                .contains(&column.title)
            }) {
                let figure = format!("{}: {}", column.title, cell(&expected, row, column.name));
                let name = expected.keys().next().expect("a name");
                let name = words(&expected.columns[name], expected.rows[row].first());
                let fits = |shown: &String| shown.starts_with(&name) && shown.contains(&figure);
                assert!(
                    rows.iter().any(fits) || name == "–",
                    "{module:?}: {name}, {figure} is not in {rows:#?}"
                );
            }
        }
    }
    assert!(desk.has("No page loads"), "what to do is said");
}

#[test]
fn rows_are_sorted_by_any_column() {
    let mut desk = Desk::with_sample("insights/queries");
    desk.click("Sort by Count");
    assert_eq!(desk.place(), "insights/queries?sort=-count");
    let (table, order) = desk.app().insights.listed(&place(&desk)).expect("rows");
    let counts = |order: &[u32]| -> Vec<f64> {
        let of = |row: &u32| table.cell(*row as usize, "count")?.number();
        order.iter().filter_map(of).collect()
    };
    let sorted = counts(&order);
    assert!(sorted.len() > 5 && sorted.is_sorted_by(|one, other| one >= other));
    desk.click("Sort by Count (descending)");
    assert_eq!(desk.place(), "insights/queries?sort=count");
    let (_, order) = desk.app().insights.listed(&place(&desk)).expect("rows");
    assert!(counts(&order).is_sorted());
}

#[test]
fn filters_hold_over_all_pages_until_they_are_taken_away() {
    let mut desk = Desk::with_sample("insights/transactions");
    desk.click("Filter");
    let offered = desk.named(Role::CheckBox, "shop-api (");
    desk.click(&offered[0]);
    desk.press(Key::Escape);
    assert_eq!(desk.place(), "insights/transactions?service=shop-api");
    desk.click_role(Role::Tab, "Queries");
    assert_eq!(desk.place(), "insights/queries?service=shop-api");
    let expected = table(&desk, Module::Queries, "service:shop-api", None);
    let shown = desk.app().insights.table.value.clone().expect("a table");
    assert_eq!(shown.rows, expected.rows);
    assert_ne!(shown.rows, table(&desk, Module::Queries, "", None).rows);

    desk.search("Search insights", "status:error");
    assert_eq!(
        desk.place(),
        "insights/queries?q=status:error&service=shop-api"
    );
    desk.click("Remove service: shop-api");
    assert_eq!(desk.place(), "insights/queries?q=status:error");
    desk.search("Search insights", "description:nowhere");
    assert!(desk.has("Nothing fits these filters"));
    desk.click("Clear all filters");
    assert_eq!(desk.place(), "insights/queries");
}

#[test]
fn a_stretch_of_a_chart_becomes_the_time_of_all_pages() {
    let mut desk = Desk::with_sample("insights/requests");
    let whole = desk
        .app()
        .insights
        .over_time(&place(&desk))
        .expect("a series");
    let label = "Throughput a minute";
    desk.h.get_by_role_and_label(Role::Group, label).focus();
    desk.settle();
    desk.press(Key::ArrowRight);
    for _ in 0..5 {
        desk.press_with(Modifiers::SHIFT, Key::ArrowRight);
    }
    desk.press(Key::Enter);
    let range = place(&desk).filters.range.expect("a stretch of time");
    assert_eq!(range, whole.range.shares(0..6, whole.rows.len()));
    let counts = whole.numbers("count");
    let before: f64 = counts[..6].iter().copied().flatten().sum();
    let now = desk.app().insights.table.value.clone().expect("a table");
    let count = |row: usize| now.cell(row, "count")?.number();
    let after: f64 = (0..now.rows.len()).filter_map(count).sum();
    assert!(before > 0.0);
    assert_eq!(after, before, "the table has what the chart had there");

    desk.click_role(Role::Tab, "Transactions");
    assert_eq!(place(&desk).filters.range, Some(range));
    let expected = table(&desk, Module::Transactions, "", Some(range));
    let shown = desk.app().insights.table.value.clone().expect("a table");
    assert_eq!(shown.rows, expected.rows);
    let route: Route = desk.place().parse().expect("it can be opened again");
    assert_eq!(&route, desk.app().route());
}

#[test]
fn charts_are_shown_as_a_table_too() {
    let mut desk = Desk::with_sample("insights/queries");
    let whole = desk
        .app()
        .insights
        .over_time(&place(&desk))
        .expect("a series");
    desk.click("Charts as a table");
    assert!(desk.has("Over time"));
    let at = whole.column("count").expect("a column");
    let first = whole
        .rows
        .iter()
        .position(|row| row[at].number() > Some(0.0))
        .expect("something");
    let said = format!(
        "Count: {}",
        words(&whole.columns[at], whole.rows[first].get(at))
    );
    let rows = desk.items();
    assert!(rows[first].contains(&said), "{} in {}", said, rows[first]);
}

#[test]
fn a_row_opens_and_its_figures_lead_to_the_spans_behind_them() {
    let mut desk = Desk::with_sample("insights/queries?sort=-count");
    let expected = table(&desk, Module::Queries, "", None);
    let most = expected.order(expected.column("count").expect("counts"), true)[0] as usize;
    let count = cell(&expected, most, "count");
    desk.press(Key::ArrowDown);
    desk.press(Key::Enter);
    assert_eq!(place(&desk).row, expected.key(most));
    assert!(desk.has("Slowest") && desk.has("Durations") && desk.has("Callers"));
    assert!(desk.says("\nFROM "), "the query is in lines");
    let detail = desk.app().insights.detail.value.clone().expect("a detail");
    assert_eq!(detail.found.to_string(), count);
    assert!(
        detail
            .slowest
            .is_sorted_by(|one, other| one.duration >= other.duration),
        "the slowest first"
    );
    assert!(desk.says("Issue: N+1 query"), "what is wrong with it");
    let first = detail.slowest[0].clone();

    desk.click(&format!("Count: {count}"));
    let spans = desk.app().spans.found.value.clone().expect("spans");
    assert_eq!(spans.refs.len().to_string(), count);
    assert!(desk.place().starts_with("spans?q=op:"), "{}", desk.place());

    desk.run(Command::Back);
    let sample = desk.named(Role::Button, "Slowest: ");
    desk.click(&sample[0]);
    assert_eq!(desk.place(), format!("trace/{}/{}", first.trace, first.id));
    desk.run(Command::Back);
    desk.click("All queries");
    assert_eq!(place(&desk).row, None);
}

#[test]
fn what_is_fast_enough_is_kept_for_each_transaction() {
    let mut desk = Desk::with_sample("insights/transactions?sort=-p95");
    desk.press(Key::ArrowDown);
    desk.press(Key::Enter);
    let key = place(&desk).row.expect("a row");
    let apdex = |desk: &Desk| {
        let table = desk.app().insights.table.value.clone().expect("a table");
        let row = table.find(&key).expect("the row");
        (cell(&table, row, "transaction"), cell(&table, row, "apdex"))
    };
    let (transaction, before) = apdex(&desk);
    assert_ne!(before, "1.000");
    desk.run(Command::SetApdex {
        transaction: transaction.clone(),
        nanos: Some(60_000_000_000),
    });
    assert_eq!(apdex(&desk).1, "1.000", "within a minute all are satisfied");
    assert!(desk.has("Apdex: 1.000"));
    desk.click("As usual");
    assert_eq!(apdex(&desk), (transaction, before));
}

#[test]
fn a_number_of_the_table_lists_what_it_counts() {
    let mut desk = Desk::with_sample("insights/requests?sort=-rate_4xx");
    let expected = table(&desk, Module::Requests, "", None);
    let row = expected.order(expected.column("rate_4xx").expect("rates"), true)[0] as usize;
    let number = |name: &str| expected.cell(row, name).and_then(|cell| cell.number());
    let refused = number("rate_4xx")
        .zip(number("count"))
        .map(|(rate, all)| rate * all);
    let key = expected.key(row).expect("a row");
    desk.run(Command::ShowBehind {
        row: key,
        column: "rate_4xx",
    });
    let spans = desk.app().spans.found.value.clone().expect("spans");
    assert_eq!(Some(spans.refs.len() as f64), refused.map(f64::round));
    assert!(!spans.refs.is_empty());
}

#[test]
fn a_table_is_copied() {
    let mut desk = Desk::with_sample("insights/caches");
    desk.click("Copy");
    desk.click("As CSV");
    assert!(desk.says("Copied as CSV"), "it says so");
}

#[test]
fn closer_looks_are_tables_of_their_own() {
    let mut desk = Desk::with_sample("insights/queues?service=shop-worker");
    desk.click_role(Role::RadioButton, "Producers and consumers");
    assert_eq!(desk.place(), "insights/queues/links?service=shop-worker");
    let (shown, _) = desk.app().insights.listed(&place(&desk)).expect("rows");
    assert_ne!(
        shown.columns,
        table(&desk, Module::Queues, "", None).columns
    );
    desk.click_role(Role::RadioButton, "Queues");
    assert_eq!(desk.place(), "insights/queues?service=shop-worker");
}

/// Each module with its charts.
const CHARTS: [(Module, &[&str]); 7] = [
    (
        Module::Transactions,
        &["Throughput a minute", "Duration", "Failure rate"],
    ),
    (
        Module::Queries,
        &["Throughput a minute", "Duration", "Time spent"],
    ),
    (
        Module::Requests,
        &["Answers by status", "Duration", "Throughput a minute"],
    ),
    (Module::Caches, &["Reads", "Miss rate", "Duration"]),
    (Module::Queues, &["Messages", "Duration", "Failure rate"]),
    (Module::Agents, &["Tokens", "Cost", "Duration"]),
    (
        Module::Vitals,
        &[
            "Loading, P75",
            "Interaction, P75",
            "Layout shift, P75",
            "Score",
        ],
    ),
];

/// The sample, and recordings of what it lacks: a cache, an agent and a page load.
fn with_everything() -> Desk {
    let mut desk = Desk::with_sample("insights/transactions");
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for file in [
        "agent-transaction-with-span-item.envelope",
        "transaction-cache-and-slow-query.envelope",
    ] {
        desk.import(data.join(file));
    }
    let page = serde_json::json!({
        "resourceSpans": [{"scopeSpans": [{"spans": [{
            "traceId": "00000000000000000000000000000077", "spanId": "0000000000000077", "name": "/page", "kind": 1,
            "startTimeUnixNano": "1795243582000000000", "endTimeUnixNano": "1795243583000000000",
            "attributes": [
                {"key": "sentry.op", "value": {"stringValue": "pageload"}},
                {"key": "sentry.is_segment", "value": {"boolValue": true}},
                {"key": "browser.web_vital.lcp.value", "value": {"doubleValue": 2100.0}},
                {"key": "browser.web_vital.inp.value", "value": {"doubleValue": 90.0}},
            ],
        }]}]}],
    });
    let file = desk.write("page.otlp.json", &page.to_string());
    desk.import(file);
    desk
}

#[test]
fn every_chart_has_values_to_hover_a_brush_and_a_table() {
    let mut desk = with_everything();
    for (module, charts) in CHARTS {
        for (opened, charts) in [(false, charts), (true, &charts[1..2])] {
            for chart in charts {
                desk.run(Command::Go(Route::Insights(InsightsPlace::new(module))));
                if opened {
                    let key = desk
                        .app()
                        .insights
                        .table
                        .value
                        .as_ref()
                        .and_then(|table| table.key(0));
                    desk.run(Command::OpenInsight(key));
                    desk.run(Command::TimeRange(None));
                }
                let whole = desk
                    .app()
                    .insights
                    .over_time(&place(&desk))
                    .expect("a series");
                let what = format!("{chart} of {module:?}");
                // Each bar says its time and the value of each curve with its unit.
                let bars = desk.items_with("").into_iter();
                let bars = bars
                    .filter(|item| item.contains(&format!(", {chart}\n")))
                    .count();
                assert_eq!(bars, whole.rows.len(), "{what}");
                desk.h.get_by_role_and_label(Role::Group, chart).focus();
                desk.settle();
                desk.press(Key::ArrowRight);
                desk.press_with(Modifiers::SHIFT, Key::ArrowRight);
                desk.press(Key::Enter);
                // A chart remembers where its keyboard was.
                let range = place(&desk).filters.range.expect("a stretch of time");
                let stretches = whole.rows.len();
                let mut chosen =
                    (0..stretches - 1).map(|at| whole.range.shares(at..at + 2, stretches));
                assert!(chosen.any(|two| two == range), "{what}");
            }
        }
        desk.run(Command::TimeRange(None));
        desk.run(Command::Go(Route::Insights(InsightsPlace::new(module))));
        desk.click("Charts as a table");
        let whole = desk
            .app()
            .insights
            .over_time(&place(&desk))
            .expect("a series");
        assert!(desk.has("Over time"), "{module:?}");
        assert!(
            !desk.items().is_empty() && !whole.rows.is_empty(),
            "{module:?}"
        );
        desk.click("Charts as a table");
    }
}

#[test]
fn names_of_curves_stay_in_their_chart_in_a_narrow_window() {
    let mut desk = Desk::with(
        "insights/requests",
        [760.0, 600.0],
        headwater::app::App::inline,
    );
    desk.import(crate::common::desk::sample());
    for (module, charts) in CHARTS.into_iter().take(5) {
        desk.run(Command::Go(Route::Insights(InsightsPlace::new(module))));
        let rect = |chart: &&str| desk.h.get_by_role_and_label(Role::Group, chart).rect();
        let rects: Vec<egui::Rect> = charts.iter().map(rect).collect();
        for name in desk
            .named(Role::CheckBox, "")
            .iter()
            .filter(|name| name.ends_with(" in the chart"))
        {
            for node in desk.h.query_all_by_role_and_label(Role::CheckBox, name) {
                let own = node.rect();
                let above = |chart: &egui::Rect| {
                    own.bottom() <= chart.top() + 1.0 && own.left() >= chart.left() - 1.0
                };
                let over = rects
                    .iter()
                    .rev()
                    .find(|chart| above(chart))
                    .expect("a chart below");
                assert!(
                    own.right() <= over.right() + 1.0,
                    "{module:?}: {name} at {own} over {over}"
                );
            }
        }
    }
}

#[test]
fn what_is_set_for_a_look_is_tried() {
    let mut desk = Desk::new("insights/caches/expansion");
    let read = |at: u64| {
        // The first three pages are read again and again.
        let page = if at.is_multiple_of(2) {
            1 + at % 3
        } else {
            1 + at % 8
        };
        let text = |key: &str, value: &str| {
            format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
        };
        let time = 1_795_243_582_000_000_000 + at * 1_000_000_000;
        format!(
            r#"{{"traceId":"{at:032x}","spanId":"{at:016x}","name":"get","kind":1,"startTimeUnixNano":"{time}","endTimeUnixNano":"{}","attributes":[{},{},{{"key":"cache.hit","value":{{"boolValue":false}}}}]}}"#,
            time + 1_000_000,
            text("sentry.op", "cache.get"),
            text("cache.key", &format!("orders:page:{page}")),
        )
    };
    let reads: Vec<String> = (1..40).map(read).collect();
    let document = format!(
        "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{}]}}]}}]}}\n",
        reads.join(",")
    );
    let file = desk.write("reads.jsonl", &document);
    desk.import(file);
    let reads = |desk: &Desk| {
        let table = desk
            .app()
            .insights
            .table_of(&place(desk))
            .expect("a table")
            .clone();
        let kept = (0..table.rows.len()).map(|row| cell(&table, row, "kept"));
        kept.collect::<Vec<String>>()
    };
    assert!(reads(&desk).len() > 1, "several sets are tried");
    let note = "Keys are kept for ever, from the recorded reads in their order.";
    assert!(desk.has(note), "notes are sentences");
    desk.type_into("First pages", "2");
    desk.press(Key::Enter);
    assert_eq!(desk.place(), "insights/caches/expansion?first=2");
    assert!(
        reads(&desk).iter().all(|kept| kept.contains('2')),
        "{:?}",
        reads(&desk)
    );
    desk.type_into("Expire after", "soon");
    desk.press(Key::Enter);
    assert!(desk.says("no length of time"));
    desk.click("Clear what was set");
    assert_eq!(desk.place(), "insights/caches/expansion");
    assert!(reads(&desk).len() > 1 && !desk.says("no length of time"));
}

#[test]
fn the_periodic_jobs_of_a_capture_and_their_schedules() {
    let mut desk = Desk::new("insights/queues/periodic");
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    desk.import(data.join("cron-checkins.envelopes"));
    let rows = desk.items_with("hourly-report");
    assert_eq!(rows.len(), 1, "{rows:?}");
    for part in [
        "0 * * * *",
        "Runs: 4",
        "Failed: 1",
        "Overdue: 0",
        "at other times than planned",
    ] {
        assert!(rows[0].contains(part), "{part}: {rows:?}");
    }
    desk.click_role(Role::Tab, "Overview");
    assert!(desk.says("hourly-report: 1 run failed; 4 runs were at other times than planned."));
}
