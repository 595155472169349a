//! Which statements do nothing but read: those may share a connection, or go to a replica.

use orm::prelude::*;
use orm::{Statement, generate_series, sql_expr};

use super::people::Person;

orm::sql_function! {
    fn of_the_program(a: i32) -> i32;
}

orm::sql_aggregate! {
    fn aggregate_of_the_program(a: i32) -> Option<i64>;
}

fn only_reads(statement: Result<Statement, Error>) -> bool {
    statement.unwrap().only_reads
}

#[test]
fn selects_of_the_builders_only_read() {
    assert!(only_reads(Person::find(1).to_sql()));
    assert!(only_reads(
        Person::query()
            .filter(|p| p.age.gt(18) & p.name.collate("C").lower().contains("a"))
            .order_by(|p| p.id.asc())
            .limit(3)
            .to_sql()
    ));
    assert!(only_reads(
        Person::query()
            .group_by(|p| p.age)
            .select(|g| (g.key(), g.count()))
            .to_sql()
    ));
    assert!(only_reads(generate_series(1_i64, 6).query().to_sql()));
    let older = Person::query().filter(|p| p.age.gt(18)).cte();
    assert!(only_reads(older.query().to_sql()));
}

#[test]
fn what_locks_or_writes_does_more() {
    assert!(!only_reads(Person::query().for_update().to_sql()));
    assert!(!only_reads(Person::query().for_key_share().skip_locked().to_sql()));
    let removed = Person::query()
        .filter(|p| p.id.eq(5))
        .delete()
        .returning(|p| p.id)
        .cte();
    assert!(!only_reads(removed.query().to_sql()));
    assert!(!only_reads(Person::query().filter(|p| p.id.eq(5)).delete().to_sql()));
    assert!(!only_reads(
        Person::query()
            .all_rows()
            .update(|p| p.age.set(1))
            .returning(|p| p.id)
            .to_sql()
    ));
}

#[test]
fn of_what_the_program_brings_nothing_is_known() {
    assert!(!only_reads(
        Person::query().filter(|p| of_the_program(p.age).gt(3)).to_sql()
    ));
    assert!(!only_reads(
        Person::query()
            .aggregate(|g| aggregate_of_the_program(&g, |p| p.age))
            .to_sql()
    ));
    let text = Person::query().select(|p| sql_expr!("{p.age} + nextval('s')::int4" => i32));
    assert!(!only_reads(text.to_sql()));
    let rows = orm::table_function::<(i64,)>("rows_of_the_program").query();
    assert!(!only_reads(rows.to_sql()));
    assert!(!orm::sql!("SELECT 1").to_sql().only_reads);
}
