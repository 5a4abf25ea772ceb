//! Detectors: what is wrong with a trace, found without being asked.
//!
//! A trace is cut into [`subject`]s, one a transaction, and every detector of [`ALL`] looks at each by itself. Thresholds
//! lie in [`settings`]. The rules are those of Sentry's performance issues (`sentry/issue_detection`), so that both report
//! the same; fingerprints are the same too. [`repeats`] finds what those rules leave out, under kinds of its own.
//!
//! To add a detector: a file, a [`Kind`], a line in [`ALL`].

mod assets;
mod consecutive_db;
mod consecutive_http;
mod http_overhead;
mod injection;
mod large_payload;
mod main_thread;
mod missing_cache;
mod motif;
mod n_plus_one_api;
mod n_plus_one_db;
mod repeats;
mod same;
pub mod settings;
mod slow_query;
pub mod subject;
pub mod thresholds;
mod tool_calls;

pub use settings::Settings;
pub use subject::{FIELD_NAMES, Hashes};

use crate::analysis::tree::{SpanIndex, SpanTree};
use crate::model::trace::{SpanValues, Trace};
use serde_json::Value as Json;
use subject::{SpanHashes, Subject};

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    NPlusOneDb,
    MNPlusOneDb,
    NPlusOneApiCalls,
    ConsecutiveDb,
    ConsecutiveHttp,
    SlowDbQuery,
    LargeHttpPayload,
    UncompressedAssets,
    RenderBlockingAssets,
    FileIoMainThread,
    DbMainThread,
    HttpOverhead,
    SqlInjection,
    QueryInjection,
    RedundantToolCalls,
    MissingCache,
    /// Beyond the reference: the repeats of an N+1 with other work between them.
    InterleavedDb,
    /// Beyond the reference: a query that repeats with other literals in its text.
    LiteralDb,
    /// Failures that happened at the same place. No detector finds them; see [`crate::analysis::errors`].
    Error,
}

/// What would make a group of spans faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Doing the work of all in one.
    Once,
    /// Running them side by side.
    Parallel,
    /// Not doing it again after the first.
    Cached,
    /// Doing it elsewhere.
    Moved,
    /// Making each span faster: how much that gives is not known.
    Unknown,
}

/// A detector as data.
pub struct Detector {
    /// What it finds.
    pub kind: Kind,
    /// Its name in files and on the command line.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What to do about it.
    pub advice: &'static str,
    /// Where its rules come from.
    pub source: &'static str,
    /// What doing so changes.
    pub remedy: Remedy,
    find: fn(&Subject, &Settings, &mut Findings),
}

const SENTRY: &str = "Sentry, src/sentry/issue_detection/detectors";
const OWN: &str = "Headwater";

/// Goes up when detectors find something else in the same traces with the same settings.
pub const VERSION: u32 = 6;

