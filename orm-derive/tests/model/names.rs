//! Models that could clash with generated code: names of fields, of the user's own functions, of lints.

use orm::{Fields, FieldsOf, Model as _, NotNull, Nullable, TableModel};
use orm_derive::Model;

/// Fields that are called like methods, variables or keywords.
#[derive(Model)]
#[orm(table = "we\"ird", schema = "Sch\"ema", index(r#type, select desc), unique(r#where, key))]
#[allow(non_snake_case, reason = "the user's own choice")]
#[allow(dead_code, reason = "only its metadata is looked at")]
pub(crate) struct Words {
    #[orm(primary_key)]
    pub(crate) key: i64,
    #[orm(unique)]
    pub(crate) r#type: String,
    pub(crate) r#where: i32,
    pub(crate) eq: i32,
    pub(crate) filter: i32,
    pub(crate) select: i32,
    pub(crate) source: i32,
    #[orm(default = "1")]
    pub(crate) new: i32,
    pub(crate) row: i32,
    pub(crate) at: i32,
    pub(crate) cells: i32,
    pub(crate) table: i32,
    #[orm(default = "2")]
    pub(crate) column: i32,
    pub(crate) out: i32,
    #[orm(default = "3")]
    pub(crate) value: i32,
    pub(crate) columns: i32,
    pub(crate) items: i32,
    #[orm(default = "4")]
    pub(crate) into_row: i32,
    pub(crate) clone: i32,
    #[orm(default = "5")]
    pub(crate) from: i32,
    pub(crate) MixedCase: i32,
    pub(crate) größe: i32,
    #[orm(column = "a \"quoted\" name")]
    pub(crate) quoted: i32,
}

#[test]
fn every_name_can_be_a_field() {
    let fields = FieldsOf::<Words>::at;
    let _ = |source| {
        let words: WordsFields = fields(source);
        (
            words.r#type,
            words.eq,
            words.filter,
            words.select,
            words.source,
            words.MixedCase,
            words.größe,
        )
    };
    assert!(Words::FIND.starts_with(r#"SELECT "key", "type", "where", "eq", "#));
    assert!(
        Words::FIND
            .ends_with(r#""MixedCase", "größe", "a ""quoted"" name" FROM "Sch""ema"."we""ird" WHERE "key" = $1"#)
    );
    assert_eq!(Words::TABLE.columns[1].field, "type");
    assert_eq!(Words::TABLE.indexes[0].name, "we\"ird_type_select_idx");
    let keys = WordsKeys::default();
    assert_eq!(
        (keys.r#type.columns(), keys.where_key.columns()),
        (&["type"][..], &["where", "key"][..])
    );
}

/// Functions of the user's own are not in the way of the traits'.
#[derive(Model)]
#[orm(table = "own")]
struct Own {
    #[orm(primary_key)]
    id: i64,
    #[orm(default = "0")]
    count: i32,
}

#[allow(dead_code, reason = "they only have to be there")]
impl Own {
    const TABLE: i32 = 0;
    const FIND: i32 = 0;
    fn find() {}
    fn query() {}
    fn key() {}
    fn insert() {}
    fn from_row() {}
    fn update_params() {}
}

#[test]
fn a_models_own_functions_do_not_clash() {
    let own = Own { id: 3, count: 1 };
    assert_eq!(<Own as TableModel>::key(&own), 3);
    assert_eq!(<Own as TableModel>::update_params(&own).len(), 2);
    let _ = NewOwn { id: 1 }.count(2);
}

mod inner {
    pub(super) type Alias = Option<i64>;

    #[derive(orm_derive::Model)]
    #[orm(table = "scoped")]
    pub(super) struct Scoped {
        #[orm(primary_key)]
        pub(super) id: i64,
        pub(super) parent: Alias,
        pub(super) private: super::Private,
    }
}

/// A column type that is less visible than the model's fields.
type Private = i32;

#[test]
fn an_alias_is_the_type_that_it_stands_for() {
    assert!(inner::Scoped::TABLE.columns[1].nullable);
    let row = inner::NewScoped {
        id: 1,
        parent: None,
        private: 1,
    };
    let _ = (row.id, row.parent, row.private);
    let scoped = inner::Scoped {
        id: 1,
        parent: Some(2),
        private: 3,
    };
    assert_eq!((scoped.id, scoped.parent, scoped.private), (1, Some(2), 3));
}

#[test]
fn a_model_can_stand_in_a_function() {
    #[derive(Model)]
    #[orm(table = "local")]
    struct Local {
        #[orm(primary_key, generated)]
        id: i64,
        #[orm(belongs_to(parent: Local))]
        parent_id: Option<i64>,
    }
    let local = Local { id: 1, parent_id: None };
    assert_eq!((local.key(), local.parent_id), (1, None));
    assert_eq!((Local::TABLE.foreign_keys[0].table)().name, "local");
    let _ = NewLocal { parent_id: None }.id(4);
}

macro_rules! wide {
    ($name:ident { $($field:ident)* }: $type:ty) => {
        #[derive(Model)]
        #[orm(table = "wide")]
        struct $name {
            #[orm(primary_key)]
            id: i64,
            $($field: $type,)*
        }
    };
}

wide! { Wide {
    a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9
    d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9
    g0 g1 g2 g3 g4 g5 g6 g7 g8 g9 h0 h1 h2 h3 h4 h5 h6 h7 h8 h9 i0 i1 i2 i3 i4 i5 i6 i7 i8 i9
    j0 j1 j2 j3 j4 j5 j6 j7 j8
}: Option<String> }

#[test]
fn a_model_can_have_a_hundred_columns_and_come_from_a_macro() {
    assert_eq!(Wide::TABLE.columns.len(), 100);
    assert!(Wide::UPDATE.contains(r#""j8" = $99 WHERE "id" = $100 "#));
    assert!(Wide::TABLE.columns[99].nullable);
}

#[test]
fn long_names_are_shortened_and_stay_apart() {
    #[derive(Model)]
    #[orm(
        table = "a_table_with_quite_a_long_name_for_a_table_in_any_database",
        index(first_long_field),
        index(second_long_field)
    )]
    struct Long {
        #[orm(primary_key)]
        first_long_field: i64,
        second_long_field: i64,
    }
    let long = Long {
        first_long_field: 1,
        second_long_field: 2,
    };
    assert_eq!(long.key() + long.second_long_field, 3);
    let names: Vec<_> = Long::TABLE.indexes.iter().map(|index| index.name).collect();
    assert!(
        names.iter().all(|name| name.len() == 63 && name.ends_with("_idx")),
        "{names:?}"
    );
    assert_ne!(names[0], names[1]);
}

#[test]
fn a_type_can_be_called_like_a_type_parameter() {
    type N = i64;
    #[derive(Model)]
    #[orm(table = "n")]
    struct M {
        #[orm(primary_key)]
        id: N,
    }
    assert_eq!(M { id: 1 }.key(), 1);
}

#[test]
fn fields_are_copy_for_any_nullness() {
    fn copy<T: Copy>() {}
    copy::<WordsFields<NotNull>>();
    copy::<WordsFields<Nullable>>();
}
