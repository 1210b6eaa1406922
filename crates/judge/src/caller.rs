//! What a request says of its caller and of the time: the region that it is signed for, and the endpoint's clock.

use ivs_client::{Request, Response};
use ivs_model::TimestampFormat;

/// The parts of an ARN that tell where a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ArnParts<'a> {
    /// The region.
    pub(crate) region: &'a str,
    /// The account.
    pub(crate) account: &'a str,
    /// What follows the resource type.
    pub(crate) id: &'a str,
}

impl<'a> ArnParts<'a> {
    /// Reads an ARN such as `arn:aws:ivs:us-west-2:123456789012:channel/abcd`.
    pub(crate) fn of(arn: &'a str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, _, region, account, resource] = parts[..] else { return None };
        let (_, id) = resource.split_once('/').filter(|(_, id)| !id.is_empty())?;
        Some(Self { region, account, id })
    }
}

/// Returns the region of the credential scope that the request is signed with.
pub(crate) fn signed_region(request: &Request) -> Option<&str> {
    let scope = request.header("authorization")?.split("Credential=").nth(1)?.split(',').next()?;
    // Access keys hold no slash.
    scope.split('/').nth(2).filter(|region| !region.is_empty())
}

/// Returns the time of an exchange in milliseconds since 1970, and by how much it may be wrong.
///
/// The endpoint's own clock counts where it sends a `Date`. Else it is the time of the signature, from which an endpoint
/// may differ by as much as it lets signatures differ.
pub(crate) fn time_of(request: &Request, response: &Response) -> Option<(i64, i64)> {
    const SECOND: i64 = 1000;
    const SKEW: i64 = 15 * 60 * SECOND;
    if let Some(date) = response.header("date").and_then(|text| TimestampFormat::HttpDate.epoch_millis(text)) {
        return Some((date, SECOND));
    }
    let stamp = request.header("x-amz-date")?;
    let part = |range: std::ops::Range<usize>| stamp.get(range);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(9..11)?,
        part(11..13)?,
        part(13..15)?
    );
    Some((TimestampFormat::DateTime.epoch_millis(&text)?, SKEW))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        Request {
            method: "POST".to_owned(),
            path: "/ListChannels".to_owned(),
            query: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect(),
            body: Vec::new().into(),
        }
    }

    #[test]
    fn the_region_is_that_of_the_credential_scope() {
        let signed = "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-1/ivs/aws4_request, SignedHeaders=host";
        assert_eq!(signed_region(&request(&[("authorization", signed)])), Some("eu-west-1"));
        assert_eq!(signed_region(&request(&[("authorization", "Bearer x")])), None);
        assert_eq!(signed_region(&request(&[])), None);
    }

    #[test]
    fn the_clock_of_the_endpoint_comes_before_that_of_the_signature() {
        let sent = request(&[("x-amz-date", "20260102T030405Z")]);
        let response = |headers: Vec<(String, Vec<u8>)>| Response { status: 200, headers, body: Vec::new().into() };
        assert_eq!(time_of(&sent, &response(Vec::new())), Some((1_767_323_045_000, 900_000)));
        let date = ("date".to_owned(), b"Fri, 02 Jan 2026 04:04:05 GMT".to_vec());
        assert_eq!(time_of(&sent, &response(vec![date])), Some((1_767_326_645_000, 1000)));
        assert_eq!(time_of(&request(&[("x-amz-date", "today")]), &response(Vec::new())), None);
    }

    #[test]
    fn an_arn_has_a_region_an_account_and_an_id() {
        let parts = ArnParts { region: "us-west-2", account: "123456789012", id: "abcd" };
        assert_eq!(ArnParts::of("arn:aws:ivs:us-west-2:123456789012:channel/abcd"), Some(parts));
        assert_eq!(ArnParts::of("channel/abcd"), None);
        assert_eq!(ArnParts::of("arn:aws:ivs:us-west-2:123456789012:channel/"), None);
    }
}
