//! Random rows, filters and orders: what the server answers against what SQL's rules say, worked out in Rust.
//!
//! The generator has a fixed seed, so a failure comes again.

use std::cmp::Ordering;

use orm::prelude::*;
use orm::{Cursor, Expr};
use orm::{Mode, Order, PerRow};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "samples")]
struct Sample {
    #[orm(primary_key)]
    id: i32,
    number: i32,
    maybe: Option<i32>,
    other: Option<i64>,
    text: String,
    note: Option<String>,
    flag: Option<bool>,
    real: Option<f64>,
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn number(&mut self) -> i32 {
        i32::try_from(self.below(6)).unwrap() - 2
    }

    fn text(&mut self, length: u64) -> String {
        let letters = ['a', 'A', 'b', '%', '_', '\\', 'é'];
        let length = self.below(length + 1);
        (0..length).map(|_| letters[self.below(7) as usize]).collect()
    }

    fn real(&mut self) -> f64 {
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.5, -1.5][self.below(7) as usize]
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (!self.chance(30)).then(|| value(self))
    }

    fn sample(&mut self, id: i32) -> Sample {
        Sample {
            id,
            number: self.number(),
            maybe: self.maybe(Self::number),
            other: self.maybe(Self::number).map(i64::from),
            text: self.text(3),
            note: self.maybe(|random| random.text(2)),
            flag: self.maybe(|random| random.chance(50)),
            real: self.maybe(Self::real),
        }
    }
}

