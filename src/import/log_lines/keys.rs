//! Which names say what, as data. A new logging library is a new line here.
//!
//! Names are compared without regard to case, and members of nested objects go by their dotted path, so `log.level` stands
//! for `{"log": {"level": …}}` too. Where a record has several names of one role, the one that stands first counts.

use hashbrown::HashMap;
use std::sync::LazyLock;

/// What an attribute can tell of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// When it happened.
    Time,
    /// How severe it is: a word, or a number on a scale.
    Level(Scale),
    /// The message.
    Message,
    /// The template the message was made from.
    Template,
    /// The trace.
    Trace(IdForm),
    /// The span.
    Span(IdForm),
    /// Trace and span as W3C `traceparent`.
    TraceParent,
    /// What the service is called.
    Service,
    /// What the service is called, if the record also has the process's number and machine, as bunyan's and pino's do;
    /// else the name of anything.
    Name,
}

/// How a level's number is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// It has to be told from the number and the record's other names.
    Guess,
    /// OpenTelemetry, 1 to 24.
    OpenTelemetry,
    /// Python's `logging`, 10 to 50.
    Python,
    /// Syslog, 0 (emergency) to 7 (debug).
    Syslog,
}

/// How an id is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// Hex digits.
    Hex,
    /// A decimal number, or 32 hex digits.
    Decimal,
    /// The last part of a path: `projects/p/traces/<hex>`.
    Path,
}

/// Names and their roles, in lower case, the best first.
pub static KEYS: &[(&str, Role)] = &[
    ("@timestamp", Role::Time),
    ("@t", Role::Time),
    ("timestamp", Role::Time),
    ("time", Role::Time),
    ("ts", Role::Time),
    ("datetime", Role::Time),
    ("date", Role::Time),
    ("asctime", Role::Time),
    ("eventtime", Role::Time),
    ("timeunixnano", Role::Time),
    ("time_unix_nano", Role::Time),
    ("__realtime_timestamp", Role::Time),
    ("_source_realtime_timestamp", Role::Time),
    ("observedtimestamp", Role::Time),
    ("t", Role::Time),
    ("start_time", Role::Time),
    ("severity_text", Role::Level(Scale::Guess)),
    ("severitytext", Role::Level(Scale::Guess)),
    ("levelname", Role::Level(Scale::Guess)),
    ("@l", Role::Level(Scale::Guess)),
    ("level", Role::Level(Scale::Guess)),
    ("lvl", Role::Level(Scale::Guess)),
    ("log.level", Role::Level(Scale::Guess)),
    ("severity", Role::Level(Scale::Guess)),
    ("loglevel", Role::Level(Scale::Guess)),
    ("log_level", Role::Level(Scale::Guess)),
    ("severity_number", Role::Level(Scale::OpenTelemetry)),
    ("severitynumber", Role::Level(Scale::OpenTelemetry)),
    ("levelno", Role::Level(Scale::Python)),
    ("priority", Role::Level(Scale::Syslog)),
    ("syslog.severity", Role::Level(Scale::Syslog)),
    ("@m", Role::Message),
    ("message", Role::Message),
    ("msg", Role::Message),
    ("short_message", Role::Message),
    ("renderedmessage", Role::Message),
    ("body", Role::Message),
    ("event", Role::Message),
    ("log", Role::Message),
    ("textpayload", Role::Message),
    ("jsonpayload.message", Role::Message),
    ("@mt", Role::Template),
    ("messagetemplate", Role::Template),
    ("message_template", Role::Template),
    ("trace_id", Role::Trace(IdForm::Hex)),
    ("traceid", Role::Trace(IdForm::Hex)),
    ("trace.id", Role::Trace(IdForm::Hex)),
    ("@tr", Role::Trace(IdForm::Hex)),
    ("oteltraceid", Role::Trace(IdForm::Hex)),
    ("otel.trace_id", Role::Trace(IdForm::Hex)),
    ("x-b3-traceid", Role::Trace(IdForm::Hex)),
    ("logging.googleapis.com/trace", Role::Trace(IdForm::Path)),
    ("dd.trace_id", Role::Trace(IdForm::Decimal)),
    ("span_id", Role::Span(IdForm::Hex)),
    ("spanid", Role::Span(IdForm::Hex)),
    ("span.id", Role::Span(IdForm::Hex)),
    ("@sp", Role::Span(IdForm::Hex)),
    ("otelspanid", Role::Span(IdForm::Hex)),
    ("otel.span_id", Role::Span(IdForm::Hex)),
    ("x-b3-spanid", Role::Span(IdForm::Hex)),
    ("logging.googleapis.com/spanid", Role::Span(IdForm::Hex)),
    ("dd.span_id", Role::Span(IdForm::Decimal)),
    ("traceparent", Role::TraceParent),
    ("service.name", Role::Service),
    ("service_name", Role::Service),
    ("servicename", Role::Service),
    ("service", Role::Service),
    ("resource.service.name", Role::Service),
    ("otelservicename", Role::Service),
    ("dd.service", Role::Service),
    ("app", Role::Service),
    ("app_name", Role::Service),
    ("appname", Role::Service),
    ("application", Role::Service),
    ("container_name", Role::Service),
    ("syslog_identifier", Role::Service),
    ("_systemd_user_unit", Role::Service),
    ("_systemd_unit", Role::Service),
    ("_comm", Role::Service),
    ("kubernetes.container_name", Role::Service),
    ("kubernetes.container.name", Role::Service),
    ("name", Role::Name),
    ("logger", Role::Service),
    ("logger_name", Role::Service),
];

