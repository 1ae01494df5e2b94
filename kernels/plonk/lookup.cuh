// What the kernels of a lookup's permutation hand to each other: keys in order, and bits that are counted.
#pragma once

#include "launch.cuh"
#include "params/bn254_fr.cuh"

#if CUDA_COMPILER

// 128 bits, read and written as one word of sixteen bytes.
struct alignas(16) Half {
    u64 low;
    u64 high;

    friend INLINE bool operator==(const Half& a, const Half& b) { return a.low == b.low && a.high == b.high; }
    friend INLINE bool operator<(const Half& a, const Half& b) {
        return a.high == b.high ? a.low < b.low : a.high < b.high;
    }
};

// The integer below p that an element of Fr stands for. It lies in memory as the element does, 32 bytes,
// least limb first, out of Montgomery form, so that a buffer may hold either.
struct Key {
    Half low;
    Half high;

    static INLINE Key of(const Fr& element) {
        const Fr integer = element.from_montgomery();
        const auto word = [&](u32 i) { return u64{integer.limbs[i + 1]} << 32 | integer.limbs[i]; };
        return Key{{word(0), word(2)}, {word(4), word(6)}};
    }

    INLINE Fr element() const {
        const u64 words[4] = {low.low, low.high, high.low, high.high};
        Fr integer;
        UNROLL
        for (u32 i = 0; i < 8; i++) integer.limbs[i] = static_cast<u32>(words[i / 2] >> 32 * (i % 2));
        return integer.to_montgomery();
    }

    // All of a key before any of it is used: a copy that is left to the compiler becomes words of 8 bytes.
    static INLINE Key load(const Key* address) {
        const u64 words[4] = {address->low.low, address->low.high, address->high.low, address->high.high};
        return Key{{words[0], words[1]}, {words[2], words[3]}};
    }

    // Above all integers below p.
    static INLINE Key last() {
        constexpr u64 ALL = ~u64{0};
        return Key{{ALL, ALL}, {ALL, ALL}};
    }

    friend INLINE bool operator==(const Key& a, const Key& b) { return a.low == b.low && a.high == b.high; }
    friend INLINE bool operator<(const Key& a, const Key& b) {
        return a.high == b.high ? a.low < b.low : a.high < b.high;
    }
};

static INLINE u32 smaller(u32 a, u32 b) { return a < b ? a : b; }

// The first place of [low, high) that is past something, else `high`. Places after one that is past are
// past as well.
template <class Predicate>
static INLINE u32 first_past(u32 low, u32 high, const Predicate& is_past) {
    while (low < high) {
        const u32 middle = low + (high - low) / 2;
        if (is_past(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

// The same by a warp, all lanes of which call with the same places: it looks at 32 of them at a time, so
// that 4 reads wait for each other among a million places, and not 20.
template <class Predicate>
static INLINE u32 warp_first_past(u32 low, u32 high, const Predicate& is_past) {
    while (low < high) {
        const u32 step = (high - low - 1) / WARP + 1;
        const u32 place = low + thread_index() % WARP * step;
        const u32 before = population_count(warp_ballot(place < high && !is_past(place)));
        high = smaller(high, low + before * step);
        if (before > 0) low += (before - 1) * step + 1;
    }
    return low;
}

// Bits by row, and how many are set in the words before each.
struct Bits {
    const u32* words;
    const u32* set_before;

    INLINE bool is_set(u32 row) const { return words[row / 32] >> row % 32 & 1; }

    // Rows before this one whose bit is not set.
    INLINE u32 clear_before(u32 row) const {
        const u32 before = words[row / 32] & ((u32{1} << row % 32) - 1);
        return row - set_before[row / 32] - population_count(before);
    }

    // Whether a word has all of the first `rank` + 1 clear bits before it: clear bit `rank` is in the word
    // before the first of these.
    INLINE bool is_past(u32 word, u32 rank) const { return word * 32 - set_before[word] > rank; }

    // The row of clear bit `rank`, which is in this word.
    INLINE u32 clear_row(u32 word, u32 rank) const {
        const u32 clear = ~words[word];
        u32 left = rank - (word * 32 - set_before[word]);
        u32 bit = 0;
        UNROLL
        for (u32 width = 16; width > 0; width /= 2) {
            const u32 below = population_count(clear >> bit & ((u32{1} << width) - 1));
            if (left >= below) {
                left -= below;
                bit += width;
            }
        }
        return word * 32 + bit;
    }
};

#endif
