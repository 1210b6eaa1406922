//! Playback key pairs: public keys that viewers' tokens are verified with (facts section 3.3).

use crate::call::{Answer, Call, Fill, Handler, Reply};
use crate::failure::Failure;
use crate::public_key;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("DeletePlaybackKeyPair", delete),
    ("GetPlaybackKeyPair", get),
    ("ImportPlaybackKeyPair", import),
    ("ListPlaybackKeyPairs", list),
];

/// The material itself is never shown again. One key comes once (knowledge `same-key-twice`); names may repeat.
fn import(call: &Call<'_>, region: &mut Region) -> Answer {
    let fingerprint = public_key::fingerprint(call.input.required("publicKeyMaterial"), "/publicKeyMaterial")?;
    if let Some(known) = region.referrer(Kind::PlaybackKeyPair, "fingerprint", &fingerprint) {
        return Err(Failure::conflict(&known.arn, "has this public key already"));
    }
    let mut pair = call.draft("keyPair");
    pair.default("name", "");
    pair.default("tags", Document::new());
    pair.set("fingerprint", fingerprint);
    let record = region.create(Kind::PlaybackKeyPair, pair)?;
    call.answer("keyPair", &record.document)
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    call.resource(region, Kind::PlaybackKeyPair, "keyPair")
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    call.page_of(region, Kind::PlaybackKeyPair, |_| true)
}

fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    region.remove(Kind::PlaybackKeyPair, call.input.required("arn"))?;
    Reply::empty()
}
