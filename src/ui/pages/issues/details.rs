//! The selected issue: what it is and what to do about it, what shows it, where it happened and to whom.

use super::list::{state_color, title};
use super::{attributes, kind_icon, noise, stack};
use crate::app::issues::{Counts, Issue, Kind, Source};
use crate::app::route::{AroundPlace, IssuesPlace, LogsPlace, Neighbours, Route};
use crate::app::{App, Command};
use crate::model::TraceId;
use crate::model::human::{self, Clock};
use crate::store::{IssueState, SavedSearch};
use crate::ui::icons::{Icon, icon, icon_button, icon_text_button};
use crate::ui::pages::trace::parts::facts;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::chip::chip;
use crate::ui::widgets::empty_state::EmptyState;
use egui::{Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Ui};
use std::sync::Arc;

/// Occurrences and values listed.
const SAMPLES: usize = 5;
const VALUES: usize = 5;
/// Breadcrumbs listed: the last before it happened.
const CRUMBS: usize = 12;

/// The pane.
pub(super) fn issue(ui: &mut Ui, app: &App, place: &IssuesPlace, commands: &mut Vec<Command>) {
    let fingerprint = place.fingerprint.as_deref().unwrap_or_default();
    let Some((issue, state)) = app.issues.find(fingerprint) else {
        let sentence = "It was met in an import that was taken out, or never here.";
        let shown = EmptyState::new(Icon::Search, "There is no such issue", sentence);
        if shown.action("Close").show(ui).is_some() {
            commands.push(Command::SelectIssue(None));
        }
        return;
    };
    Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            let saved = app.saved_searches.value.as_deref().unwrap_or_default();
            let rules = match state {
                IssueState::Ignored => app.issues.rules_of(issue, saved),
                _ => Vec::new(),
            };
            head(ui, issue, (state, &rules), commands);
            ui.add_space(size::GRID);
            ScrollArea::vertical()
                .id_salt("issue")
                .auto_shrink(false)
                .show(ui, |ui| {
                    body(ui, issue, app.settings.clock, commands);
                    attributes::section(ui, app, place, issue, commands);
                });
        });
}

fn head(
    ui: &mut Ui,
    issue: &Issue,
    (state, rules): (IssueState, &[&SavedSearch]),
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let (picture, color) = kind_icon(palette, issue.kind);
        icon(ui, picture, color);
        ui.label(RichText::new(issue.kind.detector().title).font(theme::heading()));
        if let Some(color) = state_color(palette, state) {
            chip(ui, state.name(), color);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close the details").clicked() {
                commands.push(Command::SelectIssue(None));
            }
        });
    });
    // What a rule ignores is open again once the rule is gone.
    if !rules.is_empty() {
        return noise::chips(ui, "Ignored by", rules, commands);
    }
    ui.horizontal(|ui| {
        let choices = match state.is_open() {
            true => vec![
                (Icon::Check, "Resolve", IssueState::Resolved),
                (Icon::FilterOut, "Ignore", IssueState::Ignored),
            ],
            false => vec![(Icon::Refresh, "Open again", IssueState::Open)],
        };
        for (picture, label, state) in choices {
            if icon_text_button(ui, picture, label).clicked() {
                commands.push(Command::DecideIssue {
                    kind: issue.kind.name().to_owned(),
                    fingerprint: issue.fingerprint.clone(),
                    state,
                });
            }
        }
    });
}