async fn fill(db: &Database, random: &mut Random, count: i32, simple_texts: bool) -> Vec<Sample> {
    orm::create_all(&[Sample::TABLE], db).await.unwrap();
    let mut rows: Vec<Sample> = (0..count).map(|id| random.sample(id)).collect();
    if simple_texts {
        for row in &mut rows {
            row.text = ["a", "b", "c"][random.below(3) as usize].to_owned();
        }
    }
    let new = rows.iter().cloned().map(|row| NewSample {
        id: row.id,
        number: row.number,
        maybe: row.maybe,
        other: row.other,
        text: row.text,
        note: row.note,
        flag: row.flag,
        real: row.real,
    });
    Sample::insert_many(new).execute(db).await.unwrap();
    rows
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Operator {
    fn random(random: &mut Random) -> Self {
        [Self::Eq, Self::Ne, Self::Lt, Self::Le, Self::Gt, Self::Ge][random.below(6) as usize]
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }

    fn build<L: orm::Compare<R>, R>(self, left: L, right: R) -> Tree
    where
        Compared<L::Both>: orm::Condition<Phase = PerRow>,
    {
        match self {
            Self::Eq => lift(left.eq(right)),
            Self::Ne => lift(left.ne(right)),
            Self::Lt => lift(left.lt(right)),
            Self::Le => lift(left.le(right)),
            Self::Gt => lift(left.gt(right)),
            Self::Ge => lift(left.ge(right)),
        }
    }
}

type Compared<M> = Expr<<<M as Mode>::Null as orm::Nullness>::Of<bool>, <M as Mode>::Phase>;
type Tree = Expr<Option<bool>>;

/// A condition of either nullness as one of both.
fn lift<C: orm::Condition<Phase = PerRow>>(condition: C) -> Tree {
    // `x & TRUE` is `x`, also of NULL.
    value(Some(true)) & Cond::new(condition)
}

#[derive(Debug, Clone)]
enum Filter {
    Number(Operator, i32),
    Maybe(Operator, i32),
    Columns(Operator),
    Sum(Operator, i32),
    Real(Operator, f64),
    Text(bool, String),
    Note(bool, String),
    Like(String),
    Part(u64, String),
    Between(i32, i32),
    NotBetween(i32, i32),
    In(Vec<i32>),
    NotIn(Vec<i32>),
    InText(Vec<String>),
    IsNull,
    IsDistinct(Option<i32>),
    Flag,
    Case(i32),
    Coalesce(Operator, i32),
    Not(Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    AllOf(Vec<Filter>),
    AnyOf(Vec<Filter>),
}

impl Filter {
    fn random(random: &mut Random, depth: u64) -> Self {
        if depth == 0 || random.chance(30) {
            return Self::leaf(random);
        }
        let mut inner = || Box::new(Self::random(random, depth - 1));
        let (left, right) = (inner(), inner());
        match random.below(10) {
            0..3 => Self::And(left, right),
            3..6 => Self::Or(left, right),
            6..8 => Self::Not(left),
            8 => Self::AllOf((0..random.below(4)).map(|_| Self::random(random, depth - 1)).collect()),
            _ => Self::AnyOf((0..random.below(4)).map(|_| Self::random(random, depth - 1)).collect()),
        }
    }

    fn leaf(random: &mut Random) -> Self {
        match random.below(19) {
            0 => Self::Number(Operator::random(random), random.number()),
            1 => Self::Maybe(Operator::random(random), random.number()),
            2 => Self::Columns(Operator::random(random)),
            3 => Self::Sum(Operator::random(random), random.number()),
            4 => Self::Real(Operator::random(random), random.real()),
            5 => Self::Text(random.chance(50), random.text(2)),
            6 => Self::Note(random.chance(50), random.text(2)),
            7 => Self::Like(pattern(random)),
            8 => Self::Part(random.below(3), random.text(2)),
            9 => Self::Between(random.number(), random.number()),
            10 => Self::NotBetween(random.number(), random.number()),
            11 => Self::In((0..random.below(4)).map(|_| random.number()).collect()),
            12 => Self::NotIn((0..random.below(4)).map(|_| random.number()).collect()),
            13 => Self::InText((0..random.below(4)).map(|_| random.text(2)).collect()),
            14 => Self::IsNull,
            15 => Self::IsDistinct(random.maybe(Random::number)),
            16 => Self::Flag,
            17 => Self::Case(random.number()),
            _ => Self::Coalesce(Operator::random(random), random.number()),
        }
    }

    fn build(&self, s: SampleFields) -> Tree {
        match self {
            Self::Number(operator, number) => operator.build(s.number, *number),
            Self::Maybe(operator, number) => operator.build(s.maybe, *number),
            Self::Columns(operator) => operator.build(s.maybe.cast::<i64>(), s.other),
            Self::Sum(operator, number) => operator.build(s.number - (s.maybe - *number) * 2, s.number),
            Self::Real(operator, number) => operator.build(s.real, *number),
            Self::Text(true, text) => lift(s.text.eq(text)),
            Self::Text(false, text) => lift(s.text.ne(text.as_str())),
            Self::Note(true, text) => s.note.eq(text),
            Self::Note(false, text) => s.note.ne(text),
            Self::Like(pattern) => s.note.like(pattern),
            Self::Part(0, part) => s.note.contains(part),
            Self::Part(1, part) => lift(s.text.starts_with(part)),
            Self::Part(_, part) => lift(s.text.ends_with(part)),
            Self::Between(low, high) => s.maybe.between(low, *high),
            Self::NotBetween(low, high) => lift(s.number.not_between(*low, high)),
            Self::In(list) => s.maybe.in_(list),
            Self::NotIn(list) => s.maybe.not_in(list),
            Self::InText(list) => s.note.in_(list),
            Self::IsNull => s.maybe.is_null().nullable(),
            Self::IsDistinct(other) => s.maybe.is_distinct_from(*other).nullable(),
            Self::Flag => lift(s.flag),
            Self::Case(number) => case()
                .when(s.flag, s.maybe)
                .when(s.maybe.lt(0), 1)
                .otherwise(s.number)
                .eq(*number),
            Self::Coalesce(operator, number) => operator.build(s.maybe.coalesce(s.number), *number),
            Self::Not(inner) => !inner.build(s),
            Self::And(left, right) => left.build(s) & right.build(s),
            Self::Or(left, right) => left.build(s) | right.build(s),
            Self::AllOf(list) => lift(all_of(list.iter().map(|filter| filter.build(s)))),
            Self::AnyOf(list) => lift(any_of(list.iter().map(|filter| filter.build(s)))),
        }
    }

    /// SQL's three values: true, false and unknown.
    fn holds(&self, s: &Sample) -> Option<bool> {
        let note = s.note.as_deref();
        match self {
            Self::Number(operator, number) => Some(operator.holds(s.number.cmp(number))),
            Self::Maybe(operator, number) => Some(operator.holds(s.maybe?.cmp(number))),
            Self::Columns(operator) => Some(operator.holds(i64::from(s.maybe?).cmp(&s.other?))),
            Self::Sum(operator, number) => Some(operator.holds((s.number - (s.maybe? - number) * 2).cmp(&s.number))),
            Self::Real(operator, number) => Some(operator.holds(compare(s.real?, *number))),
            Self::Text(equal, text) => Some((s.text == *text) == *equal),
            Self::Note(equal, text) => Some((note? == text) == *equal),
            Self::Like(pattern) => Some(like(note?, pattern)),
            Self::Part(0, part) => Some(note?.contains(part)),
            Self::Part(1, part) => Some(s.text.starts_with(part)),
            Self::Part(_, part) => Some(s.text.ends_with(part)),
            Self::Between(low, high) => s.maybe.map(|number| number >= *low && number <= *high),
            Self::NotBetween(low, high) => Some(s.number < *low || s.number > *high),
            Self::In(list) if list.is_empty() => Some(false),
            Self::In(list) => s.maybe.map(|number| list.contains(&number)),
            Self::NotIn(list) if list.is_empty() => Some(true),
            Self::NotIn(list) => s.maybe.map(|number| !list.contains(&number)),
            Self::InText(list) if list.is_empty() => Some(false),
            Self::InText(list) => note.map(|note| list.iter().any(|text| text == note)),
            Self::IsNull => Some(s.maybe.is_none()),
            Self::IsDistinct(other) => Some(s.maybe != *other),
            Self::Flag => s.flag,
            Self::Case(number) => {
                let result = match (s.flag, s.maybe) {
                    (Some(true), maybe) => maybe,
                    (_, Some(maybe)) if maybe < 0 => Some(1),
                    _ => Some(s.number),
                };
                result.map(|result| result == *number)
            }
            Self::Coalesce(operator, number) => Some(operator.holds(s.maybe.unwrap_or(s.number).cmp(number))),
            Self::Not(inner) => inner.holds(s).map(|truth| !truth),
            Self::And(left, right) => and(left.holds(s), right.holds(s)),
            Self::Or(left, right) => or(left.holds(s), right.holds(s)),
            Self::AllOf(list) => list.iter().map(|filter| filter.holds(s)).fold(Some(true), and),
            Self::AnyOf(list) => list.iter().map(|filter| filter.holds(s)).fold(Some(false), or),
        }
    }
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    and(left.map(|truth| !truth), right.map(|truth| !truth)).map(|truth| !truth)
}

/// PostgreSQL's order of floats: NaN equals itself and is above all others, and there is one zero.
fn compare(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right)
        .unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}

/// A pattern of LIKE that does not end in half an escape.
fn pattern(random: &mut Random) -> String {
    let pieces = ["a", "b", "%", "_", "\\%", "\\_", "\\\\", "\\a", "é"];
    let count = random.below(4);
    (0..count).map(|_| pieces[random.below(9) as usize]).collect()
}

fn like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    let head = text.chars().next();
    let tail = || &text[head.map_or(0, char::len_utf8)..];
    match rest.next() {
        None => text.is_empty(),
        Some('%') => like(text, rest.as_str()) || head.is_some() && like(tail(), pattern),
        Some('_') => head.is_some() && like(tail(), rest.as_str()),
        Some('\\') => head == rest.next() && head.is_some() && like(tail(), rest.as_str()),
        Some(letter) => head == Some(letter) && like(tail(), rest.as_str()),
    }
}

