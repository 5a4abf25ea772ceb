//! Archives: every member as if it had been a file, and whatever may be wrong with them.

use crate::archive_support::*;
use crate::cli_support::Program;
use crate::import_support::{Memory, import, import_each};
use crate::proto_support::{data, gzip, read, records, zstd_of};
use headwater::import::{Options, Progress, import_file, limits};
use headwater::model::CancelToken;
use headwater::model::report::{FileReport, Outcome};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::Ordering;

/// A folder to import from, with a sink that stays.
struct Place {
    folder: tempfile::TempDir,
    sink: Memory,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            sink: Memory::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn import(&mut self, name: &str, bytes: &[u8]) -> Vec<FileReport> {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        import_each(&path, &mut self.sink, &CancelToken::default())
    }
}

fn import_archive(bytes: &[u8]) -> (Vec<FileReport>, Memory) {
    let mut place = Place::new();
    let reports = place.import("an-archive", bytes);
    (reports, place.sink)
}

/// What is said: of each report the name within the archive and what became of it.
fn said(reports: &[FileReport]) -> Vec<String> {
    let line = |report: &FileReport| {
        let name = report.path.split_once("an-archive").unwrap().1;
        let reasons = report.problems.skipped.iter().map(|skip| &skip.reason);
        let reason: Vec<_> = report.error.iter().chain(reasons).cloned().collect();
        format!("{name}: {:?} {}", report.outcome, reason.join("; "))
    };
    reports.iter().map(line).collect()
}

fn assert_said(bytes: &[u8], expected: &[(&str, Outcome, &str)]) -> Memory {
    let (reports, sink) = import_archive(bytes);
    let said = said(&reports);
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (line, (name, outcome, word)) in said.iter().zip(expected) {
        assert!(line.starts_with(&format!("{name}: {outcome:?}")), "{line}");
        assert!(line.contains(word), "{line} has no {word}");
        let is_quiet = line.ends_with("Complete ") || line.ends_with("AlreadyImported ");
        assert_eq!(is_quiet, word.is_empty(), "{line}");
    }
    sink
}

/// What files give that are imported one after another.
fn plain(names: &[&str]) -> Vec<String> {
    let mut sink = Memory::default();
    for name in names {
        assert_eq!(import(&data(name), &mut sink).outcome, Outcome::Complete);
    }
    records(&sink)
}

const A: &str = "transaction-node10.envelope";
const LOGS: &str = "proto/logs.pb";
const SPANS: &str = "otel-b-some-traces.jsonl";

use Outcome::{AlreadyImported, Complete, Failed};

#[test]
fn archives_of_other_writers_read_like_their_files() {
    let long = format!("/export/{}.pb", "l".repeat(120));
    let [gnu, infozip] = [long.clone(), long.replace("/export", "")];
    let german = format!("/spuren/ä{}.envelope", "ö".repeat(120));
    let a = "/export/traces/a.envelope";
    let logs = "/export/logs.pb";
    let holes = ("/holes.json", Failed, "sparse");
    let ok = |name| (name, Complete, "");
    for (name, expected, files) in [
        ("gnu.tar", vec![ok(&*gnu), ok(a)], vec![LOGS, A]),
        ("pax.tar", vec![ok(&*german), ok("/logs.pb")], vec![A, LOGS]),
        ("v7.tar", vec![ok(a)], vec![A]),
        ("sparse.tar", vec![holes, ok("/a.envelope")], vec![A]),
        ("sparse-pax.tar", vec![holes, ok("/a.envelope")], vec![A]),
        ("streamed.zip", vec![ok(a), ok(logs)], vec![A, LOGS]),
        ("streamed-stored.zip", vec![ok(a), ok(logs)], vec![A, LOGS]),
        ("large-sizes.zip", vec![ok(a), ok(logs)], vec![A, LOGS]),
        (
            "infozip.zip",
            vec![
                ok("/zz-hard"),
                ("/traces/a.envelope", AlreadyImported, ""),
                ("/link", AlreadyImported, ""),
                ok(&*infozip),
            ],
            vec![A, LOGS],
        ),
        (
            "encrypted.zip",
            vec![("/a.envelope", Failed, "encrypted"), ok("/logs.pb")],
            vec![LOGS],
        ),
        (
            "bzip2.zip",
            vec![("/b.envelope", Failed, "bzip2"), ok("/logs.pb")],
            vec![LOGS],
        ),
    ] {
        let bytes = read(&format!("archives/{name}"));
        let sink = assert_said(&bytes, &expected);
        assert_eq!(records(&sink), plain(&files), "{name}");
    }
}

