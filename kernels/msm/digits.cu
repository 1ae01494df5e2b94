// Signed digits of a column of scalars.
//
// Each scalar leaves Montgomery form and becomes the integer of least magnitude congruent to it, so
// that small negative numbers are as short as small positive ones; then, with windows of `width` bits,
//
//     s = sum_w d_w 2^(width w),    -2^(width-1) < d_w <= 2^(width-1).
//
// An integer below 2^253 in magnitude has its last carry absorbed if width * windows >= 254.
//
// In:      `count` scalars in Montgomery form, 32 bytes each.
// Out:     digits[w rows + i]: magnitude of d_w, and its sign in bit 31; 0 for zero, and for rows from
//          `count` on. *used, zero before: how many of the windows have a digit that is not zero.
// Moves:   32 bytes in and 4 windows out, a scalar.
// Multiplications: a reduction of Fr, 56 wide ones, a scalar.
// Grid:    ceil(rows / 256) blocks of 256.
// Reference: Bernstein, Doumen, Lange, Oosterwijk, "Faster batch forgery identification", 2012,
//          section 4; signed digits as in Booth, 1951.
#include "launch.cuh"
#include "params/bn254_fr.cuh"
#include "sorted.cuh"

constexpr u32 THREADS = 256;

// a < b as integers.
static INLINE bool is_less(const Fr& a, const Fr& b) {
    ptx::sub_cc(a.limbs[0], b.limbs[0]);
    UNROLL
    for (u32 i = 1; i < 8; i++) ptx::subc_cc(a.limbs[i], b.limbs[i]);
    return ptx::subc(0, 0) != 0;
}

KERNEL(THREADS, 4)
msm_digits(const Fr* scalars, u32 count, u32 rows, u32 width, u32 windows, u32* digits, u32* used) {
    __shared__ u32 most[THREADS / WARP];
    const u32 row = block_index() * THREADS + thread_index();

    u32 highest = 0;
    if (row < rows) {
        Fr value = Fr::zero();
        if (row < count) value = Fr::load(scalars + row).from_montgomery();
        // p - v for v != 0; negation does not care about the form.
        const Fr opposite = value.neg();
        const bool negative = is_less(opposite, value);
        if (negative) value = opposite;

        const u32 wrap = u32{1} << width, half = wrap >> 1;
        u32 carry = 0;
        for (u32 w = 0; w < windows; w++) {
            const u32 raw = (value.limbs[0] & (wrap - 1)) + carry;
            carry = raw > half;
            const u32 magnitude = carry ? wrap - raw : raw;
            const u32 sign = (carry != 0) != negative ? NEGATIVE : 0;
            digits[u64{w} * rows + row] = magnitude == 0 ? 0 : magnitude | sign;
            if (magnitude != 0) highest = w + 1;
            UNROLL
            for (u32 i = 0; i < 8; i++) {
                const u64 pair = u64{i < 7 ? value.limbs[i + 1] : 0} << 32 | value.limbs[i];
                value.limbs[i] = static_cast<u32>(pair >> width);
            }
        }
    }

    UNROLL
    for (u32 mask = WARP / 2; mask > 0; mask /= 2) {
        const u32 other = shuffle_xor(highest, mask);
        highest = highest > other ? highest : other;
    }
    if (thread_index() % WARP == 0) most[thread_index() / WARP] = highest;
    block_barrier();
    if (thread_index() == 0) {
        UNROLL
        for (u32 i = 1; i < THREADS / WARP; i++) highest = highest > most[i] ? highest : most[i];
        if (highest > 0) atomic_max(used, highest);
    }
}
