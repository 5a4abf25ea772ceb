//! How Headwater looks: the only file that names a colour, a size or a font.
//!
//! Two palettes, light and dark, of quiet greys and one accent. Colour carries meaning and nothing else: what kind of
//! work a span is ([`Category`]), how severe a record is, what is wrong. The hues follow Okabe and Ito, tuned for each
//! background so that people with any colour vision can tell neighbours apart; every pair of text and background is
//! held to a contrast of 4.5 to 1 by a test below. Sizes lie on a grid of four points.
//!
//! This module must not know what a page or a widget is.

mod series;

pub use series::{DURATION_STEPS, SERVICE_COLORS, duration_step};

use crate::model::conventions::Category;
use egui::{Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId};
use egui::{Margin, Shadow, Stroke, Style, TextStyle, Theme, Ui, Visuals, style, vec2};
use std::sync::Arc;

/// Every colour of one theme.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    /// Whether text is light on dark.
    pub dark: bool,
    /// Behind everything: side bars, tool bars.
    pub window: Color32,
    /// Behind content: tables, pages.
    pub panel: Color32,
    /// Above content: menus, tooltips, cards.
    pub raised: Color32,
    /// Below content: text fields, tracks of bars.
    pub sunken: Color32,
    /// Under the pointer.
    pub hover: Color32,
    /// Hair lines between regions.
    pub border: Color32,
    /// Outlines of controls.
    pub border_strong: Color32,
    /// Grid lines behind charts.
    pub grid: Color32,
    /// Place holders of text not loaded yet.
    pub skeleton: Color32,
    /// Ordinary text.
    pub text: Color32,
    /// Secondary text: labels, units, headers of columns.
    pub muted: Color32,
    /// Text of least weight, and icons at rest.
    pub faint: Color32,
    /// The one accent: focus, selection, links, primary actions.
    pub accent: Color32,
    /// Background of what is selected.
    pub accent_soft: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Failure.
    pub error: Color32,
    /// Background of failure.
    pub error_soft: Color32,
    /// Warning.
    pub warning: Color32,
    /// Background of warning.
    pub warning_soft: Color32,
    /// Information.
    pub info: Color32,
    /// Background of information.
    pub info_soft: Color32,
    /// Debug and trace records.
    pub debug: Color32,
    /// Success.
    pub ok: Color32,
    /// What a search found: marks on edges and strips.
    pub found: Color32,
    /// Background of what a search found.
    pub found_soft: Color32,
    /// Colours of kinds of work, in the order in which [`Category`] declares them.
    pub hues: [Color32; 10],
    /// Colours of services, those with most time first; further ones have the same in another weave.
    pub services: [Color32; SERVICE_COLORS],
    /// Colours of durations, the shortest first, see [`duration_step`].
    pub durations: [Color32; DURATION_STEPS.len()],
}

impl Palette {
    /// The colour of a kind of work.
    pub fn hue(&self, category: Category) -> Color32 {
        self.hues[category as usize]
    }

    /// The colour of a kind of work as a background.
    pub fn hue_soft(&self, category: Category) -> Color32 {
        self.soft(self.hue(category))
    }

    /// A quiet background in the manner of `color`.
    pub fn soft(&self, color: Color32) -> Color32 {
        mix(self.panel, color, if self.dark { 0.22 } else { 0.14 })
    }

    /// The pale part of an area that is partly in `color`.
    pub fn pale(&self, color: Color32) -> Color32 {
        mix(self.panel, color, 0.3)
    }

    /// `color` made fit for text on the panel: it keeps its hue and gains contrast.
    pub fn as_text(&self, color: Color32) -> Color32 {
        let mut share = 0.0;
        let mut out = color;
        while contrast(out, self.soft(color)) < 4.5 && share < 1.0 {
            share += 0.05;
            out = mix(color, self.text, share);
        }
        out
    }

