//! What is refused before it is sent, because the types alone cannot refuse it; and what is right at the edges.

use orm::ErrorKind;
use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "guarded", index(rank desc, id desc))]
struct Guarded {
    #[orm(primary_key, generated = always)]
    id: i64,
    #[orm(unique)]
    name: String,
    rank: Option<i32>,
    #[orm(default = "now()")]
    seen: chrono::DateTime<chrono::Utc>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "other")]
struct Other {
    #[orm(primary_key)]
    code: String,
    #[orm(unique)]
    name: String,
}

#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(name = "guarded_address")]
struct Address {
    street: Option<String>,
    zip: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "places")]
struct Place {
    #[orm(primary_key)]
    id: i32,
    address: Option<Address>,
}

#[orm::test]
async fn a_composite_is_null_only_if_it_is_missing(db: Database) -> Result<(), Error> {
    orm::create_all(&[Place::TABLE], &db).await?;
    let address = |street: Option<&str>| {
        Some(Address {
            street: street.map(str::to_owned),
            zip: None,
        })
    };
    let addresses = [address(Some("a")), address(None), None, address(Some("b"))];
    let places = addresses
        .into_iter()
        .zip(1..)
        .map(|(address, id)| NewPlace { id, address });
    Place::insert_many(places).execute(&db).await?;
    let ids = |query: orm::Query<Place>| query.order_by(|p| p.id.asc()).select(|p| p.id);
    let with = Place::query().filter(|p| p.address.is_not_null());
    assert_eq!(ids(with).all(&db).await?, [1, 2, 4]);
    assert_eq!(ids(Place::query().filter(|p| p.address.is_null())).all(&db).await?, [3]);
    for order in [|p: PlaceFields| p.address.desc(), |p: PlaceFields| p.address.asc()] {
        let expected = Place::query().order_by(order).select(|p| p.id).all(&db).await?;
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let page = Place::query()
                .order_by(order)
                .select(|p| p.id)
                .page(1, cursor.as_ref(), &db)
                .await?;
            ids.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(ids, expected);
    }
    Ok(())
}

async fn setup(db: Database) -> Result<(), orm::Error> {
    orm::create_all(&[Guarded::TABLE, Other::TABLE], &db).await
}

fn new(name: &str, rank: Option<i32>) -> NewGuarded {
    NewGuarded {
        name: name.to_owned(),
        rank,
    }
}

fn kind<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn an_expression_nested_too_deep_is_refused_and_not_a_stack_overflow() {
    let deep = |levels: usize| {
        Guarded::query()
            .filter(|g| (0..levels).fold(Cond::new(g.rank.eq(1)), |cond, _| !(Cond::new(g.name.eq("a")) & cond)))
    };
    assert!(deep(200).to_sql().is_ok());
    assert_eq!(kind(deep(300_000).to_sql()), Some(ErrorKind::InvalidQuery));
    let casts = Guarded::query().filter(|g| (0..100_000).fold(g.name.lower(), |text, _| text.lower()).eq("a"));
    assert_eq!(kind(casts.to_sql()), Some(ErrorKind::InvalidQuery));
}

#[test]
fn a_column_of_another_upsert_is_refused() {
    let mut leaked = None;
    let _ = Other::insert(NewOther {
        code: "a".into(),
        name: "b".into(),
    })
    .on_conflict(|key| key.name)
    .update(|_, new| {
        leaked = Some(new.name);
        Vec::new()
    });
    let upsert = Guarded::insert(new("a", None))
        .on_conflict(|key| key.name)
        .update(|stored, _| stored.name.set(leaked.expect("the closure ran")));
    assert_eq!(kind(upsert.to_sql()), Some(ErrorKind::InvalidQuery));
}

#[test]
fn not_of_nothing_is_no_filter() {
    let none: [Cond; 0] = [];
    let delete = Guarded::query().filter(|_| !orm::any_of(none.clone())).delete();
    assert_eq!(kind(delete.to_sql()), Some(ErrorKind::AllRows));
    let delete = Guarded::query().filter(|_| !(!orm::all_of(none.clone()))).delete();
    assert_eq!(kind(delete.to_sql()), Some(ErrorKind::AllRows));
    assert!(Guarded::query().delete().all_rows().to_sql().is_ok());
}

#[orm::test(setup = setup)]
async fn a_page_of_no_rows_is_refused(db: Database) {
    assert_eq!(
        kind(Guarded::query().page(0, None, &db).await),
        Some(ErrorKind::InvalidQuery)
    );
}

