//! Colours that stand for one of several services, and for durations.
//!
//! Services differ in hue and in lightness, so that neighbours can be told apart by people who see without red or green
//! cones; a test below measures it. Durations are one row of colours that only gets darker (on dark ground lighter), which
//! reads as more in any vision.

use super::rgb;
use egui::Color32;

/// Where a step of the row of durations begins, in nanoseconds, with its name.
pub const DURATION_STEPS: [(i64, &str); 5] = [
    (0, "below 1 ms"),
    (1_000_000, "1 ms"),
    (10_000_000, "10 ms"),
    (100_000_000, "100 ms"),
    (1_000_000_000, "1 s and more"),
];

/// How many services have a colour of their own.
pub const SERVICE_COLORS: usize = 8;

/// The step of a duration in nanoseconds, as an index into [`DURATION_STEPS`].
pub fn duration_step(duration: i64) -> usize {
    let reached = DURATION_STEPS.partition_point(|(from, _)| *from <= duration);
    reached.saturating_sub(1)
}

pub(super) const LIGHT_SERVICES: [Color32; SERVICE_COLORS] = [
    rgb(0x2f6d9c),
    rgb(0x92a824),
    rgb(0x8181e4),
    rgb(0xd49c7a),
    rgb(0x265951),
    rgb(0x642dd2),
    rgb(0x70a7c2),
    rgb(0x664a10),
];

pub(super) const DARK_SERVICES: [Color32; SERVICE_COLORS] = [
    rgb(0x39c6c6),
    rgb(0xc2d040),
    rgb(0x9688dd),
    rgb(0x59931f),
    rgb(0x7f2dd2),
    rgb(0x94d19e),
    rgb(0x36657d),
    rgb(0x22773e),
];

pub(super) const LIGHT_DURATIONS: [Color32; DURATION_STEPS.len()] = [
    rgb(0xa9c4cf),
    rgb(0x6fa3c4),
    rgb(0x3f79b0),
    rgb(0x3d4f93),
    rgb(0x2d2660),
];

pub(super) const DARK_DURATIONS: [Color32; DURATION_STEPS.len()] = [
    rgb(0x4a4a86),
    rgb(0x4f74b0),
    rgb(0x62a0c2),
    rgb(0x93cccb),
    rgb(0xdcf0d8),
];

#[cfg(test)]
mod tests {
    use super::super::{DARK, LIGHT, contrast};
    use super::*;

    /// Linear red, green and blue as seen with all cones, without red and without green ones: G. M. Machado, M. M. Oliveira
    /// and L. A. F. Fernandes: *A Physiologically-based Model for Simulation of Color Vision Deficiency*, 2009, at full
    /// severity.
    const VISIONS: [[[f64; 3]; 3]; 3] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ];

    fn times(matrix: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
    }

    /// CIE L*a*b* of a colour as seen, under D65.
    fn lab(color: Color32, vision: &[[f64; 3]; 3]) -> [f64; 3] {
        let linear = |v: u8| match f64::from(v) / 255.0 {
            v if v <= 0.04045 => v / 12.92,
            v => ((v + 0.055) / 1.055).powf(2.4),
        };
        let seen = times(vision, [color.r(), color.g(), color.b()].map(linear));
        let to_xyz = [
            [0.4124, 0.3576, 0.1805],
            [0.2126, 0.7152, 0.0722],
            [0.0193, 0.1192, 0.9505],
        ];
        let [x, y, z] = times(&to_xyz, seen.map(|v| v.clamp(0.0, 1.0)));
        let f = |t: f64| match t > 216.0 / 24_389.0 {
            true => t.cbrt(),
            false => (24_389.0 / 27.0 * t + 16.0) / 116.0,
        };
        let (x, y, z) = (f(x / 0.95047), f(y), f(z / 1.08883));
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// The distance (CIE 1976) of two colours in the vision in which they are nearest.
    fn least_distance(a: Color32, b: Color32) -> f64 {
        let distance = |vision| {
            let (a, b) = (lab(a, vision), lab(b, vision));
            a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
        };
        VISIONS
            .iter()
            .map(distance)
            .fold(f64::INFINITY, f64::min)
            .sqrt()
    }

    #[test]
    fn distances_are_those_of_the_model() {
        let [red, green] = [rgb(0xff0000), rgb(0x00ff00)];
        assert!((lab(rgb(0xffffff), &VISIONS[0])[0] - 100.0).abs() < 0.1);
        assert!(least_distance(red, green) < 100.0, "nearer than they seem");
        assert_eq!(least_distance(red, red), 0.0);
    }

    #[test]
    fn colours_of_a_legend_are_told_apart_in_any_vision() {
        for palette in [&LIGHT, &DARK] {
            let mut services = palette.services.to_vec();
            services.push(palette.error);
            let durations = &palette.durations[..];
            // 2.3 is what can just be told apart side by side; legends need a multiple of it.
            let legends = [
                (&services[..], 14.0),
                (durations, 12.0),
                (&palette.hues, 9.0),
            ];
            for (colors, least) in legends {
                for (at, a) in colors.iter().enumerate() {
                    for b in &colors[at + 1..] {
                        let far = least_distance(*a, *b);
                        assert!(
                            far >= least,
                            "{a:?} and {b:?}: {far:.1}, dark {}",
                            palette.dark
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn weaves_are_seen_in_every_colour_and_vision() {
        for palette in [&LIGHT, &DARK] {
            for color in palette.services {
                // Beside a part that is left out, and beside a pale one.
                for (ground, least) in [(palette.panel, 30.0), (palette.pale(color), 20.0)] {
                    let far = least_distance(color, ground);
                    assert!(far >= least, "{color:?}: {far:.1}, dark {}", palette.dark);
                }
            }
        }
    }

    #[test]
    fn longer_is_always_stronger() {
        for palette in [&LIGHT, &DARK] {
            let seen = palette
                .durations
                .map(|color| contrast(color, palette.panel));
            assert!(seen.is_sorted() && seen[0] >= 1.7, "{seen:?}");
        }
    }

    #[test]
    fn durations_have_a_step() {
        let ms = 1_000_000;
        let cases = [
            (-5, 0),
            (0, 0),
            (ms - 1, 0),
            (ms, 1),
            (99 * ms, 2),
            (100 * ms, 3),
            (i64::MAX, 4),
        ];
        for (duration, step) in cases {
            assert_eq!(duration_step(duration), step, "{duration}");
        }
    }
}
