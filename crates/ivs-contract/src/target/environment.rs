//! The environment that a target is resolved from: variables, the home folder, and the addresses of names.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The environment variables, of the process or given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    given: Option<BTreeMap<String, String>>,
}

impl Environment {
    /// The environment of the process.
    pub(crate) const fn of_process() -> Self {
        Self { given: None }
    }

    /// An environment of these variables alone.
    #[cfg(test)]
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        let given = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { given: Some(given.collect()) }
    }

    /// Returns the value of a variable. An empty one counts as unset, as in the AWS CLI.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let value = match &self.given {
            Some(given) => given.get(name).cloned(),
            None => std::env::var(name).ok(),
        };
        value.filter(|value| !value.trim().is_empty())
    }

    /// Returns the first of these variables that is set, with its name.
    pub(super) fn first<'n>(&self, names: &[&'n str]) -> Option<(&'n str, String)> {
        names.iter().find_map(|name| Some((*name, self.variable(name)?)))
    }

    /// Returns a path below the home folder.
    pub(super) fn at_home(&self, path: &str) -> PathBuf {
        let home = self.variable("HOME").or_else(|| self.variable("USERPROFILE")).unwrap_or_default();
        Path::new(&home).join(path)
    }

    /// Returns a path with `~/` replaced by the home folder, as in the shared AWS files.
    pub(super) fn expand(&self, path: &str) -> PathBuf {
        path.strip_prefix("~/").map_or_else(|| PathBuf::from(path), |rest| self.at_home(rest))
    }

    /// Returns all variables, for the parser of the shared AWS files.
    #[cfg(feature = "aws")]
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        match &self.given {
            Some(given) => given.clone(),
            None => std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        }
    }
}

/// Returns the addresses of a host.
pub(super) async fn addresses(host: &str, port: u16) -> std::io::Result<Vec<IpAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    Ok(tokio::net::lookup_host((host, port)).await?.map(|address| address.ip()).collect())
}
