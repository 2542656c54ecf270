//! What stands between a pipeline and the services: a proxy, and authorities of one's own.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::test_tenant::{TestTenant, Workspace};

/// An HTTP proxy that leads every tunnel to one address, whatever it was asked for, or to none.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// To there; `None` refuses.
    fn to(target: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy { address: listener.local_addr().unwrap().to_string(), asked: Arc::default() };
        let (asked, target) = (Arc::clone(&proxy.asked), target.map(str::to_owned));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (asked, target) = (Arc::clone(&asked), target.clone());
                std::thread::spawn(move || tunnel(client.unwrap(), target.as_deref(), &asked));
            }
        });
        proxy
    }

    /// The heads of the requests so far.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn tunnel(mut client: TcpStream, target: Option<&str>, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    asked.lock().unwrap().push(String::from_utf8(head).unwrap());
    let Some(target) = target else { return client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").ok() };
    let mut server = TcpStream::connect(target).ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    let (mut back, mut forth) = (server.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut back, &mut forth);
        let _ = forth.shutdown(Shutdown::Both);
    });
    let _ = std::io::copy(&mut client, &mut server);
    server.shutdown(Shutdown::Both).ok()
}

/// An address that nobody listens at, and that the tenant's certificate is good for.
const NOWHERE: &str = "localhost:1";

fn workspace(test_tenant: &TestTenant) -> Workspace<'_> {
    test_tenant.workspace("resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n}\n")
}

#[test]
fn everything_goes_through_the_proxy() {
    let test_tenant = TestTenant::new("everything_goes_through_the_proxy");
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = Proxy::to(Some(test_tenant.host()));
        let mut workspace = workspace(&test_tenant);
        workspace.set("ARM_METADATA_HOSTNAME", NOWHERE);
        workspace.set(variable, &format!("http://someone:pass%40word@{}", proxy.address));
        workspace.apply();
        workspace.plan_is_empty();
        workspace.destroy();
        let asked = proxy.asked();
        assert!(!asked.is_empty(), "{variable}");
        for head in asked {
            let head = head.to_lowercase();
            assert!(head.starts_with(&format!("connect {NOWHERE} http/1.1\r\n")), "{variable}: {head}");
            // someone:pass@word, and nothing that is for the services.
            assert!(head.contains("proxy-authorization: basic c29tzw9uztpwyxnzqhdvcmq=") && !head.contains("bearer"), "{variable}: {head}");
        }
    }
}

#[test]
fn what_is_excepted_does_not_go_through_the_proxy() {
    let test_tenant = TestTenant::new("what_is_excepted_does_not_go_through_the_proxy");
    let proxy = Proxy::to(None);
    let (address, name) = (test_tenant.host().to_owned(), test_tenant.host().replace("127.0.0.1", "localhost"));
    // `HTTP_PROXY` is for plain HTTP, of which there is none.
    for (host, variable, value) in [
        (&address, "NO_PROXY", "127.0.0.1"),
        (&address, "no_proxy", "example.com, 127.0.0.0/8"),
        (&name, "no_proxy", "example.com,localhost"),
        (&name, "NO_PROXY", "*"),
        (&name, "HTTPS_PROXY", ""),
    ] {
        let mut workspace = workspace(&test_tenant);
        workspace.set("ARM_METADATA_HOSTNAME", host);
        workspace.set("HTTPS_PROXY", &format!("http://{}", proxy.address));
        workspace.set("HTTP_PROXY", &format!("http://{}", proxy.address));
        workspace.set(variable, value);
        workspace.apply();
        workspace.destroy();
    }
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

/// A minute is waited for a proxy, which may be about to start.
#[cfg(unix)]
#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let test_tenant = TestTenant::new("a_proxy_that_refuses_is_named");
    let proxy = Proxy::to(None);
    let mut workspace = workspace(&test_tenant);
    workspace.set("HTTPS_PROXY", &format!("http://someone:password@{}", proxy.address));
    let words = [
        &format!("at {}: ", test_tenant.host()),
        &format!("no connection could be made (by way of the proxy http://{}: ", proxy.address),
        "Check the network, a firewall, and the variables HTTPS_PROXY and NO_PROXY.",
    ];
    let said = workspace.plan_waits(&words);
    assert!(!said.text.contains("password"), "{}", said.text);
    // Nor is one that is not there.
    workspace.set("HTTPS_PROXY", "http://localhost:1");
    let words = ["no connection could be made (by way of the proxy http://localhost:1: "];
    workspace.plan_waits(&words);
    assert_eq!(test_tenant.writes(), 0);
}

#[test]
fn only_authorities_that_are_trusted_are_talked_to() {
    let test_tenant = TestTenant::new("only_authorities_that_are_trusted");
    let mut workspace = workspace(&test_tenant);
    let key = rcgen::KeyPair::generate().unwrap();
    let other = rcgen::CertificateParams::new(vec!["other".to_owned()]).unwrap().self_signed(&key).unwrap();
    workspace.file("other.pem", &other.pem());
    let other = workspace.path().join("other.pem").display().to_string();
    workspace.set("SSL_CERT_FILE", &other);
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["the server's certificate is not trusted", "name a file with its certificate authority in SSL_CERT_FILE"],
    );
    assert_eq!(test_tenant.all_requests(), 0);
}
