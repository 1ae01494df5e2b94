//! The kernels of the host: what computes a [`HostEngine`](super::HostEngine)'s operations.
//!
//! A family of operations has its kernels in a trait beside it: [`ColumnKernels`], [`RowKernels`],
//! [`ProductKernels`], [`LookupKernels`], [`PolynomialKernels`]; multi-scalar multiplication and NTT are
//! [`MsmAccel`](crate::MsmAccel) and [`NttAccel`](crate::NttAccel). Kernels take the engine's
//! [`Buffer`](super::Buffer)s, whose lengths the engine has checked. What a kernel does by default is the
//! portable code, generic over field and curve: a set of kernels for vector units has those that it is
//! faster at. [`Counting`](super::Counting) computes nothing.

use std::{
    fmt,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use crate::engine::ScalarField;

pub use super::{
    columns::ColumnKernels, lookups::LookupKernels, polynomials::PolynomialKernels,
    products::ProductKernels, rows::RowKernels,
};

/// All that a [`HostEngine`](super::HostEngine) computes itself.
pub trait HostKernels<F: ScalarField>:
    ColumnKernels<F>
    + RowKernels<F>
    + ProductKernels<F>
    + LookupKernels<F>
    + PolynomialKernels<F>
    + Send
    + Sync
{
}

impl<F: ScalarField, K> HostKernels<F> for K where
    K: ColumnKernels<F>
        + RowKernels<F>
        + ProductKernels<F>
        + LookupKernels<F>
        + PolynomialKernels<F>
        + Send
        + Sync
{
}

/// The sets of kernels that a CPU runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CpuKernels {
    /// For every CPU, every field and every curve.
    Portable,
    /// For CPUs with AVX-512 IFMA (Ice Lake, Zen 4 and later): BN254 in vectors of eight. Other fields and
    /// curves as the portable ones. Built by Rust 1.89 and later.
    ///
    /// Nothing outside of this crate makes one of its name: whoever has these kernels was given them where
    /// the CPU has the instructions, so that none is ever run that it has not.
    #[non_exhaustive]
    Avx512,
}

/// The portable kernels: what the traits do by default.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portable;

/// The variable that names the kernels of the CPU, as `--cpu` does.
pub const CPU_VARIABLE: &str = "HALO2_OFFLOAD_CPU";

/// There are no such kernels, or not for this CPU.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no CPU kernels `{name}`: {reason}. `{}` are what this CPU can run, `auto` takes the fastest ({CPU_VARIABLE} and --cpu name them)", names())]
pub struct UnknownKernels {
    /// What was asked for.
    pub name: String,
    /// Why that cannot be had.
    pub reason: String,
}

fn names() -> String {
    let names: Vec<_> = CpuKernels::available().map(CpuKernels::name).collect();
    names.join("`, `")
}

/// What was asked for by name, once it was; before, what the variable says.
static WISH: Mutex<Option<CpuKernels>> = Mutex::new(None);

impl CpuKernels {
    /// The fastest first.
    const ALL: [Self; 2] = [Self::Avx512, Self::Portable];

