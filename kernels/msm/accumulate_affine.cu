// Adds sorted entries' points to their buckets, with affine sums and shared inversions.
//
// The same as `accumulate`, run for run: equal runs of the sorted entries, each with a sum of its own.
// Here a thread has several runs, and all runs take a step at the same time: every sum gets its next
// point. An affine addition needs the inverse of x2 - x1; a block inverts the product of all of a step,
// Montgomery's trick, so that an addition comes to
//
//     1 multiplication   the product of the thread's denominators up to here
//     2                  this denominator's share of the inverse, the inverse of the rest
//     2 and a square     slope, x3 = s^2 - x1 - x2, y3 = s (x1 - x3) - y1
//
// and 3.9 multiplications a step and thread for the tree (block_inverse.cuh): with 8 runs a thread 815
// wide multiplications an entry in place of XYZZ's 1178. That is the reason to have it. Its price is
// that points are gathered twice (their x alone, then all), sums move between memory and registers, and
// every step waits for one inversion: the other block of a multiprocessor works meanwhile.
//
// The sums of a step are affine, and where the group law has no slope they are put in place without
// one: the first point of a bucket, an identity on either side, opposite points. Equal points have the
// slope 3 x^2 / 2 y.
//
// In:      sorted entries, *total of them; table of multiples, affine.
// Out:     as `accumulate`: buckets, head_buckets, heads; sums are written as XYZZ with ZZ = 1.
// Scratch: sums, 64 bytes a run: quarter q of the sum of thread t's run k at (4 k + q) threads + t.
// Moves:   16 bytes of entries, 96 of points gathered, 96 of sums in and 64 out an entry, the sums
//          within the second-level cache; 128 out a bucket and a head.
// Multiplications: 5 and a square an entry, 752 wide ones, and 3.9 a step and thread.
// Grid:    any number of blocks of 256; run k of thread t is the (k threads + t)th. Dynamic shared
//          memory: 24 KiB, and 8 KiB for each of a thread's runs.
// Reference: Montgomery, 1987, section 10.3.1.
#include "block_inverse.cuh"
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"
#include "runs.cuh"
#include "shared.cuh"

constexpr u32 THREADS = 256;

// The denominator of the slope of p + q, or 1 if there is no slope.
static INLINE Fq slope_denominator(const Affine<Fq>& p, const Affine<Fq>& q) {
    if (p.is_identity() || q.is_identity()) return Fq::one();
    if (p.x != q.x) return q.x - p.x;
    // No point of odd order has y = 0.
    return p.y == q.y ? p.y.dbl() : Fq::one();
}

// What a thread knows of all its runs.
struct Accumulator {
    Runs runs;
    const Affine<Fq>* table;
    Quarter* sums;
    Quarter* prefixes;
    u32 thread;
    u32 threads;

    INLINE u32 run(u32 k) const { return k * threads + thread; }

    // The entry of a run in a step, and whether it is the first of its bucket there; false if the run
    // is over.
    INLINE bool entry(u32 k, u32 step, Entry& entry, bool& starts) const {
        const u64 place = u64{run(k)} * runs.length + step;
        if (place >= runs.count) return false;
        entry = runs.entries[place];
        starts = step == 0 || runs.bucket(static_cast<u32>(place) - 1) != entry.bucket;
        return true;
    }

    INLINE Affine<Fq> point(const Entry& entry) const { return point_of(table, entry); }

    // Brings the point of a later step nearer, where there is one; it may be the next run's.
    INLINE void prefetch(u32 k, u32 step) const {
        const u64 place = u64{run(k)} * runs.length + step;
        if (place < runs.count) prefetch_point(table, runs.entries[place]);
    }

    INLINE Quarter* sum(u32 k) const { return sums + u64{4 * k} * threads + thread; }
    INLINE Fq sum_x(u32 k) const { return load_parts<Fq>(sum(k), threads); }
    INLINE Affine<Fq> load_sum(u32 k) const {
        return Affine<Fq>{sum_x(k), load_parts<Fq>(sum(k) + 2 * u64{threads}, threads)};
    }
    INLINE void store_sum(u32 k, const Affine<Fq>& p) const {
        store_parts(p.x, sum(k), threads);
        store_parts(p.y, sum(k) + 2 * u64{threads}, threads);
    }

