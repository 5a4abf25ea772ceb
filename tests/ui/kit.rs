//! Every widget driven by its accessible name, as a person or a screen reader would.

use crate::common::gallery;
use crate::common::harness;
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, MouseWheelUnit, TouchPhase, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use headwater::ui::icons::Icon;
use headwater::ui::soft::{Shot, render};
use headwater::ui::theme;
use headwater::ui::widgets::empty_state::EmptyState;
use headwater::ui::widgets::histogram::{Bar, Histogram, HistogramState};
use headwater::ui::widgets::key_values::{KeyValues, KeyValuesState, Pair, PairAction};
use headwater::ui::widgets::search_bar::{SearchBar, Suggestion, set_cursor};
use headwater::ui::widgets::splitter::Splitter;
use headwater::ui::widgets::virtual_table::{Column, Sort, TableState, VirtualTable};
use std::ops::Range;

const ROWS: u64 = 10_000_000;

#[derive(Default)]
struct Table {
    state: TableState,
    visible: Range<u64>,
    activated: Option<u64>,
    sorts: Vec<usize>,
    asked: Vec<u64>,
}

fn table() -> Harness<'static, Table> {
    harness([600.0, 400.0], Table::default(), |ui, table| {
        let columns = [
            Column::rest("Name", 80.0),
            Column::px("Duration", 90.0).right().sortable(),
        ];
        let mut asked = Vec::new();
        let out = VirtualTable::new("Traces", &columns, ROWS)
            .sort(Some(Sort {
                column: 1,
                descending: true,
            }))
            .show(
                ui,
                &mut table.state,
                |row| Some(format!("trace {row}")),
                |row, column, cell| {
                    asked.push(row);
                    cell.text(&format!("{row}/{column}"));
                },
            );
        table.asked = asked;
        table.visible = out.visible;
        table.activated = out.activated.or(table.activated);
        table.sorts.extend(out.sort_clicked);
    })
}

fn wheel(h: &mut Harness<'_, Table>, lines: f32) {
    h.hover_at(egui::pos2(200.0, 200.0));
    h.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        source: egui::MouseWheelSource::Wheel,
        delta: vec2(0.0, lines),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    h.run();
}

#[test]
fn table_of_ten_million_rows_reaches_its_end_exactly() {
    let mut h = table();
    h.get_by_label("trace 3").click();
    h.run();
    assert_eq!(h.state().state.selected, Some(3));
    h.key_press(Key::End);
    h.run();
    let last = ROWS - 1;
    assert_eq!(h.state().state.selected, Some(last));
    assert!(h.query_by_label(&format!("trace {last}")).is_some());
    h.get_by_label(&format!("trace {}", last - 5)).click();
    h.run();
    assert_eq!(h.state().state.selected, Some(last - 5));
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(h.state().activated, Some(last - 5));
    h.key_press(Key::Home);
    h.run();
    assert_eq!(h.state().state.selected, Some(0));
    assert_eq!(h.state().visible.start, 0);
}

#[test]
fn table_asks_for_visible_rows_only() {
    let mut h = table();
    h.state_mut().state.select(5_000_000);
    h.run();
    let table = h.state();
    assert!(table.visible.contains(&5_000_000));
    assert!(table.visible.end - table.visible.start <= 18);
    assert!(table.asked.iter().all(|row| table.visible.contains(row)));
}

#[test]
fn wheel_moves_by_points_even_at_the_far_end() {
    let mut h = table();
    h.state_mut().state.offset_rows = 9_000_000.25;
    h.run();
    wheel(&mut h, -12.0);
    let offset = h.state().state.offset_rows;
    assert!((offset - 9_000_000.75).abs() < 1e-6, "{offset}");
}

#[test]
fn header_reports_a_click_to_sort() {
    let mut h = table();
    h.get_by_label("Sort by Duration (descending)").click();
    h.run();
    assert_eq!(h.state().sorts, [1]);
    assert!(h.query_by_label("Sort by Name").is_none());
}

