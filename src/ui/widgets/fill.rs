//! A colour with a weave: more things are told apart than colours can tell, in any colour vision.

use crate::ui::theme::Palette;
use egui::{Color32, CornerRadius, Painter, Rect, Stroke, StrokeKind, vec2};

/// How an area is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Weave {
    /// All of it.
    #[default]
    Plain,
    /// With a gap along the middle.
    Split,
    /// The lower half, the upper one pale.
    Lower,
    /// The upper half, the lower one pale.
    Upper,
    /// The outline, pale within.
    Hollow,
}

impl Weave {
    /// All of them, the plainest first.
    pub const ALL: [Self; 5] = [
        Self::Plain,
        Self::Split,
        Self::Lower,
        Self::Upper,
        Self::Hollow,
    ];
}

/// A colour and how it is put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fill {
    /// The colour.
    pub color: Color32,
    /// How.
    pub weave: Weave,
}

impl From<Color32> for Fill {
    fn from(color: Color32) -> Self {
        Self {
            color,
            weave: Weave::Plain,
        }
    }
}

impl Fill {
    /// Paints a rectangle with rounded corners, however narrow: weaves run along it.
    pub fn paint(self, painter: &Painter, rect: Rect, radius: f32, palette: &Palette) {
        let radius = radius.min(rect.width() / 2.0).round() as u8;
        let corner = CornerRadius::same(radius);
        let half = Rect::from_min_size(rect.min, vec2(rect.width(), rect.height() / 2.0));
        match self.weave {
            Weave::Plain => drop(painter.rect_filled(rect, corner, self.color)),
            Weave::Split => {
                painter.rect_filled(rect, corner, self.color);
                let gap = vec2(rect.width(), (rect.height() / 6.0).max(1.0));
                let gap = Rect::from_center_size(rect.center(), gap);
                painter.rect_filled(gap, 0.0, palette.panel);
            }
            Weave::Lower => {
                painter.rect_filled(rect, corner, palette.pale(self.color));
                let corner = CornerRadius {
                    nw: 0,
                    ne: 0,
                    ..corner
                };
                let half = half.translate(vec2(0.0, half.height()));
                painter.rect_filled(half, corner, self.color);
            }
            Weave::Upper => {
                painter.rect_filled(rect, corner, palette.pale(self.color));
                let corner = CornerRadius {
                    sw: 0,
                    se: 0,
                    ..corner
                };
                painter.rect_filled(half, corner, self.color);
            }
            Weave::Hollow => {
                let stroke = Stroke::new(1.5, self.color);
                let pale = palette.pale(self.color);
                painter.rect(rect, corner, pale, stroke, StrokeKind::Inside);
            }
        }
    }
}
