//! The issues page: what is found is listed, searched, looked at, decided about, and leads to its traces.

use crate::common::desk::{Desk, sample};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use headwater::analysis::detect::Settings;
use headwater::app::Command;
use headwater::app::issues::{Issue, Kind};
use headwater::insights::issues::find;
use headwater::model::human::{Clock, date_time};
use headwater::model::{CancelToken, TraceId};
use headwater::store::{Filter, IssueState, Reader};

fn issues(desk: &Desk) -> Vec<Issue> {
    let found = desk.app().issues.found.value.as_ref();
    found.expect("issues were looked for").to_vec()
}

fn shown(desk: &Desk) -> usize {
    let listed = desk.app().issues.listed.value.as_ref();
    listed.expect("issues are listed").len()
}

/// How many are open, as the bar of pages says.
fn counted_open(desk: &Desk) -> u64 {
    desk.app().issues.open.value.expect("a count")
}

#[test]
fn issues_are_listed_and_searched() {
    let mut desk = Desk::with_sample("traces");
    desk.press_with(Modifiers::COMMAND, Key::Num4);
    assert_eq!(desk.place(), "issues");
    let all = issues(&desk);
    assert_eq!(shown(&desk), all.len());
    let first = desk.items().into_iter().next().expect("a row");
    assert!(first.starts_with("N+1 query: "), "{first}");
    assert!(first.contains(" to win"), "{first}");

    desk.search("Search issues", "kind:error release:1.5.0 count:>1");
    let fits = |issue: &&Issue| {
        issue.kind == Kind::Error && issue.releases.contains_key("1.5.0") && issue.count > 1
    };
    let expected = all.iter().filter(fits).count();
    assert!(expected > 0 && expected < all.len());
    assert_eq!(shown(&desk), expected);
    desk.search("Search issues", "no such thing");
    assert!(desk.has("No issue fits"));
    desk.click("Clear the search");
    assert_eq!(shown(&desk), all.len());

    desk.click("Sort by Count");
    assert_eq!(desk.place(), "issues?sort=-count");
    let most = all.iter().map(|issue| issue.count).max();
    let listed = desk.app().issues.listed.value.clone().expect("a list");
    assert_eq!(Some(all[listed[0].at as usize].count), most);
}

#[test]
fn an_issue_is_looked_at_and_leads_to_its_trace() {
    let mut desk = Desk::with_sample("issues?q=kind:n_plus_one_db");
    desk.press(Key::ArrowDown);
    let all = issues(&desk);
    let issue = all
        .iter()
        .find(|issue| issue.kind == Kind::NPlusOneDb)
        .expect("it is in the sample");
    assert!(desk.has(&issue.story()), "it is told in a sentence");
    assert!(desk.says("eager loading"), "with advice");
    let sample = &issue.samples[0];
    let place = format!("trace/{}/{}", sample.trace, sample.spans[0]);
    let time = date_time(sample.start, Clock::Utc);
    desk.click_role(Role::Button, &time);
    assert_eq!(desk.place(), place);
    let marks = desk.app().issues.marks.value.clone().expect("marks");
    let mark = marks
        .iter()
        .find(|mark| mark.kind == Kind::NPlusOneDb)
        .expect("it is marked there");
    assert_eq!(mark.spans.len(), 113);
}

#[test]
fn an_error_shows_its_stack_with_the_programs_own_calls() {
    let desk = Desk::with_sample("issues?q=LedgerMismatch");
    let row = desk.items();
    assert_eq!(row.len(), 1, "{row:?}");
    let mut desk = desk;
    desk.click(&row[0]);
    assert!(desk.says("settle in shop/documents/views.py"));
    assert!(desk.has("Stack trace"));
    assert!(desk.has("Releases"));
}

#[test]
fn what_is_decided_is_kept_in_the_store() {
    let mut desk = Desk::with_sample("issues?q=kind:n_plus_one_db");
    let all = shown(&desk);
    desk.press(Key::ArrowDown);
    let fingerprint = issues(&desk)
        .iter()
        .find(|issue| issue.kind == Kind::NPlusOneDb)
        .map(|issue| issue.fingerprint.clone())
        .expect("it is in the sample");
    desk.click("Resolve");
    assert_eq!(shown(&desk), all - 1);
    let known = || {
        let reader = Reader::open(&desk.app().store_path).expect("a store");
        let known = reader.known_issues().expect("issues").into_iter();
        known
            .filter(|known| known.fingerprint == fingerprint)
            .map(|known| known.state)
            .next()
    };
    assert_eq!(known(), Some(IssueState::Resolved));
    desk.click_role(Role::RadioButton, "Resolved");
    assert_eq!(shown(&desk), 1);
    desk.press(Key::ArrowDown);
    desk.click("Open again");
    assert_eq!(shown(&desk), 0);
    assert!(desk.has("Resolve"), "it is open");
}

