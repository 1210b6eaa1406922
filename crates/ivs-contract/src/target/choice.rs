//! The choice of target by flags, environment and settings file. The first source that names one takes precedence.

use std::collections::BTreeMap;

use super::shared_files::SharedProfile;
use super::{Environment, TargetError, TargetOptions, emulator_folder};
use crate::settings::SettingsFile;

/// A value, and the place that states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) value: String,
    /// Such as `--endpoint-url` or `AWS_ENDPOINT_URL`.
    pub(super) origin: String,
}

/// The target that one source names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct TargetSource {
    target: Option<Stated>,
    by_service: BTreeMap<&'static str, Stated>,
}

/// The services, in the order of the names of their flags and variables.
const SERVICES: [&str; 3] = ["ivs", "ivs-realtime", "ivschat"];

impl TargetSource {
    /// `target`, `url` and each of `by_service` is a value with its origin.
    fn new(
        target: (Option<&String>, &str),
        url: (Option<&String>, &str),
        by_service: [(Option<&String>, &str); 3],
    ) -> Self {
        // An empty variable counts as unset, as in the AWS CLI.
        let given = |(value, origin): (Option<&String>, &str)| {
            let value = value.filter(|text| !text.is_empty())?.clone();
            Some(Stated { value, origin: origin.to_owned() })
        };
        Self {
            target: given(target).or_else(|| given(url)),
            by_service: SERVICES
                .into_iter()
                .zip(by_service)
                .filter_map(|(service, url)| Some((service, given(url)?)))
                .collect(),
        }
    }

    pub(super) fn from_flags(flags: &TargetOptions) -> Self {
        Self::new(
            (flags.target.as_ref(), "--target"),
            (flags.endpoint_url.as_ref(), "--endpoint-url"),
            [
                (flags.endpoint_url_ivs.as_ref(), "--endpoint-url-ivs"),
                (flags.endpoint_url_ivs_realtime.as_ref(), "--endpoint-url-ivs-realtime"),
                (flags.endpoint_url_ivschat.as_ref(), "--endpoint-url-ivschat"),
            ],
        )
    }

    /// Reads the variables of the environment; those of AWS only if `aws` is true.
    pub(super) fn from_environment(environment: &Environment, aws: bool) -> Self {
        let of_aws = |name: &'static str| (environment.variable(name).filter(|_| aws), name);
        let target = environment.variable("IVS_CONTRACT_TARGET");
        let (url, url_name) = of_aws("AWS_ENDPOINT_URL");
        let by_service =
            ["AWS_ENDPOINT_URL_IVS", "AWS_ENDPOINT_URL_IVS_REALTIME", "AWS_ENDPOINT_URL_IVSCHAT"].map(of_aws);
        Self::new(
            (target.as_ref(), "IVS_CONTRACT_TARGET"),
            (url.as_ref(), url_name),
            by_service.each_ref().map(|(url, name)| (url.as_ref(), *name)),
        )
    }

    pub(super) fn from_settings(settings: &SettingsFile) -> Self {
        let origin = "the settings file";
        Self::new(
            (settings.target.as_ref(), origin),
            (settings.endpoint_url.as_ref(), origin),
            [&settings.endpoint_url_ivs, &settings.endpoint_url_ivs_realtime, &settings.endpoint_url_ivschat]
                .map(|url| (url.as_ref(), origin)),
        )
    }

