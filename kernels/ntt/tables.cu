// Tables of twiddles for the passes of a transform, and of powers of a coset's shift.
//
// Entry x, y of a table of 2^(log_high + log_low) rows of 2^log_length entries, x = h 2^log_low + l, is
//
//     scale rows^x' steps^y both^(x' y),   x' = h + 2^log_high l,
//
// for field elements `scale`, `rows`, `steps` and `both`. x' is x with its two digits in the order in
// which they count towards an output's index, see pass.cu; with one digit it is x.
//
// Entry (x, y) is at out[x 2^log_length + y], 64 bytes: the value as a plain integer and its quotient,
// see twiddle.cuh.
//
// Grid: one thread for each RUN entries of a row, any number of blocks. A thread raises `rows`, `both`
// and the row's step to powers and goes on by multiplication: about 4 field multiplications an entry for
// long rows. Reads nothing, writes 64 bytes an entry.
#include "twiddle.cuh"
#include "../include/launch.cuh"
#include "../include/params/bn254_fr.cuh"

template <class P>
struct Table {
    Twiddle<P>* out;
    Field<P> scale, rows, steps, both;
    u32 log_high, log_low, log_length;
};

// Consecutive entries that a thread makes.
constexpr u32 LOG_RUN = 4;

template <class P>
INLINE Field<P> power(Field<P> base, u32 exponent) {
    Field<P> r = Field<P>::one();
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) r = r * base;
        base = base.sqr();
    }
    return r;
}

template <class P>
INLINE void make_run(const Table<P>& table, u64 run) {
    u32 log_run = table.log_length < LOG_RUN ? table.log_length : LOG_RUN;
    u32 log_x = table.log_high + table.log_low;
    u64 runs = u64{1} << (log_x + table.log_length - log_run);
    if (run >= runs) return;
    u32 x = static_cast<u32>(run >> (table.log_length - log_run));
    u32 first = static_cast<u32>(run << log_run) & ((1u << table.log_length) - 1);
    u32 counted = x >> table.log_low | (x & ((1u << table.log_low) - 1)) << table.log_high;

    Field<P> step = table.steps * power(table.both, counted);
    Field<P> value = table.scale * power(table.rows, counted) * power(step, first);
    Twiddle<P>* out = table.out + (run << log_run);
    for (u32 y = 0; y < 1u << log_run; y++) {
        if (y > 0) value = value * step;
        Twiddle<P>::of(value).store(out + y);
    }
}

KERNEL(128, 1) ntt_table(Twiddle<Bn254Fr>* out, const Fr scale, const Fr rows, const Fr steps, const Fr both,
                         u32 log_high, u32 log_low, u32 log_length) {
    make_run(Table<Bn254Fr>{out, scale, rows, steps, both, log_high, log_low, log_length}, global_index());
}