#[test]
fn what_is_decided_holds_for_every_recording_of_a_problem() {
    let mut desk = Desk::new("issues?q=kind:n_plus_one_db");
    desk.import(sample().join("release-1.4.0.otlp.jsonl"));
    desk.press(Key::ArrowDown);
    let open = counted_open(&desk);
    desk.click("Ignore");
    assert_eq!(shown(&desk), 0);
    assert_eq!(counted_open(&desk), open - 1);
    desk.import(sample().join("release-1.4.0.sentry.envelopes"));
    let found = issues(&desk);
    let issue = found.iter().find(|issue| issue.kind == Kind::NPlusOneDb);
    assert_eq!(
        issue.map(|issue| issue.count),
        Some(6),
        "both are one issue"
    );
    assert_eq!(shown(&desk), 0, "and that is ignored");
    desk.click_role(Role::RadioButton, "Ignored");
    assert_eq!(shown(&desk), 1);
    desk.press(Key::ArrowDown);
    desk.click("Open again");
    desk.click_role(Role::RadioButton, "Open");
    assert_eq!(shown(&desk), 1);
}

#[test]
fn what_was_resolved_and_comes_back_has_regressed() {
    let mut desk = Desk::new("issues?q=kind:n_plus_one_db");
    let whole = std::fs::read_to_string(sample().join("release-1.4.0.otlp.jsonl")).expect("a file");
    // The first repeats end before line 20, the others come later.
    let begin: String = whole.split_inclusive('\n').take(20).collect();
    desk.import(desk.write("before.jsonl", &begin));
    desk.press(Key::ArrowDown);
    desk.click("Resolve");
    desk.import(sample().join("release-1.5.0.otlp.jsonl"));
    let rest = "the release in which it was mended does not have it";
    assert_eq!(shown(&desk), 0, "{rest}");
    desk.import(desk.write("after.jsonl", &whole));
    let rows = desk.items();
    let is_back = |row: &String| row.ends_with(", regressed");
    assert!(rows.iter().any(is_back), "{rows:?}");
}

#[test]
fn a_saved_search_says_what_is_noise() {
    let mut desk = Desk::with_sample("issues?q=kind:error%20count:1");
    let noise = shown(&desk);
    assert!(noise > 0);
    let open = counted_open(&desk);
    desk.run(headwater::app::Command::SaveSearch(
        "Ignore what failed once".to_owned(),
    ));
    assert_eq!(shown(&desk), 0);
    assert_eq!(counted_open(&desk), open - noise as u64);
    desk.click_role(Role::RadioButton, "Ignored");
    assert_eq!(shown(&desk), noise);
}

#[test]
fn traces_of_the_list_say_what_is_wrong_with_them() {
    let desk = Desk::with_sample("traces");
    let kinds = desk.app().issues.kinds.value.clone().expect("kinds");
    let rows = desk.app().trace_rows.value.clone().expect("rows");
    let reader = Reader::open(&desk.app().store_path).expect("a store");
    let settings = Settings::default();
    let found = find(
        &reader,
        &Filter::default(),
        &settings,
        &CancelToken::default(),
        &mut |_| (),
    );
    let found = found.expect("issues");
    let repeats = found.iter().filter(|issue| issue.kind == Kind::NPlusOneDb);
    let samples = repeats.flat_map(|issue| &issue.samples);
    let repeats: Vec<TraceId> = samples.map(|sample| sample.trace).collect();
    let mut marked = 0;
    for trace in &rows.rows {
        let kinds = kinds.get(&trace.number).map_or(&[][..], Vec::as_slice);
        let is_marked = kinds.contains(&Kind::NPlusOneDb);
        assert_eq!(is_marked, repeats.contains(&trace.id), "{}", trace.id);
        marked += usize::from(is_marked);
    }
    assert!(marked > 0 && marked < rows.rows.len());
}

#[test]
fn issues_are_found_beside_what_goes_on() {
    let mut desk = Desk::threaded("traces");
    desk.import(sample());
    assert!(issues(&desk).len() > 10);
    assert!(desk.says("Issues"), "the tab is there");
}

