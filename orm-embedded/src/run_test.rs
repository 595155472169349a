//! What `#[orm::test]` expands to a call of.

use std::fmt::Display;

use crate::database::TestDatabase;
use crate::template::SetupError;

/// Runs a test on a runtime and in a database of its own. `#[orm::test]` calls it.
///
/// # Panics
///
/// When there is no server or no database, or `connect` fails: a test has no other way to say so.
pub fn run_test<D, T, E: Display>(
    connect: impl AsyncFnOnce(String) -> Result<D, E>,
    test: impl AsyncFnOnce(D) -> T,
) -> T {
    on_a_runtime(async {
        let database = or_panic(TestDatabase::create().await, "no database for the test");
        in_database(&database, connect, test).await
    })
}

/// As [`run_test`], in a copy of a database that `setup` has prepared: once for all tests with this key.
///
/// # Panics
///
/// As [`run_test`], and when `setup` fails.
pub fn run_test_with_setup<D, T, E, S>(
    key: &str,
    connect: impl AsyncFn(String) -> Result<D, E>,
    setup: impl AsyncFnOnce(D) -> Result<(), S>,
    test: impl AsyncFnOnce(D) -> T,
) -> T
where
    E: Display + Into<SetupError>,
    S: Into<SetupError>,
{
    on_a_runtime(async {
        let prepare = async |url: &str| {
            let database = connect(url.to_owned()).await.map_err(Into::into)?;
            setup(database).await.map_err(Into::into)
        };
        let database = or_panic(
            TestDatabase::from_template(key, prepare).await,
            "the test's database could not be set up",
        );
        in_database(&database, &connect, test).await
    })
}

async fn in_database<D, T, E: Display>(
    database: &TestDatabase,
    connect: impl AsyncFnOnce(String) -> Result<D, E>,
    test: impl AsyncFnOnce(D) -> T,
) -> T {
    let connected = connect(database.url().to_owned()).await;
    test(or_panic(connected, "no connection to the test's database")).await
}

fn on_a_runtime<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    or_panic(runtime, "no runtime for the test").block_on(test)
}

fn or_panic<T, E: Display>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}
