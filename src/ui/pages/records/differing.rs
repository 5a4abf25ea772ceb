//! What differs between the records that fit, or those of a stretch of time or a region, and others.

use crate::app::{App, Command};
use crate::model::TimeRange;
use crate::model::human::{self, Clock};
use crate::query::{self, SyntaxError};
use crate::store::Filter;
use crate::ui::icons::Icon;
use crate::ui::pages::differs::{Captions, differs};
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use egui::{Frame, Key, Margin, RichText, TextEdit, Ui};

/// What a page compares.
pub struct Compared<'a> {
    /// The two sets; `None` while nothing is set apart.
    pub sets: Result<Option<[Filter; 2]>, SyntaxError>,
    /// What to compare with, as it stands in the place.
    pub against: &'a str,
    /// The first set in words.
    pub inside: String,
    /// One of the records.
    pub noun: &'static str,
    /// A search to compare with, as an example.
    pub example: &'static str,
}

/// The view's own state: what is typed to compare with.
#[derive(Default)]
pub struct DifferingView {
    against: String,
    /// What the text was last set from.
    shown: Option<String>,
}

impl DifferingView {
    /// One frame.
    pub fn ui(&mut self, ui: &mut Ui, app: &App, compared: &Compared, commands: &mut Vec<Command>) {
        if self.shown.as_deref() != Some(compared.against) {
            self.against = compared.against.to_owned();
            self.shown = Some(compared.against.to_owned());
        }
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| self.field(ui, compared, commands));
        let palette = theme::palette(ui);
        if let Some(error) = &app.differs.error {
            ui.label(RichText::new(error).color(palette.error));
            return;
        }
        match &compared.sets {
            // What is wrong with a search is said at its field.
            Err(_) => return,
            Ok(None) => return nothing_apart(ui),
            Ok(Some(_)) => {}
        }
        let Some(found) = app.differs.value.clone() else {
            ui.label(RichText::new("   Comparing…").color(palette.muted));
            return;
        };
        if let Some(chosen) = differs(ui, &found, &captions(compared)) {
            commands.push(Command::Narrow {
                key: chosen.key,
                what: chosen.what,
                exclude: chosen.exclude,
            });
        }
    }

    fn field(&mut self, ui: &mut Ui, compared: &Compared, commands: &mut Vec<Command>) {
        let palette = theme::palette(ui);
        let mut asked = false;
        ui.horizontal(|ui| {
            let label = ui.label(RichText::new("Compare with").color(palette.muted));
            let field = TextEdit::singleline(&mut self.against)
                .hint_text(format!(
                    "the rest, or a search such as {}",
                    compared.example
                ))
                .desired_width((ui.available_width() - 90.0).clamp(120.0, 480.0))
                .font(theme::mono_small());
            let response = ui.add(field).labelled_by(label.id);
            asked |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            asked |= ui.button("Compare").clicked();
        });
        if let Err(error) = query::parse_filter(&self.against) {
            let text = format!("At character {}: {}", error.at.start + 1, error.message);
            ui.label(
                RichText::new(text)
                    .font(theme::small())
                    .color(palette.error),
            );
        } else if asked {
            commands.push(Command::CompareWith(self.against.trim().to_owned()));
        }
    }
}

fn nothing_apart(ui: &mut Ui) {
    let sentence = "Drag across the chart to compare a stretch of time with the rest, or search for the records that \
                    stand out.";
    EmptyState::new(Icon::Filter, "Nothing is set apart yet", sentence).show(ui);
    ui.add_space(size::GAP);
}

fn captions(compared: &Compared) -> Captions {
    Captions {
        inside: compared.inside.clone(),
        outside: match compared.against {
            "" => "the rest".to_owned(),
            against => against.to_owned(),
        },
        noun: compared.noun,
    }
}

/// A stretch of time in words; what fits when there is none.
pub fn stretch_in_words(range: Option<TimeRange>, clock: Clock) -> String {
    let time = range.map(|range| {
        let [from, to] = [range.start, range.end].map(|at| human::time_of_day(at, clock));
        format!("{from} – {to}")
    });
    time.unwrap_or_else(|| "what fits".to_owned())
}