#[test]
fn columns_are_resized_by_their_edge() {
    let mut h = table();
    let edge = h.get_by_label("Name").rect().right_center();
    h.drag_at(edge);
    h.run();
    h.hover_at(edge - vec2(100.0, 0.0));
    h.run();
    h.drop_at(edge - vec2(100.0, 0.0));
    h.run();
    let width = h.state().state.widths.get("Name").copied();
    assert!(
        width.is_some_and(|width| (width - (edge.x - 100.0 - 0.0)).abs() < 12.0),
        "{width:?}"
    );
}

fn double_click(h: &mut Harness<'_, Table>, at: egui::Pos2) {
    // Each event has a frame of its own, a quarter of a second after the last.
    h.ctx
        .options_mut(|options| options.input_options.max_double_click_delay = 2.0);
    h.hover_at(at);
    h.step();
    for pressed in [true, false, true, false] {
        h.event(Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    h.run();
}

#[test]
fn a_double_click_on_an_edge_fits_what_is_shown() {
    let mut h = table();
    let edge = h.get_by_label("Name").rect().right_center();
    double_click(&mut h, edge);
    let width = h.state().state.widths.get("Name").copied().unwrap_or(0.0);
    // "17/0" and its padding, or the title, whichever is wider.
    assert!((32.0..120.0).contains(&width), "{width}");
    h.state_mut().state.select(ROWS - 1);
    h.run();
    let edge = h.get_by_label("Name").rect().right_center();
    h.run_steps(60);
    double_click(&mut h, edge);
    let wider = h.state().state.widths.get("Name").copied().unwrap_or(0.0);
    assert!(
        wider > width + 4.0,
        "{wider} for longer numbers, not {width}"
    );
}

#[derive(Default)]
struct Search {
    text: String,
    error: bool,
    suggest: bool,
    commits: usize,
}

fn search(state: Search) -> Harness<'static, Search> {
    harness([500.0, 300.0], state, |ui, s| {
        let error = s.error.then(|| (0..3, "no such field".to_owned()));
        let suggestions = [
            Suggestion {
                label: "status".into(),
                detail: "3 values".into(),
            },
            Suggestion {
                label: "service".into(),
                detail: "12 values".into(),
            },
        ];
        let offered: &[Suggestion] = if s.suggest { &suggestions } else { &[] };
        let out = SearchBar::new("Search", &mut s.text)
            .placeholder("Search traces")
            .error(error)
            .suggestions(offered)
            .show(ui);
        s.commits += usize::from(out.committed);
        if let Some(picked) = out.picked.and_then(|index| suggestions.get(index)) {
            s.text = format!("{}:", picked.label);
            set_cursor(ui.ctx(), out.response.id, s.text.len(), &s.text);
        }
    })
}

fn type_into_search(h: &mut Harness<'_, Search>, text: &str) {
    h.get_by_role_and_label(Role::TextInput, "Search").focus();
    h.run();
    h.get_by_role_and_label(Role::TextInput, "Search")
        .type_text(text);
    h.run();
}

#[test]
fn search_is_typed_committed_and_cleared() {
    let mut h = search(Search::default());
    assert!(h.query_by_label("Clear search").is_none());
    type_into_search(&mut h, "status:error");
    assert_eq!(h.state().text, "status:error");
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(h.state().commits, 1);
    h.get_by_label("Clear search").click();
    h.run();
    assert_eq!(h.state().text, "");
}

#[test]
fn search_says_what_is_wrong() {
    let mut h = search(Search {
        text: "foo:1".into(),
        error: true,
        ..Search::default()
    });
    h.run();
    assert!(h.query_by_label("no such field").is_some());
}

#[test]
fn suggestions_are_picked_by_keys_and_by_pointer() {
    let mut h = search(Search {
        suggest: true,
        ..Search::default()
    });
    type_into_search(&mut h, "s");
    h.key_press(Key::ArrowDown);
    h.key_press(Key::ArrowDown);
    h.run();
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(h.state().text, "service:");
    assert_eq!(h.state().commits, 0);
    h.get_by_role_and_label(Role::TextInput, "Search")
        .type_text("x");
    h.run();
    assert_eq!(
        h.state().text,
        "service:x",
        "the cursor stands after what was inserted"
    );
    h.get_by_label("status").click();
    h.run();
    assert_eq!(h.state().text, "status:");
}

#[derive(Default)]
struct Chart {
    state: HistogramState,
    brushed: Option<Range<usize>>,
    cleared: bool,
}

fn chart() -> Harness<'static, Chart> {
    harness([420.0, 140.0], Chart::default(), |ui, chart| {
        let bars: Vec<Bar> = (0..20)
            .map(|i| Bar {
                name: format!("minute {i}"),
                values: vec![f64::from(i), 1.0],
            })
            .collect();
        let colors = [egui::Color32::GRAY, egui::Color32::RED];
        let out = Histogram::new("Traces over time", &bars, &colors)
            .brush(chart.brushed.clone())
            .show(ui, &mut chart.state);
        chart.brushed = out.brushed.or(chart.brushed.take());
        chart.cleared |= out.cleared;
    })
}

