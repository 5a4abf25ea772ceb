//! The frame around every page: bar, tabs, drop target, actions, messages.

mod bar;

use super::actions::{self, Act, Page, WindowAct};
use super::dialogs::{Chosen, Dialogs};
use super::go_to::GoTo;
use super::keys_list::KeysList;
use super::pages::alerts::AlertsPage;
use super::pages::compare::ComparePage;
use super::pages::import_report::{self, ImportReportPage};
use super::pages::imports::ImportsPage;
use super::pages::insights::InsightsPage;
use super::pages::issues::IssuesPage;
use super::pages::logs::LogsPage;
use super::pages::overview::OverviewPage;
use super::pages::spans::SpansPage;
use super::pages::trace::TracePage;
use super::pages::traces::TracesPage;
use super::palette::Palette;
use super::save_search::SaveSearch;
use super::theme::{self, size};
use super::widgets::toast::{ToastKind, Toasts};
use crate::app::jobs::Wake;
use crate::app::route::HealthOf;
use crate::app::settings::Appearance;
use crate::app::state::StoreState;
use crate::app::{App, Command, Route};
use crate::model::human;
use egui::{Context, Frame, Ui};
use std::path::PathBuf;

/// The whole window as one value: egui calls [`Shell::ui`] once a frame.
pub struct Shell {
    /// What is shown.
    pub app: App,
    dialogs: Dialogs,
    toasts: Toasts,
    focus_search: bool,
    /// Whether something was being typed at the end of the frame before.
    typing: bool,
    keys: KeysList,
    chooser: Palette,
    go_to: GoTo,
    save_search: SaveSearch,
    imports: ImportsPage,
    import_report: ImportReportPage,
    traces: TracesPage,
    trace: TracePage,
    spans: SpansPage,
    compare: ComparePage,
    logs: LogsPage,
    issues: IssuesPage,
    insights: InsightsPage,
    overview: OverviewPage,
    alerts: AlertsPage,
    applied_dark: Option<bool>,
    /// Whether a dialog was open in the frame before.
    dialog: bool,
    /// The visit shown last, and its kind of page.
    visit: Option<(u64, std::mem::Discriminant<Route>)>,
}

impl Shell {
    /// A window on an app; `wake` asks for a frame from other threads.
    pub fn new(mut app: App, wake: Wake) -> Self {
        app.painter = Some(super::picture::png);
        Self {
            app,
            dialogs: Dialogs::new(wake),
            toasts: Toasts::default(),
            focus_search: false,
            typing: false,
            keys: KeysList::default(),
            chooser: Palette::default(),
            go_to: GoTo::default(),
            save_search: SaveSearch::default(),
            imports: ImportsPage::default(),
            import_report: ImportReportPage::default(),
            traces: TracesPage::default(),
            trace: TracePage::default(),
            spans: SpansPage::default(),
            compare: ComparePage::default(),
            logs: LogsPage::default(),
            issues: IssuesPage::default(),
            insights: InsightsPage::default(),
            overview: OverviewPage::default(),
            alerts: AlertsPage::default(),
            applied_dark: None,
            dialog: false,
            visit: None,
        }
    }

