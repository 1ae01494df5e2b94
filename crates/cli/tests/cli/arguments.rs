//! Argument lists that most tests begin with.

/// `prove` of a workload, with what follows.
pub fn to_prove<'a>(workload: &'a str, k: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    on_workload("prove", workload, k, more)
}

/// `measure` of a workload, with what follows.
pub fn to_measure<'a>(workload: &'a str, k: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    on_workload("measure", workload, k, more)
}

fn on_workload<'a>(
    command: &'a str,
    workload: &'a str,
    k: &'a str,
    more: &[&'a str],
) -> Vec<&'a str> {
    [&[command, "--workload", workload, "-k", k], more].concat()
}
