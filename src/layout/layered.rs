//! A directed graph in layers from left to right: whoever calls stands left of whom it calls.
//!
//! As in K. Sugiyama, S. Tagawa, M. Toda, *Methods for Visual Understanding of Hierarchical System Structures* (IEEE
//! Transactions on Systems, Man, and Cybernetics 11, 1981), in its plainest form: edges that close a circle are turned
//! around (those that lead back to where a walk from the callers came from), layers are longest paths, edges over several layers bend between the boxes of those in between, and the order
//! within a layer is swept towards the mean place of its neighbours. The same input always gives the same picture.

/// Width and height of a box, in points.
pub const BOX: [f32; 2] = [176.0, 56.0];
/// Space between two layers, in points.
pub const BETWEEN_LAYERS: f32 = 104.0;
/// Space between two boxes of a layer, in points.
const BETWEEN_BOXES: f32 = 24.0;
/// Height left free for an edge that passes a layer, in points.
const PASSAGE: f32 = 12.0;
/// How often the order is swept through all layers.
const SWEEPS: usize = 8;
/// Beyond so many bends, long edges are drawn straight.
const MOST_BENDS: usize = 20_000;

/// Where everything is, in points from the top left corner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayeredGraph {
    /// The top left corner of each box.
    pub boxes: Vec<[f32; 2]>,
    /// The bends of each edge between its two boxes, in its own direction.
    pub bends: Vec<Vec<[f32; 2]>>,
    /// The layer of each box, from the left.
    pub layers: Vec<usize>,
    /// Width and height of the whole.
    pub size: [f32; 2],
}

/// A box, or the place where an edge passes a layer.
struct Vertex {
    layer: usize,
    height: f32,
}

/// Lays out so many boxes with their edges, each from one to another. `entries` are those that calls come in at, so that a
/// circle is opened there. Edges that name no box, or one box twice, have no
/// bends and no influence.
pub fn layered(boxes: usize, edges: &[(usize, usize)], entries: &[usize]) -> LayeredGraph {
    let is_edge = |(from, to): &(usize, usize)| from != to && *from < boxes && *to < boxes;
    let forward = without_circles(boxes, edges, entries, is_edge);
    let layers = longest_paths(boxes, &forward);
    let mut vertices: Vec<Vertex> = layers
        .iter()
        .map(|layer| Vertex {
            layer: *layer,
            height: BOX[1] + BETWEEN_BOXES,
        })
        .collect();
    let bends: usize = forward
        .iter()
        .flatten()
        .map(|(from, to)| layers[*to] - layers[*from] - 1)
        .sum();
    let mut neighbours: Vec<(usize, usize)> = Vec::new();
    let mut passed: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (edge, (from, to)) in forward
        .iter()
        .enumerate()
        .filter_map(|(at, edge)| Some((at, (*edge)?)))
    {
        let mut before = from;
        if bends <= MOST_BENDS {
            for layer in layers[from] + 1..layers[to] {
                let next = vertices.len();
                vertices.push(Vertex {
                    layer,
                    height: PASSAGE,
                });
                neighbours.push((before, next));
                passed[edge].push(next);
                before = next;
            }
        }
        neighbours.push((before, to));
    }
    let rows = ordered(&vertices, &neighbours);
    let (places, size) = placed(&vertices, &rows);
    let bends = passed.iter().zip(edges).zip(&forward);
    LayeredGraph {
        boxes: places[..boxes].to_vec(),
        bends: bends
            .map(|((passed, edge), forward)| {
                let point = |vertex: &usize| {
                    let [x, y] = places[*vertex];
                    [x + BOX[0] / 2.0, y + PASSAGE / 2.0]
                };
                let mut points: Vec<[f32; 2]> = passed.iter().map(point).collect();
                if forward.is_some_and(|forward| forward != *edge) {
                    points.reverse();
                }
                points
            })
            .collect(),
        layers,
        size,
    }
}

/// The edges without circles; `None` for those that do not count. Within what a circle holds together, an edge is turned
/// around that leads to a box nearer to where a walk enters; all others stay as they are.
fn without_circles(
    boxes: usize,
    edges: &[(usize, usize)],
    entries: &[usize],
    is_edge: impl Fn(&(usize, usize)) -> bool,
) -> Vec<Option<(usize, usize)>> {
    let edges: Vec<Option<(usize, usize)>> = edges
        .iter()
        .map(|edge| is_edge(edge).then_some(*edge))
        .collect();
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); boxes];
    let mut back: Vec<Vec<usize>> = vec![Vec::new(); boxes];
    for (from, to) in edges.iter().flatten() {
        out[*from].push(*to);
        back[*to].push(*from);
    }
    let circles = held_together(&out, &back);
    let steps = steps_from(entries, &out, &back);
    let turned = |(from, to): (usize, usize)| {
        let leads_back = (steps[to], to) < (steps[from], from);
        match circles[from] == circles[to] && leads_back {
            true => (to, from),
            false => (from, to),
        }
    };
    edges.into_iter().map(|edge| edge.map(turned)).collect()
}

