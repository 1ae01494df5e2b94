// How fast a device copies its memory: the bound of what only moves data.
//
// Computes   out[i] = in[i] for i < n.
// Layouts    in, out: n groups of 16 bytes, apart from each other.
// Moves      32 n bytes.
// Reading    bytes moved / time; n of 2^26 (1 GiB in, 1 GiB out) is beyond every cache.
// Grid       any one-dimensional grid of blocks of 256: threads step over the vector, 4 groups at a time.
#include "launch.cuh"

struct alignas(16) Group {
    u32 x, y, z, w;

    static INLINE Group load(const Group* address) { return {address->x, address->y, address->z, address->w}; }
};

KERNEL(256, 1)
ceilings_copy(Group* out, const Group* in, u64 n) {
    constexpr u32 AT_ONCE = 4;
    const u64 threads = global_size();
    u64 i = global_index();
    // All loads before the first store.
    for (; i + (AT_ONCE - 1) * threads < n; i += AT_ONCE * threads) {
        Group groups[AT_ONCE];
        UNROLL
        for (u32 j = 0; j < AT_ONCE; j++) groups[j] = Group::load(in + i + j * threads);
        UNROLL
        for (u32 j = 0; j < AT_ONCE; j++) out[i + j * threads] = groups[j];
    }
    for (; i < n; i += threads) out[i] = Group::load(in + i);
}
