//! Relations: their metadata and methods. What they do in queries is tested against a server.

use orm::{Fields, KeyTo, Many, Model, Nullable, Relation};
use orm_derive::Model;

/// A model that says nothing of those that belong to it.
pub(crate) mod users {
    #[derive(orm_derive::Model)]
    #[orm(table = "users")]
    #[allow(dead_code, reason = "only its metadata is looked at")]
    pub(crate) struct User {
        #[orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) name: String,
    }
}

mod supplies {
    use super::Line;
    use orm_derive::Model;

    #[derive(Model)]
    #[orm(
        table = "supplies",
        primary_key(part_id, supplier_id),
        has_many(lines: Line),
        has_many(spares: Line, via(spare_part_id, spare_supplier_id)),
        has_one(first: Line, via(part_id, supplier_id)),
        many_to_many(buyers: super::users::User, through = Line, from(part_id, supplier_id), to = buyer_id)
    )]
    #[allow(dead_code, reason = "only its metadata is looked at")]
    pub(super) struct Supply {
        part_id: i64,
        supplier_id: i32,
    }
}

/// Keys of one and of several columns, one that may be NULL, and one to itself.
#[derive(Model)]
#[orm(
    table = "lines",
    belongs_to(supply: supplies::Supply, key(part_id, supplier_id), on_delete = cascade, on_update = restrict),
    has_many(parts: Line)
)]
#[allow(dead_code, reason = "only its metadata is looked at")]
pub(crate) struct Line {
    #[orm(primary_key)]
    id: i64,
    part_id: i64,
    supplier_id: i32,
    spare_part_id: Option<i64>,
    spare_supplier_id: Option<i32>,
    #[orm(belongs_to(buyer: crate::relations::users::User, inverse = bought, on_delete = set_null))]
    buyer_id: Option<i64>,
    #[orm(column = "of", belongs_to(r#type: Self))]
    whole_id: Option<i64>,
}

fn columns(relation: &Relation) -> Vec<(&'static str, &'static str)> {
    let keys = (relation.keys)();
    keys.into_iter().map(|(here, there)| (here.name, there.name)).collect()
}

#[test]
fn relations_to_one_row_are_in_the_metadata() {
    let told: Vec<_> = Line::TABLE
        .relations
        .iter()
        .map(|relation| {
            (
                relation.name,
                (relation.table)().name,
                columns(relation),
                relation.optional,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("buyer", "users", vec![("buyer_id", "id")], true),
            ("type", "lines", vec![("of", "id")], true),
            (
                "supply",
                "supplies",
                vec![("part_id", "part_id"), ("supplier_id", "supplier_id")],
                false
            ),
        ]
    );
    let first = &supplies::Supply::TABLE.relations[0];
    assert_eq!(
        (first.name, (first.table)().name, first.optional),
        ("first", "lines", true)
    );
    assert_eq!(columns(first), [("part_id", "part_id"), ("supplier_id", "supplier_id")]);
}

#[test]
fn a_key_of_several_columns_is_a_foreign_key() {
    let keys = Line::TABLE.foreign_keys;
    let told: Vec<_> = keys
        .iter()
        .map(|key| (key.name, key.columns, (key.table)().name))
        .collect();
    assert_eq!(
        told,
        [
            ("lines_buyer_id_fkey", &["buyer_id"][..], "users"),
            ("lines_of_fkey", &["of"], "lines"),
            (
                "lines_part_id_supplier_id_fkey",
                &["part_id", "supplier_id"],
                "supplies"
            ),
        ]
    );
    assert_eq!(
        (keys[0].on_delete, keys[0].on_update),
        (orm::Action::SetNull, orm::Action::NoAction)
    );
    assert_eq!(
        (keys[2].on_delete, keys[2].on_update),
        (orm::Action::Cascade, orm::Action::Restrict)
    );
}

#[test]
fn the_only_key_to_a_model_is_known_by_it() {
    fn names<P: orm::TableModel>() -> Vec<(&'static str, &'static str)>
    where
        Line: KeyTo<P>,
    {
        let keys = <Line as KeyTo<P>>::keys();
        keys.into_iter().map(|(here, there)| (here.name, there.name)).collect()
    }
    assert_eq!(names::<users::User>(), [("buyer_id", "id")]);
    assert_eq!(names::<Line>(), [("of", "id")]);
}

/// The types are the test.
#[test]
fn methods_lead_to_the_columns_of_the_other_model() {
    let line: <Line as Model>::Fields<orm::NotNull> = Fields::at(orm::__private::source());
    let _: <users::User as Model>::Fields<Nullable> = line.buyer();
    let _: LineFields<Nullable> = line.r#type().r#type();
    let supply: <supplies::Supply as Model>::Fields<orm::NotNull> = line.supply();
    let _: <supplies::Supply as Model>::Fields<Nullable> = line.r#type().supply();
    let _: Many<Line> = line.parts();
    let _: Many<Line> = supplies_of(supply);
    let _: Many<Line> = UserBought::bought(line.buyer());
    let _: Many<Line> = line.buyer().bought();
}

fn supplies_of(supply: <supplies::Supply as Model>::Fields<orm::NotNull>) -> Many<Line> {
    let _: orm::Column<_, i64, _> = supply.part_id;
    supply.lines()
}
