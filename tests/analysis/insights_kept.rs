//! What detectors found is kept: only what is new or has changed is looked at again, and the answer is the same as that of
//! a look at everything.

use headwater::analysis::detect::thresholds::Threshold;
use headwater::analysis::detect::{Kind, Settings};
use headwater::import;
use headwater::insights::issues::{self, Issue};
use headwater::model::CancelToken;
use headwater::model::sink::{ImportId, Sink};
use headwater::store::{Failures, Filter, Findings, Kept, Reader, Writer};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// A store that vanishes.
struct Store {
    folder: tempfile::TempDir,
    writer: Writer,
    pieces: usize,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::open(&folder.path().join("kept.store")).unwrap();
        Self {
            folder,
            writer,
            pieces: 0,
        }
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.folder.path().join("kept.store")).unwrap()
    }

    fn import(&mut self, path: &Path) {
        let (options, progress) = (import::Options::default(), import::Progress::default());
        let cancel = CancelToken::default();
        import::import_file(
            path,
            &mut self.writer,
            &options,
            &progress,
            &cancel,
            &mut |_| (),
        );
    }

    /// Imports lines as a file of their own.
    fn import_lines(&mut self, lines: &[&str]) {
        self.pieces += 1;
        let path = self.folder.path().join(format!("{}.jsonl", self.pieces));
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        self.import(&path);
    }

    /// The issues, and what was looked at and read for them.
    fn find(&self, settings: &Settings) -> (Vec<Issue>, Vec<Kept>) {
        let mut all_kept = Vec::new();
        let mut keep = |kept| all_kept.push(kept);
        let (all, cancel) = (Filter::default(), CancelToken::default());
        let found = issues::find(&self.reader(), &all, settings, &cancel, &mut keep).unwrap();
        (found, all_kept)
    }

    /// The issues, and what was found in traces that were looked at for them.
    fn look(&self, settings: &Settings) -> (Vec<Issue>, Vec<Findings>) {
        let (found, kept) = self.find(settings);
        let findings = kept.into_iter().filter_map(|kept| match kept {
            Kept::Findings(findings) => Some(findings),
            Kept::Failures(_) => None,
        });
        (found, findings.collect())
    }

    /// The issues, and of how many pieces what errors and logs tell was read; which is kept.
    fn read_and_keep(&mut self) -> (Vec<Issue>, usize) {
        let (found, kept) = self.find(&Settings::default());
        let mut pieces = 0;
        for failures in failures(&kept) {
            let taken = self.writer.keep_failures(failures).unwrap();
            assert_eq!(taken, failures.pieces.len());
            pieces += taken;
        }
        (found, pieces)
    }

    fn last_import(&mut self) -> ImportId {
        let known = self.writer.known().unwrap();
        let last = known.iter().map(|known| known.id).max();
        last.unwrap_or(ImportId(0))
    }

    /// As [`Self::look`], and keeps what was found.
    fn look_and_keep(&mut self, settings: &Settings) -> (Vec<Issue>, Vec<i64>) {
        let (found, looked) = self.look(settings);
        for findings in &looked {
            assert!(self.writer.keep_findings(findings).unwrap());
        }
        (found, traces(&looked))
    }
}

fn traces(looked: &[Findings]) -> Vec<i64> {
    let traces = looked.iter().flat_map(|findings| &findings.traces);
    traces.map(|(number, _)| *number).collect()
}

fn failures(kept: &[Kept]) -> impl Iterator<Item = &Failures> {
    kept.iter().filter_map(|kept| match kept {
        Kept::Failures(failures) => Some(failures),
        Kept::Findings(_) => None,
    })
}

fn errors(issues: &[Issue]) -> Vec<Issue> {
    let errors = issues.iter().filter(|issue| issue.kind == Kind::Error);
    errors.cloned().collect()
}

fn shop(release: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/shop");
    root.join(format!("release-{release}.otlp.jsonl"))
}

/// Settings that find the same under other rules: nothing is kept of these.
fn anew() -> Settings {
    Settings {
        payload_paths: vec!["/nowhere".to_owned()],
        ..Settings::default()
    }
}

