//! Servers, or those who stand in for them, that ask for a password in a way in which it must not be given.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use orm_core::ErrorKind;
use orm_postgres::{Database, DatabaseBuilder};

use crate::secure::{PASSWORD, USER, secure};
use crate::support::*;

const CLEAR_TEXT_PASSWORD: &[u8] = b"R\0\0\0\x08\0\0\0\x03";
const MD5_PASSWORD: &[u8] = b"R\0\0\0\x0c\0\0\0\x05salt";

/// Answers one connection's start with these bytes, and gives all that was sent after it.
struct Scripted {
    port: u16,
    thread: JoinHandle<Vec<u8>>,
}

impl Scripted {
    fn says(answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            read_start(&mut socket);
            // In pieces, as a network may bring it. The client may have hung up by then.
            socket.set_nodelay(true).unwrap();
            for byte in answer {
                let _ = socket.write_all(&[*byte]);
            }
            let mut sent = vec![0; 1024];
            // The end of the connection, or the next message.
            let read = socket.read(&mut sent).unwrap_or(0);
            sent.truncate(read);
            sent
        });
        Self { port, thread }
    }

    /// As a server of this name, which is another machine's unless it is this one's.
    fn by_name(&self, name: &str) -> DatabaseBuilder {
        let url = format!(
            "postgres://ann:{PASSWORD}@{name}:{}/d?hostaddr=127.0.0.1&sslmode=disable",
            self.port
        );
        Database::builder().url(&url)
    }

    fn sent(self) -> String {
        String::from_utf8_lossy(&self.thread.join().unwrap()).into_owned()
    }
}

/// The first message has no type, only a length.
fn read_start(socket: &mut TcpStream) {
    let mut length = [0; 4];
    socket.read_exact(&mut length).unwrap();
    let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
    socket.read_exact(&mut rest).unwrap();
}

#[tokio::test]
async fn another_machine_is_not_given_the_password_in_clear_text() {
    let server = Scripted::says(CLEAR_TEXT_PASSWORD);
    let error = server.by_name("db.example.org").connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.to_string().contains("in clear text"), "{error}");
    assert_eq!(server.sent(), "");
}

#[tokio::test]
async fn this_machine_is_given_it_and_another_one_by_the_programs_choice() {
    let server = Scripted::says(CLEAR_TEXT_PASSWORD);
    server.by_name("localhost").connect().await.unwrap_err();
    assert!(server.sent().contains(PASSWORD));
    let server = Scripted::says(CLEAR_TEXT_PASSWORD);
    let builder = server.by_name("db.example.org").allow_cleartext_password();
    builder.connect().await.unwrap_err();
    assert!(server.sent().contains(PASSWORD));
}

#[tokio::test]
async fn a_hash_of_it_goes_where_the_program_has_allowed_plain_text() {
    let server = Scripted::says(MD5_PASSWORD);
    server.by_name("db.example.org").connect().await.unwrap_err();
    let sent = server.sent();
    assert!(sent.contains("md5") && !sent.contains(PASSWORD), "{sent}");
}

#[tokio::test]
async fn no_password_goes_without_channel_binding_where_that_is_required() {
    for answer in [CLEAR_TEXT_PASSWORD, MD5_PASSWORD, b"R\0\0\0\x08\0\0\0\0"] {
        let server = Scripted::says(answer);
        let url = format!(
            "postgres://ann:{PASSWORD}@127.0.0.1:{}/d?channel_binding=require",
            server.port
        );
        let error = Database::connect(&url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert_eq!(server.sent(), "");
    }
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn nothing_goes_to_a_server_that_refuses_tls_or_answers_before_it() {
    for answer in [b"N".as_slice(), b"E", b"SR\0\0\0\x08\0\0\0\x03"] {
        let server = Scripted::says(answer);
        let url = format!(
            "postgres://ann:{PASSWORD}@db.example.org:{}/d?hostaddr=127.0.0.1",
            server.port
        );
        let error = Database::connect(&url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        let sent = server.sent();
        assert!(!sent.contains("ann") && !sent.contains(PASSWORD), "{sent:?}");
    }
}

#[tokio::test]
async fn a_real_server_is_reached_without_tls_by_scram_and_its_statements_can_be_cancelled() {
    let server = secure().await;
    let name = unique("plain");
    let url = format!(
        "postgres://{USER}:{PASSWORD}@db.example.org:{}/postgres?hostaddr=127.0.0.1&sslmode=disable",
        server.port()
    );
    let db = Database::builder()
        .url(&url)
        .application_name(&name)
        .connect()
        .await
        .unwrap();
    assert!(!one::<bool>(&db, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await);
    let admin = server.admin().await;
    tokio::select! {
        _ = execute(&db, LONG) => panic!("it takes longer than the test"),
        () = becomes_active(&admin, &name, "pg_sleep") => {}
    }
    let active =
        format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND state = 'active'");
    becomes_zero(&admin, &active).await;
}
