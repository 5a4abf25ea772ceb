//! Where bytes come from: files, folders, standard input, members of archives. What is compressed comes out unpacked.

use super::archive;
use super::explain;
use super::format::{Format, sniff};
use super::limits::SNIFF_BYTES;
use super::packed::{FromDisk, Packed, Taken};
use super::unpack::{MAGIC_BYTES, Packing, UTF_16, attempt, may_be_zlib, unpack};
use crate::model::CancelToken;
use crate::model::report::Problems;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An opened input.
pub struct Source<'a> {
    /// Its bytes from the start, unpacked.
    pub bytes: Box<dyn Read + Send + 'a>,
    /// The first of these, at most [`SNIFF_BYTES`].
    pub prefix: Vec<u8>,
    /// What is in it, going by those.
    pub content: Content,
    /// Its size, if it can be read again: on disk, or in the archive.
    pub size: Option<u64>,
    /// What it is compressed with, for people.
    pub packing: Option<&'static str>,
    /// How unpacking goes, of each thing it is packed in; empty if it is not packed.
    pub packed: Vec<Arc<Packed>>,
    /// How much was read from the disk for it.
    pub taken: Arc<Taken>,
}

/// What is in an input.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Records of a format.
    Records(&'static Format),
    /// Other files.
    Archive(archive::Kind),
    /// Nothing that anyone here knows.
    Unknown,
}

impl<'a> Source<'a> {
    /// Looks at the first bytes, unpacks if they say so, and looks what is in it. `name` may help to guess, no more.
    pub fn of(
        mut bytes: Box<dyn Read + Send + 'a>,
        size: Option<u64>,
        name: &Path,
        taken: &Arc<Taken>,
        cancel: &CancelToken,
    ) -> io::Result<Self> {
        let mut start = Vec::new();
        fill(&mut bytes, &mut start, MAGIC_BYTES)?;
        let mut state = None;
        if let Some(packing) = Packing::of(&start) {
            (bytes, state) = unpacked(packing, &mut start, bytes, cancel)?;
        }
        fill(&mut bytes, &mut start, SNIFF_BYTES)?;
        let mut content = content_of(&start);
        if state.is_none()
            && let Some(packing) = hidden_packing(&start, content, name)
        {
            (bytes, state) = unpacked(packing, &mut start, bytes, cancel)?;
            fill(&mut bytes, &mut start, SNIFF_BYTES)?;
            content = content_of(&start);
        }
        let prefix = start.clone();
        Ok(Self {
            bytes: again(&mut start, bytes),
            prefix,
            content,
            size,
            packing: state.as_ref().map(|state| state.name),
            packed: state.into_iter().collect(),
            taken: Arc::clone(taken),
        })
    }

    /// Whether it ended before its end.
    pub fn is_broken(&self) -> bool {
        self.packed.iter().any(|packed| packed.is_broken())
    }

    /// Takes what was wrong with how it is packed.
    pub fn take_problems(&self) -> Problems {
        let mut problems = Problems::default();
        for packed in &self.packed {
            problems.merge(packed.take_problems());
        }
        problems
    }

    /// What to say if its content is unknown.
    pub fn explain(&self) -> String {
        let mut what = explain::unknown(&self.prefix);
        if let Some(name) = self.packing
            && let Some(again) = hidden_packing(&self.prefix, self.content, Path::new(name))
        {
            let again = again.name();
            what = format!("What is in it is compressed once more with {again}: unpack it first.");
        }
        match self.packing {
            Some(UTF_16) => format!("It is text in UTF-16. {what}"),
            Some(name) => format!("It is compressed with {name}. {what}"),
            None => what,
        }
    }
}

type Unpacked<'a> = (Box<dyn Read + Send + 'a>, Option<Arc<Packed>>);

/// Unpacks what begins with `start`, which is empty afterwards.
fn unpacked<'a>(
    packing: Packing,
    start: &mut Vec<u8>,
    rest: Box<dyn Read + Send + 'a>,
    cancel: &CancelToken,
) -> io::Result<Unpacked<'a>> {
    let (bytes, state) = unpack(packing, again(start, rest), cancel)?;
    Ok((bytes, Some(state)))
}

