//! How fast a file becomes batches: against the floor of only splitting it into lines, parsing alone, and the whole pipeline.
//! The same records as JSON and as protobuf; spans a second is what compares the two.

mod support;

use divan::counter::{BytesCount, ItemsCount};
use headwater::import::format::Cutting;
use headwater::import::limits::SNIFF_BYTES;
use headwater::import::stretch::Stretch;
use headwater::import::{FORMATS, Format, Options, Progress, import_file};
use headwater::model::CancelToken;
use headwater::model::report::FileReport;
use headwater::store::Writer;
use std::io::Write;
use support::floor::Floor;

/// About 90 MB.
const SPANS: usize = 100_000;

fn main() {
    divan::main();
}

/// The floor: finding the line ends.
#[divan::bench]
fn lines_only(bencher: divan::Bencher) {
    let text = support::otlp_spans(SPANS);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| divan::black_box(&text).lines().count());
}

/// The same records in one of OTLP's forms.
#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    Proto,
}

const FORMS: [Form; 2] = [Form::Json, Form::Proto];

impl Form {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Json => support::otlp_spans(SPANS).into_bytes(),
            Self::Proto => support::otlp_spans_proto(SPANS),
        }
    }

    fn format(self) -> &'static Format {
        let id = match self {
            Self::Json => "otlp-json",
            Self::Proto => "otlp-proto",
        };
        let format = FORMATS.iter().find(|format| format.id == id);
        format.expect("it is built in")
    }
}

/// One thread parses stretch by stretch and throws away.
#[divan::bench(args = FORMS)]
fn parse_one_thread(bencher: divan::Bencher, form: Form) {
    let (bytes, format) = (form.bytes(), form.format());
    bencher
        .counter(BytesCount::new(bytes.len()))
        .counter(ItemsCount::new(SPANS))
        .with_inputs(|| stretches(&bytes, format))
        .bench_values(|stretches| {
            let parsed = stretches.into_iter().map(|stretch| {
                let parsed = (format.parse)(stretch, &CancelToken::default());
                parsed.map_or(0, |parsed| parsed.batch.spans.len())
            });
            assert_eq!(parsed.sum::<usize>(), SPANS);
        });
}

/// The stretches that import would cut a file into.
fn stretches(bytes: &[u8], format: &Format) -> Vec<Stretch> {
    let mut cutter = (format.cutter)(&bytes[..bytes.len().min(SNIFF_BYTES)]);
    let mut stretches = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let buffer = &rest[..rest.len().min(cutter.stretch_bytes())];
        let Cutting::At { end, .. } = cutter.cut(buffer, buffer.len() == rest.len()) else {
            panic!("requests are smaller than stretches");
        };
        stretches.push(Stretch {
            bytes: rest[..end].to_vec(),
            line: 1,
            by_lines: cutter.by_lines(),
            ..Stretch::default()
        });
        rest = &rest[end..];
    }
    stretches
}

/// File to store: parsed, encoded, written and committed. What a person waits for.
#[divan::bench(sample_count = 10, args = FORMS)]
fn into_a_store(bencher: divan::Bencher, form: Form) {
    let bytes = form.bytes();
    let file = written(&bytes);
    bencher
        .counter(BytesCount::new(bytes.len()))
        .counter(ItemsCount::new(SPANS))
        .with_inputs(|| tempfile::tempdir().expect("a temporary folder"))
        .bench_values(|folder| {
            let store = folder.path().join("bench.store");
            let mut writer = Writer::open(&store).expect("a new store opens");
            let (options, progress) = (Options::default(), Progress::default());
            let cancel = CancelToken::default();
            let mut done = |report: FileReport| assert_eq!(report.counts.spans, SPANS as u64);
            import_file(
                file.path(),
                &mut writer,
                &options,
                &progress,
                &cancel,
                &mut done,
            );
            folder
        });
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file
}

/// File to counting sink, all cores.
#[divan::bench(args = FORMS)]
fn whole_pipeline(bencher: divan::Bencher, form: Form) {
    let bytes = form.bytes();
    let file = written(&bytes);
    bencher
        .counter(BytesCount::new(bytes.len()))
        .counter(ItemsCount::new(SPANS))
        .bench(|| {
            let mut sink = Floor::parsed();
            let (options, progress) = (Options::default(), Progress::default());
            let cancel = CancelToken::default();
            let mut done = |report: FileReport| assert_eq!(report.counts.spans, SPANS as u64);
            import_file(
                file.path(),
                &mut sink,
                &options,
                &progress,
                &cancel,
                &mut done,
            );
            assert_eq!(sink.records, SPANS as u64);
        });
}
