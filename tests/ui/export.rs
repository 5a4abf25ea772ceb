//! Exporting the open trace from the window.

use crate::common::desk::Desk;
use egui::accesskit::{Role, Toggled};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

#[test]
fn the_open_trace_is_exported_with_a_preview_of_what_is_taken_out() {
    let mut desk = Desk::with_sample("traces?q=has:url.full&sort=-spans");
    let trace = desk
        .app()
        .traces
        .value
        .as_ref()
        .map(|list| list.matches.numbers[0]);
    desk.run(headwater::app::Command::OpenTraceNumber(
        trace.expect("a trace fits"),
    ));
    desk.click("Export…");
    desk.click_role(Role::RadioButton, "Markdown");
    desk.type_into("Attributes to take out", "service.name");
    assert!(
        desk.h.query_all_by_label_contains("value").count() > 0,
        "the preview counts"
    );
    let preview = desk.app().export_preview.value.clone().expect("a preview");
    assert!(
        preview
            .iter()
            .any(|one| one.after == "[service.name 1]" && one.times > 0),
        "{preview:?}"
    );
    let path = desk.folder.path().join("out.md");
    desk.type_into("File", &path.display().to_string());
    desk.click("Save");
    let text = std::fs::read_to_string(&path).expect("the file is there");
    assert!(
        text.starts_with("# ") && text.contains("## Slowest path"),
        "{text}"
    );
    assert!(desk.app().export.is_none(), "the question is answered");
    // A file that is there is not replaced unasked.
    std::fs::write(&path, "mine").unwrap();
    desk.click("Export…");
    desk.type_into("File", &path.display().to_string());
    desk.click("Save");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn escape_leaves_everything_as_it_was() {
    let mut desk = Desk::with_sample("traces?sort=-spans");
    let trace = desk
        .app()
        .traces
        .value
        .as_ref()
        .map(|list| list.matches.numbers[0]);
    desk.run(headwater::app::Command::OpenTraceNumber(
        trace.expect("a trace is there"),
    ));
    desk.click("Export…");
    assert!(desk.has("Save"));
    desk.press(egui::Key::Escape);
    assert!(!desk.has("Save"));
}

/// The trace of the sample with 113 repeated queries among its 116 spans, and the row of these.
const SLOW: &str = "trace/489c364b5284d6eb9ce41938bf9b0763";
const REPEATS: &str = "113 repeated queries";

/// Selects the folded repeats.
fn desk_at_repeats() -> Desk {
    let mut desk = Desk::with_sample(SLOW);
    let grouped = desk.app().grouped.value.clone().expect("it is grouped");
    let waterfall = &grouped.waterfall;
    let groups = waterfall.all_groups();
    let (_, largest) = groups
        .max_by_key(|(_, group)| group.members.len())
        .expect("a group");
    assert_eq!(largest.members.len(), 113);
    let row = desk
        .items()
        .into_iter()
        .find(|item| item.contains("113"))
        .expect("the folded row");
    desk.click_start(&row);
    assert!(desk.has(REPEATS), "its figures are shown");
    desk
}

#[test]
fn a_folded_group_goes_out_with_its_members_and_nothing_else() {
    for (form, name) in [("html", "HTML page"), ("otlp", "OTLP JSON")] {
        let mut desk = desk_at_repeats();
        desk.click("Export these spans…");
        let only = "Only the 113 spans of the selected group and what is below them";
        let box_ = desk.h.get_by_role_and_label(Role::CheckBox, only);
        assert!(
            box_.accesskit_node().toggled() == Some(Toggled::True),
            "that is what was asked for"
        );
        desk.click_role(Role::RadioButton, name);
        let path = desk.folder.path().join(format!("out.{form}"));
        desk.type_into("File", &path.display().to_string());
        desk.click("Save");
        let text = std::fs::read_to_string(&path).expect("the file is there");
        let mark = match form {
            "html" => "<dt>Span id</dt>",
            _ => "\"startTimeUnixNano\"",
        };
        assert_eq!(text.matches(mark).count(), 113, "{form}");
    }
}

#[test]
fn what_was_entered_is_not_lost_to_a_click_that_missed() {
    let mut desk = Desk::with_sample(SLOW);
    let beside = egui::pos2(20.0, 700.0);
    let click_beside = |desk: &mut Desk| {
        desk.h.hover_at(beside);
        desk.h.drag_at(beside);
        desk.h.drop_at(beside);
        desk.settle();
    };
    desk.click("Export…");
    assert!(desk.has("Save"));
    click_beside(&mut desk);
    assert!(!desk.has("Save"), "nothing was entered");
    desk.click("Export…");
    desk.type_into("Attributes to take out", "user.id");
    click_beside(&mut desk);
    assert!(desk.has("Save"));
    let draft = desk.app().export.as_ref().expect("it is still asked");
    assert_eq!(draft.attributes, "user.id");
    desk.press(egui::Key::Escape);
    assert!(!desk.has("Save"), "who means it can leave");
}
