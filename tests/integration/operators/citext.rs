//! `String` columns of `citext` and of domains.

use orm::prelude::*;

use super::support::has;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "accounts")]
struct Account {
    #[orm(primary_key, type = "citext")]
    email: String,
    #[orm(type = "citext")]
    alias: Option<String>,
    #[orm(type = "citext[]")]
    tags: Vec<String>,
    #[orm(type = "code")]
    code: String,
    #[orm(type = "code[]")]
    codes: Vec<String>,
    plain: String,
}

const TYPES: &str = "CREATE EXTENSION IF NOT EXISTS citext; CREATE DOMAIN code AS text CHECK (VALUE ~ '^[A-Z]+$')";

/// Whether the server has the extension; then there are three accounts.
async fn accounts(db: &Database) -> bool {
    if !has(db, "citext", TYPES).await {
        return false;
    }
    orm::create_all(&[Account::TABLE], db).await.unwrap();
    let account = |email: &str, alias: Option<&str>| NewAccount {
        email: email.into(),
        alias: alias.map(Into::into),
        tags: vec!["Red".into(), "blue".into()],
        code: "AB".into(),
        codes: vec!["X".into(), "YZ".into()],
        plain: email.into(),
    };
    let rows = [
        account("Ann@example.org", Some("Annie")),
        account("bob@example.org", None),
        account("Cy@example.org", Some("cy")),
    ];
    Account::insert_many(rows).execute(db).await.unwrap();
    true
}

async fn emails<C: orm::Condition<Phase = orm::PerRow>>(db: &Database, filter: fn(AccountFields) -> C) -> Vec<String> {
    let query = Account::query()
        .filter(filter)
        .order_by(|a| a.email.asc())
        .select(|a| a.email);
    query.all(db).await.expect("the server takes the query")
}

#[orm::test]
async fn texts_of_citext_and_domains_are_read(db: Database) {
    if !accounts(&db).await {
        return;
    }
    let ann = Account::find("ann@EXAMPLE.org".to_owned()).one(&db).await.unwrap();
    assert_eq!(
        (ann.email.as_str(), ann.alias.as_deref()),
        ("Ann@example.org", Some("Annie"))
    );
    assert_eq!(
        (ann.tags, ann.code, ann.codes),
        (
            vec!["Red".into(), "blue".into()],
            "AB".into(),
            vec!["X".into(), "YZ".into()]
        )
    );
    let error = Account::query()
        .update(|a| a.code.set("lower"))
        .all_rows()
        .execute(&db)
        .await
        .unwrap_err();
    assert_eq!(error.database().unwrap().code, "23514");
}

#[orm::test]
async fn comparisons_of_citext_take_upper_and_lower_case_alike(db: Database) {
    if !accounts(&db).await {
        return;
    }
    const ANN: [&str; 1] = ["Ann@example.org"];
    assert_eq!(emails(&db, |a| a.email.eq("ANN@example.org")).await, ANN);
    assert_eq!(emails(&db, |a| a.plain.eq("ANN@example.org")).await, [""; 0]);
    assert_eq!(emails(&db, |a| a.alias.eq("ANNIE")).await, ANN);
    assert_eq!(emails(&db, |a| a.alias.is_not_distinct_from("ANNIE")).await, ANN);
    assert_eq!(emails(&db, |a| a.email.in_(["ANN@EXAMPLE.ORG", "x"])).await, ANN);
    assert_eq!(
        emails(&db, |a| a.email.not_in(["BOB@EXAMPLE.ORG", "cy@example.org"])).await,
        ANN
    );
    assert_eq!(emails(&db, |a| a.email.between("AN", "aO")).await, ANN);
    assert_eq!(emails(&db, |a| a.email.lt("B")).await, ANN);
    assert_eq!(emails(&db, |a| a.email.like("ANN%")).await, ANN);
    assert_eq!(emails(&db, |a| a.email.starts_with("ANN")).await, ANN);
    assert_eq!(emails(&db, |a| a.tags.contains("RED") & a.email.lt("B")).await, ANN);
    let update = Account::query()
        .filter(|a| a.email.eq("BOB@example.org"))
        .update(|a| a.alias.set("B"));
    assert_eq!(update.execute(&db).await.unwrap(), 1);
}

#[orm::test]
async fn pages_over_citext_go_by_its_order(db: Database) {
    if !accounts(&db).await {
        return;
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = Account::query()
            .order_by(|a| a.email.asc())
            .page(1, cursor.as_ref(), &db)
            .await
            .unwrap();
        seen.extend(page.items.into_iter().map(|account| account.email));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["Ann@example.org", "bob@example.org", "Cy@example.org"]);
}
