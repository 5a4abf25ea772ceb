//! The insights pages as a place:
//! `insights/caches/keys`, a closer look, and
//! `insights/queries?q=…&service=a,b&environment=…&release=…&import=3&from=…&to=…&by=domain&sort=-count&row=KEY`; what a look can be
//! told besides (`insights/caches/expansion?first=3&expiry=5m`) stands under the names of its inputs.

use super::{bounds, decode, encode, names_from, names_text, place};
use crate::insights::Module;
use crate::insights::looks::Look;
use crate::model::TimeRange;
use crate::query::{self, Expr, SyntaxError};
use crate::store::Filter;

/// A module of insights, perhaps with one of its rows opened.
#[derive(Clone, Debug, PartialEq)]
pub struct InsightsPlace {
    /// Which part of the application.
    pub module: Module,
    /// A closer look at it, instead of its own table.
    pub look: Option<Look>,
    /// Which spans count; the same on all pages.
    pub filters: InsightFilters,
    /// One of the module's groupings; empty for the usual one.
    pub by: String,
    /// The column rows are sorted by, by its name, and whether the largest come first; `None` for the module's own order.
    pub sort: Option<(String, bool)>,
    /// The row that is opened, by its key.
    pub row: Option<String>,
    /// What was set for the look, by the names of its inputs.
    pub inputs: Vec<(String, String)>,
}

/// What holds over all insights pages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InsightFilters {
    /// The search as typed.
    pub query: String,
    /// Only spans that start in this stretch of time.
    pub range: Option<TimeRange>,
    /// Values of which there must be one, for each dimension that has any, in the order they were chosen.
    pub chosen: Vec<(Dimension, String)>,
}

/// What spans may be chosen by, besides a search and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The service.
    Service,
    /// Where it ran.
    Environment,
    /// The version that ran.
    Release,
    /// The import that brought it, by number.
    Import,
}

impl Dimension {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 4] = [
        Self::Service,
        Self::Environment,
        Self::Release,
        Self::Import,
    ];

    /// The attribute, in a search and in the text of a place.
    pub fn key(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Environment => "environment",
            Self::Release => "release",
            Self::Import => "import",
        }
    }
}

impl InsightFilters {
    /// The filter of spans that all of it makes.
    pub fn filter(&self) -> Result<Filter, SyntaxError> {
        let own = query::parse_filter(&self.query)?;
        let chosen = self.terms().map(|term| query::parse_filter(&term));
        let chosen: Result<Vec<Expr>, SyntaxError> = chosen.collect();
        Ok(Filter {
            search: Expr::all_of([own].into_iter().chain(chosen?)),
            range: self.range,
        })
    }

    /// The same as a search, without the time.
    pub fn search(&self) -> String {
        let terms: Vec<String> = self.terms().collect();
        let own = self.query.trim();
        let own = match query::parse_filter(own) {
            Ok(Expr::Or(_)) if !terms.is_empty() => format!("({own})"),
            _ => own.to_owned(),
        };
        let all = [own].into_iter().chain(terms);
        let all: Vec<String> = all.filter(|part| !part.is_empty()).collect();
        all.join(" ")
    }

    /// A term for each dimension of which something is chosen.
    fn terms(&self) -> impl Iterator<Item = String> {
        Dimension::ALL.into_iter().filter_map(|dimension| {
            let term = |value| query::with_term("", dimension.key(), value, false);
            let terms: Vec<String> = self.of(dimension).map(term).collect();
            match terms.as_slice() {
                [] => None,
                [only] => Some(only.clone()),
                several => Some(format!("({})", several.join(" OR "))),
            }
        })
    }

    /// Reads the fields of a place.
    pub(super) fn from_fields<'a>(
        field: impl Fn(&str) -> Option<&'a str>,
        query: String,
        range: Option<TimeRange>,
    ) -> Self {
        let chosen = Dimension::ALL.into_iter().flat_map(|dimension| {
            let values = names_from(field(dimension.key()).unwrap_or_default());
            values.into_iter().map(move |value| (dimension, value))
        });
        Self {
            query,
            range,
            chosen: chosen.collect(),
        }
    }

    /// The fields of a place.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let [from, to] = bounds(self.range);
        let chosen = Dimension::ALL.map(|dimension| {
            let values: Vec<String> = self.of(dimension).map(str::to_owned).collect();
            (dimension.key(), names_text(&values))
        });
        let mut fields = vec![("q", encode(&self.query))];
        fields.extend(chosen);
        fields.extend([("from", from), ("to", to)]);
        fields
    }

    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Puts a value to those chosen, or takes it away.
    pub fn toggle(&mut self, dimension: Dimension, value: &str) {
        let wanted = (dimension, value.to_owned());
        match self.chosen.iter().position(|known| *known == wanted) {
            Some(at) => drop(self.chosen.remove(at)),
            None => self.chosen.push(wanted),
        }
        // As they stand in the text of a place.
        self.chosen
            .sort_by_key(|(dimension, _)| *dimension as usize);
    }

    /// What is chosen of a dimension.
    pub fn of(&self, dimension: Dimension) -> impl Iterator<Item = &str> {
        let chosen = self.chosen.iter().filter(move |(of, _)| *of == dimension);
        chosen.map(|(_, value)| value.as_str())
    }
}

