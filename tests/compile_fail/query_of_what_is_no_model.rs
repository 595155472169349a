//! Rows of a plain struct.

use orm::prelude::*;

struct Customer {
    id: i64,
}

fn main() {
    let _rows = Customer::query();
}
