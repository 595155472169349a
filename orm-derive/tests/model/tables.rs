//! Metadata and the SQL that is known at compile time.

use orm::{Action, Generation, Model as _, NullsOrder, Table, TableKind, TableModel};

use crate::shop::{Adult, Line, Post, PostTag, Ticket, Total, User};

const USERS: &Table = User::TABLE;
const POSTS: &Table = Post::TABLE;

#[test]
fn a_table_has_its_columns_with_types_nulls_and_defaults() {
    assert_eq!((USERS.model, USERS.schema, USERS.name), ("User", None, "users"));
    assert_eq!(USERS.kind, TableKind::Table);
    let columns: Vec<(&str, String, bool, Option<&str>)> = USERS
        .columns
        .iter()
        .map(|column| (column.name, column.ty.to_string(), column.nullable, column.default))
        .collect();
    assert_eq!(
        columns,
        [
            ("id", "int8".to_owned(), false, None),
            ("email", "text".to_owned(), false, None),
            ("name", "text".to_owned(), false, None),
            ("age", "int4".to_owned(), false, None),
            ("nickname", "text".to_owned(), true, None),
            ("created_at", "int8".to_owned(), false, Some("now()")),
            ("version", "int4".to_owned(), false, Some("1")),
        ]
    );
    assert_eq!(USERS.columns[0].generation, Generation::IdentityByDefault);
    assert_eq!(USERS.version, Some("version"));
    assert_eq!((USERS.primary_key, USERS.primary_key_name), (&["id"][..], "users_pkey"));
}

#[test]
fn a_column_has_its_own_name_type_and_generation() {
    assert_eq!(POSTS.schema, Some("shop"));
    assert_eq!(POSTS.columns[0].generation, Generation::IdentityAlways);
    assert_eq!(POSTS.columns[3].sql_type, Some("varchar(80)"));
    assert_eq!((POSTS.columns[4].name, POSTS.columns[4].field), ("url_slug", "slug"));
    assert_eq!(POSTS.columns[7].generation, Generation::Stored("score * 2"));
}

#[test]
fn unique_keys_are_constraints_unless_they_have_a_condition_or_more_columns() {
    let uniques: Vec<_> = POSTS.uniques.iter().map(|key| (key.name(), key.columns())).collect();
    assert_eq!(
        uniques,
        [
            ("one_slug", &["url_slug"][..]),
            ("posts_author_id_title_key", &["author_id", "title"][..])
        ]
    );
    let indexes: Vec<_> = POSTS.indexes.iter().map(|index| (index.name, index.unique)).collect();
    assert_eq!(
        indexes,
        [
            ("posts_title_idx", true),
            ("posts_url_slug_idx", true),
            ("posts_author_id_idx", false),
            ("hot", false),
            ("posts_tags_idx", false)
        ]
    );
    assert_eq!(POSTS.indexes[0].filter, Some("score > 1"));
    assert_eq!(POSTS.indexes[1].include, ["title"]);
}

#[test]
fn an_index_has_directions_a_condition_a_method_and_included_columns() {
    let hot = &POSTS.indexes[3];
    assert_eq!(
        (hot.filter, hot.include, hot.method),
        (Some("score > 0"), &["title"][..], None)
    );
    let score = &hot.columns[1];
    assert_eq!(
        (score.name, score.descending, score.nulls),
        ("score", true, Some(NullsOrder::Last))
    );
    assert_eq!((hot.columns[0].descending, hot.columns[0].nulls), (false, None));
    assert_eq!(POSTS.indexes[4].method, Some("gin"));
}

#[test]
fn checks_know_the_fields_that_they_are_declared_on() {
    let checks = |table: &'static Table| -> Vec<_> {
        let checks = table.checks.iter();
        checks.map(|check| (check.name, check.sql, check.fields)).collect()
    };
    assert_eq!(
        checks(USERS),
        [
            ("users_age_check", "age >= 0", &["age"][..]),
            ("users_age_check1", "age < 200", &["age"][..])
        ]
    );
    assert_eq!(
        checks(POSTS),
        [
            ("posts_check", "length(title) > 0", &[][..]),
            ("score_is_small", "score <= 10", &[][..])
        ]
    );
}

#[test]
fn a_foreign_key_points_to_the_parents_table() {
    let keys: Vec<_> = POSTS
        .foreign_keys
        .iter()
        .map(|key| (key.name, key.columns, (key.table)().name, key.on_delete, key.on_update))
        .collect();
    assert_eq!(
        keys,
        [
            (
                "posts_author_id_fkey",
                &["author_id"][..],
                "users",
                Action::Cascade,
                Action::Restrict
            ),
            (
                "posts_editor_id_fkey",
                &["editor_id"][..],
                "users",
                Action::SetNull,
                Action::NoAction
            )
        ]
    );
}

