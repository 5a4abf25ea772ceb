//! The span search: its list, its traces, its groups, and charts that narrow it.

use crate::common::desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::app::route::SpansPlace;
use headwater::app::{Command, Route};
use headwater::model::record::SpanEntry;
use headwater::model::{CancelToken, TimeRange};
use headwater::store::{Filter, Reader, RecordKind, SpanOrder};

const ALL: usize = 1_512;
const HEATMAP: &str = "Spans by time and duration";

fn reader(desk: &Desk) -> Reader {
    Reader::open(&desk.app().store_path).expect("a store")
}

fn place(desk: &Desk) -> SpansPlace {
    match desk.app().route() {
        Route::Spans(place) => place.clone(),
        other => panic!("this is not the span search: {other}"),
    }
}

/// How many spans the page shows.
fn shown(desk: &Desk) -> usize {
    let found = desk.app().spans.found.value.as_ref();
    found.expect("spans were searched").refs.len()
}

/// How many spans a place should show, counted by the store.
fn counted(desk: &Desk, place: &SpansPlace) -> usize {
    let (filter, _) = place.filter().expect("a search");
    let count = reader(desk).count(RecordKind::Span, &filter, &CancelToken::default());
    count.expect("an answer") as usize
}

/// Every span of the store, oldest first.
fn all_spans(desk: &Desk) -> Vec<SpanEntry> {
    let reader = reader(desk);
    let cancel = CancelToken::default();
    let found = reader.find_spans(&Filter::default(), SpanOrder::Start, false, &cancel);
    let refs = found.expect("an answer").refs;
    reader.span_rows(&refs, &[]).expect("rows")
}

fn focus(desk: &mut Desk, chart: &str) {
    desk.h.get_by_label(chart).focus();
    desk.settle();
}

fn drag(desk: &mut Desk, from: Pos2, to: Pos2) {
    desk.h.hover_at(from);
    desk.h.run();
    desk.h.drag_at(from);
    desk.h.run();
    desk.h.hover_at(to);
    desk.h.run();
    desk.h.drop_at(to);
    desk.settle();
}

#[test]
fn spans_are_searched_and_counted() {
    let mut desk = Desk::with_sample("traces");
    desk.press_with(Modifiers::COMMAND, Key::Num2);
    assert_eq!(desk.place(), "spans");
    assert_eq!(shown(&desk), ALL);
    assert!(desk.has("1,512 spans"));
    desk.search("Search spans", "span.op:db span.duration:>5ms");
    assert_eq!(desk.place(), "spans?q=span.op:db%20span.duration:%3E5ms");
    let spans = all_spans(&desk);
    let slow = |span: &&SpanEntry| &*span.op == "db" && span.duration > 5_000_000;
    let expected = spans.iter().filter(slow).count();
    assert!(expected > 0 && expected < ALL);
    assert_eq!(shown(&desk), expected);
    assert!(desk.has(&format!("{expected} spans of 1,512")));
    desk.type_into("Search spans", "(span.op:db");
    desk.press(Key::Enter);
    assert_eq!(shown(&desk), expected, "what cannot be read asks nothing");
    desk.search("Search spans", "no-such-word-anywhere");
    assert!(desk.has("No span fits"));
    desk.click("Clear the search");
    assert_eq!(shown(&desk), ALL);
}

#[test]
fn a_span_is_looked_at_and_opened_in_its_trace() {
    let mut desk = Desk::with_sample("spans?q=op:db");
    desk.press(Key::ArrowDown);
    let newest = all_spans(&desk)
        .into_iter()
        .rfind(|span| &*span.op == "db")
        .expect("there are queries");
    assert!(desk.has("Open in trace"));
    assert!(
        desk.has(&newest.id.to_string()),
        "its id is among the facts"
    );
    let opened = format!("trace/{}/{}", newest.trace, newest.id);
    desk.click("Open in trace");
    assert_eq!(desk.place(), opened);
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(desk.place(), "spans?q=op:db");
    desk.press(Key::Enter);
    assert_eq!(desk.place(), opened);
}

