//! What a piece of error records or logs tells, as it is kept in the store: JSON of the texts, each once, and a row of
//! numbers a failure.

use super::issue::{Context, Occurrence, Sample, Source};
use super::told;
use super::told::ToldFailure;
use crate::analysis::detect::Kind;
use crate::analysis::digest::md5_hex;
use crate::analysis::errors;
use crate::model::record::RecordRef;
use crate::model::{Nanos, SpanId, TraceId};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The name of what decides what is read of a record: this program's version, and that of reading and grouping.
pub(super) fn rules() -> String {
    let program = env!("CARGO_PKG_VERSION");
    md5_hex(&[&format!("{program}/{}", errors::VERSION)])
}

#[derive(Default, Serialize, Deserialize)]
struct Piece {
    /// The first is empty.
    texts: Vec<String>,
    rows: Vec<Row>,
}

/// A failure: numbers, and places of texts.
#[derive(Serialize, Deserialize)]
struct Row {
    /// Number of the error record; of a log record the segment and then the row.
    #[serde(rename = "n")]
    record: (i64, Option<u32>),
    #[serde(rename = "i")]
    trace: (u64, u64),
    #[serde(rename = "s")]
    span: u64,
    #[serde(rename = "t")]
    start: i64,
    /// Title, fingerprint, its name in other recordings, what its records say alike, transaction, service, release,
    /// environment, user, level.
    #[serde(rename = "x")]
    texts: [u32; TEXTS],
}

const TEXTS: usize = 10;

/// Gives texts their places.
struct Places<'a> {
    known: HashMap<&'a str, u32>,
    texts: Vec<String>,
}

impl<'a> Places<'a> {
    fn of(&mut self, text: &'a str) -> u32 {
        *self.known.entry(text).or_insert_with(|| {
            self.texts.push(text.to_owned());
            (self.texts.len() - 1) as u32
        })
    }
}

/// The bytes to keep.
pub(super) fn write(failures: &[ToldFailure]) -> Vec<u8> {
    let mut places = Places {
        known: HashMap::new(),
        texts: Vec::new(),
    };
    places.of("");
    let rows = failures
        .iter()
        .filter_map(|failure| row(failure, &mut places))
        .collect();
    let texts = places.texts;
    // Texts and numbers can always be written.
    serde_json::to_vec(&Piece { texts, rows }).unwrap_or_default()
}

fn row<'a>(failure: &'a ToldFailure, places: &mut Places<'a>) -> Option<Row> {
    let ToldFailure { occurrence, shape } = failure;
    let sample = &occurrence.sample;
    let record = match sample.source {
        Source::Event(number) => (number, None),
        Source::Log(at) => (i64::from(at.segment), Some(at.row)),
        Source::Trace | Source::Span => return None,
    };
    let Context {
        release,
        environment,
        user,
        level,
    } = &sample.context;
    let optional = |text: &'a Option<Arc<str>>| text.as_deref().unwrap_or_default();
    let same = occurrence.same.as_ref();
    let same = same.map_or("", |(name, _)| name.as_str());
    let texts = [
        &occurrence.title,
        &occurrence.fingerprint,
        same,
        optional(shape),
        &sample.transaction,
        &sample.service,
        optional(release),
        optional(environment),
        optional(user),
        optional(level),
    ];
    let (high, low) = sample.trace.0.split_at(8);
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    Some(Row {
        record,
        trace: (number(high), number(low)),
        span: sample.spans.first().map_or(0, |span| span.0),
        start: sample.start.0,
        texts: texts.map(|text| places.of(text)),
    })
}

/// Adds what was kept to a list; says whether the bytes are sound.
pub(super) fn read(bytes: &[u8], list: &mut Vec<ToldFailure>) -> bool {
    let Ok(Piece { texts, rows }) = serde_json::from_slice::<Piece>(bytes) else {
        return false;
    };
    let texts: Vec<Arc<str>> = texts.into_iter().map(Arc::from).collect();
    let before = list.len();
    let count = rows.len();
    list.extend(rows.iter().map_while(|row| failure(row, &texts)));
    list.len() - before == count
}

