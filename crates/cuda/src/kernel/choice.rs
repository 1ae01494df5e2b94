//! Which code runs, as the options say.

/// Which forms of the kernels may be loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeChoice {
    /// Native code where there is some for the device, otherwise PTX.
    #[default]
    NativeFirst,
    /// PTX, whatever else there is.
    PtxOnly,
}

/// How expression programs run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgramCode {
    /// Each in the way that suits it.
    ///
    /// Programs of 32 to 2048 steps get a kernel of their own where its machine code is kept on disk
    /// ([`Options::code_cache`](crate::Options::code_cache)). ptxas takes a second for 400 steps and eight
    /// for 1500, and that saves some 75 instructions a row and step, beside the 230 of a product: worth
    /// it once, and not for every process anew. A smaller program has little to save, and a larger one
    /// takes a time that grows as the square of its steps. A program whose values do not fit the
    /// device's shared memory gets a kernel of its own in any case, because it has registers for some.
    #[default]
    Auto,
    /// All are interpreted by one kernel.
    Interpreted,
    /// Each gets a kernel of its own.
    Specialised,
}
