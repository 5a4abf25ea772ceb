//! The charts above the trace list: choosing one, dragging over it, opening a trace from a point.

use crate::common::desk::Desk;
use egui::{Pos2, Rect, pos2};
use egui_kittest::kittest::Queryable as _;
use headwater::app::Route;
use headwater::app::questions::TraceList;
use headwater::app::route::TracesPlace;
use headwater::app::settings::TraceChart;
use std::sync::Arc;

const SCATTER: &str = "Traces by start and duration, 182 points";
/// Room that the plot leaves for its axes: at the left, above, below.
const MARGINS: [f32; 3] = [56.0, 4.0, 24.0];

fn list(desk: &Desk) -> Arc<TraceList> {
    desk.app().traces.value.clone().expect("the list is there")
}

fn place(desk: &Desk) -> TracesPlace {
    match desk.app().route() {
        Route::Traces(place) => place.clone(),
        other => panic!("this is not the trace list: {other}"),
    }
}

fn with_scatter() -> Desk {
    let mut desk = Desk::with_sample("traces");
    assert!(desk.has("Traces by duration"));
    desk.click("Over time");
    desk.settle();
    assert_eq!(desk.app().settings.trace_chart, TraceChart::Scatter);
    desk
}

/// The area of the points on screen.
fn plot(desk: &Desk) -> Rect {
    let all = desk.h.get_by_label(SCATTER).rect();
    let [left, above, below] = MARGINS;
    Rect::from_min_max(
        pos2(all.left() + left, all.top() + above),
        pos2(all.right(), all.bottom() - below),
    )
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
fn a_point_leads_to_its_trace() {
    let mut desk = with_scatter();
    let traces = list(&desk);
    let longest = |mark: &&headwater::layout::Mark| traces.matches.durations[mark.first as usize];
    let mark = traces
        .marks
        .iter()
        .max_by_key(longest)
        .expect("there are traces");
    let axes = traces.scatter.expect("there are traces");
    let area = plot(&desk);
    let at = pos2(
        area.left() + mark.x / axes.size[0] * area.width(),
        area.top() + mark.y / axes.size[1] * area.height(),
    );
    desk.h.hover_at(at);
    desk.h.run();
    desk.h.drag_at(at);
    desk.h.run();
    desk.h.drop_at(at);
    desk.settle();
    let opened = desk
        .app()
        .trace
        .value
        .clone()
        .flatten()
        .expect("a trace is open");
    assert_eq!(opened.range().duration(), traces.longest);
}

#[test]
fn dragging_over_points_narrows_time_and_duration() {
    let mut desk = with_scatter();
    let area = plot(&desk);
    let all = list(&desk);
    drag(&mut desk, area.left_top(), area.center());
    let narrowed = place(&desk);
    assert!(narrowed.query.contains("trace.duration:>="), "{narrowed:?}");
    let range = narrowed.range.expect("a stretch of time was chosen");
    let axes = all.scatter.expect("there are traces");
    let shortest = axes.at([0.0, axes.size[1] / 2.0]).1;
    let fits = |(start, duration): (&_, &i64)| range.contains(*start) && *duration >= shortest;
    let expected = all
        .matches
        .starts
        .iter()
        .zip(&*all.matches.durations)
        .filter(|pair| fits(*pair))
        .count();
    let shown = list(&desk).matches.numbers.len();
    assert!(
        expected > 0 && expected < all.matches.numbers.len(),
        "{expected}"
    );
    // The edge was rounded to a pixel; a trace that lies exactly on it may fall to either side.
    assert!(
        shown.abs_diff(expected) <= 1,
        "{shown} shown, {expected} in the rectangle"
    );
    desk.press_with(egui::Modifiers::ALT, egui::Key::ArrowLeft);
    assert_eq!(place(&desk), TracesPlace::default());
}

#[test]
fn dragging_over_bars_narrows_durations() {
    let mut desk = Desk::with_sample("traces");
    let chart = desk.h.get_by_label("Traces by duration").rect();
    let y = chart.top() + 20.0;
    let half = pos2(chart.center().x, y);
    drag(&mut desk, half, pos2(chart.right() - 2.0, y));
    let narrowed = place(&desk);
    assert!(
        narrowed.query.starts_with("trace.duration:>="),
        "{narrowed:?}"
    );
    let durations = list(&desk).matches.durations.clone();
    let before = 182;
    assert!(!durations.is_empty() && durations.len() < before);
    let shown = format!("{} traces of {before}", durations.len());
    assert!(desk.has(&shown), "{shown}");
}
