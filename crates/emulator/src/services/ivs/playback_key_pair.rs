//! Playback key pairs: public keys that verify viewers' tokens (fact `playback-key-pairs`).

use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::public_key;
use crate::service_error::ServiceError;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("DeletePlaybackKeyPair", delete),
    ("GetPlaybackKeyPair", get),
    ("ImportPlaybackKeyPair", import),
    ("ListPlaybackKeyPairs", list),
];

/// Imports a key. Its material is never shown. A key can be imported once (knowledge `same-key-twice`); names may
/// repeat.
fn import(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let fingerprint = public_key::fingerprint(call.input.required("publicKeyMaterial"), "/publicKeyMaterial")?;
    if let Some(known) = region.referrer(ResourceType::PlaybackKeyPair, "fingerprint", &fingerprint) {
        return Err(ServiceError::conflict(&known.arn, "has this public key already"));
    }
    let mut pair = call.draft("keyPair");
    pair.default("name", "");
    pair.default("tags", Document::new());
    pair.set("fingerprint", fingerprint);
    let record = region.create(ResourceType::PlaybackKeyPair, pair)?;
    call.output("keyPair", &record.document)
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, ResourceType::PlaybackKeyPair, "keyPair")
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.list_resources(region, ResourceType::PlaybackKeyPair, |_| true)
}

fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    region.remove(ResourceType::PlaybackKeyPair, call.input.required("arn"))?;
    HandlerOutput::empty()
}
