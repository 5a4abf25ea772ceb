//! What the colours of bars and dots say, and the legend that tells it.

use crate::app::settings::Coloring;
use crate::app::trace_facts::TraceFacts;
use crate::model::conventions::Category;
use crate::model::trace::Span;
use crate::ui::pages::op_color;
use crate::ui::theme::{self, DURATION_STEPS, Palette, duration_step, size};
use crate::ui::widgets::text::truncated_galley;
use egui::{Color32, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Side of a dot of the legend, with the space behind it.
const DOT: f32 = 14.0;
/// Most points a name takes.
const WIDEST: f32 = 140.0;

/// The colours in force.
#[derive(Clone, Copy)]
pub struct Colors<'a> {
    /// What they say.
    pub by: Coloring,
    /// Who took part, once it is known.
    pub facts: Option<&'a TraceFacts>,
    /// What they are taken from.
    pub palette: &'static Palette,
}

impl Colors<'_> {
    /// That of a span, or of a group it stands for that took so long.
    pub fn of(&self, span: &Span, duration: i64) -> Color32 {
        match self.by {
            Coloring::Category => op_color(self.palette, &span.op),
            Coloring::Duration => self.palette.durations[duration_step(duration)],
            Coloring::Service => self.of_rank(self.facts.and_then(|facts| facts.rank(span))),
        }
    }

    /// That of a service by its place among those of the trace.
    pub fn of_rank(&self, rank: Option<usize>) -> Color32 {
        let color = rank.and_then(|rank| self.palette.services.get(rank));
        color.map_or(self.palette.hue(Category::Other), |color| *color)
    }

    fn entries(&self) -> Vec<(String, Color32)> {
        let facts = self.facts;
        let mut entries: Vec<(String, Color32)> = match self.by {
            Coloring::Category => {
                let found = facts.map_or(&[][..], |facts| &facts.categories);
                let entry = |kind: &Category| (kind.name().to_owned(), self.palette.hue(*kind));
                found.iter().map(entry).collect()
            }
            Coloring::Duration => {
                let steps = DURATION_STEPS.iter().zip(self.palette.durations);
                steps
                    .map(|((_, name), color)| ((*name).to_owned(), color))
                    .collect()
            }
            Coloring::Service => self.services(),
        };
        entries.push(("Failed".to_owned(), self.palette.error));
        entries
    }

    fn services(&self) -> Vec<(String, Color32)> {
        let services = self.facts.map_or(&[][..], |facts| &facts.services);
        let own = self.palette.services.len();
        let named = services.iter().take(own).enumerate();
        let mut entries: Vec<(String, Color32)> = named
            .map(|(rank, one)| (service_name(&one.name).to_owned(), self.of_rank(Some(rank))))
            .collect();
        if services.len() > own {
            entries.push((
                format!("{} others", services.len() - own),
                self.of_rank(None),
            ));
        }
        entries
    }

    /// Paints the legend into the room up to `right`; names without room are told on hover.
    pub fn legend(&self, ui: &mut Ui, right: f32) {
        let entries = self.entries();
        let names: Vec<&str> = entries.iter().map(|(name, _)| &**name).collect();
        let all = names.join(", ");
        let width = (right - ui.cursor().left()).max(0.0);
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::BUTTON), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Colours: {all}")));
        let painter = ui.painter_at(rect);
        let mut x = rect.left();
        let mut left_out = 0;
        for (name, color) in &entries {
            let galley =
                truncated_galley(&painter, name, theme::small(), self.palette.muted, WIDEST);
            let needed = DOT + galley.size().x;
            if left_out > 0 || x + needed > rect.right() - 28.0 {
                left_out += 1;
                continue;
            }
            let dot =
                egui::Rect::from_center_size(pos2(x + 5.0, rect.center().y), vec2(10.0, 10.0));
            painter.rect_filled(dot, 2.0, *color);
            let at = pos2(x + DOT, rect.center().y - galley.size().y / 2.0);
            painter.galley(at, galley, self.palette.muted);
            x += needed + size::PAD;
        }
        if left_out > 0 {
            let text = format!("+{left_out}");
            let at = pos2(x, rect.center().y);
            let align = egui::Align2::LEFT_CENTER;
            painter.text(at, align, text, theme::small(), self.palette.muted);
            response.on_hover_text(all);
        }
    }
}

/// The name of a service, for people also where there is none.
pub fn service_name(name: &str) -> &str {
    if name.is_empty() {
        "(no service)"
    } else {
        name
    }
}
