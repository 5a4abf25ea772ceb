//! Alert rules over the store: what they need of it is asked here, and what could be asked of the traffic is offered.
//!
//! [`measured`](mod@measured) reads what a set of rules needs, [`starters`](mod@starters) makes rules of what the store shows. What rules mean is
//! [`alerts`](crate::alerts)' own matter.

mod measured;
mod starters;
mod state;

pub use measured::measured;
pub use starters::{Starter, starters};
pub use state::AlertRules;
pub(super) use state::read_file;

use crate::alerts::{Backtest, RuleSet};
use crate::model::{CancelToken, TimeRange};
use crate::store::{Reader, StoreError};

/// Tries a set of rules on the store, or on a part of its time.
pub fn tried(
    reader: &Reader,
    set: &RuleSet,
    range: Option<TimeRange>,
    cancel: &CancelToken,
) -> Result<Backtest, StoreError> {
    let material = measured(reader, set, range, cancel)?;
    Ok(Backtest::new(set, &material))
}
