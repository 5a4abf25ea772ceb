//! One path to import: a file, standard input, or an archive with files in it, each of which gets a report of its own.
//!
//! A member of an archive is named by the archive's path, a slash and its name: `export.zip/traces/a.json`. It is recognised
//! again by its content, as a file is, in whatever archive it comes.

use super::archive::{Found, Kind};
use super::buffers::Buffers;
use super::explain;
use super::limits::{CHUNK_BYTES, MAX_MEMBERS};
use super::packed::{Packed, Taken};
use super::pipeline::{Job, Options, Stop};
use super::progress::Progress;
use super::reading::Reading;
use super::resume::{self, Known};
use super::source::{self, Content, Source};
use super::unpack::too_large;
use crate::model::CancelToken;
use crate::model::report::{FileReport, Outcome, Problems};
use crate::model::sink::Sink;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Imports one file, or standard input for `-`. Whatever happens, a report says it: one for a file, one for each member of an
/// archive. `done` gets them as they come.
pub fn import_file<S: Sink>(
    path: &Path,
    sink: &mut S,
    options: &Options,
    progress: &Progress,
    cancel: &CancelToken,
    done: &mut dyn FnMut(FileReport),
) {
    let name = path.display().to_string();
    let mut files = Files {
        path,
        sink,
        options,
        progress,
        cancel,
        done,
        last: Outcome::Complete,
    };
    let started = Instant::now();
    let source = match source::open(path, cancel) {
        Ok(source) => source,
        Err(error) => {
            let stop = Stop::unreadable(&error, cancel);
            return files.report(FileReport::new(name), started, Err(stop));
        }
    };
    let (size, taken) = (source.size.unwrap_or(0), Arc::clone(&source.taken));
    match source.content {
        Content::Archive(kind) => files.archive(kind, source),
        _ => {
            let mut report = FileReport::new(name);
            let outcome = files.file(source, &|| source::open(path, cancel), started, &mut report);
            files.report(report, started, outcome);
        }
    }
    if files.last != Outcome::Cancelled {
        // Not all of it may have been needed.
        let rest = size.saturating_sub(taken.told());
        progress.bytes.fetch_add(rest, Ordering::Relaxed);
    }
}

/// Whether a path can be imported, going by how it begins; if not, why.
pub fn recognise(path: &Path) -> Result<(), String> {
    let cancel = CancelToken::default();
    let source = source::open(path, &cancel).map_err(|error| explain::unreadable(&error))?;
    match source.content {
        Content::Records(_) | Content::Archive(_) => Ok(()),
        _ => Err(source.explain()),
    }
}

impl FileReport {
    fn new(path: String) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }
}

/// What comes from one path.
struct Files<'a, S> {
    path: &'a Path,
    sink: &'a mut S,
    options: &'a Options,
    progress: &'a Progress,
    cancel: &'a CancelToken,
    done: &'a mut dyn FnMut(FileReport),
    /// How the last report ended.
    last: Outcome,
}

/// What is known of an archive while its members are read.
#[derive(Default)]
struct Archive {
    /// Members found, of any kind.
    members: u64,
    left_out: u64,
    /// Bytes read of its members, unpacked.
    unpacked: u64,
    /// What is wrong with the archive itself.
    problems: Problems,
}

