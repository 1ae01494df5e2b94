//! Names of a function body: registers, variables and labels, block within block.

use std::collections::HashMap;
use std::ops::Range;

use super::instruction::{Operand, Place, Register, RegisterInfo, Special};
use super::operation::Width;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Register(Register),
    /// `%r<33>`: registers `%r0` to `%r32`, numbered from the first.
    Family {
        first: Register,
        count: u32,
    },
    Place(Place),
    /// A parameter in the frame of a device function, or of a call.
    Frame(Range<u32>),
}

/// One pair of braces.
#[derive(Default)]
struct Block<'a> {
    names: HashMap<&'a str, Name>,
    labels: HashMap<&'a str, u32>,
    /// Lists of labels, `.branchtargets`.
    tables: HashMap<&'a str, Vec<&'a str>>,
    /// Branches whose label is not known yet: the instruction, which of its targets, the label.
    pending: Vec<(u32, usize, &'a str)>,
    /// Frame in use when the block began.
    frame_bytes: u32,
}

/// The names in force at a point of a function.
pub(super) struct Scopes<'a> {
    blocks: Vec<Block<'a>>,
    /// Names of module scope.
    module: HashMap<&'a str, Name>,
    pub registers: Vec<RegisterInfo>,
    /// Bytes of the frame in use, and the most so far.
    frame_bytes: u32,
    pub frame_peak: u32,
}

impl<'a> Scopes<'a> {
    pub fn new(module: HashMap<&'a str, Name>) -> Self {
        Self {
            blocks: vec![Block::default()],
            module,
            registers: Vec::new(),
            frame_bytes: 0,
            frame_peak: 0,
        }
    }

