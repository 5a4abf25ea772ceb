//! Check-ins: what a job that runs at regular times tells when a run begins and when it is done, and when it is to run.

use super::envelope::Walk;
use super::event::member;
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::model::TraceId;
use crate::model::batch::{CheckInRecord, Text};

/// Reads a `check_in` item. One that tells no time of its own was told when its envelope was sent.
pub fn read(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let members = walk.members()?;
    let wrong = |what| JsonError { at: start, what };
    let Some(at) = member(&members, "monitor_slug") else {
        return Err(wrong("it names no monitor"));
    };
    let mut told = CheckInRecord {
        monitor: walk.text_at(Some(at)),
        status: walk.text_at(member(&members, "status")),
        environment: walk.text_at(member(&members, "environment")),
        release: walk.text_at(member(&members, "release")),
        trace: walk.header.trace,
        ..CheckInRecord::default()
    };
    if let Some(run) = walk.string_at(member(&members, "check_in_id")) {
        let id: Option<TraceId> = walk.fill.json.raw_text(run).parse().ok();
        told.run = id.map_or(0, |id| u128::from_be_bytes(id.0));
    }
    told.time = match member(&members, "timestamp") {
        Some(at) => {
            walk.fill.json.go_to(at);
            walk.time()?
        }
        None => walk.header.sent.ok_or(wrong("it tells no time"))?,
    };
    if let Some(at) = member(&members, "duration") {
        walk.fill.json.go_to(at);
        // Seconds, as times are.
        told.duration = Some(walk.time()?.0.max(0));
    }
    if let Some(at) = member(&members, "monitor_config") {
        walk.fill.json.go_to(at);
        let (range, _) = walk.fill.json.skip_range()?;
        told.config = Text::in_input(range);
    }
    if let Some(at) = walk.find_trace_context(&members)? {
        walk.fill.json.go_to(at);
        // A check-in has no attributes.
        let mark = walk.fill.mark();
        let context = walk.trace_context(mark)?;
        walk.fill.batch.attrs.truncate(mark as usize);
        (told.trace, told.span) = (context.trace, context.span);
    }
    told.resource = walk.resource(&members)?;
    walk.fill.batch.check_ins.push(told);
    Ok(())
}
