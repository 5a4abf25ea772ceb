//! A CPU renderer: what egui painted, as pixels, without a GPU, a window or a system library.
//!
//! It serves the `render` subcommand, pictures in tests and bug reports. Triangles are blended source-over in
//! premultiplied gamma space, as egui's own shaders do, with bilinear textures and the top-left rule for shared edges,
//! so a picture from here matches the screen. Upright rectangles of one colour, most of what a user interface is,
//! are filled row by row.
//!
//! The inner loops are plain `while` loops on purpose: in a development build iterator adapters are shared with
//! dependencies compiled without optimisation, which costs a factor of seven.

use super::theme;
use egui::epaint::{ClippedPrimitive, ImageData, Mesh, Primitive, Vertex, textures::TextureFilter};
use egui::{Color32, Context, Pos2, RawInput, Rect, TextureId, TexturesDelta, Ui, Vec2};
use std::collections::HashMap;
use std::time::Duration;

/// Textures kept between frames, and the painting of frames.
#[derive(Default)]
pub struct SoftRenderer {
    textures: HashMap<TextureId, Texture>,
}

struct Texture {
    size: [usize; 2],
    pixels: Vec<Color32>,
    nearest: bool,
}

impl SoftRenderer {
    /// Takes textures in and lets them go; to be called with the delta of every frame, painted or not.
    pub fn update_textures(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            for image in images {
                let ImageData::Color(color) = &image.image;
                match image.pos {
                    Some(at) => {
                        if let Some(texture) = self.textures.get_mut(&id) {
                            texture.patch(at, color.size, &color.pixels);
                        }
                    }
                    None => {
                        let texture = Texture {
                            size: color.size,
                            pixels: color.pixels.clone(),
                            nearest: image.options.magnification == TextureFilter::Nearest,
                        };
                        self.textures.insert(id, texture);
                    }
                }
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    /// One frame as `width` × `height` pixels, row by row, over `clear`. `ppp` is pixels per point.
    ///
    /// Meshes of unknown textures and paint callbacks are left out: both only exist with a GPU.
    pub fn paint(
        &self,
        primitives: &[ClippedPrimitive],
        ppp: f32,
        width: usize,
        height: usize,
        clear: Color32,
    ) -> Vec<Color32> {
        let mut canvas = Canvas {
            pixels: vec![clear; width * height],
            width,
        };
        for primitive in primitives {
            let Primitive::Mesh(mesh) = &primitive.primitive else {
                continue;
            };
            let Some(texture) = self.textures.get(&mesh.texture_id) else {
                continue;
            };
            if let Some(clip) = Clip::new(primitive.clip_rect, ppp, width, height) {
                canvas.mesh(mesh, texture, &clip, ppp);
            }
        }
        canvas.pixels
    }
}

impl Texture {
    fn patch(&mut self, at: [usize; 2], size: [usize; 2], pixels: &[Color32]) {
        for (y, row) in pixels.chunks_exact(size[0].max(1)).enumerate() {
            let start = (at[1] + y) * self.size[0] + at[0];
            if let Some(target) = self.pixels.get_mut(start..start + row.len()) {
                target.copy_from_slice(row);
            }
        }
    }

    fn texel(&self, x: i32, y: i32) -> [f32; 4] {
        let x = x.clamp(0, self.size[0] as i32 - 1) as usize;
        let y = y.clamp(0, self.size[1] as i32 - 1) as usize;
        rgba(self.pixels[y * self.size[0] + x])
    }

    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let (x, y) = (u * self.size[0] as f32, v * self.size[1] as f32);
        if self.nearest {
            return self.texel(x.floor() as i32, y.floor() as i32);
        }
        let (x, y) = (x - 0.5, y - 0.5);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let (x, y) = (x.floor() as i32, y.floor() as i32);
        if fx < 1e-3 && fy < 1e-3 {
            return self.texel(x, y);
        }
        let (a, b) = (self.texel(x, y), self.texel(x + 1, y));
        let (c, d) = (self.texel(x, y + 1), self.texel(x + 1, y + 1));
        let mut out = [0.0; 4];
        let mut i = 0;
        while i < 4 {
            let top = a[i] + (b[i] - a[i]) * fx;
            let bottom = c[i] + (d[i] - c[i]) * fx;
            out[i] = top + (bottom - top) * fy;
            i += 1;
        }
        out
    }
}

/// The pixels a primitive may touch, end exclusive.
struct Clip {
    x0: i32,
    y0: i32,
    x1: i32,
    y1: i32,
}

impl Clip {
    fn new(rect: Rect, ppp: f32, width: usize, height: usize) -> Option<Self> {
        let clip = Self {
            x0: (rect.min.x * ppp).round().max(0.0) as i32,
            y0: (rect.min.y * ppp).round().max(0.0) as i32,
            x1: (rect.max.x * ppp).round().min(width as f32) as i32,
            y1: (rect.max.y * ppp).round().min(height as f32) as i32,
        };
        (clip.x0 < clip.x1 && clip.y0 < clip.y1).then_some(clip)
    }

