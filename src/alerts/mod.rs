//! Alert rules tried out on recorded traffic: when each would have warned, paged and been resolved.
//!
//! Pure: rules come as text ([`read`]), values of windows and failures come from whoever can ask the store, and a
//! [`Backtest`] comes out. Nothing here knows the store, a window or output.
//!
//! * [`rule`]: what a rule is; [`read`] and [`edit`]: its text, in a TOML file that people write, too; [`draft`]: a rule as it
//!   is typed in a form.
//! * [`readings`]: the values of a rule's windows as live evaluation would have seen them; [`judged`]: what thresholds
//!   are compared with (the values, their change, or how far they lie outside of what was to be expected: [`anomaly`]).
//! * [`incidents`]: thresholds over these become incidents. This step alone is repeated while a threshold is dragged.
//! * [`failures`]: rules about issues, over the failures one by one.
//! * [`backtest`]: all rules together, in figures and [words]; [`suggest`]: thresholds for so many pages a week.

pub mod anomaly;
pub mod backtest;
pub mod draft;
pub mod draft_fields;
pub mod edit;
pub mod failures;
pub mod incidents;
pub mod judged;
pub mod read;
pub mod readings;
pub mod rule;
pub mod suggest;
pub mod unit;
pub mod words;

pub use backtest::{Backtest, RuleResult};
pub use failures::Failed;
pub use incidents::{Ended, Incident};
pub use judged::Judged;
pub use read::{RuleError, rules_from};
pub use readings::{Readings, Recorded};
pub use rule::{Does, Level, Rule, RuleSet};
