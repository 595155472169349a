//! Unique keys, indexes and CHECK constraints, with their names, and those of foreign keys.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::{Ident, LitStr};

use super::index::IndexInput;
use super::names::Names;
use super::parse::{Declared, DeclaredField};
use super::relations;
use super::resolve::FieldNames;
use super::{BelongsTo, Check, Column, Index, IndexColumn, Kind, Unique};
use crate::attributes::Errors;

/// All that has a name besides table and columns.
pub(super) struct Constraints {
    pub(super) primary_key_name: String,
    pub(super) uniques: Vec<Unique>,
    pub(super) keys: Vec<Unique>,
    pub(super) indexes: Vec<Index>,
    pub(super) checks: Vec<Check>,
    pub(super) belongs_to: Vec<BelongsTo>,
}

/// What making constraints needs to know of the model.
struct Maker<'m> {
    table: &'m str,
    kind: &'m Kind,
    fields: &'m FieldNames<'m>,
    columns: &'m [Column],
    names: Names,
}

pub(super) fn constraints(
    declared: &Declared,
    table: &str,
    kind: &Kind,
    primary_key: &[usize],
    fields: &FieldNames<'_>,
    columns: &[Column],
    errors: &mut Errors,
) -> Constraints {
    let names = given_names(declared, errors);
    let mut maker = Maker {
        table,
        kind,
        fields,
        columns,
        names,
    };
    let primary_key_name = match primary_key {
        [] => String::new(),
        _ => maker.names.make(&[table], "pkey"),
    };
    let mut made = Constraints {
        keys: vec![maker.key(primary_key, &primary_key_name)],
        primary_key_name,
        uniques: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        belongs_to: Vec::new(),
    };
    for unique in uniques_of_fields(declared).iter().chain(&declared.uniques) {
        maker.unique(unique, &mut made, errors);
    }
    for index in indexes_of_fields(declared).iter().chain(&declared.indexes) {
        let index = maker.index(index, false, errors);
        made.indexes.push(index);
    }
    made.checks = maker.checks(declared);
    let mut name = |of: &[usize]| maker.name(None, of, "fkey");
    made.belongs_to = relations::belongs_to(declared, fields, columns, &mut name, errors);
    name_key_fields(&mut made.keys, columns);
    made
}

fn uniques_of_fields(declared: &Declared) -> Vec<IndexInput> {
    let unique = |field: &DeclaredField| {
        let (span, name) = field.unique.as_ref()?;
        Some(IndexInput::of_field(*span, &field.ident, name.clone()))
    };
    declared.fields.iter().filter_map(unique).collect()
}

fn indexes_of_fields(declared: &Declared) -> Vec<IndexInput> {
    let index = |field: &DeclaredField| Some(IndexInput::of_field(field.index?, &field.ident, None));
    declared.fields.iter().filter_map(index).collect()
}

/// The names that the user gave come first: made ones give way to them.
fn given_names(declared: &Declared, errors: &mut Errors) -> Names {
    let mut names = Names::default();
    let fields = &declared.fields;
    let uniques = fields.iter().filter_map(|field| field.unique.as_ref()?.1.as_ref());
    let uniques = uniques.chain(declared.uniques.iter().filter_map(|unique| unique.name.as_ref()));
    let indexes = declared.indexes.iter().filter_map(|index| index.name.as_ref());
    let checks = fields.iter().flat_map(|field| &field.checks).chain(&declared.checks);
    let checks = checks.filter_map(|check| check.name.as_ref());
    for name in uniques {
        names.given(name, "a unique key", errors);
    }
    for name in indexes {
        names.given(name, "an index", errors);
    }
    for name in checks {
        names.given(name, "a check", errors);
    }
    names
}

