//! The thresholds of the detectors. Times are nanoseconds, sizes bytes.
//!
//! Defaults are those of Sentry's detectors in 2026 where it has the detector.

const MS: i64 = 1_000_000;

/// All thresholds; a detector reports what reaches its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Repeats of a query.
    pub n_plus_one_count: usize,
    /// Time they take together.
    pub n_plus_one_total: i64,
    /// Queries of a motif, at most.
    pub motif_longest: usize,
    /// Full repetitions of a motif.
    pub motif_repetitions: usize,
    /// Time they take together.
    pub motif_total: i64,
    /// Share of that time spent in queries.
    pub motif_db_share: f64,
    /// Levels up to a common ancestor.
    pub motif_ancestors: usize,
    /// Calls of one endpoint.
    pub api_calls_count: usize,
    /// Sum of their durations.
    pub api_calls_total: i64,
    /// Starts of neighbours differ by less.
    pub api_calls_apart: i64,
    /// Time that running queries side by side saves.
    pub consecutive_db_saved: i64,
    /// The same as a share of the run.
    pub consecutive_db_share: f64,
    /// Each independent query takes longer.
    pub consecutive_db_each: i64,
    /// Queries of a run.
    pub consecutive_db_count: usize,
    /// Each call takes so long.
    pub consecutive_http_each: i64,
    /// Calls of a run.
    pub consecutive_http_count: usize,
    /// Time that running them side by side saves.
    pub consecutive_http_saved: i64,
    /// Gaps between neighbours are shorter.
    pub consecutive_http_gap: i64,
    /// Different hosts, at most.
    pub consecutive_http_hosts: usize,
    /// A query that takes so long is slow.
    pub slow_query: i64,
    /// A payload above this is large.
    pub payload_size: f64,
    /// Calls shorter than this are let through.
    pub payload_each: i64,
    /// Parts of a URL whose payloads may be large.
    pub payload_paths: Vec<String>,
    /// An asset of this size should be compressed.
    pub asset_size: f64,
    /// When loading it takes longer.
    pub asset_duration: i64,
    /// First paints before this are fine.
    pub blocking_fcp_least: f64,
    /// First paints from here on are not the asset's fault.
    pub blocking_fcp_most: f64,
    /// Share of the first paint that loading takes.
    pub blocking_share: f64,
    /// Smallest and largest asset that counts.
    pub blocking_size: (f64, f64),
    /// Time a main thread may be held up: one frame at 60 Hz.
    pub main_thread: i64,
    /// A request that waits longer waits for a connection.
    pub overhead_delay: i64,
    /// Shortest input that is looked for in queries.
    pub injection_length: usize,
    /// Calls of a tool with like arguments.
    pub tool_calls_count: usize,
    /// Time they take together.
    pub tool_calls_total: i64,
    /// How alike arguments are.
    pub tool_calls_alike: f64,
    /// Times the same answer is read.
    pub cache_count: usize,
    /// Time that keeping the first answer saves.
    pub cache_saved: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            n_plus_one_count: 5,
            n_plus_one_total: 50 * MS,
            motif_longest: 8,
            motif_repetitions: 3,
            motif_total: 50 * MS,
            motif_db_share: 0.05,
            motif_ancestors: 3,
            api_calls_count: 5,
            api_calls_total: 300 * MS,
            api_calls_apart: 15 * MS,
            consecutive_db_saved: 100 * MS,
            consecutive_db_share: 0.1,
            consecutive_db_each: 30 * MS,
            consecutive_db_count: 2,
            consecutive_http_each: 500 * MS,
            consecutive_http_count: 3,
            consecutive_http_saved: 2_000 * MS,
            consecutive_http_gap: 500 * MS,
            consecutive_http_hosts: 2,
            slow_query: 1_000 * MS,
            payload_size: 300_000.0,
            payload_each: 100 * MS,
            payload_paths: Vec::new(),
            asset_size: 512_000.0,
            asset_duration: 300 * MS,
            blocking_fcp_least: 2_000.0,
            blocking_fcp_most: 10_000.0,
            blocking_share: 0.33,
            blocking_size: (500_000.0, 1_000_000_000.0),
            main_thread: 16 * MS,
            overhead_delay: 250 * MS,
            injection_length: 3,
            tool_calls_count: 3,
            tool_calls_total: 0,
            tool_calls_alike: 0.8,
            cache_count: 2,
            cache_saved: 100 * MS,
        }
    }
}