/// What a name says about who wrote the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sign {
    /// Python's `logging`.
    Python = 1,
    /// Graylog's format, whose levels are syslog's.
    Syslog = 2,
    /// OpenTelemetry's log record.
    OpenTelemetry = 4,
    /// Serilog's compact format, where no level means information.
    Clef = 8,
    /// The number of a process.
    Process = 16,
    /// The machine.
    Machine = 32,
}

/// Names that give a library away, in lower case.
pub static SIGNS: &[(&str, Sign)] = &[
    ("levelno", Sign::Python),
    ("levelname", Sign::Python),
    ("funcname", Sign::Python),
    ("lineno", Sign::Python),
    ("short_message", Sign::Syslog),
    ("syslog_identifier", Sign::Syslog),
    ("severitytext", Sign::OpenTelemetry),
    ("severity_text", Sign::OpenTelemetry),
    ("severitynumber", Sign::OpenTelemetry),
    ("severity_number", Sign::OpenTelemetry),
    ("observedtimestamp", Sign::OpenTelemetry),
    ("@t", Sign::Clef),
    ("pid", Sign::Process),
    ("hostname", Sign::Machine),
];

static BY_NAME: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let names = KEYS.iter().map(|(name, _)| *name);
    names.zip(0..).collect()
});

/// The role of an attribute, and how early it stands in the table.
pub fn role(name: &str) -> Option<(Role, usize)> {
    let rank = match BY_NAME.get(name) {
        Some(rank) => *rank,
        None => *BY_NAME.get(name.to_ascii_lowercase().as_str())?,
    };
    let (_, role) = KEYS.get(rank)?;
    Some((*role, rank))
}

/// The bits of all signs that a name gives.
pub fn signs(name: &str) -> u8 {
    let name = name.to_ascii_lowercase();
    let given = SIGNS.iter().filter(|(known, _)| *known == name);
    given.fold(0, |bits, (_, sign)| bits | *sign as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_in_any_case() {
        assert_eq!(BY_NAME.len(), KEYS.len());
        for (name, expected) in KEYS {
            assert_eq!(*name, name.to_ascii_lowercase());
            let found = role(&name.to_ascii_uppercase()).map(|(role, _)| role);
            assert_eq!(found, Some(*expected), "{name}");
        }
        assert_eq!(role("requestId"), None);
        assert_eq!(signs("levelName"), Sign::Python as u8);
    }
}
