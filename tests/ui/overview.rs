//! The overview and the doctor: what they say is what the records tell, every line leads on, and the filters go along.

use crate::common::desk::{Desk, sample};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::app::insights::words::number;
use headwater::app::insights::{Insight, Told, VersionedFamily, Whole};
use headwater::app::route::{InsightFilters, Route};
use headwater::app::{App, Command, behind};
use headwater::insights::family::Family;
use headwater::insights::overview::{Overview, overview};
use headwater::insights::transactions::Thresholds;
use headwater::insights::{Asked, Unit, doctor, issues};
use headwater::model::{CancelToken, human};
use headwater::query;
use headwater::store::{Filter, Reader};

fn reader(desk: &Desk) -> Reader {
    Reader::open(&desk.app().store_path).expect("a store")
}

fn asked(search: &str) -> Asked {
    Asked {
        filter: Filter {
            search: query::parse_filter(search).expect("a search"),
            range: None,
        },
        ..Asked::default()
    }
}

/// What the command line would print.
fn told(desk: &Desk, search: &str) -> Overview {
    let (reader, asked, cancel) = (reader(desk), asked(search), CancelToken::default());
    let settings = issues::settings(&reader).expect("settings");
    let found = issues::find(&reader, &asked.filter, &settings, &cancel, &mut |_| ());
    overview(&reader, &asked, &found.expect("issues"), &cancel).expect("an overview")
}

fn filters(desk: &Desk) -> InsightFilters {
    match desk.app().route() {
        Route::Health(place) => place.filters.clone(),
        other => panic!("{other} is another page"),
    }
}

#[test]
fn a_first_import_opens_it_and_it_says_what_the_records_tell() {
    let mut desk = Desk::new("traces");
    desk.drop_files(&[sample()]);
    assert_eq!(desk.place(), "overview");
    let told = told(&desk, "");
    assert!(told.sentences.iter().any(|said| said.part == "issues"));
    let said = desk.named(Role::Link, "");
    for sentence in &told.sentences {
        assert!(said.contains(&sentence.text), "{:?}\n{said:#?}", sentence);
    }
    let rows = desk.items();
    for service in &told.services {
        let figure = match service.requests {
            0 => format!("{}: answers no request", service.name),
            count => format!("{}: {}", service.name, human::counted(count, "request")),
        };
        let all = rows.iter().filter(|row| row.starts_with(&figure)).count();
        assert_eq!(all, 2, "{figure}: on the map and in the table");
    }
}

#[test]
fn the_first_figures_are_those_of_the_whole() {
    let desk = Desk::with_sample("overview");
    let (reader, cancel) = (reader(&desk), CancelToken::default());
    let whole = || {
        Box::new(Whole {
            filter: Filter::default(),
            apdex: Thresholds::default(),
            family: VersionedFamily::default(),
        })
    };
    let Ok(Told::Glance(first)) = Insight::Glance(whole()).answer(&reader, &cancel) else {
        panic!("first figures");
    };
    assert!(!first.is_whole && first.traffic.is_some() && first.overview.sentences.is_empty());
    let rest = Insight::Overview(whole(), first.clone());
    let Ok(Told::Overview(all)) = rest.answer(&reader, &cancel) else {
        panic!("all of it");
    };
    assert!(all.is_whole && !all.overview.sentences.is_empty());
    assert_eq!(first.overview.endpoints, all.overview.endpoints);
    let own = &all.overview.services[..first.overview.services.len()];
    assert_eq!(first.overview.services, own);
}

#[test]
fn every_sentence_leads_on() {
    let mut desk = Desk::with_sample("overview");
    for sentence in told(&desk, "").sentences {
        desk.click_role(Role::Link, &sentence.text);
        let expected = behind::route(&sentence.place, &InsightFilters::default());
        assert_eq!(desk.app().route(), &expected, "{}", sentence.text);
        desk.press_with(Modifiers::COMMAND, Key::H);
        assert_eq!(desk.place(), "overview");
    }
}

#[test]
fn what_went_on_heads_it_and_a_stretch_of_it_becomes_the_time() {
    let mut desk = Desk::with_sample("overview");
    let transactions = told(&desk, "").tables.swap_remove(0);
    let sum = |name: &str| -> f64 {
        let cells = (0..transactions.rows.len()).map(|row| transactions.cell(row, name));
        cells.filter_map(|cell| cell?.number()).sum()
    };
    let failed = number(Unit::Share, sum("failed") / sum("count"));
    assert!(desk.has(&failed), "{failed} of all failed");
    let chart = "Throughput a minute";
    desk.h.get_by_role_and_label(Role::Group, chart).focus();
    desk.settle();
    desk.press(Key::ArrowRight);
    for _ in 0..5 {
        desk.press_with(Modifiers::SHIFT, Key::ArrowRight);
    }
    desk.press(Key::Enter);
    let range = filters(&desk).range.expect("a stretch of time");
    let asked = Asked {
        filter: Filter {
            range: Some(range),
            ..Filter::default()
        },
        ..Asked::default()
    };
    let (reader, cancel) = (reader(&desk), CancelToken::default());
    let now = overview(&reader, &asked, &[], &cancel).expect("an overview");
    let first = &now.sentences.first().expect("a sentence").text;
    assert!(desk.named(Role::Link, "").contains(first), "{first}");
}