#[test]
fn an_attribute_becomes_a_column_and_a_term() {
    let mut desk = Desk::with_sample("spans?q=op:db");
    desk.click("Columns");
    desk.type_into("Attributes", "db.system");
    desk.click_role(Role::CheckBox, "db.system");
    desk.press(Key::Escape);
    assert_eq!(desk.place(), "spans?q=op:db&columns=db.system");
    let rows = desk.app().spans.rows.value.clone().expect("rows");
    assert!(rows.rows.iter().any(|row| row.cells[0].is_some()));
    assert_eq!(desk.app().settings.span_columns, ["db.system"]);
    assert!(desk.app().settings.log_columns.is_empty());
}

#[test]
fn the_longest_spans_come_first_on_a_click() {
    let mut desk = Desk::with_sample("spans");
    desk.click("Sort by Duration");
    assert_eq!(desk.place(), "spans?sort=-duration");
    let longest = all_spans(&desk).iter().map(|span| span.duration).max();
    let first = |desk: &Desk| {
        let rows = desk.app().spans.rows.value.clone().expect("rows");
        rows.get(0).map(|row| row.duration)
    };
    assert_eq!(first(&desk), longest);
    desk.click("Sort by Duration (descending)");
    assert_eq!(desk.place(), "spans?sort=duration");
    assert!(first(&desk) < longest);
}

#[test]
fn traces_of_spans_say_how_many_fit_and_open_at_the_first() {
    let mut desk = Desk::with_sample("spans?q=op:db%20duration:%3E5ms");
    desk.click_role(Role::RadioButton, "Traces");
    assert_eq!(desk.place(), "spans?q=op:db%20duration:%3E5ms&view=traces");
    let found = desk.app().spans.traces.value.clone().expect("traces");
    let matched: u64 = found.traces.iter().map(|trace| trace.matched).sum();
    assert_eq!(matched as usize, counted(&desk, &place(&desk)));
    assert!(desk.has(&format!("in {} traces", found.traces.len())));
    let rows = desk.app().spans.trace_rows.value.clone().expect("rows");
    let row = rows.get(0).expect("a trace").clone();
    let spans = all_spans(&desk);
    let fitting = spans.iter().filter(|span| {
        span.trace == row.trace.id && &*span.op == "db" && span.duration > 5_000_000
    });
    assert_eq!(fitting.clone().count() as u64, row.matched);
    assert_eq!(fitting.clone().next().map(|span| span.id), Some(row.first));
    desk.press(Key::ArrowDown);
    desk.press(Key::Enter);
    assert_eq!(
        desk.place(),
        format!("trace/{}/{}", row.trace.id, row.first)
    );
}

#[test]
fn groups_of_spans_lead_to_their_spans() {
    let mut desk = Desk::with_sample("spans");
    desk.click_role(Role::RadioButton, "Groups");
    let rows = desk.items_with("op: ");
    assert!(
        rows[0].starts_with("op: db, count(): 881, p95(duration): "),
        "{rows:?}"
    );
    desk.type_into("Group by", "service");
    desk.press(Key::Enter);
    let rows = desk.items_with("service: ");
    let row = rows
        .iter()
        .find(|row| row.contains("web-1"))
        .expect("it is there");
    assert!(row.contains("count(): 362"), "{row}");
    let row = row.clone();
    desk.click(&row);
    let shown_now = place(&desk);
    assert_eq!(shown_now.query, "service:web-1");
    assert_eq!(shown(&desk), 362);
    assert_eq!(counted(&desk, &shown_now), 362);
}

#[test]
fn values_beside_the_spans_are_those_of_spans() {
    let mut desk = Desk::with_sample("spans");
    desk.click("status: error, 68 records");
    assert_eq!(desk.place(), "spans?q=status:error");
    assert_eq!(shown(&desk), 68);
    desk.click("Do not count op");
    assert!(!desk.has("Do not count op"));
    assert_eq!(desk.app().settings.span_facets, ["service", "status"]);
    assert_eq!(
        desk.app().settings.log_facets,
        ["level", "service", "logger.name"]
    );
}

