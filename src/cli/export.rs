//! `headwater export TRACE_ID --to FORMAT`: a trace, or spans of it with all below them, in the form of another program.
//!
//! Without `-o` it goes to standard output (a PNG only into a pipe or file). `--preview` prints what the rules of `--redact`
//! take out instead: as JSON lines of `rule, before, after, times` with `--json`.

use super::Failure;
use super::args::{ExportArgs, ThemeName};
use super::output::Output;
use super::trace::find_id;
use crate::app::exporting::Export;
use crate::export::Format;
use crate::model::{CancelToken, SpanId, human};
use crate::store::Reader;
use crate::ui::picture;
use serde_json::json;
use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

pub fn run(args: &ExportArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let id = |span: &String| {
        span.parse().map_err(|_| {
            Failure::Usage(format!(
                "{span:?} is no span id; it has up to 16 hex digits"
            ))
        })
    };
    let part: Vec<SpanId> = args.span.iter().map(id).collect::<Result<_, _>>()?;
    let export = Export {
        trace: find_id(reader, &args.id)?,
        part: (!part.is_empty()).then(|| Arc::from(part)),
        format: args.to,
        rules: args.redact.clone(),
        dark: args.theme == ThemeName::Dark,
    };
    let never = CancelToken::default();
    if args.preview {
        print_preview(args, &export, reader)?;
    } else if let Some(path) = &args.output {
        export
            .write_file(reader, picture::png, &never, path)
            .map_err(|error| {
                failure(&error, &format!("{} could not be written", path.display()))
            })?;
    } else {
        let stdout = std::io::stdout();
        if args.to == Format::Png && stdout.is_terminal() {
            return Err(Failure::Usage(
                "a picture would only confuse the terminal; name a file with -o".to_owned(),
            ));
        }
        let mut out = BufWriter::new(stdout.lock());
        let written = export
            .write(reader, picture::png, &never, &mut out)
            .and_then(|()| out.flush());
        written.map_err(|error| failure(&error, "the trace could not be written"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn failure(error: &std::io::Error, what: &str) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::OutputClosed,
        ErrorKind::NotFound if error.get_ref().is_some() => Failure::Usage(error.to_string()),
        _ => Failure::Unreadable(format!("{what}: {error}")),
    }
}

fn print_preview(args: &ExportArgs, export: &Export, reader: &Reader) -> Result<(), Failure> {
    let all = export
        .preview(reader, &CancelToken::default())
        .map_err(|error| failure(&error, "the trace could not be read"))?;
    let mut out = Output::stdout();
    if args.json {
        for one in &all {
            out.json(&json!({
                "rule": one.rule.to_string(), "before": one.before, "after": one.after, "times": one.times
            }))?;
        }
    } else {
        let rows: Vec<Vec<String>> = all
            .iter()
            .map(|one| {
                vec![
                    human::grouped(one.times),
                    one.rule.to_string(),
                    one.after.clone(),
                    one.before.clone(),
                ]
            })
            .collect();
        out.table(
            &[
                ("TIMES", true),
                ("RULE", false),
                ("BECOMES", false),
                ("VALUE", false),
            ],
            &rows,
        )?;
    }
    out.finish()
}
