//! Commands carried out: each changes the state, none waits for anything.

mod alerts;
mod insights;
mod issues;
mod spans;

use super::columns::{LOG_COLUMNS, SPAN_COLUMNS, Usual};
use super::command::Command;
use super::comparing;
use super::questions::Question;
use super::route::{
    AroundPlace, GroupsPlace, HealthOf, IssuesPlace, LogsPlace, LogsView, Route, SpansPlace,
    SpansView, TracePlace, TraceView, TracesPlace,
};
use super::state::{App, StoreState};
use super::views::{Picture, Step};
use crate::analysis::{Expansion, GroupOptions, NodeIndex, SpanIndex};
use crate::model::{SpanId, TraceId};
use crate::query;
use crate::store::{SavedChange, TraceOrder};
use std::path::PathBuf;

impl App {
    /// Does one thing.
    pub fn run(&mut self, command: Command) {
        match command {
            Command::Go(route) => self.go(route),
            Command::ShowTraces => self.show(
                |route| matches!(route, Route::Traces(_)),
                Route::Traces(TracesPlace::default()),
            ),
            Command::ShowSpans => self.show_spans(),
            Command::ShowLogs => {
                let columns = self.settings.log_columns.clone();
                let fresh = Route::Logs(LogsPlace {
                    columns,
                    ..LogsPlace::default()
                });
                self.show(|route| matches!(route, Route::Logs(_)), fresh);
            }
            Command::ShowIssues => self.show_issues(),
            Command::ShowAlerts => self.show_alerts(),
            Command::ShowAlertsAs(view) => self.show_alerts_as(view),
            Command::SelectRule(rule) => self.select_rule(rule),
            Command::SaveRules(text) => self.save_rules(text),
            Command::AddRule(starter) => self.add_rule(&starter),
            Command::ChangeRule { name, rule } => self.change_rule(&name, &rule),
            Command::NewRule { about_issues } => self.new_rule(about_issues),
            Command::RemoveRule(name) => self.remove_rule(&name),
            Command::ShowChanges(sides) => self.show_changes(sides),
            Command::ShowThresholds => self.show_thresholds(),
            Command::SetThreshold { name, value } => self.set_threshold(name, value.as_deref()),
            Command::ShowIssueAttributes { records, attribute } => {
                self.show_issue_attributes(records, attribute);
            }
            Command::SelectIssue(fingerprint) => self.select_issue(fingerprint),
            Command::ShowIssuesIn(shown) => self.show_issues_in(shown),
            Command::SortIssues(order) => self.sort_issues(order),
            Command::DecideIssue {
                kind,
                fingerprint,
                state,
            } => self.decide_issue(&kind, &fingerprint, state),
            Command::ShowInsights => self.show_insights(),
            Command::ShowOverview => self.show_health(HealthOf::Capture),
            Command::ShowDoctor => self.show_health(HealthOf::Instrumentation),
            Command::ShowModule(module) => self.show_module(module),
            Command::FilterInsights(filters) => self.filter_insights(filters),
            Command::GroupInsights(by) => self.group_insights(by),
            Command::SortInsights(column) => self.sort_insights(&column),
            Command::OpenInsight(row) => self.open_insight(row),
            Command::ShowBehind { row, column } => {
                if let Route::Insights(place) = self.route().clone() {
                    self.show_behind(&place, &row, column);
                }
            }
            Command::FollowLook(row) => {
                if let Route::Insights(place) = self.route().clone() {
                    self.follow_look(&place, row);
                }
            }
            Command::SetApdex { transaction, nanos } => match nanos {
                Some(nanos) => drop(self.settings.apdex.insert(transaction, nanos)),
                None => drop(self.settings.apdex.remove(&transaction)),
            },
            Command::CopyInsight(form) => {
                if let Route::Insights(place) = self.route().clone() {
                    self.copy_insight(&place, form);
                }
            }
            Command::ShowImports => self.history.push(Route::Imports),
            Command::Back => self.history.back(),
            Command::Forward => self.history.forward(),
            Command::Import(paths) => self.import(paths),
            Command::Replace { import, path } => {
                if self.may_import() {
                    self.waiting_imports += 1;
                    self.writer.replace(import, path);
                }
            }
            Command::SaveText { path, text } => {
                self.waiting_imports += 1;
                self.writer.save_text(path, text);
            }
            Command::ShowExport => self.show_export(),
            Command::ShowExportOfSelected => self.show_export_of_selected(),
            Command::HideExport => self.export = None,
            Command::Export {
                export,
                path,
                replace,
            } => self.export_to(*export, path, replace),
            Command::CancelImport => self.writer.cancel(),
            Command::RemoveImport(import) => {
                self.waiting_imports += 1;
                self.writer.remove(import);
            }
            Command::Search(query) => {
                self.remember_search(&query);
                self.search(query);
            }
            Command::SaveSearch(name) => self.change_saved(SavedChange::Save(self.place_as(&name))),
            Command::RenameSearch { from, to } => {
                self.change_saved(SavedChange::Rename { from, to })
            }
            Command::DeleteSearch(name) => self.change_saved(SavedChange::Delete(name)),
            Command::FilterBy {
                key,
                value,
                exclude,
            } => match self.route().clone() {
                Route::Logs(_) => self.run(Command::FilterLogsBy {
                    key,
                    value,
                    exclude,
                }),
                Route::Spans(place) => self.push_spans(SpansPlace {
                    query: query::with_term(&place.query, &key, &value, exclude),
                    ..place
                }),
                Route::Issues(place) => {
                    let query = query::with_term(&place.query, &key, &value, exclude);
                    self.search(query);
                }
                route => {
                    let query = if let Route::Traces(place) = route {
                        place.query
                    } else {
                        String::new()
                    };
                    let query = query::with_term(&query, &key, &value, exclude);
                    self.history.push(Route::Traces(TracesPlace {
                        query,
                        ..TracesPlace::default()
                    }));
                }
            },
            Command::FilterLogsBy {
                key,
                value,
                exclude,
            } => {
                let mut place = self.logs_place();
                place.query = query::with_term(&place.query, &key, &value, exclude);
                place.around = None;
                self.history.push(Route::Logs(place));
            }
            Command::Narrow { key, what, exclude } => {
                let query = match self.route() {
                    Route::Logs(place) => &place.query,
                    Route::Spans(place) => &place.query,
                    _ => return,
                };
                if let Some(query) = comparing::narrowed(query, &key, &what, exclude) {
                    self.search(query);
                }
            }
            Command::CompareWith(against) => match self.route().clone() {
                Route::Logs(place) => self.history.push(Route::Logs(LogsPlace {
                    against,
                    view: LogsView::Differs,
                    around: None,
                    ..place
                })),
                Route::Spans(place) => self.push_spans(SpansPlace {
                    against,
                    view: SpansView::Differs,
                    ..place
                }),
                _ => {}
            },
            Command::SortTraces(order) => self.sort_traces(order),
            Command::TimeRange(range) => match self.route().clone() {
                Route::Logs(place) => self.history.push(Route::Logs(LogsPlace { range, ..place })),
                Route::Traces(place) => {
                    self.history
                        .push(Route::Traces(TracesPlace { range, ..place }));
                }
                Route::Spans(place) => self.push_spans(SpansPlace { range, ..place }),
                Route::Insights(mut place) => {
                    place.filters.range = range;
                    self.history.push(Route::Insights(place));
                }
                Route::Health(mut place) => {
                    place.filters.range = range;
                    self.history.push(Route::Health(place));
                }
                Route::Trace(_)
                | Route::Compare(_)
                | Route::Issues(_)
                | Route::Alerts(_)
                | Route::Imports
                | Route::Import(_) => {}
            },
            Command::ShowSpansAs(view) => self.show_spans_as(view),
            Command::DrawSpansAs(chart) => self.draw_spans_as(chart),
            Command::SortSpans(order) => self.sort_spans(order),
            Command::SpanRegion { range, durations } => self.span_region(range, durations),
            Command::ShowLogsAs(view) => {
                if let Route::Logs(mut place) = self.route().clone() {
                    place.view = view;
                    if view == LogsView::Groups && place.groups == GroupsPlace::default() {
                        place.groups.keys.push("service".to_owned());
                    }
                    self.history.push(Route::Logs(place));
                }
            }
            Command::LogsLike(pieces) => {
                if let Route::Logs(place) = self.route().clone() {
                    self.history.push(Route::Logs(LogsPlace {
                        query: query::with_pieces(&place.query, "message", &pieces),
                        view: LogsView::Records,
                        ..place
                    }));
                }
            }
            Command::Group(groups) => match self.route().clone() {
                Route::Logs(place) => self.history.push(Route::Logs(LogsPlace {
                    groups,
                    view: LogsView::Groups,
                    around: None,
                    ..place
                })),
                Route::Spans(place) => self.push_spans(SpansPlace {
                    groups,
                    view: SpansView::Groups,
                    ..place
                }),
                _ => {}
            },
            Command::RecordsOfGroup(values) => match self.route().clone() {
                Route::Logs(place) => {
                    let records = query::of_records(&place.query);
                    self.history.push(Route::Logs(LogsPlace {
                        query: values.iter().fold(records, with_value),
                        view: LogsView::Records,
                        ..place
                    }));
                }
                Route::Spans(place) => {
                    let records = query::of_records(&place.query);
                    self.push_spans(SpansPlace {
                        query: values.iter().fold(records, with_value),
                        view: SpansView::Spans,
                        ..place
                    });
                }
                _ => {}
            },
            Command::ToggleFacet(kind, key) => {
                let facets = self.settings.facets_mut(kind);
                match facets.iter().position(|shown| *shown == key) {
                    Some(at) => drop(facets.remove(at)),
                    None => facets.push(key),
                }
            }
            Command::ToggleFacets => self.settings.facets_shown = !self.settings.facets_shown,
            Command::ToggleColumn(column) => {
                self.change_columns(|usual, named| usual.toggled(named, &column));
            }
            Command::MoveColumn { from, to } => {
                self.change_columns(|usual, named| usual.moved(named, from, to));
            }
            Command::ToggleAllSteps => {
                if let Picture::Compare(picture) = &mut self.history.current_mut().picture {
                    picture.all_steps = !picture.all_steps;
                    picture.selected = None;
                    picture.offset_rows = 0.0;
                }
            }
            Command::OrderTraceColumns(keys) => self.settings.trace_columns = keys,
            Command::ToggleWrap => self.settings.wrap_messages = !self.settings.wrap_messages,
            Command::ShowAround(around) => self.show_around(around),
            Command::LeaveAround => self.leave_around(),
            Command::Compare(trace) => self.compare(*trace),
            Command::CompareNone => self.looks.kept = None,
            Command::OpenTrace { trace, span } => self
                .history
                .push(Route::Trace(TracePlace::new(trace, span))),
            Command::OpenTraceNumber(number) => self.jobs.ask(Question::Jump(number)),
            Command::NextFailure => self.step_to_failure(Step::Next),
            Command::PreviousFailure => self.step_to_failure(Step::Previous),
            Command::Find(text) => self.find(text),
            Command::StopFinding => self.stop_finding(),
            Command::NextMatch => self.step_to_match(Step::Next),
            Command::PreviousMatch => self.step_to_match(Step::Previous),
            Command::ShowOthers(others) => self.show_others(others),
            Command::ShowTraceAs(view) => self.show_trace_as(view),
            Command::SetLook(option) => self.set_look(option),
            Command::TellStoryOf(of) => {
                let span = self.selected_span();
                if let Some(picture) = self.trace_picture() {
                    picture.story.tell(of, span);
                }
            }
            Command::ToggleStoryWithin => {
                if let Some(picture) = self.trace_picture() {
                    picture.story.within = !picture.story.within;
                }
            }
            Command::LogsOf { trace, span } => self.logs_of(trace, span),
            Command::EditNote => self.edit_note(),
            Command::LeaveNote => self.pane.draft = None,
            Command::MoveDetails => {
                self.settings.details_below = !self.settings.details_below;
            }
            Command::ShowSpansWith(key) => {
                self.show_spans();
                if let Route::Spans(place) = self.route()
                    && !SPAN_COLUMNS.shown(&place.columns).contains(&key)
                {
                    self.run(Command::ToggleColumn(key));
                }
            }
            Command::WriteNote { trace, span, text } => self.write_note(trace, span, text),
            // One switch for both kinds of repeats.
            Command::ToggleSiblings => self.group(|options| {
                options.siblings = !options.siblings;
                options.repeats = options.siblings;
            }),
            Command::ToggleChains => self.group(|options| options.chains = !options.chains),
            Command::ToggleGaps => self.group(|options| options.gaps = !options.gaps),
            Command::ExpandAll => {
                if let Some(picture) = self.trace_picture() {
                    picture.showing.folded.clear();
                }
                self.expand(|expansion| {
                    expansion.set_all_groups(true);
                    expansion.unfold_all_spans();
                });
            }
            Command::CollapseGroups => self.expand(|expansion| expansion.set_all_groups(false)),
            Command::Look(look) => self.look(look),
            Command::NextAppearance => self.settings.appearance = self.settings.appearance.next(),
            Command::ToggleClock => {
                use crate::model::human::Clock;
                self.settings.clock = match self.settings.clock {
                    Clock::Local => Clock::Utc,
                    Clock::Utc => Clock::Local,
                };
            }
        }
    }