/// Of each box a number that it shares with those it is in a circle with: strongly connected components, by two walks, the
/// second against the edges (S. R. Kosaraju; M. Sharir, 1981).
fn held_together(out: &[Vec<usize>], back: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![false; out.len()];
    let mut left = Vec::with_capacity(out.len());
    for start in 0..out.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut path = vec![(start, 0usize)];
        while let Some((at, next)) = path.last_mut() {
            match out[*at].get(*next) {
                None => {
                    left.push(*at);
                    path.pop();
                }
                Some(to) => {
                    *next += 1;
                    if !std::mem::replace(&mut seen[*to], true) {
                        path.push((*to, 0));
                    }
                }
            }
        }
    }
    const NONE: usize = usize::MAX;
    let mut circles = vec![NONE; out.len()];
    for start in left.into_iter().rev() {
        let mut waiting = vec![start];
        while let Some(at) = waiting.pop() {
            if circles[at] == NONE {
                circles[at] = start;
                waiting.extend(&back[at]);
            }
        }
    }
    circles
}

/// How many edges each box is away from the entries and from those that nobody calls; where none of them leads, from the
/// first of the rest.
fn steps_from(entries: &[usize], out: &[Vec<usize>], back: &[Vec<usize>]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut steps = vec![NONE; out.len()];
    let is_first = |at: &usize| back[*at].is_empty() || entries.contains(at);
    let first: Vec<usize> = (0..out.len()).filter(is_first).collect();
    let rest = (0..out.len()).map(|at| vec![at]);
    for starts in std::iter::once(first).chain(rest) {
        let mut ring: Vec<usize> = starts;
        ring.retain(|at| steps[*at] == NONE);
        let mut step = 0;
        while !ring.is_empty() {
            ring.iter().for_each(|at| steps[*at] = step);
            step += 1;
            let mut next: Vec<usize> = ring.iter().flat_map(|at| &out[*at]).copied().collect();
            next.retain(|at| steps[*at] == NONE);
            next.sort_unstable();
            next.dedup();
            ring = next;
        }
    }
    steps
}

