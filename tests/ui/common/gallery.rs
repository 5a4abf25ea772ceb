//! A page of every widget, to be looked at and to be measured.

use egui::{Color32, Frame, Margin, Rect, RichText, Ui, pos2, vec2};
use headwater::model::conventions::Category;
use headwater::ui::icons::{self, Icon, icon_button, icon_text_button, icon_toggle};
use headwater::ui::theme::{self, palette};
use headwater::ui::widgets::chip::{chip, chip_removable, count};
use headwater::ui::widgets::empty_state::EmptyState;
use headwater::ui::widgets::histogram::{Bar, Histogram, HistogramState};
use headwater::ui::widgets::key_values::{KeyValues, KeyValuesState, Pair};
use headwater::ui::widgets::progress::Progress;
use headwater::ui::widgets::ruler::{Tick, ruler};
use headwater::ui::widgets::scatter::{Mark, Scatter, ScatterState};
use headwater::ui::widgets::search_bar::{SearchBar, TokenKind};
use headwater::ui::widgets::segmented::{segmented, tabs};
use headwater::ui::widgets::splitter::Splitter;
use headwater::ui::widgets::toast::{ToastKind, Toasts};
use headwater::ui::widgets::virtual_table::{Column, Sort, TableState, VirtualTable};

/// State of every widget on the page.
pub struct Gallery {
    search: String,
    bad_search: String,
    table: TableState,
    histogram: HistogramState,
    scatter: ScatterState,
    pairs: KeyValuesState,
    tab: usize,
    mode: usize,
    split: f32,
    toasts: Toasts,
    /// Whether messages lie over the page.
    pub with_toasts: bool,
}

impl Default for Gallery {
    fn default() -> Self {
        let mut toasts = Toasts::default();
        toasts.push(
            0.0,
            ToastKind::Ok,
            "Imported 48 210 spans from checkout.json",
        );
        toasts.push(
            0.0,
            ToastKind::Error,
            "The file ends in the middle of a record",
        );
        let mut table = TableState::default();
        table.select(3);
        Self {
            search: "service:checkout status:error duration:>250ms".to_owned(),
            bad_search: "duration:>fast".to_owned(),
            table,
            histogram: HistogramState::default(),
            scatter: ScatterState::default(),
            pairs: KeyValuesState::default(),
            tab: 0,
            mode: 1,
            split: 0.62,
            toasts,
            with_toasts: false,
        }
    }
}

