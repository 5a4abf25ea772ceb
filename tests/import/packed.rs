//! Compressed files against uncompressed ones.

use crate::archive_support::{brotli, deflate, zlib, zlib_at};
use crate::import_support::{Memory, import, import_bytes};
use crate::proto_support::*;
use headwater::model::report::{FileReport, Outcome};
use proptest::prelude::*;

fn assert_reads_like(packed: &[u8], plain: &[u8], what: &str) {
    let (expected, plain) = import_bytes(plain);
    let (report, sink) = import_bytes(packed);
    assert_eq!(report.outcome, Outcome::Complete, "{what}");
    assert_eq!(report.counts, expected.counts, "{what}");
    assert_eq!(report.format, expected.format, "{what}");
    assert_eq!(report.problems, expected.problems, "{what}");
    assert_eq!(records(&sink), records(&plain), "{what}");
}

#[test]
fn compressed_files_read_like_others() {
    for name in [
        "proto/traces.pb",
        "proto/logs.jsonl",
        "logs-python.envelope",
        "otel-b-some-traces.jsonl",
    ] {
        let plain = read(name);
        assert_reads_like(&gzip(&plain), &plain, name);
        assert_reads_like(&zstd_of(&plain), &plain, name);
        let (one, two) = plain.split_at(plain.len() / 3);
        assert_reads_like(&[zstd_of(one), zstd_of(two)].concat(), &plain, name);
        assert_reads_like(&[gzip(one), gzip(two)].concat(), &plain, name);
    }
    let json = read("proto/traces.jsonl");
    let lines: Vec<_> = json.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    assert_reads_like(&zstd_records(&lines), &json, "records of JSON");
    let proto = [request(&[span(1, &[])]), request(&[span(2, &[])])];
    let plain = proto.each_ref().map(|message| framed(message)).concat();
    let records = zstd_records(&[&proto[0], &proto[1]]);
    assert_reads_like(&records, &plain, "records of protobuf");
}

#[test]
fn a_compressed_file_is_recognised_again() {
    let folder = tempfile::tempdir().unwrap();
    let plain = read("otel-b-some-traces.jsonl");
    let half = plain.len() / 2
        + plain[plain.len() / 2..]
            .iter()
            .position(|b| *b == b'\n')
            .unwrap()
        + 1;
    let path = folder.path().join("a.jsonl.zst");
    let mut sink = Memory::default();
    let mut read_again = |bytes: &[u8]| -> FileReport {
        std::fs::write(&path, bytes).unwrap();
        import(&path, &mut sink)
    };
    let first = [zstd_of(&plain[..half])].concat();
    let both = [first.clone(), zstd_of(&plain[half..])].concat();
    let report = read_again(&first);
    assert_eq!(
        (report.outcome, report.bytes),
        (Outcome::Complete, half as u64)
    );
    assert_eq!(read_again(&first).outcome, Outcome::AlreadyImported);
    let grown = read_again(&both);
    assert_eq!(grown.bytes, (plain.len() - half) as u64);
    assert_eq!(report.counts.spans + grown.counts.spans, 124);
    assert_eq!(grown.duplicates, 0);
    for twin in [both, plain.clone(), gzip(&plain)] {
        assert_eq!(read_again(&twin).outcome, Outcome::AlreadyImported);
    }
}

#[test]
fn a_compressed_file_that_breaks_off_is_kept_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let plain = read("otel-b-some-traces.jsonl");
    let (one, two) = plain.split_at(plain.len() / 2);
    let frames = [zstd_of(one), zstd_of(two)].concat();
    for (name, packed) in [("a.gz", gzip(&plain)), ("a.zst", frames)] {
        let path = folder.path().join(name);
        let mut sink = Memory::default();
        // zstd gives what it has only block by block, of 128 KiB or a frame.
        std::fs::write(&path, &packed[..packed.len() - 20]).unwrap();
        let report = import(&path, &mut sink);
        assert_eq!(report.outcome, Outcome::Complete);
        let said = |report: &FileReport| {
            let reasons = report.problems.skipped.iter();
            reasons
                .map(|skipped| skipped.reason.clone())
                .collect::<String>()
        };
        assert!(said(&report).contains("not complete"), "{}", said(&report));
        assert!(report.counts.spans > 0);
        std::fs::write(&path, &packed).unwrap();
        let rest = import(&path, &mut sink);
        assert_eq!(
            (rest.outcome, said(&rest).as_str()),
            (Outcome::Complete, "")
        );
        assert_eq!(report.counts.spans + rest.counts.spans, 124);
    }
    let (report, _) = import_bytes(&gzip(&plain)[..15]);
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.error.is_some_and(|error| error.contains("gzip")));
    let (report, _) = import_bytes(&gzip(b"only words"));
    assert!(
        report
            .error
            .is_some_and(|error| error.contains("gzip") && error.contains("text"))
    );
}

