//! What detectors look at: one transaction with its spans, in the order in which they were worked through.
//!
//! A trace is cut at its segments. The spans of a segment are walked depth first, siblings by start; spans whose parent is
//! missing come last. Hashes are computed once a trace, equal texts once.

use crate::analysis::normalise::hash::{custom_hash, hash_of, span_hash};
use crate::analysis::tree::{Link, SpanIndex, SpanTree};
use crate::model::trace::{Span, SpanValues, Trace};
use crate::model::{SpanId, Value};
use hashbrown::HashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// The attributes that detectors ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Field {
    Hash,
    RootHash,
    Fingerprint,
    Url,
    HttpQuery,
    Prefetch,
    ContentLength,
    TransferSize,
    DecodedLength,
    OldContentLength,
    OldTransferSize,
    OldDecodedLength,
    RenderBlocking,
    BlockedMainThread,
    BlockedUiThread,
    CallStack,
    FilePath,
    ProtocolVersion,
    RequestStart,
    Bindings,
    Origin,
    Browser,
    Fcp,
    FcpUnit,
    RequestUrl,
    RequestQuery,
    RequestData,
    RequestMethod,
    Modules,
    DbSystem,
    ScrubbedSystem,
    ScrubbedDescription,
    ScrubbedSdk,
    ScrubbedPlatform,
    EventTrace,
    ToolName,
    ToolArguments,
    ToolResult,
    SegmentId,
}

/// The attributes' names, in the order of [`Field`].
pub const FIELD_NAMES: &[&str] = &[
    "hash",
    "trace.hash",
    "fingerprint",
    "url",
    "http.query",
    "http.request.prefetch",
    "http.response_content_length",
    "http.response_transfer_size",
    "http.decoded_response_content_length",
    "Encoded Body Size",
    "Transfer Size",
    "Decoded Body Size",
    "resource.render_blocking_status",
    "blocked_main_thread",
    "blocked_ui_thread",
    "call_stack",
    "file.path",
    "network.protocol.version",
    "http.request.request_start",
    "db.sql.bindings",
    "sentry.origin",
    "browser.name",
    "measurements.fcp",
    "measurements.fcp.unit",
    "request.url",
    "request.query_string",
    "request.data",
    "request.method",
    "modules",
    "db.system",
    "sentry_tags.system",
    "sentry_tags.description",
    "sentry_tags.sdk.name",
    "sentry_tags.platform",
    "event.trace",
    "gen_ai.tool.name",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "sentry.segment.id",
];

/// One transaction of a trace.
pub struct Subject<'a> {
    /// The whole trace.
    pub trace: &'a Trace,
    /// Its tree.
    pub tree: &'a SpanTree,
    /// The transaction's own span.
    pub root: SpanIndex,
    /// Its other spans.
    pub spans: Vec<SpanIndex>,
    values: &'a SpanValues,
    hashes: &'a [Arc<str>],
}

