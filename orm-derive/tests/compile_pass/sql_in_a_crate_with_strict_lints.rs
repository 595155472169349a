//! What `sql!` and `sql_expr!` write gives no warnings, whatever the user's lints are, and holds no unsafe code.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused, nonstandard_style, private_interfaces)]
#![deny(missing_debug_implementations, missing_copy_implementations, unused_qualifications, unused_results)]
#![deny(let_underscore_drop, single_use_lifetimes, trivial_casts, elided_lifetimes_in_paths)]
#![deny(unused_lifetimes, variant_size_differences, explicit_outlives_requirements)]

use orm_derive::{sql, sql_expr};

mod private {
    pub(super) fn nested<T: orm::DbType>(value: &T) -> orm::Sql {
        orm_derive::sql!("SELECT {value}, {value}")
    }
}

fn main() {
    let (name, list, limit) = (String::from("a"), [1, 2], Some(3_i64));
    let statement = sql!("SELECT {name}, {list}, {limit.unwrap_or(1) + 1}, {*name}, {-1}, '{{}}'");
    let expression: orm::Expr<Option<i32>> = sql_expr!("{1} + {list.len() as i64}" => Option<i32>);
    println!("{statement} {expression:?} {} {}", private::nested(&name), sql!("SELECT 1"));
}
