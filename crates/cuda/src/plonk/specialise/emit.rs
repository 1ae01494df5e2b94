//! The text: a step after the other, each step's operands read ahead.

use std::fmt::{Arguments, Write};

use halo2_offload_engine::program::Operation;

use crate::plonk::evaluate::lower::{Lowered, Place, Step};

/// The entry point of the kernel. Its parameters: the table of columns, the uniforms, the powers of
/// omega, the shift, log2 of the number of rows, log2 of the low powers; as `plonk_evaluate` has them.
pub(in crate::plonk) const ENTRY: &str = "plonk_specialised";

/// Bytes of a field element, and of half of one: the most that is read at a time.
const ELEMENT: u32 = 32;
const HALF: u32 = ELEMENT / 2;
/// Bytes between a slot and the next, and between the halves of one: 32 lanes have theirs between.
const SLOT: u32 = 32 * ELEMENT;
const SLOT_HALF: u32 = 32 * HALF;
/// Bytes of an entry of the table.
const ENTRY_BYTES: u32 = 16;

/// The text of a module whose kernel runs a program: `arithmetic` is the text of the module that has the
/// functions, and the first slots are registers.
pub(in crate::plonk) fn text(program: &Lowered, in_registers: u32, arithmetic: &str) -> String {
    let mut kernel = Kernel {
        program,
        in_registers,
        body: String::new(),
        elements: 0,
        addresses: 0,
        kept: vec![Element(0); in_registers as usize],
        result: Element(0),
    };
    kernel.begin();
    if let Some(slot) = program.point_slot {
        kernel.point(slot);
    }
    kernel.run();
    kernel.wrap(arithmetic)
}

/// A field element in registers: `%v{8 i}` to `%v{8 i + 7}`. It is written once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Element(u32);

/// A 64-bit register with an address: `%a{i}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address(u32);

impl Element {
    /// The registers of a half, as a vector.
    fn half(self, half: u32) -> String {
        let [a, b, c, d] = [0, 1, 2, 3].map(|limb| 8 * self.0 + 4 * half + limb);
        format!("{{%v{a}, %v{b}, %v{c}, %v{d}}}")
    }
}

/// What is read of a step before it computes.
#[derive(Clone, Copy, Debug, Default)]
struct Ahead {
    /// Where its columns begin, by operand; the second of a step that writes is the output's.
    columns: [Option<Address>; 2],
    /// The operands: all but the result.
    operands: [Option<Element>; 2],
}

struct Kernel<'a> {
    program: &'a Lowered,
    in_registers: u32,
    body: String,
    elements: u32,
    addresses: u32,
    /// What the slots hold that are registers.
    kept: Vec<Element>,
    result: Element,
}

