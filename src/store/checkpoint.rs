//! Beside the writer, moves what is committed from the write-ahead log into the store's file.
//!
//! Both are as safe: a commit counts once it is in the log, and the log is on the disk before the file is touched. But a
//! writer that does it itself waits for the disk, and soon the parsers wait for the writer. SQLite allows one connection to
//! write to the log while another empties it; what this thread does not get to, the writer does when the log has become
//! four times as long.

use super::schema;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// After so many bytes of records the log is worth emptying: they are about half of what is written to it.
const EVERY: usize = 16 << 20;

/// How long the log may get before the writer waits for it to be emptied, in pages of the usual size: 128 MiB.
pub(super) const WRITER_WAITS_FROM: u32 = 16 * 1024;

/// Empties the log now and then.
pub(super) struct Checkpoints {
    path: PathBuf,
    /// Bytes of records since the log was last to be emptied.
    waiting: usize,
    thread: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Checkpoints {
    /// For the store at a path. The thread begins when there is enough to do.
    pub fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            waiting: 0,
            thread: None,
        }
    }

    /// So many bytes of records were committed.
    pub fn committed(&mut self, bytes: usize) {
        self.waiting += bytes;
        if self.waiting < EVERY {
            return;
        }
        self.waiting = 0;
        let path = &self.path;
        let (wake, _) = self.thread.get_or_insert_with(|| {
            let (wake, woken) = sync_channel(1);
            let path = path.clone();
            (wake, thread::spawn(move || run(&path, &woken)))
        });
        // If it is still at it, what is new is for the next time.
        let _ = wake.try_send(());
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if let Some((wake, thread)) = self.thread.take() {
            drop(wake);
            // A panic there has lost nothing: the log is still whole.
            let _ = thread.join();
        }
    }
}

fn run(path: &Path, woken: &Receiver<()>) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    // Without a connection of its own nothing is lost: the writer empties the log.
    let connection = schema::connect(path, flags).ok();
    while woken.recv().is_ok() {
        if let Some(connection) = &connection {
            let _ = checkpoint(connection);
        }
    }
}

/// Moves what can be moved without waiting for anybody. An error, such as a full disk, comes up again where it is told: when
/// the writer needs the room.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_gets_into_the_file_while_the_writer_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.store");
        let writer = schema::open_for_writing(&path).unwrap();
        writer.execute_batch("CREATE TABLE noise(x)").unwrap();
        let size = || std::fs::metadata(&path).unwrap().len();
        let mut checkpoints = Checkpoints::of(&path);
        let mut write = |bytes: usize| {
            let before = size();
            writer
                .execute("INSERT INTO noise VALUES(zeroblob(1000000))", [])
                .unwrap();
            checkpoints.committed(bytes);
            before
        };
        assert_eq!(write(EVERY - 1), size());
        let before = write(1);
        drop(checkpoints);
        assert!(size() >= before + 2_000_000);
        let rows: i64 = writer
            .query_row("SELECT count(*) FROM noise", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 2);
    }
}
