//! Expression programs, laid out for lanes.
//!
//! A program's steps become sums of products: a product that one addition reads is not computed by itself,
//! but with that addition, and so on, as far as sums go. All products of a sum share one reduction.
//!
//! Values are reduced only where they would grow beyond what a product takes: how many times p a register
//! can hold is followed through the instructions here, once for a run.

use std::collections::HashMap;

use super::registers::allocate;
use crate::program::{Operand, Operation, Program};

/// What a register may hold, and a product take, in multiples of p: 2^260 is 84.6 p.
const MOST: u64 = 84;

/// Operands of a sum, each product's two included.
pub(in crate::cpu::avx512) const MOST_OPERANDS: usize = 24;

/// Products with uniforms up to which a multiplier for each is less than one reduction for all:
/// 60 multiplications each, or 50 each and 50.
const MOST_MULTIPLES: usize = 5;

/// Instructions for which a query that was loaded is kept for what reads it again.
const KEPT: usize = 8;

/// Bounds in multiples of p: of a column's values, loaded raised; of rows' points and of other products
/// with a multiplier; of what `Lanes::reduced` leaves; of uniforms.
const RAISED: u64 = 16;
const MULTIPLE: u64 = 6;
const REDUCED: u64 = 2;
const UNIFORM: u64 = 1;

/// A value, or a product of two, that is added or subtracted.
#[derive(Clone, Copy, Debug)]
pub(in crate::cpu::avx512) struct Term {
    /// The value, or the first factor.
    pub(in crate::cpu::avx512) a: Operand,
    /// The second factor. Where one of the two is uniform, it is this one.
    pub(in crate::cpu::avx512) b: Option<Operand>,
    /// Whether it is subtracted: `a` is, then, from `below` times p.
    pub(in crate::cpu::avx512) minus: bool,
    /// What a value is below, in multiples of p.
    pub(in crate::cpu::avx512) below: u64,
}

/// How a sum's products are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cpu::avx512) enum Shape {
    /// There are none.
    Terms,
    /// One square.
    Square,
    /// One product of two values that are not uniform.
    Product,
    /// Products with uniforms alone, and few: each with a multiplier.
    Multiples,
    /// Any others: they are added up and reduced once.
    Products,
}

/// What is done for the rows of a block.
#[derive(Clone, Debug)]
pub(in crate::cpu::avx512) enum Instruction {
    /// The register becomes a query or the accumulator, raised.
    Load { from: Operand, to: u32 },
    /// The register is brought below 2 p.
    Reduce(u32),
    /// The register becomes a sum of registers, points and uniforms. No instruction reads the register
    /// that it writes.
    Sum {
        shape: Shape,
        products: Vec<Term>,
        terms: Vec<Term>,
        to: u32,
    },
}

/// A program for lanes.
#[derive(Clone, Debug)]
pub(in crate::cpu::avx512) struct Plan {
    pub(in crate::cpu::avx512) instructions: Vec<Instruction>,
    pub(in crate::cpu::avx512) registers: usize,
    pub(in crate::cpu::avx512) outputs: Vec<Operand>,
}

/// A sum that has not been computed, since what reads it may be a sum, too.
#[derive(Clone, Debug, Default)]
struct Sum {
    products: Vec<Term>,
    terms: Vec<Term>,
}

impl Sum {
    fn of(a: Operand, b: Option<Operand>) -> Self {
        let (a, b) = match (a, b) {
            (Operand::Uniform(_), Some(other)) => (other, Some(a)),
            _ => (a, b),
        };
        let (minus, below) = (false, 0);
        let term = vec![Term { a, b, minus, below }];
        match b {
            Some(_) => Self {
                products: term,
                ..Self::default()
            },
            None => Self {
                terms: term,
                ..Self::default()
            },
        }
    }

    fn all(&self) -> impl Iterator<Item = &Term> {
        self.products.iter().chain(&self.terms)
    }

    fn operands(&self) -> usize {
        2 * self.products.len() + self.terms.len()
    }

    /// What it is below at best, in multiples of p: when all registers are reduced.
    fn least(&self) -> u64 {
        let products = self.products.iter().map(|term| match term.b {
            Some(b) if !is_uniform(b) => least(term.a) * least(b),
            _ => MULTIPLE * MOST,
        });
        let terms = self.terms.iter().map(|term| least(term.a));
        products.sum::<u64>().div_ceil(MOST) + 1 + terms.sum::<u64>()
    }