    /// The URLs of a profile in the shared AWS files, and of its `services` section.
    pub(super) fn from_profile(profile: &SharedProfile) -> Self {
        let section = profile.services.as_deref().unwrap_or_default();
        let of_service = format!("[services {section}] of {}", profile.describe());
        let by_service = SERVICES.map(|service| (profile.by_service.get(service), of_service.as_str()));
        let origin = format!("endpoint_url of {}", profile.describe());
        Self::new((None, ""), (profile.endpoint_url.as_ref(), &origin), by_service)
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
    /// AWS Emulator on this port of this machine.
    AwsEmulator(u16),
    /// These URLs only. Services without one are not tested.
    Services(BTreeMap<&'static str, String>),
}

/// The chosen target, and where it is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) target: TargetChoice,
    /// Such as `AWS_ENDPOINT_URL`, or several of these.
    pub(super) origin: String,
    /// The index of the last source that counts.
    pub(super) last_source: Option<usize>,
}

impl TargetChoice {
    /// Combines the sources, in order of precedence. The first source that names a target decides. URLs for one service
    /// count from that source and from those before it.
    pub(super) fn from_sources(sources: &[TargetSource]) -> Result<Choice, TargetError> {
        let base = sources.iter().position(|source| source.target.is_some());
        let counting = base.map_or(sources, |base| &sources[..=base]);
        let mut by_service: BTreeMap<&'static str, String> = BTreeMap::new();
        let mut origins: Vec<String> = Vec::new();
        let mut last_source = base;
        let stated = base.and_then(|base| sources[base].target.as_ref());
        origins.extend(stated.map(|stated| stated.origin.clone()));
        for (index, source) in counting.iter().enumerate() {
            for (service, url) in &source.by_service {
                if !by_service.contains_key(service) {
                    by_service.insert(*service, url.value.clone());
                    last_source = last_source.max(Some(index));
                    if !origins.contains(&url.origin) {
                        origins.push(url.origin.clone());
                    }
                }
            }
        }
        let target = match stated.map(|stated| stated.value.as_str()) {
            None if by_service.is_empty() => Self::Embedded,
            None => Self::Services(by_service),
            Some("embedded") if by_service.is_empty() => Self::Embedded,
            Some("embedded") => return Err(TargetError::EmbeddedWithUrl),
            Some("aws") => Self::Aws(by_service),
            Some(url) if url.contains("://") => Self::Url(url.to_owned(), by_service),
            Some(other) => match emulator_folder::port_of(other) {
                Some(port) => Self::AwsEmulator(port?),
                None => return Err(TargetError::NotATarget { text: other.to_owned() }),
            },
        };
        let origin = if origins.is_empty() { "the default".to_owned() } else { origins.join(", ") };
        Ok(Choice { target, origin, last_source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(target: Option<&str>, ivs: Option<&str>) -> TargetSource {
        let (target, ivs) = (target.map(str::to_owned), ivs.map(str::to_owned));
        let none = (None, "");
        TargetSource::new((target.as_ref(), "here"), none, [(ivs.as_ref(), "there"), none, none])
    }

    fn chosen(sources: &[TargetSource]) -> TargetChoice {
        TargetChoice::from_sources(sources).unwrap().target
    }

    #[test]
    fn with_nothing_given_the_emulator_is_the_target() {
        assert_eq!(chosen(&[TargetSource::default()]), TargetChoice::Embedded);
    }

    #[test]
    fn a_flag_beats_the_environment_even_for_one_service() {
        let sources = [source(Some("embedded"), None), source(Some("http://a"), Some("http://b"))];
        assert_eq!(chosen(&sources), TargetChoice::Embedded);
    }

    #[test]
    fn with_a_url_for_one_service_only_the_others_are_left_out() {
        let target = chosen(&[source(None, None), source(None, Some("http://b"))]);
        assert_eq!(target, TargetChoice::Services(BTreeMap::from([("ivs", "http://b".to_owned())])));
    }

    #[test]
    fn the_origins_of_all_urls_are_told() {
        let choice = TargetChoice::from_sources(&[source(None, Some("http://b")), source(Some("http://a"), None)]);
        assert_eq!(choice.unwrap().origin, "here, there");
    }

    #[test]
    fn text_that_is_neither_a_keyword_nor_a_url_is_refused() {
        assert!(TargetChoice::from_sources(&[source(Some("localhost:4566"), None)]).is_err());
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let empty = [("AWS_ENDPOINT_URL", ""), ("IVS_CONTRACT_TARGET", ""), ("AWS_ENDPOINT_URL_IVS", "")];
        let source = TargetSource::from_environment(&Environment::of(&empty), true);
        assert_eq!(source, TargetSource::default());
    }
}
