//! How the waterfall of the open trace is looked at: what is drawn, folded, left out, moved and kept at the top.

use super::trace::{NO_TRACE, in_waterfall, picture, selected_span};
use super::{Action, Now, Page, plain, shift};
use crate::analysis::NodeKind;
use crate::app::settings::Coloring;
use crate::app::views::ClockView;
use crate::app::{App, Command, Look};
use egui::{Key, KeyboardShortcut};

const fn action(
    name: &'static str,
    keys: &'static [KeyboardShortcut],
    now: fn(&App) -> Now,
) -> Action {
    Action::new(name, Page::Trace, keys, now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    action("Zoom to the selected row", &[plain(Key::Z)], |app| {
        let selected = picture(app)?.selected.is_some();
        look_if(app, selected, Look::ZoomToSelected, NO_ROW)
    }),
    action("Expand everything", &[plain(Key::E)], |app| {
        in_waterfall(app, Command::ExpandAll)
    }),
    action("Collapse groups", &[plain(Key::C)], |app| {
        in_waterfall(app, Command::CollapseGroups)
    }),
    action(
        "Show the top level only",
        &[plain(Key::Num1), shift(Key::C)],
        |app| levels(app, 1),
    ),
    action("Show two levels", &[plain(Key::Num2)], |app| levels(app, 2)),
    action("Show three levels", &[plain(Key::Num3)], |app| {
        levels(app, 3)
    }),
    action("Show four levels", &[plain(Key::Num4)], |app| {
        levels(app, 4)
    }),
    action("Show five levels", &[plain(Key::Num5)], |app| {
        levels(app, 5)
    }),
    action("Show six levels", &[plain(Key::Num6)], |app| levels(app, 6)),
    action("Show seven levels", &[plain(Key::Num7)], |app| {
        levels(app, 7)
    }),
    action("Show eight levels", &[plain(Key::Num8)], |app| {
        levels(app, 8)
    }),
    action("Show nine levels", &[plain(Key::Num9)], |app| {
        levels(app, 9)
    }),
    action("Group repeats, or not", &[], |app| {
        in_waterfall(app, Command::ToggleSiblings)
    }),
    action("Group chains, or not", &[], |app| {
        in_waterfall(app, Command::ToggleChains)
    }),
    action("Show gaps, or not", &[], |app| {
        in_waterfall(app, Command::ToggleGaps)
    }),
    action("Draw the critical path, or not", &[plain(Key::P)], |app| {
        look(app, Look::TogglePath)
    }),
    action("Only the critical path, or all", &[shift(Key::P)], |app| {
        look(app, Look::ToggleOnlyPath)
    }),
    action("Focus on the selected span", &[plain(Key::Period)], |app| {
        let grouped = app.grouped.value.as_ref().ok_or(NO_TRACE)?;
        let node = picture(app)?.selected;
        let node = node.and_then(|node| grouped.waterfall.get(node));
        let may =
            node.is_some_and(|node| matches!(node.kind, NodeKind::Span(_) | NodeKind::Chain(_)));
        look_if(app, may, Look::FocusSelected, NO_SPAN_ALONE)
    }),
    action("Focus on what is around", &[plain(Key::Comma)], |app| {
        in_focus(app, Look::FocusOut)
    }),
    action("Leave the focus", &[], |app| {
        in_focus(app, Look::Focus(None))
    }),
    action(
        "Pin the selected span, or unpin it",
        &[plain(Key::M)],
        |app| {
            selected_span(app)?;
            look(app, Look::TogglePinned)
        },
    ),
    action(
        "Hide the service of the selected span",
        &[plain(Key::H)],
        |app| {
            selected_span(app)?;
            look(app, Look::HideSelected)
        },
    ),
    action("Show all services", &[shift(Key::H)], |app| {
        let any = !picture(app)?.showing.hidden.is_empty();
        look_if(app, any, Look::ShowAllServices, "No service is hidden")
    }),
    action(
        "Fold the service of the selected span, or unfold it",
        &[],
        |app| {
            let service = selected_span(app)?.service.clone();
            look(app, Look::ToggleFolded(service))
        },
    ),
    action("The next colouring", &[plain(Key::X)], |app| {
        look(app, Look::NextColoring)
    }),
    action("Colour by kind of work", &[], |app| {
        color_by(app, Coloring::Category)
    }),
    action("Colour by service", &[], |app| {
        color_by(app, Coloring::Service)
    }),
    action("Colour by duration", &[], |app| {
        color_by(app, Coloring::Duration)
    }),
    action("Bars as long as the next number", &[plain(Key::B)], |app| {
        look(app, Look::NextBars)
    }),
    action("Bars as long as time", &[], |app| {
        let other = !picture(app)?.bars_by.is_empty();
        let time = Look::BarsBy(String::new());
        look_if(app, other, time, "They are already")
    }),
    action("The next clocks", &[plain(Key::K)], |app| {
        clocks(app, Look::NextClocks)
    }),
    action("Clocks as recorded", &[], |app| {
        clocks(app, Look::Clocks(ClockView::Recorded))
    }),
    action("Corrected clocks", &[], |app| {
        clocks(app, Look::Clocks(ClockView::Corrected))
    }),
    action("Recorded and corrected clocks", &[], |app| {
        clocks(app, Look::Clocks(ClockView::Both))
    }),
];

const NO_ROW: &str = "No row is selected";
const NO_SPAN_ALONE: &str = "No single span is selected";

fn look(app: &App, look: Look) -> Now {
    in_waterfall(app, Command::Look(look))
}

fn look_if(app: &App, may: bool, wanted: Look, else_why: &'static str) -> Now {
    look(app, wanted).and_then(|act| if may { Ok(act) } else { Err(else_why) })
}

fn levels(app: &App, count: u32) -> Now {
    look(app, Look::ToDepth(count - 1))
}

fn in_focus(app: &App, wanted: Look) -> Now {
    let focused = picture(app)?.showing.focus.is_some();
    look_if(app, focused, wanted, "The whole trace is shown")
}

fn color_by(app: &App, coloring: Coloring) -> Now {
    look(app, Look::ColorBy(coloring))
}

fn clocks(app: &App, wanted: Look) -> Now {
    let facts = app.facts.value.as_ref();
    let differ = facts.is_some_and(|facts| facts.clocks.is_corrected());
    look_if(app, differ, wanted, "The clocks of its services agree")
}
