//! Other looks at a trace, with one selection, and two traces side by side.

use crate::common::desk::Desk;
use egui::Key;
use egui::accesskit::Role;
use headwater::analysis::SpanIndex;
use headwater::app::Command;
use headwater::app::route::TraceView;

/// A page that makes 113 queries: 116 spans.
const SLOW_TRACE: &str = "489c364b5284d6eb9ce41938bf9b0763";
/// The same page when one query had taken their place.
const FAST_TRACE: &str = "0fdcbfe16f85182373e12198d1c84fb9";
/// Two services.
const CHAT_TRACE: &str = "3bb58aa50470465cb58c07140547d969";

fn look_at(view: &str) -> Desk {
    Desk::with_sample(&format!("trace/{SLOW_TRACE}?view={view}"))
}

/// The operation of the selected span.
fn selected_op(desk: &Desk) -> String {
    let span = desk.app().selected_span().expect("a span is selected");
    let grouped = desk.app().grouped.value.clone().expect("it is grouped");
    grouped.trace.spans[span.at()].op.to_string()
}

fn only(mut items: Vec<String>) -> String {
    assert_eq!(items.len(), 1, "{items:?}");
    items.remove(0)
}

#[test]
fn frames_are_counted_chosen_and_zoomed() {
    let mut desk = look_at("flame");
    let root = only(desk.items_with("GET api/documents: 1 span, 316 ms, "));
    assert!(root.ends_with(" of its own, 100.0 %"), "{root}");
    let queries = only(desk.items_with("SELECT: 113 spans, 247 ms, 247 ms of its own, "));
    // One of the queries is selected from the start, and stays so.
    let before = desk.app().selected_span();
    desk.click_role(Role::ListItem, &queries);
    assert_eq!(desk.app().selected_span(), before);
    assert!(desk.has("Show all"), "it is zoomed");
    desk.press(Key::Escape);
    assert!(!desk.has("Show all"));
    desk.press(Key::ArrowUp);
    assert_eq!(selected_op(&desk), "http.server");
    desk.press(Key::ArrowDown);
    assert_eq!(selected_op(&desk), "db");
    desk.press(Key::ArrowLeft);
    assert_eq!(selected_op(&desk), "default");
    desk.press(Key::Enter);
    assert!(desk.has("Show all"));
    let chosen = desk.app().selected_span();
    desk.run(Command::ShowTraceAs(TraceView::Waterfall));
    assert_eq!(desk.app().selected_span(), chosen);
}

#[test]
fn frames_of_all_traces_like_it_are_merged() {
    let mut desk = look_at("flame");
    desk.click("Traces like it");
    assert!(desk.says("11 traces · "));
    let look = desk.app().looks.flame.value.clone().expect("it was merged");
    assert_eq!((look.traces, look.of_traces), (11, 11));
    let root = only(desk.items_with("GET api/documents: 11 spans, "));
    assert!(root.ends_with("100.0 %"), "{root}");
    // Four of them make 113 queries each on the root.
    assert!(!desk.items_with("SELECT: 452 spans, ").is_empty());
    let spans: u64 = look.frames.iter().map(|frame| frame.sums.count).sum();
    assert_eq!(spans, 4 * 116 + 7 * 4);
}

