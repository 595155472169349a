//! Rows that belong to a tenant.

use chrono::{DateTime, Utc};
use orm::prelude::*;
use orm::{Scope, Scoped};

use super::writes::at_least_15;

#[derive(DbType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TenantId(i64);

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "customers", has_many(invoices: Invoice), unique(name, city, where = "city <> ''"))]
struct Customer {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: String,
    city: String,
    #[orm(tenant)]
    tenant_id: TenantId,
    #[orm(soft_delete)]
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "invoices")]
struct Invoice {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(tenant)]
    tenant_id: TenantId,
    #[orm(belongs_to(customer: Customer), index)]
    customer_id: i64,
    tags: Vec<String>,
}

/// It has nothing that an insert gives.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "visits")]
struct Visit {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(tenant)]
    tenant_id: TenantId,
}

async fn tables(db: Database) -> Result<(), Error> {
    orm::create_all(&[Customer::TABLE, Invoice::TABLE, Visit::TABLE], &db).await
}

fn of(db: &Database, tenant: i64) -> Scoped<'_> {
    db.scoped(Scope::new().value(TenantId(tenant)))
}

fn customer(name: &str) -> NewCustomer {
    let (email, city) = (format!("{name}@example.org"), "Bern".into());
    NewCustomer {
        email,
        name: name.into(),
        city,
    }
}

/// Every customer and invoice, whosever they are.
async fn all(db: &Database) -> Result<(Vec<Customer>, Vec<Invoice>), Error> {
    let customers = Customer::query()
        .with_hidden()
        .all_tenants()
        .order_by(|c| c.id.asc())
        .all(db)
        .await?;
    Ok((
        customers,
        Invoice::query().all_tenants().order_by(|i| i.id.asc()).all(db).await?,
    ))
}

#[orm::test(setup = tables)]
async fn inserts_get_the_tenant_of_the_scope(db: Database) -> Result<(), Error> {
    let (one, two) = (of(&db, 1), of(&db, 2));
    let ann = Customer::insert(customer("ann")).one(&one).await?;
    assert_eq!(ann.tenant_id, TenantId(1));
    assert_eq!(
        Customer::insert(customer("bob"))
            .returning(|c| c.tenant_id)
            .one(&two)
            .await?,
        TenantId(2)
    );
    let many = Customer::insert_many(["cid", "dan"].map(customer)).all(&two).await?;
    assert!(many.iter().all(|customer| customer.tenant_id == TenantId(2)));
    // Enough for a COPY, which nothing could fill in.
    let rows = (0..6000).map(|n| customer(&format!("n{n}")));
    assert_eq!(Customer::insert_many(rows).execute(&one).await?, 6000);
    assert_eq!(Customer::query().count(&one).await?, 6001);
    // Arrays go by VALUES, and rows of nothing by a series.
    let invoices = (0..5).map(|n| NewInvoice {
        customer_id: ann.id,
        tags: vec![n.to_string()],
    });
    assert_eq!(Invoice::insert_many(invoices).execute(&one).await?, 5);
    assert_eq!(Visit::insert_many((0..3).map(|_| NewVisit {})).execute(&two).await?, 3);
    assert_eq!(Visit::insert(NewVisit {}).one(&two).await?.tenant_id, TenantId(2));
    assert_eq!(
        (Visit::query().count(&one).await?, Visit::query().count(&two).await?),
        (0, 4)
    );
    let (eve, invoices) = Customer::insert(customer("eve"))
        .with(["a", "b"], |eve, tag| NewInvoice {
            customer_id: eve.id,
            tags: vec![tag.into()],
        })
        .one(&two)
        .await?;
    assert!(eve.tenant_id == TenantId(2) && invoices.iter().all(|invoice| invoice.tenant_id == TenantId(2)));
    let copied = Invoice::insert_select(Customer::query(), |c| NewInvoiceExpr {
        customer_id: c.id,
        tags: value(Vec::<String>::new()),
    });
    assert_eq!(copied.execute(&two).await?, 4);
    let (customers, invoices) = all(&db).await?;
    let tenant = |id: i64| {
        customers
            .iter()
            .find(|customer| customer.id == id)
            .map(|customer| customer.tenant_id)
    };
    assert!(
        invoices
            .iter()
            .all(|invoice| tenant(invoice.customer_id) == Some(invoice.tenant_id))
    );
    assert_eq!(invoices.len(), 11);
    Ok(())
}