    INLINE Quarter* prefix(u32 k) const { return prefixes + 2 * k * THREADS + thread_index(); }

    // Writes the sum of a bucket's entries in a run where it belongs.
    INLINE void finish(u32 k, u32 bucket, const Affine<Fq>& sum, Xyzz<Fq>* buckets, Xyzz<Fq>* heads) const {
        Xyzz<Fq>::from(sum).store(runs.is_head(run(k), bucket) ? heads + run(k) : buckets + bucket);
    }
};

KERNEL(THREADS, 2)
msm_accumulate_affine(const Entry* entries, const u32* total, u32 min_run, u32 runs_of_a_thread,
                      const Affine<Fq>* table, Quarter* sums, Xyzz<Fq>* buckets, u32* head_buckets,
                      Xyzz<Fq>* heads) {
    extern __shared__ Quarter memory[];
    auto& tree = *reinterpret_cast<InverseTree<Bn254Fq, THREADS>*>(memory);
    Quarter* prefixes = memory + sizeof(tree) / sizeof(Quarter);
    const u32 threads = static_cast<u32>(global_size());
    const Runs runs(entries, total, threads * runs_of_a_thread, min_run);
    const Accumulator a = {runs, table, sums, prefixes, static_cast<u32>(global_index()), threads};

    for (u32 k = 0; k < runs_of_a_thread; k++) {
        head_buckets[a.run(k)] = runs.is_empty(a.run(k)) ? NO_BUCKET : runs.head_bucket(a.run(k));
    }
    // Where there are few entries, runs are empty from some k on, for all threads of the grid alike.
    u32 used = runs_of_a_thread;
    while (used > 0 && runs.is_empty((used - 1) * threads)) used--;

    for (u32 step = 0; used > 0 && step < runs.length; step++) {
        Fq product = Fq::one();
        for (u32 k = 0; k < used; k++) {
            Entry entry;
            bool starts;
            if (!a.entry(k, step, entry, starts) || starts) continue;
            const Fq x1 = a.sum_x(k);
            const Fq x2 = Fq::load(&table[entry.point & ~NEGATIVE].x);
            Fq denominator = x2 - x1;
            if (denominator.is_zero() || x1.is_zero() || x2.is_zero()) {
                denominator = slope_denominator(a.load_sum(k), a.point(entry));
            }
            store_parts(product, a.prefix(k), THREADS);
            product = product * denominator;
        }
        Fq inverse = tree.inverse(product);
        for (u32 k = used; k-- > 0;) {
            Entry entry;
            bool starts;
            if (!a.entry(k, step, entry, starts)) continue;
            a.prefetch(k, step + 1);
            if (starts) {
                if (step > 0) {
                    const u32 before = runs.bucket(runs.first(a.run(k)) + step - 1);
                    a.finish(k, before, a.load_sum(k), buckets, heads);
                }
                a.store_sum(k, a.point(entry));
                continue;
            }
            const Fq share = inverse * load_parts<Fq>(a.prefix(k), THREADS);
            const Affine<Fq> p = a.load_sum(k), q = a.point(entry);
            Fq denominator = q.x - p.x, numerator = q.y - p.y;
            bool has_slope = true;
            if (denominator.is_zero() || p.x.is_zero() || q.x.is_zero()) {
                has_slope = !p.is_identity() && !q.is_identity() && (p.x != q.x || p.y == q.y);
                if (has_slope && p.x == q.x) {
                    const Fq square = p.x.sqr();
                    numerator = square.dbl() + square;
                }
                denominator = slope_denominator(p, q);
            }
            inverse = inverse * denominator;
            const Fq slope = numerator * share;
            Affine<Fq> sum;
            sum.x = slope.sqr() - p.x - q.x;
            sum.y = slope * (p.x - sum.x) - p.y;
            if (!has_slope) sum = p.is_identity() ? q : q.is_identity() ? p : Affine<Fq>::identity();
            a.store_sum(k, sum);
        }
    }
    for (u32 k = 0; k < used; k++) {
        if (!runs.is_empty(a.run(k))) {
            a.finish(k, runs.bucket(runs.end(a.run(k)) - 1), a.load_sum(k), buckets, heads);
        }
    }
}
