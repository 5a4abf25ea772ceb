//! A trace of ten thousand spans and one of a million, from the store to the screen.
//!
//! `cargo bench --bench million`; `HEADWATER_MILLION_SPANS=100000` measures one of that size alone. The trace has forty
//! services, a chain of three hundred spans, repeated queries under a handler for every forty spans, calls side by side, and
//! failures. What is measured: each step from the store to the rows, the window from its start on that trace to the first
//! frame with rows (1920×1080, without the GPU), the same from a click in a window that is open, frames while scrolling and
//! zooming, folding and unfolding all, and memory (Linux).

use egui::{Event, Modifiers, MouseWheelUnit, TouchPhase, vec2};
use headwater::app::jobs::Wake;
use headwater::app::looking::Look;
use headwater::app::questions::{Answer, Question};
use headwater::app::route::TracePlace;
use headwater::app::{self, App, Route};
use headwater::model::{CancelToken, TraceId};
use headwater::store::Reader;
use headwater::ui::Shell;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Spans of one handler: itself, 28 queries alike, a chain of 5, 6 calls side by side.
const HANDLER: u64 = 40;
const SERVICES: u64 = 40;
const DEEP: u64 = 300;
const FRAMES: usize = 600;
/// After so long what opening took for itself should be given back.
const SETTLING: Duration = Duration::from_secs(3);

/// Set for the processes that measure: the store they open.
const STORE: &str = "HEADWATER_MILLION_STORE";
/// Set for the one that measures the steps.
const STEPS: &str = "HEADWATER_MILLION_STEPS";
/// Set for the one that opens the trace in a window that is there.
const CLICK: &str = "HEADWATER_MILLION_CLICK";

/// Sizes of traces, unless one is set.
const SIZES: [u64; 2] = [10_000, 1_000_000];
/// Set for one size alone, and for the processes that measure.
const SPANS: &str = "HEADWATER_MILLION_SPANS";

fn main() {
    let spans = std::env::var(SPANS).ok();
    let spans: Option<u64> = spans.and_then(|text| text.parse().ok());
    let sizes = spans.map_or(SIZES.to_vec(), |spans| vec![spans]);
    let is_set = |name| std::env::var_os(name).is_some();
    match std::env::var_os(STORE) {
        Some(store) if is_set(STEPS) => steps(Path::new(&store)),
        Some(store) if is_set(CLICK) => click(Path::new(&store)),
        Some(store) => window(Path::new(&store), sizes[0]),
        None => sizes.into_iter().for_each(make_and_measure),
    }
}

/// Each measurement is a process of its own, so that none inherits the memory of another.
fn make_and_measure(spans: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("million.store");
    let file = folder.path().join("million.otlp.jsonl");
    write(&file, spans);
    let program = std::env::current_exe().expect("this program");
    let run = |names: &[&str]| {
        let status = Command::new(&program)
            .envs(names.iter().map(|name| (name, &store)))
            .env(SPANS, spans.to_string())
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    };
    import(&store, &file);
    println!("{spans} spans in one trace");
    run(&[STORE, STEPS]);
    run(&[STORE, CLICK]);
    run(&[STORE]);
}

fn id() -> TraceId {
    let mut id = [0; 16];
    id[15] = 1;
    TraceId(id)
}

