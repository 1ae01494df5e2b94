use ff::Field;
use halo2curves::bn256::Fr;
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::{interpret::Interpreter, NodeId, Program, ProgramBuilder};

/// Expressions as written, evaluated with no sharing and no folding.
#[derive(Clone)]
enum Tree {
    Constant(Fr),
    Scalar(u32),
    Query(u32, i32),
    Point,
    Accumulator,
    Add(Box<Tree>, Box<Tree>),
    Sub(Box<Tree>, Box<Tree>),
    Mul(Box<Tree>, Box<Tree>),
    Negate(Box<Tree>),
}

const INPUTS: u32 = 3;
const SCALARS: u32 = 2;

fn random_tree(rng: &mut StdRng, depth: u32) -> Tree {
    if depth == 0 || rng.gen_ratio(1, 8) {
        return match rng.gen_range(0..8) {
            0 => Tree::Constant(Fr::from(rng.gen_range(0..3))),
            1 => Tree::Constant(-Fr::ONE),
            2 => Tree::Scalar(rng.gen_range(0..SCALARS)),
            3 => Tree::Point,
            4 => Tree::Accumulator,
            _ => Tree::Query(rng.gen_range(0..INPUTS), rng.gen_range(-40..40)),
        };
    }
    let mut child = || Box::new(random_tree(rng, depth - 1));
    let (a, b) = (child(), child());
    match rng.gen_range(0..5) {
        0 => Tree::Add(a, b),
        1 => Tree::Sub(a, b),
        2 => Tree::Mul(a.clone(), a),
        3 => Tree::Negate(a),
        _ => Tree::Mul(a, b),
    }
}

fn build(builder: &mut ProgramBuilder<Fr>, tree: &Tree) -> NodeId {
    match tree {
        Tree::Constant(value) => builder.constant(*value),
        Tree::Scalar(index) => builder.scalar(*index),
        Tree::Query(input, rotation) => builder.query(*input, *rotation),
        Tree::Point => builder.point(),
        Tree::Accumulator => builder.accumulator(),
        Tree::Add(a, b) | Tree::Sub(a, b) | Tree::Mul(a, b) => {
            let (x, y) = (build(builder, a), build(builder, b));
            match tree {
                Tree::Add(..) => builder.add(x, y),
                Tree::Sub(..) => builder.sub(x, y),
                _ => builder.mul(x, y),
            }
        }
        Tree::Negate(a) => {
            let a = build(builder, a);
            builder.negate(a)
        }
    }
}

struct Run {
    n: usize,
    omega: Fr,
    shift: Fr,
    inputs: Vec<Vec<Fr>>,
    scalars: Vec<Fr>,
    accumulator: Vec<Fr>,
}

impl Run {
    fn random(rng: &mut StdRng, n: usize) -> Self {
        let mut column = || (0..n).map(|_| Fr::random(&mut *rng)).collect::<Vec<_>>();
        Self {
            n,
            omega: Fr::from(7),
            shift: Fr::from(5),
            inputs: (0..INPUTS).map(|_| column()).collect(),
            scalars: vec![Fr::from(11), Fr::from(13)],
            accumulator: column(),
        }
    }

    fn naive(&self, tree: &Tree, row: usize) -> Fr {
        let of = |tree| self.naive(tree, row);
        match tree {
            Tree::Constant(value) => *value,
            Tree::Scalar(index) => self.scalars[*index as usize],
            Tree::Query(input, rotation) => {
                let row = (row as i64 + *rotation as i64).rem_euclid(self.n as i64);
                self.inputs[*input as usize][row as usize]
            }
            Tree::Point => self.shift * self.omega.pow_vartime([row as u64]),
            Tree::Accumulator => self.accumulator[row],
            Tree::Add(a, b) => of(a) + of(b),
            Tree::Sub(a, b) => of(a) - of(b),
            Tree::Mul(a, b) => of(a) * of(b),
            Tree::Negate(a) => -of(a),
        }
    }