#[orm::test(setup = tables)]
async fn without_a_tenant_nothing_is_written_or_read(db: Database) -> Result<(), Error> {
    let refused = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(
            error
                .to_string()
                .contains("needs the `TenantId` of the executor's scope"),
            "{error}"
        );
    };
    refused(Customer::insert(customer("ann")).one(&db).await.unwrap_err());
    refused(Customer::insert_many([customer("ann")]).execute(&db).await.unwrap_err());
    refused(
        Customer::insert_many((0..6000).map(|n| customer(&n.to_string())))
            .execute(&db)
            .await
            .unwrap_err(),
    );
    refused(Customer::query().all(&db).await.unwrap_err());
    // The way out of the other filter is none of this one.
    refused(Customer::query().with_hidden().all(&db).await.unwrap_err());
    refused(Customer::query().delete().all_rows().execute(&db).await.unwrap_err());
    refused(
        Invoice::query()
            .all_tenants()
            .filter(|i| i.customer().name.eq("x"))
            .all(&db)
            .await
            .unwrap_err(),
    );
    assert_eq!(all(&db).await?.0, []);
    Ok(())
}

#[orm::test(setup = tables)]
async fn a_tenant_sees_and_writes_its_own_rows(db: Database) -> Result<(), Error> {
    let (one, two) = (of(&db, 1), of(&db, 2));
    let ann = Customer::insert(customer("ann")).one(&one).await?;
    let bob = Customer::insert(customer("bob")).one(&two).await?;
    // An invoice of the one for a customer of the other: no constraint forbids it, and no path leads there.
    let across = Invoice::insert(NewInvoice {
        customer_id: bob.id,
        tags: Vec::new(),
    })
    .one(&one)
    .await?;
    assert_eq!(across.customer().first(&one).await?, None);
    let names = Invoice::query()
        .select(|i| (i.customer().name, i.customer().with_hidden().name))
        .one(&one)
        .await?;
    assert_eq!(names, (None, None));
    assert_eq!(
        Customer::query().with(|c| c.invoices()).all(&two).await?,
        [(bob.clone(), Vec::new())]
    );
    assert_eq!(
        Customer::query().with(|c| c.invoices().all_tenants()).all(&two).await?,
        [(bob.clone(), vec![across])]
    );
    assert_eq!(bob.update(&one).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(bob.delete(&one).await.unwrap_err().kind(), ErrorKind::NotFound);
    let renamed = Customer::query()
        .update(|c| c.city.set("Basel"))
        .all_rows()
        .execute(&one)
        .await?;
    assert_eq!(renamed, 1);
    ann.delete(&one).await?;
    assert_eq!(Customer::query().with_hidden().all(&one).await?.len(), 1);
    assert_eq!(
        Customer::query()
            .with_hidden()
            .delete()
            .for_good()
            .all_rows()
            .execute(&two)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::ForeignKeyViolation
    );
    let (customers, _) = all(&db).await?;
    assert_eq!(customers[1], bob);
    Ok(())
}

#[orm::test(setup = tables)]
async fn unique_keys_hold_for_each_tenant(db: Database) -> Result<(), Error> {
    let (one, two) = (of(&db, 1), of(&db, 2));
    let sql = orm::create_all_sql(&[Customer::TABLE]);
    assert!(
        sql.contains(r#"("tenant_id", "email") WHERE ("deleted_at" IS NULL);"#),
        "{sql}"
    );
    assert!(
        sql.contains(r#"("tenant_id", "name", "city") WHERE (city <> '') AND ("deleted_at" IS NULL);"#),
        "{sql}"
    );
    let ann = Customer::insert(customer("ann")).one(&one).await?;
    let other = Customer::insert(customer("ann")).one(&two).await?;
    let error = Customer::insert(customer("ann")).one(&one).await.unwrap_err();
    assert!(error.violates(|key: CustomerKeys| key.email) || error.violates(|key: CustomerKeys| key.name_city));
    let upsert = || {
        let new = NewCustomer {
            city: "Zug".into(),
            ..customer("ann")
        };
        Customer::insert(new)
            .on_conflict(|key| key.email)
            .update(|c, new| c.city.set(new.city))
    };
    assert_eq!(upsert().one(&one).await?.id, ann.id);
    assert_eq!(Customer::find(other.id).one(&two).await?.city, "Bern");
    let many = Customer::insert_many([customer("ann")])
        .on_conflict(|key| key.email)
        .update(|c, new| c.city.set(new.city));
    assert_eq!(many.all(&two).await?[0].id, other.id);
    if at_least_15(&db).await? {
        let merged = Customer::merge(|c| Customer::query().on(move |same| same.email.eq(c.email)))
            .when_matched()
            .update(|(c, _)| c.name.set("merged"))
            .execute(&one)
            .await?;
        assert_eq!(merged, 1);
    }
    assert_eq!(Customer::find(other.id).one(&two).await?.name, "ann");
    Ok(())
}
