//! A stand-in for what `#[orm::test]` names: `orm::Database` and the functions of `orm_embedded`.
#![allow(dead_code)]

use std::fmt::Display;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// A database that only knows its address.
pub struct Database {
    /// Where it is.
    pub url: String,
}

impl Database {
    /// Connects.
    pub async fn connect(url: &str) -> Result<Database, std::io::Error> {
        Ok(Database { url: url.to_owned() })
    }
}

/// Every template that was set up, by its key.
pub static SET_UP: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Runs a test on a database of its own.
pub fn run_test<D, E: Display, R>(connect: impl AsyncFn(String) -> Result<D, E>, test: impl AsyncFnOnce(D) -> R) -> R {
    block_on(async {
        match connect("postgres://fresh".to_owned()).await {
            Ok(database) => test(database).await,
            Err(error) => panic!("cannot connect: {error}"),
        }
    })
}

/// Runs a test on a copy of a database that `setup` has prepared.
pub fn run_test_with_setup<D, E: Display, F: Display, R>(
    key: &'static str,
    connect: impl AsyncFn(String) -> Result<D, E>,
    setup: impl AsyncFnOnce(D) -> Result<(), F>,
    test: impl AsyncFnOnce(D) -> R,
) -> R {
    block_on(async {
        let template = connect("postgres://template".to_owned()).await;
        let Ok(template) = template else {
            panic!("cannot connect")
        };
        if let Err(error) = setup(template).await {
            panic!("cannot set up: {error}");
        }
        SET_UP
            .lock()
            .expect("no test panics while it holds this")
            .push(key.to_owned());
    });
    run_test(connect, test)
}
