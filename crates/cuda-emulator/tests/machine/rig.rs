//! Programs for the tests: a text loaded into a memory, and single instructions over values.

use std::sync::Arc;

use halo2_offload_cuda_emulator::machine::{
    launch, Fault, Launch, LaunchStats, Memory, Options, Program,
};
use halo2_offload_cuda_emulator::ptx::Module;

/// What every text begins with.
pub const HEADER: &str = ".version 8.0\n.target sm_70\n.address_size 64\n";

/// A program in a device memory of its own.
pub struct Rig {
    pub memory: Memory,
    pub program: Program,
    pub options: Options,
}

/// A launch in the making.
pub struct Run<'a> {
    rig: &'a Rig,
    entry: &'a str,
    grid: [u32; 3],
    block: [u32; 3],
    dynamic_shared: u32,
    params: Vec<u8>,
}

impl Rig {
    /// A text that has its header.
    pub fn of(text: &str) -> Self {
        let memory = Memory::new(1 << 30);
        let module = Module::parse(text).unwrap_or_else(|e| panic!("{e}"));
        let program = Program::load(Arc::new(module), &memory).unwrap_or_else(|e| panic!("{e}"));
        Self {
            memory,
            program,
            options: Options::default(),
        }
    }

    /// A text that begins after the header; its lines count from 1 all the same.
    pub fn new(text: &str) -> Self {
        Self::of(&format!("{}{text}", HEADER.replace('\n', " ")))
    }

    /// An allocation that holds these words.
    pub fn words(&self, label: &str, words: &[u32]) -> u64 {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        self.bytes(label, &bytes)
    }

    pub fn bytes(&self, label: &str, bytes: &[u8]) -> u64 {
        let address = self.memory.allocate(bytes.len() as u64, label).unwrap();
        self.memory.write(address, bytes).unwrap();
        address
    }

    /// An allocation that holds nothing yet.
    pub fn empty(&self, label: &str, bytes: u64) -> u64 {
        self.memory.allocate(bytes, label).unwrap()
    }

    pub fn read_words(&self, address: u64, count: usize) -> Vec<u32> {
        let mut bytes = vec![0; 4 * count];
        self.memory.read(address, &mut bytes).unwrap();
        bytes
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes(b.try_into().unwrap()))
            .collect()
    }

    /// A launch of one warp.
    pub fn run<'a>(&'a self, entry: &'a str) -> Run<'a> {
        Run {
            rig: self,
            entry,
            grid: [1; 3],
            block: [32, 1, 1],
            dynamic_shared: 0,
            params: Vec::new(),
        }
    }
}

impl Run<'_> {
    pub fn grid(mut self, blocks: u32) -> Self {
        self.grid = [blocks, 1, 1];
        self
    }

    pub fn block(mut self, threads: u32) -> Self {
        self.block = [threads, 1, 1];
        self
    }

    pub fn shape(mut self, grid: [u32; 3], block: [u32; 3]) -> Self {
        (self.grid, self.block) = (grid, block);
        self
    }

    pub fn dynamic_shared(mut self, bytes: u32) -> Self {
        self.dynamic_shared = bytes;
        self
    }

    /// A parameter of 64 bits.
    pub fn wide(mut self, value: u64) -> Self {
        self.params.resize(self.params.len().next_multiple_of(8), 0);
        self.params.extend(value.to_le_bytes());
        self
    }

    /// A parameter of 32 bits.
    pub fn narrow(mut self, value: u32) -> Self {
        self.params.extend(value.to_le_bytes());
        self
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.params.extend_from_slice(bytes);
        self
    }

    pub fn launch(self) -> Result<LaunchStats, Vec<Fault>> {
        let shape = Launch {
            entry: self.entry,
            grid: self.grid,
            block: self.block,
            dynamic_shared: self.dynamic_shared,
            params: &self.params,
        };
        launch(
            &self.rig.program,
            &self.rig.memory,
            &shape,
            &self.rig.options,
        )
    }

    /// Expects no fault.
    pub fn clean(self) -> LaunchStats {
        self.launch().unwrap_or_else(|faults| {
            let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
            panic!("{}", faults.join("\n"))
        })
    }

    /// Expects faults; the first of them.
    pub fn fault(self) -> Fault {
        let faults = self.launch().expect_err("the launch is at fault");
        faults.into_iter().next().expect("a fault")
    }
}

/// What a row of instructions leaves in the result registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Results {
    /// `%x` and `%y`, 64 bits.
    pub wide: [u64; 2],
    /// `%rx` and `%ry`, 32 bits.
    pub narrow: [u32; 2],
    /// `%hx`, 16 bits.
    pub half: u16,
    /// `%px` and `%py`.
    pub predicates: [bool; 2],
}