fn body(ui: &mut Ui, issue: &Issue, clock: Clock, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    ui.add(
        Label::new(RichText::new(title(issue)).font(theme::mono()))
            .wrap()
            .selectable(true),
    );
    ui.add_space(size::GAP);
    match issue.kind {
        // Of an error the title says all of it.
        Kind::Error => ui.add(Label::new(issue.place()).wrap().selectable(true)),
        _ => ui.add(Label::new(issue.story()).wrap().selectable(true)),
    };
    ui.add_space(size::GRID);
    let advice = RichText::new(issue.kind.detector().advice).color(palette.muted);
    ui.add(Label::new(advice).wrap());
    ui.add_space(size::GAP);
    facts(ui, "issue facts", &lines(issue, clock));
    heading(ui, palette, "Where it was met");
    samples(ui, issue, clock, commands);
    attributes::ways(ui, issue, commands);
    if let Some(failure) = issue
        .failure
        .as_ref()
        .filter(|failure| !failure.exceptions.is_empty())
    {
        heading(ui, palette, "Stack trace");
        stack::chain(ui, failure);
    }
    breadcrumbs(ui, palette, issue);
    if !issue.evidence.is_empty() {
        heading(ui, palette, "Evidence");
        for (name, value) in &issue.evidence {
            let name = human::capitalised(&name.replace('_', " "));
            let name = RichText::new(name).font(theme::small());
            ui.label(name.color(palette.muted));
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let value = RichText::new(value).font(theme::mono_small());
            ui.add(Label::new(value).wrap().selectable(true));
        }
    }
    for (name, key, counts) in [
        ("Releases", "release", &issue.releases),
        ("Environments", "environment", &issue.environments),
        ("Users", "user", &issue.users),
    ] {
        breakdown(ui, palette, (name, key), counts, issue.count, commands);
    }
}

pub(super) fn heading(ui: &mut Ui, palette: &Palette, text: &str) {
    ui.add_space(size::GAP + size::GRID);
    ui.label(
        RichText::new(text)
            .font(theme::small_strong())
            .color(palette.muted),
    );
    ui.add_space(size::GRID);
}

fn lines(issue: &Issue, clock: Clock) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("Count", human::grouped(issue.count)),
        ("First seen", human::date_time(issue.first_seen, clock)),
        ("Last seen", human::date_time(issue.last_seen, clock)),
    ];
    if let Some(won) = issue.time_to_win {
        lines.push(("Time to win", human::duration(won)));
    }
    if issue.kind == Kind::Error {
        let told = Source::NAMES
            .iter()
            .zip(issue.sources)
            .filter(|(_, count)| *count > 0);
        let told: Vec<String> = told
            .map(|(name, count)| human::counted(count, name))
            .collect();
        lines.push(("Told by", told.join(", ")));
    } else {
        lines.push(("Time taken", human::duration(issue.total_duration)));
        lines.push(("Rule", issue.kind.detector().source.to_owned()));
    }
    if let Some(handled) = issue.failure.as_ref().and_then(|failure| failure.handled) {
        lines.push(("Handled", if handled { "yes" } else { "no" }.to_owned()));
    }
    lines
}

/// The first occurrences, each a way to its records.
fn samples(ui: &mut Ui, issue: &Issue, clock: Clock, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let id = ui.scope_id().with(("all samples", &issue.fingerprint));
    let is_whole = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    let shown = if is_whole { usize::MAX } else { SAMPLES };
    for sample in issue.samples.iter().take(shown) {
        ui.horizontal(|ui| {
            let time = human::date_time(sample.start, clock);
            let numbers = match issue.kind {
                Kind::Error => String::new(),
                _ => format!(
                    "{}, {} of {} · ",
                    human::counted(sample.spans.len() as u64, "span"),
                    human::duration(sample.duration),
                    human::duration(sample.trace_duration)
                ),
            };
            if sample.trace != TraceId::default() {
                let opened = icon_text_button(ui, Icon::Trace, &time);
                let opened = opened.on_hover_text("Open the trace at the first of its spans");
                if opened.clicked() {
                    commands.push(Command::OpenTrace {
                        trace: sample.trace,
                        span: sample.spans.first().copied(),
                    });
                }
            }
            if let Source::Log(at) = sample.source
                && icon_text_button(ui, Icon::Log, "Logs around").clicked()
            {
                let of = Neighbours::Service;
                commands.push(Command::Go(Route::Logs(LogsPlace {
                    around: Some(AroundPlace { at, of }),
                    ..LogsPlace::default()
                })));
            }
            if sample.trace == TraceId::default() {
                ui.label(RichText::new(&time).font(theme::mono_small()));
            }
            let text = format!("{numbers}{}", sample.transaction);
            let text = RichText::new(text)
                .font(theme::small())
                .color(palette.muted);
            ui.add(Label::new(text).truncate());
        });
    }
    let listed = issue.samples.len();
    let all = human::grouped(issue.count);
    if !is_whole && listed > SAMPLES {
        let which = match issue.kind {
            Kind::Error => "newest",
            _ => "longest",
        };
        let text = match listed as u64 >= issue.count {
            true => format!("Show all {all}"),
            false => format!("Show the {which} {listed} of {all}"),
        };
        if ui.link(RichText::new(text).font(theme::small())).clicked() {
            ui.data_mut(|data| data.insert_temp(id, true));
        }
        return;
    }
    more(ui, issue.count.saturating_sub(listed as u64));
}

