//! How a model is written: the struct, its attributes and those of its fields, each by itself.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, ExprClosure, Fields, Ident, LitStr, Token, Type, Visibility};

use super::index::{CheckInput, IndexInput, read_check, read_index};
use super::relation::{ActionInput, BelongsToInput, HasInput, action, read_belongs_to, read_has, read_many_to_many};
use crate::attributes::{Attributes, Entry, Errors, Key};

/// The keys of a model.
const MODEL_KEYS: &[Key] = &[
    Key::once("table", "table = \"users\""),
    Key::once("schema", "schema = \"shop\""),
    Key::once("view", "view = \"active_users\""),
    Key::once("materialized_view", "materialized_view = \"user_totals\""),
    Key::once("definition", "definition = \"SELECT …\""),
    Key::once("primary_key", "primary_key(order_id, line)"),
    Key::many("index", "index(author_id, created_at desc)"),
    Key::many("unique", "unique(tenant_id, email)"),
    Key::many("check", "check = \"starts_at < ends_at\""),
    Key::many("filter", "filter = |row| row.published"),
    Key::many("has_many", "has_many(posts: Post)"),
    Key::many("has_one", "has_one(profile: Profile)"),
    Key::many("many_to_many", "many_to_many(tags: Tag, through = PostTag)"),
    Key::many(
        "belongs_to",
        "belongs_to(supply: PartSupply, key(part_id, supplier_id))",
    ),
];

/// The keys of a field.
const FIELD_KEYS: &[Key] = &[
    Key::once("primary_key", "primary_key"),
    Key::once(
        "generated",
        "generated`, `generated = always` or `generated = \"price * quantity\"",
    ),
    Key::once("column", "column = \"user_name\""),
    Key::once("unique", "unique` or `unique = \"constraint_name\""),
    Key::once("default", "default = \"now()\""),
    Key::many("check", "check = \"age >= 0\""),
    Key::once("version", "version"),
    Key::once("soft_delete", "soft_delete"),
    Key::once("tenant", "tenant"),
    Key::once("type", "type = \"numeric(12, 2)\""),
    Key::once("index", "index"),
    Key::once("belongs_to", "belongs_to(author: User)"),
    Key::once("on_delete", "on_delete = cascade"),
    Key::once("on_update", "on_update = cascade"),
];

/// A model as it is written.
pub(super) struct Declared {
    pub(super) vis: Visibility,
    pub(super) ident: Ident,
    pub(super) table: Option<LitStr>,
    /// Where the name stands, and whether it is of a materialized view.
    pub(super) view: Option<(Span, LitStr, bool)>,
    /// Where `table` stands.
    pub(super) table_span: Option<Span>,
    pub(super) schema: Option<LitStr>,
    pub(super) definition: Option<(Span, LitStr)>,
    pub(super) primary_key: Option<(Span, Vec<Ident>)>,
    pub(super) indexes: Vec<IndexInput>,
    pub(super) uniques: Vec<IndexInput>,
    pub(super) checks: Vec<CheckInput>,
    /// Closures of a standing filter.
    pub(super) filters: Vec<ExprClosure>,
    /// Those whose key has several fields.
    pub(super) belongs_to: Vec<BelongsToInput>,
    pub(super) has: Vec<HasInput>,
    pub(super) fields: Vec<DeclaredField>,
}

/// A field as it is written. The span is where the key stands.
pub(super) struct DeclaredField {
    pub(super) ident: Ident,
    /// Without `r#`.
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) primary_key: Option<Span>,
    pub(super) generated: Option<(Span, DeclaredGeneration)>,
    pub(super) column: Option<LitStr>,
    pub(super) unique: Option<(Span, Option<LitStr>)>,
    pub(super) default: Option<(Span, LitStr)>,
    pub(super) checks: Vec<CheckInput>,
    pub(super) version: Option<Span>,
    pub(super) soft_delete: Option<Span>,
    pub(super) tenant: Option<Span>,
    pub(super) sql_type: Option<LitStr>,
    pub(super) index: Option<Span>,
    pub(super) belongs_to: Option<BelongsToInput>,
    /// `on_delete` and `on_update` beside `belongs_to(…)`.
    pub(super) on_delete: Option<ActionInput>,
    pub(super) on_update: Option<ActionInput>,
}