    fn interpret(&self, program: &Program<Fr>) -> Vec<Vec<Fr>> {
        let inputs: Vec<&[Fr]> = self.inputs.iter().map(Vec::as_slice).collect();
        let interpreter = Interpreter::new(
            program,
            &inputs,
            &self.scalars,
            self.n,
            self.omega,
            self.shift,
        );
        interpreter.outputs(&self.accumulator)
    }
}

#[test]
fn random_expressions_match_their_definition() {
    let mut rng = StdRng::seed_from_u64(1);
    for round in 0..200 {
        let run = Run::random(&mut rng, [8, 64, 128, 256, 512][round % 5]);
        let trees: Vec<Tree> = (0..2).map(|_| random_tree(&mut rng, 5)).collect();
        let mut builder = ProgramBuilder::new();
        let outputs: Vec<NodeId> = trees.iter().map(|t| build(&mut builder, t)).collect();
        let results = run.interpret(&builder.compile(&outputs));
        for (tree, result) in trees.iter().zip(results) {
            for row in [0, 1, run.n / 2, run.n - 2, run.n - 1] {
                assert_eq!(result[row], run.naive(tree, row), "round {round} row {row}");
            }
        }
    }
}

#[test]
fn common_subexpressions_are_computed_once() {
    let mut builder = ProgramBuilder::<Fr>::new();
    let (a, b) = (builder.query(0, 0), builder.query(1, 0));
    let ab = builder.mul(a, b);
    let ba = builder.mul(b, a);
    assert_eq!(ab, ba);
    let sum = builder.add(ab, ba);
    let program = builder.compile(&[sum]);
    assert_eq!(program.multiplications(), 1);
    assert_eq!(program.additions(), 1);
}

#[test]
fn constants_fold_and_uniforms_leave_the_rows() {
    let mut builder = ProgramBuilder::<Fr>::new();
    let (zero, one) = (builder.constant(Fr::ZERO), builder.constant(Fr::ONE));
    let a = builder.query(0, 0);
    assert_eq!(builder.mul(a, one), a);
    assert_eq!(builder.add(a, zero), a);
    assert_eq!(builder.mul(a, zero), zero);
    let theta = builder.scalar(0);
    let theta_squared = builder.mul(theta, theta);
    let scaled = builder.mul(a, theta_squared);
    let program = builder.compile(&[scaled]);
    assert_eq!(program.uniform_steps().len(), 1);
    assert_eq!(program.steps().len(), 1);
}

#[test]
fn registers_are_reused() {
    let mut builder = ProgramBuilder::<Fr>::new();
    let y = builder.scalar(0);
    let mut acc = builder.accumulator();
    for input in 0..50 {
        let (a, b) = (builder.query(input, 0), builder.query(input, 1));
        let ab = builder.mul(a, b);
        acc = builder.mul_add(acc, y, ab);
    }
    assert!(builder.compile(&[acc]).registers() <= 4);
}

#[test]
fn what_no_output_needs_is_left_out() {
    let mut builder = ProgramBuilder::<Fr>::new();
    let (a, b) = (builder.query(0, 0), builder.query(5, 0));
    builder.mul(a, b);
    let program = builder.compile(&[a]);
    assert_eq!((program.inputs(), program.steps().len()), (1, 0));
}

#[test]
fn digests_tell_programs_apart() {
    let digest = |constant: u64, scalar: u32, rotation: i32, squared: bool| {
        let mut builder = ProgramBuilder::<Fr>::new();
        let (c, s) = (builder.constant(Fr::from(constant)), builder.scalar(scalar));
        let (a, b) = (builder.query(0, rotation), builder.query(1, 0));
        let product = match squared {
            true => builder.mul(a, a),
            false => builder.mul(a, b),
        };
        let sum = builder.mul_add(product, s, c);
        builder.compile(&[sum]).digest()
    };
    let all = [
        digest(5, 0, 0, false),
        digest(6, 0, 0, false),
        digest(5, 1, 0, false),
        digest(5, 0, -1, false),
        digest(5, 0, 0, true),
    ];
    for (i, one) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|other| other != one), "program {i}");
    }
    assert_eq!(all[0], digest(5, 0, 0, false));
}
