//! Which columns a list of records shows, and in which order.
//!
//! A place names columns in one of two ways, so that short places stay short: attributes alone follow the usual columns;
//! a list in which the one column that is always there occurs is the whole list.

/// The usual columns of a kind of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Those of a list that nobody changed.
    pub columns: &'static [&'static str],
    /// The one that is always there.
    pub always: &'static str,
}

/// Those of the log list. Any other name is an attribute.
pub const LOG_COLUMNS: Usual = Usual {
    columns: &["time", "level", "service", "message"],
    always: "message",
};

/// Those of the span list.
pub const SPAN_COLUMNS: Usual = Usual {
    columns: &["time", "service", "op", "description", "duration", "status"],
    always: "description",
};

impl Usual {
    /// Whether a column is one of the usual ones, not an attribute.
    pub fn is_usual(&self, name: &str) -> bool {
        self.columns.contains(&name)
    }

    /// The attributes among the columns that a place stands for, in their order.
    pub fn attributes(&self, named: &[String]) -> Vec<String> {
        let shown = self.shown(named).into_iter();
        shown.filter(|name| !self.is_usual(name)).collect()
    }

    /// The columns that a place stands for, each once.
    pub fn shown(&self, named: &[String]) -> Vec<String> {
        let usual = self.columns.iter().map(|name| (*name).to_owned());
        let is_whole = named.iter().any(|name| name == self.always);
        let all: Vec<String> = match is_whole {
            true => named.to_vec(),
            false => usual.chain(named.iter().cloned()).collect(),
        };
        let mut shown = Vec::with_capacity(all.len());
        for name in all {
            if !shown.contains(&name) {
                shown.push(name);
            }
        }
        shown
    }

    /// How many attributes there are before a column that is shown.
    pub fn attributes_before(&self, shown: &[String], column: usize) -> usize {
        let before = shown.iter().take(column);
        before.filter(|name| !self.is_usual(name)).count()
    }

    /// The shortest list that stands for these columns.
    pub fn named(&self, shown: Vec<String>) -> Vec<String> {
        let starts = shown.iter().zip(self.columns);
        let is_usual = shown.len() >= self.columns.len() && starts.clone().all(|(a, b)| a == b);
        match is_usual {
            true => shown[self.columns.len()..].to_vec(),
            false => shown,
        }
    }

    /// The list with a column more at its end, or without it; one that is always there stays.
    pub fn toggled(&self, named: &[String], column: &str) -> Vec<String> {
        let mut shown = self.shown(named);
        match shown.iter().position(|known| known == column) {
            Some(_) if column == self.always => {}
            Some(at) => drop(shown.remove(at)),
            None => shown.push(column.to_owned()),
        }
        self.named(shown)
    }

    /// The list with the column at `from` moved to the place `to`.
    pub fn moved(&self, named: &[String], from: usize, to: usize) -> Vec<String> {
        self.named(moved(self.shown(named), from, to))
    }
}

/// A list with the item at `from` moved to the place `to`, those between making room.
pub fn moved<T>(mut list: Vec<T>, from: usize, to: usize) -> Vec<T> {
    if from < list.len() && to < list.len() {
        let item = list.remove(from);
        list.insert(to, item);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        let names = text.split(',').filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    #[test]
    fn places_name_columns_in_the_shortest_way() {
        let cases = [
            ("", "time,level,service,message"),
            ("a,b", "time,level,service,message,a,b"),
            ("message", "message"),
            ("a,message,time", "a,message,time"),
            ("a,a", "time,level,service,message,a"),
        ];
        for (named, shown) in cases {
            assert_eq!(LOG_COLUMNS.shown(&list(named)), list(shown), "{named}");
            let again = LOG_COLUMNS.named(list(shown));
            assert_eq!(LOG_COLUMNS.shown(&again), list(shown), "{named}");
        }
        assert_eq!(
            LOG_COLUMNS.named(list("time,level,service,message,a")),
            list("a")
        );
    }

    #[test]
    fn columns_come_go_and_move() {
        let cases = [
            ("", "a", "a"),
            ("a,b", "a", "b"),
            ("", "level", "time,service,message"),
            (
                "time,service,message",
                "level",
                "time,service,message,level",
            ),
            ("", "message", ""),
        ];
        for (named, column, expected) in cases {
            assert_eq!(
                LOG_COLUMNS.toggled(&list(named), column),
                list(expected),
                "{named} {column}"
            );
        }
        let cases = [
            ("a", 4, 0, "a,time,level,service,message"),
            ("a,b", 5, 4, "b,a"),
            ("a,time,level,service,message", 0, 4, "a"),
            ("a", 9, 0, "a"),
        ];
        for (named, from, to, expected) in cases {
            assert_eq!(
                LOG_COLUMNS.moved(&list(named), from, to),
                list(expected),
                "{named} {from}"
            );
        }
    }
}