/// The forms of `generated`.
pub(super) enum DeclaredGeneration {
    ByDefault,
    Always,
    Stored(LitStr),
}

/// A model is one table with columns of known types, so it cannot have parameters.
pub(super) fn refuse_generics(input: &DeriveInput) -> syn::Result<()> {
    let Some(parameter) = input.generics.params.first() else {
        return Ok(());
    };
    let (what, instead) = match parameter {
        syn::GenericParam::Lifetime(_) => ("a lifetime", "use owned types such as `String`"),
        _ => ("a generic parameter", "write a struct for each table"),
    };
    Err(syn::Error::new(
        parameter.span(),
        format!("`{}` has {what}, but models are concrete: {instead}", input.ident),
    ))
}

/// Reads the struct.
pub(super) fn read(input: DeriveInput, errors: &mut Errors) -> Declared {
    let owner = format!("`{}`", input.ident);
    let attributes = Attributes::read(&input.attrs, &owner, MODEL_KEYS, errors);
    let fields = read_fields(&input, errors);
    read_model(input, attributes, fields, errors)
}

fn read_model(
    input: DeriveInput,
    mut attributes: Attributes,
    fields: Vec<DeclaredField>,
    errors: &mut Errors,
) -> Declared {
    let table = attributes.take("table");
    let mut view = with_string(attributes.take("view"), errors).map(|(span, name)| (span, name, false));
    if let Some((span, name)) = with_string(attributes.take("materialized_view"), errors) {
        if view.is_some() {
            errors.at(
                span,
                format!("`{}` is both `view` and `materialized_view`; remove one", input.ident),
            );
        }
        view = Some((span, name, true));
    }
    let (belongs_to, has) = read_relations(&mut attributes, &input.ident, errors);
    Declared {
        vis: input.vis,
        ident: input.ident,
        table_span: table.as_ref().map(Entry::span),
        table: table.and_then(|entry| errors.ok(entry.string())),
        view,
        schema: string(attributes.take("schema"), errors),
        definition: with_string(attributes.take("definition"), errors),
        primary_key: attributes
            .take("primary_key")
            .and_then(|entry| errors.ok(entry.list(field_names)).map(|names| (entry.span(), names))),
        indexes: each(attributes.take_all("index"), read_index, errors),
        uniques: each(attributes.take_all("unique"), read_index, errors),
        checks: each(attributes.take_all("check"), read_check, errors),
        filters: each(attributes.take_all("filter"), read_filter, errors),
        belongs_to,
        has,
        fields,
    }
}

/// The relations that are declared on the struct.
fn read_relations(
    attributes: &mut Attributes,
    model: &Ident,
    errors: &mut Errors,
) -> (Vec<BelongsToInput>, Vec<HasInput>) {
    let belongs_to = attributes.take_all("belongs_to");
    let belongs_to = belongs_to.iter();
    let belongs_to = belongs_to.filter_map(|entry| read_belongs_to(entry, model, errors));
    let belongs_to = belongs_to.collect();
    let mut has = Vec::new();
    for key in ["has_many", "has_one", "many_to_many"] {
        for entry in attributes.take_all(key) {
            has.extend(match key {
                "many_to_many" => read_many_to_many(&entry, model, errors),
                _ => read_has(&entry, model, key == "has_one", errors),
            });
        }
    }
    (belongs_to, has)
}

/// The named fields; of anything else an error and none.
fn read_fields(input: &DeriveInput, errors: &mut Errors) -> Vec<DeclaredField> {
    let ident = &input.ident;
    let (span, what) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if fields.named.is_empty() => (ident.span(), "a struct without fields"),
            Fields::Named(fields) => {
                let fields = fields.named.iter();
                return fields.filter_map(|field| read_field(field, ident, errors)).collect();
            }
            Fields::Unnamed(_) => (ident.span(), "a tuple struct"),
            Fields::Unit => (ident.span(), "a unit struct"),
        },
        Data::Enum(data) => (data.enum_token.span, "an enum"),
        Data::Union(data) => (data.union_token.span, "a union"),
    };
    errors.at(
        span,
        format!("`{ident}` is {what}, but a model is a struct with a named field for each column"),
    );
    Vec::new()
}

