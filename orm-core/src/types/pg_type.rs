//! PostgreSQL's types as the program knows them ([`PgType`]) and as the server tells them ([`ResultType`]).

use std::fmt;

/// A PostgreSQL type, known at compile time.
///
/// Built-in types are identified by OID; types of the user's own (enums, composites, extension types) by name,
/// because their OIDs differ between databases.
#[derive(Debug)]
pub struct PgType {
    /// The schema; `None` for built-in types and for those found by `search_path`.
    pub schema: Option<&'static str>,
    /// The name as in `pg_type.typname`: `int8`, `text`, `post_status`. Empty for an array, which has its element's.
    pub name: &'static str,
    /// The OID; 0 when it is known only by name.
    pub oid: u32,
    /// The OID of the array over it; 0 when it is known only by name.
    pub array_oid: u32,
    /// OIDs of other types with the same binary format, which a result column may have instead.
    pub also: &'static [u32],
    /// What kind of type it is.
    pub kind: PgKind,
}

/// What kind of type a [`PgType`] is.
#[derive(Debug)]
pub enum PgKind {
    /// A scalar type.
    Scalar,
    /// An array.
    Array(&'static PgType),
    /// An enum of the user's, with its labels in order.
    Enum(&'static [&'static str]),
    /// A composite type of the user's.
    Composite(&'static [CompositeField]),
}

/// A field of a composite type.
#[derive(Debug)]
pub struct CompositeField {
    /// Its name in the database.
    pub name: &'static str,
    /// Its type.
    pub ty: &'static PgType,
}

impl PgType {
    /// A built-in scalar type.
    #[must_use]
    pub const fn scalar(name: &'static str, oid: u32, array_oid: u32) -> Self {
        Self {
            schema: None,
            name,
            oid,
            array_oid,
            also: &[],
            kind: PgKind::Scalar,
        }
    }

    /// The array over `element`.
    #[must_use]
    pub const fn array(element: &'static PgType) -> Self {
        Self {
            schema: None,
            name: "",
            oid: element.array_oid,
            array_oid: 0,
            also: &[],
            kind: PgKind::Array(element),
        }
    }

    /// A type known by name: an enum, a composite or an extension's.
    #[must_use]
    pub const fn named(schema: Option<&'static str>, name: &'static str, kind: PgKind) -> Self {
        Self {
            schema,
            name,
            oid: 0,
            array_oid: 0,
            also: &[],
            kind,
        }
    }

    /// Whether a column that is read as this type has no length, precision or other form of it in the database:
    /// `int4`, but not `text`, which may be a `varchar(80)` there.
    pub(crate) const fn is_exact(&self) -> bool {
        match self.kind {
            PgKind::Array(element) => element.is_exact(),
            PgKind::Enum(_) => true,
            PgKind::Composite(_) => false,
            // bool, bytea, integers, floats, cidr, inet, date, uuid, ranges
            PgKind::Scalar => matches!(
                self.oid,
                16 | 17 | 20 | 21 | 23 | 650 | 700 | 701 | 869 | 1082 | 2950 | 3904..=3926
            ),
        }
    }

    /// Whether its binary format holds OIDs that only the database knows: arrays of a type known by name, and
    /// composites. The driver fills them in when it sends the value.
    #[must_use]
    pub const fn holds_oids(&self) -> bool {
        match self.kind {
            PgKind::Scalar | PgKind::Enum(_) => false,
            PgKind::Array(element) => element.oid == 0 || element.holds_oids(),
            PgKind::Composite(_) => true,
        }
    }

    /// Whether a result column of this type can be decoded as this type.
    #[must_use]
    pub fn accepts(&self, column: &ResultType) -> bool {
        if self.oid != 0 && (self.oid == column.oid || self.also.contains(&column.oid)) {
            return true;
        }
        // Case-insensitive text, of the extension: text in its binary format, under an OID of its own.
        if self.oid == builtin::TEXT.oid && &*column.name == "citext" {
            return true;
        }
        match (&self.kind, &column.element) {
            (PgKind::Array(element), Some(found)) => element.accepts(found),
            (PgKind::Array(_), None) => false,
            _ if self.oid != 0 => false,
            _ => self.name == &*column.name && self.schema.is_none_or(|schema| schema == &*column.schema),
        }
    }
}

/// The type as SQL writes it: `int8`, `text[]`, `"shop"."mood"`.
impl fmt::Display for PgType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let PgKind::Array(element) = self.kind {
            return write!(f, "{element}[]");
        }
        if self.oid != 0 {
            return f.write_str(self.name);
        }
        let mut text = String::new();
        crate::sql::quote_qualified(&mut text, self.schema, self.name);
        f.write_str(&text)
    }
}

