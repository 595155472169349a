//! Rows that are marked as deleted instead of being removed.

use chrono::{DateTime, Utc};
use orm::prelude::*;

use super::writes::at_least_15;
use crate::support::Recorder;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "folders", has_many(documents: Document))]
struct Folder {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "documents")]
struct Document {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(folder: Folder))]
    folder_id: i64,
    #[orm(soft_delete, column = "gone_at")]
    deleted_at: Option<DateTime<Utc>>,
    #[orm(version)]
    version: i32,
}

async fn tables(db: Database) -> Result<(), Error> {
    orm::create_all(&[Folder::TABLE, Document::TABLE], &db).await?;
    Folder::insert_many((1..=3).map(|id| NewFolder {
        id,
        name: format!("folder {id}"),
    }))
    .execute(&db)
    .await?;
    let documents = (1..=12).map(|id| NewDocument {
        id,
        folder_id: id % 3 + 1,
    });
    Document::insert_many(documents).execute(&db).await?;
    Ok(())
}

/// The keys of the rows that are there, and of those that are marked.
async fn keys(db: &Database) -> Result<(Vec<i64>, Vec<i64>), Error> {
    let visible = Document::query()
        .order_by(|d| d.id.asc())
        .select(|d| d.id)
        .all(db)
        .await?;
    let marked = Document::query().with_hidden().filter(|d| d.deleted_at.is_not_null());
    Ok((visible, marked.order_by(|d| d.id.asc()).select(|d| d.id).all(db).await?))
}

#[orm::test(setup = tables)]
async fn a_delete_marks_rows(db: Database) -> Result<(), Error> {
    let recorder = Recorder::new(&db);
    let deleted = Document::query().filter(|d| d.id.le(4)).delete().all(&recorder).await?;
    assert_eq!(deleted.len(), 4);
    assert!(
        deleted
            .iter()
            .all(|document| document.deleted_at.is_some() && document.version == 2)
    );
    let sent = recorder.take();
    assert!(sent[0].starts_with(r#"UPDATE "documents" SET "gone_at" = now(), "version" = "version" + 1 WHERE "id" <= $1 AND "gone_at" IS NULL"#), "{sent:?}");
    assert_eq!(Document::query().delete().all_rows().to_sql()?.operation, "UPDATE");
    assert_eq!(keys(&db).await?, ((5..=12).collect(), (1..=4).collect()));
    // They are not marked again.
    assert_eq!(Document::query().filter(|d| d.id.le(4)).delete().execute(&db).await?, 0);
    let error = Document::query().delete().execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllRows);
    Ok(())
}

#[orm::test(setup = tables)]
async fn with_a_limit_a_relation_and_other_rows(db: Database) -> Result<(), Error> {
    let last = Document::query().order_by(|d| d.id.desc()).limit(2).delete();
    assert_eq!(last.execute(&db).await?, 2);
    assert_eq!(keys(&db).await?.1, [11, 12]);
    let of_folder = Document::query().filter(|d| d.folder().name.eq("folder 1")).delete();
    assert_eq!(of_folder.execute(&db).await?, 3);
    assert_eq!(keys(&db).await?.1, [3, 6, 9, 11, 12]);
    let joined = Document::query().using(|d| Folder::query().filter(|f| f.id.eq(2)).on(move |f| f.id.eq(d.folder_id)));
    assert_eq!(joined.delete().execute(&db).await?, 4);
    assert_eq!(keys(&db).await?.0, [2, 5, 8]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn one_row(db: Database) -> Result<(), Error> {
    let document = Document::find(7).one(&db).await?;
    document.delete(&db).await?;
    assert_eq!(keys(&db).await?.1, [7]);
    // It is gone for all who do not ask for hidden rows.
    assert_eq!(document.delete(&db).await.unwrap_err().kind(), ErrorKind::Stale);
    assert_eq!(document.update(&db).await.unwrap_err().kind(), ErrorKind::Stale);
    let stored = Document::find(7).with_hidden().one(&db).await?;
    assert_eq!(stored.version, document.version + 1);
    // Back again.
    let back = Document::find(7)
        .with_hidden()
        .update(|d| d.deleted_at.set(None))
        .one(&db)
        .await?;
    assert_eq!(back.deleted_at, None);
    assert!(keys(&db).await?.1.is_empty());
    Ok(())
}

#[orm::test(setup = tables)]
async fn rows_can_be_removed_for_good(db: Database) -> Result<(), Error> {
    Document::query().filter(|d| d.id.le(4)).delete().execute(&db).await?;
    assert_eq!(
        Document::query()
            .filter(|d| d.id.ge(3) & d.id.le(5))
            .delete()
            .for_good()
            .execute(&db)
            .await?,
        1
    );
    assert_eq!(keys(&db).await?, ((6..=12).collect(), (1..=4).collect()));
    let old = Document::query()
        .with_hidden()
        .filter(|d| d.deleted_at.is_not_null())
        .delete()
        .for_good();
    let statement = old.clone().to_sql()?;
    assert_eq!((statement.operation, &statement.text[..6]), ("DELETE", "DELETE"));
    assert_eq!(old.execute(&db).await?, 4);
    assert_eq!(Document::query().with_hidden().count(&db).await?, 7);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_merge_marks_them_too(db: Database) -> Result<(), Error> {
    if !at_least_15(&db).await? {
        return Ok(());
    }
    let with_folder = |first: i64| {
        Document::merge(move |d| {
            Folder::query()
                .filter(move |f| f.id.eq(first))
                .on(move |f| f.id.eq(d.folder_id))
        })
    };
    assert_eq!(with_folder(1).when_matched().delete().execute(&db).await?, 4);
    assert_eq!(keys(&db).await?.1, [3, 6, 9, 12]);
    assert_eq!(with_folder(1).when_matched().delete_for_good().execute(&db).await?, 0);
    assert_eq!(with_folder(2).when_matched().delete_for_good().execute(&db).await?, 4);
    assert_eq!(Document::query().with_hidden().count(&db).await?, 8);
    Ok(())
}
