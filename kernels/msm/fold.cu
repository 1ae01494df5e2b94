// Weighted sums: of each array of points B_0, B_1, ... the sum of (i + 1) B_i.
//
// A thread takes 2^log_run points of an array, from the last one down: with the running sum S of what
// it has read, and the sum A of the running sums, A is its points' weighted sum with weights 1, 2, ...
// A block of 128 threads adds the A's up, and folds the S's: merging neighbours t times over gives for
// 2^t threads their sum, and for each bit l < t the sum of the S of those threads that have the bit in
// their index. With T the sum of all S and O_l those by bit,
//
//     sum over a block of (i + 1) B_i = A + 2^log_run sum_l 2^l O_l,
//
// and the blocks of an array, numbered q, contribute 128 2^log_run q T besides: a weighted sum again,
// of the array of the T's. So there are two launches, the second with one block an array; the host adds
// up what is left (17 points), each with a power of two.
//
// In:      points[array count + i].
// Out:     with first_level = 0, out[(part arrays + array) blocks + block] for the parts A, T, O_0, ...,
//          O_6. Otherwise the arrays are those of the first level's out, `first_level` of each part: plain
//          sums of all but the T's, whose weighted sum is needed; out[array 17 + j], array below
//          first_level: j = 0 the sum of the A's, 1..7 of the O's, 8..16 the parts A, T, O_0, ..., O_6 of
//          the T's.
// Moves:   128 bytes in a point; little out.
// Multiplications: 1698 wide ones of Fq an addition, two additions a point, and 374 additions a block.
// Grid:    (arrays, blocks of an array), blocks of 128.
// Reference: the running sum is Knuth's (The Art of Computer Programming 2, 4.6.4 exercise 9); the fold
//          is a tree on the bits of the index.
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"
#include "shared.cuh"

constexpr u32 THREADS = 128;
constexpr u32 BITS = 7;
constexpr u32 PARTS = 2 + BITS;
constexpr u32 RESULTS = PARTS - 1 + PARTS;

// The points that a block works on, one of each kind a thread.
struct Folded {
    Spaced<Xyzz<Fq>> weighted[THREADS];
    Spaced<Xyzz<Fq>> sums[THREADS];
};

// Where O_l is after the fold: the sum of the upper 2^l of the first 2^(l+1) threads appears there when
// they merge, and the same sums of further threads are added to it.
static INLINE u32 place_of_bit(u32 bit) { return 1 << bit; }

static INLINE void write_part(const Folded& folded, u32 index, Xyzz<Fq>* out) {
    const Spaced<Xyzz<Fq>>* part = index == 0 ? folded.weighted : folded.sums;
    if (index > 1) part += place_of_bit(index - 2);
    Xyzz<Fq>::load(&part->value).store(out);
}

// Folds `count` points, as many of them as there are; without weights, only T is right afterwards.
//
// Everything is an addition of one place to another: first `2^log_run` times a point to the thread's
// sum and, with weights, that to its weighted sum; then the merges. So there is one addition in the
// code: it is long, and the driver's compiler takes its time for each.
static INLINE void fold(Folded& folded, const Xyzz<Fq>* points, u32 count, u32 log_run, bool weights) {
    const u32 thread = thread_index();
    Xyzz<Fq>::identity().store(&folded.weighted[thread].value);
    Xyzz<Fq>::identity().store(&folded.sums[thread].value);
    const u64 first = u64{thread} << log_run;
    const u32 reads = 1 << log_run;
    for (u32 step = 0; step < 2 * (reads + BITS); step++) {
        Spaced<Xyzz<Fq>>* target = nullptr;
        const Xyzz<Fq>* other = nullptr;
        const bool second = step % 2 == 1;
        if (step < 2 * reads) {
            const u64 point = first + (reads - 1 - step / 2);
            if (!second && point < count) {
                target = folded.sums + thread;
                other = points + point;
            } else if (second && weights) {
                target = folded.weighted + thread;
                other = &folded.sums[thread].value;
            }
        } else if (!second) {
            // Pairs of 2^level threads merge: T, O_l for l < level, and the weighted sums.
            const u32 level = step / 2 - reads, log_pairs = BITS - 1 - level;
            const u32 pair = thread & ((1 << log_pairs) - 1), which = thread >> log_pairs;
            if (which == 0) {
                target = folded.sums;
            } else if (weights && which <= level) {
                target = folded.sums + place_of_bit(which - 1);
            } else if (weights && which == level + 1) {
                target = folded.weighted;
            }
            if (target != nullptr) {
                target += pair << (level + 1);
                other = &target[1 << level].value;
            }
        }
        if (step >= 2 * reads) block_barrier();
        if (target != nullptr) Xyzz<Fq>::load(&target->value).add(Xyzz<Fq>::load(other)).store(&target->value);
    }
    block_barrier();
}

KERNEL(THREADS, 3) msm_fold(const Xyzz<Fq>* points, u32 count, u32 log_run, u32 first_level, Xyzz<Fq>* out) {
    __shared__ Folded folded;
    const u32 array = block_index(), arrays = grid_size();
    const u32 block = block_index_y(), blocks = grid_size_y();
    const u32 part = first_level == 0 ? 1 : array / first_level;
    const bool weights = part == 1;
    const u64 first = u64{block} << (log_run + BITS);
    fold(folded, points + u64{array} * count + first, static_cast<u32>(count - first), log_run, weights);
    const u32 thread = thread_index();
    if (first_level == 0) {
        if (thread < PARTS) write_part(folded, thread, out + (u64{thread} * arrays + array) * blocks + block);
        return;
    }
    Xyzz<Fq>* results = out + u64{array % first_level} * RESULTS;
    if (weights) {
        if (thread < PARTS) write_part(folded, thread, results + PARTS - 1 + thread);
    } else if (thread == 0) {
        write_part(folded, 1, results + (part == 0 ? 0 : part - 1));
    }
}
