//! Version columns.

use orm::prelude::*;

use super::models::{User, new_user, tables};

#[orm::test(setup = tables)]
async fn a_stale_row_is_neither_updated_nor_deleted(db: Database) -> Result<(), Error> {
    let mut mine = User::insert(new_user("ann")).one(&db).await?;
    let mut theirs = mine.clone();
    theirs.age = 31;
    let theirs = theirs.update(&db).await?;
    assert_eq!(theirs.version, mine.version + 1);
    mine.age = 99;
    assert_eq!(mine.update(&db).await.unwrap_err().kind(), ErrorKind::Stale);
    assert_eq!(mine.delete(&db).await.unwrap_err().kind(), ErrorKind::Stale);
    assert_eq!(User::query().one(&db).await?, theirs);
    theirs.delete(&db).await?;
    assert_eq!(theirs.update(&db).await.unwrap_err().kind(), ErrorKind::Stale);
    assert_eq!(theirs.delete(&db).await.unwrap_err().kind(), ErrorKind::Stale);
    Ok(())
}

#[orm::test(setup = tables)]
async fn every_way_to_update_counts_the_version_up(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let id = ann.id;
    User::query()
        .filter(|u| u.id.eq(id))
        .update(|u| u.age.set(1))
        .execute(&db)
        .await?;
    User::query().limit(1).update(|u| u.age.set(2)).execute(&db).await?;
    let upsert = User::insert(new_user("ann")).on_conflict(|key| key.email);
    upsert.update(|u, _| u.age.set(3)).execute(&db).await?;
    User::find(id)
        .into_query()
        .update(|u| u.age.set(4))
        .execute(&db)
        .await?;
    assert_eq!(User::find(id).one(&db).await?.version, ann.version + 4);
    assert_eq!(ann.update(&db).await.unwrap_err().kind(), ErrorKind::Stale);
    Ok(())
}

#[orm::test(setup = tables)]
async fn no_increment_is_lost_when_many_repeat_what_was_stale(db: Database) -> Result<(), Error> {
    let id = User::insert(new_user("ann").version(1)).one(&db).await?.id;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut stale = 0;
                for _ in 0..10 {
                    loop {
                        let mut ann = User::find(id).one(&db).await?;
                        ann.age += 1;
                        match ann.update(&db).await {
                            Ok(_) => break,
                            Err(error) if error.kind() == ErrorKind::Stale => stale += 1,
                            Err(error) => return Err(error),
                        }
                    }
                }
                Ok::<i32, Error>(stale)
            })
        })
        .collect();
    let mut stale = 0;
    for task in tasks {
        stale += task.await.unwrap()?;
    }
    let ann = User::find(id).one(&db).await?;
    assert_eq!((ann.age, ann.version), (30 + 80, 81));
    assert!(stale > 0, "nobody collided, so this has shown nothing");
    Ok(())
}
