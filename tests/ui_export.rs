//! Exporting the open trace from the window.

mod common;

use common::desk::Desk;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;

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