#[test]
fn archives_may_be_packed_and_so_may_their_members() {
    let (a, logs, spans) = (read(A), read(LOGS), read(SPANS));
    let packed = [gzip(&a), zlib(&logs), brotli(&spans)];
    let members = [
        ("a.gz", &*packed[0]),
        ("b/c", &packed[1]),
        ("d.br", &packed[2]),
    ];
    let expected = members.map(|(name, _)| format!("/{name}"));
    let expected = expected.each_ref().map(|name| (&**name, Complete, ""));
    let tar = tar(&members);
    let zip = zip(&[
        Zipped::packed("a.gz", &packed[0], 0, packed[0].clone()),
        Zipped::new("b/c", &packed[1]),
        Zipped::packed("d.br", &packed[2], 93, zstd_of(&packed[2])),
    ]);
    let all = plain(&[A, LOGS, SPANS]);
    for archive in [tar, zip] {
        assert_eq!(records(&assert_said(&archive, &expected)), all);
        for pack in [gzip, zstd_of, zlib, deflate, brotli] {
            assert_eq!(records(&assert_said(&pack(&archive), &expected)), all);
        }
    }
}

#[test]
fn what_is_no_file_is_left_out() {
    let a = read(A);
    let mut bytes = tar_header("traces", b'5', 0);
    for (name, content) in [("traces/.a", &*a), ("__MACOSX/a", &a), ("empty", b"")] {
        bytes.extend(tar_member(name, content));
    }
    let none = [bytes.clone(), vec![0; 1024]].concat();
    assert_said(&none, &[("", Failed, "4 members")]);
    bytes.extend(tar(&[("./traces/a", &a)]));
    assert_said(&bytes, &[("/./traces/a", Complete, "")]);
    assert_said(&zip(&[]), &[("", Failed, "no members")]);
}

#[test]
fn archives_within_archives_are_not_opened() {
    let a = read(A);
    let inner = [zip(&[Zipped::new("a", &a)]), gzip(&tar(&[("a", &a)]))];
    let expected = [
        ("/1.zip", Failed, "archive within an archive"),
        ("/2.tgz", Failed, "archive within an archive"),
        ("/3", Complete, ""),
    ];
    let members = [("1.zip", &*inner[0]), ("2.tgz", &inner[1]), ("3", &a)];
    assert_said(&tar(&members), &expected);
    assert_said(
        &zip(&members.map(|(name, content)| Zipped::new(name, content))),
        &expected,
    );
}

#[test]
fn names_are_only_names() {
    let mut place = Place::new();
    let names = ["../../evil", "/etc/evil", "a\x1B[2J\nb", "C:\\evil"];
    let (a, logs, spans, error) = (
        read(A),
        read(LOGS),
        read(SPANS),
        read("error-chained.envelope"),
    );
    let contents = [&*a, &logs, &spans, &error];
    let members: Vec<_> = names.into_iter().zip(contents).collect();
    let shown = [
        "/../../evil",
        "//etc/evil",
        "/a\u{FFFD}[2J\u{FFFD}b",
        "/C:\\evil",
    ];
    let expected = shown.map(|name| (name, Complete, ""));
    assert_said(&tar(&members), &expected);
    let zipped: Vec<_> = members
        .iter()
        .map(|(name, content)| Zipped::new(name, content))
        .collect();
    assert_said(&zip(&zipped), &expected);
    place.import("an-archive", &tar(&members));
    let there = std::fs::read_dir(place.folder.path()).unwrap().count();
    assert_eq!(there, 1);
    assert!(!place.path("../../evil").exists());
}

