//! The attributes that a span's operation and description are made from, under all their names.

/// What an attribute contributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Field {
    /// The operation itself.
    Op,
    /// The description itself.
    Description,
    /// `chat`, `execute_tool`, …
    GenAiOperation,
    /// What a model was asked for by libraries that name operations in a way of their own: see [`AI_OPS`].
    AiOperation,
    /// The model that was asked; says that it is a call of one.
    GenAiModel,
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
    /// What Datadog and Elastic say of a span as a whole: `sql`, `external`, `request`.
    SpanType,
    /// More closely: `redis`, `grpc`.
    SpanSubtype,
}

/// How many fields there are.
pub const FIELDS: usize = Field::SpanSubtype as usize + 1;

/// Names of the fields. Where a span has several names of one field, the first attribute counts.
pub static NAMES: &[(&str, Field)] = &[
    ("sentry.op", Field::Op),
    ("sentry.description", Field::Description),
    ("gen_ai.operation.name", Field::GenAiOperation),
    ("ai.operationId", Field::AiOperation),
    ("openinference.span.kind", Field::AiOperation),
    ("traceloop.span.kind", Field::AiOperation),
    ("gen_ai.request.model", Field::GenAiModel),
    ("db.system.name", Field::DbSystem),
    ("db.system", Field::DbSystem),
    ("db.query.text", Field::DbText),
    ("db.statement", Field::DbText),
    ("context.db.statement", Field::DbText),
    ("span.db.statement", Field::DbText),
    ("sql.sanitized_query", Field::DbText),
    ("sql.database_type", Field::DbSystem),
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
    ("context.http.method", Field::HttpMethod),
    ("context.request.method", Field::HttpMethod),
    ("url.full", Field::Url),
    ("http.url", Field::Url),
    ("http.request.url", Field::Url),
    ("context.http.url", Field::Url),
    ("context.request.url.full", Field::Url),
    ("url.original", Field::Url),
    ("http.route", Field::HttpRoute),
    ("url.path", Field::UrlPath),
    ("http.target", Field::UrlPath),
    ("faas.trigger", Field::FaasTrigger),
    ("express.type", Field::ExpressType),
    ("celery.action", Field::CeleryAction),
    ("span.type", Field::SpanType),
    ("transaction.type", Field::SpanType),
    ("span.subtype", Field::SpanSubtype),
];

/// The operation behind a span's type and, where it says more, its subtype; what ends in `.` is told
/// as for messages.
pub static TYPE_OPS: &[(&str, &str, &str)] = &[
    ("aerospike", "", "db"),
    ("app", "", "function"),
    ("backgroundjob", "", "queue.task"),
    ("browser", "", "browser"),
    ("cache", "", "cache"),
    ("cassandra", "", "db"),
    ("celery", "", "queue.task"),
    ("consul", "", "db"),
    ("couchbase", "", "db"),
    ("db", "", "db"),
    ("db", "redis", "db.redis"),
    ("dynamodb", "", "db"),
    ("elasticsearch", "", "db"),
    ("external", "", "http.client"),
    ("external", "grpc", "grpc"),
    ("function", "", "function"),
    ("graphql", "", "graphql"),
    ("grpc", "", "grpc"),
    ("http", "", "http.client"),
    ("job", "", "task"),
    ("lambda", "", "faas"),
    ("llm", "", "gen_ai"),
    ("memcached", "", "cache"),
    ("messaging", "", "queue."),
    ("mongodb", "", "db"),
    ("opensearch", "", "db"),
    ("page-load", "", "pageload"),
    ("queue", "", "queue."),
    ("redis", "", "db.redis"),
    ("request", "", "http.server"),
    ("resource", "", "resource"),
    ("route-change", "", "navigation"),
    ("rpc", "", "rpc"),
    ("scheduled", "", "cron"),
    ("serverless", "", "serverless"),
    ("sql", "", "db"),
    ("storage", "", "aws"),
    ("task", "", "task"),
    ("template", "", "template"),
    ("user-interaction", "", "ui.action"),
    ("valkey", "", "db.redis"),
    ("web", "", "http.server"),
    ("websocket", "", "websocket"),
    ("worker", "", "queue.process"),
];

/// Operations of the Vercel AI SDK, kinds of OpenInference and of OpenLLMetry, by what they begin and end with, and the
/// operation that is meant. The first that fits counts.
pub static AI_OPS: &[(&str, &str, &str)] = &[
    ("ai.embed", ".doEmbed", "gen_ai.embeddings"),
    ("ai.", ".doGenerate", "gen_ai.generate_content"),
    ("ai.", ".doStream", "gen_ai.generate_content"),
    ("ai.generate", "", "gen_ai.invoke_agent"),
    ("ai.stream", "", "gen_ai.invoke_agent"),
    ("ai.toolCall", "", "gen_ai.execute_tool"),
    ("LLM", "", "gen_ai.chat"),
    ("EMBEDDING", "", "gen_ai.embeddings"),
    ("AGENT", "", "gen_ai.invoke_agent"),
    ("TOOL", "", "gen_ai.execute_tool"),
    ("agent", "", "gen_ai.invoke_agent"),
    ("tool", "", "gen_ai.execute_tool"),
];

/// Operations of a message that put it into a queue; the others take it out.
pub static PUBLISHING: &[&str] = &["publish", "send", "create", "apply_async"];

/// Operations on a message that neither put it into a queue nor take it out.
pub static SETTLING: &[&str] = &["settle", "ack", "nack", "commit"];

/// Database systems that have an operation of their own.
pub static SYSTEM_OPS: &[(&str, &str)] = &[("redis", "db.redis"), ("valkey", "db.redis")];
