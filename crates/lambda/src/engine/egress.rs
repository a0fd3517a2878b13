//! Where functions may connect to: the internet, and what the operator adds. Never, unless added,
//! this machine, its neighbours, or the addresses that clouds serve credentials from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// The ports on which functions reach the internet, unless the operator says otherwise.
pub const PORTS: [u16; 2] = [80, 443];

/// The rule for connections out of functions.
#[derive(Clone, Debug)]
pub struct Egress {
    ports: Vec<u16>,
    allowed: Vec<Network>,
    resolver: Option<SocketAddr>,
}

/// The most ports: each takes a listener in every instance.
const MOST_PORTS: usize = 16;

impl Egress {
    /// To `ports` of the internet and of the networks `allowed`. Names are asked of `resolver`.
    pub fn new(ports: &[u16], allowed: Vec<Network>, resolver: Option<SocketAddr>) -> Egress {
        let mut ports: Vec<u16> = ports.iter().copied().take(MOST_PORTS).collect();
        ports.sort_unstable();
        ports.dedup();
        Egress {
            ports,
            allowed,
            resolver,
        }
    }

    /// The resolver that this machine uses.
    pub fn machines_resolver() -> Option<SocketAddr> {
        let settings = std::fs::read_to_string("/etc/resolv.conf").ok()?;
        let mut servers = settings.lines().filter_map(|line| {
            let address = line.strip_prefix("nameserver")?.trim();
            address.parse::<IpAddr>().ok()
        });
        servers.next().map(|address| (address, 53).into())
    }

    pub(super) fn ports(&self) -> &[u16] {
        &self.ports
    }

    pub(super) fn resolver(&self) -> Option<SocketAddr> {
        self.resolver
    }

    pub(super) fn allows(&self, address: IpAddr) -> bool {
        is_internet(address) || self.allows_expressly(address)
    }

    pub(super) fn allows_expressly(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.contains(address))
    }
}

/// Whether an address is for everybody to reach. Functions' networks have IPv4 alone.
fn is_internet(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else {
        return false;
    };
    let [a, b, c, _] = address.octets();
    let is_reserved = match (a, b, c) {
        // This network, shared address space (RFC 6598), protocol assignments, benchmarks,
        // multicast and what is beyond.
        (0, ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _) | (224.., ..) => true,
        _ => false,
    };
    !(is_reserved || address.is_loopback() || address.is_private() || address.is_link_local())
}

/// Addresses of IPv4 that begin alike, such as `10.1.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: Ipv4Addr,
    prefix: u8,
}

/// The text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write it as 10.1.0.0/16")]
pub struct NoNetwork;

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else {
            return false;
        };
        let mask = u32::MAX
            .checked_shl(u32::from(32 - self.prefix))
            .unwrap_or(0);
        address.to_bits() & mask == self.address.to_bits() & mask
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Network, NoNetwork> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        let address = address.parse().map_err(|_| NoNetwork)?;
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= 32);
        Ok(Network {
            address,
            prefix: prefix.ok_or(NoNetwork)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internet_and_what_is_added() {
        let networks = vec!["10.1.0.0/16".parse().unwrap(), "127.0.0.1".parse().unwrap()];
        let egress = Egress::new(&PORTS, networks, None);
        let check = |address: &str, expected: bool| {
            assert_eq!(
                egress.allows(address.parse().unwrap()),
                expected,
                "{address}"
            );
        };
        for public in [
            "93.184.216.34",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "11.0.0.1",
        ] {
            check(public, true);
        }
        for private in [
            "127.0.0.2",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "169.254.170.2",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "fe80::1",
            "2606:4700::1",
            "::ffff:127.0.0.1",
        ] {
            check(private, false);
        }
        check("10.1.2.3", true);
        check("10.2.0.0", false);
        check("127.0.0.1", true);
    }

    #[test]
    fn networks() {
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/", "::/0"] {
            assert_eq!(wrong.parse::<Network>(), Err(NoNetwork), "{wrong}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("203.0.113.1".parse().unwrap()));
    }
}
