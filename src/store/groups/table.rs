//! The groups seen so far with what is kept for each; one table a thread, made one at the end.
//!
//! Within a block groups are combinations of codes. Only each combination, not each record, is looked up by its values.

use super::block::Block;
use super::measures::{Measure, Measures};
use super::state::{States, widen};
use crate::store::coded::{Coded, NONE, Numbers};
use crate::store::lookup::ValueKey;
use crate::store::value::{Number, ValueRef};
use hashbrown::{HashMap, HashSet};

/// Not looked up yet, or none.
const UNKNOWN: u32 = u32::MAX;

/// The number of values that no group of a table has which takes no more groups.
const STRANGE: u32 = u32::MAX - 1;

/// Combinations of codes up to which a table is quicker than a map.
const DIRECT: usize = 1 << 16;

/// Values by number, so that each is kept once. Values with the same text are one; what is shown of them is the number
/// or truth they spell, if any record has that.
#[derive(Clone, Default)]
struct Known {
    /// By what they spell.
    ids: HashMap<ValueKey, u32>,
    /// As they are shown.
    list: Vec<ValueKey>,
}

impl Known {
    fn id(&mut self, value: ValueRef) -> u32 {
        let spelled = value.spelled();
        let Some(id) = self.ids.get(&spelled) else {
            let id = self.list.len() as u32;
            self.ids.insert(ValueKey(spelled.to_value()), id);
            self.list.push(ValueKey(value.to_value()));
            return id;
        };
        if let Some(shown) = self.list.get_mut(*id as usize)
            && value.spelling_rank() < ValueRef::of(&shown.0).spelling_rank()
        {
            *shown = ValueKey(value.to_value());
        }
        *id
    }

    fn find(&self, value: ValueRef) -> u32 {
        self.ids.get(&value.spelled()).copied().unwrap_or(STRANGE)
    }
}

/// Which groups a table takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Every one there is.
    All,
    /// Those that are in it; all others are this one.
    Others(u32),
}

/// Groups, and for each, in each stretch of time, what is kept.
#[derive(Clone)]
pub(super) struct Table {
    /// The values of each key, so that what one key spells does not change how another is shown.
    keys: Vec<Known>,
    /// The values that are counted.
    known: Known,
    groups: HashMap<Box<[u32]>, u32>,
    mode: Mode,
    /// Stretches of time a group; its cells lie side by side.
    pub buckets: usize,
    /// Records in each cell.
    pub counts: Vec<u64>,
    /// As [`Measures::list`].
    pub states: Vec<States>,
    /// The first and the last instant.
    pub extent: Option<(i64, i64)>,
}

impl Table {
    /// An empty table for all groups by so many keys; without keys it has the one group.
    pub fn new(measures: &Measures, keys: usize) -> Self {
        let mut table = Self::empty(measures, keys);
        if keys == 0 {
            table.groups.insert(Box::default(), 0);
            table.grow(1);
        }
        table
    }

    fn empty(measures: &Measures, keys: usize) -> Self {
        Self {
            keys: vec![Known::default(); keys],
            known: Known::default(),
            groups: HashMap::new(),
            mode: Mode::All,
            buckets: 1,
            counts: Vec::new(),
            states: measures
                .list
                .iter()
                .map(|measure| measure.states())
                .collect(),
            extent: None,
        }
    }

    /// An empty table for these groups, in this order, and one behind them for all others.
    pub fn of_groups(measures: &Measures, groups: &[Vec<ValueRef>], buckets: usize) -> Self {
        let mut table = Self::empty(measures, groups.first().map_or(0, Vec::len));
        table.buckets = buckets;
        for (place, keys) in groups.iter().enumerate() {
            let ids = keys.iter().zip(&mut table.keys);
            let ids = ids.map(|(value, known)| match value {
                ValueRef::Null => NONE,
                value => known.id(*value),
            });
            let ids = ids.collect();
            table.groups.insert(ids, place as u32);
        }
        table.mode = Mode::Others(groups.len() as u32);
        table.grow(groups.len() + 1);
        table
    }

    /// The groups: the place of each, and its keys for [`Self::values`].
    pub fn groups(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let groups = self.groups.iter();
        groups.map(|(keys, group)| (*group as usize, &keys[..]))
    }