    /// Goes to a place, also when one came from there and has looked elsewhere in it since.
    pub(super) fn go(&mut self, route: Route) {
        if *self.route() == route && self.place() != route {
            self.history.visit(route);
        } else {
            self.history.push(route);
        }
    }

    /// Another look at the same trace: what is selected stays, and is brought into view.
    fn show_trace_as(&mut self, view: TraceView) {
        let grouped = self.grouped.value.clone();
        let Some(picture) = self.trace_picture() else {
            return;
        };
        picture.view = view;
        let nodes = grouped
            .as_ref()
            .map_or(0, |grouped| grouped.waterfall.nodes().len());
        let selected = picture.selected.filter(|node| node.at() < nodes);
        if let (TraceView::Waterfall, Some(node)) = (view, selected) {
            self.bring_up(node);
        }
    }

    fn show(&mut self, wanted: impl Fn(&Route) -> bool, fresh: Route) {
        let route = self.history.last(wanted).unwrap_or(fresh);
        self.history.push(route);
    }

    fn import(&mut self, paths: Vec<PathBuf>) {
        if !paths.is_empty() && self.may_import() {
            self.waiting_imports += 1;
            self.writer.import(paths);
        }
    }

    /// Whether the store can be written to; says so if not.
    fn may_import(&mut self) -> bool {
        let StoreState::NotWritable(reason) = &self.store else {
            return true;
        };
        let text = format!("Nothing can be imported: {}", reason.reason);
        self.tell(text, true);
        false
    }

