//! The forms a trace can take outside.

use super::drawing::draw;
use super::source::Material;
use super::{chrome, html, jaeger, markdown, otlp, svg};
use crate::model::TraceId;
use std::io::{self, Write};
use std::str::FromStr;

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// OTLP JSON, a line a request.
    Otlp,
    /// Jaeger's JSON.
    Jaeger,
    /// Chrome's trace events.
    Chrome,
    /// A summary in words.
    Markdown,
    /// A page that folds.
    Html,
    /// The waterfall as a drawing.
    Svg,
    /// The waterfall as pixels.
    Png,
}

/// The most rows of a drawing.
const MOST_ROWS: usize = 2_000;
/// The most rows of a picture: what programs that show pictures still take.
pub const MOST_PIXEL_ROWS: usize = 500;

impl Format {
    /// All of them, as they are offered.
    pub const ALL: [Self; 7] = [
        Self::Otlp,
        Self::Jaeger,
        Self::Chrome,
        Self::Markdown,
        Self::Html,
        Self::Svg,
        Self::Png,
    ];

    /// What it is called in commands.
    pub fn id(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Jaeger => "jaeger",
            Self::Chrome => "chrome",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// What it is called for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Otlp => "OTLP JSON",
            Self::Jaeger => "Jaeger JSON",
            Self::Chrome => "Chrome trace",
            Self::Markdown => "Markdown",
            Self::Html => "HTML page",
            Self::Svg => "SVG",
            Self::Png => "PNG",
        }
    }

    /// What it is good for.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Otlp => "Everything there is; reads back as the same trace",
            Self::Jaeger => "For Jaeger's user interface; times in microseconds",
            Self::Chrome => "For Perfetto and chrome://tracing",
            Self::Markdown => "A summary for an issue or an assistant",
            Self::Html => "A waterfall that folds, in any browser, without a network",
            Self::Svg => "A drawing of the waterfall that stays sharp",
            Self::Png => "A picture of the waterfall",
        }
    }

    /// A name for the file of a trace.
    pub fn file_name(self, trace: TraceId) -> String {
        let ending = match self {
            Self::Otlp => "otlp.jsonl",
            Self::Jaeger => "jaeger.json",
            Self::Chrome => "chrome.json",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Svg => "svg",
            Self::Png => "png",
        };
        format!("trace-{}.{ending}", &trace.to_string()[..8])
    }

    /// Writes a trace in this form. Pixels are painted by whoever has a painter: a PNG is refused.
    ///
    /// # Errors
    /// Those of the file and of reading records.
    pub fn write(self, material: &Material, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Otlp => otlp::write(material, out),
            Self::Jaeger => jaeger::write(material, out),
            Self::Chrome => chrome::write(material, out),
            Self::Markdown => markdown::write(material, out),
            Self::Html => html::write(material, out),
            Self::Svg => svg::write(&draw(material.trace, MOST_ROWS), out),
            Self::Png => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "nothing here can paint",
            )),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.id() == text).ok_or_else(|| {
            let ids = Self::ALL.map(Self::id).join(", ");
            format!("{text:?} is no form; there are {ids}")
        })
    }
}
