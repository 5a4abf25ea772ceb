//! Which attributes tell of which subject, and how their values are read. Keys go by their canonical names.

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Text, or a number that is a name.
    Text,
    /// A size in bytes.
    Bytes,
    /// A number of things.
    Count,
    /// A length of time in milliseconds.
    Milliseconds,
    /// A status of HTTP.
    HttpStatus,
    /// A status of gRPC.
    GrpcStatus,
    /// What went wrong.
    Failure,
    /// Whether a cache had it.
    Hit,
    /// A whole address, told in parts as well.
    Url,
    /// The path of an address, maybe with its query.
    Path,
    /// The query of an address.
    Query,
}

/// A subject.
pub(super) struct Subject {
    pub title: &'static str,
    /// A span is about it when it has one of these.
    pub demands: &'static [&'static str],
    /// Names for people, keys, units.
    pub fields: &'static [(&'static str, &'static str, Unit)],
    /// Names for people, beginnings of keys.
    pub lists: &'static [(&'static str, &'static str)],
}

use Unit::{
    Bytes, Count, Failure, GrpcStatus, Hit, HttpStatus, Milliseconds, Path, Query, Text, Url,
};

pub(super) static GROUPS: &[Subject] = &[
    Subject {
        title: "HTTP",
        demands: &[
            "http.request.method",
            "http.response.status_code",
            "http.route",
            "url.full",
        ],
        fields: &[
            ("Method", "http.request.method", Text),
            ("Route", "http.route", Text),
            ("URL", "url.full", Url),
            ("Path", "url.path", Path),
            ("Query", "url.query", Query),
            ("Status", "http.response.status_code", HttpStatus),
            ("Error", "error.type", Failure),
            ("Request body", "http.request.body.size", Bytes),
            ("Response body", "http.response.body.size", Bytes),
            ("Request size", "http.request.size", Bytes),
            ("Response size", "http.response.size", Bytes),
            ("Resent", "http.request.resend_count", Count),
            ("Protocol", "network.protocol.version", Text),
            ("Server", "server.address", Text),
            ("Server port", "server.port", Text),
            ("Client", "client.address", Text),
            ("User agent", "user_agent.original", Text),
        ],
        lists: &[
            ("Request headers", "http.request.header."),
            ("Response headers", "http.response.header."),
        ],
    },
    Subject {
        title: "Database",
        demands: &["db.system.name", "db.query.text", "db.namespace"],
        fields: &[
            ("System", "db.system.name", Text),
            ("Database", "db.namespace", Text),
            ("Operation", "db.operation.name", Text),
            ("Table", "db.collection.name", Text),
            ("User", "db.user", Text),
            ("Rows returned", "db.response.returned_rows", Count),
            ("Rows affected", "db.rows_affected", Count),
            ("Queries in the batch", "db.operation.batch.size", Count),
            ("Redis database", "db.redis.database_index", Text),
            ("Arguments", "db.redis.args_length", Count),
            (
                "Commands in the pipeline",
                "db.redis.pipeline_length",
                Count,
            ),
            ("Status", "db.response.status_code", Text),
            ("Error", "error.type", Failure),
            ("Server", "server.address", Text),
            ("Server port", "server.port", Text),
        ],
        lists: &[],
    },
    Subject {
        title: "Cache",
        demands: &["cache.hit", "cache.key", "cache.operation"],
        fields: &[
            ("Operation", "cache.operation", Text),
            ("Key", "cache.key", Text),
            ("Hit", "cache.hit", Hit),
            ("Item size", "cache.item_size", Bytes),
            ("Time to live", "cache.ttl", Text),
            ("Server", "network.peer.address", Text),
        ],
        lists: &[],
    },
    Subject {
        title: "Messaging",
        demands: &[
            "messaging.system",
            "messaging.destination.name",
            "celery.task_name",
        ],
        fields: &[
            ("System", "messaging.system", Text),
            ("Destination", "messaging.destination.name", Text),
            ("Operation", "messaging.operation.type", Text),
            ("Message id", "messaging.message.id", Text),
            ("Conversation", "messaging.conversation_id", Text),
            ("Body", "messaging.message.body.size", Bytes),
            (
                "Messages in the batch",
                "messaging.batch.message_count",
                Count,
            ),
            (
                "Waited in the queue",
                "messaging.message.receive.latency",
                Milliseconds,
            ),
            ("Retries", "messaging.message.retry.count", Count),
            ("Consumer group", "messaging.consumer.group.name", Text),
            ("Partition", "messaging.destination.partition.id", Text),
            ("Offset", "messaging.kafka.offset", Text),
            ("Task", "celery.task_name", Text),
            ("Task state", "celery.state", Text),
            ("Task retries", "celery.retries", Count),
            ("Retried because of", "celery.retry.reason", Text),
            ("Error", "error.type", Failure),
        ],
        lists: &[],
    },
    Subject {
        title: "Remote call",
        demands: &["rpc.system.name", "rpc.service", "rpc.method"],
        fields: &[
            ("System", "rpc.system.name", Text),
            ("Service", "rpc.service", Text),
            ("Method", "rpc.method", Text),
            ("Status", "rpc.response.status_code", GrpcStatus),
            ("Error", "error.type", Failure),
            ("Server", "server.address", Text),
            ("Server port", "server.port", Text),
        ],
        lists: &[
            ("Request metadata", "rpc.request.metadata."),
            ("Response metadata", "rpc.response.metadata."),
        ],
    },
    Subject {
        title: "GraphQL",
        demands: &["graphql.operation.name", "graphql.document"],
        fields: &[
            ("Operation", "graphql.operation.name", Text),
            ("Type", "graphql.operation.type", Text),
            ("Document", "graphql.document", Text),
        ],
        lists: &[],
    },
    Subject {
        title: "Function",
        demands: &["faas.trigger", "faas.name", "faas.invocation_id"],
        fields: &[
            ("Function", "faas.name", Text),
            ("Trigger", "faas.trigger", Text),
            ("Cold start", "faas.coldstart", Text),
            ("Invocation", "faas.invocation_id", Text),
        ],
        lists: &[],
    },
];