impl Maker<'_> {
    fn name(&mut self, given: Option<&LitStr>, columns: &[usize], suffix: &str) -> String {
        if let Some(name) = given {
            return name.value();
        }
        let names = columns.iter().map(|at| self.columns[*at].name.as_str());
        let parts: Vec<&str> = std::iter::once(self.table).chain(names).collect();
        self.names.make(&parts, suffix)
    }

    fn key(&self, columns: &[usize], name: &str) -> Unique {
        Unique {
            ident: Ident::new("unnamed", Span::call_site()),
            name: name.to_owned(),
            columns: columns.to_vec(),
            filter: None,
        }
    }

    /// A constraint; with `where` or `include`, and on a materialized view, an index.
    fn unique(&mut self, input: &IndexInput, made: &mut Constraints, errors: &mut Errors) {
        let constraint = input.filter.is_none() && input.include.is_empty() && matches!(self.kind, Kind::Table);
        if let Some(method) = &input.method {
            errors.at(method.span(), "only btree indexes can be unique; remove `using`");
        }
        if let Some(span) = input.columns.iter().find_map(|column| column.direction)
            && constraint
        {
            errors.at(
                span,
                "a unique constraint has no order; remove it, or write an `index(…)` besides",
            );
        }
        if !constraint {
            let index = self.index(input, true, errors);
            let columns: Vec<usize> = index.columns.iter().map(|column| column.column).collect();
            made.keys.push(Unique {
                filter: input.filter.clone(),
                ..self.key(&columns, &index.name)
            });
            made.indexes.push(index);
            return;
        }
        let columns = self
            .fields
            .find_all(input.columns.iter().map(|column| &column.field), errors);
        let name = self.name(input.name.as_ref(), &columns, "key");
        made.keys.push(self.key(&columns, &name));
        made.uniques.push(self.key(&columns, &name));
    }

    fn index(&mut self, input: &IndexInput, unique: bool, errors: &mut Errors) -> Index {
        let found = |column: &super::index::IndexColumnInput, errors: &mut Errors| {
            Some(IndexColumn {
                column: self.fields.find(&column.field, errors)?,
                descending: column.descending,
                nulls_first: column.nulls_first,
            })
        };
        let columns: Vec<IndexColumn> = input
            .columns
            .iter()
            .filter_map(|column| found(column, errors))
            .collect();
        let positions: Vec<usize> = columns.iter().map(|column| column.column).collect();
        Index {
            name: self.name(input.name.as_ref(), &positions, "idx"),
            unique,
            columns,
            include: self.fields.find_all(&input.include, errors),
            filter: input.filter.clone(),
            method: input.method.clone(),
        }
    }

    fn checks(&mut self, declared: &Declared) -> Vec<Check> {
        let fields = declared.fields.iter().enumerate();
        let of_fields = fields.flat_map(|(at, field)| field.checks.iter().map(move |check| (Some(at), check)));
        let of_model = declared.checks.iter().map(|check| (None, check));
        let mut checks = Vec::new();
        for (field, check) in of_fields.chain(of_model) {
            let columns: Vec<usize> = field.into_iter().collect();
            checks.push(Check {
                name: self.name(check.name.as_ref(), &columns, "check"),
                sql: check.sql.clone(),
                field,
            });
        }
        checks
    }
}

/// Names the fields of `UserKeys`: by the key's fields, with a number if two are alike. A view has no keys.
fn name_key_fields(keys: &mut Vec<Unique>, columns: &[Column]) {
    keys.retain(|key| !key.columns.is_empty());
    let mut taken = HashSet::new();
    for key in keys {
        let fields: Vec<&str> = key.columns.iter().map(|at| columns[*at].field.as_str()).collect();
        let name = fields.join("_");
        key.ident = match key.columns.as_slice() {
            [only] => columns[*only].ident.clone(),
            _ => Ident::new(&name, Span::call_site()),
        };
        let mut number = 1;
        while !taken.insert(key.ident.to_string()) {
            key.ident = Ident::new(&format!("{name}{number}"), Span::call_site());
            number += 1;
        }
    }
}
