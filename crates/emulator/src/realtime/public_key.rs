//! Public keys that customers sign participant tokens of their own against (facts section 3.10).

use crate::call::{Answer, Call, Fill, Handler};
use crate::failure::Failure;
use crate::public_key;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    // Tokens signed with its private key are taken no more.
    ("DeletePublicKey", |call, region| call.discard(region, KIND, |_, _| Ok(()))),
    ("GetPublicKey", |call, region| call.resource(region, KIND, OUTPUT)),
    ("ImportPublicKey", import),
    ("ListPublicKeys", |call, region| call.page_of(region, KIND, |_| true)),
];

const OUTPUT: &str = "publicKey";
const KIND: Kind = Kind::PublicKey;

/// Unlike a playback key pair it is shown with its material. One key comes once (knowledge `same-public-key-twice`).
fn import(call: &Call<'_>, region: &mut Region) -> Answer {
    let fingerprint = public_key::fingerprint(call.input.required("publicKeyMaterial"), "/publicKeyMaterial")?;
    if let Some(known) = region.referrer(KIND, "fingerprint", &fingerprint) {
        return Err(Failure::conflict(&known.arn, "has this public key already"));
    }
    let mut key = call.draft(OUTPUT);
    key.default("name", "");
    key.default("tags", Document::new());
    key.set("fingerprint", fingerprint);
    call.create(region, KIND, OUTPUT, key)
}