#[test]
fn histogram_is_brushed_by_dragging_across_bars() {
    let mut h = chart();
    let from = h.get_by_label("minute 4").rect().center();
    let to = h.get_by_label("minute 9").rect().center();
    h.drag_at(from);
    h.run();
    h.hover_at(to);
    h.run();
    h.drop_at(to);
    h.run();
    assert_eq!(h.state().brushed, Some(4..10));
}

#[test]
fn histogram_is_brushed_by_keys() {
    let mut h = chart();
    h.get_by_label("Traces over time").focus();
    h.run();
    for _ in 0..3 {
        h.key_press(Key::ArrowRight);
        h.run();
    }
    for _ in 0..2 {
        h.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
        h.run();
    }
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(h.state().brushed, Some(2..5));
    h.key_press(Key::Escape);
    h.run();
    assert!(h.state().cleared);
}

#[derive(Default)]
struct Pairs {
    state: KeyValuesState,
    done: Option<(usize, PairAction)>,
}

fn pairs() -> Harness<'static, Pairs> {
    harness([520.0, 400.0], Pairs::default(), |ui, pairs| {
        let long = "x".repeat(500);
        let all = [
            Pair {
                key: "db.system",
                value: "postgresql",
                note: "",
            },
            Pair {
                key: "db.statement",
                value: &long,
                note: "",
            },
            Pair {
                key: "thread",
                value: "main",
                note: "",
            },
        ];
        let out = KeyValues::new("Attributes", &all)
            .filter_field(true)
            .show(ui, &mut pairs.state);
        pairs.done = out.or(pairs.done);
    })
}

#[test]
fn a_pair_is_acted_upon_by_its_buttons_and_its_menu() {
    let mut h = pairs();
    h.get_by_label("thread: main").hover();
    h.run();
    h.get_by_label("Exclude this value").click();
    h.run();
    assert_eq!(h.state().done, Some((2, PairAction::Exclude)));
    h.get_by_label("db.system: postgresql").click_secondary();
    h.run();
    h.get_by_role_and_label(Role::Button, "Copy key").click();
    h.run();
    assert_eq!(h.state().done, Some((0, PairAction::CopyKey)));
}

#[test]
fn pairs_are_filtered_and_long_values_unfold() {
    let mut h = pairs();
    h.get_by_label("Show all of db.statement").click();
    h.run();
    assert!(h.state().state.expanded.contains("db.statement"));
    h.get_by_role_and_label(Role::TextInput, "Filter attributes")
        .focus();
    h.run();
    h.get_by_role_and_label(Role::TextInput, "Filter attributes")
        .type_text("POSTGRES");
    h.run();
    assert!(h.query_by_label("db.system: postgresql").is_some());
    assert!(h.query_by_label("thread: main").is_none());
}

#[test]
fn splitter_moves_by_keys_and_keeps_both_panes() {
    let mut h = harness([600.0, 200.0], 0.5_f32, |ui, fraction| {
        Splitter::horizontal("Details").show(ui, fraction, |ui, first| {
            ui.label(if first { "left" } else { "right" });
        });
    });
    h.get_by_label("Details").focus();
    h.run();
    for _ in 0..5 {
        h.key_press(Key::ArrowRight);
        h.run();
    }
    assert!((*h.state() - 0.6).abs() < 1e-4, "{}", h.state());
    for _ in 0..60 {
        h.key_press(Key::ArrowRight);
    }
    h.run();
    let right = h.get_by_label("right").rect();
    assert!(right.left() <= 600.0 - 79.0, "{right:?}");
}

