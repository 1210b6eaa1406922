//! Public keys for import, from the fixtures.

/// Four ECDSA P-384 public keys in PEM: one more than an account may import.
pub(crate) const P384: [&str; 4] = [
    ivs_fixtures::keys::P384[0],
    ivs_fixtures::keys::P384[1],
    ivs_fixtures::keys::P384[2],
    ivs_fixtures::keys::P384[3],
];

/// The MD5 of the DER of the first key, from `openssl pkey -pubin -outform DER | md5sum`.
pub(crate) const FIRST_FINGERPRINT: &str = "72:b4:a2:be:46:23:64:be:7a:5d:b3:dc:5f:ca:ed:50";

/// A key on another curve, P-256, which every IVS operation refuses.
pub(crate) const P256: &str = ivs_fixtures::keys::WRONG_P256;
