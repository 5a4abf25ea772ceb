//! A drawing as pixels, by the CPU renderer that also paints the window in tests.

use super::soft::{Shot, render};
use super::theme;
use crate::export::colors::{DARK, LIGHT};
use crate::export::drawing::{Drawing, Line, Shape};
use egui::{Align2, Color32, CornerRadius, FontId, Pos2, Rect, Ui, vec2};

/// Pixels a point: pictures are looked at on dense screens, too.
const SCALE: f32 = 2.0;

/// Paints a drawing as the bytes of a PNG.
///
/// # Errors
/// When it is too large for the format.
pub fn png(drawing: &Drawing, dark: bool) -> Result<Vec<u8>, String> {
    let shot = Shot {
        size: drawing.size.into(),
        scale: SCALE,
        dark,
        max_frames: 2,
    };
    let picture = render(&shot, |ui| paint(ui, drawing, dark));
    picture
        .to_png()
        .map_err(|error| format!("the picture cannot be packed: {error}"))
}

fn paint(ui: &Ui, drawing: &Drawing, dark: bool) {
    let colors = if dark { DARK } else { LIGHT };
    let color = |ink| {
        let [_, r, g, b] = colors.of(ink).to_be_bytes();
        Color32::from_rgb(r, g, b)
    };
    let painter = ui.ctx().layer_painter(egui::LayerId::background());
    for shape in &drawing.shapes {
        match shape {
            Shape::Rect([x, y, width, height], ink) => {
                let rect = Rect::from_min_size(Pos2::new(*x, *y), vec2(*width, *height));
                painter.rect_filled(rect, CornerRadius::ZERO, color(*ink));
            }
            Shape::Text(line) => {
                let at = Pos2::new(line.x, line.y + line.size * 0.25);
                painter.text(
                    at,
                    Align2::LEFT_BOTTOM,
                    &line.text,
                    font(line),
                    color(line.ink),
                );
            }
        }
    }
}

fn font(line: &Line) -> FontId {
    let family = if line.strong {
        theme::strong().family
    } else {
        theme::body().family
    };
    FontId::new(line.size, family)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::drawing::Ink;

    #[test]
    fn pictures_have_the_colours_of_the_themes() {
        for (palette, colors) in [(&theme::LIGHT, LIGHT), (&theme::DARK, DARK)] {
            let same = |ink, color: Color32| {
                let [_, r, g, b] = colors.of(ink).to_be_bytes();
                assert_eq!(color, Color32::from_rgb(r, g, b), "{ink:?}");
            };
            same(Ink::Ground, palette.panel);
            same(Ink::Stripe, palette.window);
            same(Ink::Grid, palette.grid);
            same(Ink::Text, palette.text);
            same(Ink::Muted, palette.muted);
            same(Ink::Error, palette.error);
            for category in crate::model::conventions::Category::ALL {
                same(Ink::Work(category), palette.hue(category));
            }
        }
    }
}
