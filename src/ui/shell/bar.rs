//! The bar above every page: back and forward, the pages, importing, and how things are told.
//!
//! In a narrow window first the counts go, then the words of buttons, and then the last pages move into a menu.

use super::Shell;
use crate::app::route::HealthOf;
use crate::app::state::StoreState;
use crate::app::{Command, Route};
use crate::model::human::{self, Clock};
use crate::ui::icons::{Icon, focus_ring, icon_button, icon_text_button, paint_icon};
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip;
use crate::ui::widgets::progress::Progress;
use crate::ui::widgets::segmented::{compact_tabs, tab_width, text_width};
use egui::{
    Align, Frame, Layout, Margin, Panel, Popup, Rect, RichText, Role, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

/// The pages, and how each is gone to.
const PAGES: [(&str, Command); 8] = [
    ("Overview", Command::ShowOverview),
    ("Traces", Command::ShowTraces),
    ("Spans", Command::ShowSpans),
    ("Logs", Command::ShowLogs),
    ("Issues", Command::ShowIssues),
    ("Insights", Command::ShowInsights),
    ("Alerts", Command::ShowAlerts),
    ("Imports", Command::ShowImports),
];
const IMPORT: &str = "Import files…";
/// Room for how far an import is.
const PROGRESS: f32 = 160.0;
/// Room for the sign of a menu.
const CHEVRON: f32 = 16.0;

/// What the parts of the bar need, in points.
struct Widths {
    /// Each page with its count.
    counted: Vec<f32>,
    /// Each page without.
    named: Vec<f32>,
    /// What stands at the end, in words.
    words: f32,
    /// The same as icons.
    icons: f32,
    /// The menu of further pages.
    menu: f32,
}

/// What is shown of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fit {
    /// Whether pages have their counts.
    counts: bool,
    /// Whether buttons have words.
    words: bool,
    /// How many pages stand in the bar; the others are in a menu.
    tabs: usize,
}

impl Widths {
    /// The most that there is room for.
    fn fit(&self, room: f32) -> Fit {
        let all = self.named.len();
        for (counts, tabs) in [(true, &self.counted), (false, &self.named)] {
            if tabs.iter().sum::<f32>() + self.words <= room {
                return Fit {
                    counts,
                    words: true,
                    tabs: all,
                };
            }
        }
        let icons = Fit {
            counts: false,
            words: false,
            tabs: all,
        };
        if self.named.iter().sum::<f32>() + self.icons <= room {
            return icons;
        }
        let mut left = room - self.icons - self.menu;
        let fits = |width: &&f32| {
            left -= **width;
            left >= 0.0
        };
        Fit {
            tabs: self.named.iter().take_while(fits).count(),
            ..icons
        }
    }
}

