//! What stands behind the front, by the small traits it knows them by.

use crate::DataPlane;
use service::{AccessKeys, AnyService, Authorizer, Reports};
use std::sync::Arc;
use wire::ServiceInfo;

/// The services a front serves, and the gate before them.
#[derive(Clone)]
pub struct Services {
    pub(crate) keys: Arc<dyn AccessKeys>,
    pub(crate) authorizer: Arc<dyn Authorizer>,
    pub(crate) data_plane: Arc<dyn DataPlane>,
    /// `None` where nobody has anything to report.
    pub(crate) reports: Option<Arc<dyn Reports>>,
    table: Vec<Arc<dyn AnyService>>,
}

impl Services {
    /// The identity service's two faces, what invoke URLs reach, and all services with operations.
    /// Of a service that is not in `table`, every operation is known and none is built.
    pub fn new(
        keys: Arc<dyn AccessKeys>,
        authorizer: Arc<dyn Authorizer>,
        data_plane: Arc<dyn DataPlane>,
        table: Vec<Arc<dyn AnyService>>,
    ) -> Services {
        Services {
            keys,
            authorizer,
            data_plane,
            reports: None,
            table,
        }
    }

    /// Adds what answers under `/_fogbank/iam/`.
    #[must_use]
    pub fn with_reports(mut self, reports: Arc<dyn Reports>) -> Services {
        self.reports = Some(reports);
        self
    }

    pub(crate) fn get(&self, info: &'static ServiceInfo) -> Option<&dyn AnyService> {
        let found = self.table.iter().find(|s| std::ptr::eq(s.info(), info));
        found.map(|service| &**service)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.table.iter().map(|service| service.info().name)
    }
}