impl<S: Sink> Files<'_, S> {
    /// Finishes a report and hands it out.
    fn report(&mut self, mut report: FileReport, started: Instant, outcome: Result<Outcome, Stop>) {
        match outcome {
            Ok(outcome) => report.outcome = outcome,
            Err(Stop::Cancelled) => report.outcome = Outcome::Cancelled,
            Err(Stop::Failed(reason)) => {
                report.outcome = Outcome::Failed;
                report.error = Some(reason);
            }
        }
        report.seconds = started.elapsed().as_secs_f64();
        self.last = report.outcome;
        (self.done)(report);
    }

    /// Imports an opened file that is no archive. `reopen` opens it once more.
    fn file<'a>(
        &mut self,
        source: Source<'a>,
        reopen: &dyn Fn() -> io::Result<Source<'a>>,
        started: Instant,
        report: &mut FileReport,
    ) -> Result<Outcome, Stop> {
        let Content::Records(format) = source.content else {
            report.problems = source.take_problems();
            let reason = match source.prefix.is_empty() {
                true => take_first(&mut report.problems),
                false => None,
            };
            return Err(Stop::Failed(reason.unwrap_or_else(|| source.explain())));
        };
        report.format = format.id.to_owned();
        let prefix = &source.prefix;
        let identity = resume::identity(report.path.clone(), format.id, source.size, prefix);
        let cutter = (format.cutter)(prefix);
        let known = match source.size {
            None => Known::New(source),
            Some(_) => {
                let known = self.sink.known()?;
                resume::compare(&known, &identity, source, reopen, self.cancel)
                    .map_err(|error| Stop::unreadable(&error, self.cancel))?
            }
        };
        if self.cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let (from, reading) = match known {
            Known::Unchanged => return Ok(Outcome::AlreadyImported),
            Known::New(source) => (None, Reading::from_start(source, cutter)),
            Known::Prefix(from, source) => {
                let reading = Reading::go_on(source, &from, cutter);
                (Some(*from), reading)
            }
        };
        let job = Job {
            format,
            threads: self.options.threads.max(1),
            progress: self.progress,
            cancel: self.cancel,
            started,
            logs_from: from.as_ref().map_or(0, |from| from.logs_to),
            buffers: Buffers::default(),
            broken: CancelToken::default(),
        };
        job.run(self.sink, &identity, from, reading, report)
    }

    /// Imports the members of an archive, one after another.
    fn archive(&mut self, kind: Kind, source: Source<'_>) {
        let started = Instant::now();
        let (on_disk, taken, packed) = (source.size.is_some(), source.taken, source.packed);
        let mut walk = kind.walk(source.bytes);
        let mut archive = Archive::default();
        let outcome = loop {
            self.tell(&taken);
            let found = match walk.next() {
                Ok(Some(found)) => found,
                Ok(None) => break Ok(()),
                Err(error) => break Err(Stop::unreadable(&error, self.cancel)),
            };
            archive.members += u64::from(!matches!(found, Found::Damage { .. } | Found::Note(_)));
            if archive.members > MAX_MEMBERS as u64 {
                let reason = format!(
                    "The archive has more than {MAX_MEMBERS} members, which is too many to read at once; the rest was left out: unpack it and import the folder"
                );
                archive.problems.skip(0, 0, reason, b"");
                break Ok(());
            }
            let step = self.found(found, &mut *walk, kind, on_disk, &taken, &mut archive);
            if let Err(stop) = step {
                break Err(stop);
            }
            if let Some(reason) = too_large(archive.unpacked, taken.taken()) {
                archive.problems.skip(0, 0, reason, b"");
                break Ok(());
            }
        };
        self.tell(&taken);
        if self.last == Outcome::Cancelled {
            return;
        }
        for packed in packed {
            archive.problems.merge(packed.take_problems());
        }
        self.whole_archive(kind, archive, started, outcome);
    }

    /// Reports on an archive itself, where there is something to say that no member's report says.
    fn whole_archive(
        &mut self,
        kind: Kind,
        archive: Archive,
        started: Instant,
        outcome: Result<(), Stop>,
    ) {
        let mut report = FileReport::new(self.path.display().to_string());
        report.format = kind.name().to_owned();
        report.problems = archive.problems;
        let outcome = match (outcome, take_first(&mut report.problems)) {
            (Err(stop), _) => Err(stop),
            (Ok(()), Some(reason)) => Err(Stop::Failed(reason)),
            (Ok(()), None) if archive.members == archive.left_out => {
                Err(Stop::Failed(explain::empty_archive(archive.left_out)))
            }
            (Ok(()), None) if !report.problems.remarks.is_empty() => Ok(Outcome::Complete),
            (Ok(()), None) => return,
        };
        self.report(report, started, outcome);
    }

    fn tell(&self, taken: &Taken) {
        self.progress
            .bytes
            .fetch_add(taken.untold(), Ordering::Relaxed);
    }

    /// Deals with what a walk came to.
    fn found(
        &mut self,
        found: Found,
        walk: &mut (dyn super::archive::Walk + '_),
        kind: Kind,
        on_disk: bool,
        taken: &Arc<Taken>,
        archive: &mut Archive,
    ) -> Result<(), Stop> {
        let started = Instant::now();
        let named = |name: &str| FileReport::new(format!("{}/{name}", self.path.display()));
        match found {
            Found::LeftOut => archive.left_out += 1,
            Found::Note(text) => archive.problems.note(text),
            Found::Damage { byte, reason } => archive.problems.skip(0, byte, reason, b""),
            Found::Refused { name, reason } => {
                self.report(named(&name), started, Err(Stop::Failed(reason)));
            }
            Found::Member { name, size, state } => {
                let member = Member {
                    name: &name,
                    number: archive.members,
                    kind,
                    size: size.filter(|_| on_disk).or(on_disk.then_some(0)),
                    state,
                    taken,
                };
                let mut report = named(&name);
                match self.member(&member, walk, started, &mut report) {
                    Ok(None) => archive.left_out += 1,
                    Ok(Some(outcome)) => {
                        archive.unpacked += report.bytes;
                        self.report(report, started, Ok(outcome));
                    }
                    Err(stop) => {
                        archive.unpacked += report.bytes;
                        self.report(report, started, Err(stop));
                    }
                }
                if self.last == Outcome::Cancelled {
                    return Err(Stop::Cancelled);
                }
            }
        }
        Ok(())
    }

    /// Imports a member; `None` when it turned out to be empty.
    fn member(
        &mut self,
        member: &Member<'_>,
        walk: &mut (dyn super::archive::Walk + '_),
        started: Instant,
        report: &mut FileReport,
    ) -> Result<Option<Outcome>, Stop> {
        let cancel = self.cancel;
        let unreadable = |error: io::Error| Stop::unreadable(&error, cancel);
        let mut start = Vec::new();
        let is_whole = source::fill(walk, &mut start, CHUNK_BYTES).map_err(unreadable)?;
        if start.is_empty() && !member.state.is_broken() {
            return Ok(None);
        }
        let outcome = if is_whole {
            // Small enough to be kept, and so to be read again even if it came from standard input.
            let content: Arc<[u8]> = start.into();
            let size = Some(content.len() as u64);
            let open = || {
                let bytes = io::Cursor::new(Arc::clone(&content));
                member.source(Box::new(bytes), size, cancel)
            };
            let source = open().map_err(unreadable)?;
            self.member_source(source, &open, started, report)
        } else {
            let live = io::Cursor::new(start).chain(walk);
            let source = member.source(Box::new(live), member.size, cancel);
            let path = self.path;
            let reopen = || member.reopen(path, cancel);
            self.member_source(source.map_err(unreadable)?, &reopen, started, report)
        };
        outcome.map(Some)
    }

    fn member_source<'a>(
        &mut self,
        source: Source<'a>,
        reopen: &dyn Fn() -> io::Result<Source<'a>>,
        started: Instant,
        report: &mut FileReport,
    ) -> Result<Outcome, Stop> {
        match source.content {
            Content::Archive(_) => Err(Stop::Failed(explain::NESTED_ARCHIVE.to_owned())),
            _ => self.file(source, reopen, started, report),
        }
    }
}

