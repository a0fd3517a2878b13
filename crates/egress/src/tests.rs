use super::*;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers one connection with these bytes, whatever it is asked, and hands back what it was
/// asked.
async fn server(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?q=1", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let length = tcp.read(&mut asked).await.unwrap();
        let _ = tcp.write_all(&answer).await;
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (url, serving)
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url: url.into(),
        headers: vec![("x-a".into(), "1".into()), ("X-A".into(), "2".into())],
        body: Bytes::new(),
        answer_limit: 1000,
        certificates: Certificates::Checked,
        identity: None,
    }
}

#[tokio::test]
async fn requests_and_answers() {
    let (url, asked) =
        server(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 2\r\n\r\nhi".to_vec())
            .await;
    let answer = Egress::new().send(get(&url)).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (302, &b"hi"[..]));
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("GET /path?q=1 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("X-A: 1\r\nX-A: 2\r\n"), "{asked}");
}

#[tokio::test]
async fn failures() {
    let egress = Egress::new();
    for (answer, too_large) in [
        (&b""[..], false),
        (b"garbage\r\n\r\n", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n", true),
    ] {
        let mut answer = answer.to_vec();
        if too_large {
            answer.resize(2000, b'x');
        }
        let (url, _asked) = server(answer).await;
        let refused = egress.send(get(&url)).await.unwrap_err();
        assert_eq!(
            matches!(refused, HttpError::TooLarge { limit: 1000 }),
            too_large,
            "{refused}"
        );
        assert!(
            too_large || matches!(refused, HttpError::Broken(_)),
            "{refused}"
        );
    }
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = egress.send(get(&format!("http://{nobody}/"))).await;
    assert!(
        matches!(refused, Err(HttpError::Unreachable(_))),
        "{refused:?}"
    );
    let refused = egress.send(get("http://nothing.invalid/")).await;
    assert_eq!(refused, Err(HttpError::UnknownHost));
    for url in ["ftp://127.0.0.1/", "/path", "http:///x", "http://a b/"] {
        assert_eq!(egress.send(get(url)).await, Err(HttpError::Url), "{url}");
    }
}

/// An endpoint over TLS that answers one request with the certificate it was shown.
fn tls_server(clients: &str) -> (String, std::thread::JoinHandle<Vec<u8>>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let own = params.self_signed(&key).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(clients.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.unwrap())
        .with_single_cert(vec![own.der().clone()], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let tcp = listener.accept().unwrap().0;
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, tcp);
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        stream.conn.peer_certificates().unwrap()[0].to_vec()
    });
    (url, serving)
}

#[tokio::test]
async fn endpoints_are_shown_a_certificate() {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::default();
    let certificate = params.self_signed(&key).unwrap();
    let (url, serving) = tls_server(&certificate.pem());
    let request = HttpRequest {
        certificates: Certificates::Unchecked,
        identity: Some(ClientIdentity {
            certificate: certificate.pem(),
            private_key: base::Secret::new(key.serialize_pem()),
        }),
        ..get(&url)
    };
    let answer = Egress::new().send(request).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(serving.join().unwrap(), certificate.der().to_vec());
}
