//! The overview in plain words: what is said of each part, and when.

use super::{Endpoint, LISTED, Sentence, Service, Tone};
use crate::analysis::detect::Kind;
use crate::insights::doctor::Finding;
use crate::insights::issue::Issue;
use crate::insights::looks::Look;
use crate::insights::place::Place;
use crate::insights::{Cell, Module, Table};
use crate::model::{TimeRange, human};

/// The share of failures that is bad.
const BAD_FAILURES: f64 = 0.01;
/// The share of misses that is bad.
const BAD_MISSES: f64 = 0.5;
/// The share of refusals and failures of another service that is bad.
const BAD_ANSWERS: f64 = 0.01;
/// The share of tool calls that fail that is bad.
const BAD_TOOLS: f64 = 0.05;
/// Calls and reads below which no share is called bad.
const FEW: u64 = 10;

/// What sentences are made of.
pub(super) struct Facts<'a> {
    pub services: &'a [Service],
    pub endpoints: &'a [Endpoint],
    pub issues: &'a [Issue],
    pub tables: &'a [Table],
    pub keys: Option<&'a Table>,
    pub backlogs: Option<&'a Table>,
    pub periodic: &'a Table,
    pub findings: &'a [Finding],
    pub time: Option<TimeRange>,
}

impl Facts<'_> {
    pub fn sentences(&self) -> Vec<Sentence> {
        let mut said = Vec::new();
        self.capture(&mut said);
        self.endpoints(&mut said);
        said.extend(of_issues(self.issues));
        self.requests(&mut said);
        self.caches(&mut said);
        self.queues(&mut said);
        let (periodic, jobs) = (Some(self.periodic), Look::QueuePeriodic);
        self.found(periodic, "queues", "job", jobs, &mut said);
        self.agents(&mut said);
        self.instrumentation(&mut said);
        said
    }

    fn table(&self, module: Module) -> Option<&Table> {
        let table = self.tables.iter().find(|table| table.module == module);
        table.filter(|table| !table.rows.is_empty())
    }

    fn capture(&self, said: &mut Vec<Sentence>) {
        let requests: u64 = self.services.iter().map(|service| service.requests).sum();
        let failed: u64 = self.services.iter().map(|service| service.failed).sum();
        if requests == 0 {
            return;
        }
        let length = self.time.map(|time| human::duration(time.duration()));
        let within = length.map_or_else(String::new, |length| format!(" in {length}"));
        let share = failed as f64 / requests as f64;
        let services = human::counted(self.services.len() as u64, "service");
        let requests = human::counted(requests, "request");
        let (tone, end) = match failed {
            0 => (Tone::Good, "none failed".to_owned()),
            _ => (
                tone(share > BAD_FAILURES),
                format!(
                    "{} failed ({})",
                    human::grouped(failed),
                    human::percent(share)
                ),
            ),
        };
        said.push(Sentence {
            part: "capture",
            tone,
            text: format!("{requests} of {services}{within}; {end}."),
            place: Place::Module(Module::Transactions),
        });
    }

    fn endpoints(&self, said: &mut Vec<Sentence>) {
        let failing = self.endpoints.iter().filter(|endpoint| endpoint.failed > 0);
        if let Some(worst) = failing.max_by_key(|endpoint| endpoint.failed) {
            let (failed, count) = (human::grouped(worst.failed), human::grouped(worst.count));
            said.push(Sentence {
                part: "endpoints",
                tone: Tone::Bad,
                text: format!("{} fails most: {failed} of {count}.", worst.transaction),
                place: match &worst.place {
                    Place::Spans(search) => Place::Spans(format!("{search} is:error")),
                    other => other.clone(),
                },
            });
        }
        let share = |endpoint: &Endpoint| endpoint.share.unwrap_or(0.0);
        let slowest = self
            .endpoints
            .iter()
            .max_by(|left, right| share(left).total_cmp(&share(right)));
        if let Some(slowest) = slowest.filter(|slowest| share(slowest) > 0.0) {
            let p95 = slowest.p95.map_or_else(String::new, |p95| {
                format!("; 95 of 100 are done in {}", human::duration(p95))
            });
            said.push(Sentence {
                part: "endpoints",
                tone: Tone::Plain,
                text: format!(
                    "{} takes most time: {} of all{p95}.",
                    slowest.transaction,
                    human::percent(share(slowest))
                ),
                place: slowest.place.clone(),
            });
        }
    }

    fn requests(&self, said: &mut Vec<Sentence>) {
        let Some(table) = self.table(Module::Requests) else {
            return;
        };
        let mut all = 0;
        for row in 0..table.rows.len() {
            let count = count(table, row, "count");
            all += count;
            let rate = |name: &str| number(table, row, name).unwrap_or(0.0);
            let (clients, servers) = (rate("rate_4xx"), rate("rate_5xx"));
            if count < FEW || clients + servers <= BAD_ANSWERS {
                continue;
            }
            let bursts = match table.cell(row, "bursts") {
                Some(Cell::Counts(bursts)) if !bursts.is_empty() => {
                    format!(", in {}", human::counted(bursts.len() as u64, "burst"))
                }
                _ => String::new(),
            };
            said.push(Sentence {
                part: "requests",
                tone: Tone::Bad,
                text: format!(
                    "{}{} answers {}{bursts}.",
                    text(table, row, "domain"),
                    text(table, row, "route"),
                    answers(clients, servers)
                ),
                place: Place::Module(Module::Requests),
            });
        }
        if said.iter().all(|sentence| sentence.part != "requests") {
            said.push(Sentence {
                part: "requests",
                tone: Tone::Good,
                text: format!(
                    "{} to other services, next to all answered well.",
                    human::counted(all, "request")
                ),
                place: Place::Module(Module::Requests),
            });
        }
    }

    fn caches(&self, said: &mut Vec<Sentence>) {
        let Some(table) = self.table(Module::Caches) else {
            return;
        };
        let sum = |name: &str| -> u64 {
            (0..table.rows.len())
                .map(|row| count(table, row, name))
                .sum()
        };
        let (hits, misses) = (sum("hits"), sum("misses"));
        if hits + misses > 0 {
            let rate = misses as f64 / (hits + misses) as f64;
            said.push(Sentence {
                part: "caches",
                tone: tone(rate >= BAD_MISSES && hits + misses >= FEW),
                text: format!(
                    "Caches miss {} of {} reads ({}).",
                    human::grouped(misses),
                    human::grouped(hits + misses),
                    human::percent(rate)
                ),
                place: Place::Module(Module::Caches),
            });
        }
        self.found(self.keys, "caches", "key", Look::CacheKeys, said);
    }

    fn queues(&self, said: &mut Vec<Sentence>) {
        let Some(table) = self.table(Module::Queues) else {
            return;
        };
        let sum = |name: &str| -> u64 {
            (0..table.rows.len())
                .map(|row| count(table, row, name))
                .sum()
        };
        let (processed, errors) = (sum("processed"), sum("errors"));
        let share = errors as f64 / processed.max(1) as f64;
        said.push(Sentence {
            part: "queues",
            tone: tone(share > BAD_FAILURES && processed >= FEW),
            text: format!(
                "{} put into queues and {} processed, of which {} failed.",
                human::counted(sum("published"), "message"),
                human::grouped(processed),
                human::grouped(errors)
            ),
            place: Place::Module(Module::Queues),
        });
        self.found(
            self.backlogs,
            "queues",
            "destination",
            Look::QueueBacklog,
            said,
        );
    }

    /// What a closer look finds.
    fn found(
        &self,
        table: Option<&Table>,
        part: &'static str,
        name: &str,
        look: Look,
        said: &mut Vec<Sentence>,
    ) {
        let rows = table.into_iter().flat_map(|table| {
            (0..table.rows.len()).filter_map(move |row| match table.cell(row, "finding") {
                Some(Cell::Text(finding)) => Some((text(table, row, name), finding.clone())),
                _ => None,
            })
        });
        for (name, finding) in rows.take(LISTED) {
            said.push(Sentence {
                part,
                tone: Tone::Bad,
                text: format!("{name}: {finding}."),
                place: Place::Look(look),
            });
        }
    }

    fn agents(&self, said: &mut Vec<Sentence>) {
        let Some(table) = self.table(Module::Agents) else {
            return;
        };
        let sum = |name: &str| -> u64 {
            (0..table.rows.len())
                .map(|row| count(table, row, name))
                .sum()
        };
        let rows = 0..table.rows.len();
        let costs = rows.clone().filter_map(|row| number(table, row, "cost"));
        let costs: Vec<f64> = costs.collect();
        let unpriced = rows.filter(|row| number(table, *row, "cost").is_none());
        let unpriced: u64 = unpriced.map(|row| count(table, row, "llm_calls")).sum();
        let (tools, errors) = (sum("tool_calls"), sum("tool_errors"));
        let share = errors as f64 / tools.max(1) as f64;
        said.push(Sentence {
            part: "agents",
            tone: tone(share > BAD_TOOLS && tools >= FEW),
            text: format!(
                "{} of models with {} in all, {}; {} of {} failed.",
                human::counted(sum("llm_calls"), "call"),
                human::counted(sum("total_tokens"), "token"),
                cost(&costs, unpriced),
                human::grouped(errors),
                human::counted(tools, "tool call")
            ),
            place: Place::Module(Module::Agents),
        });
    }

    fn instrumentation(&self, said: &mut Vec<Sentence>) {
        let (tone, text) = match self.findings {
            [] => (
                Tone::Good,
                "The instrumentation is sound, as far as the records tell.".to_owned(),
            ),
            [only] => (
                Tone::Bad,
                format!("About the instrumentation: {}.", only.what),
            ),
            [first, others @ ..] => (
                Tone::Bad,
                format!(
                    "About the instrumentation: {}; and {} more.",
                    first.what,
                    human::counted(others.len() as u64, "finding")
                ),
            ),
        };
        said.push(Sentence {
            part: "instrumentation",
            tone,
            text,
            place: Place::Doctor,
        });
    }
}