#[test]
fn a_stretch_of_time_is_chosen_by_keyboard_and_taken_back() {
    let mut desk = Desk::with_sample("spans");
    let histogram = desk.app().spans.histogram.value.clone().expect("a chart");
    let errors: u64 = histogram
        .buckets
        .iter()
        .map(|bucket| bucket.counts[5])
        .sum();
    assert_eq!(errors, 68);
    focus(&mut desk, "Spans over time");
    desk.press(Key::ArrowRight);
    desk.press_with(Modifiers::SHIFT, Key::ArrowRight);
    desk.press_with(Modifiers::SHIFT, Key::ArrowRight);
    desk.press(Key::Enter);
    let narrowed = place(&desk);
    let expected: u64 = histogram.buckets[..3]
        .iter()
        .map(|bucket| bucket.total())
        .sum();
    assert_eq!(narrowed.range, Some(histogram.range_of(0..3)));
    assert_eq!(shown(&desk) as u64, expected);
    focus(&mut desk, "Spans over time");
    desk.press(Key::Escape);
    assert_eq!(place(&desk), SpansPlace::default());
}

#[test]
fn percentiles_over_time_are_exact() {
    let mut desk = Desk::with_sample("spans");
    desk.click("Percentiles");
    assert_eq!(desk.place(), "spans?chart=percentiles");
    let series = desk.app().spans.percentiles.value.clone().expect("a chart");
    let spans = all_spans(&desk);
    let value = |class: usize, bucket: usize| series.lines[0].values[class][bucket].as_f64();
    let mut counted = 0;
    for bucket in 0..series.buckets {
        let range: TimeRange = series.range.shares(bucket..bucket + 1, series.buckets);
        let inside = spans.iter().filter(|span| range.contains(span.start));
        let mut durations: Vec<f64> = inside.map(|span| span.duration as f64).collect();
        durations.sort_by(f64::total_cmp);
        counted += durations.len();
        for (class, share) in [0.5, 0.75, 0.95, 0.99].into_iter().enumerate() {
            let found = value(class, bucket);
            let Some(last) = durations.len().checked_sub(1) else {
                assert_eq!(found, None);
                continue;
            };
            let rank = last as f64 * share;
            let (low, high) = (durations[rank as usize], durations[rank.ceil() as usize]);
            let expected = low + (high - low) * rank.fract();
            let found = found.expect("there are spans");
            assert!(
                (found - expected).abs() <= 1e-6 * expected,
                "{found} {expected}"
            );
        }
    }
    assert_eq!(counted, ALL);
    assert!(desk.says(": p50 "), "stretches are told in words");
    desk.click("Linear");
    assert!(!desk.app().settings.log_durations);
}

#[test]
fn a_cell_of_the_heatmap_is_chosen_by_keyboard() {
    let mut desk = Desk::with_sample("spans?chart=heatmap");
    let map = desk.app().spans.heatmap.value.clone().expect("a chart");
    let all: u64 = map.cells.iter().map(|cell| cell.count).sum();
    assert_eq!(all as usize, ALL);
    let most = map
        .cells
        .iter()
        .map(|cell| cell.count)
        .max()
        .expect("cells");
    focus(&mut desk, HEATMAP);
    desk.press(Key::ArrowRight);
    let told = format!(": {most} spans");
    assert!(desk.says(&told), "the first step comes to the fullest cell");
    desk.press(Key::Enter);
    let narrowed = place(&desk);
    assert!(narrowed.range.is_some() && narrowed.durations.is_some());
    assert_eq!(shown(&desk) as u64, most);
    let route: Route = desk.place().parse().expect("it can be opened again");
    assert_eq!(&route, desk.app().route());
    let chip = desk.h.get_all_by_role(Role::Button).find_map(|node| {
        let label = node.accesskit_node().label()?;
        let is_duration = label.ends_with("µs") || label.ends_with("ms");
        (label.starts_with("Remove ") && is_duration).then_some(label)
    });
    desk.click(&chip.expect("the durations can be removed"));
    assert_eq!(place(&desk).durations, None);
    assert_eq!(place(&desk).range, narrowed.range);
    assert!(shown(&desk) as u64 > most);
    focus(&mut desk, HEATMAP);
    desk.press(Key::Escape);
    assert_eq!(desk.place(), "spans?chart=heatmap");
}