impl Gallery {
    /// Paints the page.
    pub fn ui(&mut self, ui: &mut Ui) {
        let p = palette(ui);
        let full = ui.max_rect();
        ui.painter().rect_filled(full, 0.0, p.panel);
        Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
            self.top(ui);
            ui.add_space(8.0);
            self.charts(ui);
            ui.add_space(8.0);
            let mut split = self.split;
            Splitter::horizontal("Details").show(ui, &mut split, |ui, first| {
                if first { self.list(ui) } else { self.side(ui) }
            });
            self.split = split;
        });
        if self.with_toasts {
            self.toasts.show(ui.ctx(), 0.5);
        }
    }

    fn top(&mut self, ui: &mut Ui) {
        let p = palette(ui);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Traces").font(theme::title()));
            count(ui, "10 000 000");
            ui.add_space(8.0);
            icon_button(ui, Icon::Back, "Back");
            icon_button(ui, Icon::Forward, "Forward");
            icon_text_button(ui, Icon::Import, "Import…");
            icon_toggle(ui, Icon::Columns, "Columns", true);
            segmented(ui, "Mode", &mut self.mode, &["Traces", "Spans", "Logs"]);
            let _ = ui.button("Plain button");
        });
        ui.horizontal(|ui| {
            for icon in Icon::ALL {
                icons::icon(ui, icon, p.muted);
            }
        });
        let tokens = [
            (0..7, TokenKind::Key),
            (7..8, TokenKind::Operator),
            (8..16, TokenKind::Value),
            (17..23, TokenKind::Key),
            (23..24, TokenKind::Operator),
            (24..29, TokenKind::Error),
            (30..38, TokenKind::Key),
            (38..40, TokenKind::Operator),
            (40..45, TokenKind::Value),
        ];
        SearchBar::new("Search", &mut self.search)
            .tokens(&tokens)
            .show(ui);
        SearchBar::new("Second search", &mut self.bad_search)
            .error(Some((
                10..14,
                "“fast” is not a duration; write 250ms or 2s".to_owned(),
            )))
            .show(ui);
        ui.horizontal(|ui| {
            for category in Category::ALL {
                chip(ui, category.name(), p.hue(category));
            }
            chip_removable(ui, "service = checkout", p.accent);
            chip(ui, "error", p.error);
            chip(ui, "warning", p.warning);
            chip(ui, "info", p.info);
            chip(ui, "debug", p.debug);
        });
    }

    fn charts(&mut self, ui: &mut Ui) {
        let p = palette(ui);
        let bars: Vec<Bar> = (0..90)
            .map(|i: u32| {
                let wave = 40.0 + 30.0 * (f64::from(i) / 9.0).sin() + f64::from(i * 37 % 17);
                let errors = if i % 11 == 3 { 18.0 } else { 0.0 };
                Bar {
                    name: format!("bar {i}"),
                    values: vec![wave, errors],
                }
            })
            .collect();
        let ticks: Vec<Tick> = (0..=6)
            .map(|i| Tick::new(i as f32 / 6.0, format!("14:{:02}", i * 10)))
            .collect();
        ui.columns(2, |columns| {
            let [left, right] = columns else { return };
            Histogram::new(
                "Traces over time",
                &bars,
                &[p.hue(Category::Function), p.error],
            )
            .ticks(&ticks)
            .height(130.0)
            .brush(Some(20..45))
            .max_label("104")
            .show(left, &mut self.histogram);
            let marks: Vec<Mark> = (0..400_u32)
                .map(|i| {
                    let x = (i * 7919 % 1000) as f32 / 1000.0;
                    let y = ((i * 104_729 % 997) as f32 / 997.0).powi(3);
                    let color = if y > 0.7 {
                        p.error
                    } else {
                        p.hue(Category::Database)
                    };
                    Mark {
                        x,
                        y,
                        color,
                        name: format!("trace {i}"),
                    }
                })
                .collect();
            let y_ticks = [
                Tick::new(0.0, "0"),
                Tick::new(0.5, "250 ms"),
                Tick::new(1.0, "500 ms"),
            ];
            Scatter::new("Durations", &marks)
                .x_ticks(&ticks)
                .y_ticks(&y_ticks)
                .height(130.0)
                .brush(Some(Rect::from_min_max(pos2(0.55, 0.5), pos2(0.8, 0.95))))
                .show(right, &mut self.scatter);
        });
        ruler(ui, "Time", &ticks);
    }

    fn list(&mut self, ui: &mut Ui) {
        tabs(
            ui,
            "Views",
            &mut self.tab,
            &[
                ("Waterfall", None),
                ("Logs", Some("214".to_owned())),
                ("Errors", Some("3".to_owned())),
            ],
        );
        let columns = [
            Column::px("Started", 110.0).sortable(),
            Column::rest("Name", 120.0).sortable(),
            Column::px("Service", 120.0),
            Column::px("Spans", 64.0).right().sortable(),
            Column::px("Duration", 84.0).right().sortable(),
            Column::px("Where time went", 130.0),
        ];
        VirtualTable::new("Traces", &columns, 10_000_000)
            .sort(Some(Sort {
                column: 4,
                descending: true,
            }))
            .show(
                ui,
                &mut self.table,
                |row| (row != 9 && row != 10).then(|| format!("trace {row}")),
                |row, column, cell| {
                    let p = cell.palette;
                    let hue = Category::ALL[row as usize % 10];
                    match column {
                        0 => cell.muted(&format!("14:02:{:02}.{:03}", row % 60, row * 37 % 1000)),
                        1 => {
                            cell.dot(p.hue(hue));
                            if row.is_multiple_of(5) {
                                cell.badge("error", p.error);
                            }
                            cell.text("POST /api/v2/checkout/{cart}/confirm?with=everything");
                        }
                        2 => cell.text("checkout"),
                        3 => cell.muted(&format!("{}", 11 + row * 13 % 400)),
                        4 => cell.text(&format!("{}.{} ms", 1 + row * 71 % 900, row % 10)),
                        _ => cell.stacked_bar(&[
                            (0.4, p.hue(Category::Database)),
                            (0.2, p.hue(Category::HttpClient)),
                            (0.1 + (row % 4) as f32 * 0.08, p.hue(Category::Cache)),
                        ]),
                    }
                },
            );
    }

    fn side(&mut self, ui: &mut Ui) {
        let p = palette(ui);
        Frame::new().inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
            ui.label(RichText::new("SELECT carts").font(theme::heading()));
            ui.label(RichText::new("checkout · 12.4 ms").color(p.muted));
            Progress::new("Importing checkout.json · 1.2 M records", Some(0.62)).cancel(true).show(ui);
            ui.add_space(8.0);
            let long = "SELECT carts.id, carts.total FROM carts JOIN lines ON lines.cart_id = carts.id WHERE carts.owner = $1 AND carts.state IN ('open', 'held') ORDER BY carts.updated_at DESC LIMIT 50";
            let pairs = [
                Pair { key: "db.system", value: "postgresql", note: "" },
                Pair { key: "db.statement", value: long, note: "" },
                Pair { key: "db.rows_affected", value: "12", note: "integer" },
                Pair { key: "http.request.method", value: "POST", note: "" },
                Pair { key: "http.response.status_code", value: "503", note: "integer" },
                Pair { key: "thread", value: "main", note: "" },
            ];
            KeyValues::new("Attributes", &pairs).filter_field(true).tree(true).show(ui, &mut self.pairs);
            ui.add_space(12.0);
            ui.allocate_ui(vec2(ui.available_width(), 220.0), |ui| {
                EmptyState::new(Icon::Trace, "No traces yet", "Open an export, or drop a file anywhere in this window.")
                    .action("Open file…")
                    .action("Load the sample")
                    .show(ui);
            });
        });
    }
}

/// A colour by its bytes, for counting pixels.
pub fn is_near(a: Color32, b: Color32) -> bool {
    let far = |x: u8, y: u8| x.abs_diff(y) > 2;
    !(far(a.r(), b.r()) || far(a.g(), b.g()) || far(a.b(), b.b()))
}
