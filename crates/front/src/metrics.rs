//! Counters for Prometheus. Labels come from closed sets only, so that no client can make them
//! grow.

use http::StatusCode;
use metrics::{Gauge, counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
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
        let status = status.as_str().to_owned();
        counter!(REQUESTS, "service" => service, "operation" => operation, "status" => status)
            .increment(1);
        histogram!(DURATION, "service" => service, "operation" => operation)
            .record(duration.as_secs_f64());
    }

    pub(crate) fn panicked(&self) {
        counter!(PANICS).increment(1);
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
