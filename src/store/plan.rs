//! A search made ready for segments: names resolved to columns, tests prepared, resources and trace ids looked up once.

use super::fields::{Field, attribute_column, column, level_of_text, names_for};
use super::matching::Matcher;
use super::named::{self, ISSUE, Members};
use super::scan::{Resources, Scan, Scanner};
use super::value::ValueRef;
use super::{RecordKind, StoreError, trace_key};
use crate::model::{Nanos, SpanId, TraceId, Value, conventions};
use crate::query::{Comparison, Expr, Flag, Moment, ReleasePart, Term, Test, Version};
use hashbrown::HashSet;
use std::cell::OnceCell;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A prepared search.
pub(super) enum Plan {
    All,
    And(Vec<Plan>),
    Or(Vec<Plan>),
    Not(Box<Plan>),
    Test(Probe),
}

/// What no record passes.
const NOTHING: Plan = Plan::Or(Vec::new());

/// One test of one column.
pub(super) enum Probe {
    /// The record's own time, between two instants that both count.
    Time(RangeInclusive<i64>),
    /// Values of a built-in column.
    Column {
        name: &'static str,
        matcher: Matcher,
    },
    /// Span ids, kept as numbers and tested as hex text.
    SpanId { name: &'static str, test: IdTest },
    /// Traces, kept as the store's numbers.
    Trace(TraceTest),
    /// The import that brought the record, by its number or file.
    Import(Matcher),
    /// An attribute of the record, else of its resource.
    Attribute {
        name: String,
        matcher: Matcher,
        resources: ResourceTest,
    },
    /// Records that analysis names.
    Named(Members),
}

pub(super) enum IdTest {
    Present,
    Is(SpanId),
    Text(Matcher),
}

pub(super) enum TraceTest {
    Present,
    In(HashSet<i64>),
}

/// What a test says of resources.
#[derive(Default)]
pub(super) struct ResourceTest {
    /// Ids of those that pass.
    pub fit: HashSet<i64>,
}

/// Prepares searches over one kind of records.
pub(super) struct Planner<'a> {
    scan: &'a Scan<'a>,
    scanner: &'a Scanner,
    kind: RecordKind,
    resources: Arc<Resources>,
    /// What relative times count from, once it was asked for.
    now: OnceCell<Nanos>,
}

impl<'a> Planner<'a> {
    pub fn new(
        scanner: &'a Scanner,
        scan: &'a Scan<'a>,
        kind: RecordKind,
    ) -> Result<Self, StoreError> {
        let resources = scan.shared.resources(scanner)?;
        Ok(Self {
            scan,
            scanner,
            kind,
            resources,
            now: OnceCell::new(),
        })
    }

    pub fn plan(&self, expr: &Expr) -> Result<Plan, StoreError> {
        Ok(match expr {
            Expr::All => Plan::All,
            Expr::And(parts) => {
                let mut parts = self.all(parts)?;
                // What is cheap first: once nothing is left, the rest need not be read.
                parts.sort_by_key(Plan::cost);
                Plan::And(parts)
            }
            Expr::Or(parts) => Plan::Or(self.all(parts)?),
            Expr::Not(part) => Plan::Not(Box::new(self.plan(part)?)),
            Expr::Term(term) if term.key.is_empty() => self.free_text(&term.test)?,
            Expr::Term(term) => self.term(term)?,
            Expr::Having(having) => {
                let why = "records are not grouped here, so there is nothing to aggregate";
                return Err(StoreError::failed(&format!("search by {having}"), why));
            }
            Expr::SomeSpan(_) => {
                let why = "only a search of traces asks for several spans";
                return Err(StoreError::failed(&format!("search by {expr}"), why));
            }
        })
    }

    fn all(&self, parts: &[Expr]) -> Result<Vec<Plan>, StoreError> {
        parts.iter().map(|part| self.plan(part)).collect()
    }

    fn term(&self, term: &Term) -> Result<Plan, StoreError> {
        if let Some(test) = not_empty(&term.test) {
            let key = term.key.clone();
            let there = self.term(&Term { key, test })?;
            return Ok(Plan::Not(Box::new(there)));
        }
        if let Test::Attribute(..) = &term.test {
            return Ok(Plan::Test(self.attribute(&term.key, &term.test)));
        }
        let mut fields = names_for(&term.key);
        if self.kind == RecordKind::Span && fields.first() == Some(&TRANSACTION) {
            // It is made of what is recorded, and each span has at most one.
            fields.truncate(1);
        }
        let probes = fields
            .into_iter()
            .map(|field| self.probe(field, &term.test));
        let probes = probes.chain(self.in_release(term).into_iter().map(Ok));
        let mut probes: Vec<Plan> = probes.collect::<Result<_, _>>()?;
        if term.key == ISSUE {
            let fits = Matcher::new(&term.test);
            let members = named::members(self.scan, self.scanner, self.kind, &fits)?;
            probes.extend(members.map(|members| Plan::Test(Probe::Named(members))));
        }
        Ok(Plan::Or(probes))
    }

