//! How the looks at a trace are set: by a button, a key or the palette alike.

use super::{ListColumn, ListSort, LooksPicture, TableBy, TableSort};
use crate::analysis::{FlameBy, StatisticColumn};
use crate::app::route::TraceView;
use crate::app::state::App;

/// One option of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookOption {
    /// Merge the spans of the flame graph by this.
    FlameBy(FlameBy),
    /// Merge those of traces like this one, too, or not.
    FlameOver(bool),
    /// Show all of the flame graph.
    FlameWhole,
    /// Put the spans of the table together by this.
    TableBy(TableBy),
    /// Sort the table by this; the same again turns it around.
    TableSort(StatisticColumn),
    /// Show the calls of the map in a table, or the drawing.
    MapCalls(bool),
    /// List all spans, not only those of a class.
    ListAll,
    /// Sort the list by this; the same again turns it around.
    ListSort(ListColumn),
}

impl LooksPicture {
    /// Sets an option.
    pub fn set(&mut self, option: LookOption) {
        match option {
            LookOption::FlameBy(by) => {
                self.flame_by = by;
                self.flame_zoom = None;
            }
            LookOption::FlameOver(over) => {
                self.flame_over = over;
                self.flame_zoom = None;
            }
            LookOption::FlameWhole => self.flame_zoom = None,
            LookOption::TableBy(by) => {
                if !matches!(by, TableBy::Attribute(_)) {
                    self.attribute.clear();
                }
                self.table_by = by;
                self.table_offset = 0.0;
            }
            LookOption::TableSort(column) => {
                let before = self.table_sort;
                self.table_sort = TableSort {
                    column,
                    // Values read best from A, numbers from the largest.
                    descending: match before.column == column {
                        true => !before.descending,
                        false => column != StatisticColumn::Value,
                    },
                };
            }
            LookOption::MapCalls(calls) => self.calls = calls,
            LookOption::ListAll => {
                self.list_of = None;
                self.list_offset = 0.0;
            }
            LookOption::ListSort(column) => {
                let before = self.list_sort;
                let is_time = matches!(column, ListColumn::SelfTime | ListColumn::Duration);
                self.list_sort = ListSort {
                    column,
                    descending: match before.column == column {
                        true => !before.descending,
                        false => is_time,
                    },
                };
            }
        }
    }

    /// What comes after the present one among the ways a look can be made; `None` for a look with a single way.
    pub fn next(&self, view: TraceView) -> Option<LookOption> {
        let option = match view {
            TraceView::Flame => LookOption::FlameBy(after(&FLAME_BY, &self.flame_by)),
            TraceView::Table => LookOption::TableBy(after(&TABLE_BY, &self.table_by)),
            TraceView::Map => LookOption::MapCalls(!self.calls),
            TraceView::List => LookOption::ListSort(after(&LIST_BY, &self.list_sort.column)),
            TraceView::Waterfall | TraceView::Story => return None,
        };
        Some(option)
    }
}

/// What spans of the flame graph can be merged by.
pub const FLAME_BY: [FlameBy; 3] = [FlameBy::Name, FlameBy::Operation, FlameBy::Service];
/// What spans of the table can be put together by, apart from attributes.
pub const TABLE_BY: [TableBy; 4] = [
    TableBy::Operation,
    TableBy::Service,
    TableBy::Kind,
    TableBy::Name,
];
/// What the list can be sorted by.
const LIST_BY: [ListColumn; 6] = [
    ListColumn::Start,
    ListColumn::Service,
    ListColumn::Operation,
    ListColumn::Text,
    ListColumn::SelfTime,
    ListColumn::Duration,
];

fn after<T: Clone + PartialEq>(all: &[T], now: &T) -> T {
    let at = all.iter().position(|one| one == now);
    let next = at.map_or(0, |at| (at + 1) % all.len());
    all[next].clone()
}

impl App {
    /// Sets an option of the looks at the open trace.
    pub(in crate::app) fn set_look(&mut self, option: LookOption) {
        if let Some(picture) = self.trace_picture() {
            picture.looks.set(option);
        }
    }
}