#[test]
fn dragging_over_the_heatmap_leads_to_the_traces_of_the_region() {
    let mut desk = Desk::with_sample("spans?chart=heatmap&view=traces");
    let area = desk.h.get_by_label(HEATMAP).rect();
    let at = |x: f32, y: f32| {
        pos2(
            area.left() + x * area.width(),
            area.top() + y * area.height(),
        )
    };
    drag(&mut desk, at(0.70, 0.04), at(0.99, 0.40));
    let narrowed = place(&desk);
    let durations = narrowed.durations.clone().expect("durations were chosen");
    let range = narrowed.range.expect("a time was chosen");
    assert!(durations.start > 1_000_000, "{durations:?}");
    let spans = all_spans(&desk);
    let mut inside: Vec<_> = spans
        .iter()
        .filter(|span| range.contains(span.start) && durations.contains(&span.duration))
        .map(|span| span.trace)
        .collect();
    assert_eq!(desk.app().spans.total.value, Some(inside.len() as u64));
    inside.sort_unstable();
    inside.dedup();
    assert!(!inside.is_empty() && inside.len() < 182);
    let found = desk.app().spans.traces.value.clone().expect("traces");
    assert_eq!(found.traces.len(), inside.len());
    assert!(desk.has(&format!("in {} traces", inside.len())));
}

#[test]
fn columns_of_spans_are_moved_and_taken_away_by_keys() {
    let mut desk = Desk::with_sample("spans?q=op:db&columns=db.system");
    let title = |desk: &Desk, role, label| {
        let title = desk.h.get_by_role_and_label(role, label);
        title.focus();
        title.rect().left()
    };
    title(&desk, Role::ColumnHeader, "db.system");
    desk.h.run();
    for _ in 0..3 {
        desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    }
    assert_eq!(
        desk.place(),
        "spans?q=op:db&columns=time,service,op,db.system,description,duration,status"
    );
    let rows = desk.app().spans.rows.value.clone().expect("rows");
    assert!(rows.rows.iter().any(|row| row.cells[0].is_some()));
    title(&desk, Role::ColumnHeader, "Operation");
    desk.h.run();
    desk.press(Key::Delete);
    assert_eq!(
        desk.app().settings.span_columns,
        [
            "time",
            "service",
            "db.system",
            "description",
            "duration",
            "status"
        ]
    );
    title(&desk, Role::Button, "Sort by Duration");
    desk.h.run();
    desk.press(Key::Enter);
    assert_eq!(place(&desk).order, SpanOrder::Duration);
    let by_duration = title(&desk, Role::Button, "Sort by Duration (descending)");
    assert!(by_duration > title(&desk, Role::Button, "Sort by Time"));
}

#[test]
fn spans_are_grouped_by_an_attribute_of_one_and_drawn_over_time() {
    let mut desk = Desk::with_sample("spans?q=op:db");
    desk.press(Key::ArrowDown);
    desk.h.get_by_label("Actions for db.system.name").focus();
    desk.h.run();
    desk.press(Key::Enter);
    desk.click("Group by this");
    assert_eq!(desk.place(), "spans?q=op:db&view=groups&by=db.system.name");
    let series = desk.app().spans.series.value.clone().expect("it was asked");
    let drawn: u64 = series.lines.iter().flat_map(|line| &line.counts).sum();
    assert_eq!(drawn as usize, shown(&desk));
    assert!(desk.has("Groups over time"));
    desk.run(Command::Go(
        "spans?view=groups&by=op&agg=max(duration)"
            .parse()
            .expect("a place"),
    ));
    let series = desk.app().spans.series.value.clone().expect("it was asked");
    let longest = all_spans(&desk).iter().map(|span| span.duration).max();
    let values = series.lines[0].values[0].iter();
    let highest = values
        .filter_map(|value| value.as_f64())
        .fold(0.0, f64::max);
    assert_eq!(Some(highest as i64), longest, "the greatest is drawn first");
    let label = series.lines[0].keys[0].clone().expect("an operation");
    assert!(desk.has(&format!("{label} in the chart")));
}
