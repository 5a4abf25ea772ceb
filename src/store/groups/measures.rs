//! What has to be kept of the records for a list of aggregates, each thing once, and the aggregates made from it.

use super::state::{States, Sum, percentile};
use crate::model::Value;
use crate::query::{Aggregate, Threshold};
use crate::store::value::Number;
use hashbrown::HashSet;

/// One thing kept for every group. Places are those of [`Measures::values`] and [`Measures::numbers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// The sum of numbers, and how many.
    Sum(usize),
    /// The least and the greatest of numbers.
    Extremes(usize),
    /// All numbers.
    All(usize),
    /// The different values.
    Unique(usize),
    /// How many failed.
    Failed,
    /// How many durations are at most this.
    Within(i64),
    /// The different values of records that lasted longer than this.
    UniqueBeyond(usize, i64),
}

impl Measure {
    pub fn states(self) -> States {
        match self {
            Self::Sum(_) => States::Sums(Vec::new()),
            Self::Extremes(_) => States::Extremes(Vec::new()),
            Self::All(_) => States::Values(Vec::new()),
            Self::Unique(_) | Self::UniqueBeyond(..) => States::Sets(Vec::new()),
            Self::Failed | Self::Within(_) => States::Counts(Vec::new()),
        }
    }
}

/// A name that is looked up in records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Attribute(String),
    /// Who it was for, by whatever says so.
    User,
    /// Who it was for, by what names a person.
    Person,
}

/// What has to be read and kept.
#[derive(Debug, Default)]
pub(super) struct Measures {
    /// Names whose values are wanted; the keys come first.
    pub values: Vec<Name>,
    /// Names whose numbers are wanted.
    pub numbers: Vec<String>,
    pub list: Vec<Measure>,
    /// The aggregates with the places of what they are made from.
    aggregates: Vec<(Aggregate, [Option<usize>; 2])>,
}

impl Measures {
    pub fn new(keys: &[String], aggregates: &[Aggregate]) -> Self {
        let mut measures = Self {
            values: keys.iter().cloned().map(Name::Attribute).collect(),
            ..Self::default()
        };
        for aggregate in aggregates {
            let needed = measures.needed(aggregate);
            let places = needed.map(|measure| Some(place(&mut measures.list, measure?)));
            measures.aggregates.push((aggregate.clone(), places));
        }
        measures
    }

    /// What is needed for an aggregate.
    fn needed(&mut self, aggregate: &Aggregate) -> [Option<Measure>; 2] {
        let number = |own: &mut Self, name: &String| place(&mut own.numbers, name.clone());
        let one = match aggregate {
            Aggregate::Count | Aggregate::Epm | Aggregate::Eps => return [None, None],
            Aggregate::CountUnique(name) => {
                let name = match name.as_str() {
                    "user" => Name::Person,
                    name => Name::Attribute(name.to_owned()),
                };
                Measure::Unique(place(&mut self.values, name))
            }
            Aggregate::Sum(name) | Aggregate::Avg(name) => Measure::Sum(number(self, name)),
            Aggregate::Min(name) | Aggregate::Max(name) => Measure::Extremes(number(self, name)),
            Aggregate::Percentile(_, name) => Measure::All(number(self, name)),
            Aggregate::FailureRate | Aggregate::FailureCount => Measure::Failed,
            Aggregate::Apdex(Threshold(fine)) => {
                return [*fine, fourfold(*fine)].map(|most| Some(Measure::Within(most)));
            }
            Aggregate::UserMisery(Threshold(fine)) => {
                let users = place(&mut self.values, Name::User);
                let miserable = Measure::UniqueBeyond(users, fourfold(*fine));
                return [Some(Measure::Unique(users)), Some(miserable)];
            }
        };
        [Some(one), None]
    }

    /// The places in [`Self::list`] of what the aggregate at this place is made from.
    pub fn places(&self, aggregate: usize) -> [Option<usize>; 2] {
        let known = self.aggregates.get(aggregate);
        known.map_or([None, None], |(_, places)| *places)
    }

    /// Whether it matters how long records lasted.
    pub fn need_durations(&self) -> bool {
        let needs =
            |measure: &Measure| matches!(measure, Measure::Within(_) | Measure::UniqueBeyond(..));
        self.list.iter().any(needs)
    }

    /// Whether it matters which records failed.
    pub fn need_failed(&self) -> bool {
        self.list.contains(&Measure::Failed)
    }
}

/// Four times a threshold: beyond it nobody is satisfied any more.
fn fourfold(fine: i64) -> i64 {
    fine.saturating_mul(4)
}

/// The place of an entry in a list, where it is put when it is new.
fn place<T: PartialEq>(list: &mut Vec<T>, entry: T) -> usize {
    if let Some(place) = list.iter().position(|known| *known == entry) {
        return place;
    }
    list.push(entry);
    list.len() - 1
}

/// Makes aggregates from what was kept.
pub(super) struct Results<'a> {
    pub measures: &'a Measures,
    pub states: &'a mut [States],
    pub counts: &'a [u64],
    /// Whether records of this kind last.
    pub have_durations: bool,
    /// The time that rates refer to, in nanoseconds.
    pub time: Option<f64>,
}

