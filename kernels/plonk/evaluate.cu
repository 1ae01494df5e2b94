// Expression programs, interpreted: every row of the outputs from the rows of many columns.
//
// What it computes. A program is a list of steps, the same for all rows. A thread runs it for its row:
//
//     result <- operation(a, b),   and slot[to] <- result if the step says so,
//
// with sums, differences, products, squares, doublings and negations of field elements, and with steps
// that write an operand to an output. An operand is
//
//     the result of the last step that made one,
//     a slot,
//     a uniform, the same at all rows,
//     a query: a column at row (i + rotation) mod n.
//
// The point that a row stands for, shift omega^i, is put in a slot beforehand where the program reads it.
// crates/cuda/src/plonk/evaluate/lower.rs makes the steps from a program of the engine, and has the rules
// that they keep to.
//
// Layouts. Steps: four words each, see `Step`; END twice after the last. Table: 16 bytes an entry, see
// `Entry`: the queries, then the outputs. Columns, outputs, uniforms: field elements in Montgomery form.
// Powers, for the point: omega^(j 2^log_low) for j < n / 2^log_low, then omega^j for j < 2^log_low.
//
// How. Slots are in shared memory, never in local or global memory. A warp has a part of it to itself; each
// slot is 32 first halves of 16 bytes side by side, one a lane, then the second halves: so that a warp meets
// each bank as often as it must and no oftener. Steps are read by all lanes from one address, and decide one way for the whole warp. A step's
// operands are read while the step before computes: the wait for memory is as long as a multiplication. So
// a step does not read the slot that the step before it writes: it takes the result itself.
//
// Grid: blocks of 32 to 256 threads, a thread for each row; 32 bytes of dynamic shared memory a thread and
// slot. No thread waits for another.
//
// Bytes: 32 a query or accumulator read, 32 an output, a row. Steps, table and uniforms stay in the caches.
//
// Multiplications, wide: 120 a product and 92 a square, and 240 for the point where it is read. Besides, a
// step takes about 90 instructions to be decoded and to find its operands (the code for sm_90, where a
// product is 230); specialised code takes 16.
#include "launch.cuh"
#include "params/bn254_fr.cuh"

struct alignas(16) Quad {
    u32 x, y, z, w;
};

// operation | kind of a << 8 | kind of b << 16 | KEEP; the slot or output written; the index of a; of b.
using Step = Quad;

// Where a column or an output begins, 64 bits, least word first; the rotation.
using Entry = Quad;

enum Operation : u32 { ADD, SUB, MUL, SQUARE, DOUBLE, NEGATE, OUTPUT, END };
enum Kind : u32 { RESULT, SLOT, UNIFORM, QUERY };
constexpr u32 KEEP = 1u << 24;

// The block's shared memory, as much as the launch asked for.
INLINE Quad* dynamic_shared() {
    extern __shared__ Quad slots_of_block[];
    return slots_of_block;
}

// 16 bytes of global memory, at an address that was itself read from memory: the compiler cannot know what
// memory that is in.
INLINE Quad load_quad(u64 address) {
    Quad r;
    asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r.x), "=r"(r.y), "=r"(r.z), "=r"(r.w)
                 : "l"(address)
                 : "memory");
    return r;
}

INLINE void store_quad(u64 address, const Quad& value) {
    asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};"
                 :
                 : "l"(address), "r"(value.x), "r"(value.y), "r"(value.z), "r"(value.w)
                 : "memory");
}

INLINE Fr join(const Quad& low, const Quad& high) {
    return Fr{{low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w}};
}

INLINE Quad half(const Fr& value, u32 which) {
    const u32 i = 4 * which;
    return Quad{value.limbs[i], value.limbs[i + 1], value.limbs[i + 2], value.limbs[i + 3]};
}

struct Row {
    const Quad* table;
    const Fr* uniforms;
    Quad* slots;
    u32 index, mask;

    INLINE Quad* slot(u32 number, u32 which) const { return slots + (2 * number + which) * WARP; }

    INLINE void keep(u32 number, const Fr& value) const {
        UNROLL
        for (u32 which = 0; which < 2; which++) *slot(number, which) = half(value, which);
    }

    // The address of this row of a query, or of an output.
    INLINE u64 address(u32 entry) const {
        const Entry e = table[entry];
        return (u64{e.y} << 32 | e.x) + u64{(index + e.z) & mask} * sizeof(Fr);
    }

    // An operand, but for the result. The kind is the same in all lanes.
    INLINE void fetch(Fr& to, u32 kind, u32 number) const {
        if (kind == SLOT) {
            to = join(*slot(number, 0), *slot(number, 1));
        } else if (kind == UNIFORM) {
            to = Fr::load(uniforms + number);
        } else if (kind == QUERY) {
            const u64 at = address(number);
            to = join(load_quad(at), load_quad(at + sizeof(Quad)));
        }
    }
};

// shift omega^index, by the two tables of powers.
INLINE Fr point(const Fr* powers, const Fr& shift, u32 index, u32 log_n, u32 log_low) {
    const Fr* low = powers + (u64{1} << (log_n - log_low));
    const Fr power = Fr::load(powers + (index >> log_low)) * Fr::load(low + (index & ((1u << log_low) - 1)));
    return power * shift;
}

constexpr u32 NO_POINT = ~0u;

KERNEL(256, 2)
plonk_evaluate(const Step* steps, const Entry* table, const Fr* uniforms, const Fr* powers, const Fr shift,
               u32 log_n, u32 log_low, u32 slots, u32 point_slot) {
    const u64 index = global_index();
    if (index >> log_n != 0) return;
    const u32 warp = thread_index() / WARP, lane = thread_index() % WARP;
    const Row row{table, uniforms, dynamic_shared() + warp * slots * 2 * WARP + lane,
                  static_cast<u32>(index), (1u << log_n) - 1};
    if (point_slot != NO_POINT) row.keep(point_slot, point(powers, shift, row.index, log_n, log_low));

    Fr result = Fr::zero(), next_a = Fr::zero(), next_b = Fr::zero();
    Step next = steps[0];
    row.fetch(next_a, next.x >> 8 & 0xff, next.z);
    row.fetch(next_b, next.x >> 16 & 0xff, next.w);
    Step after = steps[1];
    for (const Step* ahead = steps + 2;; ahead++) {
        const Step step = next;
        const Fr a = (step.x >> 8 & 0xff) == RESULT ? result : next_a;
        const Fr b = (step.x >> 16 & 0xff) == RESULT ? result : next_b;
        const u32 operation = step.x & 0xff;
        if (operation == END) return;
        next = after;
        after = *ahead;
        row.fetch(next_a, next.x >> 8 & 0xff, next.z);
        row.fetch(next_b, next.x >> 16 & 0xff, next.w);
        switch (operation) {
            case ADD: result = a + b; break;
            case SUB: result = a - b; break;
            case MUL: result = a * b; break;
            case SQUARE: result = a.sqr(); break;
            case DOUBLE: result = a.dbl(); break;
            case NEGATE: result = a.neg(); break;
            default: {
                const u64 at = row.address(step.y);
                store_quad(at, half(a, 0));
                store_quad(at + sizeof(Quad), half(a, 1));
            }
        }
        if (step.x & KEEP) row.keep(step.y, result);
    }
}