    /// The pixels whose centres lie between two corners (in pixels), within the clip.
    fn cover(&self, min: [f32; 2], max: [f32; 2]) -> Self {
        Self {
            x0: ((min[0] - 0.5).ceil() as i32).max(self.x0),
            y0: ((min[1] - 0.5).ceil() as i32).max(self.y0),
            x1: ((max[0] - 0.5).ceil() as i32).min(self.x1),
            y1: ((max[1] - 0.5).ceil() as i32).min(self.y1),
        }
    }
}

struct Canvas {
    pixels: Vec<Color32>,
    width: usize,
}

impl Canvas {
    fn mesh(&mut self, mesh: &Mesh, texture: &Texture, clip: &Clip, ppp: f32) {
        let mut i = 0;
        while i + 3 <= mesh.indices.len() {
            if i + 6 <= mesh.indices.len()
                && let Some((min, max, color)) = flat_rect(mesh, i, texture, ppp)
            {
                self.fill(&clip.cover(min, max), color);
                i += 6;
                continue;
            }
            let corner = |k: usize| mesh.vertices.get(mesh.indices[i + k] as usize);
            if let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) {
                self.triangle(clip, texture, [a, b, c], ppp);
            }
            i += 3;
        }
    }

    fn fill(&mut self, area: &Clip, color: [f32; 4]) {
        let opaque = color[3] >= 254.5;
        let solid = pack(color);
        let mut y = area.y0;
        while y < area.y1 {
            let row = y as usize * self.width;
            let mut x = area.x0;
            while x < area.x1 {
                if opaque {
                    self.pixels[row + x as usize] = solid;
                } else {
                    self.blend(row + x as usize, color);
                }
                x += 1;
            }
            y += 1;
        }
    }

    fn blend(&mut self, at: usize, source: [f32; 4]) {
        let under = rgba(self.pixels[at]);
        let keep = 1.0 - source[3] / 255.0;
        self.pixels[at] = pack([
            source[0] + under[0] * keep,
            source[1] + under[1] * keep,
            source[2] + under[2] * keep,
            source[3] + under[3] * keep,
        ]);
    }

    fn triangle(&mut self, clip: &Clip, texture: &Texture, v: [&Vertex; 3], ppp: f32) {
        let [v0, mut v1, mut v2] = v;
        let p0 = pixel(v0.pos, ppp);
        let (mut p1, mut p2) = (pixel(v1.pos, ppp), pixel(v2.pos, ppp));
        let mut area = edge(p0, p1, p2);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        if area < 0.0 {
            std::mem::swap(&mut p1, &mut p2);
            std::mem::swap(&mut v1, &mut v2);
            area = -area;
        }
        let low = |i: usize| p0[i].min(p1[i]).min(p2[i]);
        let high = |i: usize| p0[i].max(p1[i]).max(p2[i]) + 1.0;
        let cover = clip.cover([low(0), low(1)], [high(0), high(1)]);
        let shade = Shade::new(texture, [v0, v1, v2]);
        let owned = [owns(p1, p2), owns(p2, p0), owns(p0, p1)];
        let inverse = 1.0 / area;
        let mut y = cover.y0;
        while y < cover.y1 {
            let row = y as usize * self.width;
            let mut x = cover.x0;
            while x < cover.x1 {
                let q = [x as f32 + 0.5, y as f32 + 0.5];
                let w = [edge(p1, p2, q), edge(p2, p0, q), edge(p0, p1, q)];
                if inside(w[0], owned[0]) && inside(w[1], owned[1]) && inside(w[2], owned[2]) {
                    let share = [w[0] * inverse, w[1] * inverse, w[2] * inverse];
                    let source = shade.at(share);
                    self.blend(row + x as usize, source);
                }
                x += 1;
            }
            y += 1;
        }
    }
}

/// The colour of a triangle at any of its points.
struct Shade<'a> {
    texture: &'a Texture,
    uv: [Pos2; 3],
    colors: [[f32; 4]; 3],
    flat_color: bool,
    flat_texel: Option<[f32; 4]>,
}