impl InsightsPlace {
    /// A module as it is entered.
    pub fn new(module: Module) -> Self {
        Self {
            module,
            look: None,
            filters: InsightFilters::default(),
            by: String::new(),
            sort: None,
            row: None,
            inputs: Vec::new(),
        }
    }

    /// What was set for an input of the look; empty if nothing was.
    pub fn input(&self, name: &str) -> &str {
        let own = self.inputs.iter().find(|(known, _)| known == name);
        own.map_or("", |(_, text)| text)
    }

    /// Sets an input of the look; an empty text takes it away.
    pub fn set_input(&mut self, name: &str, text: &str) {
        self.inputs.retain(|(known, _)| known != name);
        if !text.trim().is_empty() {
            self.inputs.push((name.to_owned(), text.trim().to_owned()));
            self.inputs.sort();
        }
    }

    /// Another module under the same filters.
    pub fn of_module(&self, module: Module) -> Self {
        Self {
            filters: self.filters.clone(),
            ..Self::new(module)
        }
    }

    /// Reads what stands behind `insights`, and the fields.
    pub(super) fn from_fields<'a>(
        rest: &str,
        field: impl Fn(&str) -> Option<&'a str>,
        query: String,
        range: Option<TimeRange>,
    ) -> Option<Self> {
        let (module, look) = match rest {
            "" => (Module::Transactions, None),
            _ => {
                let name = rest.strip_prefix('/')?;
                match Look::named(name) {
                    Some(look) => (look.module(), Some(look)),
                    None => (Module::named(name)?, None),
                }
            }
        };
        let by = decode(field("by").unwrap_or_default());
        if !by.is_empty() && !module.groupings().contains(&by.as_str()) {
            return None;
        }
        let sort = field("sort").map(|sort| match sort.strip_prefix('-') {
            Some(name) => (decode(name), true),
            None => (decode(sort), false),
        });
        let mut read = Self {
            module,
            look,
            row: field("row").map(decode),
            filters: InsightFilters::from_fields(&field, query, range),
            by,
            sort,
            inputs: Vec::new(),
        };
        for input in look.into_iter().flat_map(Look::inputs) {
            read.set_input(input.name, &decode(field(input.name).unwrap_or_default()));
        }
        Some(read)
    }
}

impl std::fmt::Display for InsightsPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sort = self.sort.as_ref().map(|(name, descending)| {
            let sign = if *descending { "-" } else { "" };
            format!("{sign}{}", encode(name))
        });
        let mut fields = self.filters.fields();
        fields.extend([
            ("by", encode(&self.by)),
            ("sort", sort.unwrap_or_default()),
            ("row", encode(self.row.as_deref().unwrap_or_default())),
        ]);
        let inputs = self.look.into_iter().flat_map(Look::inputs);
        fields.extend(inputs.map(|input| (input.name, encode(self.input(input.name)))));
        let name = match self.look {
            Some(look) => look.path(),
            None => self.module.name().to_owned(),
        };
        out.write_str(&place(&format!("insights/{name}"), &fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_becomes_a_search() {
        let mut filters = InsightFilters {
            query: "a:b OR c:d".to_owned(),
            ..InsightFilters::default()
        };
        assert_eq!(filters.search(), "a:b OR c:d");
        filters.toggle(Dimension::Service, "shop api");
        filters.toggle(Dimension::Service, "cart");
        filters.toggle(Dimension::Import, "3");
        let search = filters.search();
        let expected = filters.filter().map(|filter| filter.search);
        assert_eq!(query::parse_filter(&search), expected, "{search}");
        filters.toggle(Dimension::Import, "3");
        filters.toggle(Dimension::Service, "cart");
        assert_eq!(filters.search(), "(a:b OR c:d) service:\"shop api\"");
    }
}
