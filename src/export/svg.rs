//! The waterfall as an SVG that reads in light and dark.

use super::colors::{class, escaped, style};
use super::drawing::{Drawing, Shape};
use std::io::{self, Write};

/// Writes a drawing.
///
/// # Errors
/// Those of the file.
pub fn write(drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    let [width, height] = drawing.size;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, -apple-system, 'Segoe UI', sans-serif\">"
    )?;
    let style = style(|class, color| format!(".{class}{{fill:{color}}}"));
    writeln!(
        out,
        "<style>text{{font-variant-numeric:tabular-nums}}{style}</style>"
    )?;
    for shape in &drawing.shapes {
        match shape {
            Shape::Rect([x, y, width, height], ink) => writeln!(
                out,
                "<rect class=\"{}\" x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"/>",
                class(*ink)
            )?,
            Shape::Text(line) => {
                let weight = if line.strong {
                    " font-weight=\"600\""
                } else {
                    ""
                };
                let whole = line.whole.as_deref().map_or_else(String::new, |whole| {
                    format!("<title>{}</title>", escaped(whole))
                });
                writeln!(
                    out,
                    "<text class=\"{}\" x=\"{:.2}\" y=\"{:.2}\" font-size=\"{}\"{weight}>{}{whole}</text>",
                    class(line.ink),
                    line.x,
                    line.y,
                    line.size,
                    escaped(&line.text)
                )?;
            }
        }
    }
    writeln!(out, "</svg>")
}