#[test]
fn statements_by_key_are_constants() {
    assert_eq!(
        User::FIND,
        r#"SELECT "id", "email", "name", "age", "nickname", "created_at", "version" FROM "users" WHERE "id" = $1"#
    );
    assert_eq!(
        User::INSERT,
        r#"INSERT INTO "users" ("email", "name", "age", "nickname") VALUES ($1, $2, $3, $4) RETURNING "id", "email", "name", "age", "nickname", "created_at", "version""#
    );
    assert_eq!(
        User::UPDATE,
        r#"UPDATE "users" SET "email" = $1, "name" = $2, "age" = $3, "nickname" = $4, "created_at" = $5, "version" = "version" + 1 WHERE "id" = $6 AND "version" = $7 RETURNING "id", "email", "name", "age", "nickname", "created_at", "version""#
    );
    assert_eq!(
        User::DELETE,
        r#"DELETE FROM "users" WHERE "id" = $1 AND "version" = $2"#
    );
    assert!(Post::FIND.ends_with(r#" FROM "shop"."posts" WHERE "id" = $1"#));
    assert!(!Post::UPDATE.contains("\"double\" ="), "{}", Post::UPDATE);
}

#[test]
fn a_composite_key_keeps_its_own_order() {
    assert_eq!(Line::TABLE.primary_key, ["number", "order_id"]);
    assert!(Line::FIND.ends_with(r#" FROM "lines" WHERE "number" = $1 AND "order_id" = $2"#));
    assert!(Line::UPDATE.starts_with(r#"UPDATE "lines" SET "text" = $1 WHERE "number" = $2 AND "order_id" = $3 "#));
    let line = Line {
        order_id: 7,
        number: 1,
        text: None,
    };
    let key: (i32, i64) = line.key();
    assert_eq!(key, (1, 7));
    let types = |params: Vec<orm::Param>| params.iter().map(|param| param.ty.to_string()).collect::<Vec<_>>();
    assert_eq!(types(Line::key_params(&key)), ["int4", "int8"]);
    assert_eq!(types(line.update_params()), ["text", "int4", "int8"]);
    assert_eq!(types(line.delete_params()), ["int4", "int8"]);
}

#[test]
fn without_settable_columns_there_is_no_update_and_without_required_ones_only_defaults() {
    assert_eq!(PostTag::UPDATE, "");
    assert_eq!(
        Ticket::INSERT,
        r#"INSERT INTO "tickets" DEFAULT VALUES RETURNING "id", "at""#
    );
}

#[test]
fn a_view_has_no_key() {
    assert_eq!(
        Adult::TABLE.kind,
        TableKind::View(Some("SELECT name, nickname FROM users"))
    );
    assert!(Adult::TABLE.primary_key.is_empty() && Adult::TABLE.primary_key_name.is_empty());
    assert_eq!(Total::TABLE.kind, TableKind::MaterializedView(None));
    let indexes: Vec<_> = Total::TABLE
        .indexes
        .iter()
        .map(|index| (index.name, index.unique))
        .collect();
    assert_eq!(indexes, [("totals_name_idx", true), ("totals_total_idx", false)]);
}

#[test]
fn unique_keys_are_fields_named_after_theirs() {
    let keys = crate::shop::PostKeys::default();
    assert_eq!((keys.id.name(), keys.id.columns()), ("posts_pkey", &["id"][..]));
    assert_eq!((keys.slug.name(), keys.slug.table()), ("one_slug", "posts"));
    assert_eq!(keys.author_id_title.columns(), ["author_id", "title"]);
    // Unique indexes are keys of their own: one with included columns, and one of some rows.
    assert_eq!(keys.slug1.name(), "posts_url_slug_idx");
    assert_eq!(
        (keys.title.name(), keys.title.columns()),
        ("posts_title_idx", &["title"][..])
    );
    assert_eq!((keys.title.filter(), keys.slug1.filter()), (Some("score > 1"), None));
    assert_eq!(<User as TableModel>::Keys::default().email.name(), "users_email_key");
}

#[test]
fn parameters_of_an_update_are_settable_columns_then_key_then_version() {
    let user = User {
        id: 1,
        email: "e".into(),
        name: "n".into(),
        age: 2,
        nickname: None,
        created_at: 3,
        version: 4,
    };
    let bytes = |params: Vec<orm::Param>| -> Vec<Option<Vec<u8>>> {
        let params = params.into_iter();
        params
            .map(|param| param.bytes.unwrap().map(|bytes| bytes.as_slice().to_vec()))
            .collect()
    };
    assert_eq!(
        bytes(user.update_params()),
        [
            Some(b"e".to_vec()),
            Some(b"n".to_vec()),
            Some(vec![0, 0, 0, 2]),
            None,
            Some(vec![0, 0, 0, 0, 0, 0, 0, 3]),
            Some(vec![0, 0, 0, 0, 0, 0, 0, 1]),
            Some(vec![0, 0, 0, 4])
        ]
    );
    assert_eq!(
        bytes(user.delete_params()),
        [Some(vec![0, 0, 0, 0, 0, 0, 0, 1]), Some(vec![0, 0, 0, 4])]
    );
}