/// The file: a line for each handler, which belongs to one of the services.
fn write(path: &Path, spans: u64) {
    let file = std::fs::File::create(path).expect("room on the disk");
    let mut out = BufWriter::new(file);
    let mut line = String::new();
    let end = spans * 20_000;
    for first in (0..spans).step_by(HANDLER as usize) {
        line.clear();
        let service = first / HANDLER % SERVICES;
        let _ = write!(
            line,
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"service-{service}"}}}}]}},"scopeSpans":[{{"scope":{{"name":"bench"}},"spans":["#
        );
        for number in first..(first + HANDLER).min(spans) {
            span(&mut line, number, end);
        }
        line.pop();
        line.push_str("]}]}]}\n");
        out.write_all(line.as_bytes()).expect("room on the disk");
    }
    out.flush().expect("room on the disk");
}

fn span(out: &mut String, number: u64, end: u64) {
    let first = number - number % HANDLER;
    let start = number * 20_000;
    let (parent, name, query, nanos) = match (number, number % HANDLER) {
        (0, _) => (0, "GET /import", "", end),
        // The first handlers lie in each other.
        (_, 0) if number / HANDLER <= DEEP => (first - HANDLER + 1, "handle batch", "", end / 2),
        (_, 0) => (1, "handle batch", "", HANDLER * 20_000),
        (_, 1..=28) => (
            first + 1,
            "db.query",
            "SELECT price FROM item WHERE id = $1",
            15_000,
        ),
        (_, 29..=33) => (number, "middleware", "", 120_000),
        _ => (
            first + 1,
            "http.client",
            "GET https://api.example/price",
            90_000,
        ),
    };
    let kind = if query.is_empty() { 2 } else { 3 };
    let failed = if number % 997 == 5 {
        r#","status":{"code":2}"#
    } else {
        ""
    };
    let at = |time: u64| 1_795_243_000_000_000_000 + time;
    let _ = write!(
        out,
        r#"{{"traceId":"{:032x}","spanId":"{:016x}","parentSpanId":"{}","name":"{name}","kind":{kind},"startTimeUnixNano":"{}","endTimeUnixNano":"{}"{failed},"attributes":[{{"key":"db.system","value":{{"stringValue":"postgresql"}}}},{{"key":"db.query.text","value":{{"stringValue":"{query}"}}}},{{"key":"thread.id","value":{{"intValue":"{}"}}}}]}},"#,
        1,
        number + 1,
        match parent {
            0 => String::new(),
            parent => format!("{parent:016x}"),
        },
        at(start),
        at(start + nanos),
        number % 16,
    );
}

fn import(store: &Path, file: &Path) {
    let mut app = App::inline(store, Route::Traces(Default::default()));
    app.run(app::Command::Import(vec![file.to_owned()]));
    while app.is_busy() {
        app.poll(0.0);
    }
}

/// What the reader thread does, step by step; the middle of three.
fn steps(store: &Path) {
    let reader = Reader::open(store).expect("the store");
    let cancel = CancelToken::default();
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..3 {
        let (answer, millis) = timed(|| Question::Trace(id()).answer(&reader, &cancel));
        let Ok(Answer::Trace(Some(trace))) = answer else {
            panic!("the trace is there");
        };
        times[0].push(millis);
        let options = Default::default();
        let waterfall = Question::Waterfall { trace, options };
        let (answer, millis) = timed(|| waterfall.answer(&reader, &cancel));
        let Ok(Answer::Waterfall(grouped)) = answer else {
            panic!("a waterfall");
        };
        times[1].push(millis);
        let rows = Question::WaterfallRows {
            grouped,
            expansion: Default::default(),
            showing: Default::default(),
            only: None,
        };
        let (_, millis) = timed(|| rows.answer(&reader, &cancel));
        times[2].push(millis);
    }
    for (name, mut times) in ["from the store", "tree, groups, path", "rows"]
        .into_iter()
        .zip(times)
    {
        times.sort_by(f64::total_cmp);
        println!("{name:<32} {:>9.1} ms", times[1]);
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed().as_secs_f64() * 1e3)
}

/// The window on the trace.
struct Window {
    shell: Shell,
    ctx: egui::Context,
    frames: u32,
}

impl Window {
    fn on(store: &Path, place: Route) -> Self {
        let wake: Wake = Arc::new(|| ());
        Self {
            shell: Shell::new(App::new(store, place, &wake), Arc::new(|| ())),
            ctx: egui::Context::default(),
            frames: 0,
        }
    }

    fn frame(&mut self, events: Vec<Event>) {
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
        std::hint::black_box(self.ctx.tessellate(shapes, 1.0).len());
        output.drop_without_applying_deltas();
    }

    /// Frames until the rows are others than those so far, and one that paints them; milliseconds.
    fn until_new_rows(&mut self) -> f64 {
        let before = self.rows();
        let started = Instant::now();
        while self.rows() == before {
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(1));
        }
        self.frame(Vec::new());
        started.elapsed().as_secs_f64() * 1e3
    }

    fn rows(&self) -> usize {
        let rows = self.shell.app.rows.value.as_ref();
        rows.map_or(0, |visible| visible.rows.len())
    }

    fn settle(&mut self) {
        while self.shell.app.is_busy() {
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// A few frames a second, as while somebody reads.
    fn look_at(&mut self, time: Duration) {
        let started = Instant::now();
        while started.elapsed() < time {
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn wheel(&mut self, points: f32, modifiers: Modifiers) {
        let pointer = Event::PointerMoved(egui::pos2(900.0, 600.0));
        let wheel = Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            source: egui::MouseWheelSource::Wheel,
            delta: vec2(0.0, points),
            phase: TouchPhase::Move,
            modifiers,
        };
        self.frame(vec![pointer, wheel]);
    }
}

/// A window that shows the list of traces, and a click on one of them; the middle of five.
fn click(store: &Path) {
    let mut times = [(); 5].map(|()| {
        let mut window = Window::on(store, Route::Traces(Default::default()));
        window.frame(Vec::new());
        window.settle();
        let trace = Route::Trace(TracePlace::new(id(), None));
        window.shell.app.run(app::Command::Go(trace));
        window.until_new_rows()
    });
    times.sort_by(f64::total_cmp);
    let middle = times[times.len() / 2];
    println!("{:<32} {middle:>9.1} ms", "click to first frame with rows");
}

fn window(store: &Path, spans: u64) {
    let before = in_status(RESIDENT);
    let started = Instant::now();
    let mut window = Window::on(store, Route::Trace(TracePlace::new(id(), None)));
    window.until_new_rows();
    let first = started.elapsed().as_secs_f64() * 1e3;
    println!("{:<32} {first:>9.1} ms", "start to first frame with rows");
    window.settle();
    let memory = |name: &str, now: Option<u64>| {
        if let (Some(before), Some(now)) = (before, now) {
            let bytes = now.saturating_sub(before) as f64 / spans as f64;
            println!("{name:<32} {bytes:>9.1} bytes a span");
        }
    };
    memory("memory, most while opening", in_status("VmHWM:"));
    memory("memory, all answered", in_status(RESIDENT));
    window.look_at(SETTLING);
    memory("memory, looked at since", in_status(RESIDENT));
    frames(&mut window, "folded");
    window.shell.app.run(app::Command::ExpandAll);
    println!("{:<32} {:>9.1} ms", "unfold all", window.until_new_rows());
    println!("{:<32} {:>9}", "rows", window.rows());
    window.settle();
    frames(&mut window, "unfolded");
    window.shell.app.run(app::Command::Look(Look::ToDepth(0)));
    println!("{:<32} {:>9.1} ms", "fold all", window.until_new_rows());
}

fn frames(window: &mut Window, name: &str) {
    let mut step = 0;
    for (how, modifiers) in [
        ("scrolling", Modifiers::NONE),
        ("zooming", Modifiers::COMMAND),
    ] {
        let mut times: Vec<f64> = (0..FRAMES)
            .map(|_| {
                step += 1;
                let points = match (how, step % 40 < 20) {
                    ("scrolling", _) => -600.0,
                    (_, true) => 12.0,
                    (_, false) => -12.0,
                };
                timed(|| window.wheel(points, modifiers)).1
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let (middle, late) = (times[FRAMES / 2], times[FRAMES * 99 / 100]);
        println!("a frame, {name}, {how:<13} {middle:>9.2} ms, p99 {late:.2} ms");
    }
    window.settle();
}

/// The line of [`in_status`] that says how much memory is in use.
const RESIDENT: &str = "VmRSS:";

/// A number of bytes that the kernel tells of this process.
fn in_status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