/// Every detector, in the order in which they look.
pub static ALL: &[Detector] = &[
    Detector {
        kind: Kind::NPlusOneDb,
        name: "n_plus_one_db",
        title: "N+1 query",
        advice: "Fetch the related rows with one query before the loop: a join, an IN list, or the ORM's eager loading.",
        source: SENTRY,
        remedy: Remedy::Once,
        find: n_plus_one_db::find,
    },
    Detector {
        kind: Kind::MNPlusOneDb,
        name: "m_n_plus_one_db",
        title: "Repeating group of queries",
        advice: "Load what each round needs for all rounds at once, before the loop.",
        source: SENTRY,
        remedy: Remedy::Once,
        find: motif::find,
    },
    Detector {
        kind: Kind::NPlusOneApiCalls,
        name: "n_plus_one_api_calls",
        title: "N+1 API call",
        advice: "Ask once for all items: give the endpoint a way to take several ids.",
        source: SENTRY,
        remedy: Remedy::Once,
        find: n_plus_one_api::find,
    },
    Detector {
        kind: Kind::ConsecutiveDb,
        name: "consecutive_db",
        title: "Consecutive queries",
        advice: "These queries do not need each other's answers: run them side by side.",
        source: SENTRY,
        remedy: Remedy::Parallel,
        find: consecutive_db::find,
    },
    Detector {
        kind: Kind::ConsecutiveHttp,
        name: "consecutive_http",
        title: "Consecutive HTTP calls",
        advice: "Run the calls side by side, or ask for everything in one.",
        source: SENTRY,
        remedy: Remedy::Parallel,
        find: consecutive_http::find,
    },
    Detector {
        kind: Kind::SlowDbQuery,
        name: "slow_db_query",
        title: "Slow query",
        advice: "Look at the query's plan: an index, fewer rows or fewer columns.",
        source: SENTRY,
        remedy: Remedy::Unknown,
        find: slow_query::find,
    },
    Detector {
        kind: Kind::LargeHttpPayload,
        name: "large_http_payload",
        title: "Large HTTP payload",
        advice: "Send less: pages, only the fields that are used, compression.",
        source: SENTRY,
        remedy: Remedy::Unknown,
        find: large_payload::find,
    },
    Detector {
        kind: Kind::UncompressedAssets,
        name: "uncompressed_assets",
        title: "Uncompressed asset",
        advice: "Let the server or its CDN compress scripts and style sheets with gzip, Brotli or zstd.",
        source: SENTRY,
        remedy: Remedy::Unknown,
        find: assets::find_uncompressed,
    },
    Detector {
        kind: Kind::RenderBlockingAssets,
        name: "render_blocking_assets",
        title: "Large render-blocking asset",
        advice: "Load it later (defer, async), split it, or preload what the first paint needs.",
        source: SENTRY,
        remedy: Remedy::Unknown,
        find: assets::find_blocking,
    },
    Detector {
        kind: Kind::FileIoMainThread,
        name: "file_io_main_thread",
        title: "File I/O on the main thread",
        advice: "Move the file work to a background thread.",
        source: SENTRY,
        remedy: Remedy::Moved,
        find: main_thread::find_files,
    },
    Detector {
        kind: Kind::DbMainThread,
        name: "db_main_thread",
        title: "Query on the main thread",
        advice: "Move the query to a background thread.",
        source: SENTRY,
        remedy: Remedy::Moved,
        find: main_thread::find_queries,
    },
    Detector {
        kind: Kind::HttpOverhead,
        name: "http_overhead",
        title: "HTTP/1.1 overhead",
        advice: "Requests wait for one of the browser's six connections to the host: serve it over HTTP/2 or HTTP/3.",
        source: SENTRY,
        remedy: Remedy::Unknown,
        find: http_overhead::find,
    },
    Detector {
        kind: Kind::SqlInjection,
        name: "sql_injection",
        title: "Query built from input",
        advice: "Give the input to the database as a parameter, never as part of the text.",
        source: SENTRY,
        remedy: Remedy::Unknown,
        find: injection::find_sql,
    },
    Detector {
        kind: Kind::QueryInjection,
        name: "query_injection",
        title: "Query object taken from input",
        advice: "Check that the input is a plain value before it becomes part of a query.",
        source: SENTRY,
        remedy: Remedy::Unknown,
        find: injection::find_objects,
    },
    Detector {
        kind: Kind::RedundantToolCalls,
        name: "redundant_tool_calls",
        title: "Redundant tool calls",
        advice: "The agent asks a tool the same again and learns nothing: keep the answer in its context, or end the loop.",
        source: SENTRY,
        remedy: Remedy::Cached,
        find: tool_calls::find,
    },
    Detector {
        kind: Kind::MissingCache,
        name: "missing_cache",
        title: "Same answer read again",
        advice: "Nothing was written in between: keep the first answer for the rest of the request, or in a cache.",
        source: OWN,
        remedy: Remedy::Cached,
        find: missing_cache::find,
    },
    Detector {
        kind: Kind::InterleavedDb,
        name: "n_plus_one_db_interleaved",
        title: "Repeated query between other work",
        advice: "Fetch the related rows with one query before the loop.",
        source: OWN,
        remedy: Remedy::Once,
        find: repeats::find_interleaved,
    },
    Detector {
        kind: Kind::LiteralDb,
        name: "n_plus_one_db_literals",
        title: "Repeated query with literals in its text",
        advice: "Fetch the related rows with one query, and give values as parameters so that the database knows the query again.",
        source: OWN,
        remedy: Remedy::Once,
        find: repeats::find_literals,
    },
];

/// What stands for a detector where failures are described; it is none of [`ALL`].
pub static ERRORS: Detector = Detector {
    kind: Kind::Error,
    name: "error",
    title: "Error",
    advice: "Start at the innermost call of your own code, and see in the trace what led there.",
    source: "Sentry, grouping of events, simplified",
    remedy: Remedy::Unknown,
    find: |_, _, _| (),
};