/// A failure; `None` when a text is missing.
fn failure(row: &Row, texts: &[Arc<str>]) -> Option<ToldFailure> {
    let mut all: [Option<Arc<str>>; TEXTS] = Default::default();
    for (text, place) in all.iter_mut().zip(row.texts) {
        let known = texts.get(place as usize)?;
        *text = (!known.is_empty()).then(|| known.clone());
    }
    let [
        title,
        fingerprint,
        same,
        shape,
        transaction,
        service,
        release,
        environment,
        user,
        level,
    ] = all;
    let mut trace = [0; 16];
    trace[..8].copy_from_slice(&row.trace.0.to_be_bytes());
    trace[8..].copy_from_slice(&row.trace.1.to_be_bytes());
    let source = match row.record {
        (number, None) => Source::Event(number),
        (segment, Some(row)) => {
            let segment = u32::try_from(segment).ok()?;
            Source::Log(RecordRef { segment, row })
        }
    };
    let owned = |text: Option<Arc<str>>| text.map(|text| text.to_string());
    let occurrence = Occurrence {
        kind: Kind::Error,
        title: owned(title).unwrap_or_default(),
        fingerprint: owned(fingerprint)?,
        same: owned(same).map(told::of_any_sdk),
        sample: Sample {
            trace: TraceId(trace),
            parent: None,
            spans: SpanId(row.span).some().into_iter().collect(),
            causes: Vec::new(),
            transaction: transaction.unwrap_or_default(),
            service: service.unwrap_or_default(),
            start: Nanos(row.start),
            duration: 0,
            trace_duration: 0,
            time_to_win: None,
            evidence: Vec::new(),
            source,
            context: Context {
                release,
                environment,
                user,
                level,
            },
        },
        failure: None,
    };
    Some(ToldFailure { occurrence, shape })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: Source, texts: [&str; 4]) -> ToldFailure {
        let text = |text: &str| Some(Arc::from(text)).filter(|text: &Arc<str>| !text.is_empty());
        let [title, shape, release, transaction] = texts;
        let row = Row {
            record: (0, None),
            trace: (u64::MAX, 5),
            span: 7,
            start: i64::MIN,
            texts: [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        };
        let mut told = failure(&row, &["".into(), "1-error".into()]).unwrap();
        told.occurrence.title = title.to_owned();
        told.occurrence.same = Some(told::of_any_sdk(format!("same {title}")));
        told.shape = text(shape);
        told.occurrence.sample.context.release = text(release);
        told.occurrence.sample.transaction = transaction.into();
        told.occurrence.sample.source = source;
        told
    }

    fn shown(told: &ToldFailure) -> String {
        let Occurrence {
            title,
            fingerprint,
            same,
            sample,
            ..
        } = &told.occurrence;
        format!("{title} {fingerprint} {same:?} {sample:?} {:?}", told.shape)
    }

    #[test]
    fn what_is_kept_is_read_back_as_it_was() {
        let at = RecordRef { segment: 9, row: 3 };
        let all = [
            told(Source::Event(12), ["A: b", "A\u{1f}b", "1.5", "/pay"]),
            told(Source::Log(at), ["it \"broke\"\n", "", "", ""]),
        ];
        let bytes = write(&all);
        let mut read_back = Vec::new();
        assert!(read(&bytes, &mut read_back));
        let shown = |all: &[ToldFailure]| all.iter().map(shown).collect::<Vec<_>>();
        assert_eq!(shown(&read_back), shown(&all));
        assert!(read(&write(&[]), &mut read_back));
        assert_eq!(read_back.len(), 2);
    }

    #[test]
    fn damaged_bytes_are_noticed() {
        let bytes = write(&[told(Source::Event(1), ["A", "", "", ""])]);
        let mut list = Vec::new();
        assert!(!read(&bytes[1..], &mut list));
        assert!(!read(b"", &mut list));
        assert!(!read(br#"{"texts":[""],"rows":[{"n":[1,null],"i":[0,0],"s":0,"t":0,"x":[9,0,0,0,0,0,0,0,0,0]}]}"#, &mut list));
    }
}
