//! What is asked of many records at once, and the answer, as plain data.

use crate::model::{TimeRange, Value};
use crate::query::Aggregate;

/// How records are grouped, what is computed over each group, and which groups are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// Attributes: records with the same values are one group. Without any, all records are.
    pub keys: Vec<String>,
    /// What is computed over each.
    pub aggregates: Vec<Aggregate>,
    /// What groups are sorted by; equal ones by their keys.
    pub order: GroupOrder,
    /// The greatest first. Groups without a value come last either way.
    pub descending: bool,
    /// At most so many groups.
    pub limit: usize,
}

impl Grouping {
    /// The largest groups first, by the first aggregate.
    pub fn new(keys: &[&str], aggregates: &[Aggregate], limit: usize) -> Self {
        Self {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            aggregates: aggregates.to_vec(),
            order: GroupOrder::Aggregate(0),
            descending: true,
            limit,
        }
    }
}

/// What groups are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupOrder {
    /// The aggregate at this place of the list; the number of records when there is none.
    Aggregate(usize),
    /// The key at this place of the list, then the others.
    Key(usize),
}

/// The groups of the records that fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups {
    /// How many groups there are that fit the conditions on groups, also those beyond the limit.
    pub total: u64,
    /// How many records fit, also those of groups that do not.
    pub records: u64,
    /// The time that rates refer to: the filter's range, or from the first matching record to the last where it is
    /// open; `None` without a record.
    pub time: Option<TimeRange>,
    /// The groups wanted, in order.
    pub groups: Vec<Group>,
    /// For each aggregate that adds up, what it is over all records.
    pub totals: Vec<Option<Value>>,
}

/// Records with the same values of the keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The value of each key; `None` for records without the attribute and for explicit nulls.
    pub keys: Vec<Option<Value>>,
    /// How many records.
    pub count: u64,
    /// Each aggregate: a number, or [`Value::Null`] where there is nothing to compute it of.
    pub values: Vec<Value>,
}

impl Groups {
    /// A group's share of all records that fit, 0 to 1.
    pub fn share(&self, group: &Group) -> f64 {
        match self.records {
            0 => 0.0,
            records => group.count as f64 / records as f64,
        }
    }

    /// A group's share of the total of an aggregate that adds up, 0 to 1.
    pub fn share_of(&self, group: &Group, aggregate: usize) -> Option<f64> {
        let total = self.totals.get(aggregate)?.as_ref()?.as_f64()?;
        let own = group.values.get(aggregate)?.as_f64()?;
        (total != 0.0).then_some(own / total)
    }
}

/// How time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buckets {
    /// Into so many equal shares of the filter's range, or of the time from the first matching record to the last.
    Count(usize),
    /// Into stretches of so many nanoseconds that begin at multiples of it since the epoch.
    Step(i64),
}

/// Aggregates over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The time covered; buckets are equal shares of it.
    pub range: TimeRange,
    /// How many buckets.
    pub buckets: usize,
    /// How many groups there are, also those that have no line of their own.
    pub total: u64,
    /// The groups wanted, in order.
    pub lines: Vec<Line>,
    /// All other groups together, where there are any; only aggregates that add up. None under conditions on groups,
    /// since records of other groups and of those that do not fit are not told apart.
    pub others: Option<Line>,
}

impl Series {
    /// When a bucket begins, nanoseconds since the epoch.
    pub fn start_of(&self, bucket: usize) -> i64 {
        let bucket = self.range.shares(bucket..bucket + 1, self.buckets);
        bucket.start.0
    }
}

/// One group over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The value of each key, as in [`Group::keys`]; empty for the others.
    pub keys: Vec<Option<Value>>,
    /// Records in each bucket.
    pub counts: Vec<u64>,
    /// For each aggregate, its value in each bucket, as in [`Group::values`].
    pub values: Vec<Vec<Value>>,
}
