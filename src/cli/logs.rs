//! `headwater logs [QUERY]`: list log records, oldest first (`--sort -time` for newest first, `--sort KEY` by any
//! attribute); or groups of them ([`super::groups`]).
//!
//! JSON is [`crate::export::log_record`]'s.

use super::Failure;
use super::args::ListArgs;
use super::differs::print_wanted_differences;
use super::list::{Listed, Rows, print_wanted_facet, print_wanted_groups, wanted_records};
use super::output::{filter_from, print_count};
use crate::export::log_record::log_json;
use crate::model::CancelToken;
use crate::model::human::{self, Clock};
use crate::model::record::LogEntry;
use crate::query::Subject;
use crate::store::{Reader, RecordKind};
use std::process::ExitCode;

pub fn run(args: &ListArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let filter = filter_from(args, Subject::Records)?;
    let cancel = CancelToken::default();
    if print_wanted_facet(args, reader, RecordKind::Log, &filter, &cancel)?
        || print_wanted_groups(args, reader, RecordKind::Log, &filter, &cancel)?
        || print_wanted_differences(args, reader, RecordKind::Log, &filter, &cancel)?
    {
        return Ok(ExitCode::SUCCESS);
    }
    if args.count {
        print_count(args.json, reader.count(RecordKind::Log, &filter, &cancel)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let page = wanted_records(args, reader, RecordKind::Log, &filter, &cancel)?;
    let rows = Rows {
        header: &[
            ("TIME (UTC)", false),
            ("LEVEL", false),
            ("SERVICE", false),
            ("TRACE", false),
            ("MESSAGE", false),
        ],
        read: &|refs| reader.log_rows(refs, &[]),
        json: &|log| Ok(log_json(log, &reader.details(RecordKind::Log, log.at)?)),
        cells: &log_cells,
    };
    let list = Listed {
        keys: &page.refs,
        total: page.total,
        noun: "log records",
        next: page.next.as_ref(),
    };
    rows.print(args, &list)
}

fn log_cells(log: &LogEntry) -> Vec<String> {
    let trace = log
        .trace
        .map_or_else(|| "-".to_owned(), |trace| trace.to_string()[..8].to_owned());
    vec![
        human::date_time(log.time, Clock::Utc),
        log.severity_text.to_string(),
        log.service.to_string(),
        trace,
        log.body.lines().next().unwrap_or_default().to_owned(),
    ]
}
