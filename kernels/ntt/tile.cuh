// A tile of field elements in shared memory: 2^LOG_ROWS rows of 2^LOG_COLUMNS columns.
//
// A row has two digits, high and low: the first round of a pass takes rows whose low digit is the same,
// the second rows whose high digit is. Lanes run along the columns, then along the digit that is left.
//
// An element is two units of 16 bytes. The banks serve 8 units at once, to 8 lanes, which must be at
// different places modulo 8. Neighbouring elements are, if every second group of four takes its halves in
// the other order. Where a row is shorter than 8 elements, lanes go on to other rows: so that these are
// neighbours too for either digit, the low digit is exclusive-ored with the high one; and so that 8 lanes
// along one column are, the column is exclusive-ored with the bits of the low digit that do not matter.
//
// All of this is linear over exclusive or: the unit of an element is the exclusive or of the units of
// (high, 0, 0), (0, low, 0) and (0, 0, column), and what is known to the compiler of these is one constant.
#pragma once

#include "lazy.cuh"
#include "../include/launch.cuh"

struct alignas(16) Half {
    u32 limbs[4];
};

// The block's shared memory, as much as the launch asked for.
INLINE Half* dynamic_shared() {
    extern __shared__ Half shared_memory[];
    return shared_memory;
}

template <class P, u32 LOG_HIGH, u32 LOG_LOW, u32 LOG_COLUMNS>
struct Tile {
    static constexpr u32 N = P::LIMBS;
    static_assert(sizeof(Half) * 2 == sizeof(u32) * N, "an element is two halves");
    static constexpr u32 COLUMNS = 1u << LOG_COLUMNS;
    static constexpr u32 LOG_ROWS = LOG_HIGH + LOG_LOW;
    static constexpr u32 SIZE = 1u << (LOG_ROWS + LOG_COLUMNS);

    Half* memory;

    // The unit of an element's first half; the second half is in that unit with the lowest bit flipped.
    static CONSTANT u32 unit(u32 high, u32 low, u32 column) {
        u32 spread = (LOG_COLUMNS < 3 ? low >> (3 - LOG_COLUMNS) : low) & (COLUMNS - 1);
        u32 row = high << LOG_LOW | (low ^ (high & ((1u << LOG_LOW) - 1)));
        u32 element = row << LOG_COLUMNS | (column ^ spread);
        return element << 1 | (element >> 2 & 1);
    }

    // The part of `unit` that a digit is in: the low one (`second`) or the high one.
    static INLINE u32 step(bool second, u32 digit) { return second ? unit(0, digit, 0) : unit(digit, 0, 0); }

    template <u32 B>
    INLINE void store(u32 unit, const Lazy<P, B>& value) const {
        UNROLL
        for (u32 half = 0; half < 2; half++) {
            Half words;
            UNROLL
            for (u32 i = 0; i < 4; i++) words.limbs[i] = value.limbs[half * 4 + i];
            memory[unit ^ half] = words;
        }
    }

    // `B` is a bound of what was stored.
    template <u32 B>
    INLINE Lazy<P, B> load(u32 unit) const {
        Lazy<P, B> value;
        UNROLL
        for (u32 half = 0; half < 2; half++) {
            Half words = memory[unit ^ half];
            UNROLL
            for (u32 i = 0; i < 4; i++) value.limbs[half * 4 + i] = words.limbs[i];
        }
        return value;
    }
};
