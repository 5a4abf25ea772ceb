//! What kind of work an operation is: what colour it gets and how it is summed up.

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Queries.
    Database,
    /// Reading and writing a cache.
    Cache,
    /// Calls to other services.
    HttpClient,
    /// Answering a request.
    Server,
    /// Putting messages into queues and working them off.
    Queue,
    /// Rendering.
    View,
    /// Work of the program itself.
    Function,
    /// What a browser does: loading, painting, interaction.
    Browser,
    /// Models, agents and their tools.
    Ai,
    /// Everything else.
    Other,
}

impl Category {
    /// All of them, in the order of a legend.
    pub const ALL: [Self; 10] = [
        Self::Server,
        Self::Database,
        Self::Cache,
        Self::HttpClient,
        Self::Queue,
        Self::View,
        Self::Function,
        Self::Browser,
        Self::Ai,
        Self::Other,
    ];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "Database",
            Self::Cache => "Cache",
            Self::HttpClient => "Outbound call",
            Self::Server => "Server",
            Self::Queue => "Queue",
            Self::View => "Template",
            Self::Function => "Function",
            Self::Browser => "Browser",
            Self::Ai => "AI",
            Self::Other => "Other",
        }
    }
}

/// Beginnings of operations, up to a dot. The longest that fits counts.
static BEGINNINGS: &[(&str, Category)] = &[
    ("ai", Category::Ai),
    ("app", Category::Browser),
    ("asgi", Category::Server),
    ("asset", Category::Browser),
    ("aws", Category::HttpClient),
    ("aws.dynamodb", Category::Database),
    ("aws.kinesis", Category::Queue),
    ("aws.sns", Category::Queue),
    ("aws.sqs", Category::Queue),
    ("browser", Category::Browser),
    ("cache", Category::Cache),
    ("celery", Category::Queue),
    ("console", Category::Function),
    ("cron", Category::Function),
    ("db", Category::Database),
    ("django", Category::Function),
    ("event", Category::Function),
    ("faas", Category::Server),
    ("file", Category::Function),
    ("function", Category::Function),
    ("gen_ai", Category::Ai),
    ("graphql", Category::Server),
    ("grpc", Category::HttpClient),
    ("grpc.server", Category::Server),
    ("handler", Category::Function),
    ("http", Category::HttpClient),
    ("http.server", Category::Server),
    ("mark", Category::Browser),
    ("mcp", Category::Ai),
    ("mcp.server", Category::Ai),
    ("measure", Category::Browser),
    ("message", Category::Queue),
    ("messaging", Category::Queue),
    ("middleware", Category::Function),
    ("navigation", Category::Browser),
    ("paint", Category::Browser),
    ("pageload", Category::Browser),
    ("process", Category::Function),
    ("queue", Category::Queue),
    ("request_handler", Category::Function),
    ("resource", Category::Browser),
    ("router", Category::Function),
    ("rpc", Category::HttpClient),
    ("rpc.server", Category::Server),
    ("serialize", Category::Function),
    ("serverless", Category::Server),
    ("subprocess", Category::Function),
    ("task", Category::Function),
    ("template", Category::View),
    ("ui", Category::Browser),
    ("ui.react", Category::Browser),
    ("view", Category::View),
    ("websocket", Category::Server),
    ("websocket.client", Category::HttpClient),
];

/// The kind of work behind a canonical operation.
pub fn category(op: &str) -> Category {
    let mut beginning = op;
    loop {
        let known = BEGINNINGS.iter().find(|(name, _)| *name == beginning);
        if let Some((_, category)) = known {
            return *category;
        }
        match beginning.rsplit_once('.') {
            Some((shorter, _)) => beginning = shorter,
            None => return Category::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_counts() {
        for (op, expected) in [
            ("db.sql.query", Category::Database),
            ("db.redis", Category::Database),
            ("cache.get", Category::Cache),
            ("http.server", Category::Server),
            ("http.client", Category::HttpClient),
            ("queue.task.celery", Category::Queue),
            ("gen_ai.chat", Category::Ai),
            ("view.response.render", Category::View),
            ("middleware.express", Category::Function),
            ("ui.webvital.lcp", Category::Browser),
            ("dbx", Category::Other),
            ("default", Category::Other),
            ("", Category::Other),
        ] {
            assert_eq!(category(op), expected, "{op}");
        }
    }
}