    fn innermost(&mut self) -> Result<&mut Block<'a>, String> {
        self.blocks
            .last_mut()
            .ok_or_else(|| "a brace closes what none opened".to_owned())
    }

    pub fn open(&mut self) {
        self.blocks.push(Block {
            frame_bytes: self.frame_bytes,
            ..Block::default()
        });
    }

    /// Leaves a block: branches to its labels are settled through `settle(instruction, target,
    /// destination)`, the others wait for the block around it.
    pub fn close(&mut self, mut settle: impl FnMut(u32, usize, u32)) -> Result<(), String> {
        let block = self
            .blocks
            .pop()
            .ok_or_else(|| "a brace closes what none opened".to_owned())?;
        let mut waiting = Vec::new();
        for (instruction, target, label) in block.pending {
            match block.labels.get(label) {
                Some(&destination) => settle(instruction, target, destination),
                None => waiting.push((instruction, target, label)),
            }
        }
        match (self.blocks.last_mut(), waiting.first()) {
            (Some(outer), _) => {
                self.frame_bytes = block.frame_bytes;
                outer.pending.append(&mut waiting);
                Ok(())
            }
            (None, Some((_, _, label))) => Err(format!("no label `{label}` in this function")),
            (None, None) => Ok(()),
        }
    }

    pub fn is_closed(&self) -> bool {
        self.blocks.is_empty()
    }

    pub fn declare(&mut self, name: &'a str, meaning: Name) -> Result<(), String> {
        match self.innermost()?.names.insert(name, meaning) {
            None => Ok(()),
            Some(_) => Err(format!("`{name}` is declared twice")),
        }
    }

    pub fn declare_register(&mut self, name: &'a str, width: Width) -> Result<(), String> {
        let register = self.registers.len() as Register;
        self.registers.push(RegisterInfo {
            name: name.to_owned(),
            width,
        });
        self.declare(name, Name::Register(register))
    }

    pub fn declare_family(
        &mut self,
        prefix: &'a str,
        count: u32,
        width: Width,
    ) -> Result<(), String> {
        let first = self.registers.len() as Register;
        self.registers.extend((0..count).map(|i| RegisterInfo {
            name: format!("{prefix}{i}"),
            width,
        }));
        self.declare(prefix, Name::Family { first, count })
    }

    /// Room in the frame for a parameter of `bytes`.
    pub fn declare_frame(
        &mut self,
        name: &'a str,
        bytes: u32,
        align: u32,
    ) -> Result<Range<u32>, String> {
        // Words of the frame are whole: a parameter never shares one with its neighbour.
        let start = self.frame_bytes.next_multiple_of(align.max(4));
        let range = start..start + bytes;
        self.frame_bytes = range.end;
        self.frame_peak = self.frame_peak.max(range.end.next_multiple_of(4));
        self.declare(name, Name::Frame(range.clone()))?;
        Ok(range)
    }

    pub fn label(&mut self, label: &'a str, instruction: u32) -> Result<(), String> {
        match self.innermost()?.labels.insert(label, instruction) {
            None => Ok(()),
            Some(_) => Err(format!("the label `{label}` stands twice")),
        }
    }

    pub fn table(&mut self, name: &'a str, labels: Vec<&'a str>) -> Result<(), String> {
        self.innermost()?.tables.insert(name, labels);
        Ok(())
    }

    pub fn find_table(&self, name: &str) -> Option<&[&'a str]> {
        let mut blocks = self.blocks.iter().rev();
        blocks.find_map(|b| b.tables.get(name)).map(Vec::as_slice)
    }

    /// Notes that target number `target` of an instruction is `label`.
    pub fn branch(
        &mut self,
        instruction: u32,
        target: usize,
        label: &'a str,
    ) -> Result<(), String> {
        self.innermost()?.pending.push((instruction, target, label));
        Ok(())
    }

    pub fn find(&self, name: &str) -> Option<Name> {
        let prefix = name.trim_end_matches(|c: char| c.is_ascii_digit());
        // `%r01` is not a name of the family `%r<2>`.
        let number = match &name[prefix.len()..] {
            "" => None,
            digits if digits.len() > 1 && digits.starts_with('0') => None,
            digits => digits.parse::<u32>().ok(),
        };
        let in_block = |names: &HashMap<&str, Name>| match names.get(name) {
            Some(found) => Some(found.clone()),
            None => match (names.get(prefix), number) {
                (Some(&Name::Family { first, count }), Some(n)) if n < count => {
                    Some(Name::Register(first + n))
                }
                _ => None,
            },
        };
        let mut blocks = self.blocks.iter().rev();
        blocks
            .find_map(|b| in_block(&b.names))
            .or_else(|| in_block(&self.module))
    }

    pub fn register(&self, name: &str) -> Result<Register, String> {
        match self.find(name) {
            Some(Name::Register(register)) => Ok(register),
            _ => Err(format!("`{name}` is no register")),
        }
    }

    pub fn width(&self, register: Register) -> Width {
        self.registers[register as usize].width
    }

    /// A register, a special register or the address of a variable.
    pub fn operand(&self, name: &str, offset: i64) -> Result<Operand, String> {
        if let Some(special) = special(name) {
            return Ok(Operand::Special(special));
        }
        match self.find(name) {
            Some(Name::Register(register)) if offset == 0 => Ok(Operand::Register(register)),
            Some(Name::Place(place)) => Ok(Operand::Address(place, offset)),
            Some(Name::Frame(range)) => Ok(Operand::Address(Place::Frame(range.start), offset)),
            Some(_) => Err(format!("`{name}` cannot be an operand here")),
            None => Err(format!("`{name}` is not declared")),
        }
    }
}

fn special(name: &str) -> Option<Special> {
    use super::instruction::LaneMask;
    let axis = |axis: &str| match axis {
        "x" => Some(0),
        "y" => Some(1),
        "z" => Some(2),
        _ => None,
    };
    if let Some((vector, component)) = name.split_once('.') {
        let axis = axis(component)?;
        return match vector {
            "%tid" => Some(Special::Thread(axis)),
            "%ntid" => Some(Special::BlockShape(axis)),
            "%ctaid" => Some(Special::Block(axis)),
            "%nctaid" => Some(Special::GridShape(axis)),
            _ => None,
        };
    }
    match name {
        "%laneid" => Some(Special::Lane),
        "%warpid" => Some(Special::Warp),
        "%nwarpid" => Some(Special::Warps),
        "%lanemask_eq" => Some(Special::LaneMask(LaneMask::Equal)),
        "%lanemask_lt" => Some(Special::LaneMask(LaneMask::Below)),
        "%lanemask_le" => Some(Special::LaneMask(LaneMask::UpTo)),
        "%lanemask_gt" => Some(Special::LaneMask(LaneMask::Above)),
        "%lanemask_ge" => Some(Special::LaneMask(LaneMask::From)),
        "%dynamic_smem_size" => Some(Special::DynamicShared),
        "%smid" | "%gridid" => Some(Special::Zero),
        "%nsmid" => Some(Special::One),
        _ => None,
    }
}