    fn negated(mut self) -> Self {
        for term in self.products.iter_mut().chain(&mut self.terms) {
            term.minus ^= true;
        }
        self
    }

    fn plus(mut self, other: Self) -> Self {
        self.products.extend(other.products);
        self.terms.extend(other.terms);
        self
    }

    fn shape(&self) -> Shape {
        let full = |term: &&Term| !term.b.is_some_and(is_uniform);
        let count = self.products.len();
        match self.products.iter().filter(full).count() {
            0 if count == 0 => Shape::Terms,
            0 if count <= MOST_MULTIPLES => Shape::Multiples,
            1 if count == 1 && self.products[0].b == Some(self.products[0].a) => Shape::Square,
            1 if count == 1 => Shape::Product,
            _ => Shape::Products,
        }
    }
}

fn is_uniform(operand: Operand) -> bool {
    matches!(operand, Operand::Uniform(_))
}

/// A bound on an operand whose register, if it is one, has been reduced.
fn least(operand: Operand) -> u64 {
    match operand {
        Operand::Uniform(_) => UNIFORM,
        Operand::Query(_) | Operand::Accumulator => RAISED,
        Operand::Point => MULTIPLE,
        Operand::Register(_) => REDUCED,
    }
}

/// Lays a program out.
pub(in crate::cpu::avx512) fn plan<F>(program: &Program<F>) -> Plan {
    let mut planner = Planner::new(program);
    for (value, step) in planner.steps.clone().into_iter().enumerate() {
        planner.step(value as u32, step);
    }
    planner.finish()
}

/// Registers here are values: what step i computes is register i. What registers there are in the end is
/// settled last, for values live longer than in the program where a sum waits.
struct Planner {
    /// The operation, and its operands.
    steps: Vec<(Operation, Operand, Operand)>,
    outputs: Vec<Operand>,
    /// How many operands a value is.
    uses: Vec<usize>,
    sums: Vec<Option<Sum>>,
    /// What values are below that have been computed.
    bounds: Vec<u64>,
    /// What has been loaded, and when.
    loads: HashMap<Operand, (u32, usize)>,
    instructions: Vec<Instruction>,
}

impl Planner {
    fn new<F>(program: &Program<F>) -> Self {
        let count = program.steps.len();
        let mut uses = vec![0; count];
        let mut last_written = vec![0; program.registers];
        let mut value = |operand, last_written: &[u32]| match operand {
            Operand::Register(register) => {
                let value = last_written[register as usize];
                uses[value as usize] += 1;
                Operand::Register(value)
            }
            other => other,
        };
        let mut steps = Vec::with_capacity(count);
        for (index, step) in program.steps.iter().enumerate() {
            let a = value(step.a, &last_written);
            let b = match step.operation.is_unary() {
                true => a,
                false => value(step.b, &last_written),
            };
            steps.push((step.operation, a, b));
            last_written[step.to as usize] = index as u32;
        }
        let outputs = program.outputs.iter();
        let outputs = outputs
            .map(|operand| value(*operand, &last_written))
            .collect();
        Self {
            steps,
            outputs,
            uses,
            sums: vec![None; count],
            bounds: vec![0; count],
            loads: HashMap::new(),
            instructions: Vec::new(),
        }
    }

    fn step(&mut self, value: u32, (operation, a, b): (Operation, Operand, Operand)) {
        let sum = match operation {
            Operation::Mul | Operation::Square => {
                self.settle(a);
                self.settle(b);
                Sum::of(a, Some(b))
            }
            Operation::Double => {
                self.settle(a);
                Sum::of(a, None).plus(Sum::of(a, None))
            }
            Operation::Negate => {
                let sum = self.sum_at(a).negated();
                self.taken(a);
                sum
            }
            Operation::Add => self.joined(a, b, false),
            Operation::Sub => self.joined(a, b, true),
        };
        self.sums[value as usize] = Some(sum);
        if self.uses[value as usize] != 1 {
            self.settle(Operand::Register(value));
        }
    }

    /// The sum that waits at the operand, or the operand itself.
    fn sum_at(&self, operand: Operand) -> Sum {
        let waiting = match operand {
            Operand::Register(value) => self.sums[value as usize].clone(),
            _ => None,
        };
        waiting.unwrap_or_else(|| Sum::of(operand, None))
    }

