//! What differs between two sets of records instead of the records: `--differs QUERY`.
//!
//! JSON: a line an attribute, most different first, `{"key", "score", "asked", "values": […], "more_values",
//! "more_inside", "more_outside"}`. A value is `{"value": v}` or `{"from": n, "to": n}` (numbers from the first to before the
//! second, null where there is no bound) or `{"what": "none" | "any" | "no_number"}`, each with `inside`, `outside`,
//! `inside_share` and `outside_share`. `asked` attributes are part of a search, so that they differ by construction; they
//! come last. The last line is `{"inside": n, "outside": n, "alike": n}`: how many records each set has, and how many
//! attributes do not differ. How they are scored stands in [`crate::analysis::differs`].

use super::Failure;
use super::args::ListArgs;
use super::output::{Output, filter_of, json_value, limit_from, notice};
use crate::analysis::differs::{Difference, Differences, Line, What, differences};
use crate::app::comparing;
use crate::app::group_words::percent;
use crate::model::sides::Sides;
use crate::model::{CancelToken, human};
use crate::query::Subject;
use crate::store::{Filter, Reader, RecordKind};
use serde_json::{Value as Json, json};

/// Prints the differences that `--differs` asks for; `false` when it does not.
pub fn print_wanted_differences(
    args: &ListArgs,
    reader: &Reader,
    kind: RecordKind,
    inside: &Filter,
    cancel: &CancelToken,
) -> Result<bool, Failure> {
    let Some(text) = &args.differs else {
        return Ok(false);
    };
    let outside = match text.trim() {
        "" => comparing::rest_of(inside).ok_or_else(|| {
            let text = "every record fits, so there is nothing to compare with; give a search, --from or --to";
            Failure::Usage(text.to_owned())
        })?,
        text => filter_of(args, text, Subject::Records)?,
    };
    let found = differences(reader.differs(kind, inside, &outside, cancel)?);
    let shown = found.attributes.iter().take(limit_from(args));
    let mut out = Output::stdout();
    if args.json {
        for difference in shown {
            out.json(&difference_json(difference, found.records))?;
        }
        let Sides { inside, outside } = found.records;
        out.json(&json!({ "inside": inside, "outside": outside, "alike": found.alike }))?;
    } else {
        out.line(&summary(&found))?;
        let rows: Vec<Vec<String>> = shown
            .flat_map(|difference| rows(difference, found.records))
            .collect();
        let header = [
            ("ATTRIBUTE", false),
            ("SCORE", true),
            ("INSIDE", true),
            ("", true),
            ("OUTSIDE", true),
            ("", true),
            ("VALUE", false),
        ];
        out.table(&header, &rows)?;
    }
    out.finish()?;
    let all = found.attributes.len();
    notice(
        all.min(limit_from(args)) as u64,
        all as u64,
        "attributes",
        None,
    );
    Ok(true)
}

fn difference_json(difference: &Difference, records: Sides) -> Json {
    let values = difference.values.iter();
    json!({
        "key": &*difference.key,
        "score": difference.score,
        "asked": difference.asked,
        "values": values.map(|line| line_json(line, records)).collect::<Vec<_>>(),
        "more_values": difference.more_values,
        "more_inside": difference.more.inside,
        "more_outside": difference.more.outside,
    })
}

fn line_json(line: &Line, records: Sides) -> Json {
    let bound = |number: f64| number.is_finite().then_some(number);
    let mut json = match &line.what {
        What::Value(value) => json!({ "value": json_value(value) }),
        What::Stretch(from, to) => json!({ "from": bound(*from), "to": bound(*to) }),
        What::None => json!({ "what": "none" }),
        What::Any => json!({ "what": "any" }),
        What::NoNumber => json!({ "what": "no_number" }),
    };
    let [inside, outside] = line.count.shares(records);
    json["inside"] = json!(line.count.inside);
    json["outside"] = json!(line.count.outside);
    json["inside_share"] = json!(inside);
    json["outside_share"] = json!(outside);
    json
}

fn summary(found: &Differences) -> String {
    let thin = if found.is_thin() {
        "; so few records tell little"
    } else {
        ""
    };
    format!(
        "{} inside, {} outside, {} alike{thin}",
        human::counted(found.records.inside, "record"),
        human::grouped(found.records.outside),
        human::counted(found.alike, "attribute"),
    )
}

/// A row a value; the first tells the attribute, too.
fn rows(difference: &Difference, records: Sides) -> Vec<Vec<String>> {
    let asked = if difference.asked { " (asked for)" } else { "" };
    let lines = difference.values.iter().map(|line| {
        let words = comparing::words(&difference.key, &line.what);
        (words, line.count)
    });
    let more = (difference.more_values > 0).then(|| {
        let words = format!(
            "({})",
            human::counted(difference.more_values, "other value")
        );
        (words, difference.more)
    });
    let rows = lines
        .chain(more)
        .enumerate()
        .map(|(place, (words, count))| {
            let [inside, outside] = count.shares(records).map(percent);
            let first = |text: String| if place == 0 { text } else { String::new() };
            vec![
                first(format!("{}{asked}", difference.key)),
                first(format!("{:.2}", difference.score)),
                human::grouped(count.inside),
                inside,
                human::grouped(count.outside),
                outside,
                words,
            ]
        });
    rows.collect()
}
