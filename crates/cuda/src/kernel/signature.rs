//! Kernels as their PTX declares them: `.entry name(.param .u64 a, ..) .maxntid 256, 1, 1 { .. }`.

use std::collections::HashMap;

use crate::sys::Declared;

/// Threads of a block where a kernel has no bound.
const MAX_THREADS: u32 = 1024;

/// What is declared of an entry point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    /// Bytes of each parameter.
    pub(super) parameters: Vec<usize>,
    pub(super) declared: Declared,
}

/// The signature of each entry point (PTX ISA, "Kernel Function Parameters": `.param .u64 x`, `.param
/// .align 16 .b8 x[32]`, with `.ptr` and its attributes before the name of a pointer; "Performance-Tuning
/// Directives"; "State Spaces"). Entry points with parameters of other forms are left out.
pub(super) fn entries(ptx: &str) -> HashMap<String, Signature> {
    ptx.split(".entry")
        .skip(1)
        .filter_map(|entry| {
            let declaration = entry.trim_start();
            let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
            let end = declaration.find(|c| !is_of_name(c))?;
            let (name, rest) = declaration.split_at(end);
            let (list, rest) = match rest.trim_start().strip_prefix('(') {
                Some(list) => list.split_once(')')?,
                None => ("", rest),
            };
            let (directives, body) = rest.split_once('{')?;
            let signature = Signature {
                parameters: parameters(list)?,
                declared: Declared {
                    max_threads: max_threads(directives),
                    shared_bytes: shared_bytes(body),
                },
            };
            Some((name.to_owned(), signature))
        })
        .collect()
}

/// `.maxntid x, y, z`, of which y and z may be left out.
fn max_threads(directives: &str) -> u32 {
    let Some((_, bound)) = directives.split_once(".maxntid") else {
        return MAX_THREADS;
    };
    let number = |text: &str| text.split_whitespace().next()?.parse::<u32>().ok();
    bound.split(',').take(3).map_while(number).product()
}

/// Variables that are declared within the body, one after the other.
fn shared_bytes(body: &str) -> u32 {
    body.lines()
        .map(str::trim_start)
        .filter_map(|line| line.strip_prefix(".shared"))
        .fold(0, |end: u32, variable| {
            let mut words = variable.split_whitespace();
            let align = words
                .find(|&word| word == ".align")
                .and_then(|_| words.next()?.parse().ok())
                .unwrap_or(1);
            let bytes = bytes(variable).and_then(|bytes| u32::try_from(bytes).ok());
            end.next_multiple_of(u32::max(align, 1))
                .saturating_add(bytes.unwrap_or(0))
        })
}

fn parameters(list: &str) -> Option<Vec<usize>> {
    list.split(',')
        .map(str::trim)
        .filter(|parameter| !parameter.is_empty())
        .map(bytes)
        .collect()
}

fn bytes(parameter: &str) -> Option<usize> {
    let element: usize = parameter.split_whitespace().find_map(|word| match word {
        ".u8" | ".s8" | ".b8" => Some(1),
        ".u16" | ".s16" | ".b16" => Some(2),
        ".u32" | ".s32" | ".b32" | ".f32" => Some(4),
        ".u64" | ".s64" | ".b64" | ".f64" => Some(8),
        _ => None,
    })?;
    let count = match parameter.split_once('[') {
        Some((_, count)) => count.split(']').next()?.trim().parse().ok()?,
        None => 1,
    };
    element.checked_mul(count)
}

#[cfg(test)]
mod tests {
    use super::{entries, Declared};

    const PTX: &str = "
.version 8.0
.target sm_70
.visible .entry scale_all(
	.param .u64 .ptr .global .align 16 scale_all_param_0,
	.param .u64 scale_all_param_1,
	.param .align 16 .b8 scale_all_param_2[32],
	.param .u32 scale_all_param_3
)
.maxntid 128, 1, 1
{
	.shared .align 4 .b8 sums[33];
	.shared .align 16 .b8 tile[64];
	st.shared.u32 [sums], %r1;
	ret;
}
.visible .entry scale(.param .f32 a)
{ ret; }
.entry nothing
.maxntid 8, 4
.minnctapersm 2 // @nothing
{ ret; }
.entry none() { ret; }
.entry odd(.param .pred x) { ret; }
";

    #[test]
    fn sizes_come_from_the_declarations() {
        let entries = entries(PTX);
        let bytes = |name: &str| entries.get(name).map(|entry| &entry.parameters[..]);
        assert_eq!(bytes("scale_all"), Some(&[8, 8, 32, 4][..]));
        assert_eq!(bytes("scale"), Some(&[4][..]));
        assert_eq!(bytes("nothing"), Some(&[][..]));
        assert_eq!(bytes("none"), Some(&[][..]));
        assert_eq!(bytes("odd"), None);
        assert_eq!(entries.len(), 4);
        let declared = |name: &str| entries[name].declared;
        let expected = |max_threads, shared_bytes| Declared {
            max_threads,
            shared_bytes,
        };
        assert_eq!(declared("scale_all"), expected(128, 48 + 64));
        assert_eq!(declared("scale"), expected(1024, 0));
        assert_eq!(declared("nothing"), expected(32, 0));
    }
}