/// What is said of issues: those whose mending wins most, as they come.
pub fn of_issues(issues: &[Issue]) -> Vec<Sentence> {
    let sentence = |issue: &Issue| {
        let won = issue.time_to_win.filter(|won| *won > 0);
        let won = won.map_or_else(String::new, |won| {
            format!(" Mending it would win {} in all.", human::duration(won))
        });
        let (story, times) = (named_story(issue), human::counted(issue.count, "time"));
        // Stories of failures say how often themselves.
        let met = match story.contains(&format!(", {times}")) {
            true => String::new(),
            false => format!(", met {times}"),
        };
        Sentence {
            part: "issues",
            tone: Tone::Bad,
            text: format!("{story}{met}.{won}"),
            place: match issue.samples.first() {
                Some(sample) if !sample.trace.is_none() => {
                    Place::Trace(sample.trace, sample.spans.first().copied())
                }
                _ => Place::Issues,
            },
        }
    };
    issues.iter().take(LISTED).map(sentence).collect()
}

/// What happened, with what sort of problem it is where nothing else beside it tells.
fn named_story(issue: &Issue) -> String {
    let story = issue.story();
    let place = issue.samples.first().map(|sample| &*sample.transaction);
    let lengths = place.and_then(|place| Some((place, story.strip_prefix(place)?)));
    match lengths.and_then(|(place, rest)| Some((place, rest.strip_prefix(": ")?))) {
        Some((place, rest)) if issue.kind != Kind::Error => {
            format!("{} in {place}: {rest}", issue.kind.detector().title)
        }
        _ => story,
    }
}

