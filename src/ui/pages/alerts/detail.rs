//! The selected rule: its chart, what it says, how it can be changed, and its incidents.

use super::chart::{Chart, incident_name};
use super::form::Form;
use super::list::level_color;
use super::timeline::timeline;
use crate::alerts::judged::span_words;
use crate::alerts::rule::{Measure, Metric, Rule, Subject, Watches};
use crate::alerts::{Backtest, Ended, Incident, RuleResult, suggest, words};
use crate::app::route::{AlertsPlace, IssuesPlace, LogsPlace, Route, SpansPlace, TracesPlace};
use crate::app::{App, Command};
use crate::model::human::{self, Clock};
use crate::model::{Nanos, TimeRange};
use crate::ui::icons::{Icon, icon_button, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::truncated_label;
use egui::{Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Ui};
use std::borrow::Cow;

/// Incidents listed at first, and when all are asked for; how many more there are is said.
const FIRST: usize = 5;
const LISTED: usize = 200;
const MINUTE: i64 = 60_000_000_000;

/// The pane. `trial` is the rule as it is being changed on the chart, with the name of the one it was made of; `form` what is
/// being typed.
pub(super) fn rule(
    ui: &mut Ui,
    app: &App,
    place: &AlertsPlace,
    backtest: &Backtest,
    (trial, form): (&mut Option<(String, Rule)>, &mut Option<Form>),
    commands: &mut Vec<Command>,
) {
    let name = place.rule.as_deref().unwrap_or_default();
    let Some(result) = backtest
        .results
        .iter()
        .find(|result| result.rule.name == name)
    else {
        let shown = EmptyState::new(
            Icon::Search,
            "There is no such rule",
            "It was renamed or taken away.",
        );
        if shown.action("Close").show(ui).is_some() {
            commands.push(Command::SelectRule(None));
        }
        return;
    };
    if trial.as_ref().is_some_and(|(of, _)| of != name) {
        *trial = None;
    }
    let result = match trial {
        Some((_, rule)) => Cow::Owned(result.again(rule)),
        None => Cow::Borrowed(result),
    };
    let mut changed = result.rule.clone();
    let mut done = false;
    Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            head(ui, &result, commands);
            ui.add_space(size::GRID);
            ScrollArea::vertical()
                .id_salt("rule")
                .auto_shrink(false)
                .show(ui, |ui| {
                    let mut pane = Pane {
                        app,
                        backtest,
                        result: &result,
                        form: &mut *form,
                    };
                    done = pane.body(ui, &mut changed, commands);
                });
        });
    if done {
        *form = None;
        *trial = None;
        let saved = app.alerts.set().rules.iter().find(|rule| rule.name == name);
        if saved != Some(&changed) {
            commands.push(Command::ChangeRule {
                name: name.to_owned(),
                rule: Box::new(changed),
            });
        }
    } else if changed != result.rule {
        *trial = Some((name.to_owned(), changed));
    }
}

fn head(ui: &mut Ui, result: &RuleResult, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close the details").clicked() {
                commands.push(Command::SelectRule(None));
            }
            if icon_text_button(ui, Icon::Close, "Remove").clicked() {
                commands.push(Command::RemoveRule(result.rule.name.clone()));
            }
            if let Some(level) = result.level() {
                chip(ui, level.name(), level_color(palette, Some(level)));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                truncated_label(ui, &result.rule.name, theme::heading(), palette.text);
            });
        });
    });
}

/// What the pane is about.
struct Pane<'a> {
    app: &'a App,
    backtest: &'a Backtest,
    result: &'a RuleResult,
    form: &'a mut Option<Form>,
}

