//! What differs between two sets of records: an attribute after the other, its values with their shares of both sets.
//!
//! The panel takes its answer as plain data and gives back what was chosen; what is compared, and of which kind of
//! records, is the page's business.

use crate::analysis::differs::{Difference, Differences, Line, What};
use crate::app::comparing::{narrowed, words};
use crate::app::group_words::percent;
use crate::model::human;
use crate::model::sides::Sides;
use crate::ui::icons::{Icon, focus_ring};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::{single_line, truncated_galley};
use egui::{
    Align2, Color32, CornerRadius, Frame, Margin, Rect, RichText, Role, ScrollArea, Sense, Ui,
    WidgetInfo, pos2, vec2,
};

/// Height of one of the two bars of a value.
const BAR: f32 = 8.0;
/// Width of a share with its count.
const NUMBERS: f32 = 128.0;
/// Share of the width that names of values take.
const NAMES: f32 = 0.34;

/// What the two sets are called.
#[derive(Clone, Debug)]
pub struct Captions {
    /// The set that is asked about: `06:46:20 – 06:46:30`.
    pub inside: String,
    /// The set it is compared with: `the rest`.
    pub outside: String,
    /// What the records are, in the singular.
    pub noun: &'static str,
}

/// A line of the panel was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The attribute.
    pub key: String,
    /// The records of the line.
    pub what: What,
    /// Whether they are to be left out instead of being the only ones.
    pub exclude: bool,
}

/// One row of the panel.
enum Row<'a> {
    Head(&'a Difference),
    Value(&'a Difference, &'a Line),
    More(&'a Difference),
    Alike,
}

/// The panel.
pub fn differs(ui: &mut Ui, found: &Differences, captions: &Captions) -> Option<Chosen> {
    if found.attributes.is_empty() {
        nothing(ui, found, captions);
        return None;
    }
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| legend(ui, found, captions));
    let rows = rows(found);
    let mut chosen = None;
    ScrollArea::vertical()
        .id_salt("differences")
        .auto_shrink(false)
        .show_rows(ui, size::ROW, rows.len(), |ui, range| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for row in rows.get(range).unwrap_or_default() {
                let width = ui.available_width();
                let sheet = Sheet {
                    palette: theme::palette(ui),
                    found,
                    captions,
                };
                match row {
                    Row::Head(difference) => sheet.head(ui, width, difference),
                    Row::Value(difference, line) => {
                        chosen = sheet.value(ui, width, difference, line).or(chosen.take());
                    }
                    Row::More(difference) => sheet.more(ui, width, difference),
                    Row::Alike => sheet.alike(ui, width),
                }
            }
        });
    chosen
}

fn rows(found: &Differences) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for difference in &found.attributes {
        rows.push(Row::Head(difference));
        rows.extend(
            difference
                .values
                .iter()
                .map(|line| Row::Value(difference, line)),
        );
        if difference.more_values > 0 {
            rows.push(Row::More(difference));
        }
    }
    rows.push(Row::Alike);
    rows
}

/// The two sets with their colours and sizes.
fn legend(ui: &mut Ui, found: &Differences, captions: &Captions) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        let sets = [
            (&captions.inside, found.records.inside, palette.accent),
            (&captions.outside, found.records.outside, palette.faint),
        ];
        for (caption, count, color) in sets {
            let (swatch, _) = ui.allocate_exact_size(vec2(12.0, BAR), Sense::hover());
            ui.painter()
                .rect_filled(swatch, CornerRadius::same(2), color);
            ui.label(RichText::new(caption).font(theme::small_strong()));
            let count = human::counted(count, captions.noun);
            ui.label(
                RichText::new(count)
                    .font(theme::small())
                    .color(palette.muted),
            );
            ui.add_space(size::GAP);
        }
        if found.is_thin() {
            let text = "So few records tell little";
            ui.label(
                RichText::new(text)
                    .font(theme::small())
                    .color(palette.warning),
            );
        }
    });
}

fn nothing(ui: &mut Ui, found: &Differences, captions: &Captions) {
    let Sides { inside, outside } = found.records;
    let (title, sentence) = if inside == 0 || outside == 0 {
        let empty = if inside == 0 {
            &captions.inside
        } else {
            &captions.outside
        };
        (
            "Nothing to compare",
            format!("No {} is in {empty}.", captions.noun),
        )
    } else {
        let compared = human::counted(found.alike, "attribute");
        let sentence = format!(
            "{compared} of {} and {} were compared, and no difference is larger than chance makes it.",
            human::counted(inside, captions.noun),
            human::grouped(outside),
        );
        ("No attribute differs", sentence)
    };
    EmptyState::new(Icon::Filter, title, &sentence).show(ui);
}

/// What all rows are painted from.
struct Sheet<'a> {
    palette: &'static Palette,
    found: &'a Differences,
    captions: &'a Captions,
}