/// How many are not listed, where some are not.
fn more(ui: &mut Ui, count: u64) {
    if count > 0 {
        let text = format!("and {} more", human::grouped(count));
        let text = RichText::new(text).font(theme::small());
        ui.label(text.color(theme::palette(ui).faint));
    }
}

/// How many occurrences each value has; a click searches for it.
fn breakdown(
    ui: &mut Ui,
    palette: &Palette,
    (name, key): (&str, &str),
    counts: &Counts,
    all: u64,
    commands: &mut Vec<Command>,
) {
    if counts.is_empty() {
        return;
    }
    heading(ui, palette, name);
    let values = most(counts);
    for (value, count) in &values {
        ui.horizontal(|ui| {
            let link = ui.link(RichText::new(&***value).font(theme::mono_small()));
            if link
                .on_hover_text(format!("Show issues with {key} {value}"))
                .clicked()
            {
                commands.push(Command::FilterBy {
                    key: key.to_owned(),
                    value: value.to_string(),
                    exclude: false,
                });
            }
            let share = **count as f64 / all.max(1) as f64 * 100.0;
            let text = format!("{} ({share:.0} %)", human::grouped(**count));
            ui.label(
                RichText::new(text)
                    .font(theme::small())
                    .color(palette.muted),
            );
        });
    }
    more(ui, (counts.len() - values.len()) as u64);
}

/// The most frequent values, those first; looked for in each frame among what may be all users there are.
fn most(counts: &Counts) -> Vec<(&Arc<str>, &u64)> {
    let mut most: Vec<(&Arc<str>, &u64)> = Vec::with_capacity(VALUES + 1);
    for (value, count) in counts {
        // Of equal ones the first in the alphabet stays.
        let place = most.partition_point(|(_, known)| *known >= count);
        if place < VALUES {
            most.insert(place, (value, count));
            most.truncate(VALUES);
        }
    }
    most
}

fn breadcrumbs(ui: &mut Ui, palette: &Palette, issue: &Issue) {
    let crumbs = issue
        .failure
        .as_ref()
        .map_or(&[][..], |failure| &failure.breadcrumbs);
    if crumbs.is_empty() {
        return;
    }
    heading(ui, palette, "What happened before");
    let earlier = crumbs.len().saturating_sub(CRUMBS);
    if earlier > 0 {
        let text = format!(
            "The last {CRUMBS} of {}",
            human::grouped(crumbs.len() as u64)
        );
        let text = RichText::new(text).font(theme::small());
        ui.label(text.color(palette.faint));
    }
    for crumb in crumbs.iter().skip(earlier) {
        let text = format!(
            "{}  {}",
            crumb.category,
            crumb.message.lines().next().unwrap_or_default()
        );
        let color = match crumb.level.as_str() {
            "error" | "fatal" => palette.error,
            "warning" => palette.warning,
            _ => palette.muted,
        };
        let text = RichText::new(text).font(theme::mono_small()).color(color);
        ui.add(Label::new(text).truncate());
    }
}