impl<'a> Subject<'a> {
    /// A span.
    pub fn span(&self, at: SpanIndex) -> &'a Span {
        &self.trace.spans[at.at()]
    }

    /// Its operation.
    pub fn op(&self, at: SpanIndex) -> &'a str {
        &self.span(at).op
    }

    /// Its description; empty where the source gave none and the operation stands in for it.
    pub fn description(&self, at: SpanIndex) -> &'a str {
        let span = self.span(at);
        match span.description == span.op && span.name == span.op {
            true => "",
            false => &span.description,
        }
    }

    /// Its hash; empty when the source says it has none.
    pub fn hash(&self, at: SpanIndex) -> &'a str {
        &self.hashes[at.at()]
    }

    /// Its parent's id.
    pub fn parent(&self, at: SpanIndex) -> Option<SpanId> {
        self.span(at).parent()
    }

    /// Its duration.
    pub fn duration(&self, at: SpanIndex) -> i64 {
        self.span(at).duration
    }

    /// A value of it.
    pub fn value(&self, at: SpanIndex, field: Field) -> Option<&'a Value> {
        self.values.get(field as usize, at.at())
    }

    /// A value of it as text; `None` when it is empty.
    pub fn text(&self, at: SpanIndex, field: Field) -> Option<Cow<'a, str>> {
        let text = self.value(at, field)?.text();
        (!text.is_empty()).then_some(text)
    }

    /// A number, also one written as text, there also with underscores between its digits (`50_000_000`).
    pub fn number(&self, at: SpanIndex, field: Field) -> Option<f64> {
        let value = self.value(at, field)?;
        value.as_f64().or_else(|| read_number(value.text().trim()))
    }

    /// Whether a value says yes: not false, zero, empty or absent.
    pub fn says_yes(&self, at: SpanIndex, field: Field) -> bool {
        match self.value(at, field) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Int(0)) => false,
            Some(value) => !value.text().is_empty(),
        }
    }

    /// Whether any span of the trace has a field: most detectors about attributes are done with that.
    pub fn any(&self, field: Field) -> bool {
        self.values.has(field as usize)
    }

    /// Where a request went: from its attributes, else from its description.
    pub fn url(&self, at: SpanIndex) -> Cow<'a, str> {
        match self.value(at, Field::Url) {
            Some(Value::Str(url)) => match self.value(at, Field::HttpQuery) {
                Some(Value::Str(query)) if !query.is_empty() && !url.contains('?') => {
                    let query = query.trim_start_matches('?');
                    format!("{url}?{query}").into()
                }
                _ => Cow::Borrowed(url),
            },
            Some(Value::Json(object)) => url_of_object(object).into(),
            _ => {
                let description = self.description(at);
                description
                    .split_once(' ')
                    .map_or("", |(_, url)| url)
                    .into()
            }
        }
    }

    /// The transaction's name.
    pub fn transaction(&self) -> &'a str {
        let root = self.span(self.root);
        match root.name.is_empty() {
            true => &root.description,
            false => &root.name,
        }
    }

    /// Time covered by spans, overlaps counted once.
    pub fn covered(&self, spans: &[SpanIndex]) -> i64 {
        covered(
            spans
                .iter()
                .map(|at| (self.span(*at).start.0, self.span(*at).end().0)),
        )
    }

    /// Sum of durations.
    pub fn sum(&self, spans: &[SpanIndex]) -> i64 {
        spans
            .iter()
            .map(|at| self.duration(*at))
            .fold(0, i64::saturating_add)
    }
}

/// A number as Python reads it.
fn read_number(text: &str) -> Option<f64> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let between = |at: usize| at > 0 && is_digit(bytes.get(at - 1)) && is_digit(bytes.get(at + 1));
    if !text.match_indices('_').all(|(at, _)| between(at)) {
        return None;
    }
    let number: f64 = text.replace('_', "").parse().ok()?;
    number.is_finite().then_some(number)
}

/// Some transactions give a URL as the parts of JavaScript's `URL`.
fn url_of_object(json: &str) -> String {
    let object: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let part = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    part("pathname") + &part("search")
}

/// The length of the union of stretches.
pub fn covered(stretches: impl Iterator<Item = (i64, i64)>) -> i64 {
    let mut stretches: Vec<(i64, i64)> = stretches.collect();
    stretches.sort_unstable();
    let mut total = 0i64;
    let mut reached = i64::MIN;
    for (start, end) in stretches {
        let from = start.max(reached);
        if end > from {
            total = total.saturating_add(end.saturating_sub(from));
            reached = end;
        }
    }
    total
}

/// The hashes of all spans of a trace. A hash the source gives counts, then the fingerprint it gives, then the usual one.
pub fn hashes(trace: &Trace, values: &SpanValues, known: &mut Hashes) -> Vec<Arc<str>> {
    let spans = trace.spans.iter().enumerate();
    let none = Arc::<str>::default();
    let hash = |(at, span): (usize, &Span)| {
        for field in [Field::RootHash, Field::Hash] {
            if let Some(Value::Str(hash)) = values.get(field as usize, at) {
                return hash.clone();
            }
        }
        if let Some(Value::Json(list)) = values.get(Field::Fingerprint as usize, at)
            && let Ok(list) = serde_json::from_str::<Vec<String>>(list)
            && !list.is_empty()
        {
            return custom_hash(&list, &span.op, &span.description).into();
        }
        match span.segment {
            true => known.of(&none, &span.name),
            false => known.of(&span.op, &span.description),
        }
    };
    spans.map(hash).collect()
}

/// Hashes computed so far: texts repeat from trace to trace.
#[derive(Default)]
pub struct Hashes(HashMap<(Arc<str>, Arc<str>), Arc<str>>);

/// How many hashes are remembered.
const REMEMBERED: usize = 16 * 1024;