#[test]
fn a_damaged_member_does_not_take_the_others_along() {
    let (a, logs, spans) = (read(A), read(LOGS), read(SPANS));
    let members = || ["1", "2", "3"].into_iter().zip([&a, &spans, &logs]);
    let mut zipped: Vec<_> = members()
        .map(|(name, content)| Zipped::new(name, content))
        .collect();
    let middle = zipped[1].packed.len() / 2;
    zipped[1].packed[middle..middle + 40].fill(0xFF);
    let ok = |name| (name, Complete, "");
    assert_said(
        &zip(&zipped),
        &[ok("/1"), ("/2", Complete, "damaged"), ok("/3")],
    );
    zipped[1] = Zipped::new("2", &spans);
    zipped[1].crc ^= 1;
    assert_said(
        &zip(&zipped),
        &[ok("/1"), ("/2", Complete, "checksum"), ok("/3")],
    );
    zipped[1].method = 98;
    assert_said(&zip(&zipped), &[ok("/1"), ("/2", Failed, "PPMd"), ok("/3")]);
    // The length in a header: the next one is not where it should be.
    let mut bytes = zip(&[Zipped::new("1", &a), Zipped::new("3", &logs)]);
    bytes[18] ^= 0x10;
    let (reports, sink) = import_archive(&bytes);
    assert!(records(&sink).len() >= plain(&[LOGS]).len());
    assert!(said(&reports).concat().contains("damaged"), "{reports:#?}");

    let mut bytes = tar(&[("1", &a), ("2", &spans), ("3", &logs)]);
    let second = tar_member("1", &a).len();
    bytes[second + 150] ^= 1;
    let sink = assert_said(&bytes, &[ok("/1"), ok("/3"), ("", Failed, "damaged")]);
    assert_eq!(records(&sink), plain(&[A, LOGS]));
}

/// Archives of every kind, small: some of other writers, then some of lines.
fn some_archives() -> Vec<Vec<u8>> {
    let mut all: Vec<_> = ["streamed.zip", "streamed-stored.zip", "gnu.tar"]
        .map(|name| read(&format!("archives/{name}")))
        .into();
    all.extend(archives_of_lines());
    all
}

fn archives_of_lines() -> Vec<Vec<u8>> {
    let (spans, logs) = (read(SPANS), read("logs/pino.ndjson"));
    let some = spans
        .split_inclusive(|byte| *byte == b'\n')
        .take(4)
        .map(<[u8]>::len)
        .sum::<usize>();
    let members = [("1", &spans[..some]), ("2", &logs)];
    let zip = zip(&members.map(|(name, content)| Zipped::new(name, content)));
    let tar = tar(&members);
    let packed = [gzip, zstd_of, brotli, zlib].map(|pack| pack(&tar));
    packed.into_iter().chain([zip, tar]).collect()
}

#[test]
fn an_archive_cut_anywhere_is_told_and_can_be_completed() {
    for bytes in archives_of_lines() {
        let (whole, sink) = import_archive(&bytes);
        let all = records(&sink);
        assert_eq!(whole.len(), 2, "{:#?}", said(&whole));
        for cut in (1..24).map(|part| bytes.len() * part / 24) {
            let mut place = Place::new();
            let first = place.import("an-archive", &bytes[..cut]);
            let is_told = |report: &FileReport| {
                report.outcome == Failed || report.problems != Default::default()
            };
            let before = records(&place.sink);
            assert!(
                before == all || first.iter().any(is_told),
                "{:#?}",
                said(&first)
            );
            assert!(before.iter().all(|record| all.contains(record)), "{cut}");
            let second = place.import("an-archive", &bytes);
            assert!(
                second.iter().all(|report| report.error.is_none()),
                "{second:#?}"
            );
            let mut now = records(&place.sink);
            let mut expected = all.clone();
            for records in [&mut now, &mut expected] {
                records.sort();
                // A span that was kept of half a line is seen again, and known by its id.
                records.dedup_by(|one, two| one == two && one.ends_with("span"));
            }
            let (first, second) = (said(&first), said(&second));
            assert_eq!(now, expected, "cut at {cut}: {first:#?} {second:#?}");
        }
    }
}

#[test]
fn members_are_recognised_again() {
    let (a, logs, spans) = (read(A), read(LOGS), read(SPANS));
    let lines = spans.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut place = Place::new();
    let outcomes = |reports: &[FileReport]| {
        reports
            .iter()
            .map(|report| report.outcome)
            .collect::<Vec<_>>()
    };
    let first = place.import(
        "one.zip",
        &zip(&[Zipped::new("a", &a), Zipped::new("s", &spans[..lines])]),
    );
    assert_eq!(outcomes(&first), [Complete; 2]);
    // As a file, in another archive, under another name, grown, and packed once more.
    assert_eq!(outcomes(&place.import("a", &a)), [AlreadyImported]);
    let members = [("x", &*a), ("s", &spans), ("logs", &logs)];
    let second = place.import("two.tar", &tar(&members));
    assert_eq!(outcomes(&second), [AlreadyImported, Complete, Complete]);
    assert_eq!(second[1].duplicates, 0);
    assert_eq!(second[1].bytes, (spans.len() - lines) as u64);
    assert_eq!(
        outcomes(&place.import("two.tgz", &gzip(&tar(&members)))),
        [AlreadyImported; 3]
    );
    assert_eq!(
        outcomes(&place.import("s.gz", &gzip(&spans))),
        [AlreadyImported]
    );
}