    /// Text that reads on `fill`.
    pub fn on(&self, fill: Color32) -> Color32 {
        let dark = Color32::from_rgb(0x14, 0x16, 0x1a);
        if contrast(Color32::WHITE, fill) >= contrast(dark, fill) {
            Color32::WHITE
        } else {
            dark
        }
    }
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// Dark text on light ground.
pub static LIGHT: Palette = Palette {
    dark: false,
    window: rgb(0xf3f4f6),
    panel: rgb(0xfdfdfe),
    raised: rgb(0xffffff),
    sunken: rgb(0xeceef1),
    hover: rgb(0xf0f2f5),
    border: rgb(0xe2e5e9),
    border_strong: rgb(0xcbd0d7),
    grid: rgb(0xebedf0),
    skeleton: rgb(0xe9ecef),
    text: rgb(0x1f242c),
    muted: rgb(0x565e6a),
    faint: rgb(0x6a7280),
    accent: rgb(0x2f5fd0),
    accent_soft: rgb(0xdfe8fb),
    on_accent: rgb(0xffffff),
    error: rgb(0xc22f2f),
    error_soft: rgb(0xfbe6e5),
    warning: rgb(0x8f5a00),
    warning_soft: rgb(0xfcefd6),
    info: rgb(0x1f67b1),
    info_soft: rgb(0xe2eefa),
    debug: rgb(0x626974),
    ok: rgb(0x1f7a4a),
    found: rgb(0xb98900),
    found_soft: rgb(0xfff4c9),
    hues: [
        rgb(0x2a6fbb), // database: blue
        rgb(0xc08a1e), // cache: amber
        rgb(0x1c8f74), // http client: bluish green
        rgb(0x4d5563), // server: slate
        rgb(0xa84f8b), // queue: reddish purple
        rgb(0x5aa5d6), // view: sky
        rgb(0x8a94a3), // function: grey
        rgb(0xb34a10), // browser: vermilion
        rgb(0x5b35ab), // AI: violet
        rgb(0xa9b0ba), // other: light grey
    ],
    services: series::LIGHT_SERVICES,
    durations: series::LIGHT_DURATIONS,
};

/// Light text on dark ground.
pub static DARK: Palette = Palette {
    dark: true,
    window: rgb(0x16181c),
    panel: rgb(0x1b1e23),
    raised: rgb(0x24282e),
    sunken: rgb(0x121417),
    hover: rgb(0x242830),
    border: rgb(0x2b2f36),
    border_strong: rgb(0x3d434c),
    grid: rgb(0x282c33),
    skeleton: rgb(0x2a2e35),
    text: rgb(0xe1e4e9),
    muted: rgb(0xa3abb7),
    faint: rgb(0x8a929f),
    accent: rgb(0x7aa5f8),
    accent_soft: rgb(0x263656),
    on_accent: rgb(0x10141c),
    error: rgb(0xf37b74),
    error_soft: rgb(0x43262a),
    warning: rgb(0xe2ae51),
    warning_soft: rgb(0x3b3122),
    info: rgb(0x79b4ee),
    info_soft: rgb(0x20324a),
    debug: rgb(0x949ca8),
    ok: rgb(0x62c08f),
    found: rgb(0xf2cd5c),
    found_soft: rgb(0x3c3719),
    hues: [
        rgb(0x4a90dc),
        rgb(0xe2b048),
        rgb(0x3db393),
        rgb(0x828da1),
        rgb(0xe08cc8),
        rgb(0x8cc8ee),
        rgb(0x6d7685),
        rgb(0xdb7438),
        rgb(0xb9a6fa),
        rgb(0x4f5764),
    ],
    services: series::DARK_SERVICES,
    durations: series::DARK_DURATIONS,
};

/// The palette in force where `ui` paints.
pub fn palette(ui: &Ui) -> &'static Palette {
    of_mode(ui.visuals().dark_mode)
}

/// The palette in force in a context, for painting outside any `Ui`.
pub fn palette_of(ctx: &Context) -> &'static Palette {
    of_mode(ctx.global_style().visuals.dark_mode)
}

