//! A set that may err on the side of "perhaps": says quickly that a value is not in a segment.
//!
//! Ten bits and four probes a value: about one in a hundred "perhaps" is wrong. What is hashed is the text a value
//! is compared by, so that `5`, `5.0` and `"5"` are all found by a search for `5`.
//!
//! Filters are read without their column, so each begins with its own checksum; one that does not fit knows nothing.

use crate::store::value::{Number, ValueRef};
use xxhash_rust::xxh3::xxh3_64;

const BITS_PER_VALUE: usize = 10;
const PROBES: u64 = 4;

/// The hash of a text a value may be compared by.
pub(in crate::store) fn text_hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

/// The hash of the text a stored value is compared by; its fingerprint is given.
fn value_hash(fingerprint: u64, value: ValueRef) -> u64 {
    let hash = value.text_hash(fingerprint);
    hash.unwrap_or_else(|| match Number::of(value) {
        Some(Number::Int(number)) => int_hash(number),
        Some(number) => text_hash(&number.to_string()),
        None => text_hash(&value.to_string()),
    })
}

/// The hash of an integer's text. Columns of numbers have many, and printing them takes much longer.
fn int_hash(number: i64) -> u64 {
    /// As many as any has, and a sign.
    const LONGEST: usize = 20;
    let mut text = [b'0'; LONGEST];
    let mut begins = LONGEST;
    let mut left = number.unsigned_abs();
    while left > 0 || begins == LONGEST {
        begins -= 1;
        text[begins] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    if number < 0 {
        begins -= 1;
        text[begins] = b'-';
    }
    xxh3_64(&text[begins..])
}

/// The filter over some values, each with its fingerprint.
pub(super) fn build(values: &[(u64, ValueRef)]) -> Vec<u8> {
    let mut filter = vec![0u8; (values.len() * BITS_PER_VALUE).div_ceil(8)];
    for (fingerprint, value) in values {
        for bit in probes(value_hash(*fingerprint, *value), filter.len()) {
            filter[bit / 8] |= 1 << (bit % 8);
        }
    }
    let mut stored = xxh3_64(&filter).to_le_bytes().to_vec();
    stored.append(&mut filter);
    stored
}

/// Whether a value with this hash may be among them. No filter and a damaged one know nothing.
pub(in crate::store) fn may_hold(stored: &[u8], hash: u64) -> bool {
    let Some((sum, filter)) = stored.split_first_chunk::<8>() else {
        return true;
    };
    xxh3_64(filter).to_le_bytes() != *sum
        || probes(hash, filter.len()).all(|bit| {
            let byte = filter.get(bit / 8).copied().unwrap_or(u8::MAX);
            byte & (1 << (bit % 8)) != 0
        })
}

fn probes(hash: u64, bytes: usize) -> impl Iterator<Item = usize> {
    let bits = (bytes as u64 * 8).max(1);
    let step = (hash >> 32) | 1;
    (0..PROBES).map(move |probe| (hash.wrapping_add(probe.wrapping_mul(step)) % bits) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built<'a>(values: impl Iterator<Item = ValueRef<'a>>) -> Vec<u8> {
        let values: Vec<_> = values.map(|value| (value.fingerprint(), value)).collect();
        build(&values)
    }

    #[test]
    fn what_is_in_is_found_and_little_else() {
        let texts: Vec<String> = (0..1_000).map(|n| format!("user-{n}")).collect();
        let filter = built(texts.iter().map(|text| ValueRef::Str(text)));
        assert!(texts.iter().all(|text| may_hold(&filter, text_hash(text))));
        let others = (0..1_000).filter(|n| may_hold(&filter, text_hash(&format!("other-{n}"))));
        assert!(others.count() < 50);
    }

    #[test]
    fn integers_have_the_hash_of_their_text() {
        for number in [0, 5, -7, 10, 1_234_567_890, i64::MAX, i64::MIN] {
            assert_eq!(int_hash(number), text_hash(&number.to_string()));
        }
    }

    #[test]
    fn numbers_are_found_by_value() {
        let values = [ValueRef::Int(5), ValueRef::Float(7.0), ValueRef::Bool(true)];
        let filter = built(values.into_iter());
        for text in ["5", "7", "true"] {
            assert!(may_hold(&filter, text_hash(text)), "{text}");
        }
    }
}
