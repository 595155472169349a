// A test inside an impl.
struct Tests;

impl Tests {
    #[orm_derive::test]
    async fn inserts(&self) {}
}

fn main() {}