fn of_mode(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// Lengths in points, all on a grid of four except where noted.
pub mod size {
    /// The grid.
    pub const GRID: f32 = 4.0;
    /// Height of a row of a table.
    pub const ROW: f32 = 24.0;
    /// Height of a header of a table.
    pub const HEADER: f32 = 24.0;
    /// Height of a further line of text in a row of several.
    pub const TEXT_LINE: f32 = 16.0;
    /// Height of a tool bar.
    pub const BAR: f32 = 40.0;
    /// Side of an icon.
    pub const ICON: f32 = 16.0;
    /// Side of an icon button, height of a control.
    pub const BUTTON: f32 = 24.0;
    /// Radius of corners.
    pub const RADIUS: f32 = 4.0;
    /// Radius of corners as egui wants it.
    pub const CORNER: u8 = 4;
    /// Between neighbours.
    pub const GAP: f32 = 8.0;
    /// Inside regions.
    pub const PAD: f32 = 12.0;
    /// Left and right of the text of a cell.
    pub const CELL_PAD: f32 = 8.0;
    /// Width of a scroll bar.
    pub const SCROLL: f32 = 10.0;
    /// Thickness of a hair line.
    pub const LINE: f32 = 1.0;
}

/// Name of the family of heavier text.
const SEMIBOLD: &str = "semibold";

fn semibold() -> FontFamily {
    FontFamily::Name(SEMIBOLD.into())
}

/// Ordinary text.
pub fn body() -> FontId {
    FontId::new(13.0, FontFamily::Proportional)
}

/// Labels, axes and notes.
pub fn small() -> FontId {
    FontId::new(11.5, FontFamily::Proportional)
}

/// Ordinary text that matters more.
pub fn strong() -> FontId {
    FontId::new(13.0, semibold())
}

/// Labels that matter more: headers of columns and sections.
pub fn small_strong() -> FontId {
    FontId::new(11.5, semibold())
}

/// Ids, queries, raw values.
pub fn mono() -> FontId {
    FontId::new(12.0, FontFamily::Monospace)
}

/// Ids and raw values at the size of labels.
pub fn mono_small() -> FontId {
    FontId::new(11.0, FontFamily::Monospace)
}

/// Headings of panels.
pub fn heading() -> FontId {
    FontId::new(16.0, semibold())
}

/// Headings of pages.
pub fn title() -> FontId {
    FontId::new(18.0, semibold())
}

/// Give a context Headwater's fonts and style; call at the start and whenever the theme changes.
pub fn apply(ctx: &Context, dark: bool) {
    let installed = egui::Id::unique("headwater fonts");
    if !ctx.data(|d| d.get_temp::<bool>(installed).unwrap_or(false)) {
        ctx.set_fonts(fonts());
        ctx.data_mut(|d| d.insert_temp(installed, true));
    }
    ctx.set_style_of(Theme::Light, style_for(&LIGHT));
    ctx.set_style_of(Theme::Dark, style_for(&DARK));
    ctx.set_theme(if dark { Theme::Dark } else { Theme::Light });
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let bundled: [(&str, &'static [u8]); 3] = [
        (
            "Inter",
            include_bytes!("../../assets/fonts/Inter-Regular.otf"),
        ),
        (
            "Inter SemiBold",
            include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
        ),
        (
            "JetBrains Mono",
            include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf"),
        ),
    ];
    for (name, bytes) in bundled {
        let data = FontData::from_static(bytes);
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
    }
    let fallback = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    for (family, first) in [
        (FontFamily::Proportional, "Inter"),
        (semibold(), "Inter SemiBold"),
        (FontFamily::Monospace, "JetBrains Mono"),
    ] {
        let mut names = vec![first.to_owned()];
        names.extend(fallback.iter().cloned());
        fonts.families.insert(family, names);
    }
    fonts
}

fn style_for(p: &Palette) -> Style {
    let mut style = Style {
        text_styles: [
            (TextStyle::Small, small()),
            (TextStyle::Body, body()),
            (TextStyle::Button, body()),
            (TextStyle::Monospace, mono()),
            (TextStyle::Heading, heading()),
        ]
        .into(),
        animation_time: 0.08,
        visuals: visuals(p),
        ..Style::default()
    };
    style.interaction.tooltip_delay = 0.3;
    style.interaction.selectable_labels = true;
    set_spacing(&mut style.spacing);
    style
}

fn set_spacing(spacing: &mut style::Spacing) {
    spacing.item_spacing = vec2(8.0, 4.0);
    spacing.button_padding = vec2(8.0, 3.0);
    spacing.interact_size = vec2(24.0, size::BUTTON);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(12);
    spacing.indent = 16.0;
    spacing.icon_width = 14.0;
    spacing.icon_width_inner = 8.0;
    spacing.icon_spacing = 6.0;
    spacing.tooltip_width = 480.0;
    spacing.combo_width = 80.0;
    spacing.scroll = style::ScrollStyle::solid();
    spacing.scroll.bar_width = 8.0;
    spacing.scroll.handle_min_length = 24.0;
    spacing.scroll.bar_inner_margin = 2.0;
    spacing.scroll.bar_outer_margin = 0.0;
    spacing.scroll.foreground_color = false;
}

fn visuals(p: &Palette) -> Visuals {
    let mut v = if p.dark {
        Visuals::dark()
    } else {
        Visuals::light()
    };
    v.weak_text_color = Some(p.muted);
    v.hyperlink_color = p.accent;
    v.faint_bg_color = p.hover;
    v.extreme_bg_color = p.sunken;
    v.text_edit_bg_color = Some(if p.dark { p.sunken } else { p.raised });
    v.code_bg_color = p.sunken;
    v.warn_fg_color = p.warning;
    v.error_fg_color = p.error;
    v.panel_fill = p.panel;
    v.window_fill = p.raised;
    v.window_stroke = Stroke::new(size::LINE, p.border_strong);
    v.window_corner_radius = CornerRadius::same(8);
    v.menu_corner_radius = CornerRadius::same(6);
    v.selection.bg_fill = p.accent_soft;
    v.selection.stroke = Stroke::new(1.0, p.text);
    v.collapsing_header_frame = false;
    v.indent_has_left_vline = false;
    let shadow = |blur, alpha| Shadow {
        offset: [0, 4],
        blur,
        spread: 0,
        color: Color32::from_black_alpha(alpha),
    };
    let alpha = if p.dark { 96 } else { 28 };
    v.window_shadow = shadow(24, alpha);
    v.popup_shadow = shadow(12, alpha);
    set_widgets(&mut v.widgets, p);
    v
}

fn set_widgets(widgets: &mut style::Widgets, p: &Palette) {
    let set = |w: &mut style::WidgetVisuals, fill, outline, text| {
        w.bg_fill = fill;
        w.weak_bg_fill = fill;
        w.bg_stroke = Stroke::new(size::LINE, outline);
        w.fg_stroke = Stroke::new(1.0, text);
        w.corner_radius = CornerRadius::same(size::CORNER);
        w.expansion = 0.0;
    };
    let pressed = mix(p.hover, p.border_strong, 0.5);
    set(&mut widgets.noninteractive, p.panel, p.border, p.text);
    set(&mut widgets.inactive, p.raised, p.border_strong, p.text);
    set(&mut widgets.hovered, p.hover, p.border_strong, p.text);
    set(&mut widgets.active, pressed, p.accent, p.text);
    set(&mut widgets.open, p.hover, p.border_strong, p.text);
    // egui paints check boxes and the handles of scroll bars with these.
    widgets.inactive.bg_fill = mix(p.panel, p.border_strong, 0.9);
    widgets.hovered.bg_fill = p.border_strong;
    widgets.active.bg_fill = p.faint;
}

/// A colour that a file names by its bytes: red, green, blue.
pub fn from_bytes([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// `share` of the way from `a` to `b`, opaque, in gamma space.
pub fn mix(a: Color32, b: Color32, share: f32) -> Color32 {
    let at = |x: u8, y: u8| (f32::from(x) + (f32::from(y) - f32::from(x)) * share).round() as u8;
    Color32::from_rgb(at(a.r(), b.r()), at(a.g(), b.g()), at(a.b(), b.b()))
}

/// Contrast of two opaque colours after WCAG 2: from 1 (none) to 21 (black on white).
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(c: Color32) -> f32 {
    let linear = |v: u8| {
        let v = f32::from(v) / 255.0;
        if v <= 0.03928 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_on_every_ground() {
        for p in [&LIGHT, &DARK] {
            let grounds = [p.window, p.panel, p.raised, p.sunken];
            let texts = [
                p.text, p.muted, p.accent, p.error, p.warning, p.info, p.debug, p.ok,
            ];
            for ground in grounds {
                for text in texts {
                    let got = contrast(text, ground);
                    assert!(got >= 4.5, "{text:?} on {ground:?} is {got:.2}");
                }
            }
            for (text, ground) in [
                (p.faint, p.panel),
                (p.text, p.accent_soft),
                (p.muted, p.accent_soft),
                (p.on_accent, p.accent),
                (p.error, p.error_soft),
                (p.warning, p.warning_soft),
                (p.info, p.info_soft),
                (p.text, p.found_soft),
                (p.muted, p.found_soft),
            ] {
                let got = contrast(text, ground);
                assert!(got >= 4.5, "{text:?} on {ground:?} is {got:.2}");
            }
        }
    }

    #[test]
    fn hues_are_seen_and_carry_text() {
        for p in [&LIGHT, &DARK] {
            for hue in Category::ALL {
                let color = p.hue(hue);
                let seen = contrast(color, p.panel);
                assert!(seen >= 2.0, "{hue:?} on the panel is {seen:.2}");
                assert!(contrast(p.on(color), color) >= 4.5, "text on {hue:?}");
                let read = contrast(p.as_text(color), p.soft(color));
                assert!(read >= 4.5, "{hue:?} as text is {read:.2}");
            }
        }
    }

    /// Colours as seen without red cones or without green cones (Viénot, Brettel and Mollon 1999, in gamma space).
    fn seen_without(c: Color32, red: bool) -> [f32; 3] {
        let [r, g, b] = [c.r(), c.g(), c.b()].map(f32::from);
        if red {
            [0.112 * r + 0.888 * g, 0.112 * r + 0.888 * g, b]
        } else {
            [0.293 * r + 0.707 * g, 0.293 * r + 0.707 * g, b]
        }
    }

    #[test]
    fn hues_differ_without_red_or_green_vision() {
        for p in [&LIGHT, &DARK] {
            for red in [true, false] {
                for (i, a) in Category::ALL.into_iter().enumerate() {
                    for b in Category::ALL.into_iter().skip(i + 1) {
                        let (x, y) = (seen_without(p.hue(a), red), seen_without(p.hue(b), red));
                        let far: f32 = x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum();
                        assert!(far.sqrt() > 14.0, "{a:?} and {b:?} look alike: {far}");
                    }
                }
            }
        }
    }

    #[test]
    fn digits_are_tabular() {
        let ctx = Context::default();
        apply(&ctx, true);
        let input = egui::RawInput::default();
        ctx.run_ui(input, |ui| {
            for font in [body(), small(), strong(), mono(), title()] {
                let widths: Vec<f32> =
                    ui.fonts_mut(|f| ('0'..='9').map(|c| f.glyph_width(&font, c)).collect());
                let first = widths.first().copied().unwrap_or_default();
                assert!(first > 0.0 && widths.iter().all(|w| (w - first).abs() < 1e-4));
            }
        })
        .drop_without_applying_deltas();
    }
}
