//! The spans of a trace in numbers, by what they have in common.

use super::longest_of;
use crate::analysis::{
    Classes, SpanIndex, Statistic, StatisticColumn, sort_statistics, statistics,
};
use crate::app::questions::GroupedTrace;
use crate::model::CancelToken;
use crate::model::batch::SpanKind;
use crate::model::record::RecordRef;
use crate::model::trace::Trace;
use crate::store::{Reader, StoreError};
use std::collections::HashMap;
use std::sync::Arc;

/// Spans whose attributes are read between two looks at the cancel flag.
const AT_ONCE: usize = 4_096;

/// What spans have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TableBy {
    /// Their operation, or their name where they have none.
    #[default]
    Operation,
    /// Their service.
    Service,
    /// Their role towards other processes.
    Kind,
    /// Their name.
    Name,
    /// The value of an attribute.
    Attribute(String),
}

/// The order of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSort {
    /// By this column.
    pub column: StatisticColumn,
    /// Largest first.
    pub descending: bool,
}

impl Default for TableSort {
    fn default() -> Self {
        Self {
            column: StatisticColumn::SelfTime,
            descending: true,
        }
    }
}

/// The table, with a span for each of its lines.
#[derive(Debug)]
pub struct TableLook {
    /// The trace.
    pub grouped: Arc<GroupedTrace>,
    /// What its lines have in common.
    pub by: TableBy,
    /// Its lines, sorted.
    pub lines: Vec<Statistic>,
    /// Of each line the span that lasted longest.
    pub longest: Vec<Option<SpanIndex>>,
    line_of: Vec<u32>,
}

impl TableLook {
    pub(super) fn new(
        reader: &Reader,
        grouped: Arc<GroupedTrace>,
        by: &TableBy,
        sort: TableSort,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let trace = &grouped.trace;
        let classes = by.classes(reader, trace, cancel)?;
        let mut lines = statistics(trace, &grouped.all_self_times(), &classes);
        sort_statistics(&mut lines, sort.column, sort.descending);
        let place: HashMap<&str, u32> = lines.iter().map(|line| &*line.value).zip(0u32..).collect();
        let line_of_class: Vec<u32> = classes
            .values()
            .iter()
            .map(|value| place[&**value])
            .collect();
        let spans = (0..trace.spans.len() as u32).map(SpanIndex);
        let line_of: Vec<u32> = spans
            .map(|span| {
                classes
                    .of(span)
                    .map_or(u32::MAX, |class| line_of_class[class])
            })
            .collect();
        let longest = longest_of(&grouped, lines.len(), |span| {
            line_of.get(span.at()).map(|line| *line as usize)
        });
        Ok(Self {
            by: by.clone(),
            lines,
            longest,
            line_of,
            grouped,
        })
    }

    /// The line that counts a span.
    pub fn line_of(&self, span: SpanIndex) -> Option<usize> {
        let line = self.line_of.get(span.at()).map(|line| *line as usize);
        line.filter(|line| *line < self.lines.len())
    }
}

impl TableBy {
    /// The name of an attribute, or of what else it is.
    pub fn name(&self) -> &str {
        match self {
            Self::Operation => "Operation",
            Self::Service => "Service",
            Self::Kind => "Kind",
            Self::Name => "Name",
            Self::Attribute(key) => key,
        }
    }

    pub(super) fn classes(
        &self,
        reader: &Reader,
        trace: &Trace,
        cancel: &CancelToken,
    ) -> Result<Classes, StoreError> {
        match self {
            Self::Operation => Ok(Classes::by_operation(trace)),
            Self::Service => Ok(Classes::by_service(trace)),
            Self::Name => Ok(Classes::by(trace, |span| &span.name)),
            Self::Kind => {
                let names = KINDS.map(|(_, name)| Arc::<str>::from(name));
                let kind = |kind| KINDS.iter().position(|(known, _)| *known == kind);
                let values = trace.spans.iter().map(|span| kind(span.kind).unwrap_or(0));
                Ok(Classes::of_values(values.map(|at| &names[at])))
            }
            Self::Attribute(key) => {
                let values = values_of(reader, trace, key, cancel)?;
                Ok(Classes::of_values(&values))
            }
        }
    }
}

const KINDS: [(SpanKind, &str); 6] = [
    (SpanKind::Unspecified, "unspecified"),
    (SpanKind::Internal, "internal"),
    (SpanKind::Server, "server"),
    (SpanKind::Client, "client"),
    (SpanKind::Producer, "producer"),
    (SpanKind::Consumer, "consumer"),
];

/// The value of an attribute on each span, empty where it has none.
fn values_of(
    reader: &Reader,
    trace: &Trace,
    key: &str,
    cancel: &CancelToken,
) -> Result<Vec<Arc<str>>, StoreError> {
    let refs: Vec<RecordRef> = trace.spans.iter().map(|span| span.at).collect();
    let columns = [key.to_owned()];
    let mut values: Vec<Arc<str>> = Vec::with_capacity(refs.len());
    for some in refs.chunks(AT_ONCE) {
        if cancel.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        let rows = reader.span_rows(some, &columns)?;
        values.extend(rows.iter().map(|row| match row.cells.first() {
            Some(Some(value)) => value.text().into(),
            _ => Arc::default(),
        }));
    }
    Ok(values)
}