#[orm::test(setup = setup)]
async fn a_descending_order_pages_by_a_row_comparison_and_a_mixed_one_from_its_first_term(
    db: Database,
) -> Result<(), Error> {
    let rows = (0..40).map(|n| new(&n.to_string(), (n % 4 > 0).then_some(n / 4)));
    Guarded::insert_many(rows).execute(&db).await?;
    let orders: [fn(GuardedFields) -> Vec<orm::Order>; 4] = [
        |g| vec![g.id.desc()],
        |g| vec![g.name.desc(), g.id.asc()],
        |g| vec![g.rank.desc().nulls_first(), g.id.asc()],
        |g| vec![g.rank.asc().nulls_last(), g.id.desc()],
    ];
    for order in orders {
        let expected: Vec<i64> = Guarded::query().order_by(order).select(|g| g.id).all(&db).await?;
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let page = Guarded::query()
                .order_by(order)
                .select(|g| g.id)
                .page(7, cursor.as_ref(), &db)
                .await?;
            ids.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(ids, expected);
    }
    Ok(())
}

#[orm::test(setup = setup)]
async fn a_retried_transaction_inserts_the_same_row_again(db: Database) -> Result<(), Error> {
    let (plain, with) = (new("plain", None), new("with", Some(1)).id(50));
    let attempts = std::sync::atomic::AtomicU32::new(0);
    let retried = db.transaction_with().retry(3).run(|tx| {
        let (plain, with) = (plain.clone(), with.clone());
        let first = attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        async move {
            Guarded::insert(plain).execute(&tx).await?;
            Guarded::insert(with).execute(&tx).await?;
            if first {
                tx.batch("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")
                    .await?;
            }
            Ok(())
        }
    });
    retried.await?;
    assert_eq!(attempts.into_inner(), 2);
    assert_eq!(Guarded::query().count(&db).await?, 2);
    Ok(())
}

#[orm::test(setup = setup)]
async fn an_identity_always_takes_a_historic_key(db: Database) -> Result<(), Error> {
    let old = Guarded::insert(new("old", None).id(1_000)).one(&db).await?;
    assert_eq!(old.id, 1_000);
    let rows = [new("a", None).id(2_000), new("b", None).into()];
    let stored = Guarded::insert_many::<NewGuardedWith>(rows).all(&db).await?;
    assert_eq!(stored.iter().map(|row| row.id).collect::<Vec<_>>(), [2_000, 1]);
    Ok(())
}

#[orm::test(setup = setup)]
async fn now_takes_the_type_of_what_it_meets(db: Database) -> Result<(), Error> {
    Guarded::insert(new("a", None)).one(&db).await?;
    let recent = Guarded::query().filter(|g| g.seen.gt(now() - Interval::days(1)) & g.seen.le(now()));
    assert_eq!(recent.count(&db).await?, 1);
    let touched = Guarded::query()
        .filter(|g| g.name.eq("a"))
        .update(|g| g.seen.set(now() + Interval::days(2)));
    assert_eq!(touched.execute(&db).await?, 1);
    assert_eq!(Guarded::query().filter(|g| g.seen.gt(now())).count(&db).await?, 1);
    Ok(())
}

/// Runs on whatever it is given, and is atomic there.
async fn service(db: &dyn Executor, fail: bool) -> Result<(), Error> {
    db.transaction(async |tx| {
        Guarded::insert(new("service", None)).execute(tx).await?;
        if fail {
            return Err(Error::new(ErrorKind::NotFound, "on purpose"));
        }
        Ok(())
    })
    .await
}

#[orm::test(setup = setup)]
async fn a_service_is_atomic_on_a_database_and_in_a_transaction(db: Database) -> Result<(), Error> {
    assert_eq!(kind(service(&db, true).await), Some(ErrorKind::NotFound));
    assert_eq!(Guarded::query().count(&db).await?, 0);
    let tx = db.begin().await?;
    assert_eq!(kind(service(&tx, true).await), Some(ErrorKind::NotFound));
    service(&tx, false).await?;
    assert_eq!(Guarded::query().count(&tx).await?, 1);
    tx.rollback().await?;
    assert_eq!(Guarded::query().count(&db).await?, 0);
    Ok(())
}

#[orm::test(setup = setup)]
async fn counting_and_asking_for_locked_rows_locks_them(db: Database) -> Result<(), Error> {
    Guarded::insert(new("a", None)).one(&db).await?;
    let tx = db.begin().await?;
    assert!(Guarded::query().for_update().exists(&tx).await?);
    let seen = Guarded::query().for_update().skip_locked().all(&db).await?;
    assert_eq!(seen, []);
    tx.rollback().await
}
