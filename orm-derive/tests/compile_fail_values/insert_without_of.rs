// A form that does not say what it is inserted as.
use orm_derive::Insert;

#[derive(Insert)]
struct SignUp {
    name: String,
}

fn main() {}
