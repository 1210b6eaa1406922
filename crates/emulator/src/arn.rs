//! Parsing of the ARNs of the three services.

/// `arn:aws:{namespace}:{region}:{account}:{resource type}/{id}`, borrowed from its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) resource_type: &'a str,
    pub(crate) id: &'a str,
}

impl<'a> Arn<'a> {
    /// Parses a text; returns `None` if it is not an ARN with a type and an ID.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:aws:")?.splitn(4, ':');
        let (namespace, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let (resource_type, id) = parts.next()?.split_once('/')?;
        let filled = [namespace, region, account, resource_type, id].iter().all(|part| !part.is_empty());
        (filled && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(Self {
            namespace,
            region,
            account,
            resource_type,
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_parsed_into_its_parts() {
        let arn = Arn::parse("arn:aws:ivschat:eu-west-1:123456789012:room/AbCdEf123456").unwrap();
        assert_eq!(arn.namespace, "ivschat");
        assert_eq!(arn.resource_type, "room");
        assert_eq!(arn.id, "AbCdEf123456");
    }

    #[test]
    fn a_text_without_all_parts_is_not_an_arn() {
        for text in
            ["", "arn:aws:ivs", "arn:aws:ivs::1:channel/a", "arn:aws:ivs:r:1:channel", "arn:aws:ivs:r:x:channel/a"]
        {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
