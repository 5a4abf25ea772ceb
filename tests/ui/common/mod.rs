//! What UI tests share: the CPU renderer as kittest wants it, and a harness with our theme.

pub mod desk;
pub mod gallery;

use egui_kittest::{Harness, TestRenderer};
use headwater::ui::soft::SoftRenderer;
use headwater::ui::theme;

/// The renderer of the `render` subcommand, painting for kittest.
#[derive(Default)]
pub struct Soft(SoftRenderer);

impl TestRenderer for Soft {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        self.0.update_textures(delta);
    }

    fn render(
        &mut self,
        ctx: &egui::Context,
        output: &egui::FullOutput,
    ) -> Result<image::RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        let primitives = ctx.tessellate(output.shapes.clone(), scale);
        let clear = theme::palette_of(ctx).panel;
        let pixels = self.0.paint(&primitives, scale, width, height, clear);
        let bytes = pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
        image::RgbaImage::from_raw(width as u32, height as u32, bytes)
            .ok_or_else(|| "the renderer gave too few pixels".to_owned())
    }
}

/// A harness in our light theme.
pub fn harness<S: 'static>(
    size: [f32; 2],
    state: S,
    app: impl FnMut(&mut egui::Ui, &mut S) + 'static,
) -> Harness<'static, S> {
    Harness::builder()
        .with_size(size)
        .with_max_steps(16)
        .with_theme(egui::Theme::Light)
        .renderer(Soft::default())
        .with_context_setup(|ctx| theme::apply(ctx, false))
        .build_ui_state(app, state)
}