/// The layer of each box: how many edges the longest way to it has.
fn longest_paths(boxes: usize, forward: &[Option<(usize, usize)>]) -> Vec<usize> {
    let mut waits = vec![0usize; boxes];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); boxes];
    for (from, to) in forward.iter().flatten() {
        waits[*to] += 1;
        out[*from].push(*to);
    }
    let mut layers = vec![0usize; boxes];
    let mut ready: Vec<usize> = (0..boxes).filter(|at| waits[*at] == 0).collect();
    while let Some(at) = ready.pop() {
        for to in &out[at] {
            layers[*to] = layers[*to].max(layers[at] + 1);
            waits[*to] -= 1;
            if waits[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    layers
}

/// The vertices of each layer from top to bottom.
fn ordered(vertices: &[Vertex], neighbours: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let count = vertices.iter().map(|one| one.layer + 1).max().unwrap_or(0);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, vertex) in vertices.iter().enumerate() {
        rows[vertex.layer].push(at);
    }
    let mut left: Vec<Vec<usize>> = vec![Vec::new(); vertices.len()];
    let mut right: Vec<Vec<usize>> = vec![Vec::new(); vertices.len()];
    for (from, to) in neighbours {
        right[*from].push(*to);
        left[*to].push(*from);
    }
    // Places as shares of their layer, so that layers of different length compare.
    let mut place = vec![0.0f64; vertices.len()];
    let note = |row: &[usize], place: &mut Vec<f64>| {
        for (at, vertex) in row.iter().enumerate() {
            place[*vertex] = (at as f64 + 0.5) / row.len() as f64;
        }
    };
    rows.iter().for_each(|row| note(row, &mut place));
    for sweep in 0..SWEEPS {
        let to_the_right = sweep % 2 == 0;
        let towards = if to_the_right { &left } else { &right };
        for step in 0..count {
            let row = &mut rows[if to_the_right { step } else { count - 1 - step }];
            let mean = |vertex: &usize| match towards[*vertex].as_slice() {
                [] => place[*vertex],
                list => list.iter().map(|one| place[*one]).sum::<f64>() / list.len() as f64,
            };
            row.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
            note(row, &mut place);
        }
    }
    rows
}

/// The top left corner of each vertex, with layers centred on each other, and the size of the whole.
fn placed(vertices: &[Vertex], rows: &[Vec<usize>]) -> (Vec<[f32; 2]>, [f32; 2]) {
    let height = |row: &Vec<usize>| row.iter().map(|at| vertices[*at].height).sum::<f32>();
    let tallest = rows.iter().map(height).fold(0.0, f32::max);
    let mut places = vec![[0.0; 2]; vertices.len()];
    for (layer, row) in rows.iter().enumerate() {
        let x = layer as f32 * (BOX[0] + BETWEEN_LAYERS);
        let mut y = ((tallest - height(row)) / 2.0).round();
        for vertex in row {
            places[*vertex] = [x, y];
            y += vertices[*vertex].height;
        }
    }
    let width = rows.len() as f32 * (BOX[0] + BETWEEN_LAYERS) - BETWEEN_LAYERS;
    (places, [width.max(0.0), (tallest - BETWEEN_BOXES).max(0.0)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn callers_stand_left_of_whom_they_call() {
        //  0 ─▶ 1 ─▶ 3
        //  └──▶ 2 ───┘   and 0 ─▶ 3 passes the middle layer
        let graph = layered(4, &[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)], &[]);
        assert_eq!(graph.layers, [0, 1, 1, 2]);
        assert_eq!(graph.bends[4].len(), 1);
        assert!(graph.bends[..4].iter().all(Vec::is_empty));
        let width = 3.0 * BOX[0] + 2.0 * BETWEEN_LAYERS;
        assert_eq!(graph.size[0], width);
    }

    #[test]
    fn a_circle_is_opened_where_a_walk_comes_back() {
        let graph = layered(3, &[(0, 1), (1, 2), (2, 0), (1, 1), (7, 0)], &[]);
        assert_eq!(graph.layers, [0, 1, 2]);
        // The edge back passes the middle layer, in its own direction.
        assert_eq!(graph.bends[2].len(), 1);
        assert!(graph.bends[3].is_empty() && graph.bends[4].is_empty());
        assert_eq!(layered(0, &[], &[]), LayeredGraph::default());
    }

    #[test]
    fn only_edges_of_a_circle_are_turned_around() {
        // 0 ─▶ 1 ─▶ 2 ─▶ 3 and 0 ─▶ 3: nothing leads back, so 3 is last, though 0 calls it first.
        assert_eq!(
            layered(4, &[(0, 3), (0, 1), (1, 2), (2, 3)], &[]).layers,
            [0, 1, 2, 3]
        );
        // 0 calls 1 and 2, which call each other.
        assert_eq!(
            layered(3, &[(0, 1), (0, 2), (2, 1), (1, 2)], &[]).layers,
            [0, 1, 2]
        );
    }

    #[test]
    fn a_circle_is_opened_at_an_entry() {
        let circle = [(0, 1), (1, 2), (2, 0)];
        assert_eq!(layered(3, &circle, &[2]).layers, [1, 2, 0]);
    }

    #[test]
    fn edges_that_would_cross_are_set_straight() {
        // 0 calls 3, 1 calls 2: in the order of numbers they cross.
        let graph = layered(4, &[(0, 3), (1, 2)], &[]);
        assert!(graph.boxes[3][1] < graph.boxes[2][1]);
    }

    proptest! {
        #[test]
        fn boxes_never_overlap_and_waited_edges_lead_right(
            edges in proptest::collection::vec((0usize..40, 0usize..40), 0..120),
        ) {
            let graph = layered(40, &edges, &[]);
            for (at, a) in graph.boxes.iter().enumerate() {
                for b in &graph.boxes[at + 1..] {
                    let apart = (0..2).any(|axis| (a[axis] - b[axis]).abs() >= BOX[axis]);
                    prop_assert!(apart, "{:?} {:?}", a, b);
                }
                prop_assert!(a[0] + BOX[0] <= graph.size[0] && a[1] + BOX[1] <= graph.size[1]);
            }
            for ((from, to), bends) in edges.iter().zip(&graph.bends) {
                let (from, to) = (graph.layers[*from], graph.layers[*to]);
                prop_assert_eq!(bends.len(), from.abs_diff(to).saturating_sub(1));
            }
            prop_assert_eq!(layered(40, &edges, &[]), graph);
        }
    }
}
