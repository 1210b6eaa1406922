//! Public keys that verify the participant tokens that customers sign themselves (fact `participant-public-keys`).

use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::public_key;
use crate::service_error::ServiceError;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    // Tokens that are signed with its private key are refused from then on.
    ("DeletePublicKey", |call, region| call.delete_resource(region, RESOURCE_TYPE, |_, _| Ok(()))),
    ("GetPublicKey", |call, region| call.get_resource(region, RESOURCE_TYPE, OUTPUT)),
    ("ImportPublicKey", import),
    ("ListPublicKeys", |call, region| call.list_resources(region, RESOURCE_TYPE, |_| true)),
];

const OUTPUT: &str = "publicKey";
const RESOURCE_TYPE: ResourceType = ResourceType::PublicKey;

/// Imports a key. Unlike a playback key pair, it is shown with its material. A key can be imported once (knowledge
/// `same-public-key-twice`).
fn import(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let fingerprint = public_key::fingerprint(call.input.required("publicKeyMaterial"), "/publicKeyMaterial")?;
    if let Some(known) = region.referrer(RESOURCE_TYPE, "fingerprint", &fingerprint) {
        return Err(ServiceError::conflict(&known.arn, "has this public key already"));
    }
    let mut key = call.draft(OUTPUT);
    key.default("name", "");
    key.default("tags", Document::new());
    key.set("fingerprint", fingerprint);
    call.create_resource(region, RESOURCE_TYPE, OUTPUT, key)
}
