//! Wrong answers while connecting: each is a typed error within `connect_timeout`.

use orm::prelude::*;

use super::bytes::*;
use super::server::{At, Evil, Then};
use super::{Front, LIMIT, Watch};

type Case = (&'static str, Vec<u8>, Then);

fn answers() -> Vec<Case> {
    vec![
        ("nothing", vec![], Then::Close),
        ("silence", vec![], Then::Silence),
        ("another protocol", garbage(), Then::Close),
        ("another protocol, and silence", garbage(), Then::Silence),
        ("zeroes", vec![0; 64], Then::Silence),
        ("a length of 0", declared(b'R', 0, &[]), Then::Silence),
        ("a length of 3", declared(b'R', 3, &[]), Then::Silence),
        ("a negative length", declared(b'R', -5, &[0; 4]), Then::Silence),
        ("a body that is too short", declared(b'R', 6, &[0; 2]), Then::Silence),
        ("a body that never comes", declared(b'R', 400, &[0; 4]), Then::Silence),
        ("a huge message", declared(b'R', i32::MAX, &[0; 4]), Then::Silence),
        ("an unknown method", authentication(99, b""), Then::Silence),
        ("a method of old", authentication(2, b""), Then::Silence),
        ("MD5 without its salt", authentication(5, b"x"), Then::Silence),
        ("SASL without a method", authentication(10, b"\0"), Then::Silence),
        (
            "SASL by an unknown method",
            authentication(10, b"SCRAM-MD5\0\0"),
            Then::Silence,
        ),
        (
            "SASL that does not end",
            authentication(10, b"SCRAM-SHA-256"),
            Then::Silence,
        ),
        ("the end of SASL", authentication(12, b"v=AAAA"), Then::Silence),
        ("ready at once", ready(), Then::Silence),
        ("rows", [columns(1), data_row(1, &cell(1))].concat(), Then::Silence),
        ("a parameter without an end", message(b'S', b"x"), Then::Silence),
        (
            "a key that is too short",
            [authentication(0, b""), message(b'K', &[1])].concat(),
            Then::Silence,
        ),
        ("an error of nothing", message(b'E', b""), Then::Close),
        ("an error without an end", message(b'E', b"SERROR"), Then::Close),
        (
            "an error that is no UTF-8",
            message(b'E', b"SERROR\0C28000\0M\xff\xfe\0\0"),
            Then::Close,
        ),
        ("accepted, and silence", authentication(0, b""), Then::Silence),
        ("accepted, and closed", authentication(0, b""), Then::Close),
        ("notices for ever", notice(), Then::Forever),
        ("accepted for ever", authentication(0, b""), Then::Forever),
        (
            "keys for ever",
            [authentication(0, b""), message(b'K', &[0; 8])].concat(),
            Then::Forever,
        ),
    ]
}

fn of_sasl() -> Vec<Case> {
    let mut cases = vec![
        ("nothing", vec![], Then::Silence),
        ("closed", vec![], Then::Close),
        ("accepted without a proof", authentication(0, b""), Then::Silence),
        ("the end at once", authentication(12, b"v=AAAA"), Then::Silence),
        (
            "a second begin",
            authentication(10, b"SCRAM-SHA-256\0\0"),
            Then::Silence,
        ),
    ];
    let first_messages = [
        ("an empty message", ""),
        ("no message", "\u{1}"),
        ("another nonce", "r=xxxxxxxxxxxxxxxxxxxxxxxx,s=c2FsdA==,i=4096"),
        ("no nonce", "s=c2FsdA==,i=4096"),
        ("the client's nonce alone", "r=NONCE"),
        ("no salt", "r=NONCEx,i=4096"),
        ("a salt that is no base64", "r=NONCEx,s=!!!!,i=4096"),
        ("a salt of half a byte", "r=NONCEx,s=A,i=4096"),
        ("no iterations", "r=NONCEx,s=c2FsdA==,i="),
        ("iterations below none", "r=NONCEx,s=c2FsdA==,i=-1"),
        ("iterations that overflow", "r=NONCEx,s=c2FsdA==,i=99999999999999999999"),
        ("an extension", "m=x,r=NONCEx,s=c2FsdA==,i=4096"),
        ("an error", "e=other-error"),
    ];
    for text in ["r=NONCEx,s=c2FsdA==,i=4096", "r=NONCEx,s=c2FsdA==,i=0"] {
        cases.push(("no proof", authentication(11, text.as_bytes()), Then::NoProof));
        cases.push((
            "nothing after the client's proof",
            authentication(11, text.as_bytes()),
            Then::Silence,
        ));
    }
    for (name, text) in first_messages {
        cases.push((name, authentication(11, text.as_bytes()), Then::Silence));
    }
    cases
}

async fn refuses(at: At, cases: Vec<Case>) {
    let watch = Watch::begin().await;
    let front = Front::open().await;
    for (name, bytes, then) in cases {
        // A pool of its own: the front's is connected.
        let connecting = front.server.builder().connect_timeout(LIMIT).connect();
        let error = front
            .survives(name, Evil { at, bytes, then }, connecting)
            .await
            .expect_err(name);
        let known = [ErrorKind::Connect, ErrorKind::Authentication];
        assert!(known.contains(&error.kind()), "{name}: {:?}: {error}", error.kind());
        assert!(!format!("{error} {error:?}").contains("secret"), "{name}: {error}");
        watch.is_well(name);
    }
    front.close().await;
    watch.ends_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_to_a_start_up_message_are_typed_errors() {
    refuses(At::Connecting, answers()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_of_scram_are_typed_errors() {
    refuses(At::Sasl, of_sasl()).await;
}
