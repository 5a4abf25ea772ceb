//! Which names say what, as data. A new logging library is a new line here.
//!
//! Names are compared without regard to case, and members of nested objects go by their dotted path, so `log.level` stands
//! for `{"log": {"level": …}}` too. Where a record has several names of one role, the one that stands first counts. What lies in
//! an object that only holds the record, or what a program adds to all of its records ([`INSIDE`]), counts after all of these.

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
    /// Trace and span in one, as they are handed from service to service: `traceparent`, `b3`, X-Ray's header and the like.
    Carrier,
    /// The nanoseconds of a time whose seconds stand apart.
    Nanos,
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
    /// Only words: a number is something else.
    Word,
    /// Only words, and only in Datadog's records: elsewhere the name says how a request went.
    Datadog,
}

/// How an id is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// Hex digits.
    Hex,
    /// A decimal number, or 32 hex digits.
    Decimal,
    /// The last part of a path, `projects/p/traces/<hex>`, or the digits alone. Any other text is something else.
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
    ("_time", Role::Time),
    ("dt", Role::Time),
    ("timemillis", Role::Time),
    ("timestamp_ms", Role::Time),
    ("timestampinms", Role::Time),
    ("timegenerated", Role::Time),
    ("time_iso8601", Role::Time),
    ("time_local", Role::Time),
    ("msec", Role::Time),
    ("t.$date", Role::Time),
    ("datetime.date", Role::Time),
    ("time.timestamp", Role::Time),
    ("timestamp.seconds", Role::Time),
    ("timestampseconds", Role::Time),
    ("instant.epochsecond", Role::Time),
    ("created", Role::Time),
    ("timestamp.nanos", Role::Nanos),
    ("timestampnanos", Role::Nanos),
    ("instant.nanoofsecond", Role::Nanos),
    ("severity_text", Role::Level(Scale::Guess)),
    ("severitytext", Role::Level(Scale::Guess)),
    ("levelname", Role::Level(Scale::Guess)),
    ("level_name", Role::Level(Scale::Guess)),
    ("level.name", Role::Level(Scale::Guess)),
    ("@l", Role::Level(Scale::Guess)),
    ("level", Role::Level(Scale::Guess)),
    ("lvl", Role::Level(Scale::Guess)),
    ("log.level", Role::Level(Scale::Guess)),
    ("severity", Role::Level(Scale::Guess)),
    ("loglevel", Role::Level(Scale::Guess)),
    ("log_level", Role::Level(Scale::Guess)),
    ("error_severity", Role::Level(Scale::Guess)),
    ("detected_level", Role::Level(Scale::Guess)),
    ("l", Role::Level(Scale::Word)),
    ("s", Role::Level(Scale::Word)),
    ("severity_number", Role::Level(Scale::OpenTelemetry)),
    ("severitynumber", Role::Level(Scale::OpenTelemetry)),
    ("levelno", Role::Level(Scale::Python)),
    ("priority", Role::Level(Scale::Syslog)),
    ("syslog.severity", Role::Level(Scale::Syslog)),
    ("status", Role::Level(Scale::Datadog)),
    ("@m", Role::Message),
    ("message", Role::Message),
    ("msg", Role::Message),
    ("short_message", Role::Message),
    ("renderedmessage", Role::Message),
    ("body", Role::Message),
    ("event", Role::Message),
    ("log", Role::Message),
    ("textpayload", Role::Message),
    ("body.stringvalue", Role::Message),
    ("line", Role::Message),
    ("_raw", Role::Message),
    ("m", Role::Message),
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
    ("sentry_trace_id", Role::Trace(IdForm::Hex)),
    ("logging.googleapis.com/trace", Role::Trace(IdForm::Path)),
    ("trace", Role::Trace(IdForm::Path)),
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
    ("traceparent", Role::Carrier),
    ("sentry-trace", Role::Carrier),
    ("sentry_trace", Role::Carrier),
    ("sentry.trace", Role::Carrier),
    ("b3", Role::Carrier),
    ("uber-trace-id", Role::Carrier),
    ("x-amzn-trace-id", Role::Carrier),
    ("aws-xray-trace-id", Role::Carrier),
    ("xray_trace_id", Role::Carrier),
    ("xray.trace_id", Role::Carrier),
    ("xraytraceid", Role::Carrier),
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

/// An object by its name, and the roles that its members may have.
type Inside = (&'static str, fn(Role) -> bool);

/// Objects whose members tell of the record as if they stood at its top, in lower case, and which roles they may have.
static INSIDE: &[Inside] = &[
    // What holds the record, or what the program said, of search engines, cloud services and libraries.
    ("_source", |_| true),
    ("attributes", |_| true),
    ("content", |_| true),
    ("event", |_| true),
    ("fields", |_| true),
    ("jsonpayload", |_| true),
    ("record", |_| true),
    ("result", |_| true),
    // What is put beside it.
    ("context", is_link),
    ("contextmap", is_link),
    ("ctx", is_link),
    ("extra", is_link),
    ("labels", |role| {
        is_link(role) || matches!(role, Role::Level(_) | Role::Service)
    }),
    ("mdc", is_link),
    ("metadata", is_link),
    ("properties", is_link),
];

fn is_link(role: Role) -> bool {
    matches!(role, Role::Trace(_) | Role::Span(_) | Role::Carrier)
}

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
    /// Datadog's agent.
    Datadog = 64,
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
    ("ddsource", Sign::Datadog),
    ("ddtags", Sign::Datadog),
];

/// The rank of the last name whose value is a message even if it is no text.
pub static MESSAGES_OF_ANY_KIND: LazyLock<usize> = LazyLock::new(|| {
    let rank = BY_NAME.get("body");
    rank.copied().unwrap_or_default()
});

static BY_NAME: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let names = KEYS.iter().map(|(name, _)| *name);
    names.zip(0..).collect()
});

/// The role of an attribute, and how early it stands in the table.
pub fn role(name: &str) -> Option<(Role, usize)> {
    if let Some(rank) = BY_NAME.get(name) {
        return KEYS.get(*rank).map(|(_, role)| (*role, *rank));
    }
    let name = name.to_ascii_lowercase();
    let (mut name, mut later) = (name.as_str(), 0);
    let mut may: Option<fn(Role) -> bool> = None;
    loop {
        if let Some(rank) = BY_NAME.get(name) {
            let role = KEYS.get(*rank).map(|(_, role)| *role)?;
            let counts = may.is_none_or(|may| may(role));
            return counts.then_some((role, later + rank));
        }
        let (holder, rest) = name.split_once('.')?;
        let (_, roles) = INSIDE.iter().find(|(known, _)| *known == holder)?;
        may = Some(*roles);
        name = rest;
        later += KEYS.len();
    }
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
        let rank = |name| role(name).map(|(_, rank)| rank);
        assert!(rank("record.message") > rank("name") && rank("message") < rank("msg"));
        assert!(rank("_source.log.level") > rank("level"));
        assert!(matches!(role("MDC.traceId"), Some((Role::Trace(_), _))));
        assert_eq!((role("mdc.message"), role("request.message")), (None, None));
        assert_eq!(signs("levelName"), Sign::Python as u8);
    }
}