    /// One frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        let now = ui.input(|input| input.time);
        self.apply_appearance(ui.ctx());
        let mut commands = Vec::new();
        self.take_keys(ui.ctx(), &mut commands);
        self.take_files(ui.ctx(), &mut commands);
        if regains_focus(ui.ctx()) {
            self.app.look_again();
        }
        self.app.poll(now);
        self.bar(ui, &mut commands);
        self.page(ui, &mut commands);
        self.messages(ui, now);
        drop_hint(ui);
        self.keys.ui(ui.ctx(), Page::of(self.app.route()));
        if let Some(act) = self.chooser.ui(ui.ctx(), &mut self.app) {
            self.do_act(ui.ctx(), act, &mut commands);
            self.trace.arrive();
        }
        super::export_dialog::ui(ui.ctx(), &mut self.app, &self.dialogs, &mut commands);
        commands.extend(self.go_to.ui(ui.ctx()).map(Command::Go));
        let named = self.save_search.ui(ui.ctx(), &self.app);
        commands.extend(named.map(Command::SaveSearch));
        self.after_dialog(ui.ctx());
        self.typing = ui.ctx().text_edit_focused();
        // A path typed where one is told how to begin.
        let begins = matches!(self.app.route(), Route::Traces(_)) && self.is_first_import();
        if begins && commands.iter().any(|one| matches!(one, Command::Import(_))) {
            commands.insert(0, Command::ShowOverview);
        }
        if !commands.is_empty() {
            for command in commands {
                self.app.run(command);
            }
            ui.ctx().request_repaint();
        }
        if self.app.importing.is_some() {
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_millis(100));
        }
    }

    /// When a dialog was shut and nothing took the keyboard, the page has it again.
    fn after_dialog(&mut self, ctx: &Context) {
        let (open, focused) =
            ctx.memory(|memory| (memory.top_modal_layer().is_some(), memory.focused()));
        let shut = std::mem::replace(&mut self.dialog, open) && !open;
        if shut && focused.is_none() {
            self.page_arrives();
            ctx.request_repaint();
        }
    }

    fn apply_appearance(&mut self, ctx: &Context) {
        let dark = match self.app.settings.appearance {
            Appearance::Dark => true,
            Appearance::Light => false,
            Appearance::System => ctx
                .system_theme()
                .is_none_or(|theme| theme == egui::Theme::Dark),
        };
        if self.applied_dark != Some(dark) {
            self.applied_dark = Some(dark);
            theme::apply(ctx, dark);
        }
    }

    fn take_keys(&mut self, ctx: &Context, commands: &mut Vec<Command>) {
        // Escape has taken the keyboard from a field by now, and belongs to it all the same.
        let typing = self.typing || ctx.text_edit_focused();
        for act in actions::pressed(ctx, &self.app, typing) {
            self.do_act(ctx, act, commands);
        }
    }

    fn do_act(&mut self, ctx: &Context, act: Act, commands: &mut Vec<Command>) {
        match act {
            Act::App(command) => {
                if matches!(command, Command::ShowTraceAs(_)) {
                    self.trace.arrive();
                }
                commands.push(command);
            }
            Act::Steer(steer) => self.trace.steer(steer),
            Act::Window(act) => match act {
                WindowAct::Search => self.focus_search = true,
                WindowAct::OpenFiles => self.dialogs.pick_files(),
                WindowAct::OpenFolder => self.dialogs.pick_folder(),
                WindowAct::ShowKeys => self.keys.toggle(ctx),
                WindowAct::Choose => self.chooser.toggle(ctx, &mut self.app),
                WindowAct::GoToPlace => self.go_to.open(),
                WindowAct::SaveSearch => self.save_search.open(),
                WindowAct::Report(take) => {
                    import_report::take_along(ctx, &mut self.app, &self.dialogs, take);
                }
                WindowAct::CopyPlace => self.copy_place(ctx),
                WindowAct::Copy(text) => {
                    let mut lines = text.lines();
                    let first = lines.next().unwrap_or_default();
                    let more = if lines.next().is_some() { " …" } else { "" };
                    self.app.tell(format!("Copied: {first}{more}"), false);
                    ctx.copy_text(text);
                }
            },
        }
    }

    /// The current place as text that opens it again, here or with `headwater --view`.
    fn copy_place(&mut self, ctx: &Context) {
        let place = self.app.place().to_string();
        ctx.copy_text(place.clone());
        self.app.tell(format!("Copied: {place}"), false);
    }

    fn take_files(&mut self, ctx: &Context, commands: &mut Vec<Command>) {
        let dropped: Vec<PathBuf> = ctx.input(|input| {
            input
                .raw
                .dropped_files
                .iter()
                .map(|file| file.path().to_owned())
                .collect()
        });
        let chosen = match self.dialogs.poll() {
            Some(Chosen::Files(paths)) => paths,
            Some(Chosen::Save { path, text }) => {
                commands.push(Command::SaveText { path, text });
                Vec::new()
            }
            Some(Chosen::ExportTo(path)) => {
                if let Some(draft) = &mut self.app.export {
                    draft.choose(&path);
                }
                Vec::new()
            }
            None => Vec::new(),
        };
        let paths: Vec<PathBuf> = dropped
            .into_iter()
            .chain(chosen)
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
        if !paths.is_empty() {
            if self.is_first_import() {
                commands.push(Command::ShowOverview);
            }
            commands.push(Command::Import(paths));
        }
    }

    fn page(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let palette = theme::palette(ui);
        let focus_search = std::mem::take(&mut self.focus_search);
        self.arrive(ui);
        let frame = Frame::new().fill(palette.panel);
        egui::CentralPanel::default()
            .frame(frame)
            .show(ui, |ui| match self.app.route().clone() {
                Route::Imports => self.imports.ui(ui, &mut self.app, &self.dialogs, commands),
                Route::Import(import) => {
                    self.import_report
                        .ui(ui, &mut self.app, import, &self.dialogs, commands)
                }
                Route::Traces(_) | Route::Health(_) if self.nothing_yet() => {
                    self.imports.ui(ui, &mut self.app, &self.dialogs, commands)
                }
                Route::Traces(place) => {
                    self.traces
                        .ui(ui, &mut self.app, &place, focus_search, commands)
                }
                Route::Trace(place) => {
                    self.trace
                        .ui(ui, &mut self.app, place, focus_search, commands)
                }
                Route::Compare(place) => self.compare.ui(ui, &mut self.app, place, commands),
                Route::Spans(place) => {
                    self.spans
                        .ui(ui, &mut self.app, &place, focus_search, commands)
                }
                Route::Issues(place) => {
                    self.issues
                        .ui(ui, &mut self.app, &place, focus_search, commands)
                }
                Route::Health(place) => match place.of {
                    HealthOf::Capture => {
                        self.overview
                            .ui(ui, &mut self.app, &place, focus_search, commands)
                    }
                    HealthOf::Instrumentation => {
                        self.insights
                            .doctor(ui, &mut self.app, &place, focus_search, commands)
                    }
                },
                Route::Insights(place) => {
                    self.insights
                        .ui(ui, &mut self.app, &place, focus_search, commands)
                }
                Route::Alerts(place) => self.alerts.ui(ui, &mut self.app, &place, commands),
                Route::Logs(place) => {
                    self.logs
                        .ui(ui, &mut self.app, &place, focus_search, commands)
                }
            });
    }

    /// When another place is shown than in the frame before, hands the keyboard to its list.
    fn arrive(&mut self, ui: &Ui) {
        let entry = self.app.history.current();
        let visit = Some((entry.visit, std::mem::discriminant(&entry.route)));
        let before = std::mem::replace(&mut self.visit, visit);
        if before == visit {
            return;
        }
        if before.map(|(_, page)| page) != visit.map(|(_, page)| page) {
            // What has the keyboard is not there any more; egui would notice a frame later.
            ui.memory_mut(|memory| {
                memory
                    .focused()
                    .into_iter()
                    .for_each(|id| memory.surrender_focus(id))
            });
        }
        self.page_arrives();
    }

    /// Lets the list of the page that is shown take the keyboard.
    fn page_arrives(&mut self) {
        self.imports.arrive();
        self.traces.arrive();
        self.trace.arrive();
        self.spans.arrive();
        self.compare.arrive();
        self.logs.arrive();
        self.issues.arrive();
        self.insights.arrive();
        self.alerts.arrive();
    }

    /// Whether what is imported now is all there will be, so that how it is comes first.
    fn is_first_import(&self) -> bool {
        self.app.is_empty() && self.app.importing.is_none()
    }

    /// Whether there is nothing to list, so that the first thing to see is how to begin.
    fn nothing_yet(&self) -> bool {
        let known = self.app.overview.value.is_some()
            || matches!(self.app.store, StoreState::NotWritable(_));
        known && self.app.is_empty() && self.app.importing.is_none()
    }

    fn messages(&mut self, ui: &mut Ui, now: f64) {
        for notice in std::mem::take(&mut self.app.notices) {
            let kind = if notice.is_error {
                ToastKind::Error
            } else {
                ToastKind::Info
            };
            self.toasts.push(now, kind, notice.text);
        }
        self.toasts.show(ui, now);
    }
}

/// Whether the person just came back from another window.
fn regains_focus(ctx: &Context) -> bool {
    let came_back = |event: &egui::Event| matches!(event, egui::Event::WindowFocused(true));
    ctx.input(|input| input.events.iter().any(came_back))
}

/// While files are held over the window, says what letting go does.
fn drop_hint(ui: &mut Ui) {
    let count = ui.input(|input| input.raw.hovered_files.len());
    if count == 0 {
        return;
    }
    let palette = theme::palette(ui);
    let rect = ui.ctx().content_rect();
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(rect, 0.0, palette.window.gamma_multiply(0.9));
    let stroke = egui::Stroke::new(2.0, palette.accent);
    painter.rect_stroke(
        rect.shrink(size::PAD),
        size::RADIUS,
        stroke,
        egui::StrokeKind::Inside,
    );
    let text = format!("Drop to import {}", human::counted(count as u64, "file"));
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        text,
        theme::title(),
        palette.text,
    );
}
