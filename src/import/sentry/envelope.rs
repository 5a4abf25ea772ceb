//! A stretch of envelopes becomes a batch: every item is read by its type or named as passed over.

use super::framing::{self, Frame};
use super::{check_in, container, event, events, otel, transaction};
use crate::import::clock;
use crate::import::fill::{Fill, Result};
use crate::import::format::Parsed;
use crate::import::json::{JsonError, Reader};
use crate::import::stretch::{Places, Stretch, dropped, plain};
use crate::model::batch::Scope;
use crate::model::{CancelToken, Nanos, TraceId, conventions};
use hashbrown::HashMap;
use std::ops::Range;

/// What an envelope's header says about everything in it.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// The SDK's name.
    pub sdk: String,
    /// The trace that was running.
    pub trace: TraceId,
    /// When it was sent.
    pub sent: Option<Nanos>,
}

/// The work on one stretch.
pub struct Walk<'t, 'b> {
    pub fill: Fill<'t, 'b>,
    pub places: &'t Places,
    pub cancel: &'t CancelToken,
    /// The envelope that is being read.
    pub header: Header,
    /// Resources by a hash of what makes them.
    pub resources: HashMap<u64, u32>,
}

/// Reads a stretch of envelopes. `None` when cancelled.
pub fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_frames(stretch, cancel, frame_all)
}

/// Reads a stretch of events without envelopes. `None` when cancelled.
pub fn parse_events(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_frames(stretch, cancel, events::frames)
}

fn parse_frames(
    mut stretch: Stretch,
    cancel: &CancelToken,
    frame_all: fn(&mut [u8]) -> Vec<Frame>,
) -> Option<Parsed> {
    if let Some(reason) = stretch.dropped {
        let batch = dropped(&stretch, reason);
        return Some(Parsed {
            batch,
            ..Parsed::default()
        });
    }
    // Lengths count bytes of the file, so framing comes before anything is repaired.
    let frames = frame_all(&mut stretch.bytes);
    parse_text(stretch, cancel, |walk| {
        let cut_off = matches!(
            frames.last(),
            Some(Frame::Item { cut_off: true, .. } | Frame::Event { cut_off: true, .. })
        );
        for frame in frames {
            if walk.cancel.is_cancelled() {
                break;
            }
            walk.frame(frame);
        }
        cut_off
    })
}

/// Reads a stretch. `read` goes over its text, and tells whether that ends within something. `None` when cancelled.
pub fn parse_text(
    mut stretch: Stretch,
    cancel: &CancelToken,
    read: impl FnOnce(&mut Walk) -> bool,
) -> Option<Parsed> {
    if let Some(reason) = stretch.dropped {
        let batch = dropped(&stretch, reason);
        return Some(Parsed {
            batch,
            ..Parsed::default()
        });
    }
    let mut batch = std::mem::take(&mut stretch.batch);
    batch.scopes.push(Scope::default());
    let last = stretch.last;
    let (text, places) = stretch.into_text(&mut batch.problems);
    let mut walk = Walk {
        fill: Fill {
            json: Reader::new(&text, 0..text.len()),
            batch: &mut batch,
        },
        places: &places,
        cancel,
        header: Header::default(),
        resources: HashMap::new(),
    };
    let cut_off = read(&mut walk);
    if cancel.is_cancelled() {
        return None;
    }
    batch.input = text;
    conventions::resolve(&mut batch);
    Some(Parsed {
        batch,
        open_end: last && cut_off,
        ..Parsed::default()
    })
}

