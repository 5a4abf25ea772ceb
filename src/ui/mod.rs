//! (to be written)

pub mod icons;
pub mod soft;
pub mod theme;
pub mod widgets;