/// An issue without the places of its records, which are other ones in another store.
fn facts(issues: Vec<Issue>) -> Vec<Issue> {
    let mut issues = issues;
    for issue in &mut issues {
        for sample in &mut issue.samples {
            sample.source = issues::Source::Trace;
        }
    }
    issues
}

fn whole() -> Vec<Issue> {
    let mut store = Store::new();
    store.import(&shop("1.4.0"));
    store.look(&Settings::default()).0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn pieces_in_any_order_give_what_the_whole_gives(
        order in Just((0..48usize).collect::<Vec<_>>()).prop_shuffle(),
        cuts in prop::collection::vec(1..20usize, 3),
    ) {
        let text = std::fs::read_to_string(shop("1.4.0")).unwrap();
        let all: Vec<&str> = text.lines().collect();
        let mut lines: Vec<&str> = order.iter().filter_map(|at| all.get(*at).copied()).collect();
        lines.extend(all.iter().skip(order.len()));
        let mut store = Store::new();
        let mut rest = lines.as_slice();
        for cut in cuts {
            let (piece, later) = rest.split_at(cut.min(rest.len()));
            store.import_lines(piece);
            store.look_and_keep(&Settings::default());
            rest = later;
        }
        store.import_lines(rest);
        let (found, _) = store.look_and_keep(&Settings::default());
        let (again, looked) = store.look_and_keep(&Settings::default());
        prop_assert_eq!(looked, Vec::<i64>::new());
        prop_assert_eq!(&again, &found);
        prop_assert_eq!(&store.look(&anew()).0, &found);
        prop_assert_eq!(facts(found), facts(whole()));
    }
}

#[test]
fn only_what_is_new_or_has_changed_is_looked_at() {
    let mut store = Store::new();
    store.import(&shop("1.4.0"));
    let (before, looked) = store.look_and_keep(&Settings::default());
    assert!(before.iter().any(|issue| issue.kind == Kind::NPlusOneDb));
    assert!(before.iter().any(|issue| issue.kind == Kind::Error));
    let first = looked.len();
    assert!(first > 10, "{first}");
    store.import(&shop("1.5.0"));
    let (_, looked) = store.look_and_keep(&Settings::default());
    let all = store.reader().overview().unwrap().traces as usize;
    assert!(!looked.is_empty() && looked.len() == all - first);
    // The same file again changes nothing.
    store.import(&shop("1.4.0"));
    assert_eq!(store.look(&Settings::default()).1, []);
}

#[test]
fn another_threshold_looks_at_everything_again() {
    let mut store = Store::new();
    store.import(&shop("1.4.0"));
    let (before, looked) = store.look_and_keep(&Settings::default());
    let set = |writer: &mut Writer, value| {
        writer.set_detector("n_plus_one_db.count", value).unwrap();
    };
    set(&mut store.writer, Some("1000"));
    store.writer.set_detector("of.tomorrow", Some("1")).unwrap();
    let settings = issues::settings(&store.reader()).unwrap();
    let threshold = Threshold::named("n_plus_one_db.count").unwrap();
    assert_eq!(threshold.value(&settings), "1000");
    let (found, again) = store.look_and_keep(&settings);
    assert_eq!(looked, again);
    assert!(found.iter().all(|issue| issue.kind != Kind::NPlusOneDb));
    set(&mut store.writer, None);
    let settings = issues::settings(&store.reader()).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(store.look_and_keep(&settings).0, before);
}

#[test]
fn what_an_import_brought_goes_with_it() {
    let mut store = Store::new();
    store.import(&shop("1.5.0"));
    let (before, _) = store.look_and_keep(&Settings::default());
    store.import(&shop("1.4.0"));
    store.look_and_keep(&Settings::default());
    let import = store.last_import();
    store.writer.remove_import(import).unwrap();
    let (after, looked) = store.look_and_keep(&Settings::default());
    assert_eq!(after, before);
    assert_eq!(
        looked,
        Vec::<i64>::new(),
        "what is left is what was looked at"
    );
}

