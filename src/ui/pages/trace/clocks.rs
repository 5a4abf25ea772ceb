//! Clocks that do not agree: said in the header, with the evidence, and by which of them bars are drawn.

use super::coloring::service_name;
use super::look_line::menu;
use crate::analysis::{ClockPair, Verdict};
use crate::app::views::{ClockView, Picture};
use crate::app::{App, Command, Look};
use crate::model::human;
use crate::ui::actions::with_key;
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip;
use crate::ui::widgets::segmented::segmented;
use egui::{Label, RichText, ScrollArea, Ui};

/// Width of what is told.
const WIDTH: f32 = 460.0;

/// The chip, where calls lie outside of the spans that made them; a click tells more.
pub fn ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let (Some(facts), Picture::Trace(picture)) =
        (app.facts.value.as_ref(), &app.history.current().picture)
    else {
        return;
    };
    if !facts.clocks_disagree() {
        return;
    }
    let palette = theme::palette(ui);
    let text = match picture.clocks {
        ClockView::Recorded => "Clocks differ",
        ClockView::Corrected => "Clocks corrected",
        ClockView::Both => "Clocks corrected and recorded",
    };
    let button = chip(ui, text, palette.warning).on_hover_text(with_key(
        "Calls lie outside of the spans that made them: see which, and by how much",
        "The next clocks",
    ));
    menu(&button, WIDTH, |ui| {
        ui.label(RichText::new("Clocks that differ").font(theme::strong()));
        let why = "A call that is waited for lies within the span that made it. Where it does not, the clocks of the two \
                   services disagree. An estimate is the middle of what all their calls allow.";
        let why = RichText::new(why).font(theme::small()).color(palette.muted);
        ui.add(Label::new(why).wrap());
        ui.add_space(size::GAP);
        if facts.clocks.is_corrected() {
            let mut at = ClockView::ALL
                .iter()
                .position(|view| *view == picture.clocks)
                .unwrap_or(0);
            if segmented(
                ui,
                "Draw bars by",
                &mut at,
                &["As recorded", "Corrected", "Both"],
            ) {
                commands.push(Command::Look(Look::Clocks(ClockView::ALL[at.min(2)])));
            }
            ui.add_space(size::GAP);
        }
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            let pairs = facts.clocks.pairs.iter();
            for pair in pairs.filter(|pair| pair.verdict != Verdict::Agree) {
                evidence(ui, pair, commands);
            }
        });
        let note = "Durations, the strip above and the critical path are always those of the recorded times.";
        let note = RichText::new(note)
            .font(theme::small())
            .color(palette.faint);
        ui.add(Label::new(note).wrap());
    });
}

fn evidence(ui: &mut Ui, pair: &ClockPair, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let [first, second] = [0, 1].map(|at| service_name(&pair.services[at]));
    ui.label(RichText::new(format!("{first} and {second}")).font(theme::small_strong()));
    let counted = format!(
        "{} of {} outside, the worst by {}",
        human::grouped(pair.outside.len() as u64),
        human::counted(pair.calls as u64, "call"),
        human::duration(pair.worst)
    );
    let verdict = match pair.verdict {
        Verdict::Differ { offset } => format!(
            "{second} is {} {first} by about {} ({} to {} suit all calls)",
            if offset > 0 { "behind" } else { "ahead of" },
            human::duration(offset.saturating_abs()),
            human::duration(
                pair.bounds[0]
                    .saturating_abs()
                    .min(pair.bounds[1].saturating_abs())
            ),
            human::duration(
                pair.bounds[0]
                    .saturating_abs()
                    .max(pair.bounds[1].saturating_abs())
            ),
        ),
        _ => "No single offset puts all calls where they should be: nothing is moved for them"
            .to_owned(),
    };
    for text in [counted, verdict] {
        let text = RichText::new(text)
            .font(theme::small())
            .color(palette.muted);
        ui.add(Label::new(text).wrap());
    }
    if let Some(first) = pair.outside.first()
        && ui
            .link(RichText::new("Show the first of these calls").font(theme::small()))
            .clicked()
    {
        commands.push(Command::Look(Look::Select(*first)));
    }
    ui.add_space(size::GAP);
}
