//! The baseline: the `summary.json` of an earlier run.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::metric::{LatencySeries, Metric};

/// The schema version of `summary.json`. Changes within a version only add fields.
pub(crate) const SUMMARY_SCHEMA: u32 = 1;

/// The metrics of an earlier run.
#[derive(Debug, Clone, Deserialize)]
pub struct LoadBaseline {
    schema: u32,
    total: BaselineStep,
    steps: Vec<BaselineStep>,
}

#[derive(Debug, Clone, Deserialize)]
struct BaselineStep {
    label: String,
    requests: u64,
    rps: f64,
    error_rate: f64,
    throttled_rate: f64,
    /// Nanoseconds by `mean`, `min`, `max`, `p50`, `p99.9` and so on.
    service: BTreeMap<String, f64>,
    #[serde(default)]
    intended: Option<BTreeMap<String, f64>>,
}

/// The reason why a file is not a baseline.
#[derive(Debug, thiserror::Error)]
pub enum LoadBaselineError {
    /// The file is not the summary of a run.
    #[error("not the summary.json of a load run: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another version wrote the file.
    #[error("the baseline has schema {found}; this version reads schema {known}")]
    Schema {
        /// The schema of the file.
        found: u32,
        /// The schema that this version reads.
        known: u32,
    },
}

impl LoadBaseline {
    /// Parses the bytes of a `summary.json`.
    ///
    /// # Errors
    ///
    /// [`LoadBaselineError`] if they are something else.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, LoadBaselineError> {
        let baseline: Self = serde_json::from_slice(bytes)?;
        if baseline.schema != SUMMARY_SCHEMA {
            return Err(LoadBaselineError::Schema { found: baseline.schema, known: SUMMARY_SCHEMA });
        }
        Ok(baseline)
    }

    /// The value of a metric in the earlier run; `None` if it has none.
    pub(crate) fn value(&self, metric: Metric, series: LatencySeries, step: Option<&str>) -> Option<f64> {
        let step = match step {
            None => &self.total,
            Some(label) => self.steps.iter().find(|step| step.label == label)?,
        };
        if step.requests == 0 {
            return None;
        }
        let times = match series {
            LatencySeries::Service => &step.service,
            LatencySeries::Intended => step.intended.as_ref()?,
        };
        match metric {
            Metric::Percentile(percentile) => times.get(&format!("p{percentile}")).copied(),
            Metric::Mean => times.get("mean").copied(),
            Metric::Max => times.get("max").copied(),
            Metric::Min => times.get("min").copied(),
            Metric::ErrorRate => Some(step.error_rate),
            Metric::ThrottledRate => Some(step.throttled_rate),
            Metric::Rps => Some(step.rps),
            Metric::Requests => Some(step.requests as f64),
            Metric::Dropped | Metric::LateRate | Metric::Findings => None,
        }
    }
}
