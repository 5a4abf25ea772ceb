//! How the other looks at the open trace are made: flame graph, table, map and list.

use super::trace::picture;
use super::{Action, Now, Page, plain, send, send_if};
use crate::analysis::{FlameBy, StatisticColumn};
use crate::app::looks::{ListColumn, LookOption, LooksPicture, TableBy};
use crate::app::route::TraceView;
use crate::app::{App, Command};
use egui::Key;

const fn action(name: &'static str, now: fn(&App) -> Now) -> Action {
    Action::new(name, Page::Trace, &[], now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    Action {
        name: "The next way to make this look",
        page: Page::Trace,
        keys: &[plain(Key::G)],
        now: |app| {
            let picture = picture(app)?;
            let next = picture.looks.next(picture.view);
            let next = next.ok_or("A waterfall and a story are made in one way")?;
            send(Command::SetLook(next))
        },
    },
    action("Flame graph by name", |app| flame_by(app, FlameBy::Name)),
    action("Flame graph by operation", |app| {
        flame_by(app, FlameBy::Operation)
    }),
    action("Flame graph by service", |app| {
        flame_by(app, FlameBy::Service)
    }),
    action("Flame graph of this trace", |app| {
        set(app, TraceView::Flame, LookOption::FlameOver(false), |set| {
            set.flame_over
        })
    }),
    action("Flame graph of traces like this one", |app| {
        set(app, TraceView::Flame, LookOption::FlameOver(true), |set| {
            !set.flame_over
        })
    }),
    action("Show all of the flame graph", |app| {
        set(app, TraceView::Flame, LookOption::FlameWhole, |set| {
            set.flame_zoom.is_some()
        })
    }),
    action("Table by operation", |app| {
        table_by(app, TableBy::Operation)
    }),
    action("Table by service", |app| table_by(app, TableBy::Service)),
    action("Table by kind", |app| table_by(app, TableBy::Kind)),
    action("Table by name", |app| table_by(app, TableBy::Name)),
    action("Sort the table by number of spans", |app| {
        sort_table(app, StatisticColumn::Count)
    }),
    action("Sort the table by total time", |app| {
        sort_table(app, StatisticColumn::Total)
    }),
    action("Sort the table by self time", |app| {
        sort_table(app, StatisticColumn::SelfTime)
    }),
    action("Sort the table by p95", |app| {
        sort_table(app, StatisticColumn::P95)
    }),
    action("Draw the map of services", |app| {
        set(app, TraceView::Map, LookOption::MapCalls(false), |set| {
            set.calls
        })
    }),
    action("Calls between services in a table", |app| {
        set(app, TraceView::Map, LookOption::MapCalls(true), |set| {
            !set.calls
        })
    }),
    action("List all spans of the trace", |app| {
        set(app, TraceView::List, LookOption::ListAll, |set| {
            set.list_of.is_some()
        })
    }),
    action("Sort the list by start", |app| {
        sort_list(app, ListColumn::Start)
    }),
    action("Sort the list by duration", |app| {
        sort_list(app, ListColumn::Duration)
    }),
    action("Sort the list by self time", |app| {
        sort_list(app, ListColumn::SelfTime)
    }),
    action("Sort the list by service", |app| {
        sort_list(app, ListColumn::Service)
    }),
    action("Sort the list by operation", |app| {
        sort_list(app, ListColumn::Operation)
    }),
];

fn flame_by(app: &App, by: FlameBy) -> Now {
    let now = picture(app)?.looks.flame_by;
    set(app, TraceView::Flame, LookOption::FlameBy(by), |_| {
        now != by
    })
}

fn table_by(app: &App, by: TableBy) -> Now {
    let now = picture(app)?.looks.table_by != by;
    set(app, TraceView::Table, LookOption::TableBy(by), |_| now)
}

fn sort_table(app: &App, by: StatisticColumn) -> Now {
    set(app, TraceView::Table, LookOption::TableSort(by), |_| true)
}

fn sort_list(app: &App, by: ListColumn) -> Now {
    set(app, TraceView::List, LookOption::ListSort(by), |_| true)
}

/// Sets an option of the look that is shown, if it makes a difference.
fn set(
    app: &App,
    of: TraceView,
    option: LookOption,
    changes: impl Fn(&LooksPicture) -> bool,
) -> Now {
    let picture = picture(app)?;
    if picture.view != of {
        return Err("The trace is not shown so");
    }
    send_if(
        changes(&picture.looks),
        Command::SetLook(option),
        "It is so already",
    )
}