/// Puts what was read back before the rest.
fn again<'a>(start: &mut Vec<u8>, rest: Box<dyn Read + Send + 'a>) -> Box<dyn Read + Send + 'a> {
    Box::new(io::Cursor::new(std::mem::take(start)).chain(rest))
}

fn content_of(prefix: &[u8]) -> Content {
    match (archive::Kind::of(prefix), sniff(prefix)) {
        // First: its members may not be packed, and then what a format looks for is in sight.
        (Some(kind), _) => Content::Archive(kind),
        (None, Some(format)) => Content::Records(format),
        (None, None) => Content::Unknown,
    }
}

/// The packing of a file that begins so, if only unpacking it shows that. Brotli and deflate have no beginning of their own:
/// they are tried when the bytes are no text and nothing else, and count if what comes out is known.
fn hidden_packing(prefix: &[u8], content: Content, name: &Path) -> Option<Packing> {
    let is_known = |bytes: &[u8]| !matches!(content_of(bytes), Content::Unknown);
    let unpacks = |packing: &Packing| is_known(&attempt(*packing, prefix, SNIFF_BYTES));
    if may_be_zlib(prefix) && unpacks(&Packing::Zlib) {
        return Some(Packing::Zlib);
    }
    if !matches!(content, Content::Unknown) || !explain::is_binary(prefix) {
        return None;
    }
    if may_be_zlib(prefix) && !attempt(Packing::Zlib, prefix, 1).is_empty() {
        // There is something else in it than records, which the report will say.
        return Some(Packing::Zlib);
    }
    let mut guesses = [Packing::Brotli, Packing::Deflate];
    if name.extension().is_some_and(|extension| extension != "br") {
        guesses.reverse();
    }
    guesses.into_iter().find(unpacks)
}

/// The path that means standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Opens a file, or standard input for `-`.
pub fn open(path: &Path, cancel: &CancelToken) -> io::Result<Source<'static>> {
    let (bytes, size): (Box<dyn Read + Send>, _) = if is_stdin(path) {
        (Box::new(io::stdin()), None)
    } else {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        if meta.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        (Box::new(file), meta.is_file().then_some(meta.len()))
    };
    let taken = Arc::default();
    let bytes = Box::new(FromDisk {
        bytes,
        taken: Arc::clone(&taken),
        cancel: cancel.clone(),
    });
    Source::of(bytes, size, path, &taken, cancel)
}

/// Reads until `buffer` holds `len` bytes or there are no more; tells whether there are no more.
pub fn fill(source: &mut dyn Read, buffer: &mut Vec<u8>, len: usize) -> io::Result<bool> {
    let wanted = len.saturating_sub(buffer.len()) as u64;
    buffer.reserve(wanted as usize);
    let got = source.take(wanted).read_to_end(buffer)? as u64;
    Ok(got < wanted)
}

/// Files stay as they are; folders become the files in them, in order of name, at any depth. Hidden files and folders
/// inside of folders are left out, and so are links to folders. What cannot be listed stays as it is, so that reading it says why.
pub fn expand(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => expand_folder(path, &mut files),
            false => files.push(on_disk(path)),
        }
    }
    files
}

/// The file that a path leads to: of the member of an archive, as reports name it, the archive.
fn on_disk(path: &Path) -> PathBuf {
    let file = path.ancestors().skip(1).find(|above| above.is_file());
    match file {
        Some(archive) if !path.exists() => archive.to_owned(),
        _ => path.to_owned(),
    }
}

fn expand_folder(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        files.push(folder.to_owned());
        return;
    };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => expand_folder(&path, files),
            _ if path.is_dir() => {}
            _ => files.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_expanded_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/.hidden")).unwrap();
        for name in [
            "c.json",
            "a.json",
            "b/z.json",
            "b/.hidden/x.json",
            ".y.json",
        ] {
            fs::write(at(name), "{}").unwrap();
        }
        let member = at("c.json/inner/member.json");
        assert_eq!(expand(&[member]), [at("c.json")]);
        let found = expand(&[at("c.json"), folder.path().to_owned(), at("missing")]);
        let expected = ["c.json", "a.json", "b/z.json", "c.json", "missing"];
        assert_eq!(found, expected.map(at));
    }
}