#[test]
fn spans_are_summed_up_by_anything_and_lead_to_their_list() {
    let mut desk = look_at("table");
    let query = "Operation db: 114 spans, 0 failed, total 249 ms, self 249 ms, ";
    assert_eq!(desk.items_with(query).len(), 1);
    let look = desk.app().looks.table.value.clone().expect("it was made");
    let trace = look.grouped.trace.clone();
    let self_times: i64 = look.lines.iter().map(|line| line.self_time).sum();
    let spans = (0..trace.spans.len() as u32).map(SpanIndex);
    let own = spans.map(|span| look.grouped.self_time(span));
    assert_eq!(self_times, own.sum::<i64>());
    let total = |op: &str| -> i64 {
        let spans = trace.spans.iter().filter(|span| *span.op == *op);
        spans.map(|span| span.duration).sum()
    };
    assert_eq!(look.lines[0].total, total("db"));
    // By count, then the other way round.
    desk.click("Sort by Spans");
    desk.click("Sort by Spans (descending)");
    assert!(desk.items()[2].starts_with("Operation db: 114 spans"));
    let server = only(desk.items_with("Operation http.server: "));
    desk.click_role(Role::ListItem, &server);
    assert_eq!(selected_op(&desk), "http.server");
    desk.click_role(Role::RadioButton, "Kind");
    assert!(!desk.items_with("Kind server: 1 span, ").is_empty());
    desk.type_into("Attribute to group spans by", "db.system");
    desk.press(Key::Enter);
    let attribute = desk.app().looks.table.value.clone().expect("it was made");
    let counted: usize = attribute.lines.iter().map(|line| line.count).sum();
    assert_eq!(counted, trace.spans.len());
    let database = attribute.lines.iter().find(|line| line.count == 114);
    let value = database.expect("all queries name their database");
    assert!(!value.value.is_empty());
    let line = only(desk.items_with(&format!("db.system {}: ", value.value)));
    desk.click_role(Role::ListItem, &line);
    desk.press(Key::Enter);
    assert!(
        desk.place_now().ends_with("?view=list"),
        "{}",
        desk.place_now()
    );
    let list = desk.app().looks.list.value.clone().expect("it was listed");
    assert_eq!(list.spans.len(), 114);
    assert!(
        list.spans
            .iter()
            .all(|span| *trace.spans[span.at()].op == *"db")
    );
    desk.click(&format!("Remove db.system: {}", value.value));
    let list = desk.app().looks.list.value.clone().expect("it was listed");
    assert_eq!(list.spans.len(), trace.spans.len());
}

#[test]
fn spans_are_listed_in_any_order_and_lead_to_the_waterfall() {
    let mut desk = look_at("list");
    assert!(desk.says("116 spans"));
    assert!(desk.items()[0].starts_with("+0 http.server "));
    desk.click("Sort by Duration");
    let list = desk.app().looks.list.value.clone().expect("it was listed");
    let trace = list.grouped.trace.clone();
    let durations: Vec<i64> = list
        .spans
        .iter()
        .map(|at| trace.spans[at.at()].duration)
        .collect();
    assert_eq!(durations.len(), 116);
    assert!(durations.is_sorted_by(|a, b| a >= b));
    let second = desk.items()[1].clone();
    desk.click_role(Role::ListItem, &second);
    let selected = desk.app().selected_span();
    assert_eq!(selected, Some(list.spans[1]));
    desk.press(Key::ArrowDown);
    assert_eq!(desk.app().selected_span(), Some(list.spans[2]));
    desk.press(Key::Enter);
    assert!(!desk.place_now().contains("view="), "{}", desk.place_now());
    assert_eq!(desk.app().selected_span(), Some(list.spans[2]));
}

#[test]
fn services_stand_on_a_map_with_their_calls() {
    let mut desk = Desk::with_sample(&format!("trace/{CHAT_TRACE}?view=map"));
    assert!(desk.says("2 services · 1 call between them"));
    let api = only(desk.items_with("shop-api: 3 spans, "));
    desk.click_role(Role::ListItem, &api);
    let span = desk.app().selected_span().expect("a span is selected");
    let grouped = desk.app().grouped.value.clone().expect("it is grouped");
    assert_eq!(&*grouped.trace.spans[span.at()].service, "shop-api");
    let look = desk.app().looks.map.value.clone().expect("it was drawn");
    assert_eq!(
        look.map.nodes.iter().map(|node| node.spans).sum::<u64>(),
        10
    );
    assert!(look.layout.boxes[0][0] < look.layout.boxes[1][0]);
    desk.click("Calls");
    let call = only(desk.items_with("edge-gateway calls shop-api: 1 time, "));
    let lasted = grouped.trace.spans[span.at()].duration;
    let lasted = headwater::model::human::duration(lasted);
    assert!(
        call.ends_with(&format!("p50 {lasted}, p95 {lasted}")),
        "{call}"
    );
    // The next view by key; the selection is still the same.
    desk.press(Key::V);
    assert!(desk.place_now().ends_with("?view=list"));
    assert_eq!(desk.app().selected_span(), Some(span));
}

