//! Public keys for import, from the fixtures.

/// Four ECDSA P-384 public keys in PEM: one more than an account may import.
pub(crate) const P384: [&str; 4] = [
    include_str!("../../../../../fixtures/keys/p384-1.pem"),
    include_str!("../../../../../fixtures/keys/p384-2.pem"),
    include_str!("../../../../../fixtures/keys/p384-3.pem"),
    include_str!("../../../../../fixtures/keys/p384-4.pem"),
];

/// The MD5 of the DER of the first key, from `openssl pkey -pubin -outform DER | md5sum`.
pub(crate) const FIRST_FINGERPRINT: &str = "72:b4:a2:be:46:23:64:be:7a:5d:b3:dc:5f:ca:ed:50";

/// A key on another curve, P-256, which every IVS operation refuses.
pub(crate) const P256: &str = include_str!("../../../../../fixtures/keys/wrong-p256.pem");
