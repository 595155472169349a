//! TLS by rustls: the server's certificate and name are always verified.
//!
//! The cryptography is ring's, named here and not taken from the process' default, which a program need not have set.

#[cfg(feature = "tls")]
pub(crate) use with_rustls::Tls;
#[cfg(not(feature = "tls"))]
pub(crate) use without::Tls;

#[cfg(feature = "tls")]
mod with_rustls {
    use std::path::Path;
    use std::sync::Arc;

    use orm_core::{Error, ErrorKind};
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{ClientConfig, RootCertStore};
    use tokio_postgres_rustls::MakeRustlsConnect;

    use crate::config::{ClientCertificate, Config, RootCertificates};

    /// What a TLS connection is made with.
    pub(crate) struct Tls(MakeRustlsConnect);

    impl Tls {
        /// # Errors
        /// [`ErrorKind::Config`] for files that cannot be read or hold no certificate.
        pub(crate) fn new(config: &Config) -> Result<Self, Error> {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| wrong(format!("TLS cannot be set up: {error}")))?
                .with_root_certificates(roots(&config.root_certificates)?);
            let mut client = match &config.client_certificate {
                None => builder.with_no_client_auth(),
                Some(files) => {
                    let (certificates, key) = client_certificate(files)?;
                    builder
                        .with_client_auth_cert(certificates, key)
                        .map_err(|error| wrong(format!("the client's certificate cannot be used: {error}")))?
                }
            };
            client.alpn_protocols = vec![b"postgresql".to_vec()];
            Ok(Self(MakeRustlsConnect::new(client)))
        }

        pub(crate) fn connector(&self) -> MakeRustlsConnect {
            self.0.clone()
        }
    }

    fn roots(from: &RootCertificates) -> Result<RootCertStore, Error> {
        let mut store = RootCertStore::empty();
        let certificates: Vec<CertificateDer<'static>> = match from {
            RootCertificates::Public => {
                store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                return Ok(store);
            }
            RootCertificates::File(path) => certificates_of(path)?,
            RootCertificates::Pem(pem) => CertificateDer::pem_slice_iter(pem.reveal())
                .collect::<Result<_, _>>()
                .map_err(|error| wrong(format!("the root certificate is no PEM: {error}")))?,
        };
        if certificates.is_empty() {
            return Err(wrong("there is no certificate in the root certificate's PEM".into()));
        }
        for certificate in certificates {
            store
                .add(certificate)
                .map_err(|error| wrong(format!("a root certificate cannot be used: {error}")))?;
        }
        Ok(store)
    }

    fn client_certificate(
        files: &ClientCertificate,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
        let certificates = certificates_of(&files.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&files.key)
            .map_err(|error| wrong(format!("the key {} cannot be read: {error}", files.key.display())))?;
        Ok((certificates, key))
    }

    fn certificates_of(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
        let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| wrong(format!("the certificate {} cannot be read: {error}", path.display())))?;
        if certificates.is_empty() {
            return Err(wrong(format!(
                "there is no certificate in {}: it must be a PEM file",
                path.display()
            )));
        }
        Ok(certificates)
    }

    fn wrong(what: String) -> Error {
        Error::new(ErrorKind::Config, what)
    }
}

#[cfg(not(feature = "tls"))]
mod without {
    use orm_core::{Error, ErrorKind};
    use tokio_postgres::NoTls;

    use crate::config::Config;

    /// No TLS in this build: `Config::is_encrypted` has refused before this is made.
    pub(crate) struct Tls(std::convert::Infallible);

    impl Tls {
        pub(crate) fn new(_: &Config) -> Result<Self, Error> {
            Err(Error::new(
                ErrorKind::Config,
                "this program was built without the `tls` feature",
            ))
        }

        pub(crate) fn connector(&self) -> NoTls {
            match self.0 {}
        }
    }
}
