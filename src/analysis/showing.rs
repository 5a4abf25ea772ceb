//! Which part of a trace is looked at: below one node, without some services, only the critical path, only what was found.
//!
//! Unlike folding, which a chevron undoes, this leaves rows out altogether; how many spans are left out is part of the
//! answer, so that it can be said. What hangs below a hidden service's spans moves up and stays in sight.

use super::classes::Classes;
use super::critical_path::CriticalPath;
use super::found::Found;
use super::row_list::Rows;
use super::rows::{Expansion, Fate, Part, visible_rows_of};
use super::tree::SpanIndex;
use super::waterfall::{NodeIndex, NodeKind, Waterfall};
use crate::model::trace::Trace;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The part of a trace that is looked at; by default all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Showing {
    /// Only this span and what is below it.
    pub focus: Option<SpanIndex>,
    /// Only spans the critical path runs through, and those that lead to them.
    pub only_path: bool,
    /// Services whose spans are left out.
    pub hidden: BTreeSet<Arc<str>>,
    /// Services whose spans hide their children unless they are unfolded by hand.
    pub folded: BTreeSet<Arc<str>>,
}

/// The rows of a part of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The rows, from top to bottom.
    pub rows: Rows,
    /// How many spans of the trace are left out because their service is hidden.
    pub hidden: usize,
    /// How many further ones because the critical path does not run through them.
    pub off_path: usize,
    /// How many further ones because they neither were found nor lead to such.
    pub unmatched: usize,
}

/// Lists the rows; with `only`, no others than those that were found and those that lead to them. All must belong together:
/// the waterfall, the path and what was found to this trace. O(n) in the spans of the trace while anything is left out, else
/// in the rows.
pub fn shown_rows(
    trace: &Trace,
    waterfall: &Waterfall,
    path: &CriticalPath,
    expansion: &Expansion,
    showing: &Showing,
    only: Option<&Found>,
) -> Shown {
    let lens = Lens {
        only,
        ..Lens::new(trace, waterfall, path, showing)
    };
    let focus = showing.focus.filter(|span| span.at() < trace.spans.len());
    let focus = focus.map(|span| waterfall.of_span(span));
    let tops = focus
        .as_ref()
        .map_or(waterfall.tops(), std::slice::from_ref);
    let fate = |node| match Some(node) == focus {
        // What one asked to see is shown, whatever else is hidden.
        true => Fate::Shown,
        false => lens.fate(node),
    };
    let folds = |span| Lens::has(&lens.folded, span);
    let part = Part {
        tops,
        fate: lens.leaves_out().then_some(&fate),
        folds: lens.folded.is_some().then_some(&folds),
    };
    let count = |left_out: &dyn Fn(SpanIndex) -> bool| {
        let spans = (0..trace.spans.len() as u32).map(SpanIndex);
        spans.filter(|span| left_out(*span)).count()
    };
    let is_hidden = |span| Lens::has(&lens.hidden, span);
    Shown {
        rows: visible_rows_of(waterfall, expansion, &part),
        hidden: match lens.hidden {
            Some(_) => count(&is_hidden),
            None => 0,
        },
        off_path: match showing.only_path {
            true => count(&|span| !is_hidden(span) && lens.is_off(span)),
            false => 0,
        },
        unmatched: match only {
            Some(_) => count(&|span| {
                let is_other = lens.is_other(waterfall.of_span(span));
                is_other && !is_hidden(span) && !lens.is_off(span)
            }),
            None => 0,
        },
    }
}

/// A [`Showing`] worked out for one trace.
struct Lens<'a> {
    waterfall: &'a Waterfall,
    path: Option<&'a CriticalPath>,
    only: Option<&'a Found>,
    hidden: Option<Vec<bool>>,
    folded: Option<Vec<bool>>,
}

impl<'a> Lens<'a> {
    fn new(
        trace: &Trace,
        waterfall: &'a Waterfall,
        path: &'a CriticalPath,
        showing: &Showing,
    ) -> Self {
        let any = !showing.hidden.is_empty() || !showing.folded.is_empty();
        let services = any.then(|| Classes::by_service(trace));
        let marked = |names: &BTreeSet<Arc<str>>| {
            let services = services.as_ref().filter(|_| !names.is_empty())?;
            let marks = services.values().iter().map(|name| names.contains(name));
            let marks: Vec<bool> = marks.collect();
            let spans = (0..trace.spans.len() as u32).map(SpanIndex);
            let is_marked = |span| services.of(span).is_some_and(|service| marks[service]);
            Some(spans.map(is_marked).collect())
        };
        Self {
            waterfall,
            path: showing.only_path.then_some(path),
            only: None,
            hidden: marked(&showing.hidden),
            folded: marked(&showing.folded),
        }
    }

