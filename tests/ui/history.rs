//! Going back to a trace that is grouped otherwise by now, or that an import changed meanwhile.

use crate::common::desk::Desk;
use headwater::app::route::{Route, TracePlace};
use headwater::app::views::Picture;
use headwater::app::{App, Command};
use headwater::model::TraceId;

const SLOW_TRACE: &str = "489c364b5284d6eb9ce41938bf9b0763";
const OWN_TRACE: &str = "0000000000000000000000000000abcd";

fn id(text: &str) -> TraceId {
    text.parse().expect("an id")
}

/// The span behind the selected row, by its name; `None` when nothing is selected.
fn selected(app: &App) -> Option<String> {
    let Picture::Trace(picture) = &app.history.current().picture else {
        panic!("this is not a trace: {}", app.route());
    };
    let grouped = app.grouped.value.as_ref().expect("the trace is grouped");
    let span = grouped.waterfall.first_span(picture.selected?)?;
    Some(grouped.trace.spans[span.at()].name.to_string())
}

#[test]
fn going_back_to_another_grouping_finds_the_group_selected_there() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    let group = selected(desk.app()).expect("a trace opens at its repeated query");
    desk.run(Command::ShowLogs);
    desk.run(Command::OpenTrace {
        trace: id(SLOW_TRACE),
        span: None,
    });
    // Without groups there are fewer nodes than the one selected before.
    desk.run(Command::ToggleSiblings);
    desk.run(Command::ToggleGaps);
    desk.run(Command::ToggleChains);
    desk.run(Command::Back);
    desk.run(Command::Back);
    assert!(matches!(desk.app().route(), Route::Trace(_)));
    assert_eq!(selected(desk.app()), Some(group));
    assert!(!desk.items_with("113 repeated queries").is_empty());
}

/// One request with a root and children, as a line.
fn spans(names: &[(&str, u32, u32)]) -> String {
    let spans: Vec<String> = names
        .iter()
        .map(|(name, id, parent)| {
            let parent = if *parent == 0 { String::new() } else { format!("{parent:016x}") };
            format!(
                r#"{{"traceId":"{OWN_TRACE}","spanId":"{id:016x}","parentSpanId":"{parent}","name":"{name}","startTimeUnixNano":"{}","endTimeUnixNano":"{}"}}"#,
                1_795_243_960_000_000_000_u64 + u64::from(*id) * 1_000,
                1_795_243_960_000_900_000_u64,
            )
        })
        .collect();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    ) + "\n"
}

#[test]
fn a_trace_that_an_import_changed_forgets_the_numbers_of_its_rows() {
    let mut desk = Desk::new("traces");
    let first = desk.write("first.jsonl", &spans(&[("root", 10, 0), ("late", 30, 10)]));
    // Starts before what is known, so that every known span gets another number.
    let second = desk.write(
        "second.jsonl",
        &spans(&[("early", 5, 10), ("middle", 20, 10)]),
    );
    desk.import(first);
    let place = TracePlace::new(id(OWN_TRACE), Some("1e".parse().expect("an id")));
    desk.run(Command::Go(Route::Trace(place)));
    assert_eq!(selected(desk.app()).as_deref(), Some("late"));

    desk.import(second);
    assert_eq!(desk.items().len(), 4, "{:?}", desk.items());
    assert_eq!(
        selected(desk.app()).as_deref(),
        Some("late"),
        "the link still leads there"
    );

    desk.run(Command::ShowImports);
    let imports = desk
        .app()
        .imports
        .value
        .clone()
        .expect("the imports are listed");
    let newest = imports
        .iter()
        .map(|import| import.id)
        .max()
        .expect("two imports");
    desk.run(Command::RemoveImport(newest));
    desk.run(Command::Back);
    assert_eq!(desk.items().len(), 2, "{:?}", desk.items());
    assert_eq!(selected(desk.app()).as_deref(), Some("late"));
}