impl Kernel<'_> {
    fn line(&mut self, words: Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = writeln!(self.body, "\t{words}");
    }

    fn element(&mut self) -> Element {
        self.elements += 1;
        Element(self.elements - 1)
    }

    fn address(&mut self) -> Address {
        self.addresses += 1;
        Address(self.addresses - 1)
    }

    /// Finds the row and the warp's part of shared memory; rows beyond the last have nothing to do.
    fn begin(&mut self) {
        let part = SLOT * (self.program.slots - self.in_registers);
        for line in [
            "ld.param.u64 %table, [table];",
            "ld.param.u64 %uniforms, [uniforms];",
            "ld.param.u32 %log_n, [log_n];",
            "mov.u32 %thread, %tid.x;",
            "mov.u32 %i0, %ctaid.x;",
            "mov.u32 %i1, %ntid.x;",
            "mad.lo.u32 %row, %i0, %i1, %thread;",
            "shr.u32 %i0, %row, %log_n;",
            "setp.ne.u32 %beyond, %i0, 0;",
            "@%beyond ret;",
            "shl.b32 %i0, 1, %log_n;",
            "sub.u32 %mask, %i0, 1;",
            "mov.u32 %slots, slots_of_block;",
            "shr.u32 %i0, %thread, 5;",
            &format!("mad.lo.u32 %slots, %i0, {part}, %slots;"),
            "and.b32 %i0, %thread, 31;",
            &format!("mad.lo.u32 %slots, %i0, {HALF}, %slots;"),
        ] {
            self.line(format_args!("{line}"));
        }
    }

    /// shift omega^row, from the two tables of powers.
    fn point(&mut self, slot: u32) {
        for line in [
            "ld.param.u64 %powers, [powers];",
            "ld.param.u32 %log_low, [log_low];",
            "shr.u32 %i0, %row, %log_low;",
            "shl.b32 %i1, 1, %log_low;",
            "sub.u32 %i1, %i1, 1;",
            "and.b32 %i1, %i1, %row;",
            "sub.u32 %i2, %log_n, %log_low;",
            "shl.b32 %i2, 1, %i2;",
            "add.u32 %i1, %i1, %i2;",
        ] {
            self.line(format_args!("{line}"));
        }
        let powers = [0, 1].map(|index| {
            let Address(at) = self.address();
            self.line(format_args!(
                "mad.wide.u32 %a{at}, %i{index}, {ELEMENT}, %powers;"
            ));
            self.load("global", &format!("%a{at}"), 0, HALF)
        });
        let power = self.call("plonk_product", &powers);
        let shift = self.load("param", "shift", 0, HALF);
        let point = self.call("plonk_product", &[power, shift]);
        self.keep(slot, point);
    }

    /// All steps. Where columns begin is read two steps ahead, the operands one.
    fn run(&mut self) {
        let program = self.program;
        let step = |index: usize| program.steps.get(index);
        let columns = self.columns(step(0));
        let mut this = self.fetch(step(0), columns);
        let mut next_columns = self.columns(step(1));
        for (index, now) in program.steps.iter().enumerate() {
            let columns = self.columns(step(index + 2));
            let next = self.fetch(step(index + 1), next_columns);
            self.line(format_args!("// step {index}"));
            self.step(now, this);
            (this, next_columns) = (next, columns);
        }
        self.line(format_args!("ret;"));
    }

    /// Reads where the step's columns begin.
    fn columns(&mut self, step: Option<&Step>) -> [Option<Address>; 2] {
        let Some(step) = step else { return [None; 2] };
        let [mut a, mut b] = step.operands().map(|place| match place {
            Some(Place::Entry(entry)) => Some(entry),
            _ => None,
        });
        if let Step::Output { entry, .. } = *step {
            b = Some(entry);
        }
        [&mut a, &mut b].map(|entry| {
            let offset = ENTRY_BYTES * (*entry)?;
            let Address(at) = self.address();
            self.line(format_args!("ld.global.u64 %a{at}, [%table+{offset}];"));
            Some(Address(at))
        })
    }

    /// Reads the step's operands, but for the result.
    fn fetch(&mut self, step: Option<&Step>, columns: [Option<Address>; 2]) -> Ahead {
        let mut ahead = Ahead {
            columns,
            operands: [None; 2],
        };
        let places = step.map_or([None; 2], Step::operands);
        for (index, place) in places.into_iter().enumerate() {
            ahead.operands[index] = match (place, columns[index]) {
                (Some(Place::Slot(slot)), _) => Some(self.slot(slot)),
                (Some(Place::Uniform(uniform)), _) => {
                    Some(self.load("global", "%uniforms", ELEMENT * uniform, HALF))
                }
                (Some(Place::Entry(entry)), Some(column)) => {
                    let Address(at) = self.row_of(column, entry);
                    Some(self.load("global", &format!("%a{at}"), 0, HALF))
                }
                _ => None,
            };
        }
        ahead
    }

    fn step(&mut self, step: &Step, ahead: Ahead) {
        let [a, b] = ahead.operands.map(|operand| operand.unwrap_or(self.result));
        match *step {
            Step::Compute {
                operation, keep, ..
            } => {
                self.result = match operation {
                    Operation::Add => self.call("plonk_sum", &[a, b]),
                    Operation::Sub => self.call("plonk_difference", &[a, b]),
                    Operation::Mul => self.call("plonk_product", &[a, b]),
                    Operation::Square => self.call("plonk_square", &[a]),
                    Operation::Double => self.call("plonk_sum", &[a, a]),
                    Operation::Negate => {
                        let zero = self.zero();
                        self.call("plonk_difference", &[zero, a])
                    }
                };
                if let Some(slot) = keep {
                    self.keep(slot, self.result);
                }
            }
            Step::Output { entry, .. } => {
                if let [_, Some(column)] = ahead.columns {
                    let Address(at) = self.row_of(column, entry);
                    self.store("global", &format!("%a{at}"), 0, HALF, a);
                }
            }
        }
    }

    /// The address of this thread's row of a column, at the entry's rotation.
    fn row_of(&mut self, Address(column): Address, entry: u32) -> Address {
        let query = self.program.queries.get(entry as usize);
        let row = match query.map_or(0, |query| query.rotation) {
            0 => "%row",
            rotation => {
                self.line(format_args!("add.u32 %i0, %row, {};", rotation as u32));
                self.line(format_args!("and.b32 %i0, %i0, %mask;"));
                "%i0"
            }
        };
        let Address(to) = self.address();
        self.line(format_args!(
            "mad.wide.u32 %a{to}, {row}, {ELEMENT}, %a{column};"
        ));
        Address(to)
    }

    /// What a slot holds.
    fn slot(&mut self, slot: u32) -> Element {
        match slot.checked_sub(self.in_registers) {
            None => self.kept[slot as usize],
            Some(slot) => self.load("shared", "%slots", SLOT * slot, SLOT_HALF),
        }
    }

    fn keep(&mut self, slot: u32, value: Element) {
        match slot.checked_sub(self.in_registers) {
            None => self.kept[slot as usize] = value,
            Some(slot) => self.store("shared", "%slots", SLOT * slot, SLOT_HALF, value),
        }
    }

    /// Reads an element whose halves are so many bytes apart.
    fn load(&mut self, space: &str, base: &str, offset: u32, apart: u32) -> Element {
        let element = self.element();
        for half in 0..2 {
            let at = offset + half * apart;
            let registers = element.half(half);
            self.line(format_args!(
                "ld.{space}.v4.u32 {registers}, [{base}+{at}];"
            ));
        }
        element
    }

    fn store(&mut self, space: &str, base: &str, offset: u32, apart: u32, value: Element) {
        for half in 0..2 {
            let at = offset + half * apart;
            let registers = value.half(half);
            self.line(format_args!(
                "st.{space}.v4.u32 [{base}+{at}], {registers};"
            ));
        }
    }

    fn zero(&mut self) -> Element {
        let element = self.element();
        for limb in 0..8 {
            self.line(format_args!("mov.u32 %v{}, 0;", 8 * element.0 + limb));
        }
        element
    }

    /// Calls a function of the arithmetic module: parameters aligned to 16, the result to 4, which is
    /// what they are declared with.
    fn call(&mut self, function: &str, operands: &[Element]) -> Element {
        self.line(format_args!("{{"));
        let names = &["left", "right"][..operands.len()];
        for (name, operand) in names.iter().zip(operands) {
            self.line(format_args!(".param .align 16 .b8 {name}[{ELEMENT}];"));
            self.store("param", name, 0, HALF, *operand);
        }
        let result = self.element();
        let arguments = names.join(", ");
        self.line(format_args!(".param .align 4 .b8 made[{ELEMENT}];"));
        self.line(format_args!("call.uni (made), {function}, ({arguments});"));
        for limb in 0..8 {
            let register = 8 * result.0 + limb;
            self.line(format_args!(
                "ld.param.u32 %v{register}, [made+{}];",
                4 * limb
            ));
        }
        self.line(format_args!("}}"));
        result
    }

    /// The module: the arithmetic, the declarations, the body.
    fn wrap(self, arithmetic: &str) -> String {
        // Functions that nothing else can call are compiled for their callers here.
        let functions = arithmetic.replace(".visible .func", ".func");
        let (body, elements, addresses) = (&self.body, self.elements * 8, self.addresses);
        format!(
            "{functions}
.extern .shared .align 16 .b8 slots_of_block[];

.visible .entry {ENTRY}(
\t.param .u64 table,
\t.param .u64 uniforms,
\t.param .u64 powers,
\t.param .align 16 .b8 shift[{ELEMENT}],
\t.param .u32 log_n,
\t.param .u32 log_low
)
.maxntid 256, 1, 1
{{
\t.reg .pred %beyond;
\t.reg .b32 %thread, %row, %mask, %slots, %log_n, %log_low, %i<3>;
\t.reg .b64 %table, %uniforms, %powers, %a<{addresses}>;
\t.reg .b32 %v<{elements}>;
{body}}}
"
        )
    }
}