    /// The sum no longer waits: another one has taken it in.
    fn taken(&mut self, operand: Operand) {
        if let Operand::Register(value) = operand {
            self.sums[value as usize] = None;
        }
    }

    /// a + b or a - b as one sum, as far as sums go.
    fn joined(&mut self, a: Operand, b: Operand, minus: bool) -> Sum {
        loop {
            let (sum_a, sum_b) = (self.sum_at(a), self.sum_at(b));
            let larger = match sum_a.operands() >= sum_b.operands() {
                true => a,
                false => b,
            };
            let sum = sum_a.plus(match minus {
                true => sum_b.negated(),
                false => sum_b,
            });
            if sum.operands() <= MOST_OPERANDS && sum.least() <= MOST {
                self.taken(a);
                self.taken(b);
                return sum;
            }
            // A value of its own then. Two of them always go together.
            self.settle(larger);
        }
    }

    /// Computes the sum that waits at the operand, if one does.
    fn settle(&mut self, operand: Operand) {
        if let Operand::Register(value) = operand {
            if let Some(sum) = self.sums[value as usize].take() {
                self.compute(sum, operand);
            }
        }
    }

    fn bound(&self, operand: Operand) -> u64 {
        match operand {
            Operand::Register(value) => self.bounds[value as usize],
            other => least(other),
        }
    }

    fn bound_of(&self, sum: &Sum, shape: Shape) -> u64 {
        let products = sum.products.iter();
        let products = match shape {
            Shape::Terms => 0,
            Shape::Multiples => MULTIPLE * products.len() as u64,
            Shape::Square | Shape::Product | Shape::Products => {
                let products = products.map(|term| {
                    let b = term.b.map_or(1, |b| self.bound(b));
                    self.bound(term.a) * b
                });
                products.sum::<u64>().div_ceil(MOST) + 1
            }
        };
        let terms = sum.terms.iter().map(|term| self.bound(term.a));
        products + terms.sum::<u64>()
    }

    /// The largest register that a sum reads.
    fn largest(&self, sum: &Sum) -> Option<u32> {
        let operands = sum.all().flat_map(|term| [Some(term.a), term.b]);
        let registers = operands.filter_map(|operand| match operand {
            Some(Operand::Register(value)) => Some(value),
            _ => None,
        });
        registers.max_by_key(|value| self.bounds[*value as usize])
    }

    /// The operand, loaded into a register if it is in memory.
    fn loaded(&mut self, operand: Operand) -> Operand {
        if !matches!(operand, Operand::Query(_) | Operand::Accumulator) {
            return operand;
        }
        let now = self.instructions.len();
        if let Some((value, loaded)) = self.loads.get(&operand) {
            if now - loaded <= KEPT {
                return Operand::Register(*value);
            }
        }
        let value = self.bounds.len() as u32;
        self.bounds.push(RAISED);
        self.loads.insert(operand, (value, now));
        self.instructions.push(Instruction::Load {
            from: operand,
            to: value,
        });
        Operand::Register(value)
    }

    fn compute(&mut self, mut sum: Sum, to: Operand) {
        let Operand::Register(to) = to else {
            unreachable!("what is computed is a step's value")
        };
        let shape = sum.shape();
        for term in sum.products.iter_mut().chain(&mut sum.terms) {
            term.a = self.loaded(term.a);
            term.b = term.b.map(|b| self.loaded(b));
        }
        while self.bound_of(&sum, shape) > MOST {
            let Some(largest) = self.largest(&sum) else {
                unreachable!("a sum of values that are not registers was found to fit")
            };
            self.instructions.push(Instruction::Reduce(largest));
            self.bounds[largest as usize] = REDUCED;
        }
        for term in sum.products.iter_mut().chain(&mut sum.terms) {
            term.below = self.bound(term.a);
        }
        self.bounds[to as usize] = self.bound_of(&sum, shape);
        let Sum { products, terms } = sum;
        self.instructions.push(Instruction::Sum {
            shape,
            products,
            terms,
            to,
        });
    }

    fn finish(mut self) -> Plan {
        let mut outputs = Vec::with_capacity(self.outputs.len());
        for output in self.outputs.clone() {
            self.settle(output);
            outputs.push(self.loaded(output));
        }
        let registers = allocate(&mut self.instructions, &mut outputs, self.bounds.len());
        Plan {
            instructions: self.instructions,
            registers,
            outputs,
        }
    }
}
