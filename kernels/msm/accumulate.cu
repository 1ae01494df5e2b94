// Adds sorted entries' points to their buckets, with XYZZ sums.
//
// Every thread takes an equal run of the sorted entries, whatever buckets they belong to: a column of
// one value keeps the device as busy as a column of random ones. A bucket belongs to the run in which
// it starts; a run's first entries, where they go on with a bucket of the run before, are its *head*,
// whose sum is written apart. `seams` adds heads to buckets.
//
// In:      sorted entries, *total of them; table of multiples, affine.
// Out:     buckets[b] for each bucket b with entries; others are left alone (the caller zeroes them:
//          the identity). head_buckets[run] = the bucket of the run's head, or NO_BUCKET; heads[run], if
//          there is a head.
// Moves:   72 bytes in an entry, 64 of them gathered; 128 out a bucket and a head.
// Multiplications: 1178 wide ones of Fq an entry (XYZZ mixed addition).
// Grid:    any number of blocks of 128, a thread a run: as long as gives each thread one, but not
//          shorter than min_run.
// Reference: madd-2008-s; Bernstein, Doumen, Lange, Oosterwijk, 2012, for the bucket method.
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"
#include "runs.cuh"

constexpr u32 THREADS = 128;

KERNEL(THREADS, 4)
msm_accumulate(const Entry* entries, const u32* total, u32 min_run, const Affine<Fq>* table, Xyzz<Fq>* buckets,
               u32* head_buckets, Xyzz<Fq>* heads) {
    const u32 run = static_cast<u32>(global_index());
    const Runs runs(entries, total, static_cast<u32>(global_size()), min_run);
    if (runs.is_empty(run)) {
        head_buckets[run] = NO_BUCKET;
        return;
    }
    const u32 end = runs.end(run);
    u32 bucket = runs.bucket(runs.first(run));
    bool head = runs.is_head(run, bucket);
    head_buckets[run] = head ? bucket : NO_BUCKET;
    Xyzz<Fq> sum = Xyzz<Fq>::identity();
    for (u32 i = runs.first(run); i < end; i++) {
        const Entry entry = entries[i];
        if (i + 1 < end) prefetch_point(table, entries[i + 1]);
        if (entry.bucket != bucket) {
            sum.store(head ? heads + run : buckets + bucket);
            sum = Xyzz<Fq>::identity();
            bucket = entry.bucket;
            head = false;
        }
        sum = sum.add(point_of(table, entry));
    }
    sum.store(head ? heads + run : buckets + bucket);
}