fn tone(is_bad: bool) -> Tone {
    match is_bad {
        true => Tone::Bad,
        false => Tone::Plain,
    }
}

/// What calls cost in all, as far as the prices of their models are known.
fn cost(known: &[f64], unpriced: u64) -> String {
    let sum: f64 = known.iter().sum();
    let sum = match sum > 0.0 && sum < 0.01 {
        true => "less than $0.01".to_owned(),
        false => format!("about ${sum:.2}"),
    };
    match (known, unpriced) {
        ([], _) => "at prices that are not known".to_owned(),
        (_, 0) => sum,
        (_, calls) => format!(
            "{sum} without {} of models whose price is not known",
            human::counted(calls, "call")
        ),
    }
}

/// The shares of answers that were no good; what did not occur is not said.
fn answers(clients: f64, servers: f64) -> String {
    let classes = [(clients, "4xx"), (servers, "5xx")];
    let said = classes
        .iter()
        .filter(|(share, _)| *share > 0.0)
        .map(|(share, class)| format!("{} with {class}", human::percent(*share)));
    said.collect::<Vec<_>>().join(" and ")
}

fn number(table: &Table, row: usize, name: &str) -> Option<f64> {
    table.cell(row, name).and_then(Cell::number)
}

fn count(table: &Table, row: usize, name: &str) -> u64 {
    match table.cell(row, name) {
        Some(Cell::Int(count)) => u64::try_from(*count).unwrap_or(0),
        _ => 0,
    }
}

fn text(table: &Table, row: usize, name: &str) -> String {
    match table.cell(row, name) {
        Some(Cell::Text(text)) => text.to_string(),
        _ => "(none)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_calls_cost_says_what_is_left_out() {
        assert_eq!(cost(&[0.1, 0.155], 0), "about $0.26");
        let some = "about $0.10 without 1 call of models whose price is not known";
        assert_eq!(cost(&[0.1], 1), some);
        assert_eq!(cost(&[], 3), "at prices that are not known");
        assert_eq!(cost(&[0.002], 0), "less than $0.01");
        assert_eq!(cost(&[0.0], 0), "about $0.00");
    }
}