    /// Where a version or build may stand besides in an attribute of its own: as a part of the release.
    fn in_release(&self, term: &Term) -> Vec<Plan> {
        let wanted = match (&term.test, ReleasePart::named(&term.key)) {
            (Test::Version(comparison, wanted), _) => Some((*comparison, wanted.clone())),
            (Test::Equals(text), Some(part)) => {
                Version::read(part, text).map(|wanted| (Comparison::Equal, wanted))
            }
            _ => None,
        };
        let Some((comparison, wanted)) = wanted else {
            return Vec::new();
        };
        let matcher = || Matcher::Version {
            comparison,
            wanted: wanted.clone(),
            within: true,
        };
        let names = conventions::release_names().iter();
        names
            .map(|name| Plan::Test(self.attribute_that(name, matcher())))
            .collect()
    }

    fn probe(&self, field: Field, test: &Test) -> Result<Plan, StoreError> {
        Ok(Plan::Test(match field {
            Field::Builtin(column::TRACE) => Probe::Trace(self.trace_test(test)?),
            Field::Builtin(name) if let Test::Time(comparison, moment) = test => match name {
                column::TIME => Probe::Time(self.stretch(*comparison, *moment)?),
                _ => Probe::Time(EMPTY),
            },
            // A log record has no parent, so there is no such column.
            Field::Builtin(column::PARENT) if self.kind == RecordKind::Log => return Ok(NOTHING),
            Field::Builtin(name @ (column::SPAN | column::PARENT)) => Probe::SpanId {
                name,
                test: id_test(test),
            },
            Field::Builtin(column::IMPORT) => Probe::Import(Matcher::new(test)),
            Field::Builtin(column::LEVEL) => Probe::Column {
                name: column::LEVEL,
                matcher: Matcher::new(&level_test(test)),
            },
            Field::Builtin(name) => Probe::Column {
                name,
                matcher: Matcher::new(test),
            },
            Field::Attribute(name) => self.attribute(&name, test),
        }))
    }

    fn attribute(&self, name: &str, test: &Test) -> Probe {
        self.attribute_that(name, Matcher::new(test))
    }

    fn attribute_that(&self, name: &str, matcher: Matcher) -> Probe {
        let fits = |attributes: &[(Arc<str>, Value)]| {
            let own = attributes.iter().find(|(known, _)| **known == *name);
            own.is_some_and(|(_, value)| matcher.fits(ValueRef::of(value)))
        };
        let fit = self
            .resources
            .iter()
            .filter(|(_, attributes)| fits(attributes));
        let resources = ResourceTest {
            fit: fit.map(|(id, _)| *id).collect(),
        };
        Probe::Attribute {
            name: attribute_column(name).into_owned(),
            matcher,
            resources,
        }
    }

    /// The instants a time is compared with.
    fn stretch(
        &self,
        comparison: Comparison,
        moment: Moment,
    ) -> Result<RangeInclusive<i64>, StoreError> {
        let now = match moment {
            Moment::At(instant) => instant,
            Moment::Ago(_) => self.now()?,
        };
        let Nanos(at) = moment.at(now);
        Ok(match comparison {
            Comparison::Less => at.checked_sub(1).map_or(EMPTY, |last| i64::MIN..=last),
            Comparison::LessOrEqual => i64::MIN..=at,
            Comparison::Greater => at.checked_add(1).map_or(EMPTY, |first| first..=i64::MAX),
            Comparison::GreaterOrEqual => at..=i64::MAX,
            Comparison::Equal => at..=at,
        })
    }

    /// The last recorded instant: a recording is looked at long after, and "the last hour" is the last one in it.
    fn now(&self) -> Result<Nanos, StoreError> {
        if let Some(now) = self.now.get() {
            return Ok(*now);
        }
        let find = || {
            let sql = "SELECT max(time_max) FROM segment";
            let mut find = self.scanner.connection.prepare_cached(sql)?;
            find.query_row([], |row| row.get::<_, Option<i64>>(0))
        };
        let last = find().map_err(StoreError::sql("find the last record"))?;
        Ok(*self.now.get_or_init(|| Nanos(last.unwrap_or_default())))
    }

