//! What an error tells of a constraint: kind, names, and the model's fields.

use orm::prelude::*;

use super::models::{
    Line, LineKeys, NewLine, NewPost, NewUser, Post, PostFields, PostKeys, User, UserFields, UserKeys, new_post,
    new_user, new_users, tables,
};

#[orm::test(setup = tables)]
async fn a_unique_violation_names_its_key(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let error = User::insert(new_user("ann")).one(&db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.sqlstate()),
        (ErrorKind::UniqueViolation, Some("23505"))
    );
    assert_eq!(
        (error.constraint(), error.table()),
        (Some("users_email_key"), Some("users"))
    );
    assert_eq!(error.fields(), ["email"]);
    assert!(error.violates(|key: UserKeys| key.email));
    assert!(!error.violates(|key: UserKeys| key.id));
    assert!(error.to_string().starts_with("User: "), "{error}");
    let error = User::insert(new_user("bob").id(ann.id)).execute(&db).await.unwrap_err();
    assert!(
        error.violates(|key: UserKeys| key.id) && error.fields() == ["id"],
        "{error}"
    );
    let post = || new_post(&ann, "first");
    Post::insert(post()).one(&db).await?;
    let error = Post::insert(post()).one(&db).await.unwrap_err();
    assert!(error.violates(|key: PostKeys| key.author_id_title));
    assert!(!error.violates(|key: PostKeys| key.id) && !error.violates(|key: UserKeys| key.id));
    assert_eq!(error.fields(), ["author_id", "title"]);
    let line = || NewLine {
        number: 1,
        order_id: 1,
        text: None,
    };
    Line::insert(line()).one(&db).await?;
    let error = Line::insert(line()).one(&db).await.unwrap_err();
    assert!(error.violates(|key: LineKeys| key.order_id_number), "{error}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn every_write_tells_of_constraints_alike(db: Database) -> Result<(), Error> {
    let users = User::insert_many(new_users(0..3)).all(&db).await?;
    let again = || new_users(2..4);
    let mut changed = users[0].clone();
    changed.email = "user1@example.org".into();
    let errors = [
        User::insert_many(again()).execute(&db).await.unwrap_err(),
        User::insert_many(again()).all(&db).await.unwrap_err(),
        User::insert_many(again()).copy(true).execute(&db).await.unwrap_err(),
        changed.update(&db).await.unwrap_err(),
        User::query()
            .filter(|u| u.age.le(1))
            .update(|u| u.email.set("x"))
            .execute(&db)
            .await
            .unwrap_err(),
        User::query()
            .limit(2)
            .update(|u| u.email.set("x"))
            .all(&db)
            .await
            .unwrap_err(),
        User::insert(new_user("new").id(1))
            .on_conflict(|key| key.id)
            .update(|u, _| u.email.set("user1@example.org"))
            .one(&db)
            .await
            .unwrap_err(),
    ];
    for (n, error) in errors.iter().enumerate() {
        assert!(error.violates(|key: UserKeys| key.email), "{n}: {error}");
        assert_eq!((error.fields(), error.table()), (vec!["email"], Some("users")), "{n}");
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_constraint_under_another_name_is_known_by_its_columns(db: Database) -> Result<(), Error> {
    db.batch("ALTER TABLE users RENAME CONSTRAINT users_email_key TO \"the (first)=(key)\"; ALTER TABLE posts RENAME CONSTRAINT posts_author_id_title_key TO other")
        .await?;
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let error = User::insert(new_user("ann")).one(&db).await.unwrap_err();
    assert_eq!(error.constraint(), Some("the (first)=(key)"));
    assert!(error.violates(|key: UserKeys| key.email) && !error.violates(|key: UserKeys| key.id));
    assert_eq!(error.fields(), ["email"]);
    let post = || new_post(&ann, "a)=(b, c");
    Post::insert(post()).one(&db).await?;
    let error = Post::insert(post()).one(&db).await.unwrap_err();
    assert!(error.violates(|key: PostKeys| key.author_id_title), "{error}");
    // A key of fewer or of other columns is another one.
    db.batch("ALTER TABLE users ADD CONSTRAINT one_age UNIQUE (age)")
        .await?;
    let error = User::insert(NewUser {
        email: "other".into(),
        ..new_user("ann")
    })
    .one(&db)
    .await
    .unwrap_err();
    assert!(!error.violates(|key: UserKeys| key.email), "{error}");
    assert_eq!(error.fields(), ["age"]);
    // A key over an expression is nobody's.
    db.batch("ALTER TABLE users DROP CONSTRAINT one_age; CREATE UNIQUE INDEX lower ON users (lower(name))")
        .await?;
    let error = User::insert(NewUser {
        email: "other".into(),
        ..new_user("ANN")
    })
    .one(&db)
    .await
    .unwrap_err();
    assert_eq!(error.constraint(), Some("lower"));
    assert!(
        !error.violates(|key: UserKeys| key.email) && error.fields().is_empty(),
        "{:?}",
        error.fields()
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn foreign_keys_checks_and_not_null_name_their_fields(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    Post::insert(new_post(&ann, "first")).one(&db).await?;
    let nobodys = NewPost {
        author_id: 99,
        ..new_post(&ann, "second")
    };
    let error = Post::insert(nobodys).one(&db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.fields()),
        (ErrorKind::ForeignKeyViolation, vec!["author_id"])
    );
    assert_eq!(
        (error.constraint(), error.table()),
        (Some("posts_author_id_fkey"), Some("posts"))
    );
    // From the other side the constraint is the child's, so it is none of this model's fields.
    let error = ann.delete(&db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.table()),
        (ErrorKind::ForeignKeyViolation, Some("posts"))
    );
    assert!(error.fields().is_empty(), "{:?}", error.fields());
    let error = User::find(ann.id)
        .into_query()
        .update(|u| u.age.set(-1))
        .execute(&db)
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.fields()), (ErrorKind::CheckViolation, vec!["age"]));
    db.batch("ALTER TABLE users ALTER nickname SET NOT NULL")
        .await
        .unwrap_err();
    db.batch("UPDATE users SET nickname = ''; ALTER TABLE users ALTER nickname SET NOT NULL")
        .await?;
    for copy in [false, true] {
        let error = User::insert_many([new_user("bob")])
            .copy(copy)
            .execute(&db)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.sqlstate()),
            (ErrorKind::NotNullViolation, Some("23502"))
        );
        assert_eq!((error.column(), error.fields()), (Some("nickname"), vec!["nickname"]));
    }
    db.batch("ALTER TABLE users ADD CONSTRAINT apart EXCLUDE USING btree (name WITH =)")
        .await?;
    let other = NewUser {
        email: "other".into(),
        nickname: Some(String::new()),
        ..new_user("ann")
    };
    let error = User::insert(other).one(&db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.constraint()),
        (ErrorKind::ExclusionViolation, Some("apart"))
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn not_found_and_too_many_name_the_model(db: Database) -> Result<(), Error> {
    User::insert_many(new_users(0..3)).execute(&db).await?;
    let missing = User::find(99).one(&db).await.unwrap_err();
    assert_eq!(
        (missing.kind(), missing.table(), missing.sqlstate()),
        (ErrorKind::NotFound, Some("users"), None)
    );
    let many = User::query().one(&db).await.unwrap_err();
    assert_eq!(many.kind(), ErrorKind::TooManyRows);
    for error in [missing, many] {
        assert!(error.to_string().starts_with("User: "), "{error}");
        assert!(error.database().is_none() && error.fields().is_empty() && !error.is_retryable());
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_constraint_of_another_table_is_not_taken_for_the_models(db: Database) -> Result<(), Error> {
    db.batch(
        "CREATE TABLE audit (email text CONSTRAINT users_email_key_of_audit UNIQUE); \
         CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN INSERT INTO audit VALUES ('always the same'); RETURN NEW; END $$; \
         CREATE TRIGGER audit AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION audit()",
    )
    .await?;
    User::insert(new_user("ann")).one(&db).await?;
    let error = User::insert(new_user("bob")).one(&db).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.table()),
        (ErrorKind::UniqueViolation, Some("audit"))
    );
    assert!(!error.violates(|key: UserKeys| key.email));
    assert!(error.fields().is_empty(), "{:?}", error.fields());
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_foreign_key_is_told_by_its_field(db: Database) -> Result<(), Error> {
    let ann = User::insert(new_user("ann")).one(&db).await?;
    let nobody = User { id: 99, ..ann.clone() };
    let error = Post::insert(new_post(&nobody, "first")).one(&db).await.unwrap_err();
    assert!(error.violates_foreign_key(|p: PostFields| p.author_id), "{error}");
    assert!(!error.violates_foreign_key(|p: PostFields| p.title));
    assert!(!error.violates_foreign_key(|p: PostFields| (p.author_id, p.title)));
    assert!(!error.violates_foreign_key(|u: UserFields| u.id));
    // The other end, too: a row that is still pointed at.
    Post::insert(new_post(&ann, "first")).one(&db).await?;
    let error = ann.clone().delete(&db).await.unwrap_err();
    assert!(error.violates_foreign_key(|p: PostFields| p.author_id), "{error}");
    let error = User::insert(new_user("ann")).one(&db).await.unwrap_err();
    assert!(!error.violates_foreign_key(|p: PostFields| p.author_id));
    // A constraint under another name is known by its columns.
    db.batch("ALTER TABLE posts RENAME CONSTRAINT posts_author_id_fkey TO writers")
        .await?;
    let error = Post::insert(new_post(&nobody, "second")).one(&db).await.unwrap_err();
    assert!(error.violates_foreign_key(|p: PostFields| p.author_id), "{error}");
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_key_given_twice_to_an_upsert_is_told_so(db: Database) -> Result<(), Error> {
    let twice = User::insert_many([new_user("ann"), new_user("ann")]);
    let twice = twice.on_conflict(|key| key.email).update(|u, new| u.name.set(new.name));
    let error = twice.execute(&db).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("; the same key is given twice: leave one of the two out"),
        "{error}"
    );
    // Several rows of a sub-select have the same SQLSTATE, and are not meant.
    User::insert_many(new_users(0..2)).execute(&db).await?;
    let several = User::query().select(|u| User::query().filter(|o| o.id.ge(u.id)).select(|o| o.id).scalar());
    let error = several.all(&db).await.unwrap_err();
    assert!(
        error.sqlstate() == Some("21000") && !error.to_string().contains("given twice"),
        "{error}"
    );
    Ok(())
}