impl<'a> Shade<'a> {
    fn new(texture: &'a Texture, v: [&Vertex; 3]) -> Self {
        let flat = v[0].uv == v[1].uv && v[1].uv == v[2].uv;
        Self {
            texture,
            uv: [v[0].uv, v[1].uv, v[2].uv],
            colors: [rgba(v[0].color), rgba(v[1].color), rgba(v[2].color)],
            flat_color: v[0].color == v[1].color && v[1].color == v[2].color,
            flat_texel: flat.then(|| texture.sample(v[0].uv.x, v[0].uv.y)),
        }
    }

    /// `share` is the weight of each corner.
    fn at(&self, share: [f32; 3]) -> [f32; 4] {
        let texel = match self.flat_texel {
            Some(texel) => texel,
            None => {
                let [a, b, c] = self.uv;
                self.texture.sample(
                    a.x * share[0] + b.x * share[1] + c.x * share[2],
                    a.y * share[0] + b.y * share[1] + c.y * share[2],
                )
            }
        };
        let [a, b, c] = &self.colors;
        let mut out = [0.0; 4];
        let mut i = 0;
        while i < 4 {
            let color = if self.flat_color {
                a[i]
            } else {
                a[i] * share[0] + b[i] * share[1] + c[i] * share[2]
            };
            out[i] = color * texel[i] / 255.0;
            i += 1;
        }
        out
    }
}

/// The corners (in pixels) and colour of the two triangles at index `i`, if they are an upright rectangle of one colour.
fn flat_rect(
    mesh: &Mesh,
    i: usize,
    texture: &Texture,
    ppp: f32,
) -> Option<([f32; 2], [f32; 2], [f32; 4])> {
    let index = &mesh.indices[i..i + 6];
    // egui writes a quad as (a, b, c) (c, b, d).
    if index[3] != index[2] || index[4] != index[1] {
        return None;
    }
    let get = |k: usize| mesh.vertices.get(index[k] as usize);
    let (a, b, c, d) = (get(0)?, get(1)?, get(2)?, get(5)?);
    let upright =
        a.pos.y == b.pos.y && a.pos.x == c.pos.x && d.pos.x == b.pos.x && d.pos.y == c.pos.y;
    let one_color = a.color == b.color && a.color == c.color && a.color == d.color;
    let one_texel = a.uv == b.uv && a.uv == c.uv && a.uv == d.uv;
    if !(upright && one_color && one_texel) || a.pos.x > b.pos.x || a.pos.y > c.pos.y {
        return None;
    }
    let (color, texel) = (rgba(a.color), texture.sample(a.uv.x, a.uv.y));
    let mut out = [0.0; 4];
    let mut k = 0;
    while k < 4 {
        out[k] = color[k] * texel[k] / 255.0;
        k += 1;
    }
    Some((pixel(a.pos, ppp), pixel(d.pos, ppp), out))
}

fn pixel(pos: Pos2, ppp: f32) -> [f32; 2] {
    [pos.x * ppp, pos.y * ppp]
}

/// Twice the signed area of a, b, p.
fn edge(a: [f32; 2], b: [f32; 2], p: [f32; 2]) -> f32 {
    (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
}

fn inside(weight: f32, owned: bool) -> bool {
    weight > 0.0 || (weight == 0.0 && owned)
}

/// Whether pixels exactly on the edge from `a` to `b` belong to the triangle (top-left rule).
fn owns(a: [f32; 2], b: [f32; 2]) -> bool {
    b[1] < a[1] || (b[1] == a[1] && b[0] > a[0])
}

fn rgba(c: Color32) -> [f32; 4] {
    let [r, g, b, a] = c.to_array();
    [f32::from(r), f32::from(g), f32::from(b), f32::from(a)]
}

fn pack(c: [f32; 4]) -> Color32 {
    let byte = |x: f32| (x + 0.5).clamp(0.0, 255.0) as u8;
    Color32::from_rgba_premultiplied(byte(c[0]), byte(c[1]), byte(c[2]), byte(c[3]))
}

/// A finished picture, row by row from the top left.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// All pixels.
    pub pixels: Vec<Color32>,
}

impl Picture {
    /// The picture as the bytes of a PNG file.
    ///
    /// # Errors
    /// When the picture is empty or too large for the format.
    pub fn to_png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::with_capacity(self.pixels.len() * 4);
        for pixel in &self.pixels {
            bytes.extend_from_slice(&pixel.to_srgba_unmultiplied());
        }
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&bytes)?;
        writer.finish()?;
        Ok(out)
    }
}

/// What to take a picture of.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Size of the imagined window in points.
    pub size: Vec2,
    /// Pixels per point.
    pub scale: f32,
    /// Which theme.
    pub dark: bool,
    /// The most frames to run before the picture is taken, at least one.
    pub max_frames: usize,
}