/// Log lines, more than is kept in memory of a member; `last` tells two apart at their end only.
fn large(last: &str) -> Vec<u8> {
    let noise = |number: usize| -> String {
        let words = (0..125_u64)
            .map(|word| (number as u64 + 1).wrapping_mul(word * word + 0x9E37_79B9_7F4A_7C15));
        words
            .map(|word| format!("{:016x}", word ^ word >> 29))
            .collect()
    };
    let line = |number: usize| {
        format!(
            "{{\"time\":\"2026-01-01T00:00:00Z\",\"level\":\"info\",\"msg\":\"{number} {}\"}}\n",
            noise(number)
        )
    };
    let mut all: String = (0..limits::CHUNK_BYTES * 5 / 4 / 2000).map(line).collect();
    all +=
        &format!("{{\"time\":\"2026-01-01T00:00:00Z\",\"level\":\"info\",\"msg\":\"{last}\"}}\n");
    all.into_bytes()
}

#[test]
fn a_large_member_goes_on_where_it_stopped() {
    let (one, two, a) = (large("one"), large("two"), read(A));
    let both = tar(&[("one", &one), ("two", &two), ("a", &a)]);
    for archive in [zstd_of(&both), both] {
        let mut place = Place::new();
        place.sink.refuse = Some(1);
        let first = place.import("big.tar", &archive);
        assert_eq!(first[0].outcome, Failed);
        place.sink = Memory {
            refuse: None,
            ..std::mem::take(&mut place.sink)
        };
        let second = place.import("big.tar", &archive);
        assert!(
            second.iter().all(|report| report.outcome == Complete),
            "{second:#?}"
        );
        let lines = one.iter().filter(|byte| **byte == b'\n').count() as u64;
        // Both begin alike, so the second is taken for the first until its end, and then opened anew.
        let logs: u64 = place
            .sink
            .batches
            .iter()
            .map(|batch| batch.logs.len() as u64)
            .sum();
        assert_eq!(logs, 2 * lines);
        let third = place.import("big.tar", &archive);
        assert!(
            third.iter().all(|report| report.outcome == AlreadyImported),
            "{third:#?}"
        );
    }
}

#[test]
fn cancelling_between_members_keeps_what_was_read() {
    let (a, logs) = (read(A), read(LOGS));
    let mut place = Place::new();
    let path = place.path("an-archive");
    std::fs::write(&path, tar(&[("1", &a), ("2", &logs)])).unwrap();
    let (cancel, mut reports) = (CancelToken::default(), Vec::new());
    let mut done = |report| {
        reports.push(report);
        cancel.cancel();
    };
    let (options, progress) = (Options { threads: 2 }, Progress::default());
    import_file(
        &path,
        &mut place.sink,
        &options,
        &progress,
        &cancel,
        &mut done,
    );
    let outcomes: Vec<_> = reports
        .iter()
        .map(|report: &FileReport| report.outcome)
        .collect();
    assert_eq!(outcomes, [Complete, Outcome::Cancelled]);
    let again = import_each(&path, &mut place.sink, &CancelToken::default());
    let outcomes: Vec<_> = again.iter().map(|report| report.outcome).collect();
    assert_eq!(outcomes, [AlreadyImported, Complete]);
    assert_eq!(records(&place.sink), plain(&[A, LOGS]));
}

#[test]
fn progress_counts_what_lies_on_the_disk() {
    for bytes in some_archives() {
        let mut place = Place::new();
        let path = place.path("an-archive");
        std::fs::write(&path, &bytes).unwrap();
        for _ in 0..2 {
            let progress = Progress::default();
            progress.begin(std::slice::from_ref(&path));
            let (options, cancel) = (Options { threads: 2 }, CancelToken::default());
            import_file(
                &path,
                &mut place.sink,
                &options,
                &progress,
                &cancel,
                &mut |_| (),
            );
            let size = bytes.len() as u64;
            assert_eq!(progress.bytes_total.load(Ordering::Relaxed), size);
            assert_eq!(progress.bytes.load(Ordering::Relaxed), size);
        }
    }
}

