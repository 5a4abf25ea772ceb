//! Archives written by hand, byte by byte, right or wrong as a test needs it.

use flate2::{Compression, Crc, write::DeflateEncoder, write::ZlibEncoder};
use std::io::Write;

/// A tar header with its checksum.
pub fn tar_header(name: &str, kind: u8, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    let mut put =
        |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644\0");
    put(124, &format!("{size:011o}\0"));
    put(148, "        ");
    put(257, "ustar\0");
    block[156] = kind;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A file in a tar archive.
pub fn tar_member(name: &str, content: &[u8]) -> Vec<u8> {
    let padding = vec![0; content.len().wrapping_neg() % 512];
    [
        &tar_header(name, b'0', content.len())[..],
        content,
        &padding,
    ]
    .concat()
}

/// A tar archive with its end.
pub fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all = Vec::new();
    for (name, content) in members {
        all.extend(tar_member(name, content));
    }
    all.resize(all.len() + 1024, 0);
    all
}

pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::best());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

pub fn zlib(content: &[u8]) -> Vec<u8> {
    zlib_at(content, 9)
}

pub fn zlib_at(content: &[u8], level: u32) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::new(level));
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

pub fn brotli(content: &[u8]) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 5,
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut out, &params).unwrap();
    out
}

/// A member of a zip archive as its header tells it.
pub struct Zipped {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub packed: Vec<u8>,
    pub size: u32,
}

impl Zipped {
    /// A member that is deflated.
    pub fn new(name: &str, content: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(content);
        Self {
            name: name.into(),
            flags: 0x800,
            method: 8,
            crc: crc.sum(),
            packed: deflate(content),
            size: content.len() as u32,
        }
    }

    /// A member that is packed by the caller.
    pub fn packed(name: &str, content: &[u8], method: u16, packed: Vec<u8>) -> Self {
        Self {
            method,
            packed,
            ..Self::new(name, content)
        }
    }

    /// What its header and its entry in the list share.
    fn fields(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for short in [20, self.flags, self.method, 0, 0x21] {
            out.extend(short.to_le_bytes());
        }
        for long in [self.crc, self.packed.len() as u32, self.size] {
            out.extend(long.to_le_bytes());
        }
        out.extend((self.name.len() as u16).to_le_bytes());
        out.extend([0, 0]);
        out
    }

    /// Its header and its packed content.
    pub fn bytes(&self) -> Vec<u8> {
        [b"PK\x03\x04", &*self.fields(), &self.name, &self.packed].concat()
    }

    /// Its entry in the list.
    pub fn listed(&self, at: u32) -> Vec<u8> {
        let rest = [&[0; 10][..], &at.to_le_bytes()].concat();
        [b"PK\x01\x02\x14\0", &*self.fields(), &rest, &self.name].concat()
    }
}

/// A zip archive with its list.
pub fn zip(members: &[Zipped]) -> Vec<u8> {
    let (mut all, mut list) = (Vec::new(), Vec::new());
    for member in members {
        list.extend(member.listed(all.len() as u32));
        all.extend(member.bytes());
    }
    zip_end(all, list, members.len())
}

/// Puts the list and the end of a zip archive after its members.
pub fn zip_end(mut all: Vec<u8>, list: Vec<u8>, count: usize) -> Vec<u8> {
    let at = all.len() as u32;
    let (len, count) = (list.len() as u32, count as u16);
    all.extend(list);
    all.extend(b"PK\x05\x06\0\0\0\0");
    all.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    all.extend([len.to_le_bytes(), at.to_le_bytes()].concat());
    all.extend([0, 0]);
    all
}
