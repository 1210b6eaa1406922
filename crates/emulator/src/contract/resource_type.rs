//! The types of resources that have an ARN.

use std::sync::LazyLock;

/// A type of resource. Each type has its own store; its resources have ARNs and can be tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ResourceType {
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

impl ResourceType {
    /// All types. The position is the index of the type's store.
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

    /// Returns the type in an ARN: `channel` of `…:channel/abc`.
    pub(crate) fn arn_type(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::StreamKey => "stream-key",
            // Not `playback-key-pair` (fact `playback-key-arn`).
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

    /// Returns the ID of the service that has these resources.
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

    /// Returns the namespace in an ARN. Real-Time shares that of `ivs` (fact `service-arn-namespaces`).
    pub(crate) fn namespace(self) -> &'static str {
        match self.service() {
            "ivschat" => "ivschat",
            _ => "ivs",
        }
    }

    /// Returns the resource type for a namespace and a type in an ARN.
    pub(crate) fn of(namespace: &str, arn_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|resource_type| resource_type.arn_type() == arn_type && resource_type.namespace() == namespace)
    }

    /// All types, each after those that its resources refer to.
    pub(crate) const IN_ORDER_OF_REFERENCE: [Self; 15] = [
        Self::PlaybackKeyPair,
        Self::RecordingConfiguration,
        Self::PlaybackRestrictionPolicy,
        Self::AdConfiguration,
        Self::FailoverSlateConfiguration,
        Self::Channel,
        Self::StreamKey,
        Self::PublicKey,
        Self::EncoderConfiguration,
        Self::StorageConfiguration,
        Self::Stage,
        Self::IngestConfiguration,
        Self::Composition,
        Self::LoggingConfiguration,
        Self::Room,
    ];

    /// Returns whether an operation makes resources of the type, such as ImportPlaybackKeyPair.
    pub(crate) fn is_made_by(self, operation: &str) -> bool {
        // The variants have the names that the operations have.
        let name = format!("{self:?}");
        ["Create", "Import", "Start"].iter().any(|verb| operation.strip_prefix(verb) == Some(&name))
    }

    /// Returns the quota per account and region, if the knowledge files give one.
    pub(crate) fn quota(self) -> Option<u64> {
        static QUOTAS: LazyLock<[Option<u64>; ResourceType::ALL.len()]> =
            LazyLock::new(|| ResourceType::ALL.map(|resource_type| resource_type.known_quota(None)));
        QUOTAS[self as usize]
    }

    /// Returns the quota per parent, which an input member names, if the knowledge files give one.
    pub(crate) fn quota_of(self, parent: &str) -> Option<u64> {
        self.known_quota(Some(parent))
    }

    fn known_quota(self, of: Option<&str>) -> Option<u64> {
        let quotas = &ivs_model::bundled::knowledge().quotas;
        let mut quotas =
            quotas.iter().filter(|quota| quota.service == self.service() && self.is_made_by(&quota.operation));
        quotas.find(|quota| quota.of.as_deref() == of && quota.value.is_some())?.value
    }

    /// Returns the members, besides the ARN, that resources of the type are found by.
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
    fn quotas_come_from_the_knowledge_files() {
        let known: Vec<_> = ResourceType::ALL
            .into_iter()
            .filter_map(|resource_type| Some((resource_type, resource_type.quota()?)))
            .collect();
        let expected = [
            (ResourceType::PlaybackKeyPair, 3),
            (ResourceType::Stage, 1000),
            (ResourceType::Composition, 20),
            (ResourceType::EncoderConfiguration, 20),
            (ResourceType::StorageConfiguration, 5),
            (ResourceType::IngestConfiguration, 100),
            (ResourceType::PublicKey, 3),
            (ResourceType::LoggingConfiguration, 10),
        ];
        assert_eq!(ResourceType::Composition.quota_of("stageArn"), Some(5));
        assert_eq!(known, expected);
        assert_eq!(ResourceType::StreamKey.quota_of("channelArn"), Some(1));
    }

    #[test]
    fn every_type_has_its_own_index() {
        for (index, resource_type) in ResourceType::ALL.into_iter().enumerate() {
            assert_eq!(resource_type as usize, index);
            assert_eq!(ResourceType::of(resource_type.namespace(), resource_type.arn_type()), Some(resource_type));
            assert!(ResourceType::IN_ORDER_OF_REFERENCE.contains(&resource_type), "{resource_type:?}");
        }
    }
}
