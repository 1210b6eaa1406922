//! Signs a request in any way of [`Signing`].

mod canonical;
mod faulty;
mod standard;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use aws_credential_types::Credentials;

use crate::{Failure, Request, Signing, Skew};

/// The region and service of a credential scope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    /// The signing name, see [`ivs_model::Service::signing_name`].
    pub(crate) service: &'a str,
}

/// Returns whether this way of signing needs credentials.
pub(crate) fn needs_credentials(signing: &Signing) -> bool {
    !matches!(signing, Signing::AsIs | Signing::Unsigned)
}

/// Signs a request, which already has its `host` header.
pub(crate) fn sign(
    request: Request,
    signing: &Signing,
    credentials: &Credentials,
    scope: &Scope<'_>,
    time: SystemTime,
) -> Result<Request, Failure> {
    let valid = |request| standard::in_headers(request, credentials, scope, time);
    let with = |credentials: Credentials| move |request| standard::in_headers(request, &credentials, scope, time);
    match signing {
        Signing::AsIs | Signing::Unsigned => Ok(request),
        Signing::Valid => valid(request),
        Signing::WrongSecret => with(faulty::wrong_secret(credentials))(request),
        Signing::UnknownAccessKey => with(faulty::unknown_access_key(credentials))(request),
        Signing::UnknownSessionToken => with(faulty::unknown_session_token(credentials))(request),
        Signing::Tampered(part) => faulty::tampered(request, *part, credentials, scope, time),
        Signing::Skewed(Skew::Behind(by)) => standard::in_headers(request, credentials, scope, time - *by),
        Signing::Skewed(Skew::Ahead(by)) => standard::in_headers(request, credentials, scope, time + *by),
        Signing::WrongRegion => {
            // Both are real regions of the services, so that only the mismatch is wrong.
            let region = if scope.region == "eu-west-1" { "us-east-1" } else { "eu-west-1" };
            standard::in_headers(request, credentials, &Scope { region, ..*scope }, time)
        }
        Signing::WrongService => {
            let service = if scope.service == "ivs" { "ivschat" } else { "ivs" };
            standard::in_headers(request, credentials, &Scope { service, ..*scope }, time)
        }
        Signing::WrongScopeDate => {
            Ok(faulty::by_hand(request, faulty::SigningFault::ScopeDate, credentials, scope, time))
        }
        Signing::WrongTerminator => {
            Ok(faulty::by_hand(request, faulty::SigningFault::Terminator, credentials, scope, time))
        }
        Signing::UnsignedHost => Ok(faulty::by_hand(request, faulty::SigningFault::Host, credentials, scope, time)),
        Signing::UnsignedAmzHeader => valid(request).map(|mut request| {
            request.set_header("x-amz-meta-ivs-contract", "unsigned");
            request
        }),
        Signing::Malformed(malformation) => valid(request).map(|request| faulty::malformed(request, *malformation)),
        Signing::Presigned { expires, age } => standard::in_query(request, credentials, scope, time - *age, *expires),
    }
}