#[test]
fn bombs_end_at_a_limit() {
    let zeros = vec![b' '; limits::RATIO_COUNTS_FROM_BYTES as usize * 5 / 4];
    let a = read(A);
    let bomb = [&read("error-chained.envelope")[..], b"\n", &zeros].concat();
    let bomb = Zipped::new("bomb", &bomb);
    let expected = [
        ("/a", Complete, ""),
        ("/bomb", Complete, "500 times"),
        ("", Failed, "500 times"),
    ];
    assert_said(
        &zip(&[Zipped::new("a", &a), bomb, Zipped::new("z", &a)]),
        &expected,
    );
    for pack in [zstd_of, brotli, zlib, deflate] {
        let inner = pack(&[&a[..], b"\n", &zeros].concat());
        let (reports, _) = import_archive(&inner);
        assert!(
            said(&reports).concat().contains("500 times"),
            "{:?}",
            said(&reports)
        );
        assert!(reports[0].bytes < limits::RATIO_COUNTS_FROM_BYTES + (1 << 20));
        let (reports, _) = import_archive(&zip(&[Zipped::new("a", &inner)]));
        assert!(
            said(&reports).concat().contains("500 times"),
            "{:?}",
            said(&reports)
        );
    }
    // Each is harmless, all together are not.
    let half = &zeros[..zeros.len() / 4];
    let many: Vec<_> = (0..12).map(|_| Zipped::new("x", half)).collect();
    let (reports, _) = import_archive(&zip(&many));
    assert!(said(&reports).last().unwrap().contains("500 times"));
    assert!(reports.len() < 8, "{:#?}", said(&reports));
}

#[test]
fn members_that_overlap_are_read_once() {
    // As in the well-known bombs: the list names the same bytes again and again.
    let member = Zipped::new("a", &read(A));
    let list: Vec<u8> = (0..500).flat_map(|_| member.listed(0)).collect();
    let bytes = zip_end(member.bytes(), list, 500);
    assert_said(
        &bytes,
        &[
            ("/a", Complete, ""),
            ("", Failed, "lists 500 members, but only 1"),
        ],
    );
}

#[test]
fn too_many_members_are_not_read() {
    let mut bytes: Vec<u8> = (0..limits::MAX_MEMBERS)
        .flat_map(|_| tar_header("empty", b'0', 0))
        .collect();
    bytes.extend(tar(&[("a", &read(A))]));
    assert_said(&bytes, &[("", Failed, "more than 10000 members")]);
    let bytes = tar_header("x", b'x', limits::MAX_MEMBER_HEADER_BYTES as usize + 1);
    let bytes = [bytes, tar(&[("a", &read(A))])].concat();
    assert_said(
        &bytes,
        &[("/a", Complete, ""), ("", Failed, "header is too long")],
    );
}

#[test]
fn archives_come_from_standard_input_too() {
    let program = Program::new();
    let (a, logs) = (read(A), read(LOGS));
    let tar = gzip(&tar(&[("a", &a), ("logs", &logs)]));
    let run = |bytes: &[u8]| {
        program
            .run_with_input(&["import", "-", "--json"], bytes)
            .json()
    };
    let first = run(&tar);
    assert_eq!(first[0]["path"], "-/a");
    assert_eq!(first[1]["path"], "-/logs");
    assert_eq!(first[2]["total"]["files"], 2);
    let logs = first[2]["total"]["logs"].as_u64().unwrap();
    assert!(logs > 0);
    let zip = read("archives/streamed-stored.zip");
    for archive in [zip, tar] {
        let again = run(&archive);
        assert_eq!(again[0]["outcome"], "already_imported");
        assert_eq!(again[1]["outcome"], "already_imported");
    }
    assert_eq!(program.count("logs", ""), logs);
}

/// Imports damaged bytes; whatever they are, nothing fails but with a reason that is theirs.
fn survives(path: &Path) {
    let reports = import_each(path, &mut Memory::default(), &CancelToken::default());
    assert!(!reports.is_empty());
    for report in reports {
        let error = report.error.unwrap_or_default();
        assert!(!error.contains("made a mistake"), "{error}");
        assert_eq!(report.outcome == Failed, !error.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_archives_never_panic(
        which in 0_usize..9,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..6),
        near_the_start in any::<bool>(),
    ) {
        static ARCHIVES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(some_archives);
        let mut bytes = ARCHIVES[which].clone();
        let range = if near_the_start { 600.min(bytes.len()) } else { bytes.len() };
        for (at, flip) in flips {
            let at = at.index(range);
            bytes[at] ^= flip;
        }
        let place = Place::new();
        let path = place.path("an-archive");
        std::fs::write(&path, &bytes).unwrap();
        survives(&path);
    }
}