#[test]
fn thresholds_are_set_checked_and_reset() {
    let mut desk = Desk::with_sample("issues");
    let repeats = |desk: &Desk| {
        let all = issues(desk).into_iter();
        all.filter(|issue| issue.kind == Kind::NPlusOneDb).count()
    };
    assert!(repeats(&desk) > 0);
    desk.click("Thresholds");
    assert_eq!(desk.place(), "issues?with=thresholds");
    assert!(!desk.says("Back to "), "nothing is changed yet");
    let count = "N+1 query: Repeats of the query, at least";
    desk.type_into(count, "500");
    desk.press(Key::Enter);
    desk.settle();
    assert_eq!(repeats(&desk), 0, "no query repeats so often");
    let back = "Back to 5: Repeats of the query, at least";
    assert!(desk.has(back));
    let reader = Reader::open(&desk.app().store_path).expect("a store");
    let set = reader.detector_settings().expect("what was set");
    assert_eq!(set, [("n_plus_one_db.count".to_owned(), "500".to_owned())]);
    desk.click(back);
    desk.settle();
    assert!(repeats(&desk) > 0);
    assert!(!desk.has(back));
    assert_eq!(reader.detector_settings().expect("what was set"), []);

    let slow = "Slow query: The query takes at least";
    desk.type_into(slow, "soon");
    desk.press(Key::Enter);
    desk.settle();
    assert!(desk.says("Not set: write a time such as 50ms or 1.5s"));
    desk.type_into(slow, "1ms");
    desk.press(Key::Enter);
    desk.settle();
    assert!(!desk.says("Not set"));
    assert!(
        issues(&desk)
            .iter()
            .any(|issue| issue.kind == Kind::SlowDbQuery)
    );
    desk.click("Reset all");
    desk.settle();
    let settings = desk.app().issues.settings.value.clone();
    assert_eq!(settings.as_deref(), Some(&Settings::default()));
    desk.click("Close the thresholds");
    assert_eq!(desk.place(), "issues");
}

#[test]
fn what_changed_between_two_releases_leads_to_the_records() {
    let mut desk = Desk::with_sample("issues");
    desk.search("Search issues", "kind:error");
    desk.click("Before and after");
    desk.click("Back to the issues");
    assert_eq!(desk.place(), "issues?q=kind:error");
    desk.search("Search issues", "");
    desk.click("Before and after");
    assert_eq!(desk.place(), "issues?with=changes");
    assert!(desk.has("What changed?"));
    desk.click("Before: choose");
    desk.click("1.4.0");
    desk.settle();
    desk.type_into("After: which traces", "release:1.5.0");
    desk.press(Key::Enter);
    desk.settle();
    let place = "issues?with=changes&before=release:1.4.0&after=release:1.5.0";
    assert_eq!(desk.place(), place);
    let found = desk.app().issues.between.value.clone().expect("an answer");
    assert!(found.traces.iter().all(|traces| *traces > 10));
    let gone = desk.items_with("gone: N+1 query");
    assert_eq!(gone.len(), 1, "OTLP and Sentry tell of the same: {gone:?}");
    let before = found
        .issues
        .iter()
        .position(|turn| turn.issue.kind == Kind::NPlusOneDb);
    let issue = &found.issues[before.expect("the repeats")].issue;
    desk.click_start(&gone[0]);
    desk.settle();
    assert_eq!(
        desk.place(),
        format!("issues/{}?show=all", issue.fingerprint)
    );

    let mut desk = Desk::with_sample(place);
    let mut rows = desk.items().into_iter();
    let row = rows.find(|name| name.contains(": Endpoint, "));
    let endpoint = found.endpoints.iter().find(|turn| turn.turn.is_change());
    let endpoint = endpoint.expect("an endpoint that changed");
    let row = row.expect("its row");
    assert!(row.contains(&*endpoint.name), "{row}");
    desk.click_start(&row);
    desk.settle();
    assert!(desk.place().starts_with("spans?q="), "{}", desk.place());
    let spans = desk
        .app()
        .spans
        .found
        .value
        .as_ref()
        .expect("spans")
        .refs
        .len();
    assert_eq!(spans, endpoint.counts.iter().sum::<usize>());
    let mut desk = Desk::with_sample("issues?with=changes&before=release:9&after=release:1.5.0");
    assert!(desk.says("No trace fits"));
    desk.click("Swap");
    assert_eq!(
        desk.place(),
        "issues?with=changes&before=release:1.5.0&after=release:9"
    );
}

