//! `headwater insights overview [QUERY]`: how the capture is, in sentences with places, then services and who calls whom.
//!
//! JSON: one object, `{"start_ns","end_ns","sentences":[{"part","tone","text","place"}],"services":[{"service","requests","tpm","failed",
//! "p95"}],"calls":[{"from","to","async","calls","errors","p50","p95"}],"endpoints":[{"transaction","service","count","failed","p95","share",
//! "place"}]}`; durations are nanoseconds.

use super::Failure;
use super::output::{Output, one_line};
use crate::app::behind;
use crate::insights::overview::{Overview, Tone, overview};
use crate::insights::{Asked, issues};
use crate::model::{CancelToken, human};
use crate::store::Reader;
use serde_json::json;
use std::process::ExitCode;

pub fn run(reader: &Reader, asked: &Asked, is_json: bool) -> Result<ExitCode, Failure> {
    let cancel = CancelToken::default();
    let settings = issues::settings(reader)?;
    let issues = issues::find(reader, &asked.filter, &settings, &cancel, &mut |_| ())?;
    let found = overview(reader, asked, &issues, &cancel)?;
    let mut out = Output::stdout();
    match is_json {
        true => out.json(&json_object(&found))?,
        false => print(&mut out, &found)?,
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Plain => "plain",
        Tone::Bad => "bad",
    }
}

fn json_object(found: &Overview) -> serde_json::Value {
    let name = |place: usize| found.services.get(place).map(|service| &*service.name);
    let sentences = found.sentences.iter().map(|sentence| {
        json!({
            "part": sentence.part, "tone": tone(sentence.tone), "text": sentence.text, "place": behind::text(&sentence.place),
        })
    });
    let services = found.services.iter().map(|service| {
        json!({
            "service": &*service.name, "requests": service.requests, "tpm": service.tpm, "failed": service.failed,
            "p95": service.p95,
        })
    });
    let calls = found.calls.iter().map(|edge| {
        json!({
            "from": name(edge.from), "to": name(edge.to), "async": edge.is_async, "calls": edge.calls, "errors": edge.errors,
            "p50": edge.p50, "p95": edge.p95,
        })
    });
    let endpoints = found.endpoints.iter().map(|endpoint| {
        json!({
            "transaction": &*endpoint.transaction, "service": &*endpoint.service, "count": endpoint.count,
            "failed": endpoint.failed, "p95": endpoint.p95, "share": endpoint.share, "place": behind::text(&endpoint.place),
        })
    });
    json!({
        "start_ns": found.time.map(|time| time.start.0),
        "end_ns": found.time.map(|time| time.end.0),
        "sentences": sentences.collect::<Vec<_>>(),
        "services": services.collect::<Vec<_>>(),
        "calls": calls.collect::<Vec<_>>(),
        "endpoints": endpoints.collect::<Vec<_>>(),
    })
}

fn print(out: &mut Output, found: &Overview) -> Result<(), Failure> {
    for sentence in &found.sentences {
        let sign = match sentence.tone {
            Tone::Good => out.paint("32", "+"),
            Tone::Plain => " ".to_owned(),
            Tone::Bad => out.paint("31", "!"),
        };
        out.line(&format!("{sign} {}", one_line(&sentence.text)))?;
        let place = out.paint("2", &behind::text(&sentence.place));
        out.line(&format!("    {place}"))?;
    }
    if found.services.is_empty() {
        return out.line("There are no spans to give an overview of.");
    }
    out.line("")?;
    let length = |nanos: Option<i64>| nanos.map_or_else(|| "–".to_owned(), human::duration);
    let rows: Vec<Vec<String>> = found
        .services
        .iter()
        .map(|service| {
            vec![
                human::grouped(service.requests),
                service
                    .tpm
                    .map_or_else(|| "–".to_owned(), |tpm| format!("{tpm:.3}")),
                human::grouped(service.failed),
                length(service.p95),
                named(&service.name),
            ]
        })
        .collect();
    let header = [
        ("REQUESTS", true),
        ("PER MINUTE", true),
        ("FAILED", true),
        ("P95", true),
        ("SERVICE", false),
    ];
    out.table(&header, &rows)?;
    if found.calls.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let name = |place: usize| {
        found
            .services
            .get(place)
            .map_or_else(String::new, |service| named(&service.name))
    };
    let rows: Vec<Vec<String>> = found
        .calls
        .iter()
        .map(|edge| {
            let arrow = if edge.is_async { "⇢" } else { "→" };
            vec![
                human::grouped(edge.calls),
                human::grouped(edge.errors),
                human::duration(edge.p50),
                human::duration(edge.p95),
                format!("{} {arrow} {}", name(edge.from), name(edge.to)),
            ]
        })
        .collect();
    let header = [
        ("CALLS", true),
        ("FAILED", true),
        ("P50", true),
        ("P95", true),
        ("FROM → TO", false),
    ];
    out.table(&header, &rows)
}

fn named(service: &str) -> String {
    match service {
        "" => "(no name)".to_owned(),
        name => name.to_owned(),
    }
}
