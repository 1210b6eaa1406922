//! A TCP connection to an endpoint: to its pinned addresses, or through its proxy.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Endpoint, Proxy};

/// The longest head of a proxy's answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Opens a TCP connection to an endpoint. A proxy gets a `CONNECT` request for an https endpoint; requests to an http
/// endpoint have to name [`Endpoint::origin`] in their first line.
///
/// # Errors
///
/// An error of the system, or the refusal of the proxy.
pub async fn dial(endpoint: &Endpoint) -> io::Result<TcpStream> {
    let stream = match &endpoint.proxy {
        Some(proxy) => {
            let mut stream = TcpStream::connect((proxy.host.as_str(), proxy.port))
                .await
                .map_err(|error| io::Error::new(error.kind(), format!("the proxy {proxy}: {error}")))?;
            if endpoint.tls {
                tunnel(&mut stream, endpoint, proxy).await?;
            }
            stream
        }
        None if endpoint.addresses.is_empty() => TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?,
        None => {
            let addresses: Vec<SocketAddr> =
                endpoint.addresses.iter().map(|address| SocketAddr::new(*address, endpoint.port)).collect();
            TcpStream::connect(addresses.as_slice()).await?
        }
    };
    // Sends small requests without Nagle's delay.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Asks the proxy for a tunnel to the endpoint.
async fn tunnel(stream: &mut TcpStream, endpoint: &Endpoint, proxy: &Proxy) -> io::Result<()> {
    let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    let place = format!("{host}:{}", endpoint.port);
    let authorization = proxy.authorization().map(|value| format!("proxy-authorization: {value}\r\n"));
    let request = format!("CONNECT {place} HTTP/1.1\r\nhost: {place}\r\n{}\r\n", authorization.unwrap_or_default());
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    // Byte by byte: what follows the head belongs to the endpoint.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD {
            return Err(io::Error::other(format!("the proxy {proxy} answered CONNECT with an endless head")));
        }
        head.push(stream.read_u8().await?);
    }
    let line = String::from_utf8_lossy(&head);
    let line = line.lines().next().unwrap_or_default();
    match line.split(' ').nth(1) {
        Some(status) if status.starts_with('2') => Ok(()),
        status => {
            let status = status.unwrap_or("no status");
            Err(io::Error::other(format!("the proxy {proxy} refused the connection to {place}: {status}")))
        }
    }
}
