//! A password in connections that fail.

use std::time::Duration;

use orm::prelude::*;
use orm_embedded::Settings;

use super::{CANARY, Errors, logs};
use crate::support::Arena;

async fn connect(url: &str) -> Result<Database, Error> {
    Database::builder()
        .url(url)
        .connect_timeout(Duration::from_millis(500))
        .connect()
        .await
}

/// URLs that cannot be connected to; the password of `visitor` is `c4n4ry-right`.
fn wrong_urls(arena: &Arena) -> Vec<(&'static str, String)> {
    let right = arena.url_of("visitor", &format!("{CANARY}-right"), None);
    let with = |password: &str| arena.url_of("visitor", &password.replace("{}", CANARY), None);
    let database = right.rsplit_once('/').unwrap().0;
    vec![
        ("a wrong password", with("{}-wrong")),
        ("nobody", arena.url_of("nobody", CANARY, None)),
        ("no login", arena.url_of("locked", &format!("{CANARY}-right"), None)),
        ("no database", format!("{database}/nothing")),
        ("a wrong setting", format!("{right}?options=-c%20work_mem%3Dmuch")),
        ("nobody there", arena.url_of("visitor", CANARY, Some(1))),
        (
            "no name",
            right.replace("127.0.0.1", "host.invalid") + "?sslmode=disable",
        ),
        ("TLS where there is none", format!("{right}?sslmode=require")),
        ("an unknown parameter", format!("{right}?what=2")),
        ("a wrong parameter", format!("{right}?sslmode=perhaps")),
        ("a wrong port", format!("postgres://visitor:{CANARY}@127.0.0.1:port/x")),
        ("a wrong escape", with("{}%zz")),
        ("an @ in the password", with("{}@{}")),
        ("a slash in the password", with("{}/x")),
        ("a # in the password", with("{}#x")),
        ("a ? in the password", with("{}?x")),
        ("a colon in the password", with("{}:{}")),
        ("no host", format!("postgres://visitor:{CANARY}@")),
        ("another scheme", format!("mysql://visitor:{CANARY}@127.0.0.1/x")),
        ("no URL", format!("visitor:{CANARY}@127.0.0.1")),
        (
            "an unknown keyword",
            format!("host=127.0.0.1 user=visitor password={CANARY} what=ever"),
        ),
        ("a quote that is open", format!("host=127.0.0.1 password='{CANARY}")),
        ("a password of two words", format!("host=127.0.0.1 password=x {CANARY}")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_in_no_error_and_in_no_log() {
    let (arena, _server) = Arena::with_server(Settings::new().on_tcp()).await;
    let proxy = arena.proxy().await;
    arena
        .run("CREATE ROLE visitor LOGIN PASSWORD 'c4n4ry-right'; CREATE ROLE locked PASSWORD 'c4n4ry-right'")
        .await;
    let mut errors = Errors::default();
    logs::begin();
    let password = format!("{CANARY}-right");
    let db = connect(&arena.url_of("visitor", &password, None)).await.unwrap();
    for (name, url) in wrong_urls(&arena) {
        errors.add(name, connect(&url).await);
    }
    proxy.silence();
    let through = arena.url_of("visitor", &password, Some(proxy.port()));
    errors.add("silence", connect(&through).await);
    proxy.heal();
    proxy.refuse();
    errors.add("refused", connect(&through).await);
    let provided = Database::builder()
        .url(&through)
        .password_provider(async || Ok::<_, Error>(CANARY.to_owned()));
    errors.add("refused with a provider", provided.connect().await);
    errors.add(
        "not allowed",
        sql!("SELECT rolpassword FROM pg_authid").execute(&db).await,
    );
    let logged = logs::end();
    assert!(errors.kinds().len() >= 3, "{:?}", errors.kinds());
    errors.show_nothing(&logged);
    arena.ends_clean([db]).await;
}