/// The type of a result column or parameter, as the server told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultType {
    /// Its OID in this database.
    pub oid: u32,
    /// The schema it lies in.
    pub schema: Box<str>,
    /// Its name as in `pg_type.typname`.
    pub name: Box<str>,
    /// The element's type, if it is an array.
    pub element: Option<Box<ResultType>>,
}

impl fmt::Display for ResultType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.element {
            Some(element) => write!(f, "{element}[]"),
            None => f.write_str(&self.name),
        }
    }
}

/// PostgreSQL's built-in types, with the OIDs of `pg_type.dat`.
pub mod builtin {
    use super::{PgKind, PgType};

    macro_rules! builtin {
        ($($constant:ident $name:literal $oid:literal $array:literal;)*) => { $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: &PgType = &PgType::scalar($name, $oid, $array);
        )* };
    }
    builtin! {
        BOOL "bool" 16 1000;
        BYTEA "bytea" 17 1001;
        INT8 "int8" 20 1016;
        INT2 "int2" 21 1005;
        INT4 "int4" 23 1007;
        FLOAT4 "float4" 700 1021;
        FLOAT8 "float8" 701 1022;
        DATE "date" 1082 1182;
        TIME "time" 1083 1183;
        TIMESTAMP "timestamp" 1114 1115;
        TIMESTAMPTZ "timestamptz" 1184 1185;
        INTERVAL "interval" 1186 1187;
        NUMERIC "numeric" 1700 1231;
        UUID "uuid" 2950 2951;
        INET "inet" 869 1041;
        CIDR "cidr" 650 651;
        INT4RANGE "int4range" 3904 3905;
        NUMRANGE "numrange" 3906 3907;
        TSRANGE "tsrange" 3908 3909;
        TSTZRANGE "tstzrange" 3910 3911;
        DATERANGE "daterange" 3912 3913;
        INT8RANGE "int8range" 3926 3927;
        INT4MULTIRANGE "int4multirange" 4451 6150;
        NUMMULTIRANGE "nummultirange" 4532 6151;
        TSMULTIRANGE "tsmultirange" 4533 6152;
        TSTZMULTIRANGE "tstzmultirange" 4534 6153;
        DATEMULTIRANGE "datemultirange" 4535 6155;
        INT8MULTIRANGE "int8multirange" 4536 6157;
        JSONPATH "jsonpath" 4072 4073;
        REGCONFIG "regconfig" 3734 3735;
        TSVECTOR "tsvector" 3614 3643;
        TSQUERY "tsquery" 3615 3645;
        MACADDR "macaddr" 829 1040;
    }

    /// `text`; `varchar`, `char(n)`, `name`, `citext` and untyped literals are read as it, too.
    pub const TEXT: &PgType = &PgType {
        schema: None,
        name: "text",
        oid: 25,
        array_oid: 1009,
        also: &[1043, 1042, 19, 705],
        kind: PgKind::Scalar,
    };

    /// `jsonb`; `json` is read as it, too.
    pub const JSONB: &PgType = &PgType {
        schema: None,
        name: "jsonb",
        oid: 3802,
        array_oid: 3807,
        also: &[114],
        kind: PgKind::Scalar,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(oid: u32, name: &str, element: Option<ResultType>) -> ResultType {
        ResultType {
            oid,
            schema: "pg_catalog".into(),
            name: name.into(),
            element: element.map(Box::new),
        }
    }

    #[test]
    fn an_array_of_varchar_is_read_as_an_array_of_text() {
        static TEXTS: PgType = PgType::array(builtin::TEXT);
        let varchar = result(1043, "varchar", None);
        assert!(builtin::TEXT.accepts(&varchar));
        assert!(TEXTS.accepts(&result(1015, "_varchar", Some(varchar.clone()))));
        assert!(TEXTS.accepts(&result(1009, "_text", None)));
        assert!(!TEXTS.accepts(&varchar));
        assert!(!TEXTS.accepts(&result(1007, "_int4", Some(result(23, "int4", None)))));
        assert!(!builtin::TEXT.accepts(&result(99_999, "text", None)));
    }
}
