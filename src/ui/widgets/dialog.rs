//! A dialog: a titled pane over the page, which has neither keys nor pointer meanwhile.

use crate::ui::icons::{Icon, icon_button};
use crate::ui::theme::{self, size};
use egui::{
    Align, Align2, Area, Context, Frame, Id, Layout, Margin, Modal, Order, RichText, Ui, vec2,
};

/// Points between the window's top and a dialog.
const TOP: f32 = 64.0;

/// A dialog as it was shown in a frame.
pub struct Dialog<R> {
    /// What its contents gave.
    pub inner: R,
    /// Whether it was shut: by Escape, its cross or a click beside it.
    pub shut: bool,
    /// Whether it was a click beside it, which may have been meant for something else.
    pub beside: bool,
}

/// Shows one, so many points wide.
pub fn dialog<R>(
    ctx: &Context,
    title: &str,
    width: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> Dialog<R> {
    let id = Id::unique("dialog").with(title);
    let area = Area::new(id)
        .kind(egui::UiKind::Modal)
        .order(Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, TOP));
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(16));
    let modal = Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
        ui.set_width(width);
        let crossed = head(ui, title);
        ui.add_space(size::GAP);
        (contents(ui), crossed)
    });
    let shut = modal.should_close() || modal.inner.1;
    Dialog {
        beside: modal.backdrop_response.clicked(),
        inner: modal.inner.0,
        shut,
    }
}

/// The title and the cross; whether that was clicked.
fn head(ui: &mut Ui, title: &str) -> bool {
    let row = ui.horizontal(|ui| {
        ui.label(RichText::new(title).font(theme::title()));
        let from_right = Layout::right_to_left(Align::Center);
        ui.with_layout(from_right, |ui| {
            icon_button(ui, Icon::Close, &format!("Close: {title}")).clicked()
        })
        .inner
    });
    row.inner
}
