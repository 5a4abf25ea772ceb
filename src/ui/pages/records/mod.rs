//! What the pages of records share, whatever the kind of record: a menu of attributes, values beside the list, groups.
//!
//! What these show stands in the app by [`RecordKind`](crate::store::RecordKind); what is done in them goes to the page
//! one is on.

pub mod attribute_menu;
pub mod differing;
pub mod facets;
pub mod groups;
