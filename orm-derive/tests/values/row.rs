//! `#[derive(Row)]`.

use orm::{Columns, Fields, FromRow, Node, ResultColumn, ResultType, Row, Select};
use orm_derive::Row;

use crate::model::{Query, UserFields};
use crate::{TestCells, encoded};

#[derive(Row, Debug, Clone, PartialEq)]
struct NameAge {
    name: String,
    age: i32,
}

#[derive(Row, Debug, Clone, PartialEq)]
struct Maybe {
    row: Option<String>,
    r#type: Option<i32>,
}

/// Fields that are named as the generated code names its own things.
#[derive(Row, Debug, Clone, PartialEq)]
struct Nested {
    at: i32,
    #[orm(nested)]
    cells: NameAge,
    columns: Option<i32>,
    #[orm(nested)]
    items: Option<Maybe>,
    last: i64,
}

/// What an outer join makes of the expressions of a row.
struct Lifted<S>(S);

impl<S: Select> Select for Lifted<S> {
    type Row = Option<S::Row>;
    type Phase = S::Phase;
    fn append_to(self, items: &mut Vec<Node>) {
        self.0.append_to(items);
    }
}

fn cells(values: Vec<Option<Vec<u8>>>) -> TestCells {
    TestCells(values)
}

fn text(value: &str) -> Option<Vec<u8>> {
    Some(value.as_bytes().to_vec())
}

fn int(value: i32) -> Option<Vec<u8>> {
    encoded(&value).expect("encodes")
}

#[test]
fn a_row_is_decoded_from_its_position() {
    let cells = cells(vec![int(0), text("Ann"), int(30)]);
    let row = Row::new(&cells);
    let ann = NameAge {
        name: "Ann".into(),
        age: 30,
    };
    assert_eq!(NameAge::WIDTH, 2);
    assert_eq!(NameAge::from_row(&row, 1).expect("decodes"), ann);
    assert_eq!(NameAge::from_row_optional(&row, 1).expect("decodes"), Some(ann.clone()));
    assert_eq!(<(i32, NameAge)>::from_row(&row, 0).expect("decodes"), (0, ann));
}

#[test]
fn an_error_names_the_field() {
    let cells = cells(vec![text("Ann"), text("thirty")]);
    let error = NameAge::from_row(&Row::new(&cells), 0)
        .expect_err("is no int4")
        .to_string();
    assert!(error.contains("`NameAge.age`") && !error.contains("thirty"), "{error}");
}

#[test]
fn the_missing_side_of_an_outer_join_is_none() {
    let cells = cells(vec![None, None]);
    let row = Row::new(&cells);
    assert_eq!(NameAge::from_row_optional(&row, 0).expect("reads"), None);
    assert_eq!(Option::<NameAge>::from_row(&row, 0).expect("reads"), None);
    assert!(NameAge::from_row(&row, 0).is_err());
    let nothing = Maybe {
        row: None,
        r#type: None,
    };
    assert_eq!(Maybe::from_row(&row, 0).expect("reads"), nothing);
    assert_eq!(Maybe::from_row_optional(&row, 0).expect("reads"), None);
    assert_eq!(<(i32, Maybe)>::from_row_optional(&row, 0).expect("reads"), None);
    let cells = self::cells(vec![int(1), None, None]);
    let row = Row::new(&cells);
    assert_eq!(
        <(i32, Maybe)>::from_row_optional(&row, 0).expect("reads"),
        Some((1, nothing))
    );
    let parts = <(i32, Option<NameAge>)>::from_row_optional(&row, 0).expect("reads");
    assert_eq!(parts, Some((1, None)));
    let parts = <(Option<i32>, (Option<i32>, Option<i32>))>::from_row_optional(&row, 0).expect("reads");
    assert_eq!(parts, Some((Some(1), (None, None))));
}

#[test]
fn parts_that_are_rows_are_read_at_their_own_positions() {
    assert_eq!(Nested::WIDTH, 7);
    let cells = cells(vec![
        int(1),
        text("Ann"),
        int(30),
        None,
        text("x"),
        int(5),
        Some(vec![0; 8]),
    ]);
    let row = Row::new(&cells);
    let nested = Nested {
        at: 1,
        cells: NameAge {
            name: "Ann".into(),
            age: 30,
        },
        columns: None,
        items: Some(Maybe {
            row: Some("x".into()),
            r#type: Some(5),
        }),
        last: 0,
    };
    assert_eq!(Nested::from_row(&row, 0).expect("decodes"), nested);
    assert_eq!(Nested::from_row_optional(&row, 0).expect("decodes"), Some(nested));
    assert_eq!(
        Nested::from_row_optional(&row, 1).expect("the nested part is missing"),
        None
    );
}

#[test]
fn columns_are_checked_once_in_order() {
    let column = |name: &str, oid| ResultColumn {
        name: name.into(),
        ty: ResultType {
            oid,
            schema: "pg_catalog".into(),
            name: "some".into(),
            element: None,
        },
    };
    let columns = [column("name", 25), column("age", 23)];
    assert!(NameAge::check(&mut Columns::new(&columns)).is_ok());
    assert!(NameAge::check(&mut Columns::new(&columns[1..])).is_err());
    assert!(NameAge::check(&mut Columns::new(&columns[..1])).is_err());
}

#[test]
fn select_takes_expressions_by_the_names_of_the_fields() {
    let selected: Option<NameAge> = Query.select(|u| NameAgeExpr {
        age: u.age,
        name: u.name,
    });
    assert_eq!(selected, None);

    let u = UserFields::<orm::NotNull>::at(orm::__private::source());
    let mut items = Vec::new();
    NestedExpr {
        at: u.age,
        cells: NameAgeExpr {
            name: u.name,
            age: u.age,
        },
        columns: u.age,
        items: Lifted(MaybeExpr {
            row: u.nickname,
            r#type: u.age,
        }),
        last: u.id,
    }
    .append_to(&mut items);
    let names: Vec<_> = items
        .iter()
        .map(|item| match item {
            Node::Column(_, column) => column.name,
            other => panic!("expected a column, found {other:?}"),
        })
        .collect();
    assert_eq!(names, ["age", "name", "age", "age", "nickname", "age", "id"]);
}
