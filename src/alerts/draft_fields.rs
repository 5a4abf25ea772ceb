//! Which fields the form of a rule has, in lines, with what was chosen in others; what they hold is the draft's.

use super::draft::RuleDraft;
use super::read::length;
use super::rule::{Direction, Does, OFFSETS, Sensitivity, Subject, WINDOWS, When};

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A text; this is shown while there is none.
    Text(&'static str),
    /// One of these.
    OneOf(Vec<String>),
}

/// A field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the draft and in errors.
    pub key: &'static str,
    /// What it is called for people.
    pub label: &'static str,
    /// What it takes.
    pub takes: Takes,
}

/// What is measured, by the key that says it.
pub(super) const MEASURES: [&str; 3] = ["aggregate", "share", "minus"];
/// How a measure is judged.
pub(super) const CONDITIONS: [&str; 3] = ["threshold", "change", "anomaly"];

impl RuleDraft {
    /// The fields there are, in lines, with what was chosen in others.
    pub fn lines(&self) -> Vec<Vec<Field>> {
        let mut lines = vec![
            vec![typed("name", "Name", "a name of its own")],
            vec![chosen("does", "When it fires", Does::ALL.map(Does::name))],
        ];
        match self.is_metric {
            true => self.metric_lines(&mut lines),
            false => self.issue_lines(&mut lines),
        }
        lines
    }

    fn metric_lines(&self, lines: &mut Vec<Vec<Field>>) {
        let hint = match self.get("measure") {
            "aggregate" => "count(), p95(span.duration), failure_rate(), cost()",
            "share" => "which of the records: cache.hit:false",
            _ => "records to be taken off: op:queue.process",
        };
        lines.push(vec![chosen(
            "subject",
            "Records",
            Subject::ALL.map(Subject::name),
        )]);
        lines.push(vec![chosen("measure", "Measures", MEASURES)]);
        lines.push(vec![typed("measured", "What is measured", hint)]);
        lines.push(vec![typed(
            "filter",
            "Filter",
            "all records: op:http.server release:1.5.0",
        )]);
        lines.push(vec![
            chosen(
                "window",
                "Window",
                WINDOWS.map(|minutes| length(minutes as i64)),
            ),
            typed("windows", "Windows in a row", "1"),
        ]);
        lines.push(vec![chosen("condition", "Compares", CONDITIONS)]);
        match self.get("condition") {
            "anomaly" => {
                let sides = Direction::ALL.map(Direction::name);
                lines.push(vec![chosen("direction", "Direction", sides)]);
                let all = Sensitivity::ALL.map(Sensitivity::name);
                lines.push(vec![
                    chosen("sensitivity", "Sensitivity", all),
                    typed("season", "Season", "1d"),
                ]);
                let hint = "none: other records that tell what is usual";
                lines.push(vec![typed("peers", "Peers", hint)]);
            }
            way => {
                let sides = [Direction::Above, Direction::Below].map(Direction::name);
                let mut direction = vec![chosen("direction", "Direction", sides)];
                if way == "change" {
                    let offsets = OFFSETS.map(|minutes| length(minutes as i64));
                    direction.push(chosen("change", "Before", offsets));
                }
                lines.push(direction);
                let unit = if way == "change" { "per cent" } else { "none" };
                lines.push(vec![
                    typed("critical", "Critical", unit),
                    typed("warning", "Warning", unit),
                    typed("resolve", "Resolve", unit),
                ]);
            }
        }
    }

    fn issue_lines(&self, lines: &mut Vec<Vec<Field>>) {
        lines.push(vec![chosen("when", "Condition", When::NAMES)]);
        let own = of_when(self.get("when"));
        if !own.is_empty() {
            lines.push(own);
        }
        lines.push(vec![
            typed("level", "Level", "any"),
            typed("release", "Release", "any"),
        ]);
        lines.push(vec![typed("environment", "Environment", "any")]);
        lines.push(vec![typed(
            "filter",
            "Filter",
            "all failures: service:checkout !title:*timeout*",
        )]);
        lines.push(vec![typed(
            "traces",
            "In traces",
            "all: of which a span fits, such as op:db",
        )]);
        lines.push(vec![
            chosen("severity", "Severity", ["critical", "warning"]),
            typed("action_interval", "Action interval", "30m"),
        ]);
    }
}

/// The fields a condition of a rule about issues has.
pub(super) fn of_when(when: &str) -> Vec<Field> {
    let within = typed("within", "Within", "1h");
    let least = typed("least", "At least", "10");
    match when {
        "new" => vec![typed(
            "after",
            "Known before",
            "nothing: what is met in the first 30m",
        )],
        "more_than" => vec![typed("count", "More than", "10"), within],
        "spike" => vec![typed("factor", "Times the usual", "5"), within, least],
        "escalating" => vec![within, least],
        _ => Vec::new(),
    }
}

fn typed(key: &'static str, label: &'static str, hint: &'static str) -> Field {
    let takes = Takes::Text(hint);
    Field { key, label, takes }
}

fn chosen<T: Into<String>>(
    key: &'static str,
    label: &'static str,
    all: impl IntoIterator<Item = T>,
) -> Field {
    let takes = Takes::OneOf(all.into_iter().map(Into::into).collect());
    Field { key, label, takes }
}
