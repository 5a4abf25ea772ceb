//! The place behind a finding or a sentence of the insights, as text that opens it.

use super::route::{LogsPlace, Route, SpansPlace, TracePlace};
use crate::insights::place::Place;

/// The text of the place.
pub fn text(place: &Place) -> String {
    match place {
        Place::Trace(trace, span) => Route::Trace(TracePlace::new(*trace, *span)).to_string(),
        Place::Spans(query) => Route::Spans(SpansPlace {
            query: query.clone(),
            ..SpansPlace::default()
        })
        .to_string(),
        Place::Logs(query) => Route::Logs(LogsPlace {
            query: query.clone(),
            ..LogsPlace::default()
        })
        .to_string(),
        Place::Issues => "issues".to_owned(),
        Place::Module(module) => format!("insights/{}", module.name()),
        Place::Look(look) => format!("insights/{}", look.path()),
        Place::Doctor => "insights/doctor".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SpanId, TraceId};

    #[test]
    fn places_can_be_opened() {
        for (place, expected) in [
            (
                Place::Trace(TraceId([1; 16]), Some(SpanId(2))),
                "trace/01010101010101010101010101010101/0000000000000002",
            ),
            (Place::Spans("op:db".to_owned()), "spans?q=op:db"),
            (Place::Logs("!is:traced".to_owned()), "logs?q=!is:traced"),
            (Place::Issues, "issues"),
        ] {
            let text = text(&place);
            assert_eq!(text, expected);
            assert!(text.parse::<Route>().is_ok(), "{text}");
        }
    }
}