#[orm::test]
async fn filters_select_what_three_valued_logic_says(db: Database) {
    let mut random = Random(0x5EED);
    let rows = fill(&db, &mut random, 60, false).await;
    let connection = db.connection().await.unwrap();
    let (mut some, mut unknown) = (0, 0);
    for number in 0..3000 {
        let filter = Filter::random(&mut random, 4);
        let expected: Vec<i32> = rows
            .iter()
            .filter(|row| filter.holds(row) == Some(true))
            .map(|row| row.id)
            .collect();
        let query = Sample::query().filter(|s| filter.build(s)).order_by(|s| s.id.asc());
        let found = query.clone().select(|s| s.id).all(&connection).await;
        let found = found.unwrap_or_else(|error| panic!("{number}: {filter:?}: {error}"));
        assert_eq!(found, expected, "{number}: {filter:?}: {}", query.to_sql().unwrap());
        some += usize::from(!expected.is_empty() && expected.len() < rows.len());
        unknown += usize::from(rows.iter().any(|row| filter.holds(row).is_none()));
    }
    assert!(
        some > 1500 && unknown > 1500,
        "the cases are worth something: {some}, {unknown}"
    );
}

#[orm::test]
async fn a_selected_condition_is_true_false_or_null(db: Database) {
    let mut random = Random(0xC0DE);
    let rows = fill(&db, &mut random, 40, false).await;
    let connection = db.connection().await.unwrap();
    for _ in 0..500 {
        let filter = Filter::random(&mut random, 3);
        let expected: Vec<Option<bool>> = rows.iter().map(|row| filter.holds(row)).collect();
        let query = Sample::query().order_by(|s| s.id.asc()).select(|s| filter.build(s));
        assert_eq!(query.all(&connection).await.unwrap(), expected, "{filter:?}");
    }
}

/// A term of an order: which column, descending, NULLs first.
type Term = (u64, bool, Option<bool>);

