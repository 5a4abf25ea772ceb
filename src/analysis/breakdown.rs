//! What a set of records is made of: attribute by attribute its most frequent values, beside how frequent they are elsewhere.
//!
//! Where [differences](super::differs) tell only of attributes that differ, this tells of all that the set has, ranked by
//! the same measure: first what sets it apart, then what it merely has.

use super::differs::{Line, What, lines, score_of};
use crate::model::Value;
use crate::model::sides::{AttributeCounts, Comparison, Counted, Sides};
use std::cmp::Reverse;
use std::sync::Arc;

/// Values listed of an attribute; the others are one number.
pub const LISTED: usize = 5;

/// A set of records by attribute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Breakdown {
    /// How many records are in the set, and how many are not.
    pub records: Sides,
    /// The attributes that records of the set have: what sets it apart first.
    pub attributes: Vec<Attribute>,
}

/// One attribute of the set.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub key: Arc<str>,
    /// From 0, no difference that chance does not make, to 1, no value in common with other records.
    pub score: f64,
    /// How many records have it.
    pub present: Sides,
    /// Its most frequent values in the set; of many numbers stretches, rising. "No value" comes last.
    pub values: Vec<Line>,
    /// How many more values records of the set have.
    pub more_values: u64,
    /// How many records have those.
    pub more: Sides,
}

impl Attribute {
    /// Whether its values were too many to be told apart; [`Self::tell`] says them.
    pub fn is_untold(&self) -> bool {
        self.values.iter().any(|line| line.what == What::Any)
    }

    /// How much more frequent one of its values is in the set than elsewhere, from 0 to 1.
    fn gap(&self, records: Sides) -> f64 {
        let told = self.values.iter().filter(|line| line.what != What::None);
        let gaps = told.map(|line| {
            let [inside, outside] = line.count.shares(records);
            inside - outside
        });
        gaps.fold(0.0, f64::max)
    }

    /// Says the most frequent values of an attribute that has too many, each with its counts, and how many different ones
    /// the set has.
    pub fn tell(&mut self, values: Vec<(Value, Sides)>, distinct: u64) {
        let Some(at) = self.values.iter().position(|line| line.what == What::Any) else {
            return;
        };
        let told = values.into_iter().take(LISTED);
        let told: Vec<Line> = told
            .map(|(value, count)| Line {
                what: What::Value(value),
                count,
            })
            .collect();
        let mut listed = Sides::default();
        told.iter().for_each(|line| listed += line.count);
        self.more = self.values[at].count.without(listed);
        self.more_values = distinct.saturating_sub(told.len() as u64);
        self.values.splice(at..=at, told);
    }
}

/// Puts what was counted in order.
pub fn breakdown(comparison: Comparison) -> Breakdown {
    let records = comparison.records;
    let attributes = comparison.attributes.into_iter();
    let attributes = attributes.filter_map(|attribute| of_attribute(attribute, records));
    let mut attributes: Vec<Attribute> = attributes.collect();
    attributes.sort_by(|left, right| {
        let score = right.score.total_cmp(&left.score);
        // Where chance may be the reason, a value that most of the set has and few others says most.
        let gap = |attribute: &Attribute| attribute.gap(records);
        let gap = gap(right).total_cmp(&gap(left));
        let present = right.present.inside.cmp(&left.present.inside);
        score
            .then(gap)
            .then(present)
            .then_with(|| left.key.cmp(&right.key))
    });
    Breakdown {
        records,
        attributes,
    }
}