fn read_field(field: &syn::Field, model: &Ident, errors: &mut Errors) -> Option<DeclaredField> {
    let ident = field.ident.clone()?;
    let name = ident.unraw().to_string();
    let owner = format!("`{model}.{name}`");
    let mut attributes = Attributes::read(&field.attrs, &owner, FIELD_KEYS, errors);
    Some(DeclaredField {
        ident,
        name,
        ty: field.ty.clone(),
        primary_key: flag(attributes.take("primary_key"), errors),
        generated: attributes
            .take("generated")
            .and_then(|entry| errors.ok(read_generated(&entry)).map(|how| (entry.span(), how))),
        column: string(attributes.take("column"), errors),
        unique: attributes.take("unique").and_then(|entry| {
            let name = match entry.is_flag() {
                true => None,
                false => Some(errors.ok(entry.string())?),
            };
            Some((entry.span(), name))
        }),
        default: with_string(attributes.take("default"), errors),
        checks: each(attributes.take_all("check"), read_check, errors),
        version: flag(attributes.take("version"), errors),
        soft_delete: flag(attributes.take("soft_delete"), errors),
        tenant: flag(attributes.take("tenant"), errors),
        sql_type: sql_type(attributes.take("type"), errors),
        index: flag(attributes.take("index"), errors),
        belongs_to: attributes
            .take("belongs_to")
            .and_then(|entry| read_belongs_to(&entry, model, errors)),
        on_delete: read_action(attributes.take("on_delete"), errors),
        on_update: read_action(attributes.take("on_update"), errors),
    })
}

/// `generated`, `generated = always` or `generated = "expression"`.
fn read_generated(entry: &Entry) -> syn::Result<DeclaredGeneration> {
    if entry.is_flag() {
        return Ok(DeclaredGeneration::ByDefault);
    }
    if let Ok(sql) = entry.string() {
        return Ok(DeclaredGeneration::Stored(sql));
    }
    match entry.word()? {
        word if word == "always" => Ok(DeclaredGeneration::Always),
        _ => Err(entry.wrong_form()),
    }
}

/// `filter = |row| …`
fn read_filter(entry: &Entry) -> syn::Result<ExprClosure> {
    entry.closure(1).cloned()
}

/// `on_delete = cascade`
fn read_action(entry: Option<Entry>, errors: &mut Errors) -> Option<ActionInput> {
    let entry = entry?;
    let word = errors.ok(entry.word())?;
    action(&word, entry.span(), errors)
}

/// Field names, separated by commas.
pub(super) fn field_names(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let names = input.parse_terminated(Ident::parse_any, Token![,])?;
    Ok(names.into_iter().collect())
}

fn flag(entry: Option<Entry>, errors: &mut Errors) -> Option<Span> {
    entry.and_then(|entry| errors.ok(entry.flag()))
}

fn string(entry: Option<Entry>, errors: &mut Errors) -> Option<LitStr> {
    with_string(entry, errors).map(|(_, text)| text)
}

/// The type as DDL writes it. `json` is refused: it has no equality, and its bytes are not those of jsonb, which the Rust
/// types are sent as.
fn sql_type(entry: Option<Entry>, errors: &mut Errors) -> Option<LitStr> {
    let text = string(entry, errors)?;
    if text.value().trim().eq_ignore_ascii_case("json") {
        errors.at(
            text.span(),
            "a column of `json` cannot be compared, and jsonb does all that it does; leave this key out".to_owned(),
        );
    }
    Some(text)
}

fn with_string(entry: Option<Entry>, errors: &mut Errors) -> Option<(Span, LitStr)> {
    let entry = entry?;
    errors.ok(entry.string()).map(|text| (entry.span(), text))
}

fn each<T>(entries: Vec<Entry>, read: fn(&Entry) -> syn::Result<T>, errors: &mut Errors) -> Vec<T> {
    let entries = entries.iter();
    entries.filter_map(|entry| errors.ok(read(entry))).collect()
}
