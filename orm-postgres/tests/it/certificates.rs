//! An authority of the tests' own, and what it signs.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};

/// A certificate and its key, as PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// For a server of this host name.
    pub(crate) fn server(&self, host: &str) -> Pair {
        self.sign(params(host, &[host], ExtendedKeyUsagePurpose::ServerAuth))
    }

    /// For a server of this host name, and no longer valid.
    pub(crate) fn expired(&self, host: &str) -> Pair {
        let mut params = params(host, &[host], ExtendedKeyUsagePurpose::ServerAuth);
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
        self.sign(params)
    }

    /// For a client that PostgreSQL takes for the role of this name.
    pub(crate) fn client(&self, role: &str) -> Pair {
        self.sign(params(role, &[], ExtendedKeyUsagePurpose::ClientAuth))
    }

    fn sign(&self, params: CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        Pair {
            certificate: params.signed_by(&key, &self.issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

/// For a server of this host name, signed by nobody else.
pub(crate) fn self_signed(host: &str) -> Pair {
    let key = KeyPair::generate().unwrap();
    let params = params(host, &[host], ExtendedKeyUsagePurpose::ServerAuth);
    Pair {
        certificate: params.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
}

fn params(name: &str, hosts: &[&str], usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().copied().map(str::to_owned).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages.push(usage);
    params
}