    fn search(&mut self, query: String) {
        match self.route().clone() {
            Route::Traces(place) => self
                .history
                .push(Route::Traces(TracesPlace { query, ..place })),
            Route::Logs(place) => self.history.push(Route::Logs(LogsPlace {
                query,
                around: None,
                ..place
            })),
            Route::Spans(place) => self.push_spans(SpansPlace { query, ..place }),
            Route::Issues(place) => self
                .history
                .push(Route::Issues(IssuesPlace { query, ..place })),
            Route::Insights(mut place) => {
                place.filters.query = query;
                self.history.push(Route::Insights(place));
            }
            Route::Health(mut place) => {
                place.filters.query = query;
                self.history.push(Route::Health(place));
            }
            Route::Trace(_)
            | Route::Compare(_)
            | Route::Alerts(_)
            | Route::Imports
            | Route::Import(_) => {
                self.history.push(Route::Traces(TracesPlace {
                    query,
                    ..TracesPlace::default()
                }));
            }
        }
    }

    fn sort_traces(&mut self, order: TraceOrder) {
        let entry = self.history.current_mut();
        if let Route::Traces(place) = &mut entry.route {
            // Names read best from A, numbers and times from the largest.
            let first = !matches!(order, TraceOrder::Name | TraceOrder::Service);
            place.descending = if place.order == order {
                !place.descending
            } else {
                first
            };
            place.order = order;
        }
        if let Picture::Traces(picture) = &mut entry.picture {
            picture.offset_rows = 0.0;
            picture.selected = None;
        }
    }

