//! What one frame costs: layout, painting and tessellation of the whole window at 1920×1080, without the GPU.
//!
//! `cargo bench --bench frame`. A frame of a 120 Hz display has 8 ms; the aim is half of it, at any size of the data.

use divan::{Bencher, black_box};
use egui::{Event, Modifiers, MouseWheelUnit, TouchPhase, vec2};
use headwater::app::jobs::Wake;
use headwater::app::route::IssuesPlace;
use headwater::app::{App, Command, Route};
use headwater::model::TraceId;
use headwater::ui::Shell;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

const SPANS: u32 = 100_000;
const TRACES: u32 = 100_000;
/// Different errors.
const ISSUES: u32 = 4_000;
/// How often one of them was met before the others.
const MET: u32 = 10_000;
/// Log records for the search field, each with an attribute name of its own.
const LOGS: u32 = 5_000;

fn main() {
    divan::main();
}

/// The window with a context of its own, driven frame by frame.
struct Window {
    shell: Shell,
    ctx: egui::Context,
    frames: u32,
    _folder: tempfile::TempDir,
}

impl Window {
    fn new(capture: &str, place: Route) -> Self {
        Self::with(capture, place, App::inline)
    }

    /// With threads, as the real window has them, and everything answered.
    fn threaded(capture: &str, place: Route) -> Self {
        let wake: Wake = Arc::new(|| ());
        let mut window = Self::with(capture, place, |store, place| App::new(store, place, &wake));
        while window.shell.app.is_busy() {
            window.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(1));
        }
        window
    }

    fn with(capture: &str, place: Route, open: impl FnOnce(&Path, Route) -> App) -> Self {
        let folder = tempfile::tempdir().expect("the system has room for temporary files");
        let file = folder.path().join("capture.otlp.jsonl");
        std::fs::write(&file, capture).expect("the system has room for temporary files");
        let mut app = open(&folder.path().join("bench.store"), place);
        app.run(Command::Import(vec![file]));
        let mut window = Self {
            shell: Shell::new(app, Arc::new(|| ())),
            ctx: egui::Context::default(),
            frames: 0,
            _folder: folder,
        };
        for _ in 0..10 {
            window.frame(Vec::new());
        }
        window
    }

    /// One frame with these events; the number of meshes, so that nothing is optimised away.
    fn frame(&mut self, events: Vec<Event>) -> usize {
        self.frames += 1;
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(1920.0, 1080.0));
        let input = egui::RawInput {
            screen_rect: Some(screen),
            time: Some(f64::from(self.frames) / 60.0),
            events,
            ..egui::RawInput::default()
        };
        let mut output = self.ctx.run_ui(input, |ui| self.shell.ui(ui));
        let shapes = std::mem::take(&mut output.shapes);
        let meshes = self.ctx.tessellate(shapes, 1.0).len();
        output.drop_without_applying_deltas();
        meshes
    }

    fn wheel(&mut self, points: f32, modifiers: Modifiers) -> usize {
        let pointer = Event::PointerMoved(egui::pos2(900.0, 600.0));
        let wheel = Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            source: egui::MouseWheelSource::Wheel,
            delta: vec2(0.0, points),
            phase: TouchPhase::Move,
            modifiers,
        };
        self.frame(vec![pointer, wheel])
    }
}