#[test]
fn a_trace_that_changes_while_it_is_looked_at_is_looked_at_again() {
    let text = std::fs::read_to_string(shop("1.4.0")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (some, rest) = lines.split_at(lines.len() / 2);
    let mut store = Store::new();
    store.import_lines(some);
    let (_, looked) = store.look(&Settings::default());
    store.import_lines(rest);
    for findings in &looked {
        assert!(store.writer.keep_findings(findings).unwrap());
        assert!(!store.writer.keep_findings(findings).unwrap(), "not twice");
    }
    let (found, again) = store.look_and_keep(&Settings::default());
    assert_eq!(store.look(&anew()).0, found);
    let changed = again
        .iter()
        .filter(|number| traces(&looked).contains(number));
    assert!(changed.count() > 0, "traces that both halves have");
    assert!(again.len() < store.reader().overview().unwrap().traces as usize);
}

#[test]
fn findings_that_cannot_be_read_are_found_again() {
    let mut store = Store::new();
    store.import(&shop("1.4.0"));
    let (before, mut looked) = store.look(&Settings::default());
    for (_, found) in looked.iter_mut().flat_map(|findings| &mut findings.traces) {
        found.truncate(found.len() / 2);
    }
    for findings in &looked {
        store.writer.keep_findings(findings).unwrap();
    }
    assert_eq!(store.look(&Settings::default()), (before, Vec::new()));
}

#[test]
fn what_errors_and_logs_tell_is_read_once() {
    let mut store = Store::new();
    store.import(&shop("1.5.0"));
    let (before, pieces) = store.read_and_keep();
    assert!(pieces >= 2, "errors and logs: {pieces}");
    assert!(errors(&before).iter().any(|issue| issue.sources[1] > 0));
    let (again, pieces) = store.read_and_keep();
    assert_eq!((&again, pieces), (&before, 0));
    store.import(&shop("1.4.0"));
    let (more, pieces) = store.read_and_keep();
    assert!(pieces >= 2, "only those of the new import: {pieces}");
    let errors_of = |issues: &[Issue]| errors(issues).iter().map(|issue| issue.count).sum::<u64>();
    assert!(errors_of(&more) > errors_of(&before));
    assert_eq!(store.look(&anew()).0, more);
    let import = store.last_import();
    store.writer.remove_import(import).unwrap();
    let (after, pieces) = store.read_and_keep();
    assert_eq!((&after, pieces), (&before, 0));
}

#[test]
fn what_was_read_of_other_records_is_not_kept() {
    let mut store = Store::new();
    store.import(&shop("1.4.0"));
    let (first, early) = store.find(&Settings::default());
    store.import(&shop("1.5.0"));
    let (both, late) = store.find(&Settings::default());
    for failures in failures(&late) {
        store.writer.keep_failures(failures).unwrap();
    }
    for failures in failures(&early) {
        let taken = store.writer.keep_failures(failures).unwrap();
        assert_eq!(taken, 0, "it is kept already");
    }
    assert_eq!(store.read_and_keep(), (both, 0));
    // Of an import that is gone nothing is kept, nor anything that would leave records out.
    let import = store.last_import();
    store.writer.remove_import(import).unwrap();
    for failures in failures(&late) {
        store.writer.keep_failures(failures).unwrap();
    }
    let (found, _) = store.read_and_keep();
    assert_eq!(errors(&found), errors(&first));
}

#[test]
fn what_was_found_before_is_there_at_once() {
    let mut store = Store::new();
    store.import(&shop("1.4.0"));
    let before = |store: &Store| {
        let cancel = CancelToken::default();
        issues::found_before(&store.reader(), &Settings::default(), &cancel).unwrap()
    };
    assert_eq!(before(&store), []);
    let (found, kept) = store.find(&Settings::default());
    for kept in &kept {
        store.writer.keep(kept).unwrap();
    }
    assert_eq!(before(&store), found);
    store.import(&shop("1.5.0"));
    assert_eq!(before(&store), found, "nothing is looked at");
}