    /// Changes which columns the current list shows, and what the next one begins with.
    fn change_columns(&mut self, change: impl FnOnce(&Usual, &[String]) -> Vec<String>) {
        let (usual, columns, kept) = match &mut self.history.current_mut().route {
            Route::Logs(place) => (
                &LOG_COLUMNS,
                &mut place.columns,
                &mut self.settings.log_columns,
            ),
            Route::Spans(place) => (
                &SPAN_COLUMNS,
                &mut place.columns,
                &mut self.settings.span_columns,
            ),
            _ => return,
        };
        *columns = change(usual, columns);
        kept.clone_from(columns);
    }

    /// The current place of the log search, or a fresh one.
    fn logs_place(&self) -> LogsPlace {
        match self.route() {
            Route::Logs(place) => place.clone(),
            _ => LogsPlace {
                columns: self.settings.log_columns.clone(),
                ..LogsPlace::default()
            },
        }
    }

    /// Other neighbours of the same record refine the place, so that the way back stays one step.
    fn show_around(&mut self, around: AroundPlace) {
        let mut place = self.logs_place();
        let is_shown = place.around.is_some_and(|shown| shown.at == around.at);
        place.around = Some(around);
        match is_shown {
            true => self.history.current_mut().route = Route::Logs(place),
            false => self.history.push(Route::Logs(place)),
        }
    }

