//! What the colours of bars and dots say, and the legend that tells it.

use crate::app::settings::Coloring;
use crate::app::trace_facts::TraceFacts;
use crate::model::conventions::Category;
use crate::model::trace::Span;
use crate::ui::pages::op_color;
use crate::ui::theme::{self, DURATION_STEPS, Palette, SERVICE_COLORS, duration_step, size};
use crate::ui::widgets::fill::{Fill, Weave};
use crate::ui::widgets::text::truncated_galley;
use egui::{Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// How many services have a colour and a weave of their own.
pub const TOLD_APART: usize = SERVICE_COLORS * Weave::ALL.len();
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
    pub fn of(&self, span: &Span, duration: i64) -> Fill {
        match self.by {
            Coloring::Category => op_color(self.palette, &span.op).into(),
            Coloring::Duration => self.palette.durations[duration_step(duration)].into(),
            Coloring::Service => self.of_rank(self.facts.and_then(|facts| facts.rank(span))),
        }
    }

    /// That of a service by its place among those of the trace: the first have a colour each, the next have the same
    /// colours in another weave. What is beyond [`TOLD_APART`] is grey.
    pub fn of_rank(&self, rank: Option<usize>) -> Fill {
        let colors = &self.palette.services;
        let weave = rank.and_then(|rank| Weave::ALL.get(rank / colors.len()));
        match rank.zip(weave) {
            Some((rank, weave)) => Fill {
                color: colors[rank % colors.len()],
                weave: *weave,
            },
            None => self.palette.hue(Category::Other).into(),
        }
    }

    fn entries(&self) -> Vec<(String, Fill)> {
        let facts = self.facts;
        let mut entries: Vec<(String, Fill)> = match self.by {
            Coloring::Category => {
                let found = facts.map_or(&[][..], |facts| &facts.categories);
                let entry =
                    |kind: &Category| (kind.name().to_owned(), self.palette.hue(*kind).into());
                found.iter().map(entry).collect()
            }
            Coloring::Duration => {
                let steps = DURATION_STEPS.iter().zip(self.palette.durations);
                steps
                    .map(|((_, name), color)| ((*name).to_owned(), color.into()))
                    .collect()
            }
            Coloring::Service => self.services(),
        };
        entries.push(("Failed".to_owned(), self.palette.error.into()));
        entries
    }

    fn services(&self) -> Vec<(String, Fill)> {
        let services = self.facts.map_or(&[][..], |facts| &facts.services);
        let named = services.iter().take(TOLD_APART).enumerate();
        let mut entries: Vec<(String, Fill)> = named
            .map(|(rank, one)| (service_name(&one.name).to_owned(), self.of_rank(Some(rank))))
            .collect();
        if let Some(others @ 1..) = services.len().checked_sub(TOLD_APART) {
            entries.push((format!("{others} others"), self.of_rank(None)));
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
        for (name, fill) in &entries {
            let galley =
                truncated_galley(&painter, name, theme::small(), self.palette.muted, WIDEST);
            let needed = DOT + galley.size().x;
            if left_out > 0 || x + needed > rect.right() - 28.0 {
                left_out += 1;
                continue;
            }
            let dot =
                egui::Rect::from_center_size(pos2(x + 5.0, rect.center().y), vec2(10.0, 10.0));
            fill.paint(&painter, dot, 2.0, self.palette);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn forty_services_are_told_apart() {
        let colors = Colors {
            by: Coloring::Service,
            facts: None,
            palette: &theme::LIGHT,
        };
        let first: Vec<Fill> = (0..TOLD_APART)
            .map(|rank| colors.of_rank(Some(rank)))
            .collect();
        let different: HashSet<&Fill> = first.iter().collect();
        assert_eq!((first.len(), different.len()), (40, 40));
        // Few have a colour each, and neighbours never share one.
        assert!(
            first[..SERVICE_COLORS]
                .iter()
                .all(|fill| fill.weave == Weave::Plain)
        );
        assert!(first.windows(2).all(|pair| pair[0].color != pair[1].color));
        assert_eq!(colors.of_rank(Some(TOLD_APART)), colors.of_rank(None));
        assert!(!different.contains(&colors.of_rank(None)));
    }
}