impl Shell {
    pub(super) fn bar(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let palette = theme::palette(ui);
        let frame = Frame::new()
            .fill(palette.window)
            .inner_margin(Margin::symmetric(8, 0));
        Panel::top("bar")
            .frame(frame)
            .exact_size(size::BAR)
            .show(ui, |ui| {
                ui.horizontal_centered(|ui| {
                    self.navigation(ui, commands);
                    ui.add_space(size::GAP);
                    let pages = self.pages();
                    let fit = self.fit(ui, &pages);
                    let gap = std::mem::take(&mut ui.spacing_mut().item_spacing.x);
                    self.page_tabs(ui, &pages, fit, commands);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        ui.spacing_mut().item_spacing.x = gap;
                        self.bar_end(ui, fit.words, commands)
                    });
                });
            });
    }

    fn navigation(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let buttons = [
            (
                Icon::Back,
                "Back",
                self.app.history.can_go_back(),
                Command::Back,
            ),
            (
                Icon::Forward,
                "Forward",
                self.app.history.can_go_forward(),
                Command::Forward,
            ),
        ];
        for (icon, label, enabled, command) in buttons {
            let clicked = ui
                .add_enabled_ui(enabled, |ui| icon_button(ui, icon, label).clicked())
                .inner;
            if clicked {
                commands.push(command);
            }
        }
    }

    /// The pages as they stand in the bar, each with a count if one is known.
    fn pages(&self) -> [(&'static str, Option<String>); PAGES.len()] {
        let counts = self.app.overview.value.unwrap_or_default();
        let shown = |n: u64| (n > 0).then(|| human::count(n));
        let counts = [
            None,
            shown(counts.traces),
            shown(counts.spans),
            shown(counts.logs),
            self.open_issues(),
            None,
            self.incidents(),
            shown(counts.imports),
        ];
        let mut counts = counts.into_iter();
        PAGES.map(|(name, _)| (name, counts.next().flatten()))
    }

    /// The place of the page that is shown among all.
    fn current_page(&self) -> usize {
        match self.app.route() {
            Route::Health(place) if place.of == HealthOf::Capture => 0,
            // In a trace, its tab leads back to the list.
            Route::Traces(_) | Route::Trace(_) | Route::Compare(_) => 1,
            Route::Spans(_) => 2,
            Route::Logs(_) => 3,
            Route::Issues(_) => 4,
            Route::Insights(_) | Route::Health(_) => 5,
            Route::Alerts(_) => 6,
            Route::Imports | Route::Import(_) => 7,
        }
    }

    /// What there is room for beside what came before.
    fn fit(&self, ui: &Ui, pages: &[(&str, Option<String>)]) -> Fit {
        let gap = ui.spacing().item_spacing.x;
        let text = |text: &str, font| text_width(ui, text, font);
        let mut more = 0.0;
        if self.app.importing.is_some() {
            more += PROGRESS + gap;
        }
        if let Some((word, _)) = self.store_trouble() {
            more += text(word, theme::small()) + 2.0 * size::GAP + gap;
        }
        let clock = text(self.clock().0, theme::small());
        let import = size::ICON + 6.0 + text(IMPORT, theme::body()) + 2.0 * size::GAP;
        let icons = |count: f32| count * (size::BUTTON + gap);
        let tab = |(name, count): &(&str, Option<String>), counted: bool| {
            tab_width(ui, name, count.as_deref().filter(|_| counted))
        };
        let widths = Widths {
            counted: pages.iter().map(|page| tab(page, true)).collect(),
            named: pages.iter().map(|page| tab(page, false)).collect(),
            words: icons(2.0) + clock + import + 2.0 * gap + more,
            icons: icons(4.0) + more,
            menu: pages
                .iter()
                .map(|page| tab(page, false) + CHEVRON)
                .fold(0.0, f32::max),
        };
        widths.fit(ui.available_width() - size::GRID)
    }

    fn page_tabs(
        &mut self,
        ui: &mut Ui,
        pages: &[(&str, Option<String>)],
        fit: Fit,
        commands: &mut Vec<Command>,
    ) {
        let mut chosen = self.current_page();
        let (tabs, rest) = pages.split_at(fit.tabs.min(pages.len()));
        let tabs: Vec<(&str, Option<String>)> = tabs
            .iter()
            .map(|(name, count)| (*name, count.clone().filter(|_| fit.counts)))
            .collect();
        let mut clicked = compact_tabs(ui, "Pages", &mut chosen, &tabs);
        if !rest.is_empty() {
            let first = tabs.len();
            clicked |= further_tabs(ui, &mut chosen, first, rest);
        }
        if let Some((_, command)) = PAGES.get(chosen).filter(|_| clicked) {
            commands.push(command.clone());
        }
    }

    /// How many incidents alert rules would have made, as far as known.
    fn incidents(&self) -> Option<String> {
        let tested = self.app.alerts.tested.value.as_ref()?;
        let all = tested.results.iter();
        let incidents: usize = all.map(|result| result.incidents.len()).sum();
        (incidents > 0).then(|| human::count(incidents as u64))
    }

    /// How many issues ask for something to be done, as far as known.
    fn open_issues(&self) -> Option<String> {
        let open = self.app.issues.open.value?;
        (open > 0).then(|| human::count(open))
    }

    /// What the button of the clock says, and what that means.
    fn clock(&self) -> (&'static str, &'static str) {
        match self.app.settings.clock {
            Clock::Local => ("Local time", "Times are local; switch to UTC"),
            Clock::Utc => ("UTC", "Times are UTC; switch to local time"),
        }
    }

    /// Why nothing can be imported, in a word and in a sentence.
    fn store_trouble(&self) -> Option<(&'static str, &str)> {
        match &self.app.store {
            StoreState::NotWritable(why) if why.readable => Some(("Read only", &why.reason)),
            StoreState::NotWritable(why) => Some(("Store not available", &why.reason)),
            _ => None,
        }
    }

    /// Laid out from the right edge; buttons have words if there is room.
    fn bar_end(&mut self, ui: &mut Ui, words: bool, commands: &mut Vec<Command>) {
        let appearance = self.app.settings.appearance;
        let icon = if ui.visuals().dark_mode {
            Icon::Moon
        } else {
            Icon::Sun
        };
        if icon_button(ui, icon, &format!("Appearance: {}", appearance.name())).clicked() {
            commands.push(Command::NextAppearance);
        }
        if icon_button(ui, Icon::Link, "Copy this place").clicked() {
            self.copy_place(ui.ctx());
        }
        let (clock, meaning) = self.clock();
        let switch = match words {
            true => {
                let text = RichText::new(clock).font(theme::small());
                let button = ui.add(egui::Button::new(text).frame(false));
                button.on_hover_text(meaning)
            }
            false => icon_button(ui, Icon::Clock, meaning),
        };
        if switch.clicked() {
            commands.push(Command::ToggleClock);
        }
        let import = match words {
            true => icon_text_button(ui, Icon::Folder, IMPORT),
            false => icon_button(ui, Icon::Folder, IMPORT),
        };
        if import.clicked() {
            self.dialogs.pick_files();
        }
        self.import_progress(ui, commands);
        if let Some((word, sentence)) = self.store_trouble() {
            let color = theme::palette(ui).warning;
            chip(ui, word, color).on_hover_text(sentence);
        }
    }

    fn import_progress(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let Some(running) = &self.app.importing else {
            return;
        };
        let name = running
            .path
            .file_name()
            .map_or_else(|| "standard input".into(), |name| name.to_string_lossy());
        let position = if running.of > 1 {
            format!(" ({} of {})", running.index + 1, running.of)
        } else {
            String::new()
        };
        let progress = self.app.progress();
        let left = progress
            .time_left()
            .map_or_else(String::new, |left| format!(", {}", human::time_left(left)));
        if Progress::new(
            &format!("Importing {name}{position}{left}"),
            progress.fraction(),
        )
        .cancel(true)
        .show(ui)
        {
            commands.push(Command::CancelImport);
        }
    }
}

