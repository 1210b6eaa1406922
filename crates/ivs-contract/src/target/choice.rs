//! The choice of target by flags, environment and settings file. The first source that names one takes precedence.

use std::collections::BTreeMap;

use super::{TargetError, TargetOptions};
use crate::settings::SettingsFile;

/// The target that one source names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct TargetSource {
    target: Option<String>,
    by_service: BTreeMap<&'static str, String>,
}

impl TargetSource {
    fn new(target: Option<&String>, url: Option<&String>, by_service: [Option<&String>; 3]) -> Self {
        // An empty variable counts as unset, as in the AWS CLI.
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

    pub(super) fn from_flags(flags: &TargetOptions) -> Self {
        let by_service = [&flags.endpoint_url_ivs, &flags.endpoint_url_ivs_realtime, &flags.endpoint_url_ivschat];
        Self::new(flags.target.as_ref(), flags.endpoint_url.as_ref(), by_service.map(Option::as_ref))
    }

    pub(super) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let by_service =
            ["AWS_ENDPOINT_URL_IVS", "AWS_ENDPOINT_URL_IVS_REALTIME", "AWS_ENDPOINT_URL_IVSCHAT"].map(&variable);
        Self::new(
            variable("IVS_CONTRACT_TARGET").as_ref(),
            variable("AWS_ENDPOINT_URL").as_ref(),
            by_service.each_ref().map(Option::as_ref),
        )
    }

    pub(super) fn from_settings(settings: &SettingsFile) -> Self {
        let by_service =
            [&settings.endpoint_url_ivs, &settings.endpoint_url_ivs_realtime, &settings.endpoint_url_ivschat];
        Self::new(settings.target.as_ref(), settings.endpoint_url.as_ref(), by_service.map(Option::as_ref))
    }
}

/// The chosen target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TargetChoice {
    /// The emulator inside the command.
    Embedded,
    /// The AWS hosts, except for services with a URL here.
    Aws(BTreeMap<&'static str, String>),
    /// One URL, except for services with a URL here.
    Url(String, BTreeMap<&'static str, String>),
    /// These URLs only. Services without one are not tested.
    Services(BTreeMap<&'static str, String>),
}

impl TargetChoice {
    /// Combines the sources, in order of precedence. The first source that names a target decides. URLs for one service
    /// count from that source and from those before it.
    pub(super) fn from_sources(sources: &[TargetSource]) -> Result<Self, TargetError> {
        let base = sources.iter().position(|source| source.target.is_some());
        let counting = base.map_or(sources, |base| &sources[..=base]);
        let mut by_service = BTreeMap::new();
        for source in counting {
            for (service, url) in &source.by_service {
                by_service.entry(*service).or_insert_with(|| url.clone());
            }
        }
        match base.and_then(|base| sources[base].target.as_deref()) {
            None if by_service.is_empty() => Ok(Self::Embedded),
            None => Ok(Self::Services(by_service)),
            Some("embedded") if by_service.is_empty() => Ok(Self::Embedded),
            Some("embedded") => Err(TargetError::EmbeddedWithUrl),
            Some("aws") => Ok(Self::Aws(by_service)),
            Some(url) if url.contains("://") => Ok(Self::Url(url.to_owned(), by_service)),
            Some(other) => Err(TargetError::NotATarget { text: other.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(target: Option<&str>, ivs: Option<&str>) -> TargetSource {
        TargetSource::new(target.map(str::to_owned).as_ref(), None, [ivs.map(str::to_owned).as_ref(), None, None])
    }

    #[test]
    fn with_nothing_given_the_emulator_is_the_target() {
        assert_eq!(TargetChoice::from_sources(&[TargetSource::default()]).unwrap(), TargetChoice::Embedded);
    }

    #[test]
    fn a_flag_beats_the_environment_even_for_one_service() {
        let sources = [source(Some("embedded"), None), source(Some("http://a"), Some("http://b"))];
        assert_eq!(TargetChoice::from_sources(&sources).unwrap(), TargetChoice::Embedded);
    }

    #[test]
    fn with_a_url_for_one_service_only_the_others_are_left_out() {
        let target = TargetChoice::from_sources(&[source(None, None), source(None, Some("http://b"))]).unwrap();
        assert_eq!(target, TargetChoice::Services(BTreeMap::from([("ivs", "http://b".to_owned())])));
    }

    #[test]
    fn text_that_is_neither_a_keyword_nor_a_url_is_refused() {
        assert!(TargetChoice::from_sources(&[source(Some("localhost:4566"), None)]).is_err());
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let source = TargetSource::from_environment(|_| Some(String::new()));
        assert_eq!(source, TargetSource::default());
    }
}