impl Sheet<'_> {
    fn head(&self, ui: &mut Ui, width: f32, difference: &Difference) {
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::ROW), Sense::hover());
        let score = format!("{:.2}", difference.score);
        let asked = if difference.asked { ", asked for" } else { "" };
        response.widget_info(|| {
            let name = format!("{} differs by {score}{asked}", difference.key);
            WidgetInfo::labeled(Role::Label, true, name)
        });
        let painter = ui.painter_at(rect);
        painter.hline(
            rect.x_range().shrink(12.0),
            rect.top() + 0.5,
            egui::Stroke::new(size::LINE, self.palette.border),
        );
        let left = rect.left() + 12.0;
        let name = single_line(&difference.key);
        let room = width * 0.6;
        let galley = truncated_galley(&painter, &name, theme::strong(), self.palette.text, room);
        let end = left + galley.size().x;
        let top = rect.center().y - galley.size().y / 2.0;
        painter.galley(pos2(left, top), galley, self.palette.text);
        if difference.asked {
            let at = pos2(end + size::GAP, rect.center().y);
            let text = "part of the search";
            painter.text(
                at,
                Align2::LEFT_CENTER,
                text,
                theme::small(),
                self.palette.faint,
            );
        }
        let at = pos2(rect.right() - 12.0, rect.center().y);
        painter.text(
            at,
            Align2::RIGHT_CENTER,
            score,
            theme::mono_small(),
            self.palette.muted,
        );
        response.on_hover_text(
            "How much the values differ: 0 is the same distribution on both sides, 1 no value in common",
        );
    }

    /// A value with a bar and a number for each set.
    fn value(
        &self,
        ui: &mut Ui,
        width: f32,
        difference: &Difference,
        line: &Line,
    ) -> Option<Chosen> {
        let leads = narrowed("", &difference.key, &line.what, false).is_some();
        let sense = if leads {
            Sense::click()
        } else {
            Sense::hover()
        };
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::ROW), sense);
        let text = words(&difference.key, &line.what);
        response.widget_info(|| {
            let name = self.in_words(&difference.key, &text, line.count);
            WidgetInfo::labeled(Role::Button, leads, name)
        });
        let painter = ui.painter_at(rect);
        if leads && response.hovered() {
            painter.rect_filled(rect, CornerRadius::ZERO, self.palette.hover);
        }
        let names = Rect::from_x_y_ranges(
            rect.left() + 20.0..=rect.left() + 12.0 + width * NAMES,
            rect.y_range(),
        );
        let color = match line.what {
            What::Value(_) | What::Stretch(..) => self.palette.text,
            _ => self.palette.muted,
        };
        let shown = single_line(&text);
        let galley = truncated_galley(&painter, &shown, theme::mono_small(), color, names.width());
        let cut = galley.elided;
        let top = rect.center().y - galley.size().y / 2.0;
        painter.galley(pos2(names.left(), top), galley, color);
        self.bars(&painter, rect, names.right() + size::GAP, line.count);
        focus_ring(ui, rect, &response);
        let mut hint = self.in_words(&difference.key, &text, line.count);
        if leads {
            hint += "\nClick: only these. Shift and click: without these";
        }
        let response = if cut || leads {
            response.on_hover_text(hint)
        } else {
            response
        };
        response.clicked().then(|| Chosen {
            key: difference.key.to_string(),
            what: line.what.clone(),
            exclude: ui.input(|input| input.modifiers.shift),
        })
    }

    fn more(&self, ui: &mut Ui, width: f32, difference: &Difference) {
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::ROW), Sense::hover());
        let text = human::counted(difference.more_values, "more value");
        response.widget_info(|| {
            let name = self.in_words(&difference.key, &text, difference.more);
            WidgetInfo::labeled(Role::Label, true, name)
        });
        let painter = ui.painter_at(rect);
        let at = pos2(rect.left() + 20.0, rect.center().y);
        painter.text(
            at,
            Align2::LEFT_CENTER,
            text,
            theme::small(),
            self.palette.faint,
        );
        let bars = rect.left() + 12.0 + width * NAMES + size::GAP;
        self.bars(&painter, rect, bars, difference.more);
    }

    fn alike(&self, ui: &mut Ui, width: f32) {
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::ROW), Sense::hover());
        let text = format!(
            "{} do not differ",
            human::counted(self.found.alike, "other attribute")
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.clone()));
        let at = pos2(rect.left() + 12.0, rect.center().y);
        let painter = ui.painter_at(rect);
        painter.text(
            at,
            Align2::LEFT_CENTER,
            text,
            theme::small(),
            self.palette.faint,
        );
    }

    /// Two bars from `left`, one over the other, and their numbers at the right edge.
    fn bars(&self, painter: &egui::Painter, rect: Rect, left: f32, count: Sides) {
        let shares = count.shares(self.found.records);
        let right = rect.right() - 12.0 - 2.0 * NUMBERS;
        let room = (right - size::GAP - left).max(0.0);
        let sets = [
            (
                shares[0],
                count.inside,
                self.palette.accent,
                rect.center().y - BAR,
            ),
            (
                shares[1],
                count.outside,
                self.palette.faint,
                rect.center().y,
            ),
        ];
        for (place, (share, count, color, top)) in sets.into_iter().enumerate() {
            let length = |share: f64| room * share.clamp(0.0, 1.0) as f32;
            let bar = |length| Rect::from_min_size(pos2(left, top + 1.0), vec2(length, BAR - 2.0));
            let corner = CornerRadius::same(2);
            painter.rect_filled(bar(room), corner, self.palette.sunken);
            if share > 0.0 {
                painter.rect_filled(bar(length(share).max(2.0)), corner, color);
            }
            let end = right + NUMBERS * (place + 1) as f32;
            let number = |x: f32, text: String, color: Color32| {
                let at = pos2(x, rect.center().y);
                painter.text(at, Align2::RIGHT_CENTER, text, theme::mono_small(), color);
            };
            let text = if place == 0 {
                self.palette.text
            } else {
                self.palette.muted
            };
            number(end - 60.0, human::count(count), self.palette.muted);
            number(end, percent(share), text);
        }
    }

    /// A line for screen readers, tooltips and tests.
    fn in_words(&self, key: &str, text: &str, count: Sides) -> String {
        let [inside, outside] = count.shares(self.found.records).map(percent);
        let Sides {
            inside: n,
            outside: m,
        } = count;
        format!(
            "{key}: {text}, {} in {} ({inside}), {} in {} ({outside})",
            human::grouped(n),
            self.captions.inside,
            human::grouped(m),
            self.captions.outside,
        )
    }
}