    /// Those that this CPU can run, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let all = Self::ALL.into_iter();
        all.filter(|kernels| kernels.is_available())
    }

    /// The names of those that it cannot run, and why.
    pub fn unavailable() -> impl Iterator<Item = (&'static str, String)> {
        let all = Self::ALL.into_iter();
        all.filter_map(|kernels| Some((kernels.name(), kernels.obstacle()?)))
    }

    /// Whether this CPU can run them, and this program was built with them.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(avx512)]
            Self::Avx512 => super::avx512::detected(),
            #[cfg(not(avx512))]
            Self::Avx512 => false,
        }
    }

    /// Why they cannot run here, if they cannot.
    fn obstacle(self) -> Option<String> {
        match self {
            Self::Portable => None,
            #[cfg(avx512)]
            Self::Avx512 => no_instructions(&super::avx512::missing()),
            #[cfg(not(avx512))]
            Self::Avx512 => Some(not_built(cfg!(target_arch = "x86_64"))),
        }
    }

    /// The fastest that this CPU can run, whatever was asked for.
    pub fn fastest() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }

    /// The name, as `--cpu` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx512 => "avx512",
        }
    }

    /// From now on the engines of this process that are not told otherwise run these kernels; with
    /// `auto`, the fastest.
    ///
    /// # Errors
    ///
    /// If there are no such kernels for this CPU.
    pub fn choose(name: &str) -> Result<Self, UnknownKernels> {
        let kernels = Self::of_wish(name)?;
        *WISH.lock().unwrap_or_else(PoisonError::into_inner) = Some(kernels);
        Ok(kernels)
    }

    /// What engines run that are not told otherwise: what was chosen, else what [`CPU_VARIABLE`] names,
    /// else the fastest.
    ///
    /// # Errors
    ///
    /// If the variable names kernels that there are not for this CPU.
    pub fn chosen() -> Result<Self, UnknownKernels> {
        let wish = *WISH.lock().unwrap_or_else(PoisonError::into_inner);
        match (wish, std::env::var_os(CPU_VARIABLE)) {
            (Some(kernels), _) => Ok(kernels),
            (None, Some(name)) => Self::of_wish(&name.to_string_lossy()),
            (None, None) => Ok(Self::fastest()),
        }
    }

    fn of_wish(name: &str) -> Result<Self, UnknownKernels> {
        match name {
            "" | "auto" => Ok(Self::fastest()),
            name => name.parse(),
        }
    }
}

/// The chosen ones. A name that is none is an error of the first operation, which can have one.
impl Default for CpuKernels {
    fn default() -> Self {
        Self::chosen().unwrap_or(Self::fastest())
    }
}

impl FromStr for CpuKernels {
    type Err = UnknownKernels;

    fn from_str(name: &str) -> Result<Self, UnknownKernels> {
        let known = Self::ALL.into_iter().find(|known| known.name() == name);
        let refused = |reason: String| UnknownKernels {
            name: name.into(),
            reason,
        };
        let kernels = known.ok_or_else(|| refused("there are none of that name".into()))?;
        match kernels.obstacle() {
            None => Ok(kernels),
            Some(reason) => Err(refused(reason)),
        }
    }
}

/// What stands in the way where these instructions are missing.
#[cfg_attr(not(any(avx512, test)), expect(dead_code))]
fn no_instructions(missing: &[&str]) -> Option<String> {
    let reason = || {
        format!(
            "this CPU has no {}, or the system keeps programs from using them",
            missing.join(", ")
        )
    };
    (!missing.is_empty()).then(reason)
}

/// What stands in the way where this program was built without them.
#[cfg_attr(all(avx512, not(test)), expect(dead_code))]
fn not_built(x86_64: bool) -> String {
    match x86_64 {
        true => "this program was built by a compiler from before Rust 1.89".to_owned(),
        false => "they are for x86-64".to_owned(),
    }
}

impl fmt::Display for CpuKernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_found_by_their_names() {
        for kernels in CpuKernels::available() {
            assert_eq!(kernels.to_string().parse(), Ok(kernels));
            assert_eq!(CpuKernels::of_wish(kernels.name()), Ok(kernels));
        }
        assert_eq!(CpuKernels::of_wish("auto"), Ok(CpuKernels::fastest()));
        assert_eq!(CpuKernels::of_wish(""), Ok(CpuKernels::fastest()));
        let error = CpuKernels::of_wish("abacus").expect_err("none");
        let text = error.to_string();
        assert!(text.contains("`abacus`"), "{text}");
        assert!(text.contains("`portable`"), "{text}");
        assert!(text.contains(CPU_VARIABLE), "{text}");
    }

    #[test]
    fn what_cannot_run_says_why() {
        let sets = CpuKernels::available().count() + CpuKernels::unavailable().count();
        assert_eq!(sets, CpuKernels::ALL.len());
        for (name, reason) in CpuKernels::unavailable() {
            let error = name.parse::<CpuKernels>().expect_err("not here");
            assert_eq!(error.reason, reason);
            assert!(error.to_string().contains(&reason), "{error}");
        }
        assert_eq!(no_instructions(&[]), None);
        let missing = no_instructions(&["avx512ifma", "avx512vbmi2"]).expect("a reason");
        assert!(missing.contains("no avx512ifma, avx512vbmi2"), "{missing}");
        assert!(not_built(true).contains("Rust 1.89"));
        assert!(not_built(false).contains("x86-64"));
    }
}
