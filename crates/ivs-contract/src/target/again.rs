//! The arguments that select a target, for the `replay` line of a finding.

use std::path::Path;

use ivs_client::ClientConfig;

use super::choice::TargetChoice;
use super::{DEFAULT_REGION, TargetOptions};
use crate::settings::SettingsFile;

/// The settings of a target, from any source. They contain no secrets.
pub(super) struct Again<'a> {
    pub(super) flags: &'a TargetOptions,
    pub(super) file: &'a SettingsFile,
    pub(super) profile: Option<&'a str>,
    pub(super) ca_bundle: Option<&'a Path>,
    /// The account to which writes are allowed.
    pub(super) allowed: Option<String>,
}

impl Again<'_> {
    /// Returns the arguments that select the same target from any folder. The embedded emulator needs none, unless it
    /// was named.
    pub(super) fn of(self, target: &TargetChoice, client: &ClientConfig) -> Vec<String> {
        let Self { flags, file, profile, ca_bundle, allowed } = self;
        let mut arguments = Vec::new();
        let mut add = |flag: &str, value: &str| arguments.extend([flag.to_owned(), value.to_owned()]);
        let by_service = match target {
            TargetChoice::Embedded => {
                if flags.target.is_some() {
                    add("--target", "embedded");
                }
                None
            }
            TargetChoice::Aws(by_service) => {
                add("--target", "aws");
                Some(by_service)
            }
            TargetChoice::Url(url, by_service) => {
                add("--endpoint-url", url);
                Some(by_service)
            }
            TargetChoice::AwsEmulator(port) => {
                add("--target", &format!("aws-emulator:{port}"));
                None
            }
            TargetChoice::Services(by_service) => Some(by_service),
        };
        for (service, url) in by_service.into_iter().flatten() {
            add(&format!("--endpoint-url-{service}"), url);
        }
        let is_embedded = matches!(target, TargetChoice::Embedded);
        if client.region != DEFAULT_REGION || (!is_embedded && (flags.region.is_some() || file.region.is_some())) {
            add("--region", &client.region);
        }
        if is_embedded {
            return arguments;
        }
        if let Some(profile) = profile {
            add("--profile", profile);
        }
        // The folder of AWS Emulator has its own bundle.
        let is_of_folder = matches!(target, TargetChoice::AwsEmulator(_)) && flags.ca_bundle.is_none();
        let is_encrypted = client.endpoints.all().any(|endpoint| endpoint.tls);
        if let Some(path) = ca_bundle.filter(|_| is_encrypted && !flags.no_verify_ssl && !is_of_folder) {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            add("--ca-bundle", &path.to_string_lossy());
        }
        if let Some(account) = allowed.filter(|_| !client.endpoints.is_loopback()) {
            add("--allow-writes", &account);
        }
        for (flag, seconds) in [
            ("--read-timeout", flags.read_timeout.or(file.read_timeout)),
            ("--connect-timeout", flags.connect_timeout.or(file.connect_timeout)),
        ] {
            if let Some(seconds) = seconds {
                add(flag, &seconds.to_string());
            }
        }
        // The credentials of a proxy are a secret, so only one without them is repeated.
        if let Some(proxy) = flags.proxy.as_deref().or(file.proxy.as_deref()).filter(|proxy| !proxy.contains('@')) {
            add("--proxy", proxy);
        }
        for (flag, given) in [
            ("--no-sign-request", flags.no_sign_request),
            ("--no-verify-ssl", flags.no_verify_ssl),
            ("--rates", flags.rates || file.rates),
        ] {
            if given {
                arguments.push(flag.to_owned());
            }
        }
        arguments
    }
}
