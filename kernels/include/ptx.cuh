// One PTX instruction a function: the carry chain that limb arithmetic is made of.
//
// A name is the instruction's: `_cc` writes the carry flag, a `c` before it (`addc`, `subc`, `madc`)
// reads it. The flag is invisible to the compiler, so every instruction that touches it is volatile,
// which keeps their order; a chain is a run of such calls with no other call that writes the flag in
// between. ptxas turns a pair `mad(c)_lo_cc`, `madc_hi_cc` on the same factors into one IMAD.WIDE
// where both destinations and both addends can be aligned register pairs.
//
// For a host compiler each function is the same in C++, with the flag in a variable: after an
// addition it is the carry, after a subtraction the borrow. The two are never mixed in one chain.
#pragma once

#include "types.cuh"

namespace ptx {

#if CUDA_COMPILER

#define PTX_TWO(name, instruction)                                                 \
    INLINE u32 name(u32 a, u32 b) {                                                \
        u32 r;                                                                     \
        asm volatile(instruction " %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));       \
        return r;                                                                  \
    }
#define PTX_THREE(name, instruction)                                               \
    INLINE u32 name(u32 a, u32 b, u32 c) {                                         \
        u32 r;                                                                     \
        asm volatile(instruction " %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c)); \
        return r;                                                                  \
    }

PTX_TWO(add_cc, "add.cc.u32")
PTX_TWO(addc, "addc.u32")
PTX_TWO(addc_cc, "addc.cc.u32")
PTX_TWO(sub_cc, "sub.cc.u32")
PTX_TWO(subc, "subc.u32")
PTX_TWO(subc_cc, "subc.cc.u32")
PTX_THREE(mad_lo_cc, "mad.lo.cc.u32")
PTX_THREE(madc_lo_cc, "madc.lo.cc.u32")
PTX_THREE(madc_hi_cc, "madc.hi.cc.u32")
PTX_THREE(madc_hi, "madc.hi.u32")

// The complement, which compilers would otherwise turn into a negation, and shifts and a negation into a
// multiplication. ptxas in turn folds a negated factor into its products, which are then no IMAD.WIDE.
INLINE u32 complement(u32 a) {
    u32 r;
    asm("not.b32 %0, %1;" : "=r"(r) : "r"(a));
    return r;
}

#undef PTX_TWO
#undef PTX_THREE

#else

// The carry (or borrow) that the next instruction of the chain reads.
inline thread_local u32 carry_flag = 0;

inline u32 set_carry(u64 sum) {
    carry_flag = static_cast<u32>(sum >> 32);
    return static_cast<u32>(sum);
}
inline u32 set_borrow(u64 difference) {
    carry_flag = static_cast<u32>(difference >> 63);
    return static_cast<u32>(difference);
}
inline u32 low(u32 a, u32 b) { return static_cast<u32>(u64{a} * b); }
inline u32 high(u32 a, u32 b) { return static_cast<u32>(u64{a} * b >> 32); }

inline u32 add_cc(u32 a, u32 b) { return set_carry(u64{a} + b); }
inline u32 addc(u32 a, u32 b) { return a + b + carry_flag; }
inline u32 addc_cc(u32 a, u32 b) { return set_carry(u64{a} + b + carry_flag); }
inline u32 sub_cc(u32 a, u32 b) { return set_borrow(u64{a} - b); }
inline u32 subc(u32 a, u32 b) { return a - b - carry_flag; }
inline u32 subc_cc(u32 a, u32 b) { return set_borrow(u64{a} - b - carry_flag); }
inline u32 mad_lo_cc(u32 a, u32 b, u32 c) { return set_carry(u64{low(a, b)} + c); }
inline u32 madc_lo_cc(u32 a, u32 b, u32 c) { return set_carry(u64{low(a, b)} + c + carry_flag); }
inline u32 madc_hi_cc(u32 a, u32 b, u32 c) { return set_carry(u64{high(a, b)} + c + carry_flag); }
inline u32 madc_hi(u32 a, u32 b, u32 c) { return high(a, b) + c + carry_flag; }

inline u32 complement(u32 a) { return ~a; }

#endif

}  // namespace ptx