/// Every kind of issue as data: that of the detectors and errors.
pub fn kinds() -> impl Iterator<Item = &'static Detector> {
    ALL.iter().chain([&ERRORS])
}

impl Kind {
    /// Its detector.
    pub fn detector(self) -> &'static Detector {
        // A test checks that every kind has one; the first stands in for a kind that has none.
        kinds()
            .find(|detector| detector.kind == self)
            .unwrap_or(&ALL[0])
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        let known = kinds().find(|detector| detector.name == name);
        known.map(|detector| detector.kind)
    }

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        self.detector().name
    }
}

/// A problem of one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What it is.
    pub kind: Kind,
    /// The same for the same problem wherever it is met.
    pub fingerprint: String,
    /// The same in all recordings of it, where fingerprints differ between them.
    pub same: Option<String>,
    /// What repeats, is slow, …: the query or the URL.
    pub description: String,
    /// The span it happens under.
    pub parents: Vec<SpanIndex>,
    /// What leads to it.
    pub causes: Vec<SpanIndex>,
    /// The spans that are the problem.
    pub offenders: Vec<SpanIndex>,
    /// Facts that show it, by name.
    pub evidence: Vec<(&'static str, Json)>,
    /// The transaction it is in.
    pub root: SpanIndex,
    /// Time the offenders cover, nanoseconds.
    pub duration: i64,
}

/// The problems found so far. Most detectors report a fingerprint once a transaction.
#[derive(Default)]
pub struct Findings {
    found: Vec<Problem>,
    /// Where those of the transaction that is looked at begin.
    start: usize,
}

impl Findings {
    /// Adds a problem, whatever was found before.
    fn add(&mut self, problem: Problem) {
        self.found.push(problem);
    }

    /// Adds a problem; one with the same fingerprint in this transaction gives way.
    fn put(&mut self, problem: Problem) {
        let own = &mut self.found[self.start..];
        match own
            .iter_mut()
            .find(|known| known.fingerprint == problem.fingerprint)
        {
            Some(known) => *known = problem,
            None => self.found.push(problem),
        }
    }

    /// Adds a problem unless there is one with the same fingerprint in this transaction.
    fn put_first(&mut self, problem: Problem) {
        if !self.holds(&problem.fingerprint) {
            self.found.push(problem);
        }
    }

    fn holds(&self, fingerprint: &str) -> bool {
        self.own()
            .iter()
            .any(|known| known.fingerprint == fingerprint)
    }

    /// The problems of this transaction.
    fn own(&self) -> &[Problem] {
        &self.found[self.start..]
    }
}

/// All problems of a trace. `values` holds the attributes [`FIELD_NAMES`]; `known` may be handed from trace to trace.
pub fn detect(
    trace: &Trace,
    tree: &SpanTree,
    values: &SpanValues,
    settings: &Settings,
    known: &mut Hashes,
) -> Vec<Problem> {
    let hashes = SpanHashes::new(trace, values, std::mem::take(known));
    let mut findings = Findings::default();
    for subject in subject::subjects(trace, tree, values, &hashes) {
        findings.start = findings.found.len();
        for detector in ALL {
            (detector.find)(&subject, settings, &mut findings);
        }
        for problem in &mut findings.found[findings.start..] {
            problem.same = same::name(&subject, problem);
        }
    }
    *known = hashes.into_known();
    findings.found
}

impl Subject<'_> {
    /// A problem with these offenders; the rest is filled in by the detector.
    fn problem(&self, kind: Kind, fingerprint: String, offenders: Vec<SpanIndex>) -> Problem {
        let description = offenders.first().map_or("", |at| self.description(*at));
        Problem {
            kind,
            fingerprint,
            same: None,
            description: description.to_owned(),
            parents: Vec::new(),
            causes: Vec::new(),
            duration: self.covered(&offenders),
            offenders,
            evidence: Vec::new(),
            root: self.root,
        }
    }

    /// The span of this transaction with an id, its root among them.
    fn find(&self, id: crate::model::SpanId) -> Option<SpanIndex> {
        self.tree.find(self.trace, id)
    }
}

/// Whether a description was not cut.
fn is_whole(description: &str) -> bool {
    !description.is_empty() && !description.ends_with("...")
}

/// Whether a text begins so, in capitals or not.
fn begins_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

/// A database operation that is no Redis command and no connection.
fn is_query_op(op: &str) -> bool {
    op.starts_with("db") && !op.starts_with("db.redis") && !op.starts_with("db.connection")
}
