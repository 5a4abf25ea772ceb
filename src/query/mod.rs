//! The search language, without knowledge of store or window: text to a typed tree and back.
//!
//! This release reads a space-separated list of terms that must all hold:
//!
//! * `key:value` equals, `key:"two words"` likewise, `key:pre*` with wildcards (`\*` is a star);
//! * `key:>5`, `key:>=1.5ms`, `key:<10s` compare numbers; durations take `ns us µs ms s m h d`;
//! * `has:key`; `!` in front of a term turns it around;
//! * any other word is looked for inside the text of a record (a log's body, a span's name and description).
//!
//! The tree is already the one the full language needs (groups, `OR`), so that readers of it need not change.

mod ast;

pub use ast::{Comparison, Expr, Pattern, Term, Test};
