//! The arguments, as data; their help is the manual.

use crate::export::Format;
use crate::export::redact::Rule;
use crate::store::IssueState;
use clap::{Args as ArgGroup, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Open exported traces and logs and find the cause: without a subcommand, a window opens.
#[derive(Debug, Parser)]
#[command(
    name = "headwater",
    version,
    override_usage = "headwater [--store PATH] [--view PLACE] [FILE|DIR]...\n       headwater [--store PATH] COMMAND"
)]
pub struct Args {
    /// What to do instead of opening the window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Files and folders to import in the background.
    #[arg(value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// The store file; without it the default store in the platform's data directory.
    #[arg(long, value_name = "PATH", global = true)]
    pub store: Option<PathBuf>,
    /// No progress on standard error.
    #[arg(long, global = true)]
    pub quiet: bool,
    /// The place to open, such as traces?q=op:db or trace/TRACE_ID.
    #[arg(long, value_name = "PLACE")]
    pub view: Option<String>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import files and folders without a window; `-` is standard input.
    Import(ImportArgs),
    /// List traces.
    Traces(ListArgs),
    /// Show one trace as a tree.
    Trace(TraceArgs),
    /// List spans.
    Spans(ListArgs),
    /// List log records.
    Logs(ListArgs),
    /// Show two traces side by side, and what changed from the first to the second.
    Compare(CompareArgs),
    /// Write a trace in the form of another program, or as a summary or picture.
    Export(ExportArgs),
    /// List what is wrong: repeated queries, slow calls and the like, by the time that mending them wins.
    Issues(IssuesArgs),
    /// What one part of the application did: transactions, queries, requests, caches, queues, agents or vitals.
    Insights(InsightsArgs),
    /// Try alert rules on the recorded traffic, or have some suggested.
    Alerts(AlertsArgs),
    /// Import files into a temporary store and say whether anything is wrong: status 1 when it is.
    Check(CheckArgs),
    /// Run a SELECT on the store's own tables, which can read and nothing else.
    Sql(SqlArgs),
    /// Draw any place of the program into a PNG, without a display.
    Render(RenderArgs),
}

/// `headwater import`
#[derive(Debug, ArgGroup)]
pub struct ImportArgs {
    /// Files and folders; `-` is standard input.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// One JSON object a file and one with the total.
    #[arg(long)]
    pub json: bool,
    /// Take out what earlier imports of the same paths brought and read the files from their start, as after mending them.
    #[arg(long)]
    pub replace: bool,
}

