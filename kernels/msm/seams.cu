// Adds heads to buckets: what `accumulate` left of buckets that its runs did not own.
//
// Heads are in order of buckets, those of one bucket side by side. A block halves the heads of each
// bucket among its 128 until one sum is left: the first of them add those of the second half, so that
// the threads that work stay side by side. The sum goes to the bucket. Where a block's first heads go on
// with a bucket of the block before, their sum is the block's own head, one for the next launch.
// Launched until one block suffices, so a bucket that spans all runs takes as many steps as log2 of
// their number.
//
// In:      head_buckets[count], NO_BUCKET where there is no head; heads[count].
// Out:     buckets, added to; next_buckets[block], next_heads[block].
// Moves:   132 bytes in a head, 128 in and out a bucket that spans runs.
// Multiplications: 1698 wide ones of Fq an addition; one addition a head.
// Grid:    ceil(count / 128) blocks of 128.
// Reference: the reduction is the classical one (Hillis and Steele, "Data parallel algorithms", 1986),
//          of all buckets at once.
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"
#include "shared.cuh"
#include "sorted.cuh"

constexpr u32 THREADS = 128;

KERNEL(THREADS, 3)
msm_seams(const u32* head_buckets, const Xyzz<Fq>* heads, u32 count, Xyzz<Fq>* buckets, u32* next_buckets,
          Xyzz<Fq>* next_heads) {
    __shared__ u32 ids[THREADS];
    __shared__ Spaced<Xyzz<Fq>> sums[THREADS];
    const u32 thread = thread_index(), index = block_index() * THREADS + thread;
    const u32 bucket = index < count ? head_buckets[index] : NO_BUCKET;
    ids[thread] = bucket;
    if (bucket != NO_BUCKET) Xyzz<Fq>::load(heads + index).store(&sums[thread].value);
    block_barrier();

    // This thread's place among the bucket's heads in the block, and how many there are.
    u32 rank = 0, length = 1;
    UNROLL
    for (u32 distance = THREADS / 2; distance > 0; distance /= 2) {
        if (rank + distance <= thread && ids[thread - rank - distance] == bucket) rank += distance;
        if (thread + length - 1 + distance < THREADS && ids[thread + length - 1 + distance] == bucket) length += distance;
    }
    length = bucket == NO_BUCKET ? 0 : rank + length;
    const bool continues = rank == thread && bucket != NO_BUCKET && index > thread &&
                           head_buckets[index - thread - 1] == bucket;

    // The last step adds the sums to their buckets. There is one addition in the loop's body: it is long,
    // and the driver's compiler takes its time for each.
    for (u32 step = 0; (THREADS >> step) > 0; step++) {
        const bool last = (THREADS >> step) == 1;
        Xyzz<Fq>*target = &sums[thread].value, *other = nullptr;
        const u32 half = (length + 1) / 2;
        if (last) {
            if (rank == 0 && length > 0 && !continues) other = target;
            target = buckets + bucket;
        } else if (rank + half < length) {
            other = &sums[thread + half].value;
        }
        length = half;
        if (other != nullptr) Xyzz<Fq>::load(target).add(Xyzz<Fq>::load(other)).store(target);
        block_barrier();
    }
    if (thread == 0) {
        next_buckets[block_index()] = continues ? bucket : NO_BUCKET;
        if (continues) Xyzz<Fq>::load(&sums[0].value).store(next_heads + block_index());
    }
}
