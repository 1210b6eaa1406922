//! The destinations of a composition: a channel, storage, or both (fact `composition-destinations`).

use serde_json::{Value, json};

use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::service_error::ServiceError;
use crate::state::Region;

/// The pointers inside a destination's configuration to the resources that it refers to.
const REFERENCES: [(&str, ResourceType); 4] = [
    ("/channel/channelArn", ResourceType::Channel),
    ("/channel/encoderConfigurationArn", ResourceType::EncoderConfiguration),
    ("/s3/encoderConfigurationArns/0", ResourceType::EncoderConfiguration),
    ("/s3/storageConfigurationArn", ResourceType::StorageConfiguration),
];

/// Checks that each destination has either `channel` or `s3`, and each of the two occurs at most once (knowledge
/// `destination-kinds`).
pub(super) fn check_types(wanted: &[Value]) -> Result<(), ServiceError> {
    let has = |configuration: &Value, target: &str| configuration.get(target).is_some_and(|part| !part.is_null());
    for (index, configuration) in wanted.iter().enumerate() {
        if has(configuration, "channel") == has(configuration, "s3") {
            return Err(ServiceError::invalid(&format!("/destinations/{index}"), "must have either channel or s3"));
        }
    }
    for target in ["channel", "s3"] {
        if wanted.iter().filter(|configuration| has(configuration, target)).count() > 1 {
            return Err(ServiceError::invalid("/destinations", &format!("must not have {target} twice")));
        }
    }
    Ok(())
}

/// Returns ResourceNotFoundException for an unknown resource, ConflictException for a live channel.
pub(super) fn check_references(wanted: &[Value], region: &Region) -> Result<(), ServiceError> {
    for configuration in wanted {
        for (arn, resource_type) in references(configuration) {
            region.get(resource_type, arn)?;
            if resource_type == ResourceType::Channel && region.streams.is_live(arn) {
                return Err(ServiceError::conflict(arn, "is live, and a destination must be offline"));
            }
        }
    }
    Ok(())
}

/// Returns whether the configuration of a destination refers to an ARN.
pub(super) fn refers_to(configuration: &Value, arn: &str) -> bool {
    references(configuration).any(|(found, _)| found == arn)
}

fn references(configuration: &Value) -> impl Iterator<Item = (&str, ResourceType)> {
    REFERENCES
        .iter()
        .filter_map(|(pointer, resource_type)| Some((configuration.pointer(pointer)?.as_str()?, *resource_type)))
}

/// Starts a destination with the defaults of its configuration.
///
/// It gets its `startTime` when it becomes ACTIVE (fact `D10`). `ids` are those of the stage and the composition.
pub(super) fn start(configuration: &Value, ids: [&str; 2]) -> Value {
    let mut configuration = configuration.as_object().cloned().unwrap_or_default();
    configuration.default("name", "");
    let mut destination = Document::new();
    let id = crate::ids::alphanumeric(12);
    if let Some(Value::Object(s3)) = configuration.get_mut("s3") {
        fill_s3(s3);
        let [stage, composition] = ids;
        let prefix = format!("{stage}/{composition}/{id}/composite");
        destination.set("detail", json!({"s3": {"recordingPrefix": prefix}}));
    }
    destination.set("id", id);
    destination.set("configuration", configuration);
    destination.set("state", "STARTING");
    Value::Object(destination)
}

fn fill_s3(s3: &mut Document) {
    let mut recording = s3.get("recordingConfiguration").and_then(Value::as_object).cloned().unwrap_or_default();
    recording.default("format", "HLS");
    let mut hls = recording.get("hlsConfiguration").and_then(Value::as_object).cloned().unwrap_or_default();
    hls.default("targetSegmentDurationSeconds", 2);
    recording.set("hlsConfiguration", hls);
    s3.set("recordingConfiguration", recording);
    if let Some(Value::Array(thumbnails)) = s3.get_mut("thumbnailConfigurations") {
        for thumbnails in thumbnails.iter_mut().filter_map(Value::as_object_mut) {
            thumbnails.default("targetIntervalSeconds", 60);
            thumbnails.default("storage", json!(["SEQUENTIAL"]));
        }
    }
}
