//! How fast a file becomes batches: against the floor of only splitting it into lines, parsing alone, and the whole pipeline.

mod support;

use divan::counter::{BytesCount, ItemsCount};
use headwater::import::stretch::Stretch;
use headwater::import::{FORMATS, Options, Progress, import_file};
use headwater::model::CancelToken;
use headwater::model::batch::Batch;
use headwater::model::report::FileReport;
use headwater::model::sink::*;
use headwater::store::Writer;
use std::io::Write;
use std::sync::Arc;

/// About 90 MB.
const SPANS: usize = 100_000;

fn main() {
    divan::main();
}

/// Counts what it is given and forgets it.
#[derive(Default)]
struct Counting {
    spans: u64,
}

struct Count;

impl Encode for Count {
    type Encoded = u64;
    fn encode(&self, batch: Batch) -> u64 {
        batch.spans.len() as u64
    }
}

impl Sink for Counting {
    type Encoder = Count;
    fn encoder(&self) -> Arc<Count> {
        Arc::new(Count)
    }
    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError> {
        Ok(Vec::new())
    }
    fn begin(&mut self, _: &FileIdentity, _: Option<ImportId>) -> Result<ImportId, SinkError> {
        Ok(ImportId(1))
    }
    fn commit(&mut self, _: ImportId, spans: u64, _: Checkpoint) -> Result<Committed, SinkError> {
        self.spans += spans;
        Ok(Committed {
            spans,
            ..Committed::default()
        })
    }
    fn finish(&mut self, _: ImportId, _: &FileReport, _: bool) -> Result<(), SinkError> {
        Ok(())
    }
}

/// The floor: finding the line ends.
#[divan::bench]
fn lines_only(bencher: divan::Bencher) {
    let text = support::otlp_spans(SPANS);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| divan::black_box(&text).lines().count());
}

/// One thread parses and throws away.
#[divan::bench]
fn parse_one_thread(bencher: divan::Bencher) {
    let text = support::otlp_spans(SPANS);
    let format = FORMATS
        .iter()
        .find(|format| format.id == "otlp-json")
        .expect("it is built in");
    bencher
        .counter(BytesCount::of_str(&text))
        .with_inputs(|| Stretch {
            bytes: text.clone().into_bytes(),
            line: 1,
            by_lines: true,
            ..Stretch::default()
        })
        .bench_values(|stretch| (format.parse)(stretch, &CancelToken::default()));
}

/// File to store: parsed, encoded, written and committed. What a person waits for.
#[divan::bench(sample_count = 10)]
fn into_a_store(bencher: divan::Bencher) {
    let text = support::otlp_spans(SPANS);
    let file = written(&text);
    bencher
        .counter(BytesCount::of_str(&text))
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

fn written(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("room for it");
    file
}

/// File to counting sink, all cores.
#[divan::bench]
fn whole_pipeline(bencher: divan::Bencher) {
    let text = support::otlp_spans(SPANS);
    let file = written(&text);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let mut sink = Counting::default();
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
        assert_eq!(sink.spans, SPANS as u64);
    });
}
