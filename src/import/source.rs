//! Where bytes come from: files, folders, standard input. What is compressed comes out unpacked.

use super::unpack::{MAGIC_BYTES, Packed, Packing, unpack};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An opened input.
pub struct Source {
    /// Its bytes, unpacked.
    pub bytes: Box<dyn Read + Send>,
    /// Its size on disk, if it is a file and so can be read again.
    pub size: Option<u64>,
    /// How unpacking goes, if it is compressed.
    pub packed: Option<Arc<Packed>>,
}

/// The path that means standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Opens a file, or standard input for `-`.
pub fn open(path: &Path) -> io::Result<Source> {
    if is_stdin(path) {
        return unpacked(Box::new(io::stdin()), None);
    }
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a folder",
        ));
    }
    unpacked(Box::new(file), meta.is_file().then_some(meta.len()))
}

/// Looks at the first bytes, and unpacks if they say so.
fn unpacked(mut bytes: Box<dyn Read + Send>, size: Option<u64>) -> io::Result<Source> {
    let mut start = Vec::new();
    fill(&mut bytes, &mut start, MAGIC_BYTES)?;
    let packing = Packing::of(&start);
    let bytes = Box::new(io::Cursor::new(start).chain(bytes));
    let (bytes, packed) = match packing {
        None => (bytes as Box<dyn Read + Send>, None),
        Some(packing) => {
            let (bytes, packed) = unpack(packing, bytes)?;
            (bytes, Some(packed))
        }
    };
    Ok(Source {
        bytes,
        size,
        packed,
    })
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
            false => files.push(path.clone()),
        }
    }
    files
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
        let found = expand(&[at("c.json"), folder.path().to_owned(), at("missing")]);
        let expected = ["c.json", "a.json", "b/z.json", "c.json", "missing"];
        assert_eq!(found, expected.map(at));
    }
}