/// `None` for an attribute that no record of the set has, or that a search made the set by.
fn of_attribute(attribute: AttributeCounts, records: Sides) -> Option<Attribute> {
    if attribute.asked {
        return None;
    }
    let in_order = matches!(attribute.counted, Counted::Numbers { .. });
    let lines = lines(attribute.counted, records);
    let score = match records.inside.min(records.outside) {
        0 => 0.0,
        _ => score_of(&lines, records).unwrap_or(0.0),
    };
    let (absent, mut values): (Vec<Line>, Vec<Line>) = lines
        .into_iter()
        .filter(|line| line.count.inside > 0)
        .partition(|line| line.what == What::None);
    if values.is_empty() {
        return None;
    }
    if !in_order {
        values
            .sort_by_cached_key(|line| (Reverse(line.count.inside), line.what.text().into_owned()));
    }
    let listed = if in_order { values.len() } else { LISTED };
    let rest = values.split_off(values.len().min(listed));
    let mut more = Sides::default();
    rest.iter().for_each(|line| more += line.count);
    let mut present = more;
    values.iter().for_each(|line| present += line.count);
    values.extend(absent);
    Some(Attribute {
        key: attribute.key,
        score,
        present,
        values,
        more_values: rest.len() as u64,
        more,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(inside: u64, outside: u64) -> Sides {
        Sides { inside, outside }
    }

    fn counts(key: &str, values: &[(&str, u64, u64)]) -> AttributeCounts {
        let value = |(text, inside, outside): &(&str, u64, u64)| {
            (Value::Str(Arc::from(*text)), sides(*inside, *outside))
        };
        AttributeCounts {
            key: Arc::from(key),
            asked: false,
            counted: Counted::Values(values.iter().map(value).collect()),
        }
    }

    fn shown(attribute: &Attribute) -> Vec<(String, u64)> {
        let line = |line: &Line| (line.what.text().into_owned(), line.count.inside);
        attribute.values.iter().map(line).collect()
    }

    #[test]
    fn what_sets_the_records_apart_comes_first_and_all_they_have_is_there() {
        let told = breakdown(Comparison {
            records: sides(100, 900),
            attributes: vec![
                counts("host", &[("a", 50, 450), ("b", 50, 450)]),
                counts("release", &[("1.5.0", 90, 10), ("1.4.0", 5, 890)]),
                counts("elsewhere", &[("x", 0, 500)]),
                counts("region", &[("eu", 100, 900)]),
            ],
        });
        let keys: Vec<&str> = told.attributes.iter().map(|one| &*one.key).collect();
        assert_eq!(keys, ["release", "host", "region"]);
        let release = &told.attributes[0];
        assert!(release.score > 0.8, "{}", release.score);
        let expected = [("1.5.0", 90), ("1.4.0", 5), ("(none)", 5)];
        assert_eq!(
            shown(release),
            expected.map(|(text, count)| (text.to_owned(), count))
        );
        assert_eq!(release.present, sides(95, 900));
        assert_eq!(told.attributes[1].score, 0.0);
    }

    #[test]
    fn rare_values_are_one_number_and_many_can_be_told_later() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let values: Vec<(&str, u64, u64)> = names
            .iter()
            .zip(1..)
            .map(|(name, count)| (*name, count, 0))
            .collect();
        let many = AttributeCounts {
            key: Arc::from("url"),
            asked: false,
            counted: Counted::Many(sides(20, 3)),
        };
        let mut told = breakdown(Comparison {
            records: sides(28, 10),
            attributes: vec![counts("name", &values), many],
        });
        let at = |key: &str, told: &Breakdown| {
            let mut all = told.attributes.iter();
            all.position(|attribute| &*attribute.key == key).unwrap()
        };
        let name = &told.attributes[at("name", &told)];
        assert_eq!(shown(name)[0], ("g".to_owned(), 7));
        assert_eq!((name.values.len(), name.more_values), (LISTED, 2));
        assert_eq!(name.more, sides(3, 0));
        let place = at("url", &told);
        let url = &mut told.attributes[place];
        assert!(url.is_untold());
        url.tell(vec![(Value::Int(5), sides(12, 1))], 9);
        assert!(!url.is_untold());
        assert_eq!(shown(url), [("5".to_owned(), 12), ("(none)".to_owned(), 8)]);
        assert_eq!((url.more_values, url.more), (8, sides(8, 2)));
    }

    #[test]
    fn without_other_records_nothing_sets_apart() {
        let told = breakdown(Comparison {
            records: sides(3, 0),
            attributes: vec![counts("a", &[("x", 1, 0), ("y", 2, 0)])],
        });
        assert_eq!(told.attributes[0].score, 0.0);
        assert_eq!(shown(&told.attributes[0])[0], ("y".to_owned(), 2));
    }
}
