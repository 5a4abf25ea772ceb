//! MD5 (RFC 1321) and SHA-1 (FIPS 180-4), to name groups and issues as Sentry does, so that both sides know the same ones.
//!
//! Only names are made of them, nothing is protected by them.

use std::sync::LazyLock;

/// The MD5 of the parts one after another, as 32 hex digits.
pub fn md5_hex(parts: &[&str]) -> String {
    let bytes = padded(parts, u64::to_le_bytes);
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in bytes.chunks_exact(64) {
        md5_block(&mut state, block);
    }
    hex(state.into_iter().flat_map(u32::to_le_bytes))
}

/// The SHA-1 of a text, as 40 hex digits.
pub fn sha1_hex(text: &str) -> String {
    let bytes = padded(&[text], u64::to_be_bytes);
    let mut state: [u32; 5] = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    for block in bytes.chunks_exact(64) {
        sha1_block(&mut state, block);
    }
    hex(state.into_iter().flat_map(u32::to_be_bytes))
}

/// The message, a one bit, zeros, and its length in bits, in whole blocks.
fn padded(parts: &[&str], length: fn(u64) -> [u8; 8]) -> Vec<u8> {
    let long: usize = parts.iter().map(|part| part.len()).sum();
    let bits = (long as u64).wrapping_mul(8);
    let whole = (long + 9).next_multiple_of(64);
    let mut bytes = Vec::with_capacity(whole);
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.push(0x80);
    bytes.resize(whole - 8, 0);
    bytes.extend(length(bits));
    bytes
}

fn hex(bytes: impl Iterator<Item = u8>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    let mut text = String::with_capacity(40);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte));
    }
    text
}

fn words(block: &[u8], read: fn([u8; 4]) -> u32) -> [u32; 16] {
    let mut words = [0; 16];
    let (chunks, _) = block.as_chunks::<4>();
    for (word, bytes) in words.iter_mut().zip(chunks) {
        *word = read(*bytes);
    }
    words
}

const MD5_SHIFTS: [[u32; 4]; 4] = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];

/// RFC 1321: the whole part of 2^32 times the sine of each step.
static SINES: LazyLock<[u32; 64]> = LazyLock::new(|| {
    std::array::from_fn(|step| (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32)
});

#[inline(always)]
fn md5_step([a, b, c, d]: &mut [u32; 4], mixed: u32, word: u32, sine: u32, shift: u32) {
    let sum = a.wrapping_add(mixed).wrapping_add(sine).wrapping_add(word);
    (*a, *d, *c, *b) = (*d, *c, *b, b.wrapping_add(sum.rotate_left(shift)));
}

fn md5_block(state: &mut [u32; 4], block: &[u8]) {
    let words = words(block, u32::from_le_bytes);
    let sines = &*SINES;
    let mut now = *state;
    // A loop a round, so that what is mixed and which word comes next are known where they are used.
    for step in 0..16 {
        let [_, b, c, d] = now;
        md5_step(
            &mut now,
            (b & c) | (!b & d),
            words[step],
            sines[step],
            MD5_SHIFTS[0][step % 4],
        );
    }
    for step in 0..16 {
        let [_, b, c, d] = now;
        let word = words[(5 * step + 1) % 16];
        md5_step(
            &mut now,
            (d & b) | (!d & c),
            word,
            sines[16 + step],
            MD5_SHIFTS[1][step % 4],
        );
    }
    for step in 0..16 {
        let [_, b, c, d] = now;
        let word = words[(3 * step + 5) % 16];
        md5_step(
            &mut now,
            b ^ c ^ d,
            word,
            sines[32 + step],
            MD5_SHIFTS[2][step % 4],
        );
    }
    for step in 0..16 {
        let [_, b, c, d] = now;
        let word = words[(7 * step) % 16];
        md5_step(
            &mut now,
            c ^ (b | !d),
            word,
            sines[48 + step],
            MD5_SHIFTS[3][step % 4],
        );
    }
    let [a, b, c, d] = now;
    for (sum, part) in state.iter_mut().zip([a, b, c, d]) {
        *sum = sum.wrapping_add(part);
    }
}

fn sha1_block(state: &mut [u32; 5], block: &[u8]) {
    let mut schedule = [0u32; 80];
    schedule[..16].copy_from_slice(&words(block, u32::from_be_bytes));
    for at in 16..80 {
        let mixed = schedule[at - 3] ^ schedule[at - 8] ^ schedule[at - 14] ^ schedule[at - 16];
        schedule[at] = mixed.rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (step, word) in schedule.into_iter().enumerate() {
        let (mixed, constant) = match step / 20 {
            0 => ((b & c) | (!b & d), 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let next = a
            .rotate_left(5)
            .wrapping_add(mixed)
            .wrapping_add(e)
            .wrapping_add(constant)
            .wrapping_add(word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
        *sum = sum.wrapping_add(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        for (text, md5, sha1) in [
            (
                "",
                "d41d8cd98f00b204e9800998ecf8427e",
                "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            ),
            (
                "abc",
                "900150983cd24fb0d6963f7d28e17f72",
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
                "50abf5706a150990a08b2c5ea40fa0e585554732",
            ),
        ] {
            assert_eq!(md5_hex(&[text]), md5, "{text}");
            assert_eq!(sha1_hex(text), sha1, "{text}");
        }
        assert_eq!(md5_hex(&["a", "", "bc"]), md5_hex(&["abc"]));
    }
}
