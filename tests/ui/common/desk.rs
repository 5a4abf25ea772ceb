//! The whole window over a store in a temporary folder, used as a person would: by names, keys and the pointer.

use super::Soft;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::app::settings::Appearance;
use headwater::app::{App, Command, Route};
use headwater::model::human::Clock;
use headwater::ui::Shell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Shown size of most tests.
pub const SIZE: [f32; 2] = [1280.0, 800.0];

/// The files of the sample.
pub const SAMPLE: [&str; 3] = [
    "release-1.4.0.otlp.jsonl",
    "release-1.4.0.sentry.envelopes",
    "release-1.5.0.otlp.jsonl",
];

/// The folder of the sample.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/shop")
}

/// A file as the desktop drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// The window, and the folder its store is in.
pub struct Desk {
    /// The window.
    pub h: Harness<'static, Shell>,
    /// Where its files may go.
    pub folder: tempfile::TempDir,
}

impl Desk {
    /// A window without threads, in light colours and UTC, over an empty store.
    pub fn new(place: &str) -> Self {
        Self::with(place, SIZE, App::inline)
    }

    /// A window that works as the real one does, with threads.
    pub fn threaded(place: &str) -> Self {
        Self::with(place, SIZE, |store, place| {
            let wake: headwater::app::jobs::Wake = Arc::new(|| ());
            App::new(store, place, &wake)
        })
    }

    /// A window of a size of its own.
    pub fn with(place: &str, size: [f32; 2], open: impl FnOnce(&Path, Route) -> App) -> Self {
        let folder = tempfile::tempdir().expect("the system has room for temporary files");
        let place = place.parse().expect("the test names a place");
        let mut app = open(&folder.path().join("headwater.store"), place);
        app.settings.appearance = Appearance::Light;
        app.settings.clock = Clock::Utc;
        let shell = Shell::new(app, Arc::new(|| ()));
        let mut h = Harness::builder()
            .with_size(size)
            .with_max_steps(16)
            .with_theme(egui::Theme::Light)
            .with_os(egui::os::OperatingSystem::Nix)
            .renderer(Soft::default())
            .build_ui_state(|ui, shell: &mut Shell| shell.ui(ui), shell);
        h.run();
        Self { h, folder }
    }

    /// A window with the sample in its store.
    pub fn with_sample(place: &str) -> Self {
        let mut desk = Self::new(place);
        desk.import(sample());
        desk
    }

    /// The app behind the window.
    pub fn app(&self) -> &App {
        &self.h.state().app
    }

    /// Imports without the user interface.
    pub fn import(&mut self, path: PathBuf) {
        self.run(Command::Import(vec![path]));
    }

    /// Does something without the user interface.
    pub fn run(&mut self, command: Command) {
        self.h.state_mut().app.run(command);
        self.settle();
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the system has room for temporary files");
        path
    }

    /// Runs frames until nothing is awaited any more.
    #[track_caller]
    pub fn settle(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            self.h.run_ok();
            if !self.app().is_busy() {
                // What the last answer changed is painted as well.
                self.h.run();
                return;
            }
            assert!(
                Instant::now() < deadline,
                "still busy at {}",
                self.app().route()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Clicks what has this name.
    #[track_caller]
    pub fn click(&mut self, label: &str) {
        self.h.get_by_label(label).click();
        self.rest();
    }

    /// Goes to what has this name with the keyboard, wherever it is scrolled to, and presses Enter.
    #[track_caller]
    pub fn enter(&mut self, label: &str) {
        self.h.get_by_label(label).focus();
        self.h.run();
        self.press(Key::Enter);
    }

    /// Clicks what has this role and name.
    #[track_caller]
    pub fn click_role(&mut self, role: Role, label: &str) {
        self.h.get_by_role_and_label(role, label).click();
        self.rest();
    }

    /// Clicks near the left edge of what has this name: elsewhere a row may have links of its own.
    #[track_caller]
    pub fn click_start(&mut self, label: &str) {
        let at = self.h.get_by_label(label).rect().left_center() + egui::vec2(24.0, 0.0);
        self.h.hover_at(at);
        self.h.drag_at(at);
        self.h.drop_at(at);
        self.rest();
    }

    /// The same while keys are held.
    #[track_caller]
    pub fn click_start_with(&mut self, modifiers: Modifiers, label: &str) {
        let at = self.h.get_by_label(label).rect().left_center() + egui::vec2(24.0, 0.0);
        self.h.hover_at(at);
        for pressed in [true, false] {
            self.h.event(egui::Event::ModifiersChanged(modifiers));
            self.h.event(egui::Event::PointerButton {
                pos: at,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers,
            });
            self.h.step();
        }
        self.h.event(egui::Event::ModifiersChanged(Modifiers::NONE));
        self.rest();
    }

    /// Lets enough time pass that the next click is not the second of a double click.
    fn rest(&mut self) {
        self.settle();
        self.h.run_steps(3);
    }

    /// Presses a key.
    pub fn press(&mut self, key: Key) {
        self.press_with(Modifiers::NONE, key);
    }

    /// Presses a key while others are held.
    pub fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.h.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Replaces the text of a field.
    #[track_caller]
    pub fn type_into(&mut self, label: &str, text: &str) {
        self.h.get_by_role_and_label(Role::TextInput, label).focus();
        self.h.run();
        self.h.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.h.key_press(Key::Delete);
        self.h.run();
        self.h
            .get_by_role_and_label(Role::TextInput, label)
            .type_text(text);
        self.settle();
    }

    /// Types a search and asks it.
    #[track_caller]
    pub fn search(&mut self, label: &str, text: &str) {
        self.type_into(label, text);
        self.press(Key::Enter);
    }

    /// Drops files onto the window.
    pub fn drop_files(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.h
                .input_mut()
                .dropped_files
                .push(Arc::new(Dropped(path.clone())));
        }
        self.h.step();
        self.settle();
    }

    /// Whether a node with this name is there.
    pub fn has(&self, label: &str) -> bool {
        self.h.query_all_by_label(label).next().is_some()
    }

    /// Whether a node is there whose name contains this.
    pub fn says(&self, part: &str) -> bool {
        self.h.query_all_by_label_contains(part).next().is_some()
    }

    /// The names of what is in a list, from top to bottom.
    pub fn items(&self) -> Vec<String> {
        let mut items: Vec<(f32, String)> = self
            .h
            .query_all_by_role(Role::ListItem)
            .filter_map(|node| Some((node.rect().top(), node.accesskit_node().label()?)))
            .collect();
        items.sort_by(|a, b| a.0.total_cmp(&b.0));
        items.into_iter().map(|(_, name)| name).collect()
    }

    /// The names of list items that begin with this.
    pub fn items_with(&self, start: &str) -> Vec<String> {
        self.items()
            .into_iter()
            .filter(|name| name.starts_with(start))
            .collect()
    }

    /// The names of what has this role and a name that begins so, from top to bottom.
    pub fn named(&self, role: Role, start: &str) -> Vec<String> {
        let nodes = self.h.query_all_by_role(role);
        let named =
            nodes.filter_map(|node| Some((node.rect().top(), node.accesskit_node().label()?)));
        let mut named: Vec<(f32, String)> =
            named.filter(|(_, name)| name.starts_with(start)).collect();
        named.sort_by(|a, b| a.0.total_cmp(&b.0));
        named.into_iter().map(|(_, name)| name).collect()
    }

    /// The place as it looks now, as it would be copied.
    pub fn place_now(&self) -> String {
        self.app().place().to_string()
    }

    /// The place one is at, as text.
    pub fn place(&self) -> String {
        self.app().route().to_string()
    }
}
