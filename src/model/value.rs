//! One attribute value, owned.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A value as its source wrote it; types are kept, never guessed.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An explicit null or an empty OTLP value.
    Null,
    /// Text.
    Str(Arc<str>),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// An array or object, as JSON text.
    Json(Arc<str>),
}

impl Value {
    /// It as text, without a copy where it is text already.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Str(text) | Self::Json(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.to_string()),
        }
    }

    /// The number in it, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Str(text) | Self::Json(text) => out.write_str(text),
            Self::Int(value) => write!(out, "{value}"),
            Self::Float(value) => write!(out, "{value}"),
            Self::Bool(value) => write!(out, "{value}"),
        }
    }
}
