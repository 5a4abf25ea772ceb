//! How far an import is, for whoever looks on from another thread.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How far an import is. Counts over all files of a request.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read, of those on disk.
    pub bytes: AtomicU64,
    /// Bytes there are on disk, as far as known; streams add nothing.
    pub bytes_total: AtomicU64,
    /// Spans committed.
    pub spans: AtomicU64,
    /// Log records committed.
    pub logs: AtomicU64,
    /// Errors committed.
    pub errors: AtomicU64,
    began: Mutex<Option<Instant>>,
}

/// Before that, the speed so far says little.
const KNOWN_AFTER: Duration = Duration::from_millis(700);

impl Progress {
    /// A request for these files begins: what was read for another does not count any more.
    pub fn begin(&self, files: &[PathBuf]) {
        let size = |file: &PathBuf| std::fs::metadata(file).map_or(0, |meta| meta.len());
        let total = files.iter().map(size).sum();
        self.bytes_total.store(total, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
        if let Ok(mut began) = self.began.lock() {
            *began = Some(Instant::now());
        }
    }

    /// Records committed so far; changes whenever a batch was committed.
    pub fn committed(&self) -> u64 {
        [&self.spans, &self.logs, &self.errors]
            .iter()
            .map(|count| count.load(Ordering::Relaxed))
            .sum()
    }

    /// How much of the known bytes was read, 0 to 1; `None` when the size is not known.
    pub fn fraction(&self) -> Option<f32> {
        let total = self.bytes_total.load(Ordering::Relaxed);
        let read = self.bytes.load(Ordering::Relaxed);
        (total > 0).then(|| (read as f64 / total as f64).min(1.0) as f32)
    }

    /// How long the rest takes at the speed so far; `None` while that cannot be told.
    pub fn time_left(&self) -> Option<Duration> {
        // Held for an assignment only.
        let began = (*self.began.lock().ok()?)?;
        time_left(began.elapsed(), self.fraction()?)
    }
}

fn time_left(elapsed: Duration, fraction: f32) -> Option<Duration> {
    let told = elapsed >= KNOWN_AFTER && fraction > 0.0 && fraction <= 1.0;
    told.then(|| elapsed.mul_f64(f64::from((1.0 - fraction) / fraction).min(1e6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_the_speed_so_far_says() {
        let secs = Duration::from_secs;
        assert_eq!(time_left(secs(10), 0.25), Some(secs(30)));
        assert_eq!(time_left(secs(10), 1.0), Some(secs(0)));
        assert_eq!(time_left(secs(10), 0.0), None);
        assert_eq!(time_left(Duration::from_millis(100), 0.5), None);
        assert_eq!(Progress::default().time_left(), None);
    }

    #[test]
    fn a_request_counts_from_its_own_beginning() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789").unwrap();
        let progress = Progress::default();
        progress.bytes.store(99, Ordering::Relaxed);
        progress.begin(&[file.path().to_owned(), PathBuf::from("-")]);
        assert_eq!(progress.fraction(), Some(0.0));
        progress.bytes.store(5, Ordering::Relaxed);
        assert_eq!(progress.fraction(), Some(0.5));
    }
}