/// One span as OTLP JSON, times in microseconds.
fn span(
    out: &mut String,
    (trace, id, parent): (u32, u32, u32),
    name: &str,
    start: u64,
    micros: u64,
) {
    let base = 1_795_243_000_000_000_000;
    let (start, end) = (base + start * 1_000, base + (start + micros) * 1_000);
    let parent = if parent == 0 {
        String::new()
    } else {
        format!(r#""parentSpanId":"{parent:016x}","#)
    };
    let kind = if parent.is_empty() { 2 } else { 3 };
    let _ = write!(
        out,
        r#"{{"traceId":"{trace:032x}","spanId":"{id:016x}",{parent}"name":"{name}","kind":{kind},"startTimeUnixNano":"{start}","endTimeUnixNano":"{end}","attributes":[{{"key":"db.system","value":{{"stringValue":"postgresql"}}}},{{"key":"db.query.text","value":{{"stringValue":"SELECT price FROM {name} WHERE id = $1"}}}}]}},"#
    );
}

/// Spans in lines of a thousand.
fn capture(count: u32, mut each: impl FnMut(&mut String, u32)) -> String {
    let mut out = String::new();
    for first in (0..count).step_by(1_000) {
        out.push_str(r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"bench"},"spans":["#);
        for number in first..(first + 1_000).min(count) {
            each(&mut out, number);
        }
        out.pop();
        out.push_str("]}]}]}\n");
    }
    out
}

/// One trace: a root over handlers, each with a run of repeated queries and some others.
static ONE_TRACE: LazyLock<String> = LazyLock::new(|| {
    capture(SPANS, |out, number| {
        let at = u64::from(number) * 50;
        let handler = number - number % 40 + 2;
        let ids = |id, parent| (1, id, parent);
        match (number, number % 40) {
            (0, _) => span(out, ids(1, 0), "GET /import", 0, u64::from(SPANS) * 50),
            (_, 1) => span(out, ids(number + 1, 1), "handle batch", at, 1_900),
            (_, 2..=19) => span(out, ids(number + 1, handler), "item", at, 40),
            (_, place) => span(
                out,
                ids(number + 1, handler),
                &format!("table_{place}"),
                at,
                45,
            ),
        }
    })
});

static MANY_TRACES: LazyLock<String> = LazyLock::new(|| {
    capture(TRACES, |out, number| {
        let name = format!("GET /item/{}", number % 97);
        let micros = u64::from(number.wrapping_mul(2_654_435_761) % 1_000_000);
        span(
            out,
            (number + 1, number + 1, 0),
            &name,
            u64::from(number) * 100,
            micros,
        );
    })
});

fn waterfall() -> Window {
    let mut id = [0; 16];
    id[15] = 1;
    let place = Route::Trace(headwater::app::route::TracePlace::new(TraceId(id), None));
    let mut window = Window::new(&ONE_TRACE, place);
    window.shell.app.run(Command::ExpandAll);
    for _ in 0..3 {
        window.frame(Vec::new());
    }
    let rows = window
        .shell
        .app
        .rows
        .value
        .as_ref()
        .map_or(0, |visible| visible.rows.len());
    assert!(rows > SPANS as usize, "every span has a row: {rows}");
    window
}

fn traces() -> Window {
    let window = Window::new(&MANY_TRACES, Route::Traces(Default::default()));
    let list = window
        .shell
        .app
        .traces
        .value
        .as_ref()
        .map_or(0, |list| list.matches.numbers.len());
    assert_eq!(list, TRACES as usize);
    window
}

/// Selects a row, so that the details are part of the frame.
fn select(window: &mut Window) {
    for _ in 0..5 {
        let key = |pressed| Event::Key {
            key: egui::Key::ArrowDown,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        window.frame(vec![key(true), key(false)]);
    }
    assert!(
        window.shell.app.span_details.value.is_some(),
        "a span is selected"
    );
}

#[divan::bench]
fn waterfall_still(bencher: Bencher) {
    let mut window = waterfall();
    select(&mut window);
    bencher.bench_local(|| black_box(window.frame(Vec::new())));
}

#[divan::bench]
fn waterfall_scrolling(bencher: Bencher) {
    let mut window = waterfall();
    select(&mut window);
    bencher.bench_local(|| black_box(window.wheel(-60.0, Modifiers::NONE)));
}

#[divan::bench]
fn waterfall_zooming(bencher: Bencher) {
    let mut window = waterfall();
    select(&mut window);
    let mut step = 0;
    bencher.bench_local(|| {
        step += 1;
        // In for a while, then out again.
        let points = if step % 40 < 20 { 10.0 } else { -10.0 };
        black_box(window.wheel(points, Modifiers::COMMAND))
    });
}

#[divan::bench]
fn traces_still(bencher: Bencher) {
    let mut window = traces();
    bencher.bench_local(|| black_box(window.frame(Vec::new())));
}

#[divan::bench]
fn traces_scrolling(bencher: Bencher) {
    let mut window = traces();
    bencher.bench_local(|| black_box(window.wheel(-60.0, Modifiers::NONE)));
}

/// Log records of one service, each with an attribute that no other has and one that all have.
static MANY_NAMES: LazyLock<String> = LazyLock::new(|| {
    let mut out = String::new();
    for first in (0..LOGS).step_by(1_000) {
        out.push_str(r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#);
        for number in first..(first + 1_000).min(LOGS) {
            let time = 1_795_243_000_000_000_000_u64 + u64::from(number) * 1_000;
            let _ = write!(
                out,
                r#"{{"timeUnixNano":"{time}","body":{{"stringValue":"item {number} was sold"}},"attributes":[{{"key":"shop.attribute.{number}","value":{{"stringValue":"x"}}}},{{"key":"user.id","value":{{"intValue":"{}"}}}}]}},"#,
                number % 997
            );
        }
        out.pop();
        out.push_str("]}]}]}\n");
    }
    out
});

/// A key stroke in a long search: lexing, colours, offers out of 5 000 names or of the values fetched, and the question
/// for values that stops the one before, which may still run. The bar is 4 ms.
#[divan::bench(args = ["shop.attribute.4", "user.id:4"])]
fn key_stroke_in_a_search(bencher: Bencher, last_term: &str) {
    let mut window = Window::threaded(&MANY_NAMES, Route::Logs(Default::default()));
    let names = window.shell.app.log_keys.value.as_ref();
    assert!(names.map_or(0, |names| names.len()) >= LOGS as usize);
    let find = |pressed| Event::Key {
        key: egui::Key::F,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::COMMAND,
    };
    window.frame(vec![find(true), find(false)]);
    let terms = (0..60).map(|number| format!("shop.attribute.{number}:[a, \"b c\", x*] OR "));
    let long: String = terms.chain([last_term.to_owned()]).collect();
    window.frame(vec![Event::Text(long.clone())]);
    let mut stroke = 0u32;
    bencher.bench_local(|| {
        stroke += 1;
        // A digit more, and away with it again, so that the text stays as long as it is.
        let event = match stroke % 2 {
            1 => Event::Text("2".to_owned()),
            _ => Event::Key {
                key: egui::Key::Backspace,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: Modifiers::NONE,
            },
        };
        black_box(window.frame(vec![event]))
    });
    let picture = window.shell.app.list_picture();
    let draft = picture.map_or(0, |picture| picture.draft.len());
    assert!(draft >= long.len(), "the keys reached the field");
}

/// Error logs of four thousand issues; one of them is met ten thousand times.
static MANY_ISSUES: LazyLock<String> = LazyLock::new(|| {
    let mut out = String::new();
    for first in (0..ISSUES + MET).step_by(1_000) {
        out.push_str(r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#);
        for number in first..first + 1_000 {
            let issue = number.saturating_sub(MET);
            let time = 1_795_243_000_000_000_000_u64 + u64::from(number) * 1_000_000;
            let _ = write!(
                out,
                r#"{{"timeUnixNano":"{time}","severityNumber":17,"body":{{"stringValue":"it broke"}},"attributes":[{{"key":"exception.type","value":{{"stringValue":"Broken{issue}Error"}}}},{{"key":"exception.message","value":{{"stringValue":"part {number} is missing"}}}},{{"key":"user.id","value":{{"intValue":"{}"}}}},{{"key":"host.name","value":{{"stringValue":"h{}"}}}},{{"key":"release","value":{{"stringValue":"1.{}"}}}}]}},"#,
                number % 997,
                number % 31,
                number % 7,
            );
        }
        out.pop();
        out.push_str("]}]}]}\n");
    }
    out
});

fn issues(selected: bool) -> Window {
    let mut window = Window::threaded(&MANY_ISSUES, Route::Issues(IssuesPlace::default()));
    let answered = |window: &mut Window| {
        while window.shell.app.is_busy() {
            window.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let found = window.shell.app.issues.found.value.clone();
    let found = found.expect("issues were looked for");
    assert_eq!(found.len(), ISSUES as usize);
    if selected {
        let most = found.iter().max_by_key(|issue| issue.count);
        let most = most.map(|issue| issue.fingerprint.clone());
        window.shell.app.run(Command::SelectIssue(most));
        window.frame(Vec::new());
        answered(&mut window);
        let told = window.shell.app.issues.attributes.value.as_ref();
        let records = told.expect("its attributes were counted").breakdown.records;
        assert_eq!(records.inside, u64::from(MET) + 1);
    }
    window
}

#[divan::bench(args = [false, true])]
fn issues_still(bencher: Bencher, selected: bool) {
    let mut window = issues(selected);
    bencher.bench_local(|| black_box(window.frame(Vec::new())));
}

#[divan::bench(args = [false, true])]
fn issues_scrolling(bencher: Bencher, selected: bool) {
    let mut window = issues(selected);
    bencher.bench_local(|| black_box(window.wheel(-60.0, Modifiers::NONE)));
}
