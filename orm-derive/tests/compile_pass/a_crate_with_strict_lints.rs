//! What is generated is documented and gives no warnings, whatever the user's lints are.

#![deny(warnings, missing_docs, unreachable_pub, unused, nonstandard_style, private_interfaces)]
#![deny(missing_debug_implementations, missing_copy_implementations, unused_qualifications, unused_results)]
#![deny(let_underscore_drop, single_use_lifetimes, trivial_casts, elided_lifetimes_in_paths)]
#![deny(unused_lifetimes, variant_size_differences, explicit_outlives_requirements)]

use orm_derive::Model;

/// A user.
#[derive(Model, Debug)]
#[orm(table = "users", unique(email, name), check = "true", has_many(private: Private), has_one(shown: Shown), many_to_many(pairs: Pair, through = Private, to(a, b)))]
pub struct User {
    /// The key.
    #[orm(primary_key, generated)]
    pub id: i64,
    /// The address.
    #[orm(unique)]
    pub email: String,
    /// The name.
    pub name: String,
    /// Seen only here.
    status: Status,
    /// When.
    #[orm(default = "now()")]
    pub created_at: i64,
    /// The lock.
    #[orm(version)]
    pub version: i32,
}

/// Less visible than the models around it.
#[derive(Model, Debug)]
#[orm(table = "private", belongs_to(both: Pair, key(a, b)))]
struct Private {
    #[orm(primary_key, belongs_to(user: User, inverse = seen_here))]
    id: i64,
    a: i64,
    b: i32,
    note: String,
}

/// A key of two columns.
#[derive(Model, Debug)]
#[orm(table = "pairs", primary_key(a, b), has_many(all: Private, via(a, b)))]
pub struct Pair {
    /// First.
    pub a: i64,
    /// Second.
    pub b: i32,
    /// Third.
    pub note: String,
}

/// As visible as the other one.
#[derive(Model, Debug)]
#[orm(table = "shown")]
pub struct Shown {
    /// The key.
    #[orm(primary_key, belongs_to(user: User, inverse = shown_to))]
    pub id: i64,
    /// Something.
    pub note: String,
}

/// A row.
#[derive(orm_derive::Row, Debug)]
pub struct Seen {
    /// One column.
    pub name: String,
    /// A model.
    #[orm(nested)]
    pub shown: Shown,
}

/// A view.
#[derive(Model, Debug)]
#[orm(view = "adults")]
pub struct Adult {
    /// The name.
    pub name: String,
    /// The user.
    #[orm(belongs_to(user: User))]
    pub user_id: i64,
}

/// Less visible than the model that holds it.
type Status = i32;

mod private {
    #[derive(orm_derive::Model, Debug)]
    #[orm(table = "hidden")]
    struct Hidden {
        #[orm(primary_key, generated, belongs_to(user: super::User))]
        id: i64,
        #[orm(default = "1")]
        rank: i32,
    }

    pub(crate) fn used() -> impl std::fmt::Debug {
        let hidden = Hidden { id: 1, rank: 2 };
        (hidden.id, hidden.rank, hidden)
    }
}

fn main() {
    let user = User { id: 1, email: String::new(), name: String::new(), status: 1, created_at: 1, version: 1 };
    let private = Private { id: 1, a: 1, b: 1, note: String::new() };
    println!("{:?} {} {} {} {} {}", private::used(), user.status, private.id, private.a, private.b, private.note);
}
