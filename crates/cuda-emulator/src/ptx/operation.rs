//! The instructions of the machine, apart from their operands.
//!
//! Names and meanings are those of the PTX ISA's instruction set chapter. Where PTX spells one
//! action in several ways (`add.s32` and `add.u32`), there is one operation.

use super::Space;

/// Width of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Width {
    Predicate,
    W16,
    W32,
    W64,
}

impl Width {
    pub fn bytes(self) -> u32 {
        match self {
            Self::Predicate => 1,
            Self::W16 => 2,
            Self::W32 => 4,
            Self::W64 => 8,
        }
    }
}

/// Types of integer arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Integer {
    U16,
    S16,
    U32,
    S32,
    U64,
    S64,
}

impl Integer {
    pub fn width(self) -> Width {
        match self {
            Self::U16 | Self::S16 => Width::W16,
            Self::U32 | Self::S32 => Width::W32,
            Self::U64 | Self::S64 => Width::W64,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Float {
    F32,
    F64,
}

impl Float {
    pub fn width(self) -> Width {
        match self {
            Self::F32 => Width::W32,
            Self::F64 => Width::W64,
        }
    }
}

/// A type in memory, or one side of a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    U8,
    S8,
    U16,
    S16,
    U32,
    S32,
    U64,
    S64,
    F32,
    F64,
}

impl Scalar {
    pub fn bytes(self) -> u32 {
        match self {
            Self::U8 | Self::S8 => 1,
            Self::U16 | Self::S16 => 2,
            Self::U32 | Self::S32 | Self::F32 => 4,
            Self::U64 | Self::S64 | Self::F64 => 8,
        }
    }

    pub fn is_signed(self) -> bool {
        matches!(self, Self::S8 | Self::S16 | Self::S32 | Self::S64)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    /// The low half of the product.
    MulLo,
    /// The high half of the product.
    MulHi,
    Div,
    Rem,
    Min,
    Max,
    And,
    Or,
    Xor,
    /// The amount is 32 bits wide; amounts beyond the width shift everything out.
    Shl,
    /// Arithmetic for signed types.
    Shr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Not,
    /// Whether the operand is zero, as 0 or 1.
    LogicalNot,
    Neg,
    Abs,
    Brev,
    /// The result is 32 bits wide, as for the two below.
    Popc,
    Clz,
    /// Position of the highest bit that differs from the sign, or all ones.
    FindBit,
}

/// The half of a product that a multiplication adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Low,
    High,
}

/// What an instruction of a carry chain computes before its carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extended {
    Add,
    Sub,
    /// `a * b + c`, of the product one half.
    Mad(Part),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// For floats: true where the comparison holds or an operand is NaN.
    Unordered(FloatComparison),
    /// Neither is NaN.
    Num,
    /// One is NaN.
    Nan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FloatComparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// How a comparison or a vote joins its result with a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logic {
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FloatBinary {
    Add,
    Sub,
    Mul,
    Div,
    Min,
    Max,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FloatUnary {
    Neg,
    Abs,
    Sqrt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// To the nearest, ties to even.
    Nearest,
    Zero,
    Down,
    Up,
}

/// `prmt`: how the selector picks bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permute {
    Generic,
    Forward4,
    Backward4,
    Replicate8,
    EdgeClampLeft,
    EdgeClampRight,
    Replicate16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtomicOp {
    Add,
    Min,
    Max,
    Inc,
    Dec,
    And,
    Or,
    Xor,
    Exchange,
    CompareExchange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shuffle {
    Up,
    Down,
    Butterfly,
    Index,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vote {
    All,
    Any,
    Uniform,
    Ballot,
}

/// What a barrier does besides holding its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barrier {
    Sync,
    /// Counts the threads without holding them.
    Arrive,
    /// Gives every thread the number of threads whose predicate holds.
    CountPredicate,
    /// Gives every thread the predicates joined.
    ReducePredicate(Logic),
}

/// Shape of a memory access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub space: Space,
    pub scalar: Scalar,
    /// Elements of a vector access: 1, 2 or 4.
    pub count: u8,
    /// Volatile, relaxed, acquire or release: defined even where threads race.
    pub strong: bool,
}

impl Access {
    pub fn bytes(self) -> u32 {
        self.scalar.bytes() * u32::from(self.count)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Binary(Binary, Integer),
    Unary(Unary, Integer),
    /// A product of twice the width of its operands.
    MulWide(Integer),
    Mad(Part, Integer),
    /// A product of twice the width, and a sum of that width.
    MadWide(Integer),
    /// `|a - b| + c`
    Sad(Integer),
    /// An instruction that reads (`carry_in`) or writes (`carry_out`) the carry flag.
    Extended {
        what: Extended,
        integer: Integer,
        carry_in: bool,
        carry_out: bool,
    },
    /// Three operands, and the truth table.
    Lop3,
    Prmt(Permute),
    /// A funnel shift; amounts wrap at 32, or clamp there.
    FunnelShift {
        left: bool,
        wrap: bool,
    },
    BitFieldExtract(Integer),
    BitFieldInsert(Integer),
    /// Operands a, b, c: a where c is not negative, else b.
    SelectSign(Width),
    /// Operands a, b, p: a where p holds, else b.
    Select(Width),
    /// The comparison joined with a predicate, if there is one; a second destination takes the
    /// negated comparison joined likewise.
    Compare(Comparison, Integer, Option<Logic>),
    FloatCompare(Comparison, Float, Option<Logic>),
    PredicateLogic(Logic),
    PredicateNot,
    Move(Width),
    /// Parts, lowest first, into one register.
    Pack {
        part: Width,
        whole: Width,
    },
    Unpack {
        part: Width,
        whole: Width,
    },
    Convert {
        to: Scalar,
        from: Scalar,
        rounding: Rounding,
        saturate: bool,
        /// Width of the destination register, which may exceed the type.
        width: Width,
    },
    Float(FloatBinary, Float, Rounding),
    FloatUnary(FloatUnary, Float),
    FusedMultiplyAdd(Float, Rounding),
    /// Destinations: the elements. Their registers may be wider than the type.
    Load(Access),
    /// Sources: the elements.
    Store(Access),
    /// Source: the operand (for a compare-and-exchange the expected value, then the new one). One
    /// destination, or none.
    Atomic {
        space: Space,
        op: AtomicOp,
        integer: Integer,
    },
    /// A load or store of a function's parameters: bytes of the frame at a fixed offset.
    FrameLoad {
        scalar: Scalar,
        count: u8,
        offset: u32,
    },
    FrameStore {
        scalar: Scalar,
        count: u8,
        offset: u32,
    },
    Branch,
    /// Source: the index into the targets.
    BranchIndexed,
    Call,
    Return,
    Exit,
    Trap,
    /// Sources: the barrier's number, the number of threads if `counted`, the predicate if any.
    Barrier {
        what: Barrier,
        counted: bool,
        aligned: bool,
    },
    /// Source: the lanes that wait for each other.
    WarpBarrier,
    /// Destinations: the value, and whether the source lane was in range. Sources: the value, the
    /// lane or distance, the clamp and segment mask, the lanes that take part.
    Shuffle(Shuffle),
    /// Sources: the predicate, the lanes that take part.
    Vote(Vote),
    /// Sources: the value, the lanes that take part.
    MatchAny(Width),
    MatchAll(Width),
    /// Sources: the value, the lanes that take part.
    Reduce(AtomicOp, Integer),
    ActiveMask,
    /// Orders the accesses of a thread.
    Fence,
    /// Instructions executed so far, as the device's clock.
    Clock(Width),
    /// Leaves the warp to others for a while.
    Sleep,
    /// A hint to the cache.
    Hint,
}
