//! What shapes take at run time, and how it comes to the shapes inside of them: `()` if it is nothing.

/// A shape takes a `T`, as those inside of it do that take the same type.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct ShapeParams<T>(pub T);

/// What a shape has been given, where the one inside of it wants `P`.
#[diagnostic::on_unimplemented(
    message = "the shape in this field takes parameters that the shape around it has not",
    label = "takes `{P}`",
    note = "say the same `#[orm(params = …)]` on the struct around it"
)]
pub trait GivesParams<P> {
    /// What the shape inside gets.
    fn give(&self) -> &P;
}

#[diagnostic::do_not_recommend]
impl<P> GivesParams<()> for P {
    fn give(&self) -> &() {
        &()
    }
}

#[diagnostic::do_not_recommend]
impl<T> GivesParams<Self> for ShapeParams<T> {
    fn give(&self) -> &Self {
        self
    }
}

/// A value that a shape wants as its parameters `P`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what this shape takes",
    label = "the shape takes `{P}`",
    note = "`#[orm(params = …)]` on the shape says what it takes: give it by `query_with` or `shape_with`; one that takes \
            nothing is read by `query` or `shape`"
)]
pub trait ParamsOf<P> {
    /// As the shape wants them.
    #[doc(hidden)]
    fn into_params(self) -> P;
}

#[diagnostic::do_not_recommend]
impl<T> ParamsOf<ShapeParams<T>> for T {
    fn into_params(self) -> ShapeParams<T> {
        ShapeParams(self)
    }
}

#[diagnostic::do_not_recommend]
impl ParamsOf<Self> for () {
    fn into_params(self) {}
}