fn order_of(s: SampleFields, (column, descending, nulls_first): Term) -> Order {
    let order = match (column, descending) {
        (0, false) => s.number.asc(),
        (0, true) => s.number.desc(),
        (1, false) => s.maybe.asc(),
        (1, true) => s.maybe.desc(),
        (2, false) => s.flag.asc(),
        (2, true) => s.flag.desc(),
        (3, false) => s.real.asc(),
        (3, true) => s.real.desc(),
        (4, false) => s.text.asc(),
        (4, true) => s.text.desc(),
        (5, false) => s.id.asc(),
        (5, true) => s.id.desc(),
        (_, false) => (s.other + 1).asc(),
        (_, true) => (s.other + 1).desc(),
    };
    match nulls_first {
        None => order,
        Some(true) => order.nulls_first(),
        Some(false) => order.nulls_last(),
    }
}

fn compare_by(a: &Sample, b: &Sample, (column, descending, nulls_first): Term) -> Ordering {
    fn by<T>(a: Option<T>, b: Option<T>, term: (bool, bool), compare: impl Fn(&T, &T) -> Ordering) -> Ordering {
        let (descending, nulls_first) = term;
        let order = match (a, b) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return if nulls_first { Ordering::Less } else { Ordering::Greater },
            (Some(_), None) => return if nulls_first { Ordering::Greater } else { Ordering::Less },
            (Some(a), Some(b)) => compare(&a, &b),
        };
        if descending { order.reverse() } else { order }
    }
    let term = (descending, nulls_first.unwrap_or(descending));
    match column {
        0 => by(Some(a.number), Some(b.number), term, Ord::cmp),
        1 => by(a.maybe, b.maybe, term, Ord::cmp),
        2 => by(a.flag, b.flag, term, Ord::cmp),
        3 => by(a.real, b.real, term, |a, b| compare(*a, *b)),
        4 => by(Some(&a.text), Some(&b.text), term, Ord::cmp),
        5 => by(Some(a.id), Some(b.id), term, Ord::cmp),
        _ => by(a.other, b.other, term, Ord::cmp),
    }
}

#[orm::test]
async fn pages_of_every_size_are_the_sorted_rows_forwards_and_backwards(db: Database) {
    let mut random = Random(0x0DE5);
    let rows = fill(&db, &mut random, 24, true).await;
    let connection = db.connection().await.unwrap();
    for _ in 0..60 {
        let terms: Vec<Term> = (0..random.below(4))
            .map(|_| {
                (
                    random.below(7),
                    random.chance(50),
                    random.maybe(|random| random.chance(50)),
                )
            })
            .collect();
        let query = || {
            let terms = terms.clone();
            Sample::query().order_by(move |s| terms.into_iter().map(|term| order_of(s, term)).collect::<Vec<_>>())
        };
        let mut sorted = rows.clone();
        sorted.sort_by(|a, b| {
            let by_terms = terms
                .iter()
                .map(|term| compare_by(a, b, *term))
                .find(|order| order.is_ne());
            // The key breaks ties in the direction of the last term.
            let descending = terms.last().is_some_and(|(_, descending, _)| *descending);
            by_terms.unwrap_or_else(|| if descending { b.id.cmp(&a.id) } else { a.id.cmp(&b.id) })
        });
        let sorted: Vec<i32> = sorted.iter().map(|row| row.id).collect();
        for size in [1, 2, 5, 23, 24, 25] {
            let what = format!("{terms:?} in pages of {size}");
            let (mut found, mut cursor): (Vec<i32>, Option<Cursor>) = (Vec::new(), None);
            let last = loop {
                let page = query().page(size, cursor.as_ref(), &connection).await.unwrap();
                assert!(page.items.len() == size as usize || page.next.is_none(), "{what}");
                assert!(!page.items.is_empty(), "{what}: an empty page");
                assert_eq!(page.previous.is_some(), cursor.is_some(), "{what}");
                found.extend(page.items.iter().map(|row| row.id));
                cursor = page.next.clone();
                if cursor.is_none() {
                    break page;
                }
            };
            assert_eq!(found, sorted, "{what}, forwards");
            let mut back: Vec<i32> = last.items.iter().map(|row| row.id).collect();
            let mut cursor = last.previous;
            while let Some(place) = cursor {
                let page = query().page(size, Some(&place), &connection).await.unwrap();
                assert!(page.next.is_some(), "{what}");
                back.splice(0..0, page.items.iter().map(|row| row.id));
                cursor = page.previous;
            }
            assert_eq!(back, sorted, "{what}, backwards");
        }
    }
}
