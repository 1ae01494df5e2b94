// A column of field elements, ascending by canonical value.
//
// Tiles of 1280 are sorted in shared memory (`plonk_lookup_tiles`); then each pass merges pairs of runs
// (`plonk_lookup_merge`), until one is left: ceil(log_2(count / 1280)) passes, 10 for 2^20 rows. A merge
// sort takes as long for any distribution of any values. By radix, 254 bits would be 32 passes of 8.
//
// In:      `count` elements in Montgomery form (tiles); runs of `length` keys, a multiple of the tile,
//          the last of them shorter (merge). count below 2^31, length below 2^31.
// Out:     keys (lookup.cuh), 32 bytes each. Equal keys are the same bytes, so there is no order among
//          them to keep, and every run of this gives the same.
// Moves:   32 bytes in and 32 out, a row and launch.
// Multiplications: a reduction of Fr, 56 wide ones, a row in `tiles`; none in `merge`.
// Grid:    a block of 256 for each tile of 1280 rows.
//
// How. The first d values of two merged runs are the first i of one and the first d - i of the other, where
// i is found by binary search along the merge path's diagonal d. A warp does that for each end of a block's
// tile in global memory, 32 places a round; then each thread does it for 5 values of its own in shared
// memory, and merges them. Keys lie there as two planes of halves: 16-byte accesses at neighbouring rows and
// at every fifth row meet each bank once, and a comparison that the high halves decide reads no others.
//
// Predicted, not measured, on an H100 at 3.35 TB/s: 0.02 ms a launch of 2^20 rows, 0.22 ms for a column.
// Words of 16 bytes, of the 64 bits below the highest one in use and the row, would take half of that where
// they decide; for where they do not, this sort would have to be launched behind them before the device
// knows. That is one or two tenths of a millisecond a column, beside a commitment to it of some two and a
// half.
//
// References: Green, McColl and Bader, "GPU merge path: a GPU merging algorithm", ICS 2012; Odeh, Green,
// Mwassi, Shmueli and Birk, "Merge path: parallel merging made simple", IPDPSW 2012.
#include "lookup.cuh"

constexpr u32 THREADS = 256;
// Odd, so that threads that each go through their own values spread over the banks.
constexpr u32 ITEMS = 5;
constexpr u32 TILE = THREADS * ITEMS;

// A tile in shared memory.
struct Tile {
    Half* low;
    Half* high;

    INLINE Key get(u32 place) const { return Key{low[place], high[place]}; }
    INLINE void set(u32 place, const Key& key) const {
        low[place] = key.low;
        high[place] = key.high;
    }
    INLINE bool is_less(u32 a, u32 b) const {
        const Half high_a = high[a], high_b = high[b];
        return high_a == high_b ? low[a] < low[b] : high_a < high_b;
    }

    // This thread's values of the merger of [first, middle) and [middle, end): ITEMS from `diagonal` on, as
    // far as there are.
    INLINE void merge(u32 first, u32 middle, u32 end, u32 diagonal, Key (&keys)[ITEMS]) const {
        diagonal = smaller(diagonal, end - first);
        const u32 least = diagonal > end - middle ? diagonal - (end - middle) : 0;
        const u32 split = first_past(least, smaller(diagonal, middle - first), [&](u32 i) {
            return is_less(middle + diagonal - 1 - i, first + i);
        });
        u32 a = first + split, b = middle + diagonal - split;
        UNROLL
        for (u32 item = 0; item < ITEMS; item++) {
            const bool takes_b = b < end && (a == middle || is_less(b, a));
            if (takes_b) {
                keys[item] = get(b++);
            } else if (a < middle) {
                keys[item] = get(a++);
            }
        }
    }

    // Takes back this thread's values, which follow those of the threads before.
    INLINE void put(const Key (&keys)[ITEMS], u32 count) const {
        block_barrier();
        UNROLL
        for (u32 item = 0; item < ITEMS; item++) {
            const u32 place = thread_index() * ITEMS + item;
            if (place < count) set(place, keys[item]);
        }
        block_barrier();
    }

    // Writes the tile to memory, neighbours by neighbours.
    INLINE void store(Key* keys, u32 count) const {
        UNROLL
        for (u32 item = 0; item < ITEMS; item++) {
            const u32 place = item * THREADS + thread_index();
            if (place < count) keys[place] = get(place);
        }
    }
};

// Odd-even transposition sort.
static INLINE void sort_own(Key (&keys)[ITEMS]) {
    UNROLL
    for (u32 round = 0; round < ITEMS; round++) {
        UNROLL
        for (u32 i = round % 2; i + 1 < ITEMS; i += 2) {
            const Key a = keys[i], b = keys[i + 1];
            const bool swaps = b < a;
            keys[i] = swaps ? b : a;
            keys[i + 1] = swaps ? a : b;
        }
    }
}

KERNEL(THREADS, 2) plonk_lookup_tiles(const Fr* values, u32 count, Key* keys) {
    __shared__ Half low[TILE], high[TILE];
    const Tile tile = {low, high};
    const u32 start = block_index() * TILE;

    // Which thread begins with which values does not matter. Places without a row sort to the end.
    Key own[ITEMS];
    UNROLL
    for (u32 item = 0; item < ITEMS; item++) {
        const u32 row = start + item * THREADS + thread_index();
        own[item] = row < count ? Key::of(Fr::load(values + row)) : Key::last();
    }
    sort_own(own);
    tile.put(own, TILE);
    for (u32 length = ITEMS; length < TILE; length *= 2) {
        const u32 place = thread_index() * ITEMS;
        const u32 first = place / (2 * length) * (2 * length);
        tile.merge(first, first + length, first + 2 * length, place - first, own);
        tile.put(own, TILE);
    }
    tile.store(keys + start, smaller(TILE, count - start));
}

KERNEL(THREADS, 2) plonk_lookup_merge(const Key* runs, u32 count, u32 length, Key* merged) {
    __shared__ Half low[TILE], high[TILE];
    __shared__ u32 splits[2];
    const Tile tile = {low, high};

    // The pair of runs that this tile is of; the second may be short, or empty.
    const u32 start = block_index() * TILE;
    const u32 first = start / (2 * length) * (2 * length);
    const u32 middle = smaller(first + length, count), end = smaller(middle + length, count);
    const Key *a = runs + first, *b = runs + middle;
    const u32 begins = start - first, ends = smaller(begins + TILE, end - first);

    const u32 warp = thread_index() / WARP;
    if (warp < 2) {
        const u32 diagonal = warp == 0 ? begins : ends;
        const u32 least = diagonal > end - middle ? diagonal - (end - middle) : 0;
        const u32 split = warp_first_past(least, smaller(diagonal, middle - first), [&](u32 i) {
            return b[diagonal - 1 - i] < a[i];
        });
        if (thread_index() % WARP == 0) splits[warp] = split;
    }
    block_barrier();
    const u32 of_a = splits[1] - splits[0], held = ends - begins;
    const Key *from_a = a + splits[0], *from_b = b + (begins - splits[0]);
    UNROLL
    for (u32 item = 0; item < ITEMS; item++) {
        const u32 place = item * THREADS + thread_index();
        const Key* from = place < of_a ? from_a + place : from_b + (place - of_a);
        if (place < held) tile.set(place, Key::load(from));
    }
    block_barrier();
    Key own[ITEMS];
    tile.merge(0, of_a, held, thread_index() * ITEMS, own);
    tile.put(own, held);
    tile.store(merged + start, held);
}