    /// Where one came from is as one left it; a copied place leads to its search.
    fn leave_around(&mut self) {
        let mut place = self.logs_place();
        place.around = None;
        let search = Route::Logs(place);
        match self
            .history
            .previous()
            .is_some_and(|route| *route == search)
        {
            true => self.history.back(),
            false => self.history.push(search),
        }
    }

    fn logs_of(&mut self, trace: TraceId, span: Option<SpanId>) {
        let mut query = query::with_term("", "trace", &trace.to_string(), false);
        if let Some(span) = span {
            query = query::with_term(&query, "span", &span.to_string(), false);
        }
        let columns = self.settings.log_columns.clone();
        self.history.push(Route::Logs(LogsPlace {
            query,
            columns,
            ..LogsPlace::default()
        }));
    }

    fn group(&mut self, change: impl FnOnce(&mut GroupOptions)) {
        let selected_span = self
            .grouped
            .value
            .as_ref()
            .zip(self.selected_node())
            .is_some_and(|(grouped, node)| node.at() < grouped.trace.spans.len());
        if let Some(picture) = self.trace_picture() {
            change(&mut picture.options);
            // Spans keep their node numbers in another grouping, groups do not.
            picture.selected = picture.selected.filter(|_| selected_span);
            picture.revision += 1;
        }
    }

    fn expand(&mut self, change: impl FnOnce(&mut Expansion)) {
        if let Some(picture) = self.trace_picture() {
            change(&mut picture.expansion);
            picture.revision += 1;
        }
    }

    /// The selected span, or the first of the selected group.
    pub fn selected_span(&self) -> Option<SpanIndex> {
        let grouped = self.grouped.value.as_ref()?;
        let nodes = grouped.waterfall.nodes().len();
        let node = self.selected_node().filter(|node| node.at() < nodes)?;
        grouped.waterfall.first_span(node)
    }

    pub(super) fn selected_node(&self) -> Option<NodeIndex> {
        match &self.history.current().picture {
            Picture::Trace(picture) => picture.selected,
            _ => None,
        }
    }
}

/// The search with the demand that an attribute have this value, or none.
fn with_value(query: String, (key, value): &(String, Option<String>)) -> String {
    match value {
        Some(value) => query::with_term(&query, key, value, false),
        None => query::with_absence(&query, key),
    }
}
