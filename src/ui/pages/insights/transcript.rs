//! What was said in conversations, to be read: who, when, what, and the call it was said in.

use super::InsightsPage;
use crate::analysis::conversation::{Message, Part};
use crate::app::insights::{Cell, Table};
use crate::app::{App, Command};
use crate::model::Nanos;
use crate::model::human::{self, Clock};
use crate::ui::pages::trace::conversation::message;
use crate::ui::theme::{self, size};
use egui::{Frame, Margin, RichText, Role, ScrollArea, Ui, WidgetInfo};

/// Lines shown at first, and how many more each time.
const SHOWN: usize = 100;
/// Lines longer than this are hard to read, in points.
const LONGEST: f32 = 880.0;

impl InsightsPage {
    /// The lines of a transcript, in the order of time.
    pub(super) fn transcript(
        &mut self,
        ui: &mut Ui,
        app: &App,
        table: &Table,
        commands: &mut Vec<Command>,
    ) {
        let shown = table.rows.len().min(SHOWN + self.more_lines);
        let frame = Frame::new().inner_margin(Margin::symmetric(12, 0));
        let scroll = ScrollArea::vertical().id_salt("transcript");
        scroll.auto_shrink(false).show(ui, |ui| {
            frame.show(ui, |ui| {
                ui.set_max_width(LONGEST.min(ui.available_width()));
                let mut before = None;
                for row in 0..shown {
                    let conversation = text(table, row, "conversation");
                    if before.as_ref() != Some(&conversation) {
                        heading(ui, &conversation);
                        before = Some(conversation);
                    }
                    let opened = ui.push_id(row, |ui| line(ui, table, row, app.settings.clock));
                    if opened.inner {
                        commands.push(Command::FollowLook(row));
                    }
                }
                self.rest(ui, table.rows.len() - shown);
                ui.add_space(size::PAD);
            });
        });
    }

    fn rest(&mut self, ui: &mut Ui, left: usize) {
        if left == 0 {
            return;
        }
        ui.add_space(size::GAP);
        let next = human::grouped(left.min(SHOWN) as u64);
        let all = human::counted(left as u64, "more line");
        if ui.button(format!("Show {next} of {all}")).clicked() {
            self.more_lines += SHOWN;
        }
    }
}

fn text(table: &Table, row: usize, name: &str) -> String {
    table.cell(row, name).map(Cell::words).unwrap_or_default()
}

fn heading(ui: &mut Ui, conversation: &str) {
    ui.add_space(size::PAD);
    let title = match conversation {
        "" => "Without a conversation",
        id => id,
    };
    ui.label(RichText::new(title).font(theme::heading()));
}

/// One line; whether its call is to be opened.
fn line(ui: &mut Ui, table: &Table, row: usize, clock: Clock) -> bool {
    ui.add_space(size::GAP);
    let role = text(table, row, "role");
    let said = Message {
        is_answer: false,
        parts: vec![Part::Text(text(table, row, "text"))],
        finish: String::new(),
        role,
    };
    let number = |name: &str| match table.cell(row, name) {
        Some(Cell::Int(number)) => Some(*number),
        _ => None,
    };
    let time = number("time").map(|time| human::time_of_day(Nanos(time), clock));
    let tokens = number("tokens").and_then(|tokens| u64::try_from(tokens).ok());
    let notes = [
        time,
        Some(text(table, row, "who")).filter(|who| !who.is_empty()),
        tokens.map(|tokens| human::counted(tokens, "token")),
        number("failed")
            .filter(|failed| *failed > 0)
            .map(|_| "failed".to_owned()),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let mut opened = false;
    message(ui, &said, &notes.join(" · "), |ui| {
        let response = ui.small_button("Open call");
        response.widget_info(|| {
            let name = format!("Open the call of line {}", row + 1);
            WidgetInfo::labeled(Role::Link, true, name)
        });
        opened = response.clicked();
    });
    opened
}
