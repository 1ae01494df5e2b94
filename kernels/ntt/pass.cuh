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

// Loops that stay loops.
#define NO_UNROLL _Pragma("unroll 1")

// log2 of the elements of a tile, and the threads of a block.
constexpr u32 LOG_TILE = 10, THREADS = 64;

// A bound of what transforms in registers hand out, and of what passes leave to each other in memory.
template <class P>
constexpr u32 LOOSE = 332;

// What becomes of output k of a transform in registers: it goes back into the tile, to where input k
// came from, or to `memory`, k times `stride` bytes further on, if there is that.
template <class P, class T>
struct Emit {
    const T& tile;
    u32 unit;
    bool second;
    Field<P>* memory;
    u32 stride;

    template <u32 B>
    INLINE void operator()(u32 k, const Lazy<P, B>& value) const {
        static_assert(B <= LOOSE<P>, "more than the next multiplication takes");
        if (memory != nullptr) {
            value.store(address(k));
        } else {
            tile.store(unit ^ T::step(second, k), value);
        }
    }

    // One instruction that the compiler cannot take apart: it would keep multiples of the stride.
    INLINE Field<P>* address(u32 k) const {
        Field<P>* r;
        asm("mad.wide.u32 %0, %1, %2, %3;" : "=l"(r) : "r"(k), "r"(stride), "l"(memory));
        return r;
    }
};

template <class P, u32 LOG_HIGH, u32 LOG_LOW>
struct Pass {
    static constexpr u32 LOG_ROWS = LOG_HIGH + LOG_LOW, ROWS = 1u << LOG_ROWS;
    static constexpr u32 LOG_COLUMNS = LOG_TILE - LOG_ROWS, COLUMNS = 1u << LOG_COLUMNS;
    static constexpr u32 HIGHS = 1u << LOG_HIGH, LOWS = 1u << LOG_LOW;
    using T = Tile<P, LOG_HIGH, LOG_LOW, LOG_COLUMNS>;
    using W = Twiddle<P>;
    static_assert(W::product_bound(LOOSE<P>) <= TIGHT, "one multiplication makes inputs of what passes leave");

    const Field<P>* in;
    Field<P>* out;
    Factors<P> load, store;
    // (h, l) -> w^(h l), w of order 2^LOG_ROWS.
    const W* round;
    const Shape& shape;
    const Roots<P>& roots;
    T tile;
    u64 first_sequence;

    INLINE void run() const {
        if (is(LAST)) {
            read<true>();
        } else {
            read<false>();
        }
        block_barrier();
        if constexpr (LOG_HIGH == 0) {
            transform<LOG_LOW>(true);
        } else if constexpr (LOG_HIGH == LOG_LOW) {
            // The same code for both rounds: a kernel that does not fit the instruction cache waits for it.
            NO_UNROLL
            for (u32 second = 0; second < 2; second++) {
                if (second != 0) block_barrier();
                transform<LOG_LOW>(second != 0);
            }
        } else {
            transform<LOG_HIGH>(false);
            block_barrier();
            // What ptxas can tell about the round it spends on addresses, and then has to spill.
            u32 second = 1;
            asm volatile("" : "+r"(second));
            transform<LOG_LOW>(second != 0);
        }
        if (!is(LAST)) return;
        block_barrier();
        if (shape.log_sequences == 0) {
            write<true>();
        } else {
            write<false>();
        }
    }

  private:
    INLINE bool is(u32 flag) const { return (shape.flags & flag) != 0; }

    // An element of the tile in the order in which lanes take them: along a sequence where its elements
    // are neighbours in memory, otherwise along neighbouring sequences.
    template <bool ALONG_ROWS>
    static INLINE void locate(u32 index, u32& row, u32& column) {
        row = ALONG_ROWS ? index & (ROWS - 1) : index >> LOG_COLUMNS;
        column = ALONG_ROWS ? index >> LOG_ROWS : index & (COLUMNS - 1);
    }

    // The polynomial that a column of the tile belongs to, which may be none, and its sequence in it.
    INLINE u64 polynomial(u32 column) const { return (first_sequence + column) >> shape.log_sequences; }
    INLINE u32 sequence(u32 column) const {
        return (static_cast<u32>(first_sequence) + column) & ((1u << shape.log_sequences) - 1);
    }

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

    // Where row r of sequence q is before the pass, which is where it is afterwards as well except in the
    // last pass.
    INLINE u32 place(u32 q, u32 row) const {
        u32 below = q & ((1u << shape.log_distance) - 1), above = q >> shape.log_distance;
        return (above << LOG_ROWS | row) << shape.log_distance | below;
    }

