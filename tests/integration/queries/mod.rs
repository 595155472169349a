//! Random queries over random rows, against what nested loops in Rust give.
//!
//! A *shape* is what stands in FROM, with the rows that it must give; a *clause* is what is done with it. Every shape goes
//! with every clause and random conditions. All columns are integers that may be NULL, so that one condition fits all.
//! Each case is sent: the server takes it, and its result has the types that the program believes. A clause or operator
//! that no case has used fails the test. The seed is fixed, so a failure comes again.

mod clauses;
mod condition;
mod coverage;
mod shapes;

use orm::prelude::*;
use orm::{Expr, InScopeOf};

use coverage::Coverage;

/// A value of a column.
type Value = Option<i32>;
/// A column or expression, seen as one that may be NULL.
type Int = Expr<Option<i32>>;
/// A condition.
type Truth = Expr<Option<bool>>;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "lefts", has_many(rights: Right))]
struct Left {
    #[orm(primary_key)]
    id: i32,
    a: Option<i32>,
    b: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "rights")]
struct Right {
    #[orm(primary_key)]
    id: i32,
    #[orm(belongs_to(left: Left))]
    left_id: Option<i32>,
    c: Option<i32>,
}

/// All rows that there are.
struct World {
    lefts: Vec<Left>,
    rights: Vec<Right>,
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn number(&mut self) -> i32 {
        self.below(5) as i32 - 1
    }

    fn value(&mut self) -> Value {
        (!self.chance(25)).then(|| self.number())
    }
}

impl World {
    async fn create(random: &mut Random, db: &Database) -> Result<Self, Error> {
        let lefts: Vec<Left> = (1..=7)
            .map(|id| Left {
                id,
                a: random.value(),
                b: random.number(),
            })
            .collect();
        let rights: Vec<Right> = (1..=9)
            .map(|id| Right {
                id,
                left_id: (!random.chance(25)).then(|| 1 + random.below(6) as i32),
                c: random.value(),
            })
            .collect();
        let new = lefts.iter().map(|row| NewLeft {
            id: row.id,
            a: row.a,
            b: row.b,
        });
        Left::insert_many(new.collect::<Vec<_>>()).execute(db).await?;
        let new = rights.iter().map(|row| NewRight {
            id: row.id,
            left_id: row.left_id,
            c: row.c,
        });
        Right::insert_many(new.collect::<Vec<_>>()).execute(db).await?;
        Ok(Self { lefts, rights })
    }
}

/// A query, its columns as expressions, and the rows that it must give: a value for each column.
struct Shape<R: orm::InScope> {
    query: orm::Query<R>,
    columns: fn(InScopeOf<R>) -> Vec<Int>,
    rows: Vec<Vec<Value>>,
}

/// What a case needs.
struct Case<'a> {
    db: &'a Database,
    world: &'a World,
    random: &'a mut Random,
    coverage: &'a mut Coverage,
    name: String,
}

/// How many rounds of all shapes with all clauses are run.
const ROUNDS: usize = 12;

#[orm::test]
async fn random_queries_give_what_nested_loops_give(db: Database) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut coverage = Coverage::default();
    orm::create_all(&[Left::TABLE, Right::TABLE], &db).await.unwrap();
    for _ in 0..ROUNDS {
        Right::query().all_rows().delete().execute(&db).await.unwrap();
        Left::query().all_rows().delete().execute(&db).await.unwrap();
        let world = World::create(&mut random, &db).await.unwrap();
        shapes::run_all(&db, &world, &mut random, &mut coverage).await;
    }
    println!("{coverage}");
    coverage.check(&[shapes::NAMES, clauses::NAMES, condition::NAMES]);
}
