//! Runs a [`Plan`] over blocks of rows.

use std::array;

use ff::PrimeField;

use super::plan::{plan, Instruction, Plan, Shape, Term, MOST_OPERANDS};
use crate::cpu::avx512::{
    constants::{multiplier, raised},
    lanes::Lanes,
    modulus::{limbs, ScalarModulus, Words, LIMBS},
    multiplier::Multiplier,
    sums::ProductSum,
    words::{prefetch, splat, LANES},
};
use crate::program::{Operand, Program, Query};

/// Rows of a block: a register is 40 bytes a row. Decoding an instruction is spread over so many vectors,
/// while some registers stay in L1.
pub(in crate::cpu::avx512) const BLOCK_ROWS: usize = 128;

const VECTORS: usize = BLOCK_ROWS / LANES;

/// The values of a block's rows, raised.
type Block = Vec<Lanes<ScalarModulus>>;

/// A program bound to its inputs.
pub(in crate::cpu::avx512) struct Run<'a, F> {
    plan: Plan,
    queries: &'a [Query],
    inputs: Vec<&'a [Words]>,
    n: usize,
    /// The uniforms, raised, in limbs.
    uniforms: Vec<[u64; LIMBS]>,
    /// Of those that values are multiplied by.
    multipliers: Vec<Option<Multiplier<ScalarModulus>>>,
    points: Option<Points<F>>,
}

/// How rows' points are made.
struct Points<F> {
    shift: F,
    omega: F,
    /// omega^8.
    step: Multiplier<ScalarModulus>,
}

/// The registers of a thread.
pub(in crate::cpu::avx512) struct Registers {
    blocks: Vec<Block>,
    points: Block,
    /// The points of the rows that come next.
    next_points: Lanes<ScalarModulus>,
}

/// The bytes of a thread's registers.
pub(in crate::cpu) fn registers_bytes<F>(program: &Program<F>) -> usize {
    let block = VECTORS * size_of::<Lanes<ScalarModulus>>();
    (plan(program).registers + 1) * block
}

/// Where the values of an operand are.
#[derive(Clone, Copy)]
pub(in crate::cpu::avx512) enum Source<'a> {
    Block(&'a [Lanes<ScalarModulus>]),
    Constant(&'a [u64; LIMBS]),
}

impl Source<'_> {
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    pub(in crate::cpu::avx512) fn load(&self, vector: usize) -> Lanes<ScalarModulus> {
        match self {
            Self::Block(block) => block[vector],
            Self::Constant(limbs) => Lanes::of_limbs(limbs.map(|limb| splat(limb))),
        }
    }
}

/// Loads elements from a row on; those at a column's end are followed by its first ones.
#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn load(rows: &[Words], first: usize, to: &mut [Lanes<ScalarModulus>]) {
    for (vector, to) in to.iter_mut().enumerate() {
        let mut row = first + LANES * vector;
        if row >= rows.len() {
            row -= rows.len();
        }
        // While this block is computed with, its columns' next rows come: from memory they would come as
        // slowly as products are computed.
        prefetch(rows, row + BLOCK_ROWS);
        *to = match rows.get(row..).and_then(|rows| rows.first_chunk()) {
            Some(elements) => Lanes::load_raised(elements),
            None => Lanes::load_raised(&around(rows, row)),
        };
    }
}

/// Eight elements from a row on, over the column's end.
#[cold]
#[inline(never)]
fn around(rows: &[Words], first: usize) -> [Words; LANES] {
    array::from_fn(|i| rows[(first + i) % rows.len()])
}

/// The terms of a sum, with their sources.
struct Terms<'a> {
    sources: [(Source<'a>, bool); MOST_OPERANDS],
    count: usize,
    /// The multiple of p that what is subtracted, is subtracted from.
    offset: u64,
}

impl<'a> Terms<'a> {
    fn new(terms: &[Term], source: impl Fn(Operand) -> Source<'a>) -> Self {
        let mut sources = [(Source::Constant(&[0; LIMBS]), false); MOST_OPERANDS];
        let mut offset = 0;
        for (to, term) in sources.iter_mut().zip(terms) {
            *to = (source(term.a), term.minus);
            if term.minus {
                offset += term.below;
            }
        }
        let count = terms.len();
        Self {
            sources,
            count,
            offset,
        }
    }

    /// With no products.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    fn run(&self, to: &mut [Lanes<ScalarModulus>]) {
        for (vector, to) in to.iter_mut().enumerate() {
            *to = self.sum(vector, Lanes::zero());
        }
    }

    /// What is given and the terms.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    fn sum(&self, vector: usize, mut sum: Lanes<ScalarModulus>) -> Lanes<ScalarModulus> {
        if self.offset != 0 {
            sum = sum.plus(Lanes::multiple(self.offset));
        }
        for (source, minus) in &self.sources[..self.count] {
            let value = source.load(vector);
            sum = match minus {
                false => sum.plus(value),
                true => sum.less(value),
            };
        }
        sum
    }
}

