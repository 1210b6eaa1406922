//! An earlier run to compare with: its `summary.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::figures::Series;
use crate::gate::Metric;

/// The figures of an earlier run.
#[derive(Debug, Clone, Deserialize)]
pub struct Baseline {
    schema: u32,
    total: Step,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
struct Step {
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

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is no summary of a run.
    #[error("the baseline is no summary.json of a load run: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("the baseline has schema {found}; this version reads {known}")]
    Schema {
        /// The file's.
        found: u32,
        /// Ours.
        known: u32,
    },
}

impl Baseline {
    /// Reads the bytes of a `summary.json`.
    ///
    /// # Errors
    ///
    /// [`BaselineError`] if they are none.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_slice(bytes)?;
        if baseline.schema != crate::summary::SCHEMA {
            return Err(BaselineError::Schema { found: baseline.schema, known: crate::summary::SCHEMA });
        }
        Ok(baseline)
    }

    /// One figure of the earlier run; `None` if it does not hold it.
    pub(crate) fn figure(&self, metric: Metric, series: Series, step: Option<&str>) -> Option<f64> {
        let step = match step {
            None => &self.total,
            Some(label) => self.steps.iter().find(|step| step.label == label)?,
        };
        if step.requests == 0 {
            return None;
        }
        let times = match series {
            Series::Service => &step.service,
            Series::Intended => step.intended.as_ref()?,
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
