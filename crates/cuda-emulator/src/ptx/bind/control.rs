//! Branches, calls, barriers and fences.

use super::super::instruction::Call;
use super::super::operand::Written;
use super::super::operation::{Barrier, Operation, Width};
use super::super::scope::Name;
use super::arithmetic::logic;
use super::modifiers::Modifiers;
use super::{Binder, Result};

pub(super) fn bind(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Option<Operation>> {
    Ok(Some(match base {
        "bra" => {
            modifiers.accept("uni");
            binder.label()?;
            Operation::Branch
        }
        "brx" => {
            modifiers.one("`idx`", |part| (part == "idx").then_some(()))?;
            modifiers.accept("uni");
            binder.read(Width::W32)?;
            let Written::Name(table) = binder.next()? else {
                return Err("a list of labels expected".to_owned());
            };
            let labels = binder
                .scopes
                .find_table(table)
                .ok_or_else(|| format!("no list of labels `{table}`"))?;
            binder.labels.extend_from_slice(labels);
            Operation::BranchIndexed
        }
        "call" => {
            modifiers.accept("uni");
            bind_call(binder)?;
            Operation::Call
        }
        "ret" => {
            modifiers.accept("uni");
            Operation::Return
        }
        "exit" => Operation::Exit,
        "trap" => Operation::Trap,
        "bar" | "barrier" => bind_barrier(base, modifiers, binder)?,
        "membar" => {
            modifiers.one("a level", |part| {
                matches!(part, "cta" | "gl" | "sys").then_some(())
            })?;
            Operation::Fence
        }
        "fence" => {
            modifiers.accept_one(|part| matches!(part, "sc" | "acq_rel").then_some(()));
            modifiers.one("a scope", |part| {
                matches!(part, "cta" | "gpu" | "sys").then_some(())
            })?;
            Operation::Fence
        }
        "nanosleep" => {
            modifiers.one("`u32`", |part| (part == "u32").then_some(()))?;
            binder.read(Width::W32)?;
            Operation::Sleep
        }
        _ => return Ok(None),
    }))
}

/// `call (result), function, (argument, ...)`, with parameters of the frame throughout.
fn bind_call(binder: &mut Binder<'_, '_>) -> Result<()> {
    let frame = |binder: &Binder<'_, '_>, list: Vec<Written<'_>>| {
        list.into_iter()
            .map(|written| match written {
                Written::Name(name) => match binder.scopes.find(name) {
                    Some(Name::Frame(range)) => Ok(range),
                    _ => Err(format!("`{name}` is no parameter declared for this call")),
                },
                _ => Err("a parameter declared for this call expected".to_owned()),
            })
            .collect::<Result<Vec<_>>>()
    };
    let mut next = binder.next()?;
    let mut results = Vec::new();
    if let Written::List(list) = next {
        results = frame(binder, list)?;
        next = binder.next()?;
    }
    let Written::Name(callee) = next else {
        return Err("the name of a function expected".to_owned());
    };
    let arguments = match binder.is_empty() {
        true => Vec::new(),
        false => match binder.next()? {
            Written::List(list) => frame(binder, list)?,
            _ => return Err("a list of arguments expected".to_owned()),
        },
    };
    binder.call = Some(Box::new(Call {
        callee: callee.to_owned(),
        arguments,
        results,
    }));
    Ok(())
}

fn bind_barrier(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Operation> {
    if base == "bar" && modifiers.accept("warp") {
        modifiers.one("`sync`", |part| (part == "sync").then_some(()))?;
        binder.read(Width::W32)?;
        return Ok(Operation::WarpBarrier);
    }
    modifiers.accept("cta");
    let what = modifiers.one("a kind of barrier", |part| {
        Some(match part {
            "sync" => Barrier::Sync,
            "arrive" => Barrier::Arrive,
            "red" => Barrier::CountPredicate,
            _ => return None,
        })
    })?;
    let what = match what {
        Barrier::CountPredicate => {
            let logic = modifiers.one("a reduction", |part| match part {
                "popc" => Some(None),
                "and" | "or" => Some(logic(part)),
                _ => None,
            })?;
            logic.map_or(Barrier::CountPredicate, Barrier::ReducePredicate)
        }
        what => what,
    };
    // `bar` is `barrier` with all lanes of a warp together.
    let aligned = modifiers.accept("aligned") || base == "bar";
    match what {
        Barrier::CountPredicate => {
            modifiers.one("`u32`", |part| (part == "u32").then_some(()))?;
            binder.write(Width::W32)?;
        }
        Barrier::ReducePredicate(_) => {
            modifiers.one("`pred`", |part| (part == "pred").then_some(()))?;
            binder.write(Width::Predicate)?;
        }
        Barrier::Sync | Barrier::Arrive => {}
    }
    let reduces = !matches!(what, Barrier::Sync | Barrier::Arrive);
    binder.read(Width::W32)?;
    let counted = binder.operands.as_slice().len() > usize::from(reduces);
    if counted {
        binder.read(Width::W32)?;
    }
    if what == Barrier::Arrive && !counted {
        return Err("an arrival names its number of threads".to_owned());
    }
    if reduces {
        binder.read_predicate()?;
    }
    Ok(Operation::Barrier {
        what,
        counted,
        aligned,
    })
}