impl Pane<'_> {
    /// Whether what was changed is to be kept.
    fn body(&mut self, ui: &mut Ui, changed: &mut Rule, commands: &mut Vec<Command>) -> bool {
        let Self {
            app,
            backtest,
            result,
            form,
        } = self;
        let palette = theme::palette(ui);
        let muted = |text: String| {
            Label::new(RichText::new(text).color(palette.muted))
                .wrap()
                .selectable(true)
        };
        ui.add(muted(words::rule(&result.rule)));
        ui.add(
            Label::new(figures(backtest, result))
                .wrap()
                .selectable(true),
        );
        for note in &result.notes {
            ui.add(muted(note.clone()));
        }
        ui.add_space(size::GAP);
        let mut done = false;
        if let (Watches::Metric(metric), Some(judged)) = (&result.rule.watches, &result.judged) {
            let chart = Chart {
                metric,
                judged,
                incidents: &result.incidents,
                clock: app.settings.clock,
            };
            let output = chart.show(ui);
            if let Some((level, value)) = output.moved
                && let Watches::Metric(metric) = &mut changed.watches
                && let Some(thresholds) = metric.thresholds_mut()
            {
                let moved = thresholds.with(level, value);
                // A warning stays before critical, and so does what resolves it.
                if moved.fault().is_none() {
                    *thresholds = moved;
                }
            }
            done |= output.released;
            if let Some(incident) = output.chosen.and_then(|at| result.incidents.get(at)) {
                commands.push(Command::Go(records(metric, incident)));
            }
            ui.add_space(size::GAP);
            done |= suggestion(ui, backtest, result, metric, changed);
        }
        if matches!(result.rule.watches, Watches::Issues(_)) {
            timeline(ui, result, &backtest.recorded, app.settings.clock);
            ui.add_space(size::GAP);
        }
        incidents(ui, result, app.settings.clock, commands);
        heading(ui, "Rule");
        let others = app.alerts.set().rules.iter().map(|rule| &*rule.name);
        let others: Vec<&str> = others.filter(|name| *name != result.rule.name).collect();
        if let Some(new) = Form::ui(ui, form, &result.rule, &others) {
            *changed = new;
            done = true;
        }
        done
    }
}

/// What it would have done, in figures.
fn figures(backtest: &Backtest, result: &RuleResult) -> String {
    let fired = result.pages() + result.notifications();
    let week = backtest
        .per_week(fired)
        .map_or_else(String::new, |week| format!(" ({week:.1} a week)"));
    format!(
        "{}: {}, {}{week}; {} in alert",
        human::counted(result.incidents.len() as u64, "incident"),
        human::counted(result.pages(), "page"),
        human::counted(result.notifications(), "notification"),
        span_words(usize::try_from(result.minutes()).unwrap_or(0)),
    )
}

/// The threshold that would page at most twice a week.
fn suggestion(
    ui: &mut Ui,
    backtest: &Backtest,
    result: &RuleResult,
    metric: &Metric,
    changed: &mut Rule,
) -> bool {
    const PAGES: f64 = 2.0;
    let Some(judged) = &result.judged else {
        return false;
    };
    // Computed when it is asked for: it takes hundreds of tries.
    if metric.thresholds().is_none() {
        return false;
    }
    let asked = icon_text_button(ui, Icon::Check, "At most two pages a week")
        .on_hover_text("Sets the critical threshold to the most sensitive one that would have fired no more often")
        .clicked();
    if !asked {
        return false;
    }
    let most = suggest::allowed(PAGES, &backtest.recorded);
    if let Some(found) = suggest::suggest(metric, judged, most) {
        changed.watches = Watches::Metric(Box::new(suggest::applied(metric, found)));
        return true;
    }
    false
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(size::GAP);
    ui.label(RichText::new(text).font(theme::strong()));
    ui.add_space(size::GRID);
}

