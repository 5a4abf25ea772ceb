//! The place behind a finding or a sentence of the insights: as somewhere to go, and as text that opens it.

use super::route::{
    HealthOf, HealthPlace, InsightFilters, InsightsPlace, IssuesPlace, LogsPlace, Route,
    SpansPlace, TracePlace,
};
use crate::insights::place::Place;
use crate::query;

/// The text of the place, without filters.
pub fn text(place: &Place) -> String {
    route(place, &InsightFilters::default()).to_string()
}

/// The place under the filters of what leads to it.
pub fn route(place: &Place, filters: &InsightFilters) -> Route {
    let both = |query: &str| query::both(query, &filters.search());
    match place {
        Place::Trace(trace, span) => Route::Trace(TracePlace::new(*trace, *span)),
        Place::Spans(query) => Route::Spans(SpansPlace {
            query: both(query),
            range: filters.range,
            ..SpansPlace::default()
        }),
        Place::Logs(query) => Route::Logs(LogsPlace {
            query: both(query),
            range: filters.range,
            ..LogsPlace::default()
        }),
        Place::Issues => Route::Issues(IssuesPlace::default()),
        Place::Module(module) => Route::Insights(InsightsPlace {
            filters: filters.clone(),
            ..InsightsPlace::new(*module)
        }),
        Place::Look(look) => Route::Insights(InsightsPlace {
            filters: filters.clone(),
            look: Some(*look),
            ..InsightsPlace::new(look.module())
        }),
        Place::Doctor => Route::Health(HealthPlace {
            of: HealthOf::Instrumentation,
            filters: filters.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::route::Dimension;
    use crate::insights::Module;
    use crate::insights::looks::Look;
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
            (Place::Module(Module::Caches), "insights/caches"),
            (Place::Look(Look::CacheKeys), "insights/caches/keys"),
            (Place::Doctor, "insights/doctor"),
        ] {
            let text = text(&place);
            assert_eq!(text, expected);
            assert!(text.parse::<Route>().is_ok(), "{text}");
        }
    }

    #[test]
    fn filters_go_along() {
        let mut filters = InsightFilters::default();
        filters.toggle(Dimension::Service, "cart");
        let to = |place| route(&place, &filters).to_string();
        assert_eq!(
            to(Place::Spans("a:b OR c:d".to_owned())),
            "spans?q=(a:b%20OR%20c:d)%20service:cart"
        );
        assert_eq!(to(Place::Doctor), "insights/doctor?service=cart");
    }
}
