//! The exporter of OpenTelemetry, fed with the progress of a load and with its results.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter, MeterProvider as _};
use opentelemetry_otlp::{MetricExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

use super::OtlpError;
use crate::metric::LatencySeries;
use crate::progress::LoadProgress;
use crate::report::{LoadSummary, StepSummary};

/// The interval between two exports.
const INTERVAL: Duration = Duration::from_secs(10);
/// The time that the endpoint has for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The path of metrics at an OTLP endpoint.
const METRICS_PATH: &str = "/v1/metrics";

/// A number of the progress that only grows.
type Count = fn(&LoadProgress) -> u64;
/// A value of the progress.
type Measure = fn(&LoadProgress) -> f64;

#[derive(Debug)]
pub(super) struct Exporter {
    url: String,
    provider: SdkMeterProvider,
    meter: Meter,
    progress: Arc<Mutex<Option<LoadProgress>>>,
}

impl Exporter {
    pub(super) fn start(url: &str, run: &str) -> Result<Self, OtlpError> {
        let base = url.trim_end_matches('/').trim_end_matches(METRICS_PATH);
        let endpoint = |reason: String| OtlpError::Endpoint { url: url.to_owned(), reason };
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(endpoint("it must begin with http:// or https://".to_owned()));
        }
        let exporter = MetricExporter::builder()
            .with_http()
            .with_endpoint(format!("{base}{METRICS_PATH}"))
            .with_timeout(TIMEOUT)
            .build()
            .map_err(|error| endpoint(error.to_string()))?;
        let reader = PeriodicReader::builder(exporter).with_interval(INTERVAL).build();
        let resource = Resource::builder()
            .with_service_name("ivs-contract")
            .with_attribute(KeyValue::new("ivs_load.run", run.to_owned()))
            .build();
        let provider = SdkMeterProvider::builder().with_reader(reader).with_resource(resource).build();
        let meter = provider.meter("ivs-load");
        let export = Self { url: url.to_owned(), provider, meter, progress: Arc::default() };
        export.register_progress();
        Ok(export)
    }

    pub(super) fn observe(&self, progress: &LoadProgress) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress.clone());
    }

    pub(super) fn finish(self, summary: &LoadSummary) -> Result<(), OtlpError> {
        self.register_results(summary);
        let exported = self.provider.force_flush();
        // Its error would repeat the one of the flush.
        let _ = self.provider.shutdown();
        exported.map_err(|error| OtlpError::Export { url: self.url, reason: error.to_string() })
    }

    fn register_progress(&self) {
        let counters: [(&'static str, Count); 5] = [
            ("ivs_load.requests", |progress| progress.requests),
            ("ivs_load.failures", |progress| progress.failures),
            ("ivs_load.throttled", |progress| progress.throttled),
            ("ivs_load.dropped", |progress| progress.dropped),
            ("ivs_load.late", |progress| progress.late),
        ];
        for (name, pick) in counters {
            let progress = Arc::clone(&self.progress);
            let observe = move |instrument: &dyn AsyncInstrument<u64>| {
                if let Some(progress) = &*progress.lock().unwrap_or_else(PoisonError::into_inner) {
                    instrument.observe(pick(progress), &[]);
                }
            };
            let _ = self.meter.u64_observable_counter(name).with_callback(observe).build();
        }
        let gauges: [(&'static str, &'static str, Measure); 4] = [
            ("ivs_load.users", "{user}", |progress| progress.users as f64),
            ("ivs_load.rate", "{request}/s", |progress| progress.rps),
            ("ivs_load.latency.p50", "s", |progress| progress.p50 as f64 / 1e9),
            ("ivs_load.latency.p99", "s", |progress| progress.p99 as f64 / 1e9),
        ];
        for (name, unit, pick) in gauges {
            let progress = Arc::clone(&self.progress);
            let observe = move |instrument: &dyn AsyncInstrument<f64>| {
                if let Some(progress) = &*progress.lock().unwrap_or_else(PoisonError::into_inner) {
                    instrument.observe(pick(progress), &[]);
                }
            };
            let _ = self.meter.f64_observable_gauge(name).with_unit(unit).with_callback(observe).build();
        }
    }

    /// Records the results by step: requests by class, and the percentiles of both latency series in seconds.
    fn register_results(&self, summary: &LoadSummary) {
        let requests = self.meter.u64_counter("ivs_load.step.requests").build();
        let duration = self.meter.f64_gauge("ivs_load.step.duration").with_unit("s").build();
        for step in &summary.steps {
            for (class, count) in &step.classes {
                let labels = [KeyValue::new("step", step.label.clone()), KeyValue::new("class", *class)];
                requests.add(*count, &labels);
            }
            for (series, key, seconds) in percentiles(step) {
                let labels = [
                    KeyValue::new("step", step.label.clone()),
                    KeyValue::new("series", series),
                    KeyValue::new("percentile", key),
                ];
                duration.record(seconds, &labels);
            }
        }
        let breached = summary.gates.iter().filter(|gate| !gate.held).count();
        self.meter.u64_gauge("ivs_load.gates.breached").build().record(breached as u64, &[]);
        self.meter.u64_gauge("ivs_load.findings").build().record(summary.findings.len() as u64, &[]);
    }
}

/// The percentiles of a step: series, name and seconds.
fn percentiles(step: &StepSummary) -> impl Iterator<Item = (&'static str, String, f64)> {
    let both = [(LatencySeries::Service, Some(&step.service)), (LatencySeries::Intended, step.intended.as_ref())];
    both.into_iter().flat_map(|(series, times)| {
        let times = times.into_iter().flatten().filter(|(key, _)| key.starts_with('p'));
        times.map(move |(key, nanoseconds)| (series.name(), key.clone(), nanoseconds / 1e9))
    })
}