#[test]
fn the_gallery_names_every_control_and_paints_in_both_themes() {
    let mut h = harness([1280.0, 860.0], gallery::Gallery::default(), |ui, g| {
        g.ui(ui)
    });
    h.run();
    assert!(h.query_by_label("Cancel").is_some());
    for (dark, palette) in [(false, &theme::LIGHT), (true, &theme::DARK)] {
        let mut page = gallery::Gallery::default();
        let shot = Shot {
            size: vec2(1280.0, 860.0),
            dark,
            ..Shot::default()
        };
        let picture = render(&shot, |ui| page.ui(ui));
        let near = |color| {
            picture
                .pixels
                .iter()
                .filter(|c| gallery::is_near(**c, color))
                .count()
        };
        assert!(near(palette.panel) > picture.pixels.len() / 2);
        assert!(near(palette.accent_soft) > 1_000, "the selected row");
        assert!(near(palette.error) > 100, "errors");
    }
}

#[test]
fn an_empty_state_offers_its_actions() {
    let mut h = harness([600.0, 400.0], None::<usize>, |ui, clicked| {
        let state = EmptyState::new(Icon::Trace, "No traces yet", "Open an export to begin.");
        let now = state
            .action("Open file…")
            .action("Load the sample")
            .show(ui);
        *clicked = now.or(*clicked);
    });
    h.get_by_label("Load the sample").click();
    h.run();
    assert_eq!(*h.state(), Some(1));
    let (first, second) = (
        h.get_by_label("Open file…").rect(),
        h.get_by_label("Load the sample").rect(),
    );
    let middle = (first.left() + second.right()) / 2.0;
    assert!(
        (middle - 300.0).abs() < 8.0,
        "the buttons stand in the middle: {middle}"
    );
    if let Ok(folder) = std::env::var("HEADWATER_GALLERY") {
        let picture = h.render().expect("the renderer paints");
        picture
            .save(std::path::Path::new(&folder).join("empty.png"))
            .expect("the directory can be written");
    }
}

/// Writes the gallery as pictures into the directory named by `HEADWATER_GALLERY`.
#[test]
#[ignore = "pictures for people: run with HEADWATER_GALLERY=directory"]
fn write_the_gallery() {
    let folder = std::env::var("HEADWATER_GALLERY").expect("a directory in HEADWATER_GALLERY");
    for (name, dark, with_toasts) in [("light", false, false), ("dark", true, true)] {
        let mut page = gallery::Gallery::default();
        page.with_toasts = with_toasts;
        let shot = Shot {
            size: vec2(1280.0, 860.0),
            scale: 1.5,
            dark,
            ..Shot::default()
        };
        let png = render(&shot, |ui| page.ui(ui))
            .to_png()
            .expect("the picture is small");
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(path, png).expect("the directory can be written");
    }
}

/// Measures a frame of the table; the figure is printed, the bound is generous enough for any machine.
#[test]
fn a_frame_of_the_table_costs_the_same_anywhere() {
    let mut cost = Vec::new();
    for offset in [0.0, 9_000_000.5] {
        let ctx = egui::Context::default();
        theme::apply(&ctx, false);
        let mut state = TableState::scrolled_to(offset);
        let columns = ["a", "b", "c", "d", "e", "f"].map(|title| Column::rest(title, 40.0));
        let mut best = std::time::Duration::MAX;
        for _ in 0..20 {
            let start = std::time::Instant::now();
            let input = egui::RawInput {
                screen_rect: Some(egui::Rect::from_min_size(
                    egui::Pos2::ZERO,
                    vec2(1920.0, 1080.0),
                )),
                ..egui::RawInput::default()
            };
            let output = ctx.run_ui(input, |ui| {
                VirtualTable::new("Rows", &columns, ROWS).show(
                    ui,
                    &mut state,
                    |row| Some(format!("row {row}")),
                    |row, column, cell| cell.text(&format!("{row} {column}")),
                );
            });
            output.drop_without_applying_deltas();
            best = best.min(start.elapsed());
        }
        cost.push(best);
    }
    println!("frame at the start and far down: {cost:?}");
    assert!(cost.iter().all(|cost| cost.as_millis() < 100), "{cost:?}");
}