/// A product of a sum, with its sources.
#[derive(Clone, Copy)]
struct Product<'a> {
    a: Source<'a>,
    b: Source<'a>,
    /// The multiple of p that a is subtracted from, if the product is subtracted.
    minus: Option<u64>,
}

impl<'a> Product<'a> {
    fn new(term: &Term, source: impl Fn(Operand) -> Source<'a>) -> Self {
        let a = source(term.a);
        Self {
            a,
            b: term.b.map_or(a, source),
            minus: term.minus.then_some(term.below),
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    #[inline]
    fn first(&self, vector: usize) -> Lanes<ScalarModulus> {
        let a = self.a.load(vector);
        match self.minus {
            None => a,
            Some(below) => Lanes::multiple(below).less(a),
        }
    }
}

impl<'a, F: PrimeField> Run<'a, F> {
    /// Binds a program to columns of n values and to scalars, and computes what is uniform.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    pub(in crate::cpu::avx512) fn new(
        program: &'a Program<F>,
        inputs: Vec<&'a [Words]>,
        scalars: &[F],
        n: usize,
        omega: F,
        shift: F,
    ) -> Self {
        let plan = plan(program);
        let uniforms = program.uniforms(scalars);
        let mut multipliers = vec![None; uniforms.len()];
        for instruction in &plan.instructions {
            let Instruction::Sum {
                shape: Shape::Multiples,
                products,
                ..
            } = instruction
            else {
                continue;
            };
            for term in products {
                if let Some(Operand::Uniform(index)) = term.b {
                    let index = index as usize;
                    multipliers[index] = Some(multiplier(uniforms[index]));
                }
            }
        }
        Self {
            plan,
            queries: program.queries(),
            inputs,
            n,
            uniforms: uniforms
                .iter()
                .map(|uniform| limbs(raised(*uniform)))
                .collect(),
            multipliers,
            points: program.reads_point().then(|| Points {
                shift,
                omega,
                step: multiplier(omega.pow_vartime([LANES as u64])),
            }),
        }
    }

    /// Registers for a thread.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    pub(in crate::cpu::avx512) fn registers(&self) -> Registers {
        let zeros = vec![Lanes::zero(); VECTORS];
        Registers {
            blocks: vec![zeros.clone(); self.plan.registers],
            next_points: zeros[0],
            points: zeros,
        }
    }

