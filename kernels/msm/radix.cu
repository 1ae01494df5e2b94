// Sorts entries by bucket: one pass of a stable radix sort, least significant bits first.
//
// A pass looks at `bits` bits of the bucket's number, from `shift` up; 2^bits bins. The first pass of
// a sort reads digits, leaves out those that are zero and turns the others into entries; later passes
// read entries. The work of a pass depends on how many entries there are, never on their distribution.
//
//   1. histogram: how many entries of each tile go into each bin.
//   2. chunks, bases, places: exclusive sums over bins, and within a bin over tiles, so that each tile
//      knows where its entries of a bin go. `bases` also counts the entries.
//   3. scatter: each tile is sorted in shared memory and written out, bin by bin.
//
// Tiles hold TILE digits or entries. Tiles of digits do not straddle windows, so that a tile has one
// column, one bucket set and one multiple of the bases; a window in which a column has no digits
// (`used`) costs nothing but zeros in the histogram.
//
// Layouts: counts[tile 2^bits + bin], chunk_counts[chunk 2^bits + bin] with CHUNK tiles a chunk.
// Moves:   a digit 8 bytes in, an entry 16; 8 out; and 2^bits words a tile five times.
// Multiplications: none.
// Grids:   histogram, scatter: (tiles of a window, windows of all columns) for digits, (tiles, 1) for
//          entries, blocks of 256. chunks, places: (chunks, ceil(2^bits / 256)), blocks of 256.
//          bases: one block of 1024.
// Reference: Merrill and Grimshaw, "High performance and scalable radix sorting", 2011. The peers of a
//          lane are found by a ballot a bit.
#include "exclusive_sum.cuh"
#include "launch.cuh"
#include "sorted.cuh"

constexpr u32 THREADS = 256;
constexpr u32 WARPS = THREADS / WARP;
constexpr u32 ITEMS = 16;
constexpr u32 TILE = THREADS * ITEMS;
constexpr u32 MAX_BITS = 10;
constexpr u32 MAX_BINS = 1 << MAX_BITS;
constexpr u32 CHUNK = 128;

// The digits of all columns, `windows` times `rows` each, and how they become entries: window w is
// added up in bucket set w mod `sets`, with multiple w / sets of the bases, of which there are `bases`;
// row 0 stands for base `first_base`. used[column]: windows that have digits other than zero.
struct Digits {
    const u32* digits;
    const u32* used;
    u32 rows;
    u32 windows;
    u32 sets;
    u32 log_buckets;
    u32 bases;
    u32 first_base;
};

// A tile of digits: all of one window.
struct DigitTile {
    const u32* digits;
    u32 count;
    u32 first_bucket;
    u32 first_point;

    INLINE DigitTile(const Digits& source) {
        const u32 column = block_index_y() / source.windows, window = block_index_y() % source.windows;
        const u32 start = block_index() * TILE;
        digits = source.digits + u64{block_index_y()} * source.rows + start;
        const u32 rest = source.rows - start;
        count = window >= source.used[column] ? 0 : rest < TILE ? rest : TILE;
        first_bucket = (column * source.sets + window % source.sets) << source.log_buckets;
        first_point = window / source.sets * source.bases + source.first_base + start;
    }

    INLINE Entry entry(u32 i) const {
        const u32 digit = digits[i];
        if (digit == 0) return Entry{NO_BUCKET, 0};
        return Entry{first_bucket + (digit & ~NEGATIVE) - 1, (first_point + i) | (digit & NEGATIVE)};
    }
    INLINE u32 bucket(u32 i) const { return entry(i).bucket; }
};

// A tile of entries; how many there are in all is known to the device alone.
struct EntryTile {
    const Entry* entries;
    u32 count;

    INLINE EntryTile(const Entry* all, const u32* total) {
        const u32 start = block_index() * TILE;
        const u32 end = *total;
        entries = all + start;
        count = start >= end ? 0 : end - start < TILE ? end - start : TILE;
    }

    INLINE Entry entry(u32 i) const { return entries[i]; }
    INLINE u32 bucket(u32 i) const { return entries[i].bucket; }
};

// Where item `item` of this thread is in its tile: a warp's items are consecutive, so that order
// within the tile is order by warp, item and lane.
static INLINE u32 place_of(u32 item) {
    return thread_index() / WARP * (WARP * ITEMS) + item * WARP + thread_index() % WARP;
}

