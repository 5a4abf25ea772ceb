//! Groups and aggregates instead of rows: `--group-by KEY[,KEY]` and `--agg 'count(),p95(span.duration)'`.
//!
//! JSON: a line a group, `{"group": {KEY: value, …}, AGGREGATE: number, …, "share": s}`. A key is null for records without
//! the attribute, an aggregate is null where there is nothing to compute it of, `share` is the group's share of all
//! records that fit. Times are nanoseconds. With `--every`, a line a group and stretch of time, with its start as
//! `time_ns` and without a share; `"others": true` stands for all groups beyond `--limit` together, with what adds up.
//!
//! Text: durations for people, shares in percent. What `--limit` leaves out is said on standard error.

use super::Failure;
use super::args::ListArgs;
use super::output::{Output, json_value, limit_from, notice};
use crate::app::group_words;
use crate::model::human::{self, Clock};
use crate::model::{Nanos, Value};
use crate::query::{Aggregate, SyntaxError, parse_aggregates, parse_duration};
use crate::store::{Buckets, Group, GroupOrder, Grouping, Groups, Line, Series};
use serde_json::{Map, Value as Json, json};

/// What is asked for, when groups or aggregates are.
pub fn wanted_grouping(args: &ListArgs) -> Result<Option<Grouping>, Failure> {
    if args.group_by.is_empty() && args.agg.is_none() {
        return match args.every {
            None => Ok(None),
            Some(_) => Err(Failure::Usage(
                "--every needs --agg or --group-by: what is to be computed over time".to_owned(),
            )),
        };
    }
    if args.cursor.is_some() {
        let text =
            "--cursor goes on with a list of records; groups have no pages, use --limit 0 for all";
        return Err(Failure::Usage(text.to_owned()));
    }
    let aggregates = match &args.agg {
        None => vec![Aggregate::Count],
        Some(text) => parse_aggregates(text).map_err(|error| aggregates_failure(text, &error))?,
    };
    let keys = args.group_by.clone();
    let (order, descending) = order(args.sort.as_deref(), &keys, &aggregates)?;
    Ok(Some(Grouping {
        keys,
        aggregates,
        order,
        descending,
        limit: limit_from(args),
    }))
}

fn aggregates_failure(text: &str, error: &SyntaxError) -> Failure {
    let marked = error.marked(text);
    Failure::Usage(format!("the aggregates cannot be read\n{marked}"))
}

/// What groups are sorted by: an aggregate or a key of theirs. Without a wish the greatest first aggregate comes first.
fn order(
    sort: Option<&str>,
    keys: &[String],
    aggregates: &[Aggregate],
) -> Result<(GroupOrder, bool), Failure> {
    let Some(sort) = sort else {
        return Ok((GroupOrder::Aggregate(0), true));
    };
    let (name, descending) = sort
        .strip_prefix('-')
        .map_or((sort, false), |name| (name, true));
    if let Some(place) = keys.iter().position(|key| key == name) {
        return Ok((GroupOrder::Key(place), descending));
    }
    let parsed: Option<Aggregate> = name.parse().ok();
    let is_named = |aggregate: &Aggregate| {
        parsed.as_ref() == Some(aggregate) || aggregate.to_string().strip_suffix("()") == Some(name)
    };
    if let Some(place) = aggregates.iter().position(is_named) {
        return Ok((GroupOrder::Aggregate(place), descending));
    }
    let names = aggregates.iter().map(Aggregate::to_string);
    let names: Vec<String> = names.chain(keys.iter().cloned()).collect();
    Err(Failure::Usage(format!(
        "groups cannot be sorted by {sort:?}; use one of {}, with a leading - for descending",
        names.join(", ")
    )))
}

/// The stretches of time that `--every` asks for.
pub fn wanted_buckets(args: &ListArgs) -> Result<Option<Buckets>, Failure> {
    let Some(text) = &args.every else {
        return Ok(None);
    };
    match parse_duration(text) {
        Some(nanos) => Ok(Some(Buckets::Step(nanos))),
        None => Err(Failure::Usage(format!(
            "{text:?} is no length of time; write 30s, 5m or 1h"
        ))),
    }
}

/// Prints groups.
pub fn print_groups(args: &ListArgs, grouping: &Grouping, groups: &Groups) -> Result<(), Failure> {
    let mut out = Output::stdout();
    if args.json {
        for group in &groups.groups {
            let mut line = json_group(grouping, &group.keys);
            let values = grouping.aggregates.iter().zip(&group.values);
            line.extend(
                values.map(|(aggregate, value)| (aggregate.to_string(), json_value(value))),
            );
            line.insert("share".to_owned(), json!(groups.share(group)));
            out.json(&Json::Object(line))?;
        }
    } else {
        let rows = groups
            .groups
            .iter()
            .map(|group| cells(grouping, groups, group));
        let rows: Vec<Vec<String>> = rows.collect();
        let names: Vec<String> = grouping
            .aggregates
            .iter()
            .map(Aggregate::to_string)
            .collect();
        let keys = grouping.keys.iter().map(|key| (key.as_str(), false));
        let header = keys.chain(names.iter().map(|name| (name.as_str(), true)));
        let header: Vec<(&str, bool)> = header.chain([("share", true)]).collect();
        out.table(&header, &rows)?;
    }
    out.finish()?;
    notice(groups.groups.len() as u64, groups.total, "groups", None);
    Ok(())
}

