//! Cuts as for any JSON, and puts the metadata that holds before every stretch that begins without.

use crate::import::format::{Cut, Cutting};
use crate::import::limits::SNIFF_BYTES;
use crate::import::otlp_json::cutter::for_lists;
use memchr::memmem;

const NAME: &[u8] = b"\"metadata\"";

/// Longer metadata is not carried along.
const CARRIED_BYTES: usize = 1 << 20;

/// A cutter for a file that begins so.
pub fn for_file(prefix: &[u8]) -> Box<dyn Cut> {
    let first = &prefix[..prefix.len().min(SNIFF_BYTES)];
    let first = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first);
    // Also known where reading goes on in a file that grew.
    let metadata = match memchr::memchr(b'\n', first) {
        Some(end) if is_metadata(&first[..end]) => first[..end].to_vec(),
        _ => Vec::new(),
    };
    Box::new(Cutter {
        inner: for_lists(prefix, &[b"", b"hits"]),
        first: metadata.clone(),
        metadata,
    })
}

struct Cutter {
    inner: Box<dyn Cut>,
    /// The metadata the file begins with.
    first: Vec<u8>,
    /// The metadata that holds at the next stretch.
    metadata: Vec<u8>,
}

impl Cut for Cutter {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        let mut cutting = self.inner.cut(buffer, ends);
        if let Cutting::At {
            end, before, clean, ..
        } = &mut cutting
            && self.inner.by_lines()
        {
            let stretch = buffer.get(..*end).unwrap_or(buffer);
            if before.is_empty() && !self.metadata.is_empty() && !begins_with_metadata(stretch) {
                before.clone_from(&self.metadata);
                before.push(b'\n');
            }
            if let Some(line) = last_metadata(stretch) {
                self.metadata = line.to_vec();
            }
            *clean &= self.metadata == self.first;
        }
        cutting
    }

    fn by_lines(&self) -> bool {
        self.inner.by_lines()
    }
}

fn is_metadata(line: &[u8]) -> bool {
    let inside = line.trim_ascii_start().strip_prefix(b"{");
    inside.is_some_and(|inside| inside.trim_ascii_start().starts_with(NAME))
        && line.trim_ascii_end().ends_with(b"}")
        && line.len() <= CARRIED_BYTES
}

fn begins_with_metadata(stretch: &[u8]) -> bool {
    let text = stretch.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stretch);
    let text = text.trim_ascii_start();
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    is_metadata(&text[..end])
}

/// The last line of a stretch that is metadata.
fn last_metadata(stretch: &[u8]) -> Option<&[u8]> {
    memmem::rfind_iter(stretch, NAME).find_map(|at| {
        // Only what begins a line is followed to its end, so that each line is looked at once.
        let before = stretch[..at].trim_ascii_end().strip_suffix(b"{")?;
        let indent = before.iter().rev().take_while(|byte| **byte == b' ');
        let start = before.len() - indent.count();
        if start > 0 && before.get(start - 1) != Some(&b'\n') {
            return None;
        }
        let rest = &stretch[start..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        is_metadata(line).then(|| line.trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_begin_with_the_metadata_that_holds() {
        let (one, two) = (r#"{"metadata":{"a":1}}"#, r#"{ "metadata": {"a":2}}"#);
        let mut cutter = for_file(format!("{one}\n{{\"span\":{{}}}}\n").as_bytes());
        let mut before = |text: String| match cutter.cut(text.as_bytes(), false) {
            Cutting::At { before, clean, .. } => (String::from_utf8(before).unwrap(), clean),
            other => panic!("{other:?}"),
        };
        let span = r#"{"span":{"name":"\"metadata\""}}"#;
        assert_eq!(before(format!("{one}\n{span}\n")), (String::new(), true));
        assert_eq!(before(format!("{span}\n")), (format!("{one}\n"), true));
        assert_eq!(
            before(format!("{span}\n{two}\n")),
            (format!("{one}\n"), false)
        );
        assert_eq!(before(format!("{span}\n")), (format!("{two}\n"), false));
    }
}
