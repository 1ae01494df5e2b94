// Division of a polynomial by X - r, the remainder dropped, in place.
//
// Computes q with p(X) = q(X) (X - r) + p(r): q_i = sum_(j > i) p_j r^(j - i - 1), and 0 for the last
//          one. Where q is known above a run of coefficients, Horner's rule downwards leaves it below
//          each: q_(i-1) = p_i + r q_i. What is needed above a run is a linear recurrence on the runs'
//          own values, whose steps are powers of r:
//
//            1. `poly_kate_values`: the value sum p_j r^j of each thread's run, and of each block.
//            2. The blocks' values are divided by X - r^(128 run) in the same way: what that leaves is
//               q above each block.
//            3. `poly_kate_quotient`: within a block a tree takes the values up, and q above down again;
//               each thread walks down its run.
//
// Layout   p: n elements of Fr; thread t of the grid has run values from t run on. values[t]; blocks[b],
//          and q above block b in its place between 2 and 3. steps.of[l] = r^(run 2^l).
// Moves    32 bytes in a coefficient in 1, 32 in and 32 out in 3; 32 out and in a thread.
// Multiplies wide: 240 a coefficient; 720 a thread for the trees.
// Grid     ceil(n / (128 run)) blocks of 128. A thread reads its run element by element, each a sector of
//          32 bytes: no more is moved than if neighbours read side by side.
// Reference Kate, Zaverucha, Goldberg, "Constant-size commitments to polynomials and their applications",
//          2010, section 3.3; Blelloch, "Prefix sums and their applications", 1990, section 1.4.
#include "launch.cuh"
#include "params/bn254_fr.cuh"
#include "shared.cuh"

constexpr u32 LOG_THREADS = 7;
constexpr u32 THREADS = 1 << LOG_THREADS;

struct Steps {
    Fr of[LOG_THREADS];
};

// Node i is the parent of nodes 2 i and 2 i + 1; the threads' leaves are the second half.
struct RunTree {
    Spaced<Fr> nodes[2 * THREADS];
    // The powers of r by which the right one of two nodes is further up, for each height.
    Fr steps[LOG_THREADS];

    INLINE Fr node(u32 i) const { return Fr::load(&nodes[i].value); }
    INLINE void set(u32 i, const Fr& value) { value.store(&nodes[i].value); }

    // Takes the values of the threads' runs up to the root. All threads of the block call.
    INLINE void up(const Fr& value, const Steps& powers) {
        const u32 thread = thread_index();
        set(THREADS + thread, value);
        // An index that is not known would have the powers in local memory first.
        if (thread == 0) {
            UNROLL
            for (u32 i = 0; i < LOG_THREADS; i++) powers.of[i].store(steps + i);
        }
        for (u32 height = 0; height < LOG_THREADS; height++) {
            block_barrier();
            const u32 node = (THREADS >> (height + 1)) + thread;
            if (thread < THREADS >> (height + 1)) {
                set(node, this->node(2 * node) + Fr::load(steps + height) * this->node(2 * node + 1));
            }
        }
    }

    // Takes what is above the block down to what is above this thread's run.
    INLINE Fr down(const Fr& above) {
        const u32 thread = thread_index();
        // Only the first thread reads the root again, which it wrote.
        if (thread == 0) set(1, above);
        for (u32 height = LOG_THREADS; height-- > 0;) {
            const u32 node = (THREADS >> (height + 1)) + thread;
            if (thread < THREADS >> (height + 1)) {
                const Fr above_node = this->node(node);
                set(2 * node, this->node(2 * node + 1) + Fr::load(steps + height) * above_node);
                set(2 * node + 1, above_node);
            }
            block_barrier();
        }
        return node(THREADS + thread);
    }
};

// This thread's run of n values: from `first` to `end`, empty where there are none.
struct Run {
    u64 first, end;

    INLINE Run(u64 n, u32 run) {
        first = global_index() * run;
        end = first + run < n ? first + run : n;
    }
};

KERNEL(THREADS, 4)
poly_kate_values(const Fr* p, u64 n, u32 length, Fr root, Steps steps, Fr* values, Fr* blocks) {
    __shared__ RunTree tree;
    const Run run(n, length);
    Fr value = Fr::zero();
    for (u64 i = run.end; i > run.first; i--) value = value * root + Fr::load(p + i - 1);
    value.store(values + global_index());
    tree.up(value, steps);
    if (thread_index() == 0) tree.node(1).store(blocks + block_index());
}

KERNEL(THREADS, 4)
poly_kate_quotient(Fr* p, u64 n, u32 length, Fr root, Steps steps, const Fr* values, const Fr* blocks) {
    __shared__ RunTree tree;
    const Run run(n, length);
    tree.up(Fr::load(values + global_index()), steps);
    // Above the last block, and so above a single one, there is nothing.
    Fr above = Fr::zero();
    if (block_index() + 1 < grid_size()) above = Fr::load(blocks + block_index());
    above = tree.down(above);
    for (u64 i = run.end; i > run.first; i--) {
        const Fr coefficient = Fr::load(p + i - 1);
        above.store(p + i - 1);
        above = above * root + coefficient;
    }
}
