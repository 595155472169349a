//! `#[derive(Insert)]`.

use orm::{Buffer, Insertable, IntoInsert, IsNull, Model, ValueError};
use orm_derive::Insert;
use serde::Deserialize;

use crate::model::{self, NewUser, NewUserWith, User};

/// The columns that a row gives, with their bytes; `None` is NULL.
fn given<R: Insertable>(row: &R) -> Vec<(&'static str, Option<Vec<u8>>)> {
    let columns = <R::Model as Model>::TABLE.columns;
    let put = |at: usize| -> Result<_, ValueError> {
        let mut out = Buffer::new();
        let null = row.put(at, &mut out)? == IsNull::Yes;
        Ok((columns[at].name, (!null).then(|| out.into_vec())))
    };
    let given = (0..columns.len()).filter(|at| row.gives(*at)).map(put);
    given.collect::<Result<_, _>>().expect("the values can be encoded")
}

#[derive(Insert, Deserialize)]
#[orm(of = User)]
struct SignUp {
    name: String,
    #[serde(default)]
    nickname: Option<String>,
    #[orm(skip)]
    #[serde(default)]
    password: String,
}

#[derive(Insert)]
#[orm(of = model::User)]
struct Import<'a> {
    #[orm(into, rename = "name")]
    full_name: &'a str,
    nickname: Option<String>,
    #[orm(with, into)]
    age: i16,
}

fn new_user() -> NewUser {
    NewUser {
        name: "Ann".into(),
        nickname: None,
    }
}

#[test]
fn a_form_becomes_the_row_that_it_describes() {
    let form: SignUp = serde_json::from_str(r#"{ "name": "Ann", "password": "secret" }"#).expect("a form");
    assert_eq!(form.password, "secret");
    assert_eq!(given(&form.into_row()), given(&new_user()));
    assert_eq!(
        given(&new_user()),
        [("name", Some(b"Ann".to_vec())), ("nickname", None)]
    );
}

#[test]
fn columns_with_a_default_are_set_by_the_row_that_has_them() {
    let import = || Import {
        full_name: "Ann",
        nickname: None,
        age: 30,
    };
    let expected = given(&new_user().age(30));
    assert_eq!(expected.last(), Some(&("age", Some(30i32.to_be_bytes().to_vec()))));
    assert_eq!(given(&import().into_row()), expected);
    assert_eq!(given(&NewUserWith::from(import())), expected);
}

#[test]
fn it_goes_wherever_an_insert_of_the_model_goes() {
    fn insert<M: orm::TableModel>(row: impl IntoInsert<M>) -> impl Insertable<Model = M> {
        row.into_row()
    }
    let row = insert::<User>(SignUp {
        name: String::new(),
        nickname: None,
        password: String::new(),
    });
    assert_eq!(given(&row).len(), 2);
}