/// A menu of the pages from `first` on, called by the one that is shown; whether one was chosen.
fn further_tabs(
    ui: &mut Ui,
    chosen: &mut usize,
    first: usize,
    pages: &[(&str, Option<String>)],
) -> bool {
    let palette = theme::palette(ui);
    let current = chosen.checked_sub(first).and_then(|at| pages.get(at));
    let name = current.map_or("More", |(name, _)| *name);
    let wanted = vec2(tab_width(ui, name, None) + CHEVRON, size::BAR);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "More pages"));
    let color = match current.is_some() || response.hovered() {
        true => palette.text,
        false => palette.muted,
    };
    let text = ui
        .painter()
        .layout_no_wrap(name.to_owned(), theme::body(), color);
    let at = pos2(rect.left() + 8.0, rect.center().y - text.size().y / 2.0);
    let behind = at.x + text.size().x + 10.0;
    ui.painter().galley(at, text, color);
    let chevron = Rect::from_center_size(pos2(behind, rect.center().y), vec2(12.0, 12.0));
    paint_icon(ui.painter(), chevron, Icon::ChevronDown, palette.muted);
    if current.is_some() {
        let under = rect.x_range().shrink(6.0);
        let stroke = Stroke::new(2.0, palette.accent);
        ui.painter().hline(under, rect.bottom() - 1.0, stroke);
    }
    focus_ring(ui, rect.shrink(3.0), &response);
    let mut clicked = false;
    Popup::menu(&response).show(|ui| {
        ui.set_width(140.0);
        for (at, (name, _)) in pages.iter().enumerate() {
            if ui.selectable_label(*chosen == first + at, *name).clicked() {
                *chosen = first + at;
                clicked = true;
                ui.close();
            }
        }
    });
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_least_goes_first() {
        let widths = Widths {
            counted: vec![80.0; 4],
            named: vec![60.0; 4],
            words: 200.0,
            icons: 80.0,
            menu: 50.0,
        };
        let cases = [
            (520.0, (true, true, 4)),
            (519.0, (false, true, 4)),
            (440.0, (false, true, 4)),
            (439.0, (false, false, 4)),
            (320.0, (false, false, 4)),
            (319.0, (false, false, 3)),
            (309.0, (false, false, 2)),
            (130.0, (false, false, 0)),
            (-10.0, (false, false, 0)),
        ];
        for (room, (counts, words, tabs)) in cases {
            let wanted = Fit {
                counts,
                words,
                tabs,
            };
            assert_eq!(widths.fit(room), wanted, "{room}");
        }
    }
}