// Counts this lane's item in its warp's counters; how many items of its bin the warp had before.
// All lanes call together; those without an item count nothing.
static INLINE u32 count_item(u32* counters, u32 bin, u32 bits, bool present) {
    u32 peers = warp_ballot(present);
    for (u32 bit = 0; bit < bits; bit++) {
        const bool set = bin >> bit & 1;
        const u32 lanes = warp_ballot(set);
        peers &= set ? lanes : ~lanes;
    }
    const u32 lane = thread_index() % WARP;
    const u32 below = population_count(peers & ((u32{1} << lane) - 1));
    const u32 before = present ? counters[bin] : 0;
    warp_barrier();
    if (present && below == 0) counters[bin] = before + population_count(peers);
    warp_barrier();
    return before + below;
}

static INLINE void clear(u32* counters, u32 count) {
    for (u32 i = thread_index(); i < count; i += THREADS) counters[i] = 0;
    block_barrier();
}

static INLINE u32 tile_index() { return block_index_y() * grid_size() + block_index(); }

template <class Tile>
static INLINE void histogram(const Tile& tile, u32 shift, u32 bits, u32* counts) {
    __shared__ u32 counters[WARPS * MAX_BINS];
    const u32 bins = 1 << bits;
    u32* out = counts + u64{tile_index()} * bins;
    if (tile.count == 0) {
        for (u32 bin = thread_index(); bin < bins; bin += THREADS) out[bin] = 0;
        return;
    }
    clear(counters, WARPS * bins);
    u32* mine = counters + thread_index() / WARP * bins;
    u32 buckets[ITEMS];
    UNROLL
    for (u32 item = 0; item < ITEMS; item++) {
        const u32 place = place_of(item);
        buckets[item] = place < tile.count ? tile.bucket(place) : NO_BUCKET;
    }
    UNROLL
    for (u32 item = 0; item < ITEMS; item++) {
        count_item(mine, buckets[item] >> shift & (bins - 1), bits, buckets[item] != NO_BUCKET);
    }
    block_barrier();
    for (u32 bin = thread_index(); bin < bins; bin += THREADS) {
        u32 sum = 0;
        for (u32 warp = 0; warp < WARPS; warp++) sum += counters[warp * bins + bin];
        out[bin] = sum;
    }
}

template <class Tile>
static INLINE void scatter(const Tile& tile, u32 shift, u32 bits, const u32* places, Entry* sorted) {
    // Counters first, then the tile in order.
    __shared__ u32 memory[WARPS * MAX_BINS];
    __shared__ u32 starts[MAX_BINS];
    __shared__ u32 warp_sums[WARPS];
    if (tile.count == 0) return;
    const u32 bins = 1 << bits;
    u32* counters = memory;
    clear(counters, WARPS * bins);

    Entry entries[ITEMS];
    u32 ranks[ITEMS];
    u32* mine = counters + thread_index() / WARP * bins;
    UNROLL
    for (u32 item = 0; item < ITEMS; item++) {
        const u32 place = place_of(item);
        entries[item] = place < tile.count ? tile.entry(place) : Entry{NO_BUCKET, 0};
    }
    UNROLL
    for (u32 item = 0; item < ITEMS; item++) {
        const u32 bucket = entries[item].bucket;
        ranks[item] = count_item(mine, bucket >> shift & (bins - 1), bits, bucket != NO_BUCKET);
    }
    block_barrier();

    // A thread scans consecutive bins: `counters` becomes where each warp's items of a bin start.
    const u32 share = (bins + THREADS - 1) / THREADS;
    const u32 first = thread_index() * share;
    u32 sum = 0;
    for (u32 bin = first; bin < first + share && bin < bins; bin++) {
        for (u32 warp = 0; warp < WARPS; warp++) sum += counters[warp * bins + bin];
    }
    u32 count;
    u32 start = exclusive_sum<WARPS>(sum, warp_sums, count);
    for (u32 bin = first; bin < first + share && bin < bins; bin++) {
        starts[bin] = start;
        for (u32 warp = 0; warp < WARPS; warp++) {
            const u32 held = counters[warp * bins + bin];
            counters[warp * bins + bin] = start;
            start += held;
        }
    }
    block_barrier();
    UNROLL
    for (u32 item = 0; item < ITEMS; item++) {
        const u32 bucket = entries[item].bucket;
        if (bucket != NO_BUCKET) ranks[item] += mine[bucket >> shift & (bins - 1)];
    }
    block_barrier();
    Entry* ordered = reinterpret_cast<Entry*>(memory);
    UNROLL
    for (u32 item = 0; item < ITEMS; item++) {
        if (entries[item].bucket != NO_BUCKET) ordered[ranks[item]] = entries[item];
    }
    block_barrier();
    const u32* bases = places + u64{tile_index()} * bins;
    for (u32 i = thread_index(); i < count; i += THREADS) {
        const Entry entry = ordered[i];
        const u32 bin = entry.bucket >> shift & (bins - 1);
        sorted[bases[bin] + (i - starts[bin])] = entry;
    }
}

