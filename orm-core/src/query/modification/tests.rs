//! What relations of the row that is written become.

use super::*;
use crate::expr::Setting;
use crate::model::{ColumnDef, Keys, Relation, TableKind};
use crate::query::target::Target;
use crate::sql::{Level, Node};

static COMPANY: [ColumnDef; 2] = [
    ColumnDef::new::<i64>("id", "id", "Company"),
    ColumnDef::new::<String>("name", "name", "Company"),
];
static USER: [ColumnDef; 3] = [
    ColumnDef::new::<i64>("id", "id", "User"),
    ColumnDef::new::<i64>("company_id", "company_id", "User"),
    ColumnDef::new::<String>("email", "email", "User"),
];
static POST: [ColumnDef; 3] = [
    ColumnDef::new::<i64>("id", "id", "Post"),
    ColumnDef::new::<Option<i64>>("author_id", "author_id", "Post"),
    ColumnDef::new::<String>("title", "title", "Post"),
];

const fn table(model: &'static str, name: &'static str, columns: &'static [ColumnDef]) -> Table {
    Table {
        model,
        schema: None,
        name,
        kind: TableKind::Table,
        columns,
        primary_key: &["id"],
        primary_key_name: "",
        uniques: &[],
        indexes: &[],
        checks: &[],
        foreign_keys: &[],
        relations: &[],
        version: None,
        standing: None,
        soft_delete: None,
    }
}

static COMPANIES: Table = table("Company", "companies", &COMPANY);
static USERS: Table = Table {
    relations: &[relation(
        "company",
        || &COMPANIES,
        || vec![(&USER[1], &COMPANY[0])],
        false,
    )],
    ..table("User", "users", &USER)
};
static POSTS: Table = Table {
    relations: &[relation("author", || &USERS, || vec![(&POST[1], &USER[0])], true)],
    ..table("Post", "posts", &POST)
};

const fn relation(name: &'static str, table: fn() -> &'static Table, keys: fn() -> Keys, optional: bool) -> Relation {
    Relation {
        name,
        table,
        keys,
        optional,
    }
}

fn equal(left: Node, right: Node) -> Node {
    Node::infix(&["", " = ", ""], Level::Comparison, left, right)
}

/// Posts, the source, and what `p.author().email` and `p.author().company().name` are.
fn posts() -> (Parts, Source, Node, Node) {
    let parts = Parts::new(&POSTS);
    let source = parts.source();
    let email = Node::Column(source.follow(0), &USER[2]);
    let company = Node::Column(source.follow(0).follow(0), &COMPANY[1]);
    (parts, source, email, company)
}

fn text(verb: Verb, returning: ReturningClause) -> String {
    let parts = Modification { verb, returning };
    parts.statement().unwrap().text.into_owned()
}

#[test]
fn rows_that_are_found_by_a_relation_are_picked_and_what_is_set_is_a_sub_select() {
    let (mut rows, source, email, company) = posts();
    rows.filters.push(equal(email.clone(), Node::Column(source, &POST[2])));
    let setting = Setting {
        column: &POST[2],
        value: company.clone(),
    };
    let update = UpdateParts::new(Target::new(rows.clone()), vec![setting]);
    assert_eq!(
        text(Verb::Update(update), ReturningClause::Items(vec![email.clone()])),
        "WITH picked AS MATERIALIZED (SELECT p1.\"id\" FROM \"posts\" AS p1 LEFT JOIN \"users\" AS u2 \
         ON u2.\"id\" = p1.\"author_id\" WHERE u2.\"email\" = p1.\"title\" FOR NO KEY UPDATE OF p1) \
         UPDATE \"posts\" AS target SET \"title\" = (SELECT c4.\"name\" FROM \"users\" AS u3 JOIN \"companies\" AS c4 \
         ON c4.\"id\" = u3.\"company_id\" WHERE u3.\"id\" = target.\"author_id\") FROM picked \
         WHERE target.\"id\" = picked.\"id\" \
         RETURNING (SELECT u5.\"email\" FROM \"users\" AS u5 WHERE u5.\"id\" = target.\"author_id\")"
    );
    let target = Target::new(rows);
    assert_eq!(
        text(
            Verb::Delete(DeleteParts {
                target,
                for_good: false
            }),
            ReturningClause::Nothing
        ),
        "WITH picked AS MATERIALIZED (SELECT p1.\"id\" FROM \"posts\" AS p1 LEFT JOIN \"users\" AS u2 \
         ON u2.\"id\" = p1.\"author_id\" WHERE u2.\"email\" = p1.\"title\" FOR UPDATE OF p1) \
         DELETE FROM \"posts\" AS target USING picked WHERE target.\"id\" = picked.\"id\""
    );
}

#[test]
fn relations_of_joined_rows_are_joined() {
    let (rows, source, email, _) = posts();
    let mut target = Target::new(rows);
    let users = Item::table(&USERS);
    let company = Node::Column(users.source.follow(0), &COMPANY[1]);
    target.filters.push(equal(
        Node::Column(users.source, &USER[0]),
        Node::Column(source, &POST[1]),
    ));
    target.filters.push(equal(company, email));
    target.using.push(users);
    assert_eq!(
        text(
            Verb::Delete(DeleteParts {
                target,
                for_good: false
            }),
            ReturningClause::Nothing
        ),
        "DELETE FROM \"posts\" AS target USING \"users\" AS u1 JOIN \"companies\" AS c2 ON c2.\"id\" = u1.\"company_id\" \
         WHERE u1.\"id\" = target.\"author_id\" AND c2.\"name\" = (SELECT u3.\"email\" FROM \"users\" AS u3 \
         WHERE u3.\"id\" = target.\"author_id\")"
    );
}