    fn flag(&self, flag: Flag) -> Plan {
        let equals = |name: &'static str, text: &str| {
            Plan::Test(Probe::Column {
                name,
                matcher: Matcher::new(&Test::Equals(text.to_owned())),
            })
        };
        match (flag, self.kind) {
            (Flag::Error, RecordKind::Span) => equals(column::STATUS, "error"),
            (Flag::Error, RecordKind::Log) => Plan::Or(vec![
                equals(column::LEVEL, "error"),
                equals(column::LEVEL, "fatal"),
            ]),
            (Flag::Root, RecordKind::Span) => {
                let parent = Plan::Test(Probe::SpanId {
                    name: column::PARENT,
                    test: IdTest::Present,
                });
                Plan::Not(Box::new(parent))
            }
            (Flag::Segment, RecordKind::Span) => equals(column::SEGMENT, "true"),
            (Flag::Root | Flag::Segment, RecordKind::Log) => NOTHING,
            (Flag::Traced, _) => Plan::Test(Probe::Trace(TraceTest::Present)),
        }
    }

    /// Words without a name: in the text of a record, or exactly the id of its span or trace.
    fn free_text(&self, test: &Test) -> Result<Plan, StoreError> {
        if let Test::Is(flag) = test {
            return Ok(self.flag(*flag));
        }
        let texts: &[&str] = match self.kind {
            RecordKind::Span => &[column::NAME, column::DESCRIPTION],
            RecordKind::Log => &[column::BODY],
        };
        let in_text = |name: &&'static str| {
            Plan::Test(Probe::Column {
                name,
                matcher: Matcher::new(test),
            })
        };
        let mut parts: Vec<Plan> = texts.iter().map(in_text).collect();
        if let Test::Contains(text) | Test::Equals(text) = test {
            if text.len() == 16
                && let Ok(id) = text.parse()
            {
                parts.push(Plan::Test(Probe::SpanId {
                    name: column::SPAN,
                    test: IdTest::Is(id),
                }));
            }
            if text.len() >= 32
                && let Ok(id) = text.parse::<TraceId>()
            {
                parts.push(Plan::Test(Probe::Trace(self.trace_is(id)?)));
            }
        }
        Ok(Plan::Or(parts))
    }

    fn trace_test(&self, test: &Test) -> Result<TraceTest, StoreError> {
        match test {
            Test::Present => Ok(TraceTest::Present),
            Test::Equals(text) => match text.parse() {
                Ok(id) => self.trace_is(id),
                Err(_) => Ok(TraceTest::In(HashSet::new())),
            },
            Test::Matches(_) | Test::Contains(_) | Test::Regex(_) => {
                self.traces_that(&Matcher::new(test))
            }
            Test::Compare(..) | Test::Time(..) | Test::Version(..) | Test::AnyItem(_) => {
                Ok(TraceTest::In(HashSet::new()))
            }
            Test::Attribute(..) | Test::Is(_) => Ok(TraceTest::In(HashSet::new())),
        }
    }

    fn trace_is(&self, id: TraceId) -> Result<TraceTest, StoreError> {
        let number = trace_key::find(&self.scanner.connection, id)
            .map_err(StoreError::sql("find a trace"))?;
        Ok(TraceTest::In(number.into_iter().collect()))
    }

    /// The traces whose id as text passes.
    fn traces_that(&self, matcher: &Matcher) -> Result<TraceTest, StoreError> {
        let find = || {
            let mut numbers = HashSet::new();
            let mut find = self
                .scanner
                .connection
                .prepare_cached("SELECT number, trace_id FROM trace")?;
            let mut rows = find.query([])?;
            while let Some(row) = rows.next()? {
                let id = TraceId(row.get(1)?).to_string();
                if matcher.fits(ValueRef::Str(&id)) {
                    numbers.insert(row.get(0)?);
                }
            }
            Ok(TraceTest::In(numbers))
        };
        find().map_err(StoreError::sql("find traces"))
    }
}

const TRANSACTION: Field = Field::Builtin(column::TRANSACTION);

/// No instant.
#[allow(clippy::reversed_empty_ranges)]
const EMPTY: RangeInclusive<i64> = 1..=0;

impl Plan {
    /// How much has to be read to answer, in rough steps.
    fn cost(&self) -> u32 {
        match self {
            Self::All | Self::Test(Probe::Time(_) | Probe::Import(_)) => 0,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::cost).sum(),
            Self::Not(part) => part.cost(),
            Self::Test(Probe::Column {
                name: column::BODY | column::DESCRIPTION,
                ..
            }) => 8,
            Self::Test(Probe::SpanId { .. } | Probe::Named(_)) => 3,
            Self::Test(Probe::Attribute { .. }) => 2,
            Self::Test(Probe::Column { .. } | Probe::Trace(_)) => 1,
        }
    }
}

fn id_test(test: &Test) -> IdTest {
    match test {
        Test::Present => IdTest::Present,
        Test::Equals(text) => match text.parse() {
            Ok(id) => IdTest::Is(id),
            Err(_) => IdTest::Text(Matcher::new(test)),
        },
        _ => IdTest::Text(Matcher::new(test)),
    }
}

/// What holds where a test for the empty text, of values of any type, does not: such a test is passed by what has no value.
fn not_empty(test: &Test) -> Option<Test> {
    match test {
        Test::Equals(text) if text.is_empty() => Some(Test::Present),
        Test::Attribute(None, test) => {
            not_empty(test).map(|test| Test::Attribute(None, Box::new(test)))
        }
        _ => None,
    }
}

/// Levels go by many names; a test for one of them means its class.
fn level_test(test: &Test) -> Test {
    match test {
        Test::Equals(text) => Test::Equals(level_of_text(text).unwrap_or(text).to_owned()),
        other => other.clone(),
    }
}
