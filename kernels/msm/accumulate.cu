// Adds sorted entries' points to their buckets.
//
// Every thread takes an equal run of the sorted entries, whatever buckets they belong to: a column of
// one value keeps the device as busy as a column of random ones. A bucket belongs to the thread in
// whose run it starts, which writes it; a thread whose run starts within a bucket that it does not own
// writes that part, its *head*, apart, and `seams` adds heads to buckets.
//
// In:      sorted entries, *total of them; table of multiples, affine.
// Out:     buckets[b] for each bucket b with entries; others are left alone (the caller zeroes them:
//          the identity). head_buckets[t] = the bucket of thread t's head, or NO_BUCKET; heads[t], if
//          there is a head.
// Moves:   72 bytes in an entry, 64 of them gathered; 128 out a bucket and a head.
// Multiplications: 1169 wide ones of Fq an entry (XYZZ mixed addition).
// Grid:    any number of blocks of 128: a run is as long as gives every thread one, but not shorter
//          than min_run.
// Reference: madd-2008-s; Bernstein, Doumen, Lange, Oosterwijk, 2012, for the bucket method.
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"
#include "sorted.cuh"

KERNEL(128, 4)
msm_accumulate(const Entry* entries, const u32* total, u32 min_run, const Affine<Fq>* table, Xyzz<Fq>* buckets,
               u32* head_buckets, Xyzz<Fq>* heads) {
    const u32 thread = static_cast<u32>(global_index()), threads = static_cast<u32>(global_size());
    const u32 count = *total;
    const u32 share = count / threads + (count % threads != 0);
    const u32 run = share < min_run ? min_run : share;
    const u64 first = u64{thread} * run;
    if (first >= count) {
        head_buckets[thread] = NO_BUCKET;
        return;
    }
    const u32 start = static_cast<u32>(first);
    const u32 end = count - start < run ? count : start + run;

    u32 bucket = load_entry(entries + start).bucket;
    bool head = start > 0 && load_entry(entries + start - 1).bucket == bucket;
    head_buckets[thread] = head ? bucket : NO_BUCKET;
    Xyzz<Fq> sum = Xyzz<Fq>::identity();
    for (u32 i = start; i < end; i++) {
        const Entry entry = load_entry(entries + i);
        if (entry.bucket != bucket) {
            sum.store(head ? heads + thread : buckets + bucket);
            sum = Xyzz<Fq>::identity();
            bucket = entry.bucket;
            head = false;
        }
        Affine<Fq> point = Affine<Fq>::load(table + (entry.point & ~NEGATIVE));
        if (entry.point & NEGATIVE) point = point.neg();
        sum = sum.add(point);
    }
    sum.store(head ? heads + thread : buckets + bucket);
}
