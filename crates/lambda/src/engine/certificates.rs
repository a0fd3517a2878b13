//! Certificates by which functions know this server.
//!
//! Programs written for AWS speak TLS with AWS's services and with their own APIs. In a function's
//! network those names lead here (`names`), and so does the certificate have to: an authority that
//! lives as long as the server vouches for whatever name is asked for. Its key is nowhere but in
//! memory; nobody trusts it but functions, which are told of it by the variables that clients read.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

/// The file with the certificates of all authorities that functions are to trust.
pub(super) const FILE: &str = "ca.pem";

/// Where systems keep the authorities they trust; the first that is there.
const SYSTEM_FILES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// Names that are vouched for at once; beyond that all are forgotten.
const MOST_NAMES: usize = 1000;

/// Why there is no TLS between functions and this server.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("a certificate cannot be made")]
    Make(#[from] rcgen::Error),
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    #[error("the authority's certificate cannot be written")]
    Write(#[from] io::Error),
}

/// What functions trust, and the side of TLS that answers them.
pub struct Trust {
    pub acceptor: TlsAcceptor,
    /// A folder with [`FILE`] in it.
    pub folder: PathBuf,
    /// Whether the file has the machine's authorities too, and may stand in for them.
    pub has_system: bool,
    _folder: TempDir,
}

impl Trust {
    /// Makes an authority, and writes whom functions are to trust into a folder below `work`.
    pub fn new(work: &Path) -> Result<Trust, CertificateError> {
        let authority = Authority::new()?;
        let own = tempfile::Builder::new().prefix("trust-").tempdir_in(work)?;
        let system = system_authorities();
        let bundle = format!("{}\n{}", authority.pem, system.as_deref().unwrap_or(""));
        std::fs::write(own.path().join(FILE), bundle)?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(authority));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Trust {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            folder: own.path().to_owned(),
            has_system: system.is_some(),
            _folder: own,
        })
    }
}

/// The authorities that this server's own environment trusts.
fn system_authorities() -> Option<String> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let usual = SYSTEM_FILES.iter().map(PathBuf::from);
    let mut files = named.into_iter().chain(usual);
    files.find_map(|file| std::fs::read_to_string(file).ok())
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    /// That of all the names.
    key: KeyPair,
    names: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    fn new() -> Result<Authority, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = named("Fogbank, for functions only");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key)?.pem();
        Ok(Authority {
            issuer: Issuer::new(params, key),
            pem,
            key: KeyPair::generate()?,
            names: Mutex::default(),
        })
    }

    fn vouch(&self, name: &str) -> Result<CertifiedKey, CertificateError> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.distinguished_name = named(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate: CertificateDer<'static> =
            params.signed_by(&self.key, &self.issuer)?.der().clone();
        let key = PrivateKeyDer::try_from(self.key.serialize_der());
        let key = key.map_err(|reason| rustls::Error::General(reason.to_owned()))?;
        let key = ring::sign::any_supported_type(&key)?;
        Ok(CertifiedKey::new(vec![certificate], key))
    }
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Who asks for an address does not say which.
        let name = hello.server_name().unwrap_or("127.0.0.1");
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(name) {
            return Some(Arc::clone(known));
        }
        match self.vouch(name) {
            Ok(vouched) => {
                if names.len() >= MOST_NAMES {
                    names.clear();
                }
                let vouched = Arc::new(vouched);
                names.insert(name.to_owned(), Arc::clone(&vouched));
                Some(vouched)
            }
            Err(error) => {
                tracing::debug!(name, %error, "no certificate for a function");
                None
            }
        }
    }
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    // No longer than the standard lets it be.
    let common_name: String = common_name.chars().take(64).collect();
    name.push(DnType::CommonName, common_name);
    name
}