KERNEL(THREADS, 4)
msm_radix_histogram_digits(const u32* digits, const u32* used, u32 rows, u32 windows, u32 sets, u32 log_buckets,
                           u32 bases, u32 first_base, u32 shift, u32 bits, u32* counts) {
    const Digits all = {digits, used, rows, windows, sets, log_buckets, bases, first_base};
    histogram(DigitTile(all), shift, bits, counts);
}

KERNEL(THREADS, 4)
msm_radix_histogram_entries(const Entry* entries, const u32* total, u32 shift, u32 bits, u32* counts) {
    histogram(EntryTile(entries, total), shift, bits, counts);
}

KERNEL(THREADS, 2)
msm_radix_scatter_digits(const u32* digits, const u32* used, u32 rows, u32 windows, u32 sets, u32 log_buckets,
                         u32 bases, u32 first_base, u32 shift, u32 bits, const u32* places, Entry* sorted) {
    const Digits all = {digits, used, rows, windows, sets, log_buckets, bases, first_base};
    scatter(DigitTile(all), shift, bits, places, sorted);
}

KERNEL(THREADS, 2)
msm_radix_scatter_entries(const Entry* entries, const u32* total, u32 shift, u32 bits, const u32* places, Entry* sorted) {
    scatter(EntryTile(entries, total), shift, bits, places, sorted);
}

// chunk_counts = sums of counts over the tiles of a chunk.
KERNEL(THREADS, 8) msm_radix_chunks(const u32* counts, u32 tiles, u32 bits, u32* chunk_counts) {
    const u32 bins = 1 << bits, bin = block_index_y() * THREADS + thread_index();
    if (bin >= bins) return;
    const u32 first = block_index() * CHUNK;
    const u32 end = tiles - first < CHUNK ? tiles : first + CHUNK;
    u32 sum = 0;
    _Pragma("unroll 8")
    for (u32 tile = first; tile < end; tile++) sum += counts[u64{tile} * bins + bin];
    chunk_counts[block_index() * bins + bin] = sum;
}

// chunk_counts <- where each chunk's entries of each bin start; *total = how many there are.
KERNEL(MAX_BINS, 1) msm_radix_bases(u32* chunk_counts, u32 chunks, u32 bits, u32* total) {
    __shared__ u32 warp_sums[MAX_BINS / WARP];
    const u32 bins = 1 << bits, bin = thread_index();
    u32 sum = 0;
    if (bin < bins) {
        _Pragma("unroll 8")
        for (u32 chunk = 0; chunk < chunks; chunk++) sum += chunk_counts[chunk * bins + bin];
    }
    u32 count;
    u32 start = exclusive_sum<MAX_BINS / WARP>(sum, warp_sums, count);
    if (bin < bins) {
        for (u32 chunk = 0; chunk < chunks; chunk++) {
            const u32 held = chunk_counts[chunk * bins + bin];
            chunk_counts[chunk * bins + bin] = start;
            start += held;
        }
    }
    if (bin == 0) *total = count;
}

// counts <- where each tile's entries of each bin start.
KERNEL(THREADS, 8) msm_radix_places(u32* counts, u32 tiles, u32 bits, const u32* chunk_starts) {
    const u32 bins = 1 << bits, bin = block_index_y() * THREADS + thread_index();
    if (bin >= bins) return;
    const u32 first = block_index() * CHUNK;
    const u32 end = tiles - first < CHUNK ? tiles : first + CHUNK;
    u32 start = chunk_starts[block_index() * bins + bin];
    _Pragma("unroll 8")
    for (u32 tile = first; tile < end; tile++) {
        const u32 held = counts[u64{tile} * bins + bin];
        counts[u64{tile} * bins + bin] = start;
        start += held;
    }
}
