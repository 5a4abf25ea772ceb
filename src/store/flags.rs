//! Kind, status and segment of a span in one small number; part of the file format (see [`super::span_block`]).

use crate::model::batch::{SpanKind, SpanStatus};

pub(super) fn pack(kind: SpanKind, status: SpanStatus, segment: bool) -> u8 {
    kind as u8 | (status as u8) << 3 | u8::from(segment) << 5
}

pub(super) fn kind(flags: i64) -> SpanKind {
    SpanKind::from_number(flags & 0b111)
}

pub(super) fn status(flags: i64) -> SpanStatus {
    SpanStatus::from_number(flags >> 3 & 0b11)
}

pub(super) fn segment(flags: i64) -> bool {
    flags >> 5 & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let flags = i64::from(pack(SpanKind::Consumer, SpanStatus::Error, true));
        assert_eq!(
            (kind(flags), status(flags), segment(flags)),
            (SpanKind::Consumer, SpanStatus::Error, true)
        );
    }
}
