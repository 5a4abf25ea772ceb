//! Issues: what is wrong in all that was recorded, and beside the list what shows it.

mod attributes;
mod changes;
mod details;
mod list;
mod noise;
pub(in crate::ui::pages) mod stack;
mod thresholds;

use super::query_field::QueryField;
use super::summary::Summary;
use crate::app::route::{IssuesPlace, IssuesShown, Route};
use crate::app::{App, Command};
use crate::query::Subject;
use crate::store::RecordKind;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::splitter::Splitter;
use crate::ui::widgets::virtual_table::TableState;
use egui::{Color32, Frame, Margin, RichText, Ui};

use crate::app::issues::Kind;

/// The page's own state.
#[derive(Default)]
pub struct IssuesPage {
    table: TableState,
    changes: changes::Tables,
    arrived: bool,
}

impl IssuesPage {
    /// The page is entered: its list takes the keyboard, unless something else has it.
    pub fn arrive(&mut self) {
        self.arrived = true;
    }

    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &IssuesPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        if let Some(sides) = &place.changes {
            return self.changes(ui, app, sides, commands);
        }
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                let field = QueryField {
                    label: "Search issues",
                    placeholder: "Search issues: words, or kind:error release:1.5.0 count:>10 time_to_win:>100ms",
                    kind: RecordKind::Span,
                    subject: Subject::Records,
                    range: None,
                };
                field.show(ui, app, focus, commands);
                ui.add_space(size::GAP);
                summary(ui, app, place, commands);
            });
        let issues = &app.issues;
        let failed = issues.found.error.clone().or(issues.states.error.clone());
        if let Some(reason) = failed.filter(|_| issues.found.value.is_none()) {
            EmptyState::new(Icon::Warning, "Issues could not be looked for", &reason).show(ui);
            return;
        }
        let Some(listed) = issues.listed.value.clone() else {
            let sentence =
                "Every trace, error and log record is looked at once; what is found stays.";
            EmptyState::new(Icon::Search, "Looking for issues", sentence).show(ui);
            return;
        };
        let is_alone = place.fingerprint.is_none() && !place.thresholds;
        if listed.is_empty() && is_alone {
            return nothing(ui, app, place, commands);
        }
        if is_alone {
            return self.list(ui, app, place, &listed, commands);
        }
        let mut share = app.settings.details_share;
        Splitter::horizontal("Issue details")
            .min(320.0)
            .show(ui, &mut share, |ui, first| match first {
                true => self.list(ui, app, place, &listed, commands),
                false if place.thresholds => thresholds::ui(ui, app, commands),
                false => details::issue(ui, app, place, commands),
            });
        app.settings.details_share = share;
    }
}

fn summary(ui: &mut Ui, app: &App, place: &IssuesPlace, commands: &mut Vec<Command>) {
    let issues = &app.issues;
    let all = issues
        .found
        .value
        .as_ref()
        .map_or(0, |found| found.len() as u64);
    let shown = issues
        .listed
        .value
        .as_ref()
        .map_or(0, |listed| listed.len() as u64);
    let summary = Summary {
        noun: "issue",
        shown: Some(shown),
        more: false,
        all: Some(all).filter(|all| *all != shown),
        waiting: issues.found.waiting || issues.listed.waiting,
        error: issues.found.error.as_deref(),
        range: None,
        durations: None,
        clock: app.settings.clock,
    };
    let (mut chosen, mut thresholds, mut changes) = (None, false, false);
    let mut ignored = Vec::new();
    summary.show(ui, commands, |ui| {
        let states = IssuesShown::ALL;
        let mut at = states
            .iter()
            .position(|known| *known == place.shown)
            .unwrap_or(0);
        let names = states.map(|state| match state {
            IssuesShown::Open => "Open",
            IssuesShown::Ignored => "Ignored",
            IssuesShown::Resolved => "Resolved",
            IssuesShown::All => "All",
        });
        if segmented(ui, "State", &mut at, &names) {
            chosen = states.get(at).copied();
        }
        noise::ignore_these(ui, place, shown, &mut ignored);
        thresholds = icon_text_button(ui, Icon::Settings, "Thresholds").clicked();
        changes = icon_text_button(ui, Icon::Chart, "Before and after").clicked();
        if issues.found.waiting {
            let palette = theme::palette(ui);
            let text = RichText::new("Looking for issues…").font(theme::small());
            ui.label(text.color(palette.faint));
        }
    });
    commands.append(&mut ignored);
    if place.shown == IssuesShown::Ignored {
        noise::rules(ui, app, commands);
    }
    commands.extend(chosen.map(Command::ShowIssuesIn));
    if changes {
        commands.push(Command::ShowChanges(Default::default()));
    }
    if thresholds {
        commands.push(match place.thresholds {
            true => Command::SelectIssue(None),
            false => Command::ShowThresholds,
        });
    }
}

fn nothing(ui: &mut Ui, app: &App, place: &IssuesPlace, commands: &mut Vec<Command>) {
    let is_all = app
        .issues
        .found
        .value
        .as_ref()
        .is_none_or(|found| found.is_empty());
    let (title, sentence, action) = match (is_all, place.query.is_empty(), place.shown) {
        (true, ..) => (
            "No issues",
            "Nothing in the recorded traces, errors and logs is known to be wrong.",
            None,
        ),
        (_, false, shown) => (
            "No issue fits",
            match shown {
                IssuesShown::All => "No issue in any state fits the search. Take a term away.",
                _ => "Take a term away, or look among issues in other states.",
            },
            Some("Clear the search"),
        ),
        (_, _, IssuesShown::Open) => (
            "No open issues",
            "All that was found is ignored or resolved. What comes back with a later import is open again.",
            Some("Show all"),
        ),
        (_, _, IssuesShown::Ignored) => (
            "Nothing is ignored",
            "Ignore an issue that does not matter. To ignore a whole sort of them, search for it and press “Ignore what fits”.",
            Some("Show all"),
        ),
        _ => (
            "Nothing is resolved",
            "Resolve an issue once it is mended. If a later import has it again, it is shown as regressed.",
            Some("Show all"),
        ),
    };
    let mut state = EmptyState::new(Icon::Check, title, sentence);
    if let Some(action) = action {
        state = state.action(action);
    }
    if state.show(ui).is_some() {
        let mut place = place.clone();
        match place.query.is_empty() {
            true => place.shown = IssuesShown::All,
            false => place.query.clear(),
        }
        commands.push(Command::Go(Route::Issues(place)));
    }
}

/// The icon of a kind of issue, and its colour.
pub fn kind_icon(palette: &Palette, kind: Kind) -> (Icon, Color32) {
    match kind {
        Kind::Error => (Icon::Error, palette.error),
        Kind::SqlInjection | Kind::QueryInjection => (Icon::Warning, palette.error),
        _ => (Icon::Warning, palette.warning),
    }
}
