//! Instructions that a warp executes together.

use super::super::operation::{AtomicOp, Operation, Shuffle, Vote, Width};
use super::arithmetic::read;
use super::memory::atomic;
use super::modifiers::Modifiers;
use super::{Binder, Result};

pub(super) fn bind(
    base: &str,
    modifiers: &mut Modifiers<'_>,
    binder: &mut Binder<'_, '_>,
) -> Result<Option<Operation>> {
    let sync = |modifiers: &mut Modifiers<'_>| {
        modifiers.one("`sync`", |part| (part == "sync").then_some(()))
    };
    Ok(Some(match base {
        "shfl" => {
            sync(modifiers)?;
            let shuffle = modifiers.one("a shuffle", |part| {
                Some(match part {
                    "up" => Shuffle::Up,
                    "down" => Shuffle::Down,
                    "bfly" => Shuffle::Butterfly,
                    "idx" => Shuffle::Index,
                    _ => return None,
                })
            })?;
            modifiers.one("`b32`", |part| (part == "b32").then_some(()))?;
            binder.write_pair(Width::W32, Width::Predicate)?;
            read(binder, Width::W32, 4)?;
            Operation::Shuffle(shuffle)
        }
        "vote" => {
            sync(modifiers)?;
            let vote = modifiers.one("a vote", |part| {
                Some(match part {
                    "all" => Vote::All,
                    "any" => Vote::Any,
                    "uni" => Vote::Uniform,
                    "ballot" => Vote::Ballot,
                    _ => return None,
                })
            })?;
            let width = modifiers.width()?;
            let expected = match vote {
                Vote::Ballot => Width::W32,
                _ => Width::Predicate,
            };
            if width != expected {
                return Err("the vote has another type".to_owned());
            }
            binder.write(width)?;
            binder.read_predicate()?;
            binder.read(Width::W32)?;
            Operation::Vote(vote)
        }
        "match" => {
            let all = modifiers.one("`any` or `all`", |part| match part {
                "any" => Some(false),
                "all" => Some(true),
                _ => None,
            })?;
            sync(modifiers)?;
            let width = modifiers.width()?;
            if !matches!(width, Width::W32 | Width::W64) {
                return Err("matches have 32 or 64 bits".to_owned());
            }
            if all {
                binder.write_pair(Width::W32, Width::Predicate)?;
            } else {
                binder.write(Width::W32)?;
            }
            binder.read(width)?;
            binder.read(Width::W32)?;
            if all {
                Operation::MatchAll(width)
            } else {
                Operation::MatchAny(width)
            }
        }
        "redux" => {
            sync(modifiers)?;
            let op = modifiers.one("a reduction", atomic)?;
            let integer = modifiers.integer()?;
            let known = matches!(
                op,
                AtomicOp::Add
                    | AtomicOp::Min
                    | AtomicOp::Max
                    | AtomicOp::And
                    | AtomicOp::Or
                    | AtomicOp::Xor
            );
            if !known || integer.width() != Width::W32 {
                return Err("this reduction is not known".to_owned());
            }
            binder.write(Width::W32)?;
            read(binder, Width::W32, 2)?;
            Operation::Reduce(op, integer)
        }
        "activemask" => {
            modifiers.one("`b32`", |part| (part == "b32").then_some(()))?;
            binder.write(Width::W32)?;
            Operation::ActiveMask
        }
        _ => return Ok(None),
    }))
}
