//! `Model`: the table's metadata.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::{Column, Generation, Index, Kind, Model, Unique};
use super::{db_type, reads, relations, standing};

pub(super) fn write(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let fields = format_ident!("{ident}Fields");
    let table = if model.broken {
        quote!(::orm::__private::STUB_TABLE)
    } else {
        table(model)
    };
    let hidden = standing::hidden(model);
    let reads = reads::items(model);
    quote! {
        impl ::orm::Model for #ident {
            type Fields<__N: ::orm::Nullness> = #fields<__N>;
            type Hidden = #hidden;
            const TABLE: &'static ::orm::Table = #table;
            #reads
        }
    }
}

fn table(model: &Model) -> TokenStream {
    let rust_name = model.ident.to_string();
    let schema = option(model.schema.as_ref());
    let name = &model.table;
    let kind = kind(&model.kind);
    let columns = model.columns.iter().map(column);
    let primary_key = names(model, &model.primary_key);
    let primary_key_name = &model.primary_key_name;
    let uniques = model.uniques.iter().map(|unique| unique_key(model, unique));
    let indexes = model.indexes.iter().map(|definition| index(model, definition));
    let checks = checks(model);
    let foreign_keys = foreign_keys(model);
    let relations = relations::metadata(model);
    let version = option(model.version().map(|version| &model.columns[version].name));
    let (standing, tenant) = (standing::write(model), standing::tenant(model));
    let soft_delete = option(model.soft_delete.map(|at| &model.columns[at].name));
    let parents = relations::parents(model);
    let table = quote! {
        &::orm::Table {
            model: #rust_name,
            schema: #schema,
            name: #name,
            kind: #kind,
            columns: &::orm::__private::columns(#rust_name, [#(#columns),*]),
            primary_key: #primary_key,
            primary_key_name: #primary_key_name,
            uniques: &[#(#uniques),*],
            indexes: &[#(#indexes),*],
            checks: &[#(#checks),*],
            foreign_keys: &[#(#foreign_keys),*],
            relations: #relations,
            version: #version,
            standing: #standing,
            tenant: #tenant,
            soft_delete: #soft_delete,
        }
    };
    match model.belongs_to.is_empty() {
        true => table,
        false => quote!({ #parents #table }),
    }
}

fn option(value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// The names of columns, as a slice.
fn names(model: &Model, columns: &[usize]) -> TokenStream {
    let names = columns.iter().map(|at| &model.columns[*at].name);
    quote!(&[#(#names),*])
}

fn kind(kind: &Kind) -> TokenStream {
    match kind {
        Kind::Table => quote!(::orm::TableKind::Table),
        Kind::View(definition) => {
            let definition = option(definition.as_ref());
            quote!(::orm::TableKind::View(#definition))
        }
        Kind::MaterializedView(definition) => {
            let definition = option(definition.as_ref());
            quote!(::orm::TableKind::MaterializedView(#definition))
        }
    }
}

/// A column's name, its field, and what its type says.
fn column(column: &Column) -> TokenStream {
    let Column { ty, name, field, .. } = column;
    let sql_type = column.sql_type.as_ref().map(|sql| quote!(.sql_type(#sql)));
    let default = column.default.as_ref().map(|sql| quote!(.default(#sql)));
    let generation = column.generation.as_ref().map(|how| match how {
        Generation::IdentityByDefault => quote!(.generated(::orm::Generation::IdentityByDefault)),
        Generation::IdentityAlways => quote!(.generated(::orm::Generation::IdentityAlways)),
        Generation::Stored(sql) => quote!(.generated(::orm::Generation::Stored(#sql))),
    });
    let column = db_type(ty, "COLUMN");
    quote!((#name, #field, #column #sql_type #default #generation))
}

/// A unique key as a value.
pub(super) fn unique_key(model: &Model, unique: &Unique) -> TokenStream {
    let (name, table) = (&unique.name, &model.table);
    let columns = names(model, &unique.columns);
    let filter = unique.filter.as_ref().map(|sql| quote!(.only_where(#sql)));
    quote!(::orm::UniqueKey::new(#name, #table, #columns) #filter)
}

fn index(model: &Model, index: &Index) -> TokenStream {
    let Index { name, unique, .. } = index;
    let columns = index.columns.iter().map(|column| {
        let (name, descending) = (&model.columns[column.column].name, column.descending);
        let nulls = option(column.nulls_first.map(|first| match first {
            true => quote!(::orm::NullsOrder::First),
            false => quote!(::orm::NullsOrder::Last),
        }));
        quote!(::orm::IndexColumn { name: #name, descending: #descending, nulls: #nulls })
    });
    let include = names(model, &index.include);
    let (filter, method) = (option(index.filter.as_ref()), option(index.method.as_ref()));
    quote! {
        ::orm::Index {
            name: #name,
            unique: #unique,
            columns: &[#(#columns),*],
            include: #include,
            filter: #filter,
            method: #method,
        }
    }
}

fn checks(model: &Model) -> impl Iterator<Item = TokenStream> {
    model.checks.iter().map(|check| {
        let (name, sql) = (&check.name, &check.sql);
        let field = check.field.iter().map(|at| &model.columns[*at].field);
        quote!(::orm::Check { name: #name, sql: #sql, fields: &[#(#field),*] })
    })
}

fn foreign_keys(model: &Model) -> impl Iterator<Item = TokenStream> {
    let keys = model.belongs_to.iter().enumerate().filter(|_| model.is_table());
    keys.map(|(at, relation)| {
        let (name, columns) = (&relation.key_name, names(model, &relation.columns));
        let on_delete = format_ident!("{}", relation.on_delete);
        let on_update = format_ident!("{}", relation.on_update);
        let table = relations::parent(at);
        quote! {
            ::orm::ForeignKey {
                name: #name,
                columns: #columns,
                table: #table,
                on_delete: ::orm::Action::#on_delete,
                on_update: ::orm::Action::#on_update,
            }
        }
    })
}