    /// Whether there may be nodes that are not shown.
    fn leaves_out(&self) -> bool {
        self.path.is_some() || self.only.is_some() || self.hidden.is_some()
    }

    fn has(marks: &Option<Vec<bool>>, span: SpanIndex) -> bool {
        let marks = marks.as_ref();
        marks.is_some_and(|marks| marks.get(span.at()).copied().unwrap_or(false))
    }

    /// Whether the critical path is wanted and does not run through a span.
    fn is_off(&self, span: SpanIndex) -> bool {
        self.path.is_some_and(|path| path.within(span).is_none())
    }

    /// Whether matches are wanted and a node neither is one nor leads to one.
    fn is_other(&self, node: NodeIndex) -> bool {
        self.only.is_some_and(|found| found.within(node) == 0)
    }

    fn fate(&self, node: NodeIndex) -> Fate {
        let is_off = |span: SpanIndex| self.is_off(span);
        let is_hidden = |span: SpanIndex| Self::has(&self.hidden, span);
        if self.is_other(node) {
            return Fate::Dropped;
        }
        match self.waterfall.node(node).kind {
            NodeKind::Span(span) if is_off(span) => Fate::Dropped,
            NodeKind::Span(span) if is_hidden(span) => Fate::Lifted,
            NodeKind::Siblings(_) | NodeKind::Repeats(_) | NodeKind::Chain(_) => {
                let members = self.waterfall.group(node).map_or(&[][..], |it| it.members);
                match () {
                    () if members.iter().all(|span| is_off(*span)) => Fate::Dropped,
                    () if members.iter().all(|span| is_hidden(*span)) => Fate::Lifted,
                    () => Fate::Shown,
                }
            }
            // Between rows that are not neighbours any more there is no gap to speak of.
            NodeKind::Gap { prev, next } if is_hidden(prev) || is_hidden(next) => Fate::Dropped,
            NodeKind::Gap { .. } | NodeKind::Error(_) if self.path.is_some() => Fate::Dropped,
            NodeKind::Span(_) | NodeKind::Gap { .. } | NodeKind::Error(_) => Fate::Shown,
        }
    }
}

impl Showing {
    /// Whether rows may be left out.
    pub fn is_partial(&self) -> bool {
        self.focus.is_some() || self.only_path || !self.hidden.is_empty()
    }