impl Results<'_> {
    /// The aggregate at a place of the list, for a group.
    pub fn value(&mut self, aggregate: usize, group: usize) -> Value {
        let count = self.counts.get(group).copied().unwrap_or_default();
        let Some((aggregate, [first, second])) = self.measures.aggregates.get(aggregate) else {
            return int(count);
        };
        let (first, second) = (*first, *second);
        match aggregate {
            Aggregate::Count => int(count),
            Aggregate::CountUnique(_) => int(self.different(first, group)),
            Aggregate::Sum(_) => self
                .sum(first, group)
                .map_or(Value::Null, |sum| sum.total()),
            Aggregate::Avg(_) => self.sum(first, group).map_or(Value::Null, |sum| sum.mean()),
            Aggregate::Min(_) => number(self.extremes(first, group).map(|(least, _)| least)),
            Aggregate::Max(_) => number(self.extremes(first, group).map(|(_, most)| most)),
            Aggregate::Percentile(percent, _) => match first.and_then(|at| self.states.get_mut(at))
            {
                Some(States::Values(lists)) => match lists.get_mut(group) {
                    Some(values) => percentile(values, percent.share()),
                    None => Value::Null,
                },
                _ => Value::Null,
            },
            Aggregate::FailureCount => int(self.count(first, group)),
            Aggregate::FailureRate => share(self.count(first, group) as f64, count),
            Aggregate::Epm => self.rate(count, 60e9),
            Aggregate::Eps => self.rate(count, 1e9),
            Aggregate::Apdex(_) if self.have_durations => {
                let (fine, bearable) = (self.count(first, group), self.count(second, group));
                share((fine + bearable) as f64 / 2.0, count)
            }
            Aggregate::UserMisery(_) if self.have_durations => {
                misery(self.different(first, group), self.different(second, group))
            }
            Aggregate::Apdex(_) | Aggregate::UserMisery(_) => Value::Null,
        }
    }

    /// An aggregate that adds up, over all groups.
    pub fn total(&self, aggregate: usize) -> Option<Value> {
        let (aggregate, [first, _]) = self.measures.aggregates.get(aggregate)?;
        let records = self.counts.iter().sum();
        match (aggregate, self.state(*first)) {
            (Aggregate::Count, _) => Some(int(records)),
            (Aggregate::Epm, _) => Some(self.rate(records, 60e9)),
            (Aggregate::Eps, _) => Some(self.rate(records, 1e9)),
            (Aggregate::FailureCount, Some(States::Counts(counts))) => {
                Some(int(counts.iter().sum()))
            }
            (Aggregate::Sum(_), Some(States::Sums(sums))) => {
                let mut all = Sum::default();
                sums.iter().for_each(|sum| all.join(*sum));
                Some(all.total())
            }
            _ => None,
        }
    }

    fn rate(&self, count: u64, unit: f64) -> Value {
        let rate = self.time.map(|time| count as f64 * unit / time);
        rate.map_or(Value::Null, Value::Float)
    }

    fn state(&self, at: Option<usize>) -> Option<&States> {
        self.states.get(at?)
    }

    fn sum(&self, at: Option<usize>, group: usize) -> Option<&Sum> {
        match self.state(at)? {
            States::Sums(sums) => sums.get(group),
            _ => None,
        }
    }

    fn extremes(&self, at: Option<usize>, group: usize) -> Option<(Number, Number)> {
        match self.state(at)? {
            States::Extremes(list) => list.get(group).copied().flatten(),
            _ => None,
        }
    }

    fn count(&self, at: Option<usize>, group: usize) -> u64 {
        match self.state(at) {
            Some(States::Counts(counts)) => counts.get(group).copied().unwrap_or_default(),
            _ => 0,
        }
    }

    fn different(&self, at: Option<usize>, group: usize) -> u64 {
        match self.state(at) {
            Some(States::Sets(sets)) => sets.get(group).map_or(0, HashSet::len) as u64,
            // Of windows that slide only the sizes are kept.
            Some(States::Counts(sizes)) => sizes.get(group).copied().unwrap_or_default(),
            _ => 0,
        }
    }
}

fn int(count: u64) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn number(number: Option<Number>) -> Value {
    match number {
        Some(Number::Int(int)) => Value::Int(int),
        Some(Number::Float(float)) => Value::Float(float),
        None => Value::Null,
    }
}

fn share(part: f64, count: u64) -> Value {
    match count {
        0 => Value::Null,
        count => Value::Float(part / count as f64),
    }
}

/// The share of users who had it bad, as if 117.75 more had been seen of whom 5 % had; 0 without any user.
fn misery(users: u64, miserable: u64) -> Value {
    const MISERABLE: f64 = 5.8875;
    const CONTENT: f64 = 111.8625;
    if users == 0 {
        return Value::Float(0.0);
    }
    let (users, miserable) = (users as f64, miserable as f64);
    Value::Float((miserable + MISERABLE) / (users + MISERABLE + CONTENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_users_weigh_little() {
        let of = |users, miserable| match misery(users, miserable) {
            Value::Float(share) => (share * 1e4).round() / 1e4,
            _ => panic!("a number"),
        };
        assert_eq!((of(0, 0), of(1, 0), of(100, 50)), (0.0, 0.0496, 0.2567));
    }

    #[test]
    fn what_several_aggregates_need_is_kept_once() {
        let list = crate::query::parse_aggregates(
            "count(),p50(duration),p95(duration),sum(x),avg(x),failure_rate(),failure_count(),apdex(1),apdex(4)",
        );
        let measures = Measures::new(&["op".to_owned()], &list.unwrap_or_default());
        assert_eq!(measures.numbers, ["duration", "x"]);
        assert_eq!(measures.values, [Name::Attribute("op".to_owned())]);
        let expected = [
            Measure::All(0),
            Measure::Sum(1),
            Measure::Failed,
            Measure::Within(1_000_000),
            Measure::Within(4_000_000),
            Measure::Within(16_000_000),
        ];
        assert_eq!(measures.list, expected);
    }
}
