//! The frames of a flame graph as rectangles: the top at the top, each frame as wide as the time it stands for.
//!
//! Frames narrower than a point share one with their neighbours, so there is at most one rectangle a point and depth.

use crate::analysis::Frame;

/// A rectangle, or a point's width of frames too narrow for one of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlameRect {
    /// The frame; of several the first.
    pub frame: usize,
    /// How deep it is; 0 at the top.
    pub depth: u32,
    /// From the left edge, in points.
    pub left: f32,
    /// To here.
    pub right: f32,
    /// How many further frames share it.
    pub folded: u32,
}

/// The rectangles in view, in the order of frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlamePicture {
    /// What is drawn.
    pub rects: Vec<FlameRect>,
    /// How many rows there are.
    pub depth: u32,
}

/// What of the graph is in view.
struct View {
    /// Where it begins, in nanoseconds from the left of the whole.
    start: i64,
    /// Points a nanosecond.
    scale: f64,
    width: f32,
}

/// Lays frames out on so many points. With a frame to zoom to, that one fills the width, and so do those it lies on.
/// O(n).
pub fn flame_picture(frames: &[Frame], zoom: Option<usize>, width: f32) -> FlamePicture {
    let zoom = zoom.filter(|at| *at < frames.len());
    let (starts, whole) = starts(frames);
    let (start, length) = match zoom {
        Some(at) => (starts[at], frames[at].width),
        None => (0, whole),
    };
    let view = View {
        start,
        scale: f64::from(width) / length.max(1) as f64,
        width,
    };
    let below = |at: usize| frames[at].parent;
    let mut is_under = vec![false; frames.len()];
    for at in zoom.into_iter() {
        let mut next = below(at);
        while let Some(under) = next {
            is_under[under] = true;
            next = below(under);
        }
    }
    let mut is_inside = vec![zoom.is_none(); frames.len()];
    let mut picture = FlamePicture::default();
    // The last rectangle of each depth.
    let mut last: Vec<Option<usize>> = Vec::new();
    for (at, frame) in frames.iter().enumerate() {
        is_inside[at] |= zoom == Some(at) || frame.parent.is_some_and(|parent| is_inside[parent]);
        let edges = match (is_under[at], is_inside[at]) {
            (true, _) => [0.0, width],
            (false, true) => view.edges(starts[at], frame.width),
            (false, false) => continue,
        };
        picture.depth = picture.depth.max(frame.depth + 1);
        let depth = frame.depth as usize;
        if last.len() <= depth {
            last.resize(depth + 1, None);
        }
        picture.add(at, frame.depth, edges, &mut last[depth]);
    }
    picture
}

impl FlamePicture {
    fn add(&mut self, frame: usize, depth: u32, [left, right]: [f32; 2], last: &mut Option<usize>) {
        let is_narrow = right - left < 1.0;
        if let Some(neighbour) = last.and_then(|at| self.rects.get_mut(at))
            && is_narrow
            && left.floor() < neighbour.right
            && neighbour.right - neighbour.left <= 1.0
        {
            neighbour.folded += 1;
            return;
        }
        let edge = last.map_or(0.0, |at| self.rects[at].right);
        let left = if is_narrow { left.floor() } else { left }.max(edge);
        let right = if is_narrow {
            left + 1.0
        } else {
            right.max(left)
        };
        *last = Some(self.rects.len());
        self.rects.push(FlameRect {
            frame,
            depth,
            left,
            right,
            folded: 0,
        });
    }
}

impl View {
    fn edges(&self, start: i64, length: i64) -> [f32; 2] {
        let place = |at: i64| ((at - self.start) as f64 * self.scale) as f32;
        let last = (self.width - 1.0).max(0.0);
        [place(start).min(last), place(start.saturating_add(length))]
    }
}

/// Where each frame begins, in nanoseconds from the left, and the width of all.
fn starts(frames: &[Frame]) -> (Vec<i64>, i64) {
    let mut whole = 0i64;
    let mut next = vec![0i64; frames.len()];
    let mut starts = vec![0i64; frames.len()];
    for (at, frame) in frames.iter().enumerate() {
        let free = match frame.parent {
            Some(parent) => &mut next[parent],
            None => &mut whole,
        };
        starts[at] = *free;
        *free = free.saturating_add(frame.width);
        next[at] = starts[at];
    }
    (starts, whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::path_tree::PathSums;

    /// Frames as (depth, parent, width).
    fn frames(list: &[(u32, Option<usize>, i64)]) -> Vec<Frame> {
        let frame = |(depth, parent, width): &(u32, Option<usize>, i64)| Frame {
            name: "frame".into(),
            is_rest: false,
            node: 0,
            op: "".into(),
            depth: *depth,
            parent: *parent,
            sums: PathSums::default(),
            width: *width,
        };
        list.iter().map(frame).collect()
    }

    fn drawn(frames: &[Frame], zoom: Option<usize>) -> Vec<(usize, f32, f32, u32)> {
        let picture = flame_picture(frames, zoom, 100.0);
        let rects = picture.rects.iter();
        rects
            .map(|rect| (rect.frame, rect.left, rect.right, rect.folded))
            .collect()
    }

    #[test]
    fn children_lie_side_by_side_on_their_parent() {
        //  0 |--------------------|  200
        //  1 |----|                   40
        //  2      |----------|       100
        //  3      |--|                20
        let list = frames(&[
            (0, None, 200),
            (1, Some(0), 40),
            (1, Some(0), 100),
            (2, Some(2), 20),
        ]);
        let whole = [
            (0, 0.0, 100.0, 0),
            (1, 0.0, 20.0, 0),
            (2, 20.0, 70.0, 0),
            (3, 20.0, 30.0, 0),
        ];
        assert_eq!(drawn(&list, None), whole);
        // The parent fills the width as well; what lies beside is gone.
        let zoomed = [(0, 0.0, 100.0, 0), (2, 0.0, 100.0, 0), (3, 0.0, 20.0, 0)];
        assert_eq!(drawn(&list, Some(2)), zoomed);
        assert_eq!(drawn(&list, Some(9)), whole, "a frame that is not there");
        assert_eq!(flame_picture(&list, None, 100.0).depth, 3);
    }

    #[test]
    fn frames_below_a_point_share_one() {
        let mut list = vec![(0, None, 1_000i64)];
        list.extend((0..100).map(|_| (1, Some(0), 2)));
        list.push((1, Some(0), 0));
        let list = frames(&list);
        let found = drawn(&list, None);
        // 100 frames of a fifth of a point on the first 20 points, and one without any width.
        let below: u32 = found[1..].iter().map(|rect| rect.3 + 1).sum();
        assert_eq!(below, 101);
        assert!(found.len() <= 22, "{found:?}");
        let apart = found[1..].windows(2).all(|pair| pair[0].2 <= pair[1].1);
        assert!(apart, "{found:?}");
        assert!(found.iter().all(|rect| rect.2 <= 100.0));
    }

    #[test]
    fn frames_without_any_time_are_drawn_as_one() {
        let list = frames(&[(0, None, 0), (0, None, 0)]);
        assert_eq!(drawn(&list, None), [(0, 0.0, 1.0, 1)]);
        assert_eq!(flame_picture(&[], None, 100.0), FlamePicture::default());
    }
}