    /// Shows as much more as it takes for a node to be among the rows.
    pub fn uncover(
        &mut self,
        trace: &Trace,
        waterfall: &Waterfall,
        path: &CriticalPath,
        node: NodeIndex,
    ) {
        if let Some(focus) = self.focus {
            let parent = |node: &NodeIndex| waterfall.node(*node).parent;
            let focus = waterfall.of_span(focus);
            if !std::iter::successors(Some(node), parent).any(|above| above == focus) {
                self.focus = None;
            }
        }
        let span = waterfall.first_span(node);
        self.only_path &= span.is_some_and(|span| path.within(span).is_some());
        if let Some(span) = span.and_then(|span| trace.spans.get(span.at())) {
            self.hidden.remove(&span.service);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;
    use crate::analysis::{GroupOptions, Row, SpanTree};

    /// ```text
    ///  1 web |==                         ==|
    ///  2 shop   |=                  ==|
    ///  3 db       |====|
    ///  4 web            |==|               called back by 3
    ///  5 db       |--|                     over before 3 was: not waited for
    /// ```
    fn shop() -> Trace {
        let mut trace = trace(&[
            (1, 0, 0, 100),
            (2, 1, 10, 90),
            (3, 2, 20, 70),
            (4, 3, 50, 60),
            (5, 2, 20, 30),
        ]);
        for span in &mut trace.spans {
            span.service = match span.id.0 {
                1 | 4 => "web",
                2 => "shop",
                _ => "db",
            }
            .into();
            // Nothing is alike, so nothing is grouped.
            span.op = format!("op{}", span.id.0).into();
        }
        trace
    }

    fn rows(showing: &Showing) -> (Vec<(u64, u32)>, usize, usize) {
        let (listed, [hidden, off_path, unmatched]) = rows_where(showing, None);
        assert_eq!(unmatched, 0);
        (listed, hidden, off_path)
    }

    /// The rows as ids and depths, with what is left out; only those of these spans and what leads to them.
    fn rows_where(showing: &Showing, found: Option<&[u64]>) -> (Vec<(u64, u32)>, [usize; 3]) {
        let trace = shop();
        let tree = SpanTree::new(&trace);
        let waterfall = Waterfall::new(&trace, &tree, GroupOptions::NONE);
        let path = CriticalPath::new(&trace, &tree);
        let found = found.map(|ids| {
            let spans: Vec<SpanIndex> = ids.iter().filter_map(|id| span(*id)).collect();
            Found::new(&waterfall, &spans)
        });
        let shown = shown_rows(
            &trace,
            &waterfall,
            &path,
            &Expansion::default(),
            showing,
            found.as_ref(),
        );
        let row = |row: Row| {
            let span = waterfall.first_span(row.node);
            (
                span.map_or(0, |span| trace.spans[span.at()].id.0),
                row.depth,
            )
        };
        let listed = shown.rows.iter().map(row).collect();
        (listed, [shown.hidden, shown.off_path, shown.unmatched])
    }

    fn services(names: &[&str]) -> BTreeSet<Arc<str>> {
        names.iter().map(|name| Arc::from(*name)).collect()
    }

    fn span(id: u64) -> Option<SpanIndex> {
        let trace = shop();
        let at = trace.spans.iter().position(|span| span.id.0 == id);
        at.map(|at| SpanIndex(at as u32))
    }

    #[test]
    fn all_is_shown_by_default() {
        let (listed, hidden, off_path) = rows(&Showing::default());
        assert_eq!(listed.len(), 5);
        assert_eq!((hidden, off_path), (0, 0));
    }

    #[test]
    fn what_a_hidden_service_called_moves_up() {
        let showing = Showing {
            hidden: services(&["shop", "db"]),
            ..Showing::default()
        };
        assert_eq!(rows(&showing), (vec![(1, 0), (4, 1)], 3, 0));
    }

    #[test]
    fn a_focus_is_the_top_even_of_a_hidden_service() {
        let showing = Showing {
            focus: span(3),
            hidden: services(&["db"]),
            ..Showing::default()
        };
        assert_eq!(rows(&showing).0, [(3, 0), (4, 1)]);
    }

    #[test]
    fn only_the_path_leaves_out_what_was_not_waited_for() {
        let showing = Showing {
            only_path: true,
            ..Showing::default()
        };
        let expected = vec![(1, 0), (2, 1), (3, 2), (4, 3)];
        assert_eq!(rows(&showing), (expected, 0, 1));
    }

    #[test]
    fn only_matches_and_what_leads_to_them_are_listed() {
        let all = Showing::default();
        let expected = (vec![(1, 0), (2, 1), (5, 2)], [0, 0, 2]);
        assert_eq!(rows_where(&all, Some(&[5])), expected);
        assert_eq!(rows_where(&all, Some(&[2])).1, [0, 0, 3]);
        let no_shop = Showing {
            hidden: services(&["shop"]),
            ..Showing::default()
        };
        let expected = (vec![(1, 0), (3, 1), (4, 2)], [1, 0, 1]);
        assert_eq!(rows_where(&no_shop, Some(&[4])), expected);
        let on_path = Showing {
            only_path: true,
            ..Showing::default()
        };
        let expected = (vec![(1, 0), (2, 1), (3, 2)], [0, 1, 1]);
        assert_eq!(rows_where(&on_path, Some(&[3])), expected);
    }

    #[test]
    fn spans_of_a_folded_service_hide_what_is_below_them() {
        let showing = Showing {
            folded: services(&["shop"]),
            ..Showing::default()
        };
        assert_eq!(rows(&showing), (vec![(1, 0), (2, 1)], 0, 0));
    }

    #[test]
    fn uncovering_gives_up_only_what_is_in_the_way() {
        let trace = shop();
        let tree = SpanTree::new(&trace);
        let waterfall = Waterfall::new(&trace, &tree, GroupOptions::NONE);
        let path = CriticalPath::new(&trace, &tree);
        let mut showing = Showing {
            focus: span(3),
            only_path: true,
            hidden: services(&["db", "web"]),
            folded: BTreeSet::new(),
        };
        let node = |id| waterfall.of_span(span(id).unwrap());
        showing.uncover(&trace, &waterfall, &path, node(4));
        assert_eq!((showing.focus, showing.only_path), (span(3), true));
        assert_eq!(showing.hidden, services(&["db"]));
        showing.uncover(&trace, &waterfall, &path, node(5));
        assert_eq!(showing, Showing::default());
    }
}
