//! The log search beyond its list: values beside it, message patterns.

use crate::common::desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::app::Command;
use headwater::store::{Filter, Reader, RecordKind};

/// How many log records the page shows of how many.
fn shown(desk: &Desk) -> usize {
    let logs = desk.app().logs.value.as_ref();
    logs.expect("logs were searched").refs.len()
}

/// The rows of the table of patterns.
fn patterns(desk: &Desk) -> Vec<String> {
    let rows = desk.items().into_iter();
    rows.filter(|name| name.contains(" record") && !name.ends_with(" log records"))
        .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()) && !name.starts_with("0"))
        .collect()
}

#[test]
fn values_beside_the_list_are_counted_and_lead_to_their_records() {
    let mut desk = Desk::with_sample("logs");
    for value in [
        "level: info, 160 records",
        "level: error, 41 records",
        "service: worker-1, 31 records",
        "logger.name: shop.documents, 32 records",
    ] {
        assert!(desk.has(value), "{value}");
    }
    desk.click("level: error, 41 records");
    assert_eq!(desk.place(), "logs?q=level:error");
    assert_eq!(shown(&desk), 41);
    assert!(
        !desk.has("level: info, 160 records"),
        "counts follow the search"
    );
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    desk.h
        .get_by_label("level: error, 41 records")
        .click_modifiers(Modifiers::SHIFT);
    desk.settle();
    assert_eq!(desk.place(), "logs?q=!level:error");
    assert_eq!(shown(&desk), 226 - 41);
}

#[test]
fn which_values_are_counted_is_chosen_and_kept() {
    let mut desk = Desk::with_sample("logs");
    desk.click("Do not count logger.name");
    assert!(!desk.has("Do not count logger.name"));
    desk.click("Attribute");
    desk.type_into("Count the values of", "user.id");
    desk.click_role(Role::CheckBox, "user.id");
    desk.press(Key::Escape);
    assert!(desk.has("Do not count user.id"));
    assert!(
        desk.says("and ") && desk.says("more"),
        "not all users are listed, and that is said"
    );
    desk.click("Values beside the list");
    assert!(!desk.has("Do not count user.id"));
    let kept = std::fs::read_to_string(desk.folder.path().join("settings.json"));
    let kept: serde_json::Value =
        serde_json::from_str(&kept.expect("settings are kept")).expect("they are JSON");
    assert_eq!(kept["facets_shown"], false);
    let facets = kept["log_facets"].as_array().expect("a list");
    assert!(facets.contains(&"user.id".into()) && !facets.contains(&"logger.name".into()));
}

#[test]
fn messages_that_differ_in_their_variable_parts_are_one_row() {
    let mut desk = Desk::with_sample("logs");
    desk.click("Patterns");
    assert_eq!(desk.place(), "logs?view=patterns");
    let rows = patterns(&desk);
    assert_eq!(rows[0], "34 records: session checked");
    let row = "16 records: Internal Server Error: /api/orders/*/refund";
    assert!(rows.iter().any(|name| name == row), "{rows:?}");
    let counted: u64 = desk
        .app()
        .log_patterns
        .value
        .as_ref()
        .map_or(0, |found| found.templates.iter().map(|one| one.count).sum());
    assert_eq!(counted, 226, "every record belongs to a pattern");
    desk.click(row);
    assert_eq!(shown(&desk), 16, "{}", desk.place());
    desk.click("Patterns");
    assert_eq!(patterns(&desk), [row]);
    desk.run(Command::Search("level:debug no-such-word".to_owned()));
    assert!(desk.has("No patterns"));
}

/// Every pattern leads to exactly the records it counted.
#[test]
fn patterns_lead_to_what_they_counted() {
    let mut desk = Desk::with_sample("logs?view=patterns");
    let found = desk.app().log_patterns.value.clone().expect("it was asked");
    assert!(found.templates.len() > 15);
    for template in &found.templates {
        desk.run(Command::Go("logs?view=patterns".parse().expect("a place")));
        desk.run(Command::LogsLike(template.pieces()));
        // A looser pattern may fit more: "settling *" fits only its own, a bare "*" would fit all.
        assert!(shown(&desk) as u64 >= template.count, "{}", template.text());
        assert!(shown(&desk) < 226, "{}", template.text());
    }
}

#[test]
fn several_attributes_at_once_are_counted_as_one_by_one() {
    let desk = Desk::with_sample("logs");
    let reader = Reader::open(&desk.app().store_path).expect("a store");
    let keys = ["level", "service", "user.id", "no.such.key"].map(str::to_owned);
    let search = headwater::query::parse("!level:debug").expect("a search");
    let filter = Filter {
        search,
        range: None,
    };
    let cancel = headwater::model::CancelToken::default();
    let facets = reader.facets(RecordKind::Log, &keys, &filter, 1_000, &cancel);
    for facet in facets.expect("an answer") {
        let alone = reader.facet(RecordKind::Log, &facet.key, &filter, 1_000, &cancel);
        assert_eq!(facet.values, alone.expect("an answer"), "{}", facet.key);
        assert_eq!(facet.distinct, facet.values.len() as u64);
        let sum: u64 = facet.values.iter().map(|value| value.count).sum();
        assert_eq!(facet.present, sum);
        let search = headwater::query::parse(&format!("!level:debug has:{}", facet.key));
        let there = Filter {
            search: search.expect("a search"),
            range: None,
        };
        let count = reader
            .count(RecordKind::Log, &there, &cancel)
            .expect("an answer");
        assert_eq!(facet.present, count, "{}", facet.key);
    }
}

#[test]
fn records_are_grouped_and_a_group_leads_to_its_records() {
    let mut desk = Desk::with_sample("logs");
    desk.click("Groups");
    assert_eq!(desk.place(), "logs?view=groups&by=service");
    let groups = |desk: &Desk| -> Vec<String> {
        let rows = desk.items().into_iter();
        rows.filter(|row| row.starts_with("service: ")).collect()
    };
    let rows = groups(&desk);
    assert_eq!(rows[0], "service: shop-api, count(): 119");
    assert_eq!(rows.len(), 5, "{rows:?}");
    desk.type_into("Group by", "service, level");
    desk.type_into("Compute", "count(), count_unique(user.id)");
    desk.press(Key::Enter);
    assert_eq!(
        desk.place(),
        "logs?view=groups&by=service,level&agg=count()%2C%20count_unique(user.id)"
    );
    let found = desk.app().log_groups.value.clone().expect("it was asked");
    let counted: u64 = found.groups.iter().map(|group| group.count).sum();
    assert_eq!((counted, found.records), (226, 226));
    let rows = groups(&desk);
    let row = rows
        .iter()
        .find(|row| row.contains("worker-1, level: error"));
    let row = row.expect("the worker has errors").clone();
    desk.click("Sort by service");
    assert!(desk.place().ends_with("&order=+0"), "{}", desk.place());
    assert!(groups(&desk)[0].starts_with("service: edge-1"));
    desk.click(&row);
    assert_eq!(
        desk.app().route().to_string().split("&by").next(),
        Some("logs?q=service:worker-1%20level:error")
    );
    let count = format!("count(): {},", shown(&desk));
    assert!(row.contains(&count), "{row}: {count}");
}

#[test]
fn what_cannot_be_computed_is_said_at_its_place() {
    let mut desk = Desk::with_sample("logs?view=groups&by=service");
    desk.type_into("Compute", "count(), p42(x)");
    assert!(desk.says("there is no such function"));
    desk.press(Key::Enter);
    assert_eq!(
        desk.place(),
        "logs?view=groups&by=service",
        "nothing is asked"
    );
}
