//! What the checks read of each span, in one pass.

use crate::insights::Asked;
use crate::insights::family::{Family, Member};
use crate::insights::texts::{Codes, Texts};
use crate::model::batch::SpanKind;
use crate::model::record::RecordRef;
use crate::model::{CancelToken, Value};
use crate::query::Expr;
use crate::store::{Filter, Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

const OP: usize = 0;
const KIND: usize = 1;
const SERVICE: usize = 2;
const URL: usize = 3;
const DESCRIPTION: usize = 4;
const SEGMENT: usize = 5;
const NAMES: &[&[&str]] = &[
    &["op"],
    &["kind"],
    &["service"],
    &["url.path", "http.target", "url.full"],
    &["description", "name"],
    &["is_segment"],
];

/// What a span does, by its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Query,
    Call,
    Answer,
    Other,
}

/// A span.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub at: RecordRef,
    pub member: Member,
    pub trace: i64,
    pub start: i64,
    pub duration: i64,
    pub kind: SpanKind,
    pub does: Does,
    pub is_segment: bool,
    /// Whether it names a parent.
    pub has_parent: bool,
    /// Service and path of the request, by number.
    pub service: u32,
    pub path: u32,
}

impl Line {
    pub fn end(&self) -> i64 {
        self.start.saturating_add(self.duration)
    }
}

/// The spans that are asked for.
pub(super) struct Lines {
    pub all: Vec<Line>,
    /// By the member's place: the place in the list, from one.
    places: Vec<u32>,
    texts: Texts,
}

impl Lines {
    pub fn read(
        reader: &Reader,
        asked: &Asked,
        family: &Family,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let texts = Texts::default();
        let filter = Filter {
            search: Expr::all_of([asked.filter.search.clone()]),
            range: asked.filter.range,
        };
        let parts = reader.work_through_spans(&filter, NAMES, cancel, |columns| {
            part(&columns, family, &texts)
        })?;
        let all: Vec<Line> = parts.into_iter().flatten().collect();
        let mut places = vec![0; family.len()];
        for (place, line) in (1u32..).zip(&all) {
            places[family.place(line.member)] = place;
        }
        Ok(Self { all, places, texts })
    }

    /// The line of a span; `None` if it is not asked for.
    pub fn line(&self, member: Member, family: &Family) -> Option<&Line> {
        let place = *self.places.get(family.place(member))?;
        self.all.get((place as usize).checked_sub(1)?)
    }

    /// The parent of a span.
    pub fn parent(&self, line: &Line, family: &Family) -> Option<&Line> {
        self.line(family.parent(line.member)?, family)
    }

    /// The text behind a number.
    pub fn text(&self, number: u32) -> Arc<str> {
        self.texts.get(number)
    }

    /// The name of a service, in words.
    pub fn service(&self, number: u32) -> String {
        match number {
            0 => "a service without a name".to_owned(),
            number => self.text(number).to_string(),
        }
    }
}

fn part(columns: &SpanColumns, family: &Family, texts: &Texts) -> Vec<Line> {
    let mut does = Codes::new(columns.codes(OP));
    let mut kinds = Codes::new(columns.codes(KIND));
    let mut services = Codes::new(columns.codes(SERVICE));
    let mut segments = Codes::new(columns.codes(SEGMENT));
    let mut paths: HashMap<(Option<usize>, Option<usize>), u32> = HashMap::new();
    let line = |row: u32| {
        let member = family.member(columns.at(row))?;
        let does = columns.code(OP, row).map_or(Does::Other, |code| {
            does.get(code, || of_op(columns.text(OP, code).unwrap_or_default()))
        });
        let kind = columns
            .code(KIND, row)
            .map_or(SpanKind::Unspecified, |code| {
                kinds.get(code, || {
                    of_kind(columns.text(KIND, code).unwrap_or_default())
                })
            });
        let service = columns.code(SERVICE, row).map_or(0, |code| {
            services.get(code, || {
                texts.of(columns.text(SERVICE, code).unwrap_or_default())
            })
        });
        let is_segment = columns.code(SEGMENT, row).is_some_and(|code| {
            segments.get(code, || columns.value(SEGMENT, code) == Value::Bool(true))
        });
        let path = match does {
            Does::Call | Does::Answer => {
                let codes = (columns.code(URL, row), columns.code(DESCRIPTION, row));
                *paths.entry(codes).or_insert_with(|| {
                    let text = |at: usize, code: Option<usize>| {
                        code.and_then(|code| columns.text(at, code))
                            .unwrap_or_default()
                    };
                    texts.of(path(text(URL, codes.0), text(DESCRIPTION, codes.1)))
                })
            }
            Does::Query | Does::Other => 0,
        };
        Some(Line {
            at: columns.at(row),
            member,
            trace: columns.trace(row),
            start: columns.start(row),
            duration: columns.duration(row),
            kind,
            does,
            is_segment,
            has_parent: columns.parent(row) != 0,
            service,
            path,
        })
    };
    columns.rows().iter().copied().filter_map(line).collect()
}

fn of_op(op: &str) -> Does {
    match op {
        op if op == "db" || op.starts_with("db.") => Does::Query,
        op if op.starts_with("http.client") => Does::Call,
        op if op.starts_with("http.server") => Does::Answer,
        _ => Does::Other,
    }
}

fn of_kind(name: &str) -> SpanKind {
    let kinds = [
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
    ];
    let known = kinds.into_iter().find(|kind| kind.name() == name);
    known.unwrap_or_default()
}

/// The path of a request: of its URL, else of what describes it. Empty when there is none.
fn path<'a>(url: &'a str, described: &'a str) -> &'a str {
    let of = |text: &'a str| {
        let text = match text.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
            None => text,
        };
        let text = text.split(['?', '#']).next().unwrap_or_default();
        Some(text).filter(|text| text.starts_with('/'))
    };
    let address = described
        .split_once(' ')
        .map_or(described, |(_, address)| address);
    of(url).or_else(|| of(address)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_from_what_there_is() {
        for (url, described, expected) in [
            ("https://a.test/v1/x?y=1", "", "/v1/x"),
            ("/v1/x?y=1", "GET /other", "/v1/x"),
            ("", "GET http://a.test:80/v1/x#z", "/v1/x"),
            ("", "GET /v1/{id}", "/v1/{id}"),
            ("", "GET", ""),
            ("https://a.test", "", ""),
        ] {
            assert_eq!(path(url, described), expected, "{url} {described}");
        }
        assert!(of_op("db.sql.query") == Does::Query && of_op("dbx") == Does::Other);
    }
}
