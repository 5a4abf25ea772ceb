//! The alerts page: starter rules are added, thresholds moved, the file written, incidents lead to their records.

use crate::common::desk::{Desk, SIZE, sample};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::alerts::rule::Watches;
use headwater::alerts::{Backtest, RuleResult};
use headwater::app::{App, Command};
use std::sync::Arc;

const RULES: &str = "# Kept.
[[rule]]
name = \"Errors\"
subject = \"logs\"
aggregate = \"count()\"
filter = \"level:[error, fatal]\"
window = \"1m\"
above = { critical = 2 } # two are fine

[[issue_rule]]
name = \"New error\"
when = \"new\"
";

/// A window whose store lies beside such a file of rules.
fn desk(place: &str) -> Desk {
    sized(place, SIZE)
}

/// The same, high enough for a form as a whole.
fn high(place: &str) -> Desk {
    sized(place, [1400.0, 1400.0])
}

fn sized(place: &str, size: [f32; 2]) -> Desk {
    let mut desk = Desk::with(place, size, |store, place| {
        let rules = store.with_file_name("alerts.toml");
        std::fs::write(rules, RULES).expect("the system has room for temporary files");
        App::inline(store, place)
    });
    desk.import(sample());
    desk
}

fn tested(desk: &Desk) -> Arc<Backtest> {
    desk.app()
        .alerts
        .tested
        .value
        .clone()
        .expect("the rules were tried")
}

fn result(desk: &Desk, name: &str) -> RuleResult {
    let tested = tested(desk);
    let found = tested
        .results
        .iter()
        .find(|result| result.rule.name == name);
    found.expect("there is such a rule").clone()
}

fn critical(desk: &Desk) -> f64 {
    match &result(desk, "Errors").rule.watches {
        Watches::Metric(metric) => metric
            .thresholds()
            .and_then(|thresholds| thresholds.critical)
            .expect("a threshold"),
        Watches::Issues(_) => panic!("it is about a number"),
    }
}

fn file(desk: &Desk) -> String {
    std::fs::read_to_string(desk.folder.path().join("alerts.toml")).expect("the file is there")
}

#[test]
fn starter_rules_are_added_with_one_click() {
    let mut desk = Desk::with_sample("traces");
    desk.press_with(Modifiers::COMMAND, Key::Num6);
    assert_eq!(desk.place(), "alerts");
    assert!(desk.has("No alert rules yet"));
    desk.click("Show starter rules");
    assert_eq!(desk.place(), "alerts?view=starters");
    let starters = desk.app().alerts.starters.value.clone().expect("starters");
    let first = &starters[0];
    desk.click(&format!("Add the rule {}", first.rule.name));
    assert!(desk.has("Added"));
    assert_eq!(
        desk.app().alerts.set().rules,
        std::slice::from_ref(&first.rule)
    );
    assert_eq!(file(&desk), first.text());
    desk.click("Rules");
    assert_eq!(tested(&desk).results.len(), 1);
    assert_eq!(desk.items_with(&first.rule.name).len(), 1);
}

#[test]
fn a_threshold_is_moved_and_the_incidents_change_at_once() {
    let mut desk = desk("alerts/Errors");
    let before = result(&desk, "Errors");
    assert!(!before.incidents.is_empty());
    assert!(desk.says(&format!("{} incident", before.incidents.len())));
    desk.click_role(Role::Slider, "Threshold of critical");
    for _ in 0..12 {
        desk.press_with(Modifiers::SHIFT, Key::ArrowUp);
    }
    desk.settle();
    assert!(critical(&desk) > 2.0, "{}", critical(&desk));
    let after = result(&desk, "Errors");
    assert!(after.incidents.is_empty(), "{:?}", after.incidents);
    assert!(desk.says("0 incidents"));
    let written = file(&desk);
    assert!(written.starts_with("# Kept.\n[[rule]]"), "{written}");
    assert!(
        written.contains("} # two are fine\n\n[[issue_rule]]"),
        "{written}"
    );
    // What was tried anew over the store is what was seen at once.
    let rules = desk.app().alerts.set().rules.clone();
    assert_eq!(tested(&desk).results[0].rule, rules[0]);
}

#[test]
fn incidents_lead_to_their_records() {
    let mut desk = desk("alerts/Errors");
    let incident = result(&desk, "Errors").incidents[0].clone();
    let mut links = desk.h.query_all_by_label_contains("Log records: ");
    links.next().expect("a link").click();
    drop(links);
    desk.settle();
    let place = desk.place();
    let start = (incident.start - 1) * 60_000_000_000;
    assert!(
        place.starts_with("logs?q=level%3A") || place.starts_with("logs?q=level:"),
        "{place}"
    );
    assert!(place.contains(&format!("from={start}")), "{place}");
}