/// A stretch of time: records, spans, or traces by their beginning.
#[derive(Debug, ArgGroup)]
pub struct TimeArgs {
    /// Only what begins from this time on: RFC 3339, or Unix seconds, milliseconds, microseconds or nanoseconds.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only what begins before this time.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

/// `headwater traces`, `spans` and `logs`
// `list[*]` is a search, not a link.
#[allow(rustdoc::broken_intra_doc_links)]
#[derive(Debug, ArgGroup)]
pub struct ListArgs {
    /// The search: terms such as http.route:/api/* status:error !user.id:7, or words. Also duration:>1s, k:[a, b],
    /// k://regex//, list[*]:x, has:k, is:error, time:>2026-01-31, time:-24h, OR and parentheses.
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Only how many there are, as {"count": n}.
    #[arg(long, conflicts_with = "facet")]
    pub count: bool,
    /// The most frequent values of an attribute instead of the records; for traces, those of their spans.
    #[arg(long, value_name = "KEY")]
    pub facet: Option<String>,
    /// Groups of records with the same values of these attributes instead of the records. Traces have root_name,
    /// root_op, service, start, duration, spans, errors, logs and trace_id.
    #[arg(long, value_name = "KEY[,KEY]", value_delimiter = ',', conflicts_with_all = ["count", "facet"])]
    pub group_by: Vec<String>,
    /// What is computed over each group, or over everything: count() count_unique(x) sum(x) avg(x) min(x) max(x) p50(x)
    /// p75(x) p90(x) p95(x) p99(x) p100(x) failure_rate() failure_count() epm() eps() apdex(ms) user_misery(ms), separated
    /// by commas. Without it, count().
    #[arg(long, value_name = "AGGREGATES", conflicts_with_all = ["count", "facet"])]
    pub agg: Option<String>,
    /// What differs between the records of the search and those of this one that are not among them: attributes by how
    /// much their values differ. An empty text stands for all others. Spans and logs only.
    #[arg(long, value_name = "QUERY", conflicts_with_all = ["count", "facet", "group_by", "agg", "sort", "cursor"])]
    pub differs: Option<String>,
    /// Aggregates over time, in stretches of this length: 30s, 5m, 1h. Spans and logs only.
    #[arg(long, value_name = "LENGTH")]
    pub every: Option<String>,
    /// At most so many; 0 for all. What is left out is said.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub limit: usize,
    /// Sort by this, with a leading - for descending. Traces: start, duration, spans, errors, logs, name, service;
    /// spans and logs: time or any attribute; groups: an aggregate or a key of theirs. Names of JSON's fields stand for
    /// the same.
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// Read page by page: `start` is the first page, and the JSON of each page that is not the last ends with the next one's.
    #[arg(long, value_name = "TEXT")]
    pub cursor: Option<String>,
    /// Only a stretch of the time.
    #[command(flatten)]
    pub time: TimeArgs,
    /// What time:-24h in a search counts from; without it, the time of the last record in the store.
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
}

/// `headwater issues`
#[derive(Debug, ArgGroup)]
pub struct IssuesArgs {
    /// Only in traces of which a span fits this search.
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Only how many there are, as {"count": n}.
    #[arg(long)]
    pub count: bool,
    /// Only these kinds, such as n_plus_one_db; n_plus_one stands for all whose names have these words.
    #[arg(long, value_name = "KIND[,KIND]", value_delimiter = ',')]
    pub kind: Vec<String>,
    /// Only issues in these states: open, ignored, resolved, regressed.
    #[arg(long, value_name = "STATE[,STATE]", value_delimiter = ',', value_parser = state)]
    pub state: Vec<IssueState>,
    /// A threshold of a detector, such as n_plus_one_db.count=10 or slow_db_query.duration=500ms; --set help lists them.
    #[arg(long, value_name = "DETECTOR.KEY=VALUE")]
    pub set: Vec<String>,
    /// Sort by kind, title, fingerprint, count, first_seen_ns, last_seen_ns, users, total_duration_ns or time_to_win_ns,
    /// with a leading - for descending; without it, what mending wins most comes first.
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// At most so many; 0 for all. What is left out is said.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub limit: usize,
    /// Only a stretch of the time.
    #[command(flatten)]
    pub time: TimeArgs,
}

/// A state of an issue by its name.
fn state(name: &str) -> Result<IssueState, String> {
    let known = IssueState::ALL
        .into_iter()
        .find(|state| state.name() == name);
    known.ok_or_else(|| {
        let names = IssueState::ALL.map(IssueState::name).join(", ");
        format!("an issue is {names}")
    })
}

/// `headwater insights`
#[derive(Debug, ArgGroup)]
pub struct InsightsArgs {
    /// transactions, queries, requests, caches, queues, agents or vitals; or a closer look at one of them, such as
    /// caches/candidates.
    #[arg(value_name = "MODULE")]
    pub module: String,
    /// Only spans that fit this search, of those the module is about.
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Only how many rows there are, as {"count": n}.
    #[arg(long)]
    pub count: bool,
    /// What tells rows apart. Transactions: release, environment; queries: domain; requests: domain; caches: key; queues:
    /// destination; agents: tool, conversation, transaction, user.
    #[arg(long, value_name = "NAME[,NAME]", value_delimiter = ',')]
    pub group_by: Vec<String>,
    /// At most so many; 0 for all. What is left out is said.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub limit: usize,
    /// Sort by this column, with a leading - for descending.
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// Only a stretch of the time.
    #[command(flatten)]
    pub time: TimeArgs,
    /// What is fast enough for Apdex and misery, of all transactions or of one: 300ms, TRANSACTION=1.5s.
    #[arg(long, value_name = "[TRANSACTION=]LENGTH")]
    pub apdex: Vec<String>,
    /// What models cost, instead of prices.json beside the store or the table that comes with the program, whose form it has.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// For caches/expansion: only these keys are kept; a star is any run of characters.
    #[arg(long, value_name = "KEY[,KEY]", value_delimiter = ',')]
    pub keys: Vec<String>,
    /// For caches/expansion: only keys whose last number is among so many first ones are kept, such as the first 3 pages.
    #[arg(long, value_name = "N")]
    pub first: Option<u64>,
    /// For caches/expansion: how long a key stays, such as 5m; without it for ever.
    #[arg(long, value_name = "LENGTH")]
    pub expiry: Option<String>,
    /// For agents/sampling: the share of traces that a sampler would keep, 0 to 1; without it 0.1.
    #[arg(long, value_name = "SHARE")]
    pub rate: Option<f64>,
}

/// `headwater alerts`
#[derive(Debug, ArgGroup)]
pub struct AlertsArgs {
    /// What to do with rules.
    #[command(subcommand)]
    pub command: AlertsCommand,
}

/// What is done with alert rules.
#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// Show when each rule would have fired: status 1 when one was critical.
    Test(TestArgs),
    /// Rules for this traffic, with its numbers; or, for rules of one's own, thresholds that page less often.
    Suggest(SuggestArgs),
}

