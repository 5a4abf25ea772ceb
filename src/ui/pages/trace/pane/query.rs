//! A query on lines, with colours for its parts, and what was put into it.

use super::section::{code, long_text};
use crate::analysis::sql::SqlPart;
use crate::app::span_pane::QueryText;
use crate::model::human;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, Palette, size};
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Grid, Label, RichText, Ui, vec2};

/// Paints it.
pub fn ui(ui: &mut Ui, query: &QueryText) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        if query.lines != query.text && icon_text_button(ui, Icon::Copy, "Copy formatted").clicked()
        {
            ui.ctx().copy_text(query.lines.clone());
        }
        if icon_text_button(ui, Icon::Copy, "Copy as recorded").clicked() {
            ui.ctx().copy_text(query.text.clone());
        }
    });
    ui.add_space(size::GRID);
    code(ui, |ui| match query.parts.is_empty() {
        true => long_text(ui, "the query", &query.lines, theme::mono()),
        false => {
            ui.add(Label::new(job(query, palette)).wrap().selectable(true));
            let shown: usize = query.parts.iter().map(|(_, len)| len).sum();
            if shown < query.lines.len() {
                let text = human::first_of(shown as u64, query.lines.len() as u64, "byte");
                let text = RichText::new(format!("{text}; copy it to read it all"));
                ui.label(text.font(theme::small()).color(palette.faint));
            }
        }
    });
    if !query.parameters.is_empty() {
        ui.add_space(size::GAP);
        let title = human::counted(query.parameters.len() as u64, "parameter");
        ui.label(
            RichText::new(title)
                .font(theme::small_strong())
                .color(palette.muted),
        );
        Grid::new("parameters")
            .num_columns(2)
            .min_row_height(16.0)
            .spacing(vec2(16.0, 2.0))
            .show(ui, |ui| {
                for (name, value) in &query.parameters {
                    ui.label(
                        RichText::new(name)
                            .font(theme::mono_small())
                            .color(palette.muted),
                    );
                    ui.vertical(|ui| long_text(ui, name, value, theme::mono_small()));
                    ui.end_row();
                }
            });
    }
}

fn job(query: &QueryText, palette: &Palette) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut rest = query.lines.as_str();
    for (part, len) in &query.parts {
        let Some((text, after)) = rest.split_at_checked(*len) else {
            break;
        };
        rest = after;
        job.append(
            text,
            0.0,
            TextFormat::simple(theme::mono(), color(palette, *part)),
        );
    }
    job
}

/// The colour of a part of a query.
fn color(palette: &Palette, part: SqlPart) -> Color32 {
    match part {
        SqlPart::Keyword => palette.accent,
        SqlPart::Text => palette.ok,
        SqlPart::Number => palette.warning,
        SqlPart::Parameter => palette.info,
        SqlPart::Comment => palette.faint,
        SqlPart::Sign => palette.muted,
        SqlPart::Name | SqlPart::Space => palette.text,
    }
}