fn json_group(grouping: &Grouping, keys: &[Option<Value>]) -> Map<String, Json> {
    let keys = grouping.keys.iter().zip(keys);
    let group =
        keys.map(|(key, value)| (key.clone(), value.as_ref().map_or(Json::Null, json_value)));
    let group: Map<String, Json> = group.collect();
    Map::from_iter([("group".to_owned(), Json::Object(group))])
}

fn cells(grouping: &Grouping, groups: &Groups, group: &Group) -> Vec<String> {
    let keys = group
        .keys
        .iter()
        .map(|value| group_words::key(value.as_ref()));
    let values = grouping.aggregates.iter().zip(&group.values);
    let values = values.map(|(aggregate, value)| group_words::value(aggregate, value));
    let share = [group_words::percent(groups.share(group))];
    keys.chain(values).chain(share).collect()
}

/// Prints aggregates over time.
pub fn print_series(args: &ListArgs, grouping: &Grouping, series: &Series) -> Result<(), Failure> {
    let mut out = Output::stdout();
    let lines = || series.lines.iter().map(|line| (line, false));
    let lines = || lines().chain(series.others.iter().map(|line| (line, true)));
    let mut rows = Vec::new();
    for bucket in 0..series.buckets {
        let start = series.start_of(bucket);
        for (line, others) in lines() {
            if args.json {
                out.json(&json_point(grouping, line, others, start, bucket))?;
            } else {
                rows.push(point_cells(grouping, line, others, start, bucket));
            }
        }
    }
    if !args.json {
        let names: Vec<String> = grouping
            .aggregates
            .iter()
            .map(Aggregate::to_string)
            .collect();
        let keys = grouping.keys.iter().map(|key| (key.as_str(), false));
        let header = [("TIME (UTC)", false)].into_iter().chain(keys);
        let header: Vec<(&str, bool)> = header
            .chain(names.iter().map(|name| (name.as_str(), true)))
            .collect();
        out.table(&header, &rows)?;
    }
    out.finish()?;
    notice(series.lines.len() as u64, series.total, "groups", None);
    Ok(())
}

fn json_point(grouping: &Grouping, line: &Line, others: bool, start: i64, bucket: usize) -> Json {
    let mut point = Map::from_iter([("time_ns".to_owned(), json!(start))]);
    match others {
        true => drop(point.insert("others".to_owned(), json!(true))),
        false => point.extend(json_group(grouping, &line.keys)),
    }
    for (aggregate, values) in grouping.aggregates.iter().zip(&line.values) {
        if let Some(value) = values.get(bucket) {
            point.insert(aggregate.to_string(), json_value(value));
        }
    }
    Json::Object(point)
}

fn point_cells(
    grouping: &Grouping,
    line: &Line,
    others: bool,
    start: i64,
    bucket: usize,
) -> Vec<String> {
    let keys = (0..grouping.keys.len()).map(|place| match others {
        true if place == 0 => "(others)".to_owned(),
        true => String::new(),
        false => group_words::key(line.keys.get(place).and_then(Option::as_ref)),
    });
    let values = grouping.aggregates.iter().zip(&line.values);
    let values = values.map(|(aggregate, values)| {
        let value = values.get(bucket);
        value.map_or_else(
            || "-".to_owned(),
            |value| group_words::value(aggregate, value),
        )
    });
    let time = [human::date_time(Nanos(start), Clock::Utc)];
    time.into_iter().chain(keys).chain(values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_sorted_by_what_they_have() {
        let aggregates = parse_aggregates("count(),p95(span.duration)").unwrap_or_default();
        let keys = ["op".to_owned()];
        let of = |sort: Option<&str>| order(sort, &keys, &aggregates).ok();
        assert_eq!(of(None), Some((GroupOrder::Aggregate(0), true)));
        assert_eq!(of(Some("count")), Some((GroupOrder::Aggregate(0), false)));
        assert_eq!(of(Some("-count()")), Some((GroupOrder::Aggregate(0), true)));
        assert_eq!(
            of(Some("-p95( span.duration )")),
            Some((GroupOrder::Aggregate(1), true))
        );
        assert_eq!(of(Some("op")), Some((GroupOrder::Key(0), false)));
        assert_eq!(of(Some("avg(x)")), None);
    }
}
