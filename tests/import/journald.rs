//! The systemd journal in all its writings: the export format, JSON lines, sequences and events; and damage to them.

use crate::import_support::{Memory, import, import_bytes};
use headwater::import::FORMATS;
use headwater::model::batch::{Batch, BatchValue, LogRecord};
use headwater::model::report::{FileReport, Outcome};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data/journald").join(name)
}

fn attr(batch: &Batch, log: &LogRecord, name: &str) -> Option<String> {
    batch.attr(&log.attrs, name).map(|value| match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    })
}

fn service<'b>(batch: &'b Batch, log: &LogRecord) -> &'b str {
    batch.text(batch.resources[log.resource as usize].service)
}

fn claims(bytes: &[u8]) -> Vec<&'static str> {
    let prefix = &bytes[..bytes.len().min(64 * 1024)];
    let claims = FORMATS.iter().filter(|format| (format.sniff)(prefix));
    claims.map(|format| format.id).collect()
}

fn remarks(report: &FileReport) -> Vec<(u64, &str)> {
    let remarks = report.problems.remarks.iter();
    remarks
        .map(|remark| (remark.times, remark.text.as_str()))
        .collect()
}

#[test]
fn an_export_holds_what_was_logged() {
    let bytes = std::fs::read(data("shop.export")).unwrap();
    assert_eq!(claims(&bytes), ["journald-export"]);
    let mut sink = Memory::default();
    let report = import(&data("shop.export"), &mut sink);
    assert_eq!((report.counts.logs, report.problems.skipped_total), (4, 0));
    assert_eq!(
        remarks(&report),
        [
            (2, "Bytes that are not UTF-8 were replaced by \u{FFFD}"),
            (1, "Colour codes in messages were left out")
        ]
    );
    let batch = &sink.batches[0];
    let [done, broke, slow, odd] = &batch.logs[..] else {
        panic!("four records");
    };
    assert_eq!(done.time.0, 1_795_243_582_720_579_000);
    assert_eq!((done.severity, batch.text(done.body)), (9, "request done"));
    assert_eq!(done.trace.to_string(), "5af7183fb1d4cf5f5af7183fb1d4cf5f");
    assert_eq!(done.span.to_string(), "352bff9a74ca9ad2");
    assert_eq!(service(batch, done), "shop-api");
    for (name, value) in [
        ("__CURSOR", "s=8d3a;i=1;b=91;m=5c;t=64;x=1"),
        ("_HOSTNAME", "web-1"),
        ("_PID", "812"),
        ("CODE_FILE", "cart.py"),
        ("_SYSTEMD_UNIT", "shop-api.service"),
        ("_SOURCE_REALTIME_TIMESTAMP", "1795243582720000"),
    ] {
        assert_eq!(attr(batch, done, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(
        (broke.severity, service(batch, broke)),
        (17, "cart.service")
    );
    let body = batch.text(broke.body);
    assert!(body.starts_with("it broke\n\nTraceback") && body.ends_with("KeyError: 'sku'"));
    // The message was an object: what it says counts.
    assert_eq!((slow.severity, batch.text(slow.body)), (13, "slow query"));
    assert_eq!(slow.time.0, 1_795_243_582_500_000_000);
    assert_eq!(slow.trace, done.trace);
    assert_eq!(attr(batch, slow, "db.rows").as_deref(), Some("Int(12)"));
    assert_eq!(attr(batch, slow, "PRIORITY").as_deref(), Some("6"));
    assert_eq!(attr(batch, slow, "MESSAGE"), None);
    assert_eq!(batch.text(odd.body), "caf\u{FFFD} red");
    assert_eq!(
        attr(batch, odd, "COREDUMP").as_deref(),
        Some("\0\u{1}\u{FFFD}\n\n\u{2}")
    );
    assert_eq!(service(batch, odd), "kernel-thing");
}

#[test]
fn json_of_the_journal_in_all_its_writings() {
    let lines = std::fs::read_to_string(data("shop.json")).unwrap();
    let each = |before: &str, after: &str| -> String {
        lines
            .lines()
            .map(|line| format!("{before}{line}\n{after}"))
            .collect()
    };
    for text in [lines.clone(), each("\u{1E}", ""), each("data: ", "\n")] {
        assert_eq!(claims(text.as_bytes()), ["ndjson-logs"], "{text}");
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(
            (report.counts.logs, report.problems.skipped_total),
            (4, 0),
            "{report:?}"
        );
        assert_eq!(remarks(&report).len(), 2, "{report:?}");
        let batch = &sink.batches[0];
        let [done, broke, empty, slow] = &batch.logs[..] else {
            panic!("four records");
        };
        assert_eq!(done.time.0, 1_795_243_582_720_579_000);
        assert_eq!((done.severity, batch.text(done.body)), (9, "request done"));
        assert_eq!(service(batch, done), "shop-api");
        assert_eq!(done.span.to_string(), "352bff9a74ca9ad2");
        assert_eq!(batch.text(broke.body), "café\nred");
        assert_eq!(
            (broke.severity, service(batch, broke)),
            (17, "cart.service")
        );
        assert_eq!(
            attr(batch, broke, "_PID").as_deref(),
            Some("[\"812\",\"813\"]")
        );
        assert_eq!((empty.severity, service(batch, empty)), (13, "dumper"));
        assert_eq!(
            (slow.severity, batch.text(slow.body)),
            (13, "slow \"query\"")
        );
        assert_eq!(attr(batch, slow, "db.rows").as_deref(), Some("Int(12)"));
    }
}

#[test]
fn a_bad_line_or_field_is_left_out_alone() {
    let record = |id: u32| {
        format!("__CURSOR={id}\n__REALTIME_TIMESTAMP=1795243582720579\nMESSAGE=m{id}\n\n")
            .into_bytes()
    };
    let length = |len: u64| [&b"MESSAGE\n"[..], &len.to_le_bytes()[..], b"some text\n\n"].concat();
    let head = b"__CURSOR=9\n__REALTIME_TIMESTAMP=1795243582720579\n".to_vec();
    for (bad, logs, skipped, line) in [
        // A line that is no field costs only itself.
        (
            [&head[..], b"what is this\nMESSAGE=x\n\n"].concat(),
            4,
            1,
            7,
        ),
        (b"what is this\n\n".to_vec(), 3, 1, 5),
        // The length is too short, too long for the record, or absurd.
        ([head.clone(), length(u64::MAX)].concat(), 4, 2, 7),
        ([head.clone(), length(1 << 20)].concat(), 3, 1, 5),
    ] {
        let file = [record(1), bad.clone(), record(2), record(3)].concat();
        let (report, sink) = import_bytes(&file);
        let shown = String::from_utf8_lossy(&bad);
        assert_eq!(report.counts.logs, logs, "{shown}: {report:?}");
        assert_eq!(
            report.problems.skipped_total, skipped,
            "{shown}: {report:?}"
        );
        assert_eq!(report.problems.skipped[0].line, line, "{shown}");
        let batch = sink.batches.last().unwrap();
        let last = batch.logs.last().unwrap();
        assert_eq!(batch.text(last.body), "m3");
    }
}

#[test]
fn a_truncated_export_keeps_what_came_before_and_goes_on_when_it_grew() {
    let whole = std::fs::read(data("shop.export")).unwrap();
    let third = memchr::memmem::find(&whole, b"i=3").unwrap();
    for cut in [third + 40, third - 30 + 100] {
        let (report, _) = import_bytes(&whole[..cut]);
        assert_eq!(report.outcome, Outcome::Complete);
        assert_eq!(
            (report.counts.logs, report.problems.skipped_total),
            (2, 1),
            "{report:?}"
        );
        assert!(
            report.problems.skipped[0]
                .reason
                .contains("the file ends within it")
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &whole[..cut]).unwrap();
        let mut sink = Memory::default();
        import(file.path(), &mut sink);
        std::fs::write(file.path(), &whole).unwrap();
        let report = import(file.path(), &mut sink);
        assert_eq!(report.counts.logs, 2, "{report:?}");
        assert_eq!(report.problems.skipped_total, 0);
    }
}

#[test]
fn only_exports_are_recognised() {
    for no in [
        "",
        "\n\n",
        "A=b\nC=d\n\n",
        "__CURSOR=x\nMESSAGE=y\n\n",
        "__REALTIME_TIMESTAMP=x\n\n",
        "__REALTIME_TIMESTAMP=1\nlevel=info msg=a\n",
        "level=info msg=a\n",
    ] {
        assert!(
            !claims(no.as_bytes()).contains(&"journald-export"),
            "{no:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damage_never_panics_and_never_goes_unsaid(at in 0usize..3000, byte: u8, cut in 100usize..3000) {
        let whole = std::fs::read(data("shop.export")).unwrap();
        let mut bytes = whole.clone();
        let at = at % bytes.len();
        bytes[at] = byte;
        let (report, _) = import_bytes(&bytes);
        prop_assert!(report.error.as_ref().is_none_or(|error| !error.contains("mistake")));
        // A line end less joins two records, which is no damage that can be told.
        let joined = whole[at] == b'\n' || byte == b'\n';
        let said = report.problems.skipped_total > 0 || report.error.is_some();
        prop_assert!(report.counts.logs == 4 || said || joined, "{report:?}");
        let (report, _) = import_bytes(&whole[..cut % whole.len()]);
        prop_assert!(report.error.as_ref().is_none_or(|error| !error.contains("mistake")));
    }
}