/// Runs instructions for each row of operands, a row a thread. Operand `n` is in `%a`, `%b`, `%c`,
/// `%e`; its low 32 bits in `%ra`..., its low 16 in `%ha`...; whether it is odd in `%pa`...
pub fn evaluate(instructions: &str, rows: &[[u64; 4]]) -> Vec<Results> {
    let mut text = String::from(
        ".visible .entry test(.param .u64 in, .param .u64 out, .param .u32 n) {
        .reg .b64 %a, %b, %c, %e, %x, %y, %at, %in, %out; .reg .b32 %ra, %rb, %rc, %re, %rx, %ry, %i;
        .reg .b16 %ha, %hb, %hc, %he, %hx; .reg .pred %pa, %pb, %pc, %pe, %px, %py, %over;
        .reg .b32 %block, %threads, %thread;
        ld.param.u64 %in, [in]; ld.param.u64 %out, [out]; ld.param.u32 %re, [n];
        mov.u32 %block, %ctaid.x; mov.u32 %threads, %ntid.x; mov.u32 %thread, %tid.x;
        mad.lo.u32 %i, %block, %threads, %thread;
        setp.ge.u32 %over, %i, %re; @%over ret;
        mad.wide.u32 %in, %i, 32, %in; mad.wide.u32 %out, %i, 32, %out;
        mov.u64 %x, 0; mov.u64 %y, 0; mov.u32 %rx, 0; mov.u32 %ry, 0; mov.u16 %hx, 0;
        setp.ne.u32 %px, %i, %i; setp.ne.u32 %py, %i, %i;\n",
    );
    for (n, name) in ["a", "b", "c", "e"].iter().enumerate() {
        text += &format!(
            "ld.global.u64 %{name}, [%in+{}]; cvt.u32.u64 %r{name}, %{name};
            cvt.u16.u64 %h{name}, %{name}; and.b64 %at, %{name}, 1; setp.ne.u64 %p{name}, %at, 0;\n",
            8 * n
        );
    }
    text += instructions;
    text += "\nst.global.u64 [%out], %x; st.global.u64 [%out+8], %y;
        st.global.v2.u32 [%out+16], {%rx, %ry}; st.global.u16 [%out+24], %hx;
        selp.u32 %rx, 1, 0, %px; selp.u32 %ry, 1, 0, %py;
        st.global.u8 [%out+26], %rx; st.global.u8 [%out+27], %ry; ret; }";
    let rig = Rig::new(&text);
    let bytes: Vec<u8> = rows
        .iter()
        .flatten()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let input = rig.bytes("in", &bytes);
    let output = rig.empty("out", 32 * rows.len() as u64);
    let count = rows.len() as u32;
    rig.run("test")
        .grid(count.div_ceil(64))
        .block(64)
        .wide(input)
        .wide(output)
        .narrow(count)
        .clean();
    let words = rig.read_words(output, 8 * rows.len());
    words
        .chunks_exact(8)
        .map(|w| {
            let wide = |n: usize| u64::from(w[n]) | u64::from(w[n + 1]) << 32;
            Results {
                wide: [wide(0), wide(2)],
                narrow: [w[4], w[5]],
                half: w[6] as u16,
                predicates: [w[6] >> 16 & 1 != 0, w[6] >> 24 & 1 != 0],
            }
        })
        .collect()
}

/// Values at the edges of 32 bits.
pub const EDGES_32: [u32; 14] = [
    0,
    1,
    2,
    3,
    31,
    32,
    33,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_fffe,
    0xffff_ffff,
];

/// Values at the edges of 64 bits.
pub const EDGES_64: [u64; 14] = [
    0,
    1,
    2,
    63,
    64,
    65,
    0xffff_ffff,
    0x1_0000_0000,
    0x1234_5678_9abc_def0,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

/// Every row of edge values, at most three operands.
pub fn rows(edges: &[u64], operands: u32) -> Vec<[u64; 4]> {
    let n = edges.len();
    (0..n.pow(operands))
        .map(|i| {
            let pick = |place: u32| {
                if place < operands {
                    edges[i / n.pow(place) % n]
                } else {
                    0
                }
            };
            [pick(0), pick(1), pick(2), 0]
        })
        .collect()
}

pub fn rows_32(operands: u32) -> Vec<[u64; 4]> {
    rows(&EDGES_32.map(u64::from), operands)
}

pub fn rows_64(operands: u32) -> Vec<[u64; 4]> {
    rows(&EDGES_64, operands)
}

/// Checks one instruction that writes `%rx` from `%ra`, `%rb`, `%rc` over all edge values.
pub fn check_32(instruction: &str, operands: u32, expected: impl Fn(u32, u32, u32) -> u32) {
    let rows = rows_32(operands);
    let found = evaluate(instruction, &rows);
    for (row, found) in rows.iter().zip(found) {
        let [a, b, c, _] = row.map(|v| v as u32);
        let expected = expected(a, b, c);
        assert_eq!(
            found.narrow[0], expected,
            "{instruction} with a = {a:#x}, b = {b:#x}, c = {c:#x}"
        );
    }
}

/// The same for `%x` from `%a`, `%b`, `%c`.
pub fn check_64(instruction: &str, operands: u32, expected: impl Fn(u64, u64, u64) -> u64) {
    let rows = rows_64(operands);
    let found = evaluate(instruction, &rows);
    for (row, found) in rows.iter().zip(found) {
        let [a, b, c, _] = *row;
        let expected = expected(a, b, c);
        assert_eq!(
            found.wide[0], expected,
            "{instruction} with a = {a:#x}, b = {b:#x}, c = {c:#x}"
        );
    }
}

/// The same for `%hx` from `%ha`, `%hb`, `%hc`.
pub fn check_16(instruction: &str, operands: u32, expected: impl Fn(u16, u16, u16) -> u16) {
    let edges = [0, 1, 2, 15, 16, 17, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff];
    let rows = rows(&edges, operands);
    let found = evaluate(instruction, &rows);
    for (row, found) in rows.iter().zip(found) {
        let [a, b, c, _] = row.map(|v| v as u16);
        let expected = expected(a, b, c);
        assert_eq!(
            found.half, expected,
            "{instruction} with a = {a:#x}, b = {b:#x}, c = {c:#x}"
        );
    }
}
