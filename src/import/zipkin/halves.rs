//! Which spans a span of version 1 is: core codes (`cs`, `sr`, …) give kind, start and duration, addresses (`sa`, `ca`, `ma`)
//! the other end. With the codes of both ends it is two. The rules are those of Zipkin's own converter to version 2.

use super::v1::{Annotation, Endpoint, Written};
use crate::model::Nanos;
use crate::model::batch::{BatchValue, SpanKind};

/// What becomes one span.
#[derive(Default)]
pub struct Half {
    pub kind: SpanKind,
    pub local: Endpoint,
    pub remote: Option<Endpoint>,
    pub start: Nanos,
    pub duration: i64,
    pub shared: bool,
}

/// Parts a span into its halves. Codes and addresses that a half says in another way are taken out of what was written.
pub fn halves(written: &mut Written) -> Vec<Half> {
    let find = |code: &str| {
        let mut notes = written.annotations.iter();
        notes.find(|note| note.value == code)
    };
    let ends = [
        (SpanKind::Client, find("cs"), find("cr")),
        (SpanKind::Server, find("sr"), find("ss")),
        (SpanKind::Producer, find("ms"), None),
        (SpanKind::Consumer, find("mr"), None),
    ];
    let mut halves = Vec::new();
    for (kind, begin, end) in ends {
        let Some(known) = begin.or(end) else {
            continue;
        };
        let time = |note: Option<&Annotation>| note.map_or(Nanos(0), |note| note.time);
        let (start, end) = (time(begin), time(end));
        halves.push(Half {
            kind,
            local: known.endpoint.clone(),
            start,
            duration: match start.0 > 0 && end > start {
                true => end - start,
                false => 0,
            },
            ..Half::default()
        });
    }
    time(written, &mut halves);
    if halves.is_empty() {
        halves.push(Half {
            local: first_endpoint(written),
            start: written.start,
            duration: written.duration,
            ..Half::default()
        });
    }
    addresses(written, &mut halves);
    written.annotations.retain(|note| !is_said(note, &halves));
    halves
}

/// Whether an annotation is a code that its half says: it begins or ends when that was noted. Else it stays a note.
fn is_said(note: &Annotation, halves: &[Half]) -> bool {
    let said = |kind: SpanKind, ends: bool| {
        halves.iter().filter(|half| half.kind == kind).any(|half| {
            let length = if ends { half.duration } else { 0 };
            Nanos(half.start.0.saturating_add(length)) == note.time
        })
    };
    match note.value.as_str() {
        "cs" => said(SpanKind::Client, false),
        "cr" => said(SpanKind::Client, true),
        "sr" => said(SpanKind::Server, false),
        "ss" => said(SpanKind::Server, true),
        "ms" => said(SpanKind::Producer, false),
        "mr" => said(SpanKind::Consumer, false),
        _ => false,
    }
}

/// The span's own start and duration belong to the half that began it. One that has none is a report on a shared span.
fn time(written: &Written, halves: &mut [Half]) {
    let [first, rest @ ..] = halves else {
        return;
    };
    if written.start.0 > 0 {
        first.start = written.start;
        if written.duration > 0 {
            first.duration = written.duration;
        }
    } else if first.start.0 > 0 && written.duration > 0 {
        first.duration = written.duration;
    }
    first.shared = first.kind == SpanKind::Server && written.start.0 == 0 && first.start.0 > 0;
    for half in rest {
        half.shared = half.start.0 > 0;
    }
}

/// Gives each half the address of its other end.
fn addresses(written: &mut Written, halves: &mut [Half]) {
    let mut found = [None, None, None];
    written.tags.retain(|tag| {
        let place = match tag.key.as_str() {
            "sa" => &mut found[0],
            "ca" => &mut found[1],
            "ma" => &mut found[2],
            _ => return true,
        };
        // A text under such a name is a tag like any other.
        if tag.endpoint.members.is_empty() || matches!(tag.value, BatchValue::Str(_)) {
            return true;
        }
        *place = Some(tag.endpoint.clone());
        false
    });
    let [server, client, broker] = found;
    let [half, rest @ ..] = halves else {
        return;
    };
    if half.kind == SpanKind::Unspecified {
        match (client, server) {
            (Some(client), Some(server)) => {
                half.local = client;
                half.remote = Some(server);
            }
            // Who calls is known: this end serves.
            (Some(client), None) => {
                half.kind = SpanKind::Server;
                half.remote = Some(client);
            }
            (None, server) => half.remote = server.or(broker),
        }
        return;
    }
    for half in [half].into_iter().chain(rest) {
        let remote = match half.kind {
            SpanKind::Client => &server,
            SpanKind::Server => &client,
            _ => &broker,
        };
        half.remote = remote.clone().filter(|remote| remote.raw != half.local.raw);
    }
}

/// The endpoint of a span without codes: of the first note or tag that has one and is no address.
fn first_endpoint(written: &Written) -> Endpoint {
    let notes = written.annotations.iter().map(|note| &note.endpoint);
    let tags = written.tags.iter();
    let tags = tags.filter(|tag| !matches!(tag.key.as_str(), "sa" | "ca" | "ma"));
    let mut all = notes.chain(tags.map(|tag| &tag.endpoint));
    let first = all.find(|endpoint| !endpoint.members.is_empty());
    first.cloned().unwrap_or_default()
}

/// The half that a note or tag belongs to, and whether it was made there.
pub fn owner(halves: &[Half], endpoint: &Endpoint) -> (usize, bool) {
    if endpoint.members.is_empty() {
        return (0, true);
    }
    let same = |half: &Half| half.local.raw == endpoint.raw;
    let alike = |half: &Half| half.local.service == endpoint.service;
    let found = halves.iter().position(same);
    let found = found.or_else(|| halves.iter().position(alike));
    (found.unwrap_or(0), found.is_some())
}
