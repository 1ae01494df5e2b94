// The work of a block in one pass of a transform. See pass.cu for the contract.
#pragma once

#include "dft.cuh"
#include "tile.cuh"

// Up to two factors of the element in row r of sequence q:
//     row[(q >> row_shift) 2^LOG_ROWS + r]  and  column[q & column_mask].
// A null pointer is the factor 1.
template <class P>
struct Factors {
    const Twiddle<P>* row;
    const Twiddle<P>* column;
    u32 row_shift, column_mask;
};

// Mirrored by crates/cuda/src/ntt/kernels/pass.rs.
struct Shape {
    // Element j of column c is at in[c in_stride + j] and out[c out_stride + j].
    u64 in_stride, out_stride;
    // How many columns there are.
    u32 columns;
    // log2 of a column's length n, of its number of sequences, of the distance of a sequence's elements.
    u32 log_n, log_sequences, log_distance;
    // log2 of the sizes of the passes before the last, the first pass first; those absent are zero.
    u32 log_digits[3];
    // LAST, NEGATED.
    u32 flags;
    // Of the factors that are multiplied in while elements are read, and while they are written.
    u32 load_row_shift, load_column_mask, store_row_shift, store_column_mask;
};

// The last pass: a sequence is a run of neighbours, and it is written in natural order.
constexpr u32 LAST = 1;
// Element j is read from place -j mod n: the inverse transform but for the factor 1/n.
constexpr u32 NEGATED = 2;

// After the first round: times w^(h l), back to where it was.
template <class P, class Tile>
struct AfterFirstRound {
    const Tile& tile;
    // The twiddles of this low digit, `stride` apart, one for each high digit.
    const Twiddle<P>* twiddles;
    u32 stride, low, column;

    template <u32 B>
    INLINE void operator()(u32 high, const Lazy<P, B>& value) const {
        if (high == 0) {
            tile.store(high, low, column, tight(value));
        } else {
            tile.store(high, low, column, value * Twiddle<P>::load(twiddles + high * stride));
        }
    }
};

// After the last round: output l of the sequence with high digit h, back to where it was.
template <class P, class Tile>
struct AfterLastRound {
    const Tile& tile;
    u32 high, column;

    template <u32 B>
    INLINE void operator()(u32 low, const Lazy<P, B>& value) const {
        tile.store(high, low, column, value);
    }
};

template <class P, u32 LOG_HIGH, u32 LOG_LOW, u32 LOG_COLUMNS>
struct Pass {
    using T = Tile<P, LOG_HIGH, LOG_LOW, LOG_COLUMNS>;
    static constexpr u32 LOG_ROWS = T::LOG_ROWS, ROWS = 1u << LOG_ROWS, COLUMNS = T::COLUMNS;
    static constexpr u32 HIGHS = 1u << LOG_HIGH, LOWS = 1u << LOG_LOW;
    // A bound of all that the last round leaves.
    static constexpr u32 LOOSE = LazyLimits<P>::LARGEST;

    const Field<P>* in;
    Field<P>* out;
    Factors<P> load, store;
    // (h, l) -> w^(h l), w of order 2^LOG_ROWS.
    const Twiddle<P>* round;
    const Shape& shape;
    const Roots<P>& roots;
    T tile;

    INLINE void run() const {
        u64 first_sequence = u64{block_index()} << LOG_COLUMNS;
        read(first_sequence);
        block_barrier();
        if constexpr (LOG_HIGH != 0) {
            first_round();
            block_barrier();
        }
        last_round();
        block_barrier();
        write(first_sequence);
    }

  private:
    INLINE bool is(u32 flag) const { return (shape.flags & flag) != 0; }

    // An element of the tile in the order in which lanes take them: along a sequence where its elements
    // are neighbours in memory, otherwise along neighbouring sequences.
    static INLINE void locate(u32 index, bool along_rows, u32& row, u32& column) {
        row = along_rows ? index & (ROWS - 1) : index >> LOG_COLUMNS;
        column = along_rows ? index >> LOG_ROWS : index & (COLUMNS - 1);
    }

