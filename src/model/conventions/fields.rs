//! The attributes that a span's operation and description are made from, under all their names.

/// What an attribute contributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Field {
    /// The operation itself.
    Op,
    /// `chat`, `execute_tool`, …
    GenAiOperation,
    /// The database system: `postgresql`, `redis`, …
    DbSystem,
    /// The query's text.
    DbText,
    /// The queue.
    MessagingDestination,
    /// `publish`, `process`, …
    MessagingOperation,
    /// The message broker; says that it is about messages.
    MessagingSystem,
    /// The remote-call system or service; says that it is a remote call.
    Rpc,
    /// `GET`, `POST`, …
    HttpMethod,
    /// The whole URL.
    Url,
    /// The route's pattern.
    HttpRoute,
    /// The URL's path.
    UrlPath,
    /// What triggered a function in the cloud.
    FaasTrigger,
    /// Express's layer: `middleware`, `request_handler`, `router`.
    ExpressType,
    /// What Celery does: `run`, `apply_async`.
    CeleryAction,
}

/// How many fields there are.
pub const FIELDS: usize = Field::CeleryAction as usize + 1;

/// Names of the fields. Where a span has several names of one field, the first attribute counts.
pub static NAMES: &[(&str, Field)] = &[
    ("sentry.op", Field::Op),
    ("gen_ai.operation.name", Field::GenAiOperation),
    ("db.system.name", Field::DbSystem),
    ("db.system", Field::DbSystem),
    ("db.query.text", Field::DbText),
    ("db.statement", Field::DbText),
    ("messaging.destination.name", Field::MessagingDestination),
    ("messaging.destination", Field::MessagingDestination),
    ("messaging.operation.type", Field::MessagingOperation),
    ("messaging.operation", Field::MessagingOperation),
    ("messaging.system", Field::MessagingSystem),
    ("rpc.system.name", Field::Rpc),
    ("rpc.system", Field::Rpc),
    ("rpc.service", Field::Rpc),
    ("http.request.method", Field::HttpMethod),
    ("http.method", Field::HttpMethod),
    ("url.full", Field::Url),
    ("http.url", Field::Url),
    ("http.route", Field::HttpRoute),
    ("url.path", Field::UrlPath),
    ("http.target", Field::UrlPath),
    ("faas.trigger", Field::FaasTrigger),
    ("express.type", Field::ExpressType),
    ("celery.action", Field::CeleryAction),
];

/// Operations of a message that put it into a queue; the others take it out.
pub static PUBLISHING: &[&str] = &["publish", "send", "create", "apply_async"];

/// Database systems that have an operation of their own.
pub static SYSTEM_OPS: &[(&str, &str)] = &[("redis", "db.redis"), ("valkey", "db.redis")];
