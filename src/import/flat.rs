//! Objects of any shape as attributes: every value by its path, names joined with dots.
//!
//! For vendors whose records nest what OpenTelemetry has in one list. Dotted and nested writings of one name come to the
//! same path. Works with a stack of its own, so nesting costs no stack.

use super::fill::Result;
use super::otlp_json::document::Walk;
use super::stretch::plain;

/// Objects nested deeper than this stay one value, as JSON.
const LEVELS: usize = 24;

/// So do those whose path would be longer than this.
const PATH_BYTES: usize = 1024;

/// Is asked for every path, with the reader before its value, and tells whether it took the value.
pub type Take<'c> = dyn FnMut(&mut Walk, &str) -> Result<bool> + 'c;

/// Takes an object. What `take` leaves becomes an attribute of the record whose attributes began at `mark`. Members that
/// are null are not there.
pub fn object(walk: &mut Walk, mark: u32, prefix: &str, take: &mut Take) -> Result<()> {
    let mut path = prefix.to_owned();
    let mut open = vec![(walk.fill.json.begin_object()?, path.len())];
    while let Some((members, length)) = open.last_mut() {
        let Some(name) = walk.fill.json.next_member(members)? else {
            open.pop();
            continue;
        };
        path.truncate(*length);
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&plain(walk.fill.json.raw_text(name), name.escaped));
        if walk.fill.json.take_null() || take(walk, &path)? {
            continue;
        }
        let nests = walk.fill.json.peek()? == b'{';
        if nests && open.len() < LEVELS && path.len() < PATH_BYTES {
            open.push((walk.fill.json.begin_object()?, path.len()));
            continue;
        }
        let value = walk.fill.value()?;
        walk.fill.push_named(mark, &path, value);
    }
    Ok(())
}

/// As [`object`], where every value becomes an attribute.
pub fn all(walk: &mut Walk, mark: u32, prefix: &str) -> Result<()> {
    object(walk, mark, prefix, &mut |_, _| Ok(false))
}