/// Takes the first problem out, as a sentence, to be the reason why something failed.
fn take_first(problems: &mut Problems) -> Option<String> {
    if problems.skipped.is_empty() {
        return None;
    }
    problems.skipped_total -= 1;
    Some(problems.skipped.remove(0).reason + ".")
}

/// A member of an archive that is being imported.
struct Member<'a> {
    name: &'a str,
    /// Its place among the members, from 1.
    number: u64,
    kind: Kind,
    /// As a [`Source`] has it: `None` when the archive cannot be read again.
    size: Option<u64>,
    state: Arc<Packed>,
    taken: &'a Arc<Taken>,
}

impl Member<'_> {
    fn source<'s>(
        &self,
        bytes: Box<dyn Read + Send + 's>,
        size: Option<u64>,
        cancel: &CancelToken,
    ) -> io::Result<Source<'s>> {
        let mut source = Source::of(bytes, size, Path::new(self.name), self.taken, cancel)?;
        source.packed.push(Arc::clone(&self.state));
        Ok(source)
    }

    /// Opens the archive once more and goes to the member.
    fn reopen(&self, path: &Path, cancel: &CancelToken) -> io::Result<Source<'static>> {
        let mut walk = self.kind.walk(source::open(path, cancel)?.bytes);
        let mut number = 0;
        while let Some(found) = walk.next()? {
            number += u64::from(!matches!(found, Found::Damage { .. } | Found::Note(_)));
            if let (true, Found::Member { size, state, .. }) = (number == self.number, found) {
                let member = Member {
                    size: size.or(Some(0)),
                    state,
                    ..*self
                };
                return member.source(Box::new(walk), member.size, cancel);
            }
        }
        Err(io::Error::other("the archive changed while it was read"))
    }
}
