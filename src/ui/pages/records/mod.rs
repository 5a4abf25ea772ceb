//! What the pages of records share, whatever the kind of record: a menu of attributes, values beside the list,
//! groups, columns that move.
//!
//! What these show stands in the app by [`RecordKind`](crate::store::RecordKind); what is done in them goes to the page
//! one is on.

pub mod attribute_menu;
pub mod differing;
pub mod facets;
pub mod groups;

use crate::app::Command;
use crate::ui::widgets::virtual_table::ColumnChange;

/// What a change to the columns of a list asks for; `names` are those that are shown.
pub fn column_command(change: ColumnChange, names: &[String]) -> Option<Command> {
    Some(match change {
        ColumnChange::Moved { from, to } => Command::MoveColumn { from, to },
        ColumnChange::Removed(at) => Command::ToggleColumn(names.get(at)?.clone()),
    })
}
