//! The origin of stored exchanges, which determines their authority.

use std::fmt;

use ivs_model::Authority;

/// The endpoint, region and date of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The kind of endpoint.
    pub endpoint: EndpointKind,
    /// The region that requests were signed for.
    pub region: String,
    /// The date, such as `2026-11-22`.
    pub date: String,
}

/// The kinds of endpoint that exchanges are recorded from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// The emulator of this project. It shows our interpretation only.
    Embedded,
    /// Another endpoint that is not AWS. It shows the interpretation of its authors.
    Endpoint,
    /// AWS itself.
    Aws,
}

impl EndpointKind {
    const ALL: [Self; 3] = [Self::Embedded, Self::Endpoint, Self::Aws];

    /// Returns the name in snapshots.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Endpoint => "endpoint",
            Self::Aws => "aws",
        }
    }

    /// Returns the kind with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Provenance {
    /// Returns the authority of the recording over other endpoints.
    pub fn authority(&self) -> Authority {
        match self.endpoint {
            EndpointKind::Aws => Authority::Observed,
            EndpointKind::Embedded | EndpointKind::Endpoint => Authority::Inferred,
        }
    }

    /// Parses the head of a snapshot.
    pub(crate) fn read(head: &str) -> Option<Self> {
        let word = |name: &str| {
            let line = head.lines().map(str::trim).find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            Some(line.trim().trim_matches(['"', '\'']).to_owned())
        };
        Some(Self { endpoint: EndpointKind::named(&word("endpoint")?)?, region: word("region")?, date: word("date")? })
    }

    /// Renders the head of a snapshot, as insta writes it.
    pub(crate) fn head(&self) -> String {
        let Self { endpoint, region, date } = self;
        let endpoint = endpoint.as_str();
        format!(
            "---\nsource: suites/tests/exchanges.rs\ninfo:\n  endpoint: {endpoint}\n  region: {region}\n  date: {date}\n---\n"
        )
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.endpoint {
            EndpointKind::Embedded => "the embedded emulator",
            EndpointKind::Endpoint => "an endpoint that is not AWS",
            EndpointKind::Aws => "AWS",
        };
        write!(formatter, "recorded from {source} in {} on {}", self.region, self.date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_parses_as_written_and_as_quoted_by_insta() {
        let provenance =
            Provenance { endpoint: EndpointKind::Aws, region: "eu-west-1".to_owned(), date: "2026-11-22".to_owned() };
        assert_eq!(Provenance::read(&provenance.head()), Some(provenance.clone()));
        let quoted = "info:\n  date: \"2026-11-22\"\n  endpoint: aws\n  region: eu-west-1\n";
        assert_eq!(Provenance::read(quoted), Some(provenance));
        assert_eq!(Provenance::read("info:\n  endpoint: mars\n"), None);
    }

    #[test]
    fn only_recordings_from_aws_are_observed() {
        let of = |endpoint| Provenance { endpoint, region: String::new(), date: String::new() }.authority();
        assert_eq!(EndpointKind::ALL.map(of), [Authority::Inferred, Authority::Inferred, Authority::Observed]);
    }
}
