//! `headwater insights doctor [QUERY]`: what is wrong with the instrumentation, and how to mend it.
//!
//! JSON: a line a finding, `{"check","what","count","of","fix","examples":[places]}`.

use super::Failure;
use super::output::{Output, print_count};
use crate::app::behind;
use crate::insights::Asked;
use crate::insights::doctor::{self, Finding};
use crate::insights::family::Family;
use crate::model::CancelToken;
use crate::store::Reader;
use serde_json::json;
use std::process::ExitCode;

pub fn run(
    reader: &Reader,
    asked: &Asked,
    (is_json, count): (bool, bool),
) -> Result<ExitCode, Failure> {
    let cancel = CancelToken::default();
    let family = Family::read(reader, &cancel)?;
    let findings = doctor::findings(reader, asked, &family, &cancel)?;
    if count {
        print_count(is_json, findings.len() as u64)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = Output::stdout();
    if findings.is_empty() && !is_json {
        out.line("Nothing is wrong with the instrumentation, as far as the records tell.")?;
    }
    for finding in &findings {
        match is_json {
            true => out.json(&json_line(finding))?,
            false => print(&mut out, finding)?,
        }
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn json_line(finding: &Finding) -> serde_json::Value {
    let examples: Vec<String> = finding.examples.iter().map(behind::text).collect();
    json!({
        "check": finding.check.name(),
        "what": finding.what,
        "count": finding.count,
        "of": finding.of,
        "fix": finding.check.fix(),
        "examples": examples,
    })
}

fn print(out: &mut Output, finding: &Finding) -> Result<(), Failure> {
    let name = out.paint("1", finding.check.name());
    out.line(&format!(
        "{name}: {}",
        super::output::one_line(&finding.what)
    ))?;
    out.line(&format!("  to mend it: {}", finding.check.fix()))?;
    for example in &finding.examples {
        out.line(&format!("  {}", behind::text(example)))?;
    }
    Ok(())
}