#[test]
fn the_file_is_written_as_text_and_its_errors_are_told() {
    let mut desk = desk("alerts?view=file");
    assert_eq!(&**desk.app().alerts.text(), RULES);
    desk.run(Command::SaveRules("[[rule]]\nname = \"a\"\n".to_owned()));
    assert!(desk.says("line 1: what is measured is missing"));
    // The last rules that could be read go on.
    assert_eq!(desk.app().alerts.set().rules.len(), 2);
    desk.run(Command::SaveRules(RULES.to_owned()));
    assert_eq!(file(&desk), RULES);
    assert!(!desk.says("line 1:"));
    desk.click("Rules");
    assert_eq!(desk.items_with("Errors: page").len(), 1);
    desk.run(Command::RemoveRule("New error".to_owned()));
    assert_eq!(
        file(&desk),
        RULES.split("\n[[issue_rule]]").next().unwrap_or_default()
    );
}

#[test]
fn a_rule_is_made_another_one_field_by_field() {
    let mut desk = high("alerts/Errors");
    desk.type_into("Name", "Many errors");
    desk.press(Key::Tab);
    desk.settle();
    assert_eq!(desk.place(), "alerts/Many%20errors");
    desk.type_into("What is measured", "count_unique(user)");
    desk.press(Key::Enter);
    desk.type_into("Windows in a row", "3");
    desk.press(Key::Tab);
    desk.click("below");
    desk.settle();
    let expected = RULES
        .replace("\"Errors\"", "\"Many errors\"")
        .replace("count()", "count_unique(user)")
        .replace(
            "above = { critical = 2 } # two are fine\n",
            "windows = 3\nbelow = { critical = 2 }\n",
        );
    assert_eq!(file(&desk), expected);
    desk.click("anomaly");
    desk.settle();
    desk.click("high");
    desk.settle();
    assert!(file(&desk).contains("anomaly = { sensitivity = \"high\""));
    assert!(file(&desk).starts_with("# Kept.\n"));
}

#[test]
fn what_is_wrong_stands_at_its_field_and_is_not_saved() {
    let mut desk = high("alerts/Errors");
    desk.type_into("Filter", "level:(error");
    desk.press(Key::Tab);
    desk.settle();
    assert!(desk.says("filter: "), "what is wrong");
    assert!(desk.has("Not saved until this is right."));
    assert_eq!(file(&desk), RULES);
    desk.type_into("Name", "New error");
    desk.press(Key::Tab);
    desk.type_into("Filter", "level:error");
    desk.press(Key::Tab);
    desk.settle();
    assert!(desk.says("there is another rule called"));
    assert_eq!(file(&desk), RULES);
    desk.click("Back to what is saved");
    desk.settle();
    assert!(!desk.says("there is another rule called"));
    desk.type_into("Filter", "level:error");
    desk.press(Key::Tab);
    desk.settle();
    assert_eq!(
        file(&desk),
        RULES.replace("level:[error, fatal]", "level:error")
    );
}

#[test]
fn a_rule_about_issues_has_all_its_fields() {
    let mut desk = high("alerts/New%20error");
    desk.type_into("Environment", "production");
    desk.press(Key::Tab);
    desk.type_into("Level", "error");
    desk.press(Key::Tab);
    desk.type_into("Action interval", "2h");
    desk.press(Key::Tab);
    desk.settle();
    let written = file(&desk);
    for line in [
        "filter = \"level:error environment:production\"",
        "action_interval = \"2h\"",
        "when = \"new\"",
    ] {
        assert!(written.contains(line), "{written}");
    }
    assert!(written.starts_with(RULES.split("when").next().unwrap_or_default()));
}

#[test]
fn a_new_rule_is_added_and_selected() {
    let mut desk = high("alerts");
    desk.click("New issue rule");
    desk.settle();
    assert_eq!(desk.place(), "alerts/New%20issue%20rule");
    desk.click("Close the details");
    desk.click("New issue rule");
    desk.settle();
    let names = desk.app().alerts.set().rules.clone();
    let names: Vec<&str> = names.iter().map(|rule| &*rule.name).collect();
    let expected = ["Errors", "New error", "New issue rule", "New issue rule 2"];
    assert_eq!(names, expected);
    assert!(desk.says("incidents over time, "), "its timeline");
}
