//! Pictures of every place, drawn by the program without a display.

use crate::cli_support::{Program, shop};
use std::collections::HashSet;

const TRACE: &str = "trace/76e68b2d8f46310341a48cf3b580c075";

/// Draws and reads the picture back: width, height, mean brightness 0 to 255, different colours.
fn draw(program: &Program, args: &[&str]) -> (u32, u32, f64, usize) {
    let path = program.at("picture.png");
    let output = path.display().to_string();
    program.ok(&[&["render", "-o", &output], args].concat());
    let decoder = png::Decoder::new(std::io::BufReader::new(
        std::fs::File::open(&path).expect("a picture"),
    ));
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    let colours: HashSet<&[u8]> = pixels.chunks(4).collect();
    let sum: u64 = pixels
        .chunks(4)
        .flat_map(|pixel| &pixel[..3])
        .map(|part| u64::from(*part))
        .sum();
    let mean = sum as f64 / (f64::from(info.width) * f64::from(info.height) * 3.0);
    (info.width, info.height, mean, colours.len())
}

#[test]
fn every_place_is_drawn_in_both_themes() {
    let program = Program::with_shop();
    for place in [
        "traces",
        "traces?q=op:db&sort=-duration",
        TRACE,
        "logs?q=level:error&columns=release",
        "imports",
    ] {
        let theme = |theme: &str| {
            draw(
                &program,
                &["--view", place, "--size", "900x600", "--theme", theme],
            )
        };
        let (dark, light) = (theme("dark"), theme("light"));
        assert_eq!(
            (dark.0, dark.1, light.0, light.1),
            (900, 600, 900, 600),
            "{place}"
        );
        assert!(dark.2 < 80.0, "{place}: {dark:?}");
        assert!(light.2 > 180.0, "{place}: {light:?}");
        assert!(dark.3 > 20 && light.3 > 20, "{place}: {dark:?} {light:?}");
    }
}

#[test]
fn scale_multiplies_the_pixels() {
    let program = Program::with_shop();
    let (width, height, ..) = draw(
        &program,
        &["--view", TRACE, "--size", "500x400", "--scale", "2"],
    );
    assert_eq!((width, height), (1000, 800));
    let (width, height, ..) = draw(&program, &["--view", TRACE]);
    assert_eq!((width, height), (1400, 900));
}

#[test]
fn files_are_drawn_without_a_store() {
    let program = Program::new();
    let file = shop("release-1.4.0.otlp.jsonl");
    let (.., colours) = draw(&program, &["--view", TRACE, &file]);
    assert!(colours > 20);
    assert!(!program.store().exists());
    let output = program.at("x.png").display().to_string();
    let missing = program.at("missing").display().to_string();
    let answer = program.run(&["render", "-o", &output, &missing]);
    assert_eq!(answer.status, 3, "{}", answer.err);
    assert!(answer.err.contains("missing"), "{}", answer.err);
}

#[test]
fn a_picture_changes_no_setting() {
    let program = Program::with_shop();
    for theme in ["light", "dark"] {
        draw(&program, &["--theme", theme]);
        assert!(!program.at("settings.json").exists(), "{theme}");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let program = Program::with_shop();
    let output = program.at("x.png").display().to_string();
    let refused = |args: &[&str], status: i32, said: &str| {
        let answer = program.run(&[&["render", "-o", &output], args].concat());
        assert_eq!(answer.status, status, "{args:?}: {}", answer.err);
        assert!(answer.err.contains(said), "{args:?}: {}", answer.err);
        assert!(!program.at("x.png").exists());
    };
    refused(&["--view", "nowhere"], 2, "not a place");
    refused(
        &["--view", &format!("trace/{}", "f".repeat(32))],
        2,
        "no trace",
    );
    refused(&["--size", "9x9"], 2, "no size");
    refused(&["--size", "huge"], 2, "no size");
    refused(&["--scale", "100"], 2, "scale");
    refused(&["--theme", "pink"], 2, "pink");
    let nowhere = program.at("no/folder/x.png").display().to_string();
    let answer = program.run(&["render", "-o", &nowhere]);
    assert_eq!(answer.status, 3, "{}", answer.err);
    assert!(answer.err.contains("cannot be written"), "{}", answer.err);
    // A broken search is shown in the window as in life, with its place marked.
    assert!(draw(&program, &["--view", "traces?q=op:db%20("]).3 > 20);
}
