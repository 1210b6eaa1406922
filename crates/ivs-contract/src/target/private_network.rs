//! `--allow-writes local`: endpoints whose every address is this machine's or of a private network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ivs_client::Endpoints;

use super::TargetError;
use super::environment::addresses;

/// Resolves the hosts that are not loopback, asserts that all their addresses are private, and pins the endpoints to them.
pub(super) async fn pin(endpoints: &mut Endpoints) -> Result<(), TargetError> {
    let mut known: Vec<(String, Vec<IpAddr>)> = Vec::new();
    for endpoint in endpoints.all().filter(|endpoint| !endpoint.is_loopback()) {
        if known.iter().any(|(host, _)| *host == endpoint.host) {
            continue;
        }
        let host = endpoint.host.clone();
        let found = addresses(&host, endpoint.port)
            .await
            .map_err(|source| TargetError::UnknownHost { host: host.clone(), source })?;
        known.push((host.clone(), all_private(&host, found)?));
    }
    endpoints.try_change(|endpoint| {
        if let Some((_, addresses)) = known.iter().find(|(host, _)| *host == endpoint.host) {
            endpoint.addresses.clone_from(addresses);
        }
        Ok(())
    })
}

/// Returns the addresses if there are some and all are private.
fn all_private(host: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, TargetError> {
    if let Some(address) = addresses.iter().find(|address| !is_private(**address)) {
        return Err(TargetError::PublicAddress { host: host.to_owned(), address: *address });
    }
    if addresses.is_empty() {
        let source = std::io::Error::other("it has no address");
        return Err(TargetError::UnknownHost { host: host.to_owned(), source });
    }
    Ok(addresses)
}

/// Returns whether an address is loopback, of a private network (RFC 1918, unique local), or link-local. The address of
/// instance metadata is link-local, but belongs to the provider of the machine.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let is_metadata = v4 == Ipv4Addr::new(169, 254, 169, 254);
            (v4.is_loopback() || v4.is_private() || v4.is_link_local()) && !is_metadata
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(IpAddr::V4(v4)),
            None => {
                let is_metadata = v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
                (v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()) && !is_metadata
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(addresses: &[&str]) -> Result<Vec<IpAddr>, String> {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        all_private("emulator", addresses).map_err(|error| error.to_string())
    }

    #[test]
    fn names_of_private_addresses_alone_are_granted() {
        for addresses in [
            &["127.0.0.1", "::1"][..],
            &["172.18.0.2"],
            &["10.0.0.1", "192.168.1.1"],
            &["fd12:3456::1"],
            &["fe80::1"],
            &["169.254.7.7"],
            &["::ffff:10.0.0.1"],
        ] {
            assert_eq!(grant(addresses).map(|granted| granted.len()), Ok(addresses.len()), "{addresses:?}");
        }
        for addresses in [
            &["93.184.216.34"][..],
            &["10.0.0.1", "93.184.216.34"],
            &["2606:2800::1"],
            &["172.32.0.1"],
            &["169.254.169.254"],
            &["fd00:ec2::254"],
            &["0.0.0.0"],
            &["::ffff:8.8.8.8"],
        ] {
            let refusal = grant(addresses).unwrap_err();
            assert!(refusal.contains("'emulator'") && refusal.contains(addresses.last().unwrap()), "{refusal}");
        }
        assert!(grant(&[]).is_err());
    }

    #[tokio::test]
    async fn granted_endpoints_are_pinned_and_loopback_needs_no_grant() {
        let mut endpoints =
            Endpoints::one("http://127.0.0.1:4566").unwrap().with("ivs", "http://10.9.8.7:4566").unwrap();
        pin(&mut endpoints).await.unwrap();
        assert_eq!(endpoints.of("ivs").unwrap().addresses, ["10.9.8.7".parse::<IpAddr>().unwrap()]);
        assert!(endpoints.of("ivschat").unwrap().addresses.is_empty());
        let mut public = Endpoints::one("http://93.184.216.34:4566").unwrap();
        assert!(matches!(pin(&mut public).await, Err(TargetError::PublicAddress { .. })));
    }
}
