//! The ways to sign a request: correctly, or with one named fault (the negative matrix of fact `auth-failures`).

use std::time::Duration;

/// One way to sign. The faulty ones keep the request valid, so that an endpoint which ignores signatures accepts it. A
/// tampered request is signed in altered form and sent unaltered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Signing {
    /// A correct signature.
    Valid,
    /// Sent byte for byte, without adding `host` or anything else. The request was signed before, or is broken on
    /// purpose.
    AsIs,
    /// Complete except for the signature.
    Unsigned,
    /// Signed with another secret.
    WrongSecret,
    /// Signed with an access key that does not exist.
    UnknownAccessKey,
    /// Sent with one part that differs from the signed request.
    Tampered(Part),
    /// Signed by a clock with this skew.
    Skewed(Skew),
    /// Scope and key of another region.
    WrongRegion,
    /// Scope and key of another service.
    WrongService,
    /// Scope and key of the previous day, but `x-amz-date` of today.
    WrongScopeDate,
    /// The scope does not end in `aws4_request`.
    WrongTerminator,
    /// `host` is sent but not among the signed headers.
    UnsignedHost,
    /// An `x-amz-*` header is sent but not among the signed headers.
    UnsignedAmzHeader,
    /// An `Authorization` header that cannot be parsed.
    Malformed(Malformation),
    /// A session token that was never issued, correctly signed. It also represents an expired one.
    UnknownSessionToken,
    /// A signature in the query instead of the headers.
    Presigned {
        /// The validity, in whole seconds.
        expires: Duration,
        /// The age of the signature. If it exceeds `expires`, the request is expired.
        age: Duration,
    },
}

/// A signed part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are self-explanatory")]
pub enum Part {
    Method,
    Path,
    Query,
    Header,
    Body,
    /// The body, with an `x-amz-content-sha256` of the signed body.
    HashedBody,
}

/// The skew of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skew {
    /// The clock is behind.
    Behind(Duration),
    /// The clock is ahead.
    Ahead(Duration),
}

/// The fault of an `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformation {
    /// `AWS4-HMAC-SHA256` alone.
    NoParts,
    /// Lacks `Credential=`.
    NoCredential,
    /// Lacks `SignedHeaders=`.
    NoSignedHeaders,
    /// Lacks `Signature=`.
    NoSignature,
    /// A credential scope of three parts.
    ShortScope,
    /// An algorithm that SigV4 does not have.
    UnknownAlgorithm,
    /// A signature that is not hexadecimal.
    SignatureNotHex,
    /// `Bearer` and a word.
    OtherScheme,
}

impl Signing {
    /// Returns every faulty way, in the order of the table in fact `auth-failures`. An endpoint should reject all of
    /// them.
    #[must_use]
    pub fn negative_matrix() -> Vec<Self> {
        let hour = Duration::from_secs(3600);
        let mut matrix = vec![Self::Unsigned];
        matrix.extend(Malformation::ALL.map(Self::Malformed));
        matrix.extend([Self::UnsignedHost, Self::UnsignedAmzHeader, Self::UnknownAccessKey, Self::WrongSecret]);
        matrix.extend(
            [Part::Body, Part::HashedBody, Part::Path, Part::Query, Part::Header, Part::Method].map(Self::Tampered),
        );
        matrix.extend([
            Self::WrongScopeDate,
            Self::WrongRegion,
            Self::WrongService,
            Self::WrongTerminator,
            Self::Skewed(Skew::Behind(hour)),
            Self::Skewed(Skew::Ahead(hour)),
            Self::UnknownSessionToken,
            Self::Presigned { expires: Duration::from_secs(60), age: hour },
        ]);
        matrix
    }

    /// Returns a stable name for case ids: `tampered-body`, `skewed-ahead-3600s`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Valid => "valid".into(),
            Self::AsIs => "as-is".into(),
            Self::Unsigned => "unsigned".into(),
            Self::WrongSecret => "wrong-secret".into(),
            Self::UnknownAccessKey => "unknown-access-key".into(),
            Self::Tampered(Part::HashedBody) => "tampered-hashed-body".into(),
            Self::Tampered(part) => format!("tampered-{}", format!("{part:?}").to_lowercase()),
            Self::Skewed(Skew::Behind(by)) => format!("skewed-behind-{}s", by.as_secs()),
            Self::Skewed(Skew::Ahead(by)) => format!("skewed-ahead-{}s", by.as_secs()),
            Self::WrongRegion => "wrong-region".into(),
            Self::WrongService => "wrong-service".into(),
            Self::WrongScopeDate => "wrong-scope-date".into(),
            Self::WrongTerminator => "wrong-terminator".into(),
            Self::UnsignedHost => "unsigned-host".into(),
            Self::UnsignedAmzHeader => "unsigned-amz-header".into(),
            Self::Malformed(malformation) => format!("malformed-{}", malformation.name()),
            Self::UnknownSessionToken => "unknown-session-token".into(),
            Self::Presigned { expires, age } if age > expires => "presigned-expired".into(),
            Self::Presigned { .. } => "presigned".into(),
        }
    }
}

impl Malformation {
    /// All malformations.
    pub const ALL: [Self; 8] = [
        Self::NoParts,
        Self::NoCredential,
        Self::NoSignedHeaders,
        Self::NoSignature,
        Self::ShortScope,
        Self::UnknownAlgorithm,
        Self::SignatureNotHex,
        Self::OtherScheme,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::NoParts => "no-parts",
            Self::NoCredential => "no-credential",
            Self::NoSignedHeaders => "no-signed-headers",
            Self::NoSignature => "no-signature",
            Self::ShortScope => "short-scope",
            Self::UnknownAlgorithm => "unknown-algorithm",
            Self::SignatureNotHex => "signature-not-hex",
            Self::OtherScheme => "other-scheme",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_of_the_matrix_differ() {
        let matrix = Signing::negative_matrix();
        let names: BTreeSet<String> = matrix.iter().map(Signing::name).collect();
        assert_eq!(names.len(), matrix.len());
    }
}