    /// The values of a group's keys; null for none.
    pub fn values(&self, keys: &[u32]) -> impl Iterator<Item = ValueRef<'_>> {
        keys.iter()
            .zip(&self.keys)
            .map(|(id, known)| match known.list.get(*id as usize) {
                Some(value) => ValueRef::of(&value.0),
                None => ValueRef::Null,
            })
    }

    fn grow(&mut self, groups: usize) {
        let cells = groups * self.buckets;
        if self.counts.len() < cells {
            self.counts.resize(cells, 0);
            for states in &mut self.states {
                states.grow(cells);
            }
        }
    }

    /// Adds records. `keys` of the block's first values make the groups, `bucket` tells the stretch of an instant.
    pub fn add(
        &mut self,
        block: &Block,
        keys: usize,
        measures: &Measures,
        bucket: impl Fn(i64) -> usize,
    ) {
        let mut cells = self.groups_of(block, keys);
        self.grow(cells.iter().max().map_or(0, |most| *most as usize + 1));
        for (cell, row) in cells.iter_mut().zip(&block.rows) {
            let time = block.times.int(*row as usize);
            let (first, last) = self.extent.get_or_insert((time, time));
            (*first, *last) = ((*first).min(time), (*last).max(time));
            if self.buckets > 1 {
                *cell = *cell * self.buckets as u32 + bucket(time) as u32;
            }
            if let Some(count) = self.counts.get_mut(*cell as usize) {
                *count += 1;
            }
        }
        let rows = Rows {
            rows: &block.rows,
            cells: &cells,
        };
        for (measure, states) in measures.list.iter().zip(&mut self.states) {
            take(*measure, states, block, &rows, &mut self.known);
        }
    }

    /// The group of each row of a block.
    fn groups_of(&mut self, block: &Block, keys: usize) -> Vec<u32> {
        let keys = block.values.get(..keys).unwrap_or_default();
        let (mut groups, combinations) = combined(&block.rows, keys);
        let (mode, known) = (self.mode, &mut self.keys);
        let mut places = vec![UNKNOWN; combinations];
        let mut ids: Vec<Vec<u32>> = keys.iter().map(|key| vec![UNKNOWN; key.codes()]).collect();
        for (group, row) in groups.iter_mut().zip(&block.rows) {
            let Some(place) = places.get_mut(*group as usize) else {
                continue;
            };
            if *place == UNKNOWN {
                let key = keys.iter().zip(&mut ids).zip(known.iter_mut());
                let key = key.map(|((key, ids), values)| {
                    looked_up(ids, key.code(*row), |code| match mode {
                        Mode::All => values.id(key.value(code)),
                        Mode::Others(_) => values.find(key.value(code)),
                    })
                });
                let key: Box<[u32]> = key.collect();
                let next = self.groups.len() as u32;
                *place = match mode {
                    Mode::All => *self.groups.entry(key).or_insert(next),
                    Mode::Others(others) => self.groups.get(&key).copied().unwrap_or(others),
                };
            }
            *group = *place;
        }
        groups
    }

    /// Takes over everything of another table of the same request.
    pub fn absorb(&mut self, other: Self) {
        let mut names = Renamed::new(other.known);
        let mut key_names: Vec<Renamed> = other.keys.into_iter().map(Renamed::new).collect();
        let buckets = self.buckets;
        let mut to: Vec<usize> = (0..other.counts.len() / buckets).collect();
        for (key, place) in other.groups {
            let key = key.iter().zip(&mut key_names).zip(&mut self.keys);
            let key = key.map(|((id, names), known)| names.id(*id, known));
            let key: Box<[u32]> = key.collect();
            let next = self.groups.len() as u32;
            let own = *self.groups.entry(key).or_insert(next);
            if let Some(to) = to.get_mut(place as usize) {
                *to = own as usize;
            }
        }
        self.grow(to.iter().max().map_or(0, |most| most + 1));
        let cells = to
            .iter()
            .flat_map(|group| group * buckets..(group + 1) * buckets);
        let cells: Vec<usize> = cells.collect();
        for (count, cell) in other.counts.iter().zip(&cells) {
            if let Some(own) = self.counts.get_mut(*cell) {
                *own += count;
            }
        }
        for (states, more) in self.states.iter_mut().zip(other.states) {
            states.absorb(more, &cells, |id| names.id(id, &mut self.known));
        }
        self.extent = match (self.extent, other.extent) {
            (Some((first, last)), Some((start, end))) => Some((first.min(start), last.max(end))),
            (own, other) => own.or(other),
        };
    }
}

/// Another table's numbers of values, as this one's; looked up once each.
struct Renamed {
    ids: Vec<u32>,
    theirs: Vec<ValueKey>,
}

impl Renamed {
    fn new(theirs: Known) -> Self {
        Self {
            ids: vec![UNKNOWN; theirs.list.len()],
            theirs: theirs.list,
        }
    }

