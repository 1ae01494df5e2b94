//! Floating point.

use super::super::operation::{
    Comparison, FloatBinary, FloatComparison, FloatUnary, Operation, Rounding, Width,
};
use super::arithmetic::{logic, read};
use super::modifiers::Modifiers;
use super::{Binder, Result};

pub(super) fn bind(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Option<Operation>> {
    if base == "setp" {
        let comparison = modifiers.one("a comparison", comparison)?;
        let logic = modifiers.accept_one(logic);
        let float = modifiers.float()?;
        binder.write_pair(Width::Predicate, Width::Predicate)?;
        read(binder, float.width(), 2)?;
        if logic.is_some() {
            binder.read_predicate()?;
        }
        return Ok(Some(Operation::FloatCompare(comparison, float, logic)));
    }
    let rounding = modifiers.accept_one(rounding).unwrap_or(Rounding::Nearest);
    let float = modifiers.float()?;
    binder.write(float.width())?;
    let binary = match base {
        "add" => FloatBinary::Add,
        "sub" => FloatBinary::Sub,
        "mul" => FloatBinary::Mul,
        "div" => FloatBinary::Div,
        "min" => FloatBinary::Min,
        "max" => FloatBinary::Max,
        "fma" | "mad" => {
            read(binder, float.width(), 3)?;
            return Ok(Some(Operation::FusedMultiplyAdd(float, rounding)));
        }
        "neg" | "abs" | "sqrt" => {
            read(binder, float.width(), 1)?;
            let unary = match base {
                "neg" => FloatUnary::Neg,
                "abs" => FloatUnary::Abs,
                _ => FloatUnary::Sqrt,
            };
            return match rounding {
                Rounding::Nearest => Ok(Some(Operation::FloatUnary(unary, float))),
                _ => Err("only rounding to nearest is known here".to_owned()),
            };
        }
        _ => return Ok(None),
    };
    if binary == FloatBinary::Div && rounding != Rounding::Nearest {
        return Err("only rounding to nearest is known here".to_owned());
    }
    read(binder, float.width(), 2)?;
    Ok(Some(Operation::Float(binary, float, rounding)))
}

pub(super) fn rounding(part: &str) -> Option<Rounding> {
    Some(match part {
        "rn" => Rounding::Nearest,
        "rz" => Rounding::Zero,
        "rm" => Rounding::Down,
        "rp" => Rounding::Up,
        _ => return None,
    })
}

fn comparison(part: &str) -> Option<Comparison> {
    Some(match part {
        "eq" => Comparison::Eq,
        "ne" => Comparison::Ne,
        "lt" => Comparison::Lt,
        "le" => Comparison::Le,
        "gt" => Comparison::Gt,
        "ge" => Comparison::Ge,
        "equ" => Comparison::Unordered(FloatComparison::Eq),
        "neu" => Comparison::Unordered(FloatComparison::Ne),
        "ltu" => Comparison::Unordered(FloatComparison::Lt),
        "leu" => Comparison::Unordered(FloatComparison::Le),
        "gtu" => Comparison::Unordered(FloatComparison::Gt),
        "geu" => Comparison::Unordered(FloatComparison::Ge),
        "num" => Comparison::Num,
        "nan" => Comparison::Nan,
        _ => return None,
    })
}