    /// The next block begins at the row: blocks that follow each other need not be told so.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    pub(in crate::cpu::avx512) fn start_at(&self, registers: &mut Registers, row: usize) {
        if let Some(points) = &self.points {
            let mut point = points.shift * points.omega.pow_vartime([row as u64]);
            let first = array::from_fn(|_| {
                let this = raised(point);
                point *= points.omega;
                this
            });
            registers.next_points = Lanes::load(&first);
        }
    }

    /// Runs the program for a block's rows from `start` on.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    pub(in crate::cpu::avx512) fn block(
        &self,
        registers: &mut Registers,
        start: usize,
        rows: usize,
        accumulator: &[Words],
    ) {
        debug_assert!(rows <= BLOCK_ROWS);
        let vectors = rows.div_ceil(LANES);
        if let Some(points) = &self.points {
            let mut point = registers.next_points;
            for to in &mut registers.points[..vectors] {
                *to = point;
                point = point.factors().times(&points.step);
            }
            registers.next_points = point;
        }
        let Registers { blocks, points, .. } = registers;
        for instruction in &self.plan.instructions {
            match instruction {
                Instruction::Reduce(register) => {
                    for value in &mut blocks[*register as usize][..vectors] {
                        *value = value.reduced();
                    }
                }
                Instruction::Load { from, to } => {
                    let (rows, first) = match from {
                        Operand::Query(index) => self.query(*index, start),
                        _ => (accumulator, 0),
                    };
                    load(rows, first, &mut blocks[*to as usize][..vectors]);
                }
                Instruction::Sum {
                    shape,
                    products,
                    terms,
                    to,
                } => {
                    // The instruction does not read what it writes.
                    let mut block = std::mem::take(&mut blocks[*to as usize]);
                    let source = |operand| self.source(operand, blocks, points);
                    let terms = Terms::new(terms, source);
                    let to_vectors = &mut block[..vectors];
                    match (shape, products.as_slice()) {
                        (Shape::Terms, _) => terms.run(to_vectors),
                        (Shape::Square, [term]) => {
                            square(&Product::new(term, source), &terms, to_vectors);
                        }
                        (Shape::Product, [term]) => {
                            product(&Product::new(term, source), &terms, to_vectors);
                        }
                        (Shape::Multiples, products) => {
                            self.multiples(products, source, &terms, to_vectors);
                        }
                        (_, products) => sum_of_products(products, source, &terms, to_vectors),
                    }
                    blocks[*to as usize] = block;
                }
            }
        }
    }

    /// Where an output of the rows just run is.
    pub(in crate::cpu::avx512) fn output<'v>(
        &'v self,
        registers: &'v Registers,
        index: usize,
    ) -> Source<'v> {
        self.source(
            self.plan.outputs[index],
            &registers.blocks,
            &registers.points,
        )
    }

    /// The column of a query, and the row from which it is read.
    fn query(&self, index: u32, start: usize) -> (&[Words], usize) {
        let query = self.queries[index as usize];
        let first = (start as i64 + i64::from(query.rotation)).rem_euclid(self.n as i64);
        (self.inputs[query.input as usize], first as usize)
    }

    fn source<'v>(
        &'v self,
        operand: Operand,
        blocks: &'v [Block],
        points: &'v Block,
    ) -> Source<'v> {
        match operand {
            Operand::Uniform(index) => Source::Constant(&self.uniforms[index as usize]),
            Operand::Register(index) => Source::Block(&blocks[index as usize]),
            Operand::Point => Source::Block(points),
            Operand::Query(_) | Operand::Accumulator => {
                unreachable!("what is in memory is loaded before it is read")
            }
        }
    }

    /// Products with uniforms, each by its multiplier.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
    fn multiples<'v>(
        &'v self,
        products: &[Term],
        source: impl Fn(Operand) -> Source<'v>,
        terms: &Terms<'_>,
        to: &mut [Lanes<ScalarModulus>],
    ) {
        for (index, term) in products.iter().enumerate() {
            let multiplier = match term.b {
                Some(Operand::Uniform(index)) => self.multipliers[index as usize].as_ref(),
                _ => None,
            };
            let Some(multiplier) = multiplier else {
                unreachable!("uniforms of such products have multipliers")
            };
            let product = Product::new(term, &source);
            for (vector, to) in to.iter_mut().enumerate() {
                let multiple = product.first(vector).factors().times(multiplier);
                *to = match index {
                    0 => terms.sum(vector, multiple),
                    _ => to.plus(multiple),
                };
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn square(product: &Product<'_>, terms: &Terms<'_>, to: &mut [Lanes<ScalarModulus>]) {
    for (vector, to) in to.iter_mut().enumerate() {
        // A square that is subtracted is a product.
        let a = product.a.load(vector).factors();
        let square = match product.minus {
            None => a.square(),
            Some(_) => product.first(vector).factors().product(&a),
        };
        *to = terms.sum(vector, square);
    }
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn product(product: &Product<'_>, terms: &Terms<'_>, to: &mut [Lanes<ScalarModulus>]) {
    for (vector, to) in to.iter_mut().enumerate() {
        let a = product.first(vector).factors();
        let b = product.b.load(vector).factors();
        *to = terms.sum(vector, a.product(&b));
    }
}

#[target_feature(enable = "avx512f,avx512ifma,avx512vbmi2")]
fn sum_of_products<'v>(
    products: &[Term],
    source: impl Fn(Operand) -> Source<'v>,
    terms: &Terms<'_>,
    to: &mut [Lanes<ScalarModulus>],
) {
    const MOST_PRODUCTS: usize = MOST_OPERANDS / 2;
    let nothing = Source::Constant(&[0; LIMBS]);
    let mut resolved = [Product {
        a: nothing,
        b: nothing,
        minus: None,
    }; MOST_PRODUCTS];
    for (product, term) in resolved.iter_mut().zip(products) {
        *product = Product::new(term, &source);
    }
    let resolved = &resolved[..products.len()];
    for (vector, to) in to.iter_mut().enumerate() {
        let mut sum = ProductSum::zero();
        for product in resolved {
            let a = product.first(vector).factors();
            match product.b {
                Source::Constant(limbs) => sum.add_constant(a.limbs, limbs),
                b => sum.add(a.limbs, b.load(vector).factors().limbs),
            }
        }
        // Of many products' sum the limbs are wide: as digits they leave room for sums of sums.
        *to = terms.sum(vector, sum.reduced().digits());
    }
}
