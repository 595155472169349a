//! Unique keys hold for visible rows; upserts meet these only.

use chrono::{DateTime, Utc};
use orm::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(name = "state")]
enum State {
    Open,
    Closed,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "accounts", unique(name, kind, where = "kind > 0"))]
struct Account {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    kind: i32,
    #[orm(soft_delete)]
    deleted_at: Option<DateTime<Utc>>,
}

/// Its filter has values of all kinds that a key can hold.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "tickets",
    filter = |t| t.state.ne(State::Closed) & t.title.ne("it's void") & !t.spam,
    filter = |t| t.priority.is_null() | t.priority.between(-5, 5) | t.number.gt(7_000_000_000i64)
)]
struct Ticket {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    number: i64,
    title: String,
    state: State,
    spam: bool,
    priority: Option<i16>,
}

/// Its filter depends on the time: no index can hold it.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "coupons", filter = |c| c.until.gt(now()))]
struct Coupon {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    code: String,
    until: DateTime<Utc>,
}

async fn tables(db: Database) -> Result<(), Error> {
    orm::create_all(&[Account::TABLE, Ticket::TABLE, Coupon::TABLE], &db).await?;
    // What is there already is left as it is.
    orm::create_all(&[Account::TABLE, Ticket::TABLE, Coupon::TABLE], &db).await
}

fn account(id: i64, email: &str) -> NewAccount {
    let (email, name) = (email.into(), format!("name {id}"));
    NewAccount {
        id,
        email,
        name,
        kind: 1,
    }
}