/// A batch is handled for a span that did not call it, and says so by a link.
const LINKED: &str = r#"{"resourceSpans":[
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[
{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","name":"order","kind":2,"startTimeUnixNano":"1800000000000000000","endTimeUnixNano":"1800000000900000000"},
{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"enqueue","startTimeUnixNano":"1800000000100000000","endTimeUnixNano":"1800000000200000000"}]}]},
{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"mailer"}}]},"scopeSpans":[{"spans":[
{"traceId":"00000000000000000000000000000001","spanId":"0000000000000003","name":"send batch","startTimeUnixNano":"1800000000300000000","endTimeUnixNano":"1800000000400000000",
"links":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"},{"traceId":"00000000000000000000000000000002","spanId":"0000000000000001"},{"traceId":"00000000000000000000000000000001","spanId":"0000000000000009"}]}]}]}]}"#;

#[test]
fn what_is_only_linked_is_on_the_map_too() {
    let folder = tempfile::tempdir().expect("the system has room for temporary files");
    let file = folder.path().join("linked.json");
    std::fs::write(&file, LINKED).expect("the file can be written");
    let mut desk = Desk::new(&format!("trace/{:0>32}?view=map", 1));
    desk.import(file);
    assert!(desk.says("2 services · 1 call between them"));
    let look = desk.app().looks.map.value.clone().expect("it was drawn");
    assert!(look.map.edges[0].is_async);
    desk.click("Calls");
    only(desk.items_with("shop calls mailer"));
}

#[test]
fn a_trace_is_compared_with_another_like_it() {
    let mut desk = Desk::with_sample(&format!("trace/{FAST_TRACE}"));
    desk.click("Compare with…");
    assert_eq!(desk.place(), format!("compare?b={FAST_TRACE}"));
    assert!(desk.says("10 traces with a root of the same name and service"));
    desk.type_into("Trace id or search to compare with", "op:(");
    assert!(desk.says("At character "));
    desk.type_into("Trace id or search to compare with", SLOW_TRACE);
    desk.press(Key::Enter);
    let place = format!("compare?a={SLOW_TRACE}&b={FAST_TRACE}");
    assert_eq!(desk.place(), place);
    let compared = desk
        .app()
        .looks
        .compare
        .value
        .clone()
        .expect("it was compared");
    assert_eq!(compared.comparison.spans, [116, 4]);
    assert!(desk.says("112 spans fewer"));
    let first = compared.comparison.in_words(&compared.changes[0]);
    assert!(first.starts_with("Gone: 113 × db SELECT"), "{first}");
    desk.click(&first);
    assert!(
        !desk
            .items_with("db SELECT \"documents_contact\"")
            .is_empty()
    );
    desk.click("Swap sides");
    let turned = desk
        .app()
        .looks
        .compare
        .value
        .clone()
        .expect("it was compared");
    assert_eq!(turned.comparison.spans, [4, 116]);
    assert!(desk.says("New: 113 × db SELECT"));
    desk.click("Open the right trace");
    assert_eq!(desk.place(), format!("trace/{SLOW_TRACE}"));
}

#[test]
fn a_trace_is_compared_with_what_is_usual() {
    let mut desk = Desk::with_sample(&format!("compare?b={SLOW_TRACE}"));
    desk.click("The median of traces like it");
    assert_eq!(desk.place(), format!("compare?a=median&b={SLOW_TRACE}"));
    let compared = desk
        .app()
        .looks
        .compare
        .value
        .clone()
        .expect("it was compared");
    assert_eq!(compared.comparison.traces, [10, 1]);
    // Seven of the ten others make four spans.
    assert_eq!(compared.comparison.spans, [4, 116]);
    assert!(desk.says("the median of 10 other traces"));
    assert!(desk.says("New: 113 × db SELECT"));
    let changed = desk.items().len();
    desk.click("Steps without a change, too");
    assert_eq!(desk.items().len(), compared.comparison.steps.len());
    assert!(changed <= compared.comparison.steps.len());
}

#[test]
fn what_cannot_be_compared_is_said() {
    let desk = Desk::with_sample(&format!(
        "compare?a=77777777777777777777777777777777&b={SLOW_TRACE}"
    ));
    assert!(desk.says("Nothing that was imported names the trace 7777"));
    assert!(desk.has("Choose something else"));
}
