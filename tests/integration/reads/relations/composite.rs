//! Keys of several columns.

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "supplies",
    primary_key(part_id, supplier_id),
    has_many(lines: Line, via(part_id, supplier_id)),
    has_many(replaced: Line, via(spare_part_id, spare_supplier_id))
)]
struct Supply {
    supplier_id: i32,
    part_id: i64,
    cost: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "lines",
    belongs_to(supply: Supply, key(part_id, supplier_id), on_delete = cascade),
    belongs_to(spare: Supply, key(spare_part_id, spare_supplier_id))
)]
struct Line {
    #[orm(primary_key)]
    id: i64,
    part_id: i64,
    supplier_id: i32,
    spare_part_id: Option<i64>,
    spare_supplier_id: Option<i32>,
}

async fn stock(db: Database) -> Result<(), Error> {
    orm::create_all(&[Line::TABLE, Supply::TABLE], &db).await?;
    let supplies = (0..12).map(|n| NewSupply {
        supplier_id: n % 4,
        part_id: i64::from(n / 4),
        cost: n * 10,
    });
    Supply::insert_many(supplies).execute(&db).await?;
    let lines = (0..20).map(|n: i32| NewLine {
        id: n.into(),
        part_id: i64::from(n % 3),
        supplier_id: n * 7 % 4,
        spare_part_id: (n % 2 == 0).then_some(i64::from(n % 3)),
        spare_supplier_id: (n % 4 == 0).then_some((n + 1) % 4),
    });
    Line::insert_many(lines).execute(&db).await?;
    Ok(())
}

#[orm::test(setup = stock)]
async fn a_composite_key_is_followed_by_all_its_columns(db: Database) -> Result<(), Error> {
    let supplies = Supply::query().all(&db).await?;
    let lines = Line::query().order_by(|l| l.id.asc()).all(&db).await?;
    let query = Line::query()
        .order_by(|l| l.id.asc())
        .select(|l| (l.id, l.supply().cost, l.spare().cost));
    assert_eq!(
        query.clone().to_sql()?.text,
        "SELECT l1.\"id\", s2.\"cost\", s3.\"cost\" FROM \"lines\" AS l1 \
         JOIN \"supplies\" AS s2 ON s2.\"part_id\" = l1.\"part_id\" AND s2.\"supplier_id\" = l1.\"supplier_id\" \
         LEFT JOIN \"supplies\" AS s3 ON s3.\"part_id\" = l1.\"spare_part_id\" \
         AND s3.\"supplier_id\" = l1.\"spare_supplier_id\" ORDER BY l1.\"id\""
    );
    let found: Vec<(i64, i32, Option<i32>)> = query.all(&db).await?;
    let cost = |part: Option<i64>, supplier: Option<i32>| {
        let mut found = supplies
            .iter()
            .filter(|s| Some(s.part_id) == part && Some(s.supplier_id) == supplier);
        found.next().map(|supply| supply.cost)
    };
    let expected: Vec<_> = lines
        .iter()
        .map(|line| {
            let spare = cost(line.spare_part_id, line.spare_supplier_id);
            (
                line.id,
                cost(Some(line.part_id), Some(line.supplier_id)).unwrap(),
                spare,
            )
        })
        .collect();
    assert!(expected.iter().any(|row| row.2.is_some()));
    assert_eq!(found, expected);
    Ok(())
}

#[orm::test(setup = stock)]
async fn rows_belong_by_a_composite_key(db: Database) -> Result<(), Error> {
    let lines = Line::query().all(&db).await?;
    let found: Vec<(i64, i32, i64, i64)> = Supply::query()
        .select(|s| (s.part_id, s.supplier_id, s.lines().count(), s.replaced().count()))
        .all(&db)
        .await?;
    assert_eq!(found.len(), 12);
    for (part, supplier, count, replaced) in found {
        let own = lines
            .iter()
            .filter(|line| line.part_id == part && line.supplier_id == supplier);
        let spare = lines
            .iter()
            .filter(|l| l.spare_part_id == Some(part) && l.spare_supplier_id == Some(supplier));
        assert_eq!((count, replaced), (own.count() as i64, spare.count() as i64));
    }
    Ok(())
}

#[orm::test(setup = stock)]
async fn the_server_holds_a_composite_foreign_key(db: Database) -> Result<(), Error> {
    let orphan = NewLine {
        id: 99,
        part_id: 99,
        supplier_id: 1,
        spare_part_id: None,
        spare_supplier_id: None,
    };
    let error = Line::insert(orphan).one(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(error.fields(), ["part_id", "supplier_id"]);
    // ON DELETE CASCADE
    let of = Line::query().filter(|l| l.part_id.eq(0) & l.supplier_id.eq(0));
    assert!(of.clone().count(&db).await? > 0);
    Line::query()
        .all_rows()
        .update(|l| l.spare_part_id.set(None))
        .execute(&db)
        .await?;
    Supply::query()
        .filter(|s| s.part_id.eq(0) & s.supplier_id.eq(0))
        .delete()
        .execute(&db)
        .await?;
    assert_eq!(of.count(&db).await?, 0);
    Ok(())
}
