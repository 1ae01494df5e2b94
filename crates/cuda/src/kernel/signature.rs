//! The parameters of kernels, as their PTX declares them: `.entry name(.param .u64 a, ..)`.

use std::collections::HashMap;

/// Bytes of each parameter of each entry point (PTX ISA, "Kernel Function Parameters": `.param .u64
/// x`, `.param .align 16 .b8 x[32]`, with `.ptr` and its attributes before the name of a pointer).
/// Entry points with parameters of other forms are left out.
pub(super) fn entries(ptx: &str) -> HashMap<String, Vec<usize>> {
    ptx.match_indices(".entry")
        .filter_map(|(at, word)| {
            let declaration = ptx[at + word.len()..].trim_start();
            let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
            let end = declaration.find(|c| !is_of_name(c))?;
            let (name, rest) = declaration.split_at(end);
            let list = match rest.trim_start().strip_prefix('(') {
                Some(list) => list.split(')').next()?,
                None => "",
            };
            Some((name.to_owned(), parameters(list)?))
        })
        .collect()
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
    use super::entries;

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
	ret;
}
.visible .entry scale(.param .f32 a)
{ ret; }
.entry nothing
{ ret; }
.entry none() { ret; }
.entry odd(.param .pred x) { ret; }
";

    #[test]
    fn sizes_come_from_the_declarations() {
        let entries = entries(PTX);
        let bytes = |name: &str| entries.get(name).map(Vec::as_slice);
        assert_eq!(bytes("scale_all"), Some(&[8, 8, 32, 4][..]));
        assert_eq!(bytes("scale"), Some(&[4][..]));
        assert_eq!(bytes("nothing"), Some(&[][..]));
        assert_eq!(bytes("none"), Some(&[][..]));
        assert_eq!(bytes("odd"), None);
        assert_eq!(entries.len(), 4);
    }
}
