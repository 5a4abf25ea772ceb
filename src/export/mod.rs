//! What can be taken out of the program: pure functions from the model to the form another program or person reads.
//!
//! Opens no file and knows no window and no store; whoever calls says where the bytes go and who knows the rest of a record
//! ([`source::Details`]).

pub mod before_after;
pub mod chrome;
pub mod colors;
pub mod drawing;
pub mod format;
pub mod html;
pub mod import_report;
pub mod jaeger;
mod json_text;
pub mod log_record;
pub mod markdown;
pub mod markdown_text;
pub mod otlp;
pub mod redact;
mod secrets;
pub mod source;
pub mod svg;
mod told;
pub mod verdict;

pub use format::Format;