#[test]
fn the_newest_two_releases_are_a_click_away() {
    let mut desk = Desk::with_sample("issues?with=changes");
    desk.click("Compare 1.4.0 with 1.5.0");
    desk.settle();
    let place = "issues?with=changes&before=release:1.4.0&after=release:1.5.0";
    assert_eq!(desk.place(), place);
    assert!(
        desk.says("of these issues may be chance."),
        "{:?}",
        desk.items()
    );
    for table in ["Issues before and after", "Endpoints before and after"] {
        assert!(desk.has(table), "{table}");
    }
    let found = desk.app().issues.between.value.clone().expect("an answer");
    let places: Vec<&str> = found.issues.iter().map(|turn| &*turn.issue.place).collect();
    assert!(
        places.iter().any(|place| place.contains("views.py:")),
        "{places:?}"
    );
    desk.press_with(Modifiers::COMMAND, Key::K);
    desk.type_into("Choose an action or a place", "Swap before and after");
    desk.press(Key::Enter);
    desk.settle();
    let turned = "issues?with=changes&before=release:1.5.0&after=release:1.4.0";
    assert_eq!(desk.place(), turned);
    desk.click("Swap");
    // What is typed and is no search leaves both fields where they are, and what was found as it is.
    desk.type_into("After: which traces", "release:(");
    desk.settle();
    assert!(desk.says("After, at byte 8"), "{:?}", desk.items());
    assert_eq!(desk.place(), place);
    assert!(desk.has("Before: choose") && desk.has("After: choose"));
}

#[test]
fn all_occurrences_are_shown_if_wanted() {
    let mut desk = Desk::with_sample("issues?q=kind:n_plus_one_db");
    let issue = issues(&desk)
        .into_iter()
        .find(|issue| issue.kind == Kind::NPlusOneDb);
    let issue = issue.expect("the repeats");
    assert_eq!((issue.count, issue.samples.len()), (6, 6));
    desk.run(Command::SelectIssue(Some(issue.fingerprint)));
    desk.settle();
    assert!(desk.has("Repeating query"), "evidence has names for people");
    assert!(!desk.has("and 1 more"), "the way to all says it");
    desk.click("Show all 6");
    assert!(!desk.has("Show all 6"));
}

#[test]
fn a_sample_lights_all_spans_of_its_group() {
    let mut desk = Desk::with_sample("issues?q=kind:n_plus_one_db");
    let all = issues(&desk).into_iter();
    let issue = all
        .filter(|issue| issue.kind == Kind::NPlusOneDb)
        .max_by_key(|issue| issue.count);
    let sample = issue.expect("the repeats").samples[0].clone();
    assert!(sample.spans.len() > 100);
    desk.run(Command::OpenTrace {
        trace: sample.trace,
        span: sample.spans.first().copied(),
    });
    let marked: Vec<String> = desk
        .items()
        .into_iter()
        .filter(|name| name.contains(", issue: N+1 query"))
        .collect();
    assert!(!marked.is_empty(), "{:?}", desk.items());
    assert!(desk.says(", of the selected issue"));
    let lit = |desk: &Desk| {
        let items = desk.items().into_iter();
        items
            .filter(|name| name.contains(", of the selected issue"))
            .count()
    };
    assert!(lit(&desk) >= 1);
    // Another span than one of the group lights nothing.
    desk.run(Command::OpenTrace {
        trace: sample.trace,
        span: sample.parent,
    });
    assert_eq!(lit(&desk), 0);
}

#[test]
fn log_rows_say_what_is_wrong_in_their_traces() {
    let desk = Desk::with_sample("logs");
    let rows = desk.app().log_rows.value.clone().expect("rows");
    let repeats = issues(&Desk::with_sample("issues")).into_iter();
    let repeats = repeats.filter(|issue| issue.kind == Kind::NPlusOneDb);
    let traces: Vec<TraceId> = repeats
        .flat_map(|issue| issue.samples)
        .map(|sample| sample.trace)
        .collect();
    let kinds = desk.app().issues.log_kinds.value.clone().expect("kinds");
    let mut marked = 0;
    for log in &rows.rows {
        let kinds = log.trace.and_then(|trace| kinds.get(&trace));
        let is_marked = kinds.is_some_and(|kinds| kinds.contains(&Kind::NPlusOneDb));
        let is_expected = log.trace.is_some_and(|trace| traces.contains(&trace));
        assert_eq!(is_marked, is_expected, "{}", log.body);
        marked += usize::from(is_marked);
    }
    assert!(marked > 0 && marked < rows.rows.len());
}

