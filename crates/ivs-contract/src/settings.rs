//! Settings in their three layers: flags beat the environment, the environment beats the settings file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::arguments::{FailOn, Output, TargetArguments};

/// The file that is read if it exists and `--config` names no other.
const DEFAULT_FILE: &str = "ivs-contract.toml";

/// The settings file. Permission to write is not among its keys: it takes an explicit word each time.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileSettings {
    pub target: Option<String>,
    pub endpoint_url: Option<String>,
    pub endpoint_url_ivs: Option<String>,
    pub endpoint_url_ivs_realtime: Option<String>,
    pub endpoint_url_ivschat: Option<String>,
    pub region: Option<String>,
    pub profile: Option<String>,
    pub ca_bundle: Option<PathBuf>,
    pub read_timeout: Option<u64>,
    pub connect_timeout: Option<u64>,
    pub service: Vec<String>,
    pub operation: Vec<String>,
    pub suite: Vec<String>,
    pub seed: Option<u64>,
    pub cases: Option<u32>,
    pub concurrency: Option<usize>,
    pub fail_on: Option<FailOn>,
    pub require_all: bool,
    pub max_time: Option<u64>,
    pub max_requests: Option<u64>,
    pub max_failures: Option<u64>,
    pub consistency_wait: Option<u64>,
    pub regressions: Option<PathBuf>,
    pub output: Option<Output>,
    /// What a real account must already hold, by kind: `s3-bucket = "my-bucket"`.
    pub externals: BTreeMap<String, String>,
}

impl FileSettings {
    /// Reads the file named by `--config`, which must exist, or the default one, which may be absent.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        toml::from_str(&text).with_context(|| format!("{} is no valid settings file", path.display()))
    }
}

/// What one layer says of the target.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct TargetLayer {
    target: Option<String>,
    by_service: BTreeMap<&'static str, String>,
}

impl TargetLayer {
    fn new(target: Option<&String>, url: Option<&String>, by_service: [Option<&String>; 3]) -> Self {
        // An empty variable is an unset one, as in the AWS CLI.
        let given = |value: Option<&String>| value.filter(|text| !text.is_empty()).cloned();
        Self {
            target: given(target).or_else(|| given(url)),
            by_service: ["ivs", "ivs-realtime", "ivschat"]
                .into_iter()
                .zip(by_service)
                .filter_map(|(service, url)| Some((service, given(url)?)))
                .collect(),
        }
    }

    pub(crate) fn of_flags(flags: &TargetArguments) -> Self {
        let by_service = [&flags.endpoint_url_ivs, &flags.endpoint_url_ivs_realtime, &flags.endpoint_url_ivschat];
        Self::new(flags.target.as_ref(), flags.endpoint_url.as_ref(), by_service.map(Option::as_ref))
    }

    pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let by_service =
            ["AWS_ENDPOINT_URL_IVS", "AWS_ENDPOINT_URL_IVS_REALTIME", "AWS_ENDPOINT_URL_IVSCHAT"].map(&variable);
        Self::new(
            variable("IVS_CONTRACT_TARGET").as_ref(),
            variable("AWS_ENDPOINT_URL").as_ref(),
            by_service.each_ref().map(Option::as_ref),
        )
    }

    pub(crate) fn of_file(file: &FileSettings) -> Self {
        let by_service = [&file.endpoint_url_ivs, &file.endpoint_url_ivs_realtime, &file.endpoint_url_ivschat];
        Self::new(file.target.as_ref(), file.endpoint_url.as_ref(), by_service.map(Option::as_ref))
    }
}

/// Where a run goes, once the layers are settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The emulator inside the command.
    Embedded,
    /// AWS's own hosts, but these URLs for some services.
    Aws(BTreeMap<&'static str, String>),
    /// One URL, but others for some services.
    Url(String, BTreeMap<&'static str, String>),
    /// These URLs alone; services without one are left out.
    Services(BTreeMap<&'static str, String>),
}

impl Target {
    /// The first layer that names a target settles it; URLs for one service count from that layer and those above.
    pub(crate) fn settle(layers: &[TargetLayer]) -> Result<Self> {
        let base = layers.iter().position(|layer| layer.target.is_some());
        let above = base.map_or(layers, |base| &layers[..=base]);
        let mut by_service = BTreeMap::new();
        for layer in above {
            for (service, url) in &layer.by_service {
                by_service.entry(*service).or_insert_with(|| url.clone());
            }
        }
        match base.and_then(|base| layers[base].target.as_deref()) {
            None if by_service.is_empty() => Ok(Self::Embedded),
            None => Ok(Self::Services(by_service)),
            Some("embedded") if by_service.is_empty() => Ok(Self::Embedded),
            Some("embedded") => bail!(
                "the target is `embedded` and a URL is given for one service as well: name a URL for all, or none"
            ),
            Some("aws") => Ok(Self::Aws(by_service)),
            Some(url) if url.contains("://") => Ok(Self::Url(url.to_owned(), by_service)),
            Some(other) => {
                bail!("`{other}` is no target: expected `embedded`, `aws`, or a URL such as http://127.0.0.1:4566")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(target: Option<&str>, ivs: Option<&str>) -> TargetLayer {
        TargetLayer::new(target.map(str::to_owned).as_ref(), None, [ivs.map(str::to_owned).as_ref(), None, None])
    }

    #[test]
    fn with_nothing_given_the_emulator_is_the_target() {
        assert_eq!(Target::settle(&[TargetLayer::default()]).unwrap(), Target::Embedded);
    }

    #[test]
    fn a_flag_beats_the_environment_even_for_one_service() {
        let layers = [layer(Some("embedded"), None), layer(Some("http://a"), Some("http://b"))];
        assert_eq!(Target::settle(&layers).unwrap(), Target::Embedded);
    }

    #[test]
    fn a_url_for_one_service_alone_leaves_the_others_out() {
        let target = Target::settle(&[layer(None, None), layer(None, Some("http://b"))]).unwrap();
        assert_eq!(target, Target::Services(BTreeMap::from([("ivs", "http://b".to_owned())])));
    }

    #[test]
    fn what_is_neither_a_word_nor_a_url_is_refused() {
        assert!(Target::settle(&[layer(Some("localhost:4566"), None)]).is_err());
    }

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let layer = TargetLayer::of_environment(|_| Some(String::new()));
        assert_eq!(layer, TargetLayer::default());
    }

    #[test]
    fn an_unknown_key_of_the_settings_file_is_named() {
        let error = toml::from_str::<FileSettings>("sede = 7").unwrap_err().to_string();
        assert!(error.contains("sede"), "{error}");
    }
}