/// All frames. Payloads that may be binary and will not be read are blanked: nobody has to repair them.
fn frame_all(bytes: &mut [u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some((frame, after)) = framing::next(bytes, at, true) {
        if let Frame::Item {
            header, payload, ..
        } = &frame
            && std::str::from_utf8(&bytes[payload.clone()]).is_err()
            && !is_read(&bytes[header.clone()])
        {
            bytes[payload.clone()].fill(b' ');
        }
        frames.push(frame);
        at = after;
    }
    frames
}

/// Whether an item with this header is read at all.
fn is_read(header: &[u8]) -> bool {
    let text = String::from_utf8_lossy(header);
    let kind = item_type(&text, 0..text.len()).unwrap_or_default();
    matches!(
        kind.as_str(),
        "event" | "transaction" | "span" | "log" | "otel_log"
    )
}

/// The `type` of an item's header line.
fn item_type(text: &str, line: Range<usize>) -> Option<String> {
    let mut json = Reader::new(text, line);
    let mut members = json.begin_object().ok()?;
    while let Some(name) = json.next_member(&mut members).ok()? {
        if json.raw(name) == b"type" {
            let string = json.string().ok()?;
            return Some(plain(json.raw_text(string), string.escaped).into_owned());
        }
        json.skip().ok()?;
    }
    None
}

impl Walk<'_, '_> {
    fn frame(&mut self, frame: Frame) {
        match frame {
            Frame::Envelope(range) => {
                self.header = Header::default();
                let range = self.in_text(range);
                // Framing has seen that it is an object; a member of an odd type means no more than a missing one.
                let _ = self.envelope_header(range);
            }
            Frame::Garbage(range) => {
                let range = self.in_text(range);
                self.skip(
                    range.start,
                    "Line left out: it is neither an envelope's nor an item's header, nor an event",
                );
            }
            Frame::Item {
                header,
                payload,
                cut_off,
            } => {
                let (header, payload) = (self.in_text(header), self.in_text(payload));
                let kind = item_type(self.fill.json.text(), header).unwrap_or_default();
                self.item(&kind, payload, cut_off);
            }
            Frame::Event { payload, cut_off } => {
                let payload = self.in_text(payload);
                let kind = item_type(self.fill.json.text(), payload.clone()).unwrap_or_default();
                // Errors call themselves `error`, `default`, or nothing; a transaction is all that is told from them.
                let kind = match kind.as_str() {
                    "transaction" => "transaction",
                    _ => "event",
                };
                self.item(kind, payload, cut_off);
            }
        }
    }

    /// A range of the file's bytes as one of the text.
    fn in_text(&self, range: Range<usize>) -> Range<usize> {
        self.places.in_text(range.start)..self.places.in_text(range.end)
    }

    fn envelope_header(&mut self, range: Range<usize>) -> Result<()> {
        let mut json = Reader::new(self.fill.json.text(), range);
        let mut members = json.begin_object()?;
        while let Some(name) = json.next_member(&mut members)? {
            match json.raw(name) {
                _ if json.take_null() => {}
                b"sent_at" => {
                    let string = json.string()?;
                    self.header.sent = clock::iso(json.raw_text(string));
                }
                outer @ (b"sdk" | b"trace") => {
                    let mut inner = json.begin_object()?;
                    while let Some(name) = json.next_member(&mut inner)? {
                        match (outer, json.raw(name)) {
                            (b"sdk", b"name") => {
                                let string = json.string()?;
                                self.header.sdk = json.raw_text(string).to_owned();
                            }
                            (b"trace", b"trace_id") => {
                                let string = json.string()?;
                                self.header.trace =
                                    json.raw_text(string).parse().unwrap_or_default();
                            }
                            _ => {
                                json.skip()?;
                            }
                        }
                    }
                }
                _ => {
                    json.skip()?;
                }
            }
        }
        Ok(())
    }

    fn item(&mut self, kind: &str, payload: Range<usize>, cut_off: bool) {
        self.fill.json = Reader::new(self.fill.json.text(), payload.clone());
        let records = self.fill.batch.records();
        let outcome = match kind {
            "transaction" => transaction::read(self),
            "event" => event::error(self, payload.clone()),
            "span" => container::spans(self),
            "log" => container::logs(self),
            "otel_log" => otel::log(self),
            "check_in" => check_in::read(self),
            other => {
                let what = format!(
                    "Items of type {other} were passed over: they are neither spans, logs, errors nor check-ins"
                );
                self.fill.batch.problems.note(&what);
                return;
            }
        };
        if let Err(error) = outcome {
            // Attributes that were read stay: a resource that is shared with other items may point to them.
            self.item_broke(kind, payload.start, records, cut_off, error);
        }
    }

    #[cold]
    fn item_broke(
        &mut self,
        kind: &str,
        start: usize,
        records: usize,
        cut_off: bool,
        error: JsonError,
    ) {
        let why = match cut_off {
            true => "the file ends within it",
            false => error.what,
        };
        let kept = match self.fill.batch.records() - records {
            0 => String::new(),
            many => format!("; {many} records before that were kept"),
        };
        let place = self.places.within(start, error.at);
        self.skip(
            start,
            &format!("Item of type {kind} left out: {why}{place}{kept}"),
        );
    }

    /// Notes what is left out at an offset of the text.
    #[cold]
    pub fn skip(&mut self, at: usize, reason: &str) {
        let text = self.fill.json.text();
        let (line, byte) = (self.places.line(text, at), self.places.byte(at));
        let record = text.as_bytes().get(at..).unwrap_or_default();
        self.fill.batch.problems.skip(line, byte, reason, record);
    }

    /// Reads one record of many; if it is wrong in itself, leaves out just it.
    pub fn record(&mut self, what: &str, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.fill.json.peek()?;
        let start = self.fill.json.at();
        if self.cancel.is_cancelled() {
            return Err(self.fill.json.error("the import was cancelled"));
        }
        let attrs = self.fill.batch.attrs.len();
        let Err(error) = read(self) else {
            return Ok(());
        };
        self.fill.batch.attrs.truncate(attrs);
        self.fill.json.go_to(start);
        self.fill.json.skip()?;
        let place = self.places.within(start, error.at);
        self.skip(start, &format!("{what} left out: {}{place}", error.what));
        Ok(())
    }
}