#[test]
fn a_search_becomes_a_rule_of_what_is_noise_and_is_taken_back() {
    let mut desk = Desk::with_sample("issues");
    let open = shown(&desk);
    desk.search("Search issues", "kind:error count:1");
    let noise = shown(&desk);
    assert!(0 < noise && noise < open);
    desk.click("Ignore what fits");
    assert_eq!(shown(&desk), 0);
    assert!(!desk.has("Ignore what fits"), "nothing is left to ignore");
    desk.search("Search issues", "");
    assert_eq!(shown(&desk), open - noise);
    desk.click_role(Role::RadioButton, "Ignored");
    assert_eq!(shown(&desk), noise);
    let first = desk.items_with("Error: ")[0].clone();
    desk.click_start(&first);
    desk.settle();
    assert!(desk.has("Ignored by"), "it is the rule that can be undone");
    assert!(!desk.has("Open again"));
    desk.click("Close the details");
    desk.click("Remove Ignore kind:error count:1");
    assert_eq!(shown(&desk), 0);
    desk.click_role(Role::RadioButton, "Open");
    assert_eq!(shown(&desk), open);
}

/// What is told of the attributes of an issue: name and values of each, as they are read out.
fn attributes(desk: &Desk) -> Vec<(String, Vec<String>)> {
    let told = desk.app().issues.attributes.value.as_ref();
    let told = told.expect("its attributes were counted");
    let attributes = told.breakdown.attributes.iter();
    let value = |line: &headwater::analysis::differs::Line| {
        format!("{} {}", line.what.text(), line.count.inside)
    };
    let attributes = attributes.map(|one| {
        let values = one.values.iter().map(value).collect();
        (one.key.to_string(), values)
    });
    attributes.collect()
}

#[test]
fn an_issue_tells_what_its_spans_have_in_common_and_opens_those_with_a_value() {
    let mut desk = Desk::with_sample("issues?q=kind:n_plus_one_db");
    desk.press(Key::ArrowDown);
    let issue = issues(&desk)
        .into_iter()
        .find(|issue| issue.kind == Kind::NPlusOneDb)
        .expect("it is in the sample");
    let spans: usize = issue.samples.iter().map(|sample| sample.spans.len()).sum();
    let told = attributes(&desk);
    let release = told.iter().find(|(key, _)| key == "service.version");
    let release = release.or_else(|| told.iter().find(|(key, _)| key == "release"));
    let (key, values) = release.expect("spans have a release");
    assert_eq!(values, &[format!("1.4.0 {spans}")]);
    let key = key.clone();
    // Typing leaves the attributes whose names have it.
    desk.type_into("Find an attribute", &key);
    let lines = desk.named(Role::Button, &format!("{key}: 1.4.0, {spans} spans"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("(100.0 %)"), "{lines:?}");
    assert!(desk.named(Role::Button, "op: db").is_empty());
    desk.enter(&lines[0]);
    assert!(
        desk.place().starts_with("spans?q=issue:"),
        "{}",
        desk.place()
    );
    let found = desk
        .app()
        .spans
        .found
        .value
        .as_ref()
        .map(|found| found.refs.len());
    assert_eq!(found, Some(spans));
}

#[test]
fn error_records_of_an_issue_are_taken_apart_and_lead_to_their_traces() {
    let mut desk = Desk::with_sample("issues?q=LedgerMismatch");
    let row = desk.items();
    desk.click(&row[0]);
    let issue = issues(&desk)
        .into_iter()
        .find(|issue| issue.title.contains("LedgerMismatch"))
        .expect("it is in the sample");
    desk.enter("Errors");
    desk.type_into("Find an attribute", "exception.type");
    let lines = desk.named(Role::Button, "exception.type: ");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let count = format!("{} error record", issue.recorded());
    assert!(lines[0].contains("LedgerMismatch"), "{lines:?}");
    assert!(lines[0].contains(&count), "{lines:?}");
    assert!(lines[0].ends_with(" 0 elsewhere (0.0 %)"), "{lines:?}");
    desk.enter(&lines[0]);
    let time = date_time(issue.last_seen, Clock::Utc);
    let ways = desk.named(Role::Button, &time);
    assert_eq!(ways.len(), 2, "among the samples and below the value");
}
