//! The parameters of a kernel, as its PTX declares them: `.entry name(.param .u64 a, ..)`.

/// Bytes of each parameter of an entry point; nothing if the PTX has no such entry point.
///
/// `(PTX ISA, "Kernel Function Parameters")`: `.param .u64 x`, `.param .align 16 .b8 x[32]`, with
/// `.ptr` and its attributes between the type and the name of pointers.
pub(super) fn parameter_bytes(ptx: &str, entry: &str) -> Option<Vec<usize>> {
    let list = ptx.match_indices(".entry").find_map(|(at, word)| {
        let rest = ptx[at + word.len()..].trim_start();
        let rest = rest.strip_prefix(entry)?.trim_start();
        // A longer name that begins alike does not go on with a list.
        match rest.strip_prefix('(') {
            Some(list) => Some(list.split(')').next()?),
            None if rest.starts_with(['{', '.']) => Some(""),
            None => None,
        }
    })?;
    list.split(',')
        .map(str::trim)
        .filter(|parameter| !parameter.is_empty())
        .map(bytes)
        .collect()
}

fn bytes(parameter: &str) -> Option<usize> {
    let element = parameter.split_whitespace().find_map(|word| match word {
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
    Some(element * count)
}

#[cfg(test)]
mod tests {
    use super::parameter_bytes;

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
";

    #[test]
    fn sizes_come_from_the_declarations() {
        assert_eq!(parameter_bytes(PTX, "scale_all"), Some(vec![8, 8, 32, 4]));
        assert_eq!(parameter_bytes(PTX, "scale"), Some(vec![4]));
        assert_eq!(parameter_bytes(PTX, "nothing"), Some(vec![]));
        assert_eq!(parameter_bytes(PTX, "none"), Some(vec![]));
        assert_eq!(parameter_bytes(PTX, "scal"), None);
        assert_eq!(parameter_bytes(PTX, "other"), None);
        assert_eq!(parameter_bytes(".entry odd(.param .pred x)", "odd"), None);
    }
}
