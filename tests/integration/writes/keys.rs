//! Composite keys, in the key's order and not the fields'.

use orm::prelude::*;

use super::models::{Line, NewLine, tables};

#[orm::test(setup = tables)]
async fn a_composite_key_finds_changes_and_deletes_its_row(db: Database) -> Result<(), Error> {
    let rows = [(1, 20), (20, 1), (1, 1)].map(|(order_id, number)| NewLine {
        number,
        order_id,
        text: Some(format!("{order_id}/{number}")),
    });
    let mut lines = Line::insert_many(rows).all(&db).await?;
    assert_eq!(Line::find((1, 20)).one(&db).await?.text.as_deref(), Some("1/20"));
    assert_eq!(Line::find((20, 1)).one(&db).await?.text.as_deref(), Some("20/1"));
    lines[0].text = None;
    assert_eq!(lines[0].update(&db).await?, lines[0]);
    lines[1].delete(&db).await?;
    let left = Line::query().order_by(|l| l.number.desc()).all(&db).await?;
    assert_eq!(left, [lines[0].clone(), lines[2].clone()]);
    let key = Line::find((1, 1))
        .into_query()
        .update(|l| l.text.set("new"))
        .returning(|l| (l.order_id, l.number));
    assert_eq!(key.one(&db).await?, (1i64, 1i32));
    Ok(())
}