#[orm::test(setup = tables)]
async fn the_values_of_a_hidden_row_are_free(db: Database) -> Result<(), Error> {
    let first = Account::insert(account(1, "ann@example.org")).one(&db).await?;
    let error = Account::insert(account(2, "ann@example.org"))
        .one(&db)
        .await
        .unwrap_err();
    assert!(error.violates(|key: AccountKeys| key.email));
    assert_eq!(error.fields(), ["email"]);
    first.delete(&db).await?;
    Account::insert(account(2, "ann@example.org")).one(&db).await?;
    // It cannot come back now.
    let back = Account::find(1)
        .with_hidden()
        .update(|a| a.deleted_at.set(None))
        .execute(&db)
        .await
        .unwrap_err();
    assert!(back.violates(|key: AccountKeys| key.email));
    // Nor can its primary key be taken.
    let error = Account::insert(account(1, "bob@example.org"))
        .one(&db)
        .await
        .unwrap_err();
    assert!(error.violates(|key: AccountKeys| key.id));
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_upsert_meets_visible_rows_only(db: Database) -> Result<(), Error> {
    let first = Account::insert(account(1, "ann@example.org")).one(&db).await?;
    let upsert = |id| {
        Account::insert(account(id, "ann@example.org"))
            .on_conflict(|key| key.email)
            .update(|a, new| a.name.set(new.name))
    };
    let sql = upsert(2).to_sql()?.text;
    assert!(
        sql.contains(r#"ON CONFLICT ("email") WHERE ("deleted_at" IS NULL) DO UPDATE"#),
        "{sql}"
    );
    let stored = upsert(2).one(&db).await?;
    assert_eq!((stored.id, &*stored.name), (1, "name 2"));
    stored.delete(&db).await?;
    // The hidden row is not touched: there is a new one.
    let stored = upsert(3).one(&db).await?;
    assert_eq!((stored.id, stored.deleted_at), (3, None));
    let hidden = Account::find(1).with_hidden().one(&db).await?;
    assert_eq!(hidden.name, "name 2");
    assert_ne!(hidden, first);
    assert!(
        Account::insert(account(4, "ann@example.org"))
            .on_conflict(|key| key.email)
            .do_nothing()
            .one(&db)
            .await?
            .is_none()
    );
    // A key with a condition of its own has both.
    let again = NewAccount {
        name: "name 3".into(),
        ..account(5, "eve@example.org")
    };
    let stored = Account::insert(again)
        .on_conflict(|key| key.name_kind)
        .update(|a, new| a.email.set(new.email))
        .one(&db)
        .await?;
    assert_eq!((stored.id, &*stored.email), (3, "eve@example.org"));
    let many = (6..=8).map(|id| account(id, "eve@example.org")).take(1);
    let stored = Account::insert_many(many)
        .on_conflict(|key| key.email)
        .update(|a, new| a.kind.set(new.kind + 1))
        .all(&db)
        .await?;
    assert_eq!((stored[0].id, stored[0].kind), (3, 2));
    Ok(())
}

#[orm::test(setup = tables)]
async fn an_upsert_by_primary_key_leaves_a_hidden_row_alone(db: Database) -> Result<(), Error> {
    Account::insert(account(1, "ann@example.org"))
        .one(&db)
        .await?
        .delete(&db)
        .await?;
    let upsert = || Account::insert(account(1, "bob@example.org")).on_conflict(|key| key.id);
    let written = upsert().update(|a, new| a.email.set(new.email)).execute(&db).await?;
    assert_eq!(written, 0);
    let error = upsert()
        .update(|a, new| a.email.set(new.email))
        .one(&db)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(Account::find(1).with_hidden().one(&db).await?.email, "ann@example.org");
    Ok(())
}

#[orm::test(setup = tables)]
async fn values_of_the_filter_are_part_of_the_key(db: Database) -> Result<(), Error> {
    let ticket = |id, state, title: &str, spam, priority| NewTicket {
        id,
        number: 1,
        title: title.into(),
        state,
        spam,
        priority,
    };
    let hidden = [
        ticket(1, State::Closed, "a", false, None),
        ticket(2, State::Open, "it's void", false, None),
        ticket(3, State::Open, "a", true, None),
        ticket(4, State::Open, "a", false, Some(6)),
    ];
    Ticket::insert_many(hidden).execute(&db).await?;
    assert_eq!(Ticket::query().count(&db).await?, 0);
    let insert = || {
        Ticket::insert(ticket(5, State::Open, "b", false, Some(-5)))
            .on_conflict(|key| key.number)
            .update(|t, new| t.title.set(new.title))
    };
    assert_eq!(insert().one(&db).await?.id, 5);
    assert_eq!(insert().execute(&db).await?, 1);
    assert_eq!(Ticket::query().count(&db).await?, 1);
    let error = Ticket::insert(ticket(6, State::Open, "b", false, None))
        .one(&db)
        .await
        .unwrap_err();
    assert!(error.violates(|key: TicketKeys| key.number));
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_filter_that_depends_on_the_time_leaves_keys_whole(db: Database) -> Result<(), Error> {
    let past = Utc::now() - std::time::Duration::from_secs(3600);
    let coupon = |id, until| NewCoupon {
        id,
        code: "x".into(),
        until,
    };
    Coupon::insert(coupon(1, past)).execute(&db).await?;
    let error = Coupon::insert(coupon(2, past)).execute(&db).await.unwrap_err();
    assert!(error.violates(|key: CouponKeys| key.code));
    // The hidden row is in the way, and it is not touched.
    let upsert = Coupon::insert(coupon(2, Utc::now()))
        .on_conflict(|key| key.code)
        .update(|c, new| c.until.set(new.until));
    assert_eq!(upsert.execute(&db).await?, 0);
    Ok(())
}

#[test]
fn what_is_created() {
    let sql = orm::create_all_sql(&[Account::TABLE, Coupon::TABLE]);
    assert!(sql.contains(r#"CREATE UNIQUE INDEX IF NOT EXISTS "accounts_email_key" ON "accounts" ("email") WHERE ("deleted_at" IS NULL);"#), "{sql}");
    assert!(
        sql.contains(r#"("name", "kind") WHERE (kind > 0) AND ("deleted_at" IS NULL);"#),
        "{sql}"
    );
    assert!(!sql.contains(r#"CONSTRAINT "accounts_email_key""#), "{sql}");
    assert!(
        sql.contains(r#"CONSTRAINT "coupons_code_key" UNIQUE ("code")"#),
        "{sql}"
    );
}
