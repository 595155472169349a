//! A row goes to another tenant.

use orm_derive::Model;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(tenant)]
    tenant_id: i64,
}

fn main() {
    use orm::ReadModel as _;
    let _ = User::query().update(|u| u.tenant_id.set(7));
}
