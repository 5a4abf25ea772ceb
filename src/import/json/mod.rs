//! JSON as import needs it: pulled token by token from borrowed bytes, with exact offsets, without a tree.
//!
//! A format's parser knows what it expects and asks for exactly that; what it does not know it skips. Nothing here
//! recurses, so nesting cannot exhaust the stack, and nothing allocates unless a text has escapes. This module knows no
//! format and no batch.

mod compact;
mod reader;
mod text;

pub use compact::compact;
pub use reader::{Elements, JsonError, Members, RawStr, Reader};
pub use text::{quote, unescape};
