//! What the records of the selected issue are made of: an attribute after the other, those first that set it apart.
//!
//! A value is a line as wide as its share of the issue's records; a tick stands at its share of all others. A click opens the
//! records behind it.

use super::details::heading;
use crate::analysis::breakdown::Attribute;
use crate::analysis::differs::{Line, What};
use crate::app::comparing::{narrowed, words};
use crate::app::group_words::percent;
use crate::app::issues::{Issue, IssueAttributes, IssueRecords, search_for};
use crate::app::route::{IssuesPlace, LogsPlace, Route, SpansPlace, TracesPlace};
use crate::app::{App, Command};
use crate::model::human::{self, Clock};
use crate::model::sides::Sides;
use crate::ui::icons::{Icon, focus_ring, icon_text_button};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text::{single_line, truncated_galley};
use egui::{
    Align2, CornerRadius, Rect, RichText, Role, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

/// Attributes told before the rest is asked for.
const TOLD: usize = 8;
/// Room for a count and a share.
const NUMBERS: f32 = 104.0;
/// Room for the share of other records.
const ELSEWHERE: f32 = 64.0;

/// The part of the pane.
pub(super) fn section(
    ui: &mut Ui,
    app: &App,
    place: &IssuesPlace,
    issue: &Issue,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let all = IssueRecords::of(issue);
    let records = place
        .records
        .filter(|records| all.contains(records))
        .unwrap_or_else(|| IssueRecords::usual(issue));
    heading(ui, palette, "Attributes");
    let (mut chosen, mut attribute) = (records, place.attribute.clone());
    ui.horizontal(|ui| {
        if all.len() > 1 {
            let names: Vec<&str> = all.iter().map(|records| records.title()).collect();
            let mut at = all.iter().position(|known| *known == records).unwrap_or(0);
            if segmented(ui, "Records", &mut at, &names) {
                chosen = all.get(at).copied().unwrap_or(records);
            }
        }
        let width = ui.available_width().clamp(80.0, 240.0);
        let field = TextEdit::singleline(&mut attribute)
            .desired_width(width - 8.0)
            .hint_text("Find an attribute")
            .font(theme::mono_small());
        let field = ui.add(field);
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Find an attribute"));
    });
    if chosen != records || attribute != place.attribute {
        commands.push(Command::ShowIssueAttributes {
            records: match chosen == records {
                true => place.records,
                false => Some(chosen),
            },
            attribute,
        });
    }
    let told = &app.issues.attributes;
    let quiet = |ui: &mut Ui, text: &str| {
        let text = RichText::new(text).font(theme::small());
        ui.label(text.color(palette.faint));
    };
    match (&told.value, &told.error) {
        (Some(told), _) => {
            let sheet = Sheet {
                palette,
                told,
                records,
                issue,
                clock: app.settings.clock,
            };
            sheet.all(ui, &place.attribute, commands);
        }
        (None, Some(reason)) => quiet(ui, &format!("They could not be counted: {reason}")),
        (None, None) => quiet(ui, "Counting the attributes of its records…"),
    }
}

/// Opens the records of an issue, or those with one value.
pub(super) fn open(records: IssueRecords, query: String) -> Command {
    Command::Go(match records {
        IssueRecords::Logs => Route::Logs(LogsPlace {
            query,
            ..LogsPlace::default()
        }),
        _ => Route::Spans(SpansPlace {
            query,
            ..SpansPlace::default()
        }),
    })
}

/// Ways to all records of an issue.
pub(super) fn ways(ui: &mut Ui, issue: &Issue, commands: &mut Vec<Command>) {
    let query = search_for(&issue.fingerprint);
    let all = IssueRecords::of(issue);
    ui.horizontal_wrapped(|ui| {
        if all.contains(&IssueRecords::Spans) {
            if icon_text_button(ui, Icon::Trace, "All its traces").clicked() {
                commands.push(Command::Go(Route::Traces(TracesPlace {
                    query: query.clone(),
                    ..TracesPlace::default()
                })));
            }
            if icon_text_button(ui, Icon::Search, "All its spans").clicked() {
                commands.push(open(IssueRecords::Spans, query.clone()));
            }
        }
        if all.contains(&IssueRecords::Logs)
            && icon_text_button(ui, Icon::Log, "All its log records").clicked()
        {
            commands.push(open(IssueRecords::Logs, query.clone()));
        }
    });
}

/// What all lines are painted from.
struct Sheet<'a> {
    palette: &'static Palette,
    told: &'a IssueAttributes,
    records: IssueRecords,
    issue: &'a Issue,
    clock: Clock,
}