#[test]
fn services_and_endpoints_lead_to_their_figures() {
    // As high as all of the page.
    let mut desk = Desk::with("overview", [1280.0, 1600.0], App::inline);
    desk.import(sample());
    let told = told(&desk, "");
    let service = &told.services[0];
    let named = desk.items_with(&format!("{}: ", service.name));
    // It is on the map and in the table.
    let mut shown = desk.h.query_all_by_label(&named[0]);
    shown.next().expect("a service").click();
    drop(shown);
    desk.settle();
    assert_eq!(
        desk.place(),
        format!("insights/transactions?service={}", service.name)
    );
    let table = desk.app().insights.table.value.clone().expect("a table");
    let count = |row: usize| table.cell(row, "count")?.number();
    let all: f64 = (0..table.rows.len()).filter_map(count).sum();
    assert_eq!(all, service.requests as f64);

    desk.run(Command::Go("overview".parse().expect("a place")));
    let endpoint = &told.endpoints[0];
    let named = desk.items_with(&endpoint.transaction);
    desk.click(&named[0]);
    let spans = desk.app().spans.found.value.clone().expect("spans");
    assert_eq!(spans.refs.len() as u64, endpoint.count);
}

#[test]
fn filters_hold_and_go_along() {
    let mut desk = Desk::with_sample("insights/queries?service=shop-api");
    desk.click_role(Role::Tab, "Overview");
    assert_eq!(desk.place(), "overview?service=shop-api");
    let told = told(&desk, "service:shop-api");
    let said = desk.named(Role::Link, "");
    for sentence in &told.sentences {
        assert!(said.contains(&sentence.text), "{:?}\n{said:#?}", sentence);
    }
    let endpoints = told
        .sentences
        .iter()
        .find(|said| said.part == "endpoints")
        .expect("one of endpoints");
    desk.click_role(Role::Link, &endpoints.text);
    assert!(
        desk.place().ends_with("service:shop-api"),
        "{}",
        desk.place()
    );
    desk.run(Command::Back);
    desk.search("Search overview", "description:nowhere");
    assert!(desk.has("Nothing fits these filters"));
    desk.click("Clear all filters");
    assert_eq!(desk.place(), "overview");
    assert!(filters(&desk).is_empty());
}

#[test]
fn a_later_import_tears_nobody_away() {
    let mut desk = Desk::with_sample("trace/489c364b5284d6eb9ce41938bf9b0763");
    let more = desk.write("more.jsonl", "{\"level\":\"info\",\"msg\":\"hello\"}\n");
    desk.drop_files(&[more]);
    assert!(desk.place().starts_with("trace/489c"), "{}", desk.place());
    assert_eq!(desk.app().overview.value.map(|all| all.imports), Some(4));
}

#[test]
fn without_spans_the_logs_are_offered() {
    let mut desk = Desk::new("overview");
    assert!(desk.has("Drop trace files here"));
    let logs = desk.write("only.jsonl", "{\"level\":\"info\",\"msg\":\"hello\"}\n");
    desk.drop_files(&[logs]);
    assert!(desk.has("No spans"));
    desk.click("Show logs");
    assert_eq!(desk.place(), "logs");
}

#[test]
fn the_doctor_says_what_is_wrong_and_where() {
    let mut desk = Desk::with_sample("insights/caches?service=shop-api");
    desk.click_role(Role::Tab, "Instrumentation");
    assert_eq!(desk.place(), "insights/doctor?service=shop-api");
    desk.run(Command::FilterInsights(InsightFilters::default()));
    let (reader, cancel) = (reader(&desk), CancelToken::default());
    let family = Family::read(&reader, &cancel).expect("a family");
    let found = doctor::findings(&reader, &asked(""), &family, &cancel).expect("findings");
    assert!(!found.is_empty(), "the sample has something to find");
    for finding in &found {
        let end = finding.what.chars().skip(1).collect::<String>();
        assert!(desk.has(finding.check.title()), "{}", finding.what);
        assert!(desk.says(&end), "{}", finding.what);
        let end = finding.check.fix().chars().skip(1).collect::<String>();
        assert!(desk.says(&end), "{}", finding.check.fix());
        let (count, of) = (human::grouped(finding.count), human::grouped(finding.of));
        assert!(desk.has(&format!("{count} of {of}")), "{}", finding.what);
    }
    let example = &found[0].examples[0];
    let shown = desk.named(Role::Link, "Example: ");
    desk.click_role(Role::Link, &shown[0]);
    assert_eq!(desk.place(), behind::text(example));
    desk.run(Command::Back);
    // Of one trace with all its parents there is nothing to say.
    desk.search("Search insights", "service:nobody");
    assert!(desk.has("The instrumentation is sound"));
}