fn incidents(ui: &mut Ui, result: &RuleResult, clock: Clock, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    heading(ui, "Incidents");
    if result.incidents.is_empty() {
        ui.label(RichText::new("It never fired in what was recorded.").color(palette.muted));
        return;
    }
    let id = ui.scope_id().with(("all incidents", &result.rule.name));
    let is_whole = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    let shown = if is_whole { LISTED } else { FIRST };
    for incident in result.incidents.iter().take(shown) {
        ui.horizontal_wrapped(|ui| {
            chip(
                ui,
                incident.level.name(),
                level_color(palette, Some(incident.level)),
            );
            ui.label(RichText::new(super::chart::time(incident.start, clock)).font(theme::mono()));
            let lasted = span_words(usize::try_from(incident.minutes()).unwrap_or(0));
            let lasted = match (&result.rule.watches, incident.ended) {
                (Watches::Issues(_), _) => String::new(),
                (_, Ended::Resolved) => lasted,
                (_, Ended::Stopped) => format!("{lasted}, then nothing to judge"),
            };
            if !lasted.is_empty() {
                let lasted = RichText::new(lasted).font(theme::mono());
                ui.label(lasted.color(palette.muted));
            }
            links(ui, result, incident, clock, commands);
        });
        if let Some(met) = incident.issue.and_then(|at| result.issues.get(at)) {
            truncated_label(ui, &met.title, theme::mono_small(), palette.muted);
        }
    }
    let all = result.incidents.len() as u64;
    if !is_whole && result.incidents.len() > FIRST {
        let text = format!(
            "Show {}",
            human::counted(all.min(LISTED as u64), "incident")
        );
        if ui.link(RichText::new(text).font(theme::small())).clicked() {
            ui.data_mut(|data| data.insert_temp(id, true));
        }
    }
    let listed = all.min(LISTED as u64);
    if is_whole && listed < all {
        let text = human::first_of(listed, all, "incident");
        ui.label(
            RichText::new(text)
                .font(theme::small())
                .color(palette.faint),
        );
    }
}

fn links(
    ui: &mut Ui,
    result: &RuleResult,
    incident: &Incident,
    clock: Clock,
    commands: &mut Vec<Command>,
) {
    let name = incident_name(incident, clock);
    let mut link = |ui: &mut Ui, text: &str, route: Route| {
        let response = ui.link(RichText::new(text).font(theme::small()));
        let label = format!("{text}: {name}");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Link, true, label.clone()));
        if response.clicked() {
            commands.push(Command::Go(route));
        }
    };
    match &result.rule.watches {
        Watches::Metric(metric) => {
            link(ui, noun(metric.subject), records(metric, incident));
            let range = Some(range_of(metric, incident));
            if metric.subject == Subject::Spans {
                let query = query_of(metric);
                link(
                    ui,
                    "Traces",
                    Route::Traces(TracesPlace {
                        query,
                        range,
                        ..TracesPlace::default()
                    }),
                );
            }
            if metric.subject != Subject::Logs {
                link(
                    ui,
                    "Logs",
                    Route::Logs(LogsPlace {
                        range,
                        ..LogsPlace::default()
                    }),
                );
            }
        }
        Watches::Issues(_) => {
            if let Some(met) = incident.issue.and_then(|at| result.issues.get(at)) {
                link(
                    ui,
                    "Issue",
                    Route::Issues(IssuesPlace::of(&met.fingerprint)),
                );
            }
        }
    }
}

fn noun(subject: Subject) -> &'static str {
    match subject {
        Subject::Spans => "Spans",
        Subject::Logs => "Log records",
        Subject::Errors => "Issues",
    }
}

/// What is searched for to see the records behind a value.
fn query_of(metric: &Metric) -> String {
    match &metric.measure {
        Measure::Share(part) => format!("{} {}", metric.filter.text, part.text)
            .trim()
            .to_owned(),
        _ => metric.filter.text.clone(),
    }
}

/// From the beginning of the first window that fired to the end of the last.
fn range_of(metric: &Metric, incident: &Incident) -> TimeRange {
    TimeRange {
        start: Nanos((incident.start - metric.window as i64).saturating_mul(MINUTE)),
        end: Nanos(incident.end.saturating_mul(MINUTE)),
    }
}

/// The place that shows the records of an incident.
fn records(metric: &Metric, incident: &Incident) -> Route {
    let (query, range) = (query_of(metric), Some(range_of(metric, incident)));
    match metric.subject {
        Subject::Spans => Route::Spans(SpansPlace {
            query,
            range,
            ..SpansPlace::default()
        }),
        Subject::Logs => Route::Logs(LogsPlace {
            query,
            range,
            ..LogsPlace::default()
        }),
        Subject::Errors => Route::Issues(IssuesPlace {
            query,
            ..IssuesPlace::default()
        }),
    }
}
