// Adds heads to buckets: what `accumulate` left of buckets that its threads did not own.
//
// Heads are in order of buckets, those of one bucket side by side. A block sums the heads of each
// bucket among its 128; the thread of a bucket's first head adds the sum to the bucket. Where a block's
// first heads go on with a bucket of the block before, their sum is the block's own head, one for the
// next launch. Launched until one block suffices, so a bucket that spans all threads takes as many
// steps as log2 of their number.
//
// In:      head_buckets[count], NO_BUCKET where there is no head; heads[count].
// Out:     buckets, added to; next_buckets[block], next_heads[block].
// Moves:   132 bytes in a head, 128 in and out a bucket that spans threads.
// Multiplications: 1887 wide ones of Fq an addition; at most 8 additions a head, and 1 where every
//          bucket spans two threads.
// Grid:    ceil(count / 128) blocks of 128.
// Reference: Hillis and Steele, "Data parallel algorithms", 1986; segmented as in Schwartz, 1980.
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

    const u32 before = thread > 0 ? ids[thread - 1] : index > 0 ? head_buckets[index - 1] : NO_BUCKET;
    const bool first = bucket != NO_BUCKET && bucket != before;
    const bool continues = bucket != NO_BUCKET && bucket == before && thread == 0;

    // After the step of distance d a sum is that of up to 2 d heads from its own on. The last step adds
    // the sums of first heads to their buckets. There is one addition in the loop's body: it is long,
    // and the driver's compiler takes its time for each.
    for (u32 distance = 1; distance <= THREADS; distance *= 2) {
        Xyzz<Fq>*target = &sums[thread].value, *other = nullptr;
        if (distance == THREADS) {
            if (first) other = target;
            target = buckets + bucket;
        } else if (bucket != NO_BUCKET && thread + distance < THREADS && ids[thread + distance] == bucket) {
            other = &sums[thread + distance].value;
        }
        Xyzz<Fq> sum;
        if (other != nullptr) sum = Xyzz<Fq>::load(target).add(Xyzz<Fq>::load(other));
        block_barrier();
        if (other != nullptr) sum.store(target);
        block_barrier();
    }
    if (thread == 0) {
        next_buckets[block_index()] = continues ? bucket : NO_BUCKET;
        if (continues) Xyzz<Fq>::load(&sums[0].value).store(next_heads + block_index());
    }
}
