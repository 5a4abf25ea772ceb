//! Short messages that come and go in the corner.
//!
//! The time is given by the caller, so that tests and pictures decide what time it is.

use crate::ui::icons::{Icon, icon, icon_button};
use crate::ui::theme::{palette_of, size};
use egui::{Align, Align2, Area, Context, Frame, Id, Label, Layout, Margin, Order, Stroke, vec2};
use std::time::Duration;

/// Seconds a message stays; failures stay until they are put away.
const STAY: f64 = 5.0;
/// The most messages on screen.
const MOST: usize = 4;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Something happened.
    Info,
    /// Something succeeded.
    Ok,
    /// Something needs a look.
    Warning,
    /// Something failed.
    Error,
}

#[derive(Clone, Debug)]
struct Toast {
    kind: ToastKind,
    text: String,
    until: Option<f64>,
    number: u64,
}

/// The messages on screen.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    toasts: Vec<Toast>,
    pushed: u64,
}

impl Toasts {
    /// Adds a message at the time `now`, in seconds on any clock that [`Toasts::show`] shares.
    pub fn push(&mut self, now: f64, kind: ToastKind, text: impl Into<String>) {
        let until = (kind != ToastKind::Error).then_some(now + STAY);
        self.pushed += 1;
        self.toasts.push(Toast {
            kind,
            text: text.into(),
            until,
            number: self.pushed,
        });
        if self.toasts.len() > MOST {
            self.toasts.remove(0);
        }
    }

    /// How many messages are on screen.
    pub fn len(&self) -> usize {
        self.toasts.len()
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.toasts.is_empty()
    }

    /// Shows what is still due at `now`, and asks for a frame when the next message ends.
    pub fn show(&mut self, ctx: &Context, now: f64) {
        self.toasts
            .retain(|toast| toast.until.is_none_or(|until| until > now));
        if self.toasts.is_empty() {
            return;
        }
        let next = self
            .toasts
            .iter()
            .filter_map(|toast| toast.until)
            .reduce(f64::min);
        if let Some(next) = next {
            ctx.request_repaint_after(Duration::from_secs_f64((next - now).max(0.01)));
        }
        let mut closed = None;
        Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -16.0))
            .show(ctx, |ui| {
                for toast in &self.toasts {
                    if show_one(ui, toast) {
                        closed = Some(toast.number);
                    }
                }
            });
        if let Some(number) = closed {
            self.toasts.retain(|toast| toast.number != number);
        }
    }
}

/// Shows one message; whether it was put away.
fn show_one(ui: &mut egui::Ui, toast: &Toast) -> bool {
    let p = palette_of(ui.ctx());
    let (symbol, color) = match toast.kind {
        ToastKind::Info => (Icon::Info, p.info),
        ToastKind::Ok => (Icon::Check, p.ok),
        ToastKind::Warning => (Icon::Warning, p.warning),
        ToastKind::Error => (Icon::Error, p.error),
    };
    Frame::new()
        .fill(p.raised)
        .stroke(Stroke::new(size::LINE, p.border_strong))
        .corner_radius(6)
        .inner_margin(Margin::symmetric(12, 8))
        .shadow(ui.visuals().popup_shadow)
        .show(ui, |ui| {
            ui.set_width(340.0);
            ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
                let dismissed = icon_button(ui, Icon::Close, "Dismiss").clicked();
                ui.with_layout(Layout::left_to_right(Align::TOP), |ui| {
                    ui.add_space(2.0);
                    ui.vertical(|ui| {
                        ui.add_space(4.0);
                        icon(ui, symbol, color);
                    });
                    ui.vertical(|ui| {
                        ui.add_space(4.0);
                        ui.add(Label::new(&toast.text).wrap());
                    });
                });
                dismissed
            })
            .inner
        })
        .inner
}
