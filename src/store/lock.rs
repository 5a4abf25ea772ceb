//! One writing process at a time: an advisory lock on a file beside the store, `<store>.lock`.
//!
//! The lock belongs to the open file, so the system gives it back whatever way a process ends. The text in the file
//! only tells people who holds it.

use super::StoreError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The right to write; given back when dropped.
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the right to write to a store, or says who has it.
    pub fn take(store: &Path) -> Result<Self, StoreError> {
        let path = beside(store);
        let failed =
            |error| StoreError::failed(&format!("use the lock file {}", path.display()), error);
        let mut options = OpenOptions::new();
        options.create(true).read(true).write(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    path: store.display().to_string(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let since = chrono::Local::now().format("%Y-%m-%d %H:%M:%S");
        file.set_len(0).map_err(failed)?;
        write!(file, "process {}, since {since}", std::process::id()).map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The file stays: deleting it could take away the lock of one who comes just now.
        let _ = self.file.set_len(0);
        // Closing would do, but for a process being started this instant, which holds a copy of every open file.
        let _ = self.file.unlock();
    }
}

fn beside(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// What the holder wrote. Where locked files cannot be read (Windows) nobody can tell.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file
        .rewind()
        .and_then(|()| file.take(200).read_to_string(&mut text));
    match (read, text.trim()) {
        (Ok(_), known) if !known.is_empty() => known.to_owned(),
        _ => "another process".to_owned(),
    }
}
