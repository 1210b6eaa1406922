//! Public keys that customers sign participant tokens of their own against (facts section 3.10).

use crate::call::{Answer, Call, Fill, Handler, Reply};
use crate::failure::Failure;
use crate::public_key;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("DeletePublicKey", delete), ("GetPublicKey", get), ("ImportPublicKey", import), ("ListPublicKeys", list)];

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
    let record = region.create(KIND, key)?;
    Ok(call.show(OUTPUT, &record.document).into())
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    call.resource(region, KIND, OUTPUT)
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    call.page_of(region, KIND, |_| true)
}

/// Tokens signed with its private key are taken no more.
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    region.remove(KIND, call.input.required("arn"))?;
    Reply::empty()
}
