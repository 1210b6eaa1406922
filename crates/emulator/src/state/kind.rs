//! The kinds of resources that have an ARN.

use std::sync::LazyLock;

/// One kind of resource. Each is kept in a store of its own, found by ARN, and taggable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Channel,
    StreamKey,
    PlaybackKeyPair,
    RecordingConfiguration,
    PlaybackRestrictionPolicy,
    AdConfiguration,
    FailoverSlateConfiguration,
    Stage,
    Composition,
    EncoderConfiguration,
    StorageConfiguration,
    IngestConfiguration,
    PublicKey,
    Room,
    LoggingConfiguration,
}

impl Kind {
    /// All kinds; the position is the index of the kind's store.
    pub(crate) const ALL: [Self; 15] = [
        Self::Channel,
        Self::StreamKey,
        Self::PlaybackKeyPair,
        Self::RecordingConfiguration,
        Self::PlaybackRestrictionPolicy,
        Self::AdConfiguration,
        Self::FailoverSlateConfiguration,
        Self::Stage,
        Self::Composition,
        Self::EncoderConfiguration,
        Self::StorageConfiguration,
        Self::IngestConfiguration,
        Self::PublicKey,
        Self::Room,
        Self::LoggingConfiguration,
    ];

    /// The type in an ARN, `channel` of `…:channel/abc`.
    pub(crate) fn arn_type(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::StreamKey => "stream-key",
            // Not `playback-key-pair` (facts section 3.3).
            Self::PlaybackKeyPair => "playback-key",
            Self::RecordingConfiguration => "recording-configuration",
            Self::PlaybackRestrictionPolicy => "playback-restriction-policy",
            Self::AdConfiguration => "ad-configuration",
            Self::FailoverSlateConfiguration => "failover-slate-configuration",
            Self::Stage => "stage",
            Self::Composition => "composition",
            Self::EncoderConfiguration => "encoder-configuration",
            Self::StorageConfiguration => "storage-configuration",
            Self::IngestConfiguration => "ingest-configuration",
            Self::PublicKey => "public-key",
            Self::Room => "room",
            Self::LoggingConfiguration => "logging-configuration",
        }
    }

    /// The id of the service whose resources these are.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::Channel
            | Self::StreamKey
            | Self::PlaybackKeyPair
            | Self::RecordingConfiguration
            | Self::PlaybackRestrictionPolicy
            | Self::AdConfiguration
            | Self::FailoverSlateConfiguration => "ivs",
            Self::Stage
            | Self::Composition
            | Self::EncoderConfiguration
            | Self::StorageConfiguration
            | Self::IngestConfiguration
            | Self::PublicKey => "ivs-realtime",
            Self::Room | Self::LoggingConfiguration => "ivschat",
        }
    }

    /// The namespace in an ARN: Real-Time shares that of `ivs` (facts section 1.1).
    pub(crate) fn namespace(self) -> &'static str {
        match self.service() {
            "ivschat" => "ivschat",
            _ => "ivs",
        }
    }

    /// The kind that a namespace and a type in an ARN mean.
    pub(crate) fn of(namespace: &str, arn_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.arn_type() == arn_type && kind.namespace() == namespace)
    }

    /// How many an account may have in a region, where the knowledge files give a figure; `None` is no limit.
    pub(crate) fn quota(self) -> Option<u64> {
        static QUOTAS: LazyLock<[Option<u64>; Kind::ALL.len()]> =
            LazyLock::new(|| Kind::ALL.map(|kind| kind.known_quota(None)));
        QUOTAS[self as usize]
    }

    /// How many a parent may have, which that input member names, where the knowledge files give a figure.
    pub(crate) fn quota_of(self, parent: &str) -> Option<u64> {
        self.known_quota(Some(parent))
    }

    fn known_quota(self, of: Option<&str>) -> Option<u64> {
        // The variants are named as the models name what their operations make: ImportPlaybackKeyPair.
        let name = format!("{self:?}");
        let makes = |operation: &str| {
            ["Create", "Import", "Start"].iter().any(|verb| operation.strip_prefix(verb) == Some(&name))
        };
        let quotas = &ivs_model::bundled::knowledge().quotas;
        let mut quotas = quotas.iter().filter(|quota| quota.service == self.service() && makes(&quota.operation));
        quotas.find(|quota| quota.of.as_deref() == of && quota.value.is_some())?.value
    }

    /// Members that resources of the kind are found by, beside their ARN.
    pub(crate) fn indexed(self) -> &'static [&'static str] {
        match self {
            Self::Channel => &[
                "name",
                "recordingConfigurationArn",
                "playbackRestrictionPolicyArn",
                "adConfigurationArn",
                "failoverSlateConfigurationArn",
            ],
            Self::StreamKey => &["channelArn"],
            Self::PlaybackKeyPair | Self::PublicKey => &["fingerprint"],
            Self::Stage => &["storageConfigurationArn"],
            Self::Composition => &["stageArn", "state", "idempotencyToken"],
            Self::IngestConfiguration => &["stageArn", "state"],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_those_of_the_knowledge_files() {
        let known: Vec<_> = Kind::ALL.into_iter().filter_map(|kind| Some((kind, kind.quota()?))).collect();
        let expected = [
            (Kind::PlaybackKeyPair, 3),
            (Kind::Composition, 5),
            (Kind::EncoderConfiguration, 20),
            (Kind::LoggingConfiguration, 10),
        ];
        assert_eq!(known, expected);
        assert_eq!(Kind::StreamKey.quota_of("channelArn"), Some(1));
    }

    #[test]
    fn every_kind_stands_at_its_own_index() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
            assert_eq!(Kind::of(kind.namespace(), kind.arn_type()), Some(kind));
        }
    }
}