    template <u32 B>
    static INLINE Tight<P> times(const Lazy<P, B>& value, const W* factor) {
        return Tight<P>::from(value * W::load(factor));
    }
    static INLINE const W* row_factor(const Factors<P>& factors, u32 q, u32 row) {
        return factors.row + ((q >> factors.row_shift) << LOG_ROWS | row);
    }
    static INLINE const W* column_factor(const Factors<P>& factors, u32 q) {
        return factors.column + (q & factors.column_mask);
    }

    template <bool IS_LAST>
    INLINE void read() const {
        NO_UNROLL
        for (u32 i = 0; i < T::SIZE; i += THREADS) {
            u32 row, column;
            locate<IS_LAST>(i + thread_index(), row, column);
            Tight<P> value = Tight<P>::from(Field<P>::zero());
            if (polynomial(column) < shape.columns) {
                u32 q = sequence(column), at = IS_LAST ? reversed(q) << LOG_ROWS | row : place(q, row);
                if (is(NEGATED)) at = (0 - at) & ((1u << shape.log_n) - 1);
                const Field<P>* address = in + polynomial(column) * shape.in_stride + at;
                if (load.row != nullptr) {
                    value = times(Lazy<P, LOOSE<P>>::load(address), row_factor(load, q, row));
                } else {
                    value = Tight<P>::load(address);
                }
                if (load.column != nullptr) value = times(value, column_factor(load, q));
            }
            tile.store(T::unit(row >> LOG_LOW, row & (LOWS - 1), column), value);
        }
    }

    // One round: transforms over the low digit (`second`) or the high one. The first round goes on to
    // multiply what it has made, the second one of a pass that is not the last to write it.
    template <u32 LOG>
    INLINE void transform(bool second) const {
        NO_UNROLL
        for (u32 i = 0; i < T::SIZE >> LOG; i += THREADS) {
            u32 index = i + thread_index();
            if ((T::SIZE >> LOG) % THREADS != 0 && index >= T::SIZE >> LOG) break;
            u32 column = index & (COLUMNS - 1), other = index >> LOG_COLUMNS;
            u32 unit = second ? T::unit(other, 0, column) : T::unit(0, other, column);
            Tight<P> x[1u << LOG];
            UNROLL
            for (u32 j = 0; j < 1u << LOG; j++) x[j] = tile.template load<TIGHT>(unit ^ T::step(second, j));

            Field<P>* memory = nullptr;
            if (second && !is(LAST) && polynomial(column) < shape.columns) {
                memory = out + polynomial(column) * shape.out_stride + place(sequence(column), other);
            }
            u32 stride = static_cast<u32>(HIGHS * sizeof(Field<P>)) << shape.log_distance;
            dft<P>(x, roots, 1, Emit<P, T>{tile, unit, second, memory, stride});

            if (!second) multiply_round(unit, round + other);
        }
    }

    // The outputs of one transform of the first round, times w^(h l). `twiddles` are those of its l.
    INLINE void multiply_round(u32 unit, const W* twiddles) const {
        tile.store(unit, tight(tile.template load<LOOSE<P>>(unit)));
        NO_UNROLL
        for (u32 high = 1; high < HIGHS; high++) {
            u32 at = unit ^ T::step(false, high);
            tile.store(at, times(tile.template load<LOOSE<P>>(at), twiddles + high * LOWS));
        }
    }

    // The last pass: output h + 2^LOG_HIGH l of a sequence is at digits (h, l) of the tile.
    template <bool ALONG_ROWS>
    INLINE void write() const {
        NO_UNROLL
        for (u32 i = 0; i < T::SIZE; i += THREADS) {
            u32 row, column;
            locate<ALONG_ROWS>(i + thread_index(), row, column);
            if (polynomial(column) >= shape.columns) continue;
            u32 q = sequence(column);
            auto value = tile.template load<LOOSE<P>>(T::unit(row & (HIGHS - 1), row >> LOG_HIGH, column));
            Field<P> element;
            if (store.row != nullptr) {
                Tight<P> product = times(value, row_factor(store, q, row));
                if (store.column != nullptr) product = times(product, column_factor(store, q));
                element = product.canonical();
            } else {
                element = value.canonical();
            }
            element.store(out + polynomial(column) * shape.out_stride + (row << shape.log_sequences | q));
        }
    }
};