impl Default for Shot {
    fn default() -> Self {
        Self {
            size: Vec2::new(1280.0, 800.0),
            scale: 1.0,
            dark: false,
            max_frames: 16,
        }
    }
}

/// Runs a user interface until it is still, then paints its last frame.
pub fn render(shot: &Shot, run: impl FnMut(&mut Ui)) -> Picture {
    render_until(shot, || true, run)
}

/// As [`render`], but also waits for `settled`, which is asked after every frame that wants no other.
///
/// Work in the background is waited for by sleeping inside `settled`; frames end at [`Shot::max_frames`] all the same.
pub fn render_until(
    shot: &Shot,
    mut settled: impl FnMut() -> bool,
    mut run: impl FnMut(&mut Ui),
) -> Picture {
    let ctx = Context::default();
    theme::apply(&ctx, shot.dark);
    ctx.all_styles_mut(|style| {
        style.animation_time = 0.0;
        style.visuals.text_cursor.blink = false;
    });
    let mut renderer = SoftRenderer::default();
    let mut frame = 0;
    loop {
        let mut output = ctx.run_ui(input(shot, frame), &mut run);
        renderer.update_textures(&mut output.textures_delta);
        frame += 1;
        let again = output
            .viewport_output
            .values()
            .any(|viewport| viewport.repaint_delay == Duration::ZERO);
        // Two frames at least: some widgets learn their size in the first.
        let done = frame >= 2 && !again && settled();
        if done || frame >= shot.max_frames.max(1) {
            return picture(&ctx, &renderer, output.shapes, shot);
        }
    }
}

fn input(shot: &Shot, frame: usize) -> RawInput {
    let mut input = RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, shot.size)),
        time: Some(frame as f64 / 60.0),
        ..RawInput::default()
    };
    if let Some(viewport) = input.viewports.get_mut(&input.viewport_id) {
        viewport.native_pixels_per_point = Some(shot.scale);
    }
    input
}

fn picture(
    ctx: &Context,
    renderer: &SoftRenderer,
    shapes: Vec<egui::epaint::ClippedShape>,
    shot: &Shot,
) -> Picture {
    let size = shot.size * shot.scale;
    let (width, height) = (size.x.round() as usize, size.y.round() as usize);
    let primitives = ctx.tessellate(shapes, shot.scale);
    let clear = theme::palette_of(ctx).panel;
    Picture {
        width,
        height,
        pixels: renderer.paint(&primitives, shot.scale, width, height, clear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{CornerRadius, pos2, vec2};

    fn shot(size: Vec2, scale: f32) -> Shot {
        Shot {
            size,
            scale,
            ..Shot::default()
        }
    }

    fn at(picture: &Picture, x: usize, y: usize) -> Color32 {
        picture.pixels[y * picture.width + x]
    }

    #[test]
    fn a_rectangle_fills_exactly_its_pixels() {
        let red = Color32::from_rgb(200, 10, 20);
        let picture = render(&shot(vec2(40.0, 30.0), 2.0), |ui| {
            let rect = Rect::from_min_max(pos2(10.0, 5.0), pos2(20.0, 15.0));
            ui.painter().rect_filled(rect, CornerRadius::ZERO, red);
        });
        assert_eq!((picture.width, picture.height), (80, 60));
        assert_eq!(at(&picture, 30, 20), red);
        assert_eq!(at(&picture, 22, 12), red);
        assert_eq!(at(&picture, 16, 20), theme::LIGHT.panel);
        assert_eq!(at(&picture, 44, 20), theme::LIGHT.panel);
    }

    #[test]
    fn half_transparent_over_half_transparent_blends() {
        let veil = Color32::from_black_alpha(128);
        let picture = render(&shot(vec2(20.0, 20.0), 1.0), |ui| {
            let rect = Rect::from_min_max(pos2(2.0, 2.0), pos2(18.0, 18.0));
            ui.painter()
                .rect_filled(rect, CornerRadius::ZERO, Color32::WHITE);
            ui.painter().rect_filled(rect, CornerRadius::ZERO, veil);
        });
        let got = at(&picture, 10, 10);
        assert!((126..=128).contains(&got.r()), "{got:?}");
        assert_eq!(got.a(), 255);
    }

    #[test]
    fn text_leaves_ink_and_png_has_a_signature() {
        let picture = render(&shot(vec2(60.0, 24.0), 1.0), |ui| {
            ui.label("Headwater");
        });
        let ink = |c: &&Color32| c.r() < 0x60;
        assert!(picture.pixels.iter().filter(ink).count() > 60);
        let png = picture.to_png().expect("a small picture fits the format");
        assert!(png.starts_with(b"\x89PNG\r\n"));
    }
}
