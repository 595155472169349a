//! The binary's own server, for what a Unix-domain socket has not: a port, passwords, TLS and client certificates.

use orm_core::Executor;
use orm_embedded::{Server, Settings};
use orm_postgres::Database;
use tokio::sync::OnceCell;

use crate::certificates::Authority;

/// The password of [`USER`]. No error may show it.
pub(crate) const PASSWORD: &str = "canary-pw-7391";
/// A role that the server asks for its password.
pub(crate) const USER: &str = "scram_user";
/// A role that the server asks for a certificate.
pub(crate) const CERTIFIED: &str = "certified_user";

pub(crate) struct Secure {
    server: Server,
    /// `127.0.0.1:port`.
    pub(crate) address: String,
    /// Has signed the certificate of `localhost`, and is trusted to sign those of clients.
    pub(crate) authority: Authority,
}

/// The server, started by the first test that asks for it; it ends with the process.
pub(crate) async fn secure() -> &'static Secure {
    static SERVER: OnceCell<Secure> = OnceCell::const_new();
    SERVER.get_or_init(Secure::start).await
}

impl Secure {
    async fn start() -> Self {
        let authority = Authority::new("an authority of tests");
        let localhost = authority.server("localhost");
        let settings = Settings::new()
            .on_tcp()
            .setting("ssl", "on")
            .setting("ssl_ca_file", "root.crt")
            .file("root.crt", authority.certificate.as_str())
            .file("server.crt", localhost.certificate)
            .file("server.key", localhost.key)
            .authentication(format!("hostssl all {CERTIFIED} 127.0.0.1/32 cert"));
        let server = Server::private_with(settings).await.unwrap();
        let roles = format!("CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE {CERTIFIED} LOGIN");
        let admin = Database::connect(server.url()).await.unwrap();
        admin.batch(&roles).await.unwrap();
        let (_, rest) = server.url().rsplit_once('@').unwrap();
        let (address, _) = rest.split_once('/').unwrap();
        Self {
            address: address.to_owned(),
            server,
            authority,
        }
    }

    /// The superuser's URL, over plain TCP.
    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    pub(crate) fn port(&self) -> &str {
        self.address.rsplit_once(':').unwrap().1
    }

    /// The superuser's pool, over plain TCP.
    pub(crate) async fn admin(&self) -> Database {
        let admin = Database::builder().url(self.url()).max_size(1);
        admin.connect().await.unwrap()
    }
}
