// Vectors of Fr between the order that a caller keeps them in and rows in the order of a transform.
//
// Computes   for `count` vectors of n values, with place(b, i) = b n + i, or i count + b if `by_columns`:
//            field_order_take   to[b n + j] = from[place(b, rev(factor j))]
//            field_order_give   to[place(b, j)] = from[b n + factor rev(j)]
//            Products are modulo n; rev reverses the log_n digits of an index if `reversed`, else it changes
//            nothing. A factor other than 1 and a reversal are for n = 2^log_n alone, log_n at most 32.
// Layouts    elements of 32 bytes, in any form. `to` and `from` do not overlap.
// Moves      64 bytes a value, in whole sectors in any order.
// Multiplies nothing in the field.
// Grid       any two-dimensional grid of blocks of 128 in x: threads step over values in x, over vectors in y.
// Reference  crates/cuda/src/canonical/order.rs
#include "launch.cuh"
#include "params/bn254_fr.cuh"

INLINE u32 reverse_bits(u32 a) {
    u32 r;
    asm("brev.b32 %0, %1;" : "=r"(r) : "r"(a));
    return r;
}

struct Order {
    u64 n;
    u64 count;
    u32 log_n;
    u32 reversed;
    u32 factor;
    u32 by_columns;

    INLINE u64 place(u64 vector, u64 value) const {
        return by_columns ? value * count + vector : vector * n + value;
    }
    INLINE u64 turned(u64 value) const {
        return reversed && log_n ? reverse_bits(static_cast<u32>(value)) >> (32 - log_n) : value;
    }
    INLINE u64 multiplied(u64 value) const { return factor == 1 ? value : value * factor & (n - 1); }
};

KERNEL(128, 1)
field_order_take(
    Fr* to, const Fr* from, u64 n, u64 count, u32 log_n, u32 reversed, u32 factor, u32 by_columns) {
    Order order{n, count, log_n, reversed, factor, by_columns};
    for (u64 b = block_index_y(); b < count; b += grid_size_y()) {
        for (u64 j = global_index(); j < n; j += global_size()) {
            Fr::load(from + order.place(b, order.turned(order.multiplied(j)))).store(to + b * n + j);
        }
    }
}

KERNEL(128, 1)
field_order_give(
    Fr* to, const Fr* from, u64 n, u64 count, u32 log_n, u32 reversed, u32 factor, u32 by_columns) {
    Order order{n, count, log_n, reversed, factor, by_columns};
    for (u64 b = block_index_y(); b < count; b += grid_size_y()) {
        for (u64 j = global_index(); j < n; j += global_size()) {
            Fr::load(from + b * n + order.multiplied(order.turned(j))).store(to + order.place(b, j));
        }
    }
}