    fn id(&mut self, theirs: u32, own: &mut Known) -> u32 {
        let place = theirs as usize;
        match (self.ids.get_mut(place), self.theirs.get(place)) {
            (Some(id), Some(value)) => {
                if *id == UNKNOWN {
                    *id = own.id(ValueRef::of(&value.0));
                }
                *id
            }
            _ => NONE,
        }
    }
}

/// The rows of a block and the cell each counts to.
struct Rows<'a> {
    rows: &'a [u32],
    cells: &'a [u32],
}

impl Rows<'_> {
    fn each<T>(&self, states: &mut [T], mut add: impl FnMut(&mut T, u32)) {
        for (row, cell) in self.rows.iter().zip(self.cells) {
            if let Some(state) = states.get_mut(*cell as usize) {
                add(state, *row);
            }
        }
    }

    fn numbers<T>(
        &self,
        numbers: Option<&Numbers>,
        states: &mut [T],
        add: impl Fn(&mut T, Number),
    ) {
        let Some(numbers) = numbers else { return };
        self.each(states, |state, row| {
            if let Some(number) = numbers.get(row) {
                add(state, number);
            }
        });
    }

    /// Keeps the different values of the rows that count.
    fn unique(
        &self,
        values: Option<&Coded>,
        sets: &mut [HashSet<u32>],
        known: &mut Known,
        counts: impl Fn(u32) -> bool,
    ) {
        let Some(values) = values else { return };
        let mut ids = vec![UNKNOWN; values.codes()];
        self.each(sets, |set, row| {
            let code = values.code(row);
            if code != NONE && counts(row) {
                set.insert(looked_up(&mut ids, code, |code| {
                    known.id(values.value(code))
                }));
            }
        });
    }
}

/// Takes the rows of a block into the states of one measure.
fn take(measure: Measure, states: &mut States, block: &Block, rows: &Rows, known: &mut Known) {
    let lasted = |row: u32| match block.durations.get(row) {
        Some(Number::Int(duration)) => Some(duration),
        _ => None,
    };
    match (measure, states) {
        (Measure::Sum(at), States::Sums(sums)) => {
            rows.numbers(block.numbers.get(at), sums, |sum, number| sum.add(number));
        }
        (Measure::Extremes(at), States::Extremes(list)) => {
            rows.numbers(block.numbers.get(at), list, widen);
        }
        (Measure::All(at), States::Values(lists)) => {
            rows.numbers(block.numbers.get(at), lists, |values, number| {
                values.push(match number {
                    Number::Int(int) => int as f64,
                    Number::Float(float) => float,
                });
            });
        }
        (Measure::Unique(at), States::Sets(sets)) => {
            rows.unique(block.values.get(at), sets, known, |_| true);
        }
        (Measure::UniqueBeyond(at, least), States::Sets(sets)) => {
            let is_beyond = |row: u32| lasted(row).is_some_and(|own| own > least);
            rows.unique(block.values.get(at), sets, known, is_beyond);
        }
        (Measure::Failed, States::Counts(counts)) => rows.each(counts, |count, row| {
            *count += u64::from(block.failed.has(row as usize));
        }),
        (Measure::Within(most), States::Counts(counts)) => rows.each(counts, |count, row| {
            *count += u64::from(lasted(row).is_some_and(|own| own <= most));
        }),
        _ => {}
    }
}

/// The number of the value behind a code; each code is looked up once.
fn looked_up(ids: &mut [u32], code: u32, look: impl FnOnce(u32) -> u32) -> u32 {
    let Some(id) = ids.get_mut(code as usize) else {
        return NONE;
    };
    if *id == UNKNOWN {
        *id = look(code);
    }
    *id
}

/// A number below the second answer for each row, the same for rows with the same codes of all keys.
fn combined(rows: &[u32], keys: &[Coded]) -> (Vec<u32>, usize) {
    let mut groups = vec![0u32; rows.len()];
    let mut count = 1usize;
    for key in keys {
        // One more for rows without a value, whose code is the greatest and becomes 0.
        let codes = key.codes() + 1;
        let code = |row: u32| key.code(row).wrapping_add(1) as usize;
        let whole = count.saturating_mul(codes);
        if whole <= DIRECT.max(codes) {
            for (group, row) in groups.iter_mut().zip(rows) {
                *group = (*group as usize * codes + code(*row)) as u32;
            }
            count = whole;
        } else {
            let mut known: HashMap<(u32, u32), u32> = HashMap::new();
            for (group, row) in groups.iter_mut().zip(rows) {
                let next = known.len() as u32;
                *group = *known.entry((*group, code(*row) as u32)).or_insert(next);
            }
            count = known.len();
        }
    }
    (groups, count)
}
