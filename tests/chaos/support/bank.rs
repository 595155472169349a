//! Accounts whose sum never changes, and entries whose sum is 0: whatever is done by halves shows.

use orm::prelude::*;

use super::Arena;

pub(crate) const ACCOUNTS: i64 = 10;
const TOTAL: i64 = ACCOUNTS * 100;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "accounts", has_many(entries: Entry))]
pub(crate) struct Account {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    pub(crate) balance: i64,
    #[orm(version)]
    pub(crate) version: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "entries")]
pub(crate) struct Entry {
    #[orm(primary_key, generated)]
    pub(crate) id: i64,
    #[orm(belongs_to(account: Account), index)]
    pub(crate) account_id: i64,
    pub(crate) amount: i64,
}

/// Makes the tables, with the accounts 1 to [`ACCOUNTS`].
pub(crate) async fn open(arena: &Arena, db: &Database) {
    orm::create_all(&[Account::TABLE, Entry::TABLE], db).await.unwrap();
    let accounts = (0..ACCOUNTS).map(|_| NewAccount { balance: 100 });
    Account::insert_many(accounts).execute(db).await.unwrap();
    is_conserved(arena).await;
}

/// So many pairs of entries of the first two accounts.
pub(crate) fn pairs(count: i64) -> impl Iterator<Item = NewEntry> {
    (1..=count)
        .flat_map(|amount| [(1, amount), (2, -amount)].map(|(account_id, amount)| NewEntry { account_id, amount }))
}

/// Moves an amount, by two statements and a pair of entries.
pub(crate) async fn transfer(tx: &dyn Executor, from: i64, to: i64, amount: i64) -> Result<(), Error> {
    for (id, change) in [(from, -amount), (to, amount)] {
        let account = Account::query().filter(|a| a.id.eq(id));
        account
            .update(|a| a.balance.set(a.balance + change))
            .execute(tx)
            .await?;
    }
    let entries = [(from, -amount), (to, amount)].map(|(account_id, amount)| NewEntry { account_id, amount });
    Entry::insert_many(entries).execute(tx).await?;
    Ok(())
}

/// Nothing was lost or made.
pub(crate) async fn is_conserved(arena: &Arena) {
    let (balances, entries) = (
        "SELECT sum(balance)::int8 FROM accounts",
        "SELECT coalesce(sum(amount), 0)::int8 FROM entries",
    );
    assert_eq!(arena.number(balances).await, TOTAL, "the sum of the balances");
    assert_eq!(arena.number(entries).await, 0, "the sum of the entries");
}
