//! What is said where a module or a closer look has no rows: why, and what would change that.
//!
//! The window says it in the place of the rows, the command line beside them.

use super::Module;
use super::looks::Look;

/// A title and a sentence.
pub type Said = (&'static str, &'static str);

/// Where what is set for a look leaves nothing to try.
pub const TRIED: Said = (
    "Nothing to try",
    "Nothing that was recorded fits what is set.",
);
/// Where a search or a time leaves nothing.
pub const NARROWED: Said = (
    "Nothing fits these filters",
    "Take a filter away, or look at all of the time.",
);

/// What is said where nothing of its kind was recorded.
pub fn not_recorded(module: Module, look: Option<Look>) -> Said {
    look.map_or(of_module(module), of_look)
}

/// What is said of a look that looks for something and did not find it; `None` for one that always has rows if there is anything
/// to look at.
pub fn not_found(look: Look) -> Option<Said> {
    Some(match look {
        Look::RequestBursts => (
            "No bursts",
            "No other service answered five requests or more with 429 or 5xx, each within 10 s of the one before.",
        ),
        Look::RequestRetries => (
            "No retries",
            "No request that failed was made again in its transaction.",
        ),
        Look::TransactionTrends => (
            "No transaction became slower or faster",
            "Durations changed no more within the recorded time than chance explains.",
        ),
        Look::QueryTrends => (
            "No query became slower or faster",
            "Durations changed no more within the recorded time than chance explains.",
        ),
        Look::TransactionSlow => (
            "Nothing goes with slowness",
            "No attribute differs between the slow runs of a transaction and its others, or there are too few runs to tell.",
        ),
        Look::QueuePeriodic => (
            "No periodic jobs",
            "No job ran often enough at even distances, and none reports to a monitor.",
        ),
        Look::CacheCandidates => (
            "Nothing is worth keeping",
            "No query or request that reads was repeated often enough, or took longer than reading a cache would.",
        ),
        _ => return None,
    })
}

/// What is said of a look where nothing of its kind was recorded.
fn of_look(look: Look) -> Said {
    match look {
        Look::CacheKeys | Look::CacheExpansion => (
            "No keys",
            "No access to a cache says which key it is about. Give such spans cache.key, and cache.hit where they read.",
        ),
        Look::AgentConversations => (
            "No conversations",
            "No span asks a model. Give those that do gen_ai.conversation.id, so that what belongs together is told together.",
        ),
        Look::AgentTools => (
            "No tools",
            "No span calls a tool. Such spans have gen_ai.operation.name execute_tool and gen_ai.tool.name.",
        ),
        Look::AgentTranscript => (
            "Nothing was said",
            "No call of a model holds its messages. Have the instrumentation record them: gen_ai.input.messages and gen_ai.output.messages.",
        ),
        other => of_module(other.module()),
    }
}

/// What is said where a module has no spans.
fn of_module(module: Module) -> Said {
    match module {
        Module::Transactions => (
            "No transactions",
            "Nothing imported so far answers requests or does jobs: server and consumer spans, or Sentry transactions.",
        ),
        Module::Queries => (
            "No queries",
            "No span is about a database. Instrument the database client, so that its spans have db.system.name and db.query.text.",
        ),
        Module::Requests => (
            "No requests to others",
            "No span is an outgoing HTTP request. Instrument the HTTP client, so that its spans have url.full and http.request.method.",
        ),
        Module::Caches => (
            "No caches",
            "No span has an operation such as cache.get. Sentry’s SDKs write such spans for Django, Laravel, Rails and others; by hand, give them cache.key and cache.hit.",
        ),
        Module::Queues => (
            "No queues",
            "No span publishes or processes messages. Instrument the queue’s client, so that spans have messaging.destination.name.",
        ),
        Module::Agents => (
            "No agents",
            "No span asks a model. Instrument the model’s client, so that spans have gen_ai.operation.name and gen_ai.request.model.",
        ),
        Module::Vitals => (
            "No page loads",
            "No span is a page load with web vitals. Sentry’s browser SDK writes them; OpenTelemetry’s needs a library for web vitals.",
        ),
    }
}
