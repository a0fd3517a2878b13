//! Counters for Prometheus. Labels come from closed sets only, so that no client can make them
//! grow.

use http::StatusCode;
use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
    histogram,
};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

const REQUESTS: &str = "fogbank_requests_total";
const DURATION: &str = "fogbank_request_duration_seconds";
const IN_FLIGHT: &str = "fogbank_requests_in_flight";
const CONNECTIONS: &str = "fogbank_connections";
const PANICS: &str = "fogbank_panics_total";

/// Upper bounds of the duration histogram, in seconds.
const BUCKETS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0,
];

/// How often observations are folded into the histogram, lest they pile up between scrapes.
pub(crate) const UPKEEP: Duration = Duration::from_secs(5);

/// The process's metrics. Everything counted through the `metrics` facade appears in them.
#[derive(Clone)]
pub struct Metrics {
    prometheus: PrometheusHandle,
    in_flight: Gauge,
    connections: Gauge,
    answered: Arc<RwLock<HashMap<Labels, Answered>>>,
}

/// What answers are counted by: service, operation and status.
type Labels = (&'static str, &'static str, StatusCode);

/// The counters of answers with the same labels: finding them by name takes longer than counting.
#[derive(Clone)]
struct Answered {
    requests: Counter,
    duration: Histogram,
}

/// There can be only one set of metrics in a process.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be installed")]
pub struct MetricsNotInstalled(#[from] BuildError);

/// Counts something as going on until it is dropped.
pub(crate) struct Ongoing(Gauge);

impl Metrics {
    /// Installs the process's metrics.
    ///
    /// # Errors
    /// When some are installed already.
    pub fn install() -> Result<Metrics, MetricsNotInstalled> {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS)?;
        let prometheus = builder.install_recorder()?;
        describe_counter!(
            REQUESTS,
            "Requests answered, by service, operation and status."
        );
        describe_histogram!(DURATION, "Time from a request's head to its answer.");
        describe_gauge!(IN_FLIGHT, "Requests being answered.");
        describe_gauge!(CONNECTIONS, "Open connections.");
        describe_counter!(PANICS, "Requests whose handler panicked.");
        Ok(Metrics {
            prometheus,
            in_flight: metrics::gauge!(IN_FLIGHT),
            connections: metrics::gauge!(CONNECTIONS),
            answered: Arc::default(),
        })
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self) -> String {
        self.prometheus.render()
    }

    pub(crate) fn upkeep(&self) {
        self.prometheus.run_upkeep();
    }

    pub(crate) fn request(&self) -> Ongoing {
        Ongoing::start(&self.in_flight)
    }

    pub(crate) fn connection(&self) -> Ongoing {
        Ongoing::start(&self.connections)
    }

    pub(crate) fn answered(
        &self,
        service: &'static str,
        operation: &'static str,
        status: StatusCode,
        duration: Duration,
    ) {
        let labels = (service, operation, status);
        if let Some(answered) = self.answered.read().get(&labels) {
            return answered.count(duration);
        }
        let answered = Answered::with(labels);
        answered.count(duration);
        self.answered.write().insert(labels, answered);
    }

    pub(crate) fn panicked(&self) {
        counter!(PANICS).increment(1);
    }
}

impl Answered {
    fn with((service, operation, status): Labels) -> Answered {
        let status = status.as_str().to_owned();
        Answered {
            requests: counter!(REQUESTS, "service" => service, "operation" => operation, "status" => status),
            duration: histogram!(DURATION, "service" => service, "operation" => operation),
        }
    }

    fn count(&self, duration: Duration) {
        self.requests.increment(1);
        self.duration.record(duration.as_secs_f64());
    }
}

impl Ongoing {
    fn start(gauge: &Gauge) -> Ongoing {
        gauge.increment(1);
        Ongoing(gauge.clone())
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
