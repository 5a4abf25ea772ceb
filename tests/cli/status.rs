//! How the program ends: every exit status, what it says then, and what it leaves untouched.

use crate::cli_support::{Answer, Program, data, shop};
use headwater::store::Writer;
use std::io::Read;
use std::process::Stdio;

const READERS: [&[&str]; 4] = [
    &["traces"],
    &["spans"],
    &["logs"],
    &["trace", "76e68b2d8f46310341a48cf3b580c075"],
];

fn assert_fails(answer: &Answer, status: i32, said: &[&str]) {
    assert_eq!(answer.status, status, "{}{}", answer.out, answer.err);
    for part in said {
        assert!(answer.err.contains(part), "no {part:?} in {}", answer.err);
    }
}

#[test]
fn help_names_every_subcommand_and_each_has_its_own() {
    let program = Program::new();
    let help = Answer::new(program.bare(&["--help"]).output().expect("it runs"));
    assert_eq!((help.status, help.err.as_str()), (0, ""));
    for name in ["import", "traces", "trace", "spans", "logs", "render"] {
        assert!(help.out.contains(&format!("\n  {name} ")), "{}", help.out);
        let own = Answer::new(program.bare(&[name, "--help"]).output().expect("it runs"));
        assert_eq!(own.status, 0);
        assert!(
            own.out.contains("Usage: headwater") && own.out.contains("--store"),
            "{}",
            own.out
        );
    }
    let version = Answer::new(program.bare(&["--version"]).output().expect("it runs"));
    assert_eq!(
        version.out,
        format!("headwater {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn wrong_use_is_status_two() {
    let program = Program::with_shop();
    for (args, said) in [
        (&["colour"][..], ""),
        (&["traces", "--colour"], "--colour"),
        (&["traces", "--limit", "many"], "--limit"),
        (&["traces", "--sort", "colour"], "duration"),
        (&["spans", "--sort", "colour"], "duration"),
        (&["logs", "--sort", "duration"], "time"),
        (&["logs", "--from", "soon"], "\"soon\" is no time"),
        (&["logs", "--count", "--facet", "level"], "--facet"),
        (&["trace"], "TRACE_ID"),
        (&["trace", "76e68"], "at least 6 digits"),
        (&["trace", "not-hex-at-all"], "hex"),
        (&["trace", "ffffff"], "no trace"),
        (&["trace", &"f".repeat(32)], "no trace"),
        (&["trace", &"f".repeat(33)], "no trace"),
        (&["import"], "FILE|DIR"),
        (&["render"], "--output"),
    ] {
        // A word alone is a file for the window, which needs a display that is not there.
        if args != ["colour"] {
            assert_fails(&program.run(args), 2, &[said]);
        }
    }
    let mixed = program.bare(&["--view", "traces", "traces"]).output();
    assert_fails(&Answer::new(mixed.expect("it runs")), 2, &["behind"]);
    let nowhere = program.bare(&["--view", "nowhere"]).output();
    assert_fails(&Answer::new(nowhere.expect("it runs")), 2, &["not a place"]);
}

#[test]
fn a_syntax_error_is_marked_at_its_place() {
    let program = Program::with_shop();
    for (query, marked) in [
        ("op:db (status:error", "("),
        ("status:error )", ")"),
        ("op:db has:(", "("),
        ("op:db \"open", "\"open"),
        ("op:db avg(span.duration):>5", "avg(span.duration):>5"),
    ] {
        for what in ["traces", "spans", "logs"] {
            let answer = program.run(&[what, query]);
            assert_fails(&answer, 2, &["the search cannot be read", query]);
            assert_eq!(answer.out, "");
            let at = query.rfind(marked).expect("it is in there");
            let marks = answer.err.lines().nth(2).expect("a line of marks");
            assert_eq!(marks.find('^'), Some(at), "{}", answer.err);
        }
    }
}

#[test]
fn several_traces_for_one_prefix_are_listed() {
    let program = Program::new();
    let span = |trace: &str| {
        format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{trace}","spanId":"00000000000000a1","name":"n","startTimeUnixNano":"5","endTimeUnixNano":"9"}}]}}]}}]}}"#
        ) + "\n"
    };
    let ids = [
        "abcdef00000000000000000000000001",
        "abcdef00000000000000000000000002",
    ];
    let file = program.write("x.jsonl", ids.map(span).concat());
    program.ok(&["import", &file]);
    assert_fails(
        &program.run(&["trace", "abcdef"]),
        2,
        &["several", ids[0], ids[1]],
    );
    program.ok(&["trace", ids[1]]);
}

#[test]
fn what_cannot_be_read_at_all_is_status_three() {
    let program = Program::new();
    std::fs::create_dir(program.at("empty")).expect("a folder");
    let missing = program.at("missing.jsonl").display().to_string();
    let empty = program.at("empty").display().to_string();
    let text = program.write("notes.txt", "Dear diary,\nnothing to see.\n");
    let gzip = program.write("x.jsonl.gz", b"\x1f\x8b\x08\0abc");
    for (path, said) in [(&missing, "no such file"), (&text, ""), (&gzip, "gzip")] {
        let answer = program.run(&["import", path]);
        assert_eq!(answer.status, 3, "{}", answer.out);
        assert!(answer.out.contains(path.as_str()), "{}", answer.out);
        assert!(answer.out.contains(said), "{}", answer.out);
        let answer = program.run(&["import", path, "--json"]);
        assert_eq!(answer.status, 3);
        let lines = answer.json();
        assert!(
            lines[0]["error"]
                .as_str()
                .is_some_and(|error| error.contains(said))
        );
        assert_eq!(lines[1]["total"]["spans"], 0);
    }
    assert_fails(&program.run(&["import", &empty]), 3, &["no files"]);
    let nothing = program.run_with_input(&["import", "-"], b"");
    assert_eq!(nothing.status, 3, "{}", nothing.out);
    // One readable file is enough.
    let good = shop("release-1.5.0.otlp.jsonl");
    assert_eq!(program.run(&["import", &missing, &good, &text]).status, 0);
    assert_eq!(program.count("traces", ""), 71);
}

#[test]
fn a_store_that_is_not_there_is_not_made_by_reading() {
    let program = Program::new();
    for args in READERS {
        assert_fails(
            &program.run(args),
            4,
            &["there is no store", "headwater import"],
        );
    }
    let picture = program.at("x.png").display().to_string();
    assert_fails(
        &program.run(&["render", "-o", &picture]),
        4,
        &["there is no store"],
    );
    assert_eq!(
        std::fs::read_dir(program.at("")).expect("a folder").count(),
        0
    );
}

#[test]
fn a_file_that_is_no_store_is_left_as_it_is() {
    let program = Program::new();
    for bytes in [&b"{\"resourceSpans\":[]}\n"[..], b"hello", &[0; 5000]] {
        std::fs::write(program.store(), bytes).expect("a file");
        let import = program.run(&["import", &data("check-in.envelope")]);
        assert_fails(&import, 4, &["is not a Headwater store"]);
        for args in READERS {
            assert_fails(&program.run(args), 4, &["is not a Headwater store"]);
        }
        let picture = program.at("x.png").display().to_string();
        let render = program.run(&["render", "-o", &picture]);
        assert_fails(&render, 4, &["is not a Headwater store"]);
        assert_eq!(std::fs::read(program.store()).expect("it is there"), bytes);
        assert!(!program.at("x.png").exists());
    }
}

#[test]
fn a_newer_store_is_refused_in_one_sentence() {
    let program = Program::with_shop();
    // The version a store was written with is SQLite's user version, four bytes at offset 60 of the file.
    let mut bytes = std::fs::read(program.store()).expect("a store");
    bytes[60..64].copy_from_slice(&900_u32.to_be_bytes());
    std::fs::write(program.store(), &bytes).expect("it can be written");
    let import = program.run(&["import", &shop("")]);
    assert_fails(&import, 4, &["newer Headwater", "900", "update Headwater"]);
    for args in READERS {
        assert_fails(&program.run(args), 4, &["newer Headwater", "900"]);
    }
    assert_eq!(std::fs::read(program.store()).expect("it is there"), bytes);
}

#[test]
fn a_store_in_use_can_be_read_but_not_written() {
    let program = Program::with_shop();
    let writer = Writer::open(&program.store()).expect("the store is free");
    let import = program.run(&["import", &data("check-in.envelope")]);
    let holder = format!("process {}", std::process::id());
    assert_fails(&import, 4, &["is being written to by", &holder]);
    for args in READERS {
        assert_eq!(program.run(args).status, 0);
    }
    drop(writer);
    program.ok(&["import", &data("check-in.envelope")]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let program = Program::with_shop();
    for args in [
        &["spans", "--json"][..],
        &["spans"],
        &["traces", "--json"],
        &["logs", "--json"],
    ] {
        let mut command = program.command(&[args, &["--limit", "0"]].concat());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut first = [0; 20];
        let mut pipe = child.stdout.take().expect("it was piped");
        pipe.read_exact(&mut first).expect("it prints");
        drop(pipe);
        let answer = Answer::new(child.wait_with_output().expect("it ends"));
        assert_eq!((answer.status, answer.err.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn the_store_may_be_named_in_front_or_behind() {
    let program = Program::with_shop();
    let store = program.store().display().to_string();
    for args in [
        ["--store", &store, "traces", "--count"],
        ["traces", "--count", "--store", &store],
    ] {
        let answer = Answer::new(program.bare(&args).output().expect("it runs"));
        assert_eq!(
            (answer.status, answer.out.as_str()),
            (0, "{\"count\":182}\n")
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_name_the_store_is_in_the_data_directory() {
    let program = Program::new();
    let import = program.bare(&["import", "--quiet", &shop("")]).output();
    assert_eq!(Answer::new(import.expect("it runs")).status, 0);
    assert!(program.at("data/headwater/headwater.store").is_file());
    let count = Answer::new(
        program
            .bare(&["logs", "--count"])
            .output()
            .expect("it runs"),
    );
    assert_eq!(count.out, "{\"count\":226}\n");
}
