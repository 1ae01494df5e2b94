// The sorted entries in runs of equal length, and where the sum of a run's first entries goes.
#pragma once

#include "curve.cuh"
#include "params/bn254_fq.cuh"
#include "sorted.cuh"

#if CUDA_COMPILER

// The point that an entry adds.
static INLINE Affine<Fq> point_of(const Affine<Fq>* table, const Entry& entry) {
    const Affine<Fq> p = Affine<Fq>::load(table + (entry.point & ~NEGATIVE));
    return entry.point & NEGATIVE ? p.neg() : p;
}

// Starts to bring that point into the second-level cache: it is one of gigabytes, picked at random.
static INLINE void prefetch_point(const Affine<Fq>* table, const Entry& entry) {
    const Affine<Fq>* point = table + (entry.point & ~NEGATIVE);
    asm volatile("prefetch.global.L2 [%0];" : : "l"(&point->x));
    asm volatile("prefetch.global.L2 [%0];" : : "l"(&point->y));
}

struct Runs {
    const Entry* entries;
    // Entries in all, and in a run: the last run that has any may have fewer.
    u32 count;
    u32 length;

    // `runs` runs, as long as gives each some entries, but not shorter than `min_length`.
    INLINE Runs(const Entry* all, const u32* total, u32 runs, u32 min_length) : entries(all), count(*total) {
        const u32 share = count / runs + (count % runs != 0);
        length = share < min_length ? min_length : share;
    }

    INLINE bool is_empty(u32 run) const { return u64{run} * length >= count; }
    // The first entry of a run that is not empty, and the end of it.
    INLINE u32 first(u32 run) const { return run * length; }
    INLINE u32 end(u32 run) const { return count - first(run) < length ? count : first(run) + length; }

    INLINE u32 bucket(u32 entry) const { return entries[entry].bucket; }

    // Whether a bucket's entries in a run are the run's head: the bucket starts in a run before.
    INLINE bool is_head(u32 run, u32 of_bucket) const {
        const u32 start = first(run);
        return start > 0 && bucket(start) == of_bucket && bucket(start - 1) == of_bucket;
    }

    // The bucket of the head of a run that is not empty, or none.
    INLINE u32 head_bucket(u32 run) const {
        const u32 of_first = bucket(first(run));
        return is_head(run, of_first) ? of_first : NO_BUCKET;
    }
};

#endif
