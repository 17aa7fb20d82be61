//! The way to a host outside: its name, an address that may be called, a connection, TLS. The address that
//! was judged is the one that is called, so a name cannot lead elsewhere in between.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::io::judge::may_be_called;

/// What all ways share: the authorities that this machine trusts, read when the first secure one is gone.
#[derive(Default)]
pub struct Way {
    trusted: OnceLock<Result<TlsConnector, String>>,
}

/// Where a way leads.
#[derive(Clone, Debug)]
pub struct Destination {
    /// A name, or an address; IPv6 without brackets.
    pub host: String,
    pub port: u16,
    /// By TLS.
    pub secure: bool,
}

/// A connection, plain or by TLS.
pub type Stream = Box<dyn Duplex>;

/// Bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// Why nobody was reached, in words without secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// The address is neither public nor allowed; or no certificate can be for the host.
    #[error("{0}")]
    Forbidden(String),
    #[error("the host's name: {0}")]
    NoHost(String),
    #[error("{0}")]
    Failed(String),
    #[error("no connection within {} s", .0.as_secs_f64())]
    Late(Duration),
}

impl Way {
    /// A connection to the first address of the host that may be called and answers. `allow` are the addresses
    /// that are not public and may be called all the same.
    pub async fn connect(
        &self,
        to: &Destination,
        allow: &[IpNet],
        patience: Duration,
    ) -> Result<Stream, Unreached> {
        let reached = timeout(patience, async {
            let stream = reach(to, allow).await?;
            match to.secure {
                true => self.secured(&to.host, stream).await,
                false => Ok(Box::new(stream) as Stream),
            }
        });
        reached.await.unwrap_or(Err(Unreached::Late(patience)))
    }

    async fn secured(&self, host: &str, stream: TcpStream) -> Result<Stream, Unreached> {
        let connector = self.trusted.get_or_init(trusted);
        let connector = connector
            .as_ref()
            .map_err(|why| Unreached::Forbidden(why.clone()))?;
        let name = ServerName::try_from(host.to_string())
            .map_err(|_| Unreached::Forbidden("no certificate can be for this host".to_string()))?;
        match connector.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(Unreached::Failed(format!("TLS: {error}"))),
        }
    }
}

async fn reach(to: &Destination, allow: &[IpNet]) -> Result<TcpStream, Unreached> {
    let addresses: Vec<SocketAddr> = match to.host.parse::<IpAddr>() {
        Ok(address) => vec![(address, to.port).into()],
        Err(_) => {
            let found = lookup_host((to.host.as_str(), to.port)).await;
            found
                .map_err(|error| Unreached::NoHost(error.to_string()))?
                .collect()
        }
    };
    let mut last = Unreached::NoHost("the host has no address".to_string());
    for address in addresses {
        if !may_be_called(address.ip(), allow) {
            let ip = address.ip();
            last = Unreached::Forbidden(format!(
                "{ip} is not public, and http.allow does not name it"
            ));
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // A request is written whole; nothing is gained by waiting for more of it.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = Unreached::Failed(error.to_string()),
        }
    }
    Err(last)
}

fn trusted() -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("this machine trusts no certificate authority".to_string());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
