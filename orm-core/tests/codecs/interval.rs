//! interval, and that our text is the server's.

use orm_core::Interval;

use crate::server::Server;

#[test]
fn intervals() {
    let server = Server::connect();
    let edges32 = [i32::MIN, -13, -1, 0, 1, 14, i32::MAX];
    let edges64 = [i64::MIN, -1, 0, 1, 1_000_000, 3_600_000_000, 14_706_789_000, i64::MAX];
    for months in edges32 {
        for days in edges32 {
            for microseconds in edges64 {
                let value = Interval {
                    months,
                    days,
                    microseconds,
                };
                let (back, text) = server.echo(&value);
                assert_eq!(<Interval as orm_core::DbType>::decode(back.as_deref()), Ok(value));
                // All at one end is infinity from PostgreSQL 17 on.
                if !text.contains("infinity") {
                    assert_eq!(text, value.to_string());
                }
            }
        }
    }
}

#[test]
fn intervals_that_the_server_writes() {
    let server = Server::connect();
    server.stores(Interval::ZERO, "00:00:00");
    server.stores(Interval::hours(-25), "-25:00:00");
    let mixed = Interval {
        months: -14,
        days: 3,
        microseconds: -1,
    };
    server.stores(mixed, "-1 years -2 mons +3 days -00:00:00.000001");
    assert_eq!(
        server.reads("'178956970 years 7 mons'::interval"),
        Ok(Interval::months(i32::MAX))
    );
    assert_eq!(
        server.reads("'-2147483648 days'::interval"),
        Ok(Interval::days(i32::MIN))
    );
    assert_eq!(server.reads("make_interval(weeks => 2)"), Ok(Interval::days(14)));
    // PostgreSQL compares estimated lengths, we compare fields.
    assert_eq!(server.text("'1 day'::interval = '24 hours'::interval"), "true");
    assert_ne!(Interval::days(1), Interval::hours(24));
}
