//! Numbers and short fields of zip archives.

/// What marks the sizes and the checksum that follow a member.
pub const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Their greatest length: with a mark and long sizes.
pub const DESCRIPTOR_BYTES: usize = 24;
/// What stands for a size that is in an extra field.
pub const ELSEWHERE: u64 = 0xFFFF_FFFF;

/// A number of this width, little end first; 0 beyond the end.
pub fn u16_at(bytes: &[u8], at: usize) -> u64 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk);
    field.map_or(0, |field| u16::from_le_bytes(*field).into())
}

/// A number of this width, little end first; 0 beyond the end.
pub fn u32_at(bytes: &[u8], at: usize) -> u64 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk);
    field.map_or(0, |field| u32::from_le_bytes(*field).into())
}

/// A number of this width, little end first; 0 beyond the end.
pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk);
    field.map_or(0, |field| u64::from_le_bytes(*field))
}

/// The sizes of a member of more than 4 GiB.
pub fn large_sizes(mut extra: &[u8], packed: u64, size: u64) -> (u64, u64) {
    while extra.len() >= 4 {
        let len = u16_at(extra, 2) as usize;
        let (this, rest) = extra[4..].split_at(len.min(extra.len() - 4));
        if u16_at(extra, 0) == 1 {
            // Only what did not fit is there.
            return match (packed == ELSEWHERE, size == ELSEWHERE) {
                (true, true) => (u64_at(this, 8), u64_at(this, 0)),
                (true, false) => (u64_at(this, 0), size),
                _ => (packed, u64_at(this, 0)),
            };
        }
        extra = rest;
    }
    (packed, size)
}

/// The name of a way of packing that is not read.
pub fn method_name(method: u64) -> String {
    let known = match method {
        1 => "shrink",
        6 => "implode",
        9 => "deflate64",
        12 => "bzip2",
        14 => "LZMA",
        95 => "xz",
        98 => "PPMd",
        other => return format!("a method of number {other}"),
    };
    known.to_owned()
}

/// What follows a member: its checksum, and how long that is. With or without its mark, with short or long sizes: right is
/// what agrees with the sizes that were found.
pub fn descriptor(after: &[u8], taken: u64, given: u64) -> Option<(u32, usize)> {
    let mark = match after.starts_with(DESCRIPTOR) {
        true => 4,
        false => 0,
    };
    let crc = u32_at(after, mark) as u32;
    let sizes = (taken & 0xFFFF_FFFF, given & 0xFFFF_FFFF);
    if after.len() >= mark + 20
        && (u64_at(after, mark + 4), u64_at(after, mark + 12)) == (taken, given)
    {
        Some((crc, mark + 20))
    } else if after.len() >= mark + 12
        && (u32_at(after, mark + 4), u32_at(after, mark + 8)) == sizes
    {
        Some((crc, mark + 12))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_large_members_are_in_an_extra_field() {
        let (size, packed) = (5_000_000_000_u64, 6_000_000_000_u64);
        let both = [size.to_le_bytes(), packed.to_le_bytes()].concat();
        let field = |content: &[u8]| {
            let len = (content.len() as u16).to_le_bytes();
            [b"\x0A\x00\x02\0xx\x01\0", &len[..], content].concat()
        };
        let all = ELSEWHERE;
        for (extra, packed_field, size_field, expected) in [
            (field(&both), all, all, (packed, size)),
            (field(&both[8..]), all, 7, (packed, 7)),
            (field(&both[..8]), 7, all, (7, size)),
            // Broken off, and without the field.
            (field(&both[..9]), all, all, (0, size)),
            (Vec::new(), all, 7, (all, 7)),
            (vec![1, 0, 255], all, 7, (all, 7)),
        ] {
            let found = large_sizes(&extra, packed_field, size_field);
            assert_eq!(found, expected, "{extra:?}");
        }
    }

    #[test]
    fn descriptors_come_in_four_forms() {
        let crc = 7_u32.to_le_bytes();
        let short = [3_u32.to_le_bytes(), 5_u32.to_le_bytes()].concat();
        let long = [3_u64.to_le_bytes(), 5_u64.to_le_bytes()].concat();
        for (bytes, len) in [
            ([DESCRIPTOR, &crc, &short].concat(), 16),
            ([DESCRIPTOR, &crc, &long].concat(), 24),
            ([&crc[..], &short].concat(), 12),
            ([&crc[..], &long].concat(), 20),
        ] {
            let followed = [&bytes[..], b"PK\x03\x04"].concat();
            assert_eq!(descriptor(&followed, 3, 5), Some((7, len)));
            assert_eq!(descriptor(&followed, 4, 5), None);
            assert_eq!(descriptor(&bytes[..len - 1], 3, 5), None);
        }
    }
}
