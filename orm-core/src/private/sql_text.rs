//! The text of a `sql!`, as the macro writes it.

/// A text with numbered parameters, and what is known of it.
#[derive(Debug)]
pub struct SqlText {
    /// The text: `SELECT … WHERE id = $1`.
    pub text: &'static str,
    /// For each place of a parameter, the end of its `$n` in the text, and its position among the parameters.
    pub places: &'static [(usize, usize)],
    /// What the program captures for each parameter, as it is written there.
    pub captures: &'static [&'static str],
    /// The command: `SELECT` …
    pub operation: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line in it.
    pub line: u32,
    /// The column in that line.
    pub column: u32,
}

/// A text that `check_sql` finds.
#[cfg(feature = "check-sql")]
#[derive(Debug)]
pub struct Registered(pub &'static SqlText);

#[cfg(feature = "check-sql")]
inventory::collect!(Registered);

/// Has `check_sql` find a `sql!`: nothing without the feature `check-sql`.
#[doc(hidden)]
#[cfg(not(feature = "check-sql"))]
#[macro_export]
macro_rules! __register_sql {
    ($text:ident) => {};
}

/// Has `check_sql` find a `sql!`.
#[doc(hidden)]
#[cfg(feature = "check-sql")]
#[macro_export]
macro_rules! __register_sql {
    ($text:ident) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Registered(&$text)
        }
    };
}