    // A sequence's number in its column.
    INLINE u32 in_column(u64 sequence) const { return static_cast<u32>(sequence) & ((1u << shape.log_sequences) - 1); }

    // q with its digits in the order in which the passes before the last have left them.
    INLINE u32 reversed(u32 q) const {
        u32 place = 0;
        UNROLL
        for (u32 i = 0; i < 3; i++) {
            u32 log = shape.log_digits[i];
            place = place << log | (q & ((1u << log) - 1));
            q >>= log;
        }
        return place;
    }

    // Where row r of sequence q is before the pass, and after it.
    INLINE u32 source(u32 q, u32 row) const {
        if (is(LAST)) return reversed(q) << LOG_ROWS | row;
        u32 below = q & ((1u << shape.log_distance) - 1), above = q >> shape.log_distance;
        return (above << LOG_ROWS | row) << shape.log_distance | below;
    }
    INLINE u32 target(u32 q, u32 row) const { return is(LAST) ? row << shape.log_sequences | q : source(q, row); }

    // The value times its factors.
    template <u32 B>
    static INLINE Lazy<P, B> times(const Factors<P>& factors, const Lazy<P, B>& value, u32 q, u32 row) {
        Lazy<P, B> r = value;
        if (factors.row != nullptr) {
            r = Lazy<P, B>::from(r * Twiddle<P>::load(factors.row + ((q >> factors.row_shift) << LOG_ROWS | row)));
        }
        if (factors.column != nullptr) {
            r = Lazy<P, B>::from(r * Twiddle<P>::load(factors.column + (q & factors.column_mask)));
        }
        return r;
    }

    INLINE void read(u64 first_sequence) const {
        for (u32 index = thread_index(); index < T::SIZE; index += block_size()) {
            u32 row, column;
            locate(index, is(LAST), row, column);
            u64 sequence = first_sequence + column;
            u64 polynomial = sequence >> shape.log_sequences;
            Tight<P> value = Tight<P>::from(Field<P>::zero());
            if (polynomial < shape.columns) {
                u32 q = in_column(sequence), at = source(q, row);
                if (is(NEGATED)) at = (0 - at) & ((1u << shape.log_n) - 1);
                value = Tight<P>::from(Field<P>::load(in + polynomial * shape.in_stride + at));
                value = times(load, value, q, row);
            }
            tile.store(row >> LOG_LOW, row & (LOWS - 1), column, value);
        }
    }

    INLINE void first_round() const {
        for (u32 index = thread_index(); index < T::SIZE >> LOG_HIGH; index += block_size()) {
            u32 column = index & (COLUMNS - 1), low = index >> LOG_COLUMNS;
            Tight<P> x[HIGHS];
            UNROLL
            for (u32 high = 0; high < HIGHS; high++) x[high] = tile.template load<TIGHT>(high, low, column);
            dft<P>(x, roots, 1, AfterFirstRound<P, T>{tile, round + low, LOWS, low, column});
        }
    }

    INLINE void last_round() const {
        for (u32 index = thread_index(); index < T::SIZE >> LOG_LOW; index += block_size()) {
            u32 column = index & (COLUMNS - 1), high = index >> LOG_COLUMNS;
            Tight<P> x[LOWS];
            UNROLL
            for (u32 low = 0; low < LOWS; low++) x[low] = tile.template load<TIGHT>(high, low, column);
            dft<P>(x, roots, 1, AfterLastRound<P, T>{tile, high, column});
        }
    }

    INLINE void write(u64 first_sequence) const {
        for (u32 index = thread_index(); index < T::SIZE; index += block_size()) {
            u32 row, column;
            locate(index, shape.log_sequences == 0, row, column);
            u64 sequence = first_sequence + column;
            u64 polynomial = sequence >> shape.log_sequences;
            if (polynomial >= shape.columns) continue;
            // Output h + 2^LOG_HIGH l is at digits (h, l) of the tile.
            auto value = tile.template load<LOOSE>(row & (HIGHS - 1), row >> LOG_HIGH, column);
            u32 q = in_column(sequence);
            value = times(store, value, q, row);
            value.canonical().store(out + polynomial * shape.out_stride + target(q, row));
        }
    }
};
