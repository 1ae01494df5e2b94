// The entry points of fr.cu and fq.cu: `Element` is the field and `ENTRY` makes the names.
#include "batch_inverse.cuh"
#include "launch.cuh"

#define BINARY(name, value)                                                                     \
    KERNEL(128, 1)                                                                              \
    ENTRY(name)(Element* r, const Element* a, const Element* b, u64 n) {                        \
        for (u64 i = global_index(); i < n; i += global_size()) {                               \
            Element x = Element::load(a + i), y = Element::load(b + i);                         \
            (value).store(r + i);                                                               \
        }                                                                                       \
    }
#define UNARY(name, value)                                                                      \
    KERNEL(128, 1)                                                                              \
    ENTRY(name)(Element* r, const Element* a, u64 n) {                                          \
        for (u64 i = global_index(); i < n; i += global_size()) {                               \
            Element x = Element::load(a + i);                                                   \
            (value).store(r + i);                                                               \
        }                                                                                       \
    }

BINARY(mul, x * y)
BINARY(add, x + y)
BINARY(sub, x - y)
// a^2 + b^2 and a^2 - b^2 by the sums of two products that share a reduction.
BINARY(sum_of_products, Element::sum_of_products(x, x, y, y))
BINARY(difference_of_products, Element::difference_of_products(x, x, y, y))
UNARY(sqr, x.sqr())
UNARY(neg, x.neg())
UNARY(dbl, x.dbl())
UNARY(inverse, x.inverse())
UNARY(from_montgomery, x.from_montgomery())
UNARY(to_montgomery, x.to_montgomery())

// The last group is filled up with zeros, which are their own inverses.
KERNEL(128, 1)
ENTRY(batch_inverse)(Element* r, const Element* a, u64 n) {
    constexpr u32 GROUP = 4;
    for (u64 first = global_index() * GROUP; first < n; first += global_size() * GROUP) {
        Element values[GROUP];
        UNROLL
        for (u32 j = 0; j < GROUP; j++) values[j] = first + j < n ? Element::load(a + first + j) : Element::zero();
        batch_inverse(values);
        UNROLL
        for (u32 j = 0; j < GROUP; j++) {
            if (first + j < n) values[j].store(r + first + j);
        }
    }
}