impl Hashes {
    fn of(&mut self, op: &Arc<str>, description: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.0.get(&(&**op, &**description) as &dyn Pair) {
            return known.clone();
        }
        let hash: Arc<str> = match &**op {
            "" => hash_of(&[description]).into(),
            op => span_hash(op, description).into(),
        };
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0
            .insert((op.clone(), description.clone()), hash.clone());
        hash
    }
}

/// A pair of texts, however they are held.
trait Pair {
    fn texts(&self) -> (&str, &str);
}

impl Pair for (&str, &str) {
    fn texts(&self) -> (&str, &str) {
        *self
    }
}

impl Pair for (Arc<str>, Arc<str>) {
    fn texts(&self) -> (&str, &str) {
        (&self.0, &self.1)
    }
}

impl<'a> std::borrow::Borrow<dyn Pair + 'a> for (Arc<str>, Arc<str>) {
    fn borrow(&self) -> &(dyn Pair + 'a) {
        self
    }
}

impl std::hash::Hash for dyn Pair + '_ {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.texts().hash(state);
    }
}

impl PartialEq for dyn Pair + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.texts() == other.texts()
    }
}

impl Eq for dyn Pair + '_ {}

/// Beyond so many pairs of lost spans and segments, lost spans stand by themselves.
const MOST_PAIRS: usize = 4_000_000;

/// Cuts a trace at its segments.
pub fn subjects<'a>(
    trace: &'a Trace,
    tree: &'a SpanTree,
    values: &'a SpanValues,
    hashes: &'a [Arc<str>],
) -> Vec<Subject<'a>> {
    let order = tree.preorder();
    let mut owner: Vec<SpanIndex> = (0..trace.spans.len() as u32).map(SpanIndex).collect();
    let mut lost = Vec::new();
    let mut roots: Vec<SpanIndex> = Vec::new();
    for at in &order {
        let is_segment = trace.spans[at.at()].segment;
        match tree.link(*at) {
            Link::Child(parent) if !is_segment => owner[at.at()] = owner[parent.at()],
            Link::Orphan | Link::Cut if !is_segment => lost.push(*at),
            _ => roots.push(*at),
        }
    }
    let crowded = roots.len().saturating_mul(lost.len()) > MOST_PAIRS;
    for top in lost {
        let segment = match crowded {
            true => None,
            false => home(trace, tree, values, top, &roots),
        };
        match segment {
            Some(root) => owner[top.at()] = root,
            None => roots.push(top),
        }
    }
    let mut place: HashMap<SpanIndex, usize> = HashMap::new();
    let mut subjects: Vec<Subject> = Vec::with_capacity(roots.len());
    for root in roots {
        place.insert(root, subjects.len());
        subjects.push(Subject {
            trace,
            tree,
            root,
            spans: Vec::new(),
            values,
            hashes,
        });
    }
    // Below a lost span, its descendants still name it as their owner.
    let root_of = |at: SpanIndex| {
        let own = owner[at.at()];
        owner[own.at()]
    };
    let (late, early): (Vec<SpanIndex>, Vec<SpanIndex>) = order
        .iter()
        .copied()
        .partition(|at| owner[at.at()] != root_of(*at) || is_lost(tree, trace, *at));
    for at in early.into_iter().chain(late) {
        let root = root_of(at);
        if root != at
            && let Some(place) = place.get(&root)
        {
            subjects[*place].spans.push(at);
        }
    }
    subjects
}

fn is_lost(tree: &SpanTree, trace: &Trace, at: SpanIndex) -> bool {
    matches!(tree.link(at), Link::Orphan | Link::Cut) && !trace.spans[at.at()].segment
}

/// The segment a span whose parent is missing belongs to: the one it names, the only one, or the last of its service
/// that ran when it started.
fn home(
    trace: &Trace,
    tree: &SpanTree,
    values: &SpanValues,
    top: SpanIndex,
    roots: &[SpanIndex],
) -> Option<SpanIndex> {
    let named = values.get(Field::SegmentId as usize, top.at());
    let named = named.and_then(|id| id.text().parse::<SpanId>().ok());
    if let Some(root) = named
        .and_then(|id| tree.find(trace, id))
        .filter(|at| roots.contains(at))
    {
        return Some(root);
    }
    if let [only] = roots {
        return Some(*only);
    }
    let span = &trace.spans[top.at()];
    let runs = |root: &&SpanIndex| {
        let own = &trace.spans[root.at()];
        own.service == span.service && own.start <= span.start && span.start <= own.end()
    };
    let last = roots
        .iter()
        .filter(runs)
        .max_by_key(|root| trace.spans[root.at()].start);
    last.copied()
}
