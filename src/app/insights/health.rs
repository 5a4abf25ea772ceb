//! How the capture is, drawn up for a page: the overview with the place of each service on the map, what went on over time, and
//! what is said of issues.

use crate::analysis::service_map::ServiceEdge;
use crate::insights::family::Family;
use crate::insights::overview::{self, Overview, Sentence};
use crate::insights::series::{Series, series};
use crate::insights::{Asked, Module, issues};
use crate::layout::{LayeredGraph, layered};
use crate::model::CancelToken;
use crate::store::{Filter, Reader, StoreError};
use std::sync::Arc;

use super::STRETCHES;
use super::detail::FoundIssues;

/// The overview with its drawing.
#[derive(Debug)]
pub struct HealthLook {
    /// Whether it is all there is; otherwise these are the first figures.
    pub is_whole: bool,
    /// What there is to say.
    pub overview: Overview,
    /// Where the services stand, and the bends of their calls.
    pub layout: LayeredGraph,
    /// All transactions over time, and in one; `None` if there is no time to cut.
    pub traffic: Option<Arc<Traffic>>,
}

/// All transactions, as one.
#[derive(Debug)]
pub struct Traffic {
    /// A row a stretch of time.
    pub over_time: Series,
    /// One row of all of it.
    pub whole: Series,
}

impl Traffic {
    fn read(
        reader: &Reader,
        asked: &Asked,
        cancel: &CancelToken,
    ) -> Result<Option<Self>, StoreError> {
        // Transactions are groups of the store, which knows time itself.
        let family = || {
            Err(StoreError::failed(
                "draw the traffic",
                "families are not for it",
            ))
        };
        let cut = |stretches: usize| {
            let of = (asked, &family as &dyn Fn() -> _);
            series(Module::Transactions, reader, of, None, stretches, cancel)
        };
        let (over_time, whole) = (cut(STRETCHES)?, cut(1)?);
        let both = over_time.zip(whole);
        Ok(both.map(|(over_time, whole)| Self { over_time, whole }))
    }
}

impl HealthLook {
    /// What is there soonest: the traffic, services and endpoints.
    pub(super) fn first(
        reader: &Reader,
        asked: &Asked,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let traffic = Traffic::read(reader, asked, cancel)?.map(Arc::new);
        let overview = overview::first(reader, asked, cancel)?;
        Ok(Self::drawn(overview, traffic, false))
    }

    /// All of it, from the first figures on.
    pub(super) fn whole(
        reader: &Reader,
        asked: &Asked,
        family: &Family,
        first: &Self,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let of = (family, &[][..]);
        let overview = overview::rest(reader, asked, of, first.overview.clone(), cancel)?;
        Ok(Self::drawn(overview, first.traffic.clone(), true))
    }

    fn drawn(overview: Overview, traffic: Option<Arc<Traffic>>, is_whole: bool) -> Self {
        let ends = |edge: &ServiceEdge| (edge.from, edge.to);
        let edges: Vec<(usize, usize)> = overview.calls.iter().map(ends).collect();
        let is_called = |at: usize| edges.iter().any(|(_, to)| *to == at);
        let services = 0..overview.services.len();
        let entries: Vec<usize> = services.filter(|at| !is_called(*at)).collect();
        let layout = layered(overview.services.len(), &edges, &entries);
        Self {
            is_whole,
            overview,
            layout,
            traffic,
        }
    }
}

/// What is said of issues: of those that were found, or of those in the records of a filter.
pub(super) fn worst(
    reader: &Reader,
    filter: &Filter,
    found: Option<&FoundIssues>,
    cancel: &CancelToken,
) -> Result<Vec<Sentence>, StoreError> {
    if let Some(found) = found {
        return Ok(overview::of_issues(found));
    }
    let settings = issues::settings(reader)?;
    let found = issues::find(reader, filter, &settings, cancel, &mut |_| ())?;
    Ok(overview::of_issues(&found))
}
