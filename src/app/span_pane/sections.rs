//! The names of the sections of the pane, under which it is remembered whether they are folded.

/// Its errors, with stack traces.
pub const ERRORS: &str = "Errors";
/// Its query.
pub const QUERY: &str = "Query";
/// What was said to a model and by it.
pub const CONVERSATION: &str = "Conversation";
/// How long spans of its kind take.
pub const TYPICAL: &str = "Duration elsewhere";
/// Its attributes.
pub const ATTRIBUTES: &str = "Attributes";
/// What it recorded while it ran.
pub const EVENTS: &str = "Events";
/// Log records written in it.
pub const LOGS: &str = "Logs";
/// Spans it belongs with.
pub const LINKS: &str = "Links";
/// Who sent it.
pub const RESOURCE: &str = "Resource and scope";
/// Its record as it was imported.
pub const RAW: &str = "Raw record";
/// What someone wrote about it.
pub const NOTE: &str = "Note";

/// Those that are folded at first.
pub const FOLDED: [&str; 1] = [RAW];