/// `headwater alerts test`
#[derive(Debug, ArgGroup)]
pub struct TestArgs {
    /// The rules; sample-data/alerts.toml shows all there is.
    #[arg(value_name = "RULES.toml")]
    pub rules: PathBuf,
    /// Files and folders to import into a temporary store first; without any, the store is asked.
    #[arg(value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// One JSON object an incident, and one with totals.
    #[arg(long)]
    pub json: bool,
    /// Only a stretch of the time.
    #[command(flatten)]
    pub time: TimeArgs,
}

/// `headwater alerts suggest`
#[derive(Debug, ArgGroup)]
pub struct SuggestArgs {
    /// Rules whose thresholds are looked for; without a file, rules that the traffic suggests.
    #[arg(value_name = "RULES.toml")]
    pub rules: Option<PathBuf>,
    /// At most so many pages a week from each rule.
    #[arg(long, default_value_t = 2.0, value_name = "N")]
    pub pages: f64,
    /// One JSON object a rule.
    #[arg(long)]
    pub json: bool,
}

/// `headwater check`
#[derive(Debug, ArgGroup)]
pub struct CheckArgs {
    /// Files and folders; `-` is standard input.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// What must not be found, such as n_plus_one_db or error; n_plus_one stands for all whose names have these words.
    /// Without it, every kind but error.
    #[arg(long, value_name = "KIND[,KIND]", value_delimiter = ',')]
    pub fail_on: Vec<String>,
    /// What must not be exceeded: queries-per-request, calls-per-request, spans-per-trace or errors.
    #[arg(long, value_name = "NAME=N")]
    pub max: Vec<String>,
    /// A threshold of a detector, such as n_plus_one_db.count=10 or slow_db_query.duration=500ms; --set help lists them.
    #[arg(long, value_name = "DETECTOR.KEY=VALUE")]
    pub set: Vec<String>,
    /// A file with fingerprints that are known and accepted: one a line, or the JSON of an earlier check or of issues.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// One JSON object.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// How the verdict is written.
    #[arg(long, value_enum, default_value_t = VerdictFormat::Text)]
    pub format: VerdictFormat,
}

/// How a verdict is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// JUnit's XML: a test case a finding, and one for each limit that was kept.
    Junit,
    /// SARIF 2.1.0: a result an issue.
    Sarif,
    /// A table for a comment.
    Markdown,
}

