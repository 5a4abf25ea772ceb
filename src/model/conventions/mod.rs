//! One meaning for many dialects.