#[test]
fn packings_without_a_beginning_of_their_own_are_found_by_trying() {
    for name in [
        "proto/traces.pb",
        "proto/logs.jsonl",
        "logs-python.envelope",
        "otel-b-some-traces.jsonl",
        "jaeger/some-traces.json",
        "logs/pino.ndjson",
        "logs/structlog.logfmt",
        "logs/error-chained.json",
    ] {
        let plain = read(name);
        assert_reads_like(&deflate(&plain), &plain, name);
        assert_reads_like(&brotli(&plain), &plain, name);
        // Every level has its own two bytes at the beginning.
        let levels = [1, 3, 6, 9].map(|level| zlib_at(&plain, level));
        let begins: Vec<_> = levels.iter().map(|packed| packed[1]).collect();
        assert_eq!(begins, [0x01, 0x5E, 0x9C, 0xDA]);
        for packed in levels {
            assert_reads_like(&packed, &plain, name);
        }
    }
}

#[test]
fn a_name_decides_nothing_about_how_a_file_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let plain = read("logs-python.envelope");
    for (name, packed) in [
        ("a.json", brotli(&plain)),
        ("a.br", deflate(&plain)),
        ("a.gz", zlib(&plain)),
        ("a.zip", plain.clone()),
        ("a.tar", brotli(&plain)),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, packed).unwrap();
        let report = import(&path, &mut Memory::default());
        assert_eq!(
            (report.outcome, report.error),
            (Outcome::Complete, None),
            "{name}"
        );
    }
}

#[test]
fn what_is_unpacked_but_unknown_says_how_it_is_packed() {
    let (report, _) = import_bytes(&zlib(b"only words"));
    let error = report.error.unwrap();
    assert!(
        error.contains("compressed with zlib") && error.contains("text"),
        "{error}"
    );
    let plain = read("logs-python.envelope");
    for (twice, outer, inner) in [
        (gzip(&zstd_of(&plain)), "gzip", "zstd"),
        (zlib(&gzip(&plain)), "zlib", "gzip"),
        (gzip(&brotli(&plain)), "gzip", "brotli"),
        (zstd_of(&deflate(&plain)), "zstd", "deflate"),
    ] {
        let error = import_bytes(&twice).0.error.unwrap();
        assert!(
            error.contains(&format!("compressed with {outer}")),
            "{error}"
        );
        assert!(
            error.contains(&format!("once more with {inner}")),
            "{error}"
        );
    }
    // Text that begins like zlib is text.
    let (report, _) = import_bytes(b"x^2 + y^2 = z^2, as everyone knows");
    let error = report.error.unwrap();
    assert!(error.contains("text of an unknown kind"), "{error}");
}

#[test]
fn what_follows_the_end_of_a_packing_is_told() {
    let plain = read("logs-python.envelope");
    for pack in [zlib, deflate, brotli] {
        let (report, _) = import_bytes(&[pack(&plain), b"and more".to_vec()].concat());
        assert_eq!(report.outcome, Outcome::Complete);
        assert_eq!(report.problems.skipped_total, 1, "{:?}", report.problems);
        let (report, _) = import_bytes(&pack(&plain)[..pack(&plain).len() * 2 / 3]);
        let said = &report.problems.skipped;
        assert!(
            said.iter().any(|skip| skip.reason.contains("not complete")),
            "{said:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_packings_never_panic(
        which in 0_usize..5,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..6),
    ) {
        let plain = read("logs-python.envelope");
        let mut bytes = [gzip, zstd_of, zlib, deflate, brotli][which](&plain);
        for (at, flip) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        let (report, _) = import_bytes(&bytes);
        let error = report.error.unwrap_or_default();
        assert!(!error.contains("made a mistake"), "{error}");
        assert_eq!(report.outcome == Outcome::Failed, !error.is_empty());
    }

    #[test]
    fn what_is_nothing_is_not_taken_for_packed(bytes in prop::collection::vec(any::<u8>(), 8..4000)) {
        let (report, sink) = import_bytes(&bytes);
        assert_eq!(report.outcome, Outcome::Failed, "{report:?}");
        assert!(sink.batches.is_empty());
    }
}