/// `headwater trace`
#[derive(Debug, ArgGroup)]
pub struct TraceArgs {
    /// The trace id, or at least six leading digits of it. As the window shows it: groups folded, gaps marked.
    #[arg(value_name = "TRACE_ID")]
    pub id: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
    /// What happened, a line each in the order of time: spans, their events, log records and errors.
    #[arg(long, conflicts_with = "raw")]
    pub story: bool,
    /// Every span by itself: without groups and gaps.
    #[arg(long)]
    pub raw: bool,
    /// Only chains and runs of like siblings as groups, without repeats that interleave or run side by side.
    #[arg(long)]
    pub no_repeats: bool,
    /// In JSON, too, group repeats that interleave or run side by side, as the text does.
    #[arg(long, conflicts_with = "no_repeats")]
    pub repeats: bool,
}

/// `headwater compare`
#[derive(Debug, ArgGroup)]
pub struct CompareArgs {
    /// The trace that is compared with: its id, or at least six leading digits of it.
    #[arg(value_name = "A")]
    pub left: String,
    /// The trace that is compared.
    #[arg(value_name = "B", required_unless_present = "median")]
    pub right: Option<String>,
    /// Compare A with the median of the last 50 traces whose root has the same name and service.
    #[arg(long, conflicts_with_all = ["right", "sides"])]
    pub median: bool,
    /// A and B are searches for traces; each side is the median of the last 50 that fit. Then what changed between all that
    /// fit: issues, and endpoints slower or faster.
    #[arg(long, group = "sides")]
    pub searches: bool,
    /// A and B are releases: issues that are gone, new, met more or less often; endpoints slower or faster.
    #[arg(long, group = "sides")]
    pub releases: bool,
    /// The same of two environments.
    #[arg(long, group = "sides")]
    pub environments: bool,
    /// The same of two imports, by number or path.
    #[arg(long, group = "sides")]
    pub imports: bool,
    /// As Markdown.
    #[arg(long, conflicts_with = "json", requires = "sides")]
    pub markdown: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// `headwater export`
#[derive(Debug, ArgGroup)]
pub struct ExportArgs {
    /// The trace id, or at least six leading digits of it.
    #[arg(value_name = "TRACE_ID")]
    pub id: String,
    /// The form: otlp (reads back as the same trace), jaeger, chrome, markdown, html, svg or png.
    #[arg(long, value_name = "FORM", default_value = "otlp")]
    pub to: Format,
    /// Only these spans and all below them; an id, or several with commas between them.
    #[arg(long, value_name = "SPAN_ID[,SPAN_ID]", value_delimiter = ',')]
    pub span: Vec<String>,
    /// What is taken out: sql (literals of queries), mail, token (also keys and passwords), attr:NAME (attr:user.* for all
    /// that begin so). Equal values become equal signs.
    #[arg(long, value_name = "RULE[,RULE]", value_delimiter = ',')]
    pub redact: Vec<Rule>,
    /// Show what is taken out and how often, instead of writing.
    #[arg(long)]
    pub preview: bool,
    /// The preview as one JSON object a line.
    #[arg(long, requires = "preview")]
    pub json: bool,
    /// Where it goes; without it, to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The ground of a PNG; SVG and HTML read in both.
    #[arg(long, value_enum, default_value_t = ThemeName::Light)]
    pub theme: ThemeName,
}

/// `headwater sql`
#[derive(Debug, ArgGroup)]
pub struct SqlArgs {
    /// One statement of SQLite; `SELECT name, sql FROM sqlite_schema` lists the tables.
    #[arg(required = true, value_name = "STATEMENT")]
    pub statement: Vec<String>,
    /// One JSON object a row.
    #[arg(long)]
    pub json: bool,
}

/// `headwater render`
#[derive(Debug, ArgGroup)]
pub struct RenderArgs {
    /// Files to import into a temporary store first; without any, the store is drawn.
    #[arg(value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// The place, such as traces?q=op:db or trace/TRACE_ID.
    #[arg(long, value_name = "PLACE", default_value = "traces")]
    pub view: String,
    /// Where the PNG goes.
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Size in points.
    #[arg(long, value_name = "WxH", default_value = "1400x900")]
    pub size: String,
    /// Light or dark.
    #[arg(long, value_enum, default_value_t = ThemeName::Dark)]
    pub theme: ThemeName,
    /// Pixels a point.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub scale: f32,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}