impl Sheet<'_> {
    fn all(&self, ui: &mut Ui, wanted: &str, commands: &mut Vec<Command>) {
        let breakdown = &self.told.breakdown;
        let records = human::counted(breakdown.records.inside, self.records.noun());
        let others = human::grouped(breakdown.records.outside);
        self.quiet(
            ui,
            &format!("{records}; the tick and the last number are the {others} others"),
        );
        let wanted = wanted.trim().to_lowercase();
        let fits = |attribute: &&Attribute| attribute.key.to_lowercase().contains(&wanted);
        let fitting: Vec<&Attribute> = breakdown.attributes.iter().filter(fits).collect();
        let id = ui
            .scope_id()
            .with(("all attributes", &self.issue.fingerprint));
        let is_whole = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
        let told = if is_whole || !wanted.is_empty() {
            fitting.len()
        } else {
            TOLD
        };
        for attribute in fitting.iter().take(told) {
            self.attribute(ui, attribute, commands);
        }
        if fitting.is_empty() {
            self.quiet(ui, "No attribute has this in its name");
        }
        let more = fitting.len().saturating_sub(told) as u64;
        if more > 0 {
            let text = format!("Show {}", human::counted(more, "more attribute"));
            if ui.link(RichText::new(text).font(theme::small())).clicked() {
                ui.data_mut(|data| data.insert_temp(id, true));
            }
        }
    }

    fn quiet(&self, ui: &mut Ui, text: &str) {
        let text = RichText::new(text).font(theme::small());
        ui.add(egui::Label::new(text.color(self.palette.faint)).wrap());
    }

    fn attribute(&self, ui: &mut Ui, attribute: &Attribute, commands: &mut Vec<Command>) {
        ui.add_space(size::GRID);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            self.head(ui, attribute);
            for line in &attribute.values {
                self.value(ui, attribute, line, commands);
            }
            if attribute.more_values > 0 {
                let more = human::counted(attribute.more_values, "more value");
                let share = percent(attribute.more.shares(self.told.breakdown.records)[0]);
                self.quiet(
                    ui,
                    &format!(
                        "{more}, {} ({share})",
                        human::grouped(attribute.more.inside)
                    ),
                );
            }
        });
    }

    fn head(&self, ui: &mut Ui, attribute: &Attribute) {
        let width = ui.available_width();
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::ROW), Sense::hover());
        let differs = attribute.score > 0.0;
        let score = match differs {
            true => format!("{:.2}", attribute.score),
            false => String::new(),
        };
        response.widget_info(|| {
            let name = match differs {
                true => format!("{} sets the issue apart by {score}", attribute.key),
                false => format!("{} is as elsewhere", attribute.key),
            };
            WidgetInfo::labeled(Role::Label, true, name)
        });
        if !ui.is_rect_visible(rect) {
            return;
        }
        let painter = ui.painter_at(rect);
        let name = single_line(&attribute.key);
        let (font, color) = (theme::strong(), self.palette.text);
        let galley = truncated_galley(&painter, &name, font, color, width - 48.0);
        let top = rect.center().y - galley.size().y / 2.0;
        painter.galley(pos2(rect.left(), top), galley, color);
        let at = pos2(rect.right(), rect.center().y);
        let font = theme::mono_small();
        painter.text(at, Align2::RIGHT_CENTER, score, font, self.palette.muted);
        response.on_hover_text(match differs {
            true => "How much its values differ from those of other records: 0 not at all, 1 no value in common",
            false => "Its values are as frequent in other records, as far as chance allows to tell",
        });
    }

    /// A value: a way to its records.
    fn value(&self, ui: &mut Ui, attribute: &Attribute, line: &Line, commands: &mut Vec<Command>) {
        let query = match self.records {
            IssueRecords::Errors => None,
            _ => narrowed(
                &search_for(&self.issue.fingerprint),
                &attribute.key,
                &line.what,
                false,
            ),
        };
        let met = self.told.met(&attribute.key, &line.what);
        let leads = query.is_some() || !met.is_empty();
        let sense = match leads {
            true => Sense::click(),
            false => Sense::hover(),
        };
        let size = vec2(ui.available_width(), size::ROW);
        let (rect, response) = ui.allocate_exact_size(size, sense);
        let text = words(&attribute.key, &line.what);
        let in_words = || self.in_words(&attribute.key, &text, line.count);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, leads, in_words()));
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, response.hovered() && leads, &text, line);
            focus_ring(ui, rect, &response);
        }
        let opened = ui
            .scope_id()
            .with(("met", &self.issue.fingerprint, &attribute.key, &text));
        let clicked = response.clicked();
        response.on_hover_ui(|ui| {
            ui.label(in_words());
            if leads {
                ui.label("Click: the records with it");
            }
        });
        let is_open = ui
            .data(|data| data.get_temp::<bool>(opened))
            .unwrap_or(false);
        match query {
            Some(query) if clicked => commands.push(open(self.records, query)),
            None if clicked => {
                ui.data_mut(|data| data.insert_temp(opened, !is_open));
            }
            None if is_open => self.records_of(ui, attribute, line, commands),
            _ => (),
        }
    }

    /// The newest error records with a value.
    fn records_of(
        &self,
        ui: &mut Ui,
        attribute: &Attribute,
        line: &Line,
        commands: &mut Vec<Command>,
    ) {
        let met = self.told.met(&attribute.key, &line.what);
        for one in met {
            ui.horizontal(|ui| {
                ui.add_space(size::GAP);
                let time = human::date_time(one.at, self.clock);
                match one.trace {
                    Some(trace) => {
                        let opened = icon_text_button(ui, Icon::Trace, &time);
                        if opened.on_hover_text("Open the trace").clicked() {
                            let span = one.span;
                            commands.push(Command::OpenTrace { trace, span });
                        }
                    }
                    None => {
                        let text = format!("{time}, in no trace");
                        ui.label(RichText::new(text).font(theme::mono_small()));
                    }
                }
            });
        }
        let more = line.count.inside.saturating_sub(met.len() as u64);
        if more > 0 {
            self.quiet(ui, &format!("and {} earlier", human::grouped(more)));
        }
    }

    fn paint(&self, ui: &Ui, rect: Rect, hovered: bool, text: &str, line: &Line) {
        let palette = self.palette;
        let painter = ui.painter_at(rect);
        let [inside, outside] = line.count.shares(self.told.breakdown.records);
        let numbers = NUMBERS + ELSEWHERE;
        let track = rect
            .with_max_x(rect.right() - numbers)
            .shrink2(vec2(0.0, 1.0));
        let corner = CornerRadius::same(2);
        let fill = if hovered {
            palette.hover
        } else {
            palette.sunken
        };
        painter.rect_filled(track, corner, fill);
        let x = |share: f64| track.left() + track.width() * share.clamp(0.0, 1.0) as f32;
        if inside > 0.0 {
            let bar = track.with_max_x(x(inside).max(track.left() + 2.0));
            painter.rect_filled(bar, corner, palette.accent_soft);
        }
        let at = x(outside).clamp(track.left() + 1.0, track.right() - 1.0);
        // Below the text, so that both can be read.
        let foot = track.bottom() - size::GRID..=track.bottom();
        let tick = Rect::from_x_y_ranges(at - 1.0..=at + 1.0, foot);
        painter.rect_filled(tick, CornerRadius::ZERO, palette.faint);
        let color = match line.what {
            What::Value(_) | What::Stretch(..) => palette.text,
            _ => palette.muted,
        };
        let shown = single_line(text);
        let room = track.width() - 12.0;
        let galley = truncated_galley(&painter, &shown, theme::mono_small(), color, room);
        let top = rect.center().y - galley.size().y / 2.0;
        painter.galley(pos2(track.left() + 6.0, top), galley, color);
        let number = |right: f32, text: String, color| {
            let at = pos2(right, rect.center().y);
            painter.text(at, Align2::RIGHT_CENTER, text, theme::mono_small(), color);
        };
        let right = rect.right() - ELSEWHERE;
        number(right - 56.0, human::count(line.count.inside), palette.muted);
        number(right, percent(inside), palette.text);
        number(rect.right(), percent(outside), palette.faint);
    }

    /// A line for screen readers, tooltips and tests.
    fn in_words(&self, key: &str, text: &str, count: Sides) -> String {
        let [inside, outside] = count.shares(self.told.breakdown.records).map(percent);
        format!(
            "{key}: {text}, {} of the issue ({inside}), {} elsewhere ({outside})",
            human::counted(count.inside, self.records.noun()),
            human::grouped(count.outside),
        )
    }
}
