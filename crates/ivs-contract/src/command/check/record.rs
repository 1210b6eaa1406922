//! `ivs-contract check --record`: writes the canonical exchanges of the target to snapshot files.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use ivs_canonical::{EndpointKind, Provenance, Recording};

use crate::target::ResolvedTarget;
use crate::whole_file::write_whole;

/// The endpoint that the exchanges were recorded from.
pub(super) struct Source {
    /// The kind of endpoint, by service.
    kinds: Vec<(String, EndpointKind)>,
    region: String,
    date: String,
}

impl Source {
    /// The source of a target; `said` takes precedence over the kind that was found.
    pub(super) fn of(target: &ResolvedTarget, said: Option<&str>, now: SystemTime) -> Result<Self> {
        let kinds = target
            .client
            .services
            .iter()
            .map(|service| {
                let url = target.client.endpoints.of(&service.id)?.to_string();
                let found = kind(target.emulator.is_some(), &url);
                Ok((service.id.clone(), said.and_then(EndpointKind::named).unwrap_or(found)))
            })
            .collect::<Result<_>>()?;
        Ok(Self { kinds, region: target.client.region.clone(), date: date(now) })
    }

    fn provenance(&self, service: &str) -> Provenance {
        let kind =
            self.kinds.iter().find(|(known, _)| known == service).map_or(EndpointKind::Endpoint, |(_, kind)| *kind);
        Provenance { endpoint: kind, region: self.region.clone(), date: self.date.clone() }
    }
}

/// The kind of an endpoint. Only hosts of AWS are AWS.
fn kind(embedded: bool, url: &str) -> EndpointKind {
    let host = url.split("//").nth(1).unwrap_or_default();
    let host = host.split(['/', ':']).next().unwrap_or_default();
    if embedded {
        EndpointKind::Embedded
    } else if host.ends_with(".amazonaws.com") {
        EndpointKind::Aws
    } else {
        EndpointKind::Endpoint
    }
}

/// The date in UTC.
fn date(now: SystemTime) -> String {
    time::OffsetDateTime::from(now).date().to_string()
}

/// Creates the folder before the run: a wrong path must not cost a run.
pub(super) fn prepare(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create the snapshot folder {}", folder.display()))
}

/// Writes a file for each operation and returns their number.
pub(super) fn write(recording: &Recording, source: &Source, folder: &Path) -> Result<usize> {
    let files = recording.files(|service| source.provenance(service));
    for file in &files {
        let folder = folder.join(file.operation.service());
        let path = folder.join(format!("{}.snap", file.operation.name()));
        fs::create_dir_all(&folder)
            .and_then(|()| write_whole(&path, file.text.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(files.len())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_hosts_of_aws_are_aws() {
        assert_eq!(kind(false, "https://ivs.us-west-2.amazonaws.com"), EndpointKind::Aws);
        assert_eq!(kind(false, "https://ivs.us-west-2.amazonaws.com.example:443/"), EndpointKind::Endpoint);
        assert_eq!(kind(false, "http://127.0.0.1:4566"), EndpointKind::Endpoint);
        assert_eq!(kind(true, "http://127.0.0.1:4566"), EndpointKind::Embedded);
    }

    #[test]
    fn the_date_is_that_of_the_clock() {
        assert_eq!(date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_305_600)), "2026-11-22");
    }
}
