// A' and S' of a lookup, from its inputs and its table in order.
//
// A' is the inputs ascending. A row whose input is the first of its equals has that value in S' as well; the
// other rows take, ascending, what the table has beyond these. (halo2 book, "Lookup argument"; of all
// arrangements that satisfy it, the one that depends on the values alone.)
//
//     match    A' = sorted inputs, in Montgomery form. firsts: a bit for each row that is the first of its
//              equals. taken: a bit for one table row of each value that an input has. *missing = 1 if the
//              table lacks an input's value.
//     ranks    How many bits are set before each word, of both.  *first_row = none.
//     fill     S'. The repeated input of rank r (r of them before it) takes the table's row that is not taken
//              and has rank r. As many inputs repeat as table rows are left over; more rows are left over if
//              the table lacks some, so that S' is written even then.
//     missing  *first_row = the first row whose input the table lacks. Does nothing if there is none.
//
// Layouts: `keys` as in lookup.cuh, `count` of them; bits and counts by words of 32 rows, ceil(count / 32) of
//          them; in `bits` and `before`, those of `taken` come first, then those of `firsts`. Before match,
//          `taken` and `missing` are zero.
// Moves:   match 64 bytes in, 32 out, a row; fill 32 in, 32 out; ranks 8 bytes in and 8 out a word of both;
//          missing 4 bytes, or 32 in and a search a row. Searches read the sorted table, or the counts of
//          bits: a block's rows look between the places of the first and the last of them, where neighbours
//          read nearly the same, in the caches.
// Multiplications: 120 wide ones (to Montgomery form) a row in match, and a repeated row in fill; 56 a row in
//          missing, where there is something to find.
// Grid:    a block of 256 for 256 rows; ranks: two blocks of 1024.
#include "exclusive_sum.cuh"
#include "lookup.cuh"

constexpr u32 THREADS = 256;
constexpr u32 RANK_THREADS = 1024;
constexpr u32 NO_ROW = 0xffffffff;

KERNEL(THREADS, 4)
plonk_lookup_match(const Key* inputs, const Key* table, u32 count, Fr* permuted_input, u32* firsts, u32* taken,
                   u32* missing) {
    __shared__ u32 bounds[2];
    const u32 start = block_index() * THREADS, row = start + thread_index();
    const u32 last = smaller(start + THREADS, count) - 1;

    const u32 warp = thread_index() / WARP, lane = thread_index() % WARP;
    if (warp == 0) {
        const Key least = inputs[start];
        const u32 bound = warp_first_past(0, count, [&](u32 i) { return !(table[i] < least); });
        if (lane == 0) bounds[0] = bound;
    } else if (warp == 1) {
        const Key most = inputs[last];
        const u32 bound = warp_first_past(0, count, [&](u32 i) { return most < table[i]; });
        if (lane == 0) bounds[1] = bound;
    }
    block_barrier();

    bool is_first = false;
    if (row < count) {
        const Key key = inputs[row];
        is_first = row == 0 || !(inputs[row - 1] == key);
        if (is_first) {
            const u32 place = first_past(bounds[0], bounds[1], [&](u32 i) { return !(table[i] < key); });
            if (place < bounds[1] && table[place] == key) {
                atomic_or(taken + place / 32, u32{1} << place % 32);
            } else {
                atomic_max(missing, 1);
            }
        }
        key.element().store(permuted_input + row);
    }
    const u32 word = warp_ballot(is_first);
    if (lane == 0 && row < count) firsts[row / 32] = word;
}

KERNEL(RANK_THREADS, 1) plonk_lookup_ranks(const u32* bits, u32 words, u32* before, u32* first_row) {
    __shared__ u32 warp_sums[RANK_THREADS / WARP];
    const u32 *from = bits + block_index() * words;
    u32 *to = before + block_index() * words;
    u32 set = 0;
    for (u32 start = 0; start < words; start += RANK_THREADS) {
        const u32 word = start + thread_index();
        u32 total;
        const u32 value = word < words ? population_count(from[word]) : 0;
        const u32 sum = exclusive_sum<RANK_THREADS / WARP>(value, warp_sums, total);
        if (word < words) to[word] = set + sum;
        set += total;
    }
    if (block_index() == 0 && thread_index() == 0) *first_row = NO_ROW;
}

KERNEL(THREADS, 4)
plonk_lookup_fill(const Fr* permuted_input, const Key* table, u32 count, const u32* bits, const u32* before,
                  Fr* permuted_table) {
    __shared__ u32 bounds[2];
    const u32 words = (count - 1) / 32 + 1;
    const Bits taken = {bits, before}, firsts = {bits + words, before + words};
    const u32 start = block_index() * THREADS, row = start + thread_index();
    const u32 last = smaller(start + THREADS, count) - 1;

    const u32 warp = thread_index() / WARP;
    if (warp < 2) {
        const u32 rank = firsts.clear_before(warp == 0 ? start : last);
        const u32 bound = warp_first_past(0, words, [&](u32 word) { return taken.is_past(word, rank); });
        if (thread_index() % WARP == 0) bounds[warp] = bound;
    }
    block_barrier();
    if (row >= count) return;

    Fr value;
    if (firsts.is_set(row)) {
        value = Fr::load(permuted_input + row);
    } else {
        const u32 rank = firsts.clear_before(row);
        const u32 past = first_past(bounds[0], bounds[1], [&](u32 word) { return taken.is_past(word, rank); });
        value = table[taken.clear_row(past - 1, rank)].element();
    }
    value.store(permuted_table + row);
}

KERNEL(THREADS, 4)
plonk_lookup_missing(const Fr* input, const Key* table, u32 count, const u32* missing, u32* first_row) {
    const u32 row = block_index() * THREADS + thread_index();
    if (*missing == 0 || row >= count) return;
    const Key key = Key::of(Fr::load(input + row));
    const u32 place = first_past(0, count, [&](u32 i) { return !(table[i] < key); });
    if (place == count || !(table[place] == key)) atomic_min(first_row, row);
}
