//! Pictures of the pages, painted by the CPU. `UPDATE_SNAPSHOTS=1 cargo test --test ui snapshots` paints them anew.

use crate::common::desk::{Desk, sample};
use egui::Key;
use headwater::app::settings::Appearance;
use headwater::app::{App, Command};

/// Small, so that pictures stay few kilobytes.
const SIZE: [f32; 2] = [960.0, 600.0];

/// The sample at a place.
fn desk(place: &str) -> Desk {
    let mut desk = Desk::with(place, SIZE, App::inline);
    desk.run(Command::Import(vec![sample()]));
    // The message about the import passes.
    desk.h.run_steps(60);
    desk.settle();
    desk
}

/// Takes the picture, without a pointer in it.
fn shoot(mut desk: Desk, name: &str) {
    desk.h.remove_cursor();
    desk.settle();
    desk.h.snapshot(name);
}

fn dark(mut desk: Desk) -> Desk {
    desk.h.state_mut().app.settings.appearance = Appearance::Dark;
    desk.settle();
    desk
}

#[test]
fn first_start() {
    shoot(Desk::with("traces", SIZE, App::inline), "first_start");
}

#[test]
fn traces() {
    shoot(
        desk("traces?q=http.route:*documents*&sort=-spans"),
        "traces",
    );
}

fn repeated_queries() -> Desk {
    desk("trace/489c364b5284d6eb9ce41938bf9b0763")
}

#[test]
fn trace_with_repeated_queries() {
    shoot(repeated_queries(), "trace_repeated");
}

#[test]
fn trace_with_an_unfolded_group_in_the_dark() {
    let mut desk = dark(repeated_queries());
    desk.press(Key::E);
    shoot(desk, "trace_unfolded_dark");
}

#[test]
fn spans() {
    shoot(
        desk("spans?q=service:shop-api&sort=-duration&chart=heatmap"),
        "spans",
    );
}

#[test]
fn a_span_beside_the_list_in_the_dark() {
    let mut desk = dark(desk("spans?q=op:db&chart=percentiles"));
    desk.press(Key::ArrowDown);
    shoot(desk, "spans_details_dark");
}

#[test]
fn logs() {
    shoot(desk("logs?q=level:error&columns=logger.name"), "logs");
}

#[test]
fn logs_in_the_dark() {
    shoot(dark(desk("logs")), "logs_dark");
}

#[test]
fn a_trace_with_matches_in_the_dark() {
    let place = "trace/489c364b5284d6eb9ce41938bf9b0763?find=duration:%3E3ms";
    shoot(dark(desk(place)), "trace_find_dark");
}

#[test]
fn palette() {
    let mut desk = repeated_queries();
    desk.press_with(egui::Modifiers::COMMAND, Key::K);
    desk.type_into("Choose an action or a place", "match");
    shoot(desk, "palette");
}

#[test]
fn list_of_keys_in_the_dark() {
    let mut desk = dark(repeated_queries());
    desk.press(Key::Questionmark);
    shoot(desk, "keys_dark");
}

#[test]
fn overview() {
    shoot(desk("overview"), "overview");
}

#[test]
fn the_doctor_in_the_dark() {
    shoot(dark(desk("insights/doctor")), "doctor_dark");
}

#[test]
fn insights() {
    shoot(desk("insights/requests?sort=-count"), "insights");
}

#[test]
fn a_row_of_insights_in_the_dark() {
    let mut desk = dark(desk("insights/queries?sort=-count"));
    desk.press(Key::ArrowDown);
    desk.press(Key::Enter);
    shoot(desk, "insights_row_dark");
}

/// The pane of a span in both themes.
fn pane(span: u64, name: &str) {
    let mut desk = crate::pane_support::desk_of(span, [960.0, 760.0]);
    desk.h.run_steps(60);
    desk.h.remove_cursor();
    desk.settle();
    desk.h.snapshot(format!("pane_{name}"));
    shoot(dark(desk), &format!("pane_{name}_dark"));
}

#[test]
fn the_pane_of_a_query() {
    pane(3, "query");
}

#[test]
fn the_pane_of_a_request() {
    pane(1, "request");
}

#[test]
fn the_pane_of_an_exception() {
    pane(4, "exception");
}

#[test]
fn the_pane_of_a_model() {
    pane(6, "model");
}
