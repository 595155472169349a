//! Multiranges, of PostgreSQL 14 and later.

use orm_core::{MultiRange, Range};

use crate::server::Server;

fn server() -> Option<Server> {
    let server = Server::connect();
    let has = server.text("SELECT count(*) FROM pg_type WHERE typname = 'int4multirange'") == "1";
    if !has {
        eprintln!("skipped: this server has no multiranges");
    }
    has.then_some(server)
}

#[test]
fn multiranges_of_integers() {
    let Some(server) = server() else { return };
    server.stores(MultiRange::<i32>::default(), "{}");
    server.stores(
        MultiRange::from([Range::from(5..7), Range::from(1..=3)]),
        "{[1,4),[5,7)}",
    );
    server.stores(
        MultiRange::from([Range::from(..4), Range::from(3i64..9), Range::Empty]),
        "{(,9)}",
    );
    server.stores(
        vec![Some(MultiRange::from(Range::<i32>::from(..))), None],
        r#"{"{(,)}",NULL}"#,
    );
    server.stores(vec![MultiRange::from(Range::from(1i64..2))], r#"{"{[1,2)}"}"#);
    server.server_refuses(&MultiRange::from(Range::from(..=i32::MAX)), "out of range");
}

#[cfg(feature = "decimal")]
#[test]
fn multiranges_of_numeric() {
    use rust_decimal::Decimal;
    let Some(server) = server() else { return };
    let (one, two) = (Decimal::ONE, Decimal::TWO);
    server.stores(MultiRange::from([Range::from(one..=two), Range::from(two..)]), "{[1,)}");
    server.stores(vec![MultiRange::from(Range::from(one..two))], r#"{"{[1,2)}"}"#);
}

#[cfg(feature = "chrono")]
#[test]
fn multiranges_of_dates_and_timestamps() {
    use chrono::NaiveDate;
    let Some(server) = server() else { return };
    let day = |day| NaiveDate::from_ymd_opt(2024, 2, day).unwrap();
    let noon = |date| day(date).and_hms_opt(12, 0, 0).unwrap();
    server.stores(
        MultiRange::from([Range::from(day(3)..), Range::from(day(1)..=day(2))]),
        "{[2024-02-01,)}",
    );
    server.stores(
        vec![MultiRange::from(Range::from(day(1)..day(2)))],
        r#"{"{[2024-02-01,2024-02-02)}"}"#,
    );
    server.stores(
        MultiRange::from(Range::from(noon(1)..)),
        r#"{["2024-02-01 12:00:00",)}"#,
    );
    server.stores(
        MultiRange::from(Range::from(..noon(1).and_utc())),
        r#"{(,"2024-02-01 12:00:00+00")}"#,
    );
    server.stores(
        vec![MultiRange::from(Range::from(..noon(1)))],
        r#"{"{(,\"2024-02-01 12:00:00\")}"}"#,
    );
    server.stores(
        vec![MultiRange::from(Range::from(..noon(1).and_utc()))],
        r#"{"{(,\"2024-02-01 12:00:00+00\")}"}"#,
    );
}
