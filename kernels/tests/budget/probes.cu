// One operation each, without an address to compute: scripts/kernels-budget.py counts the
// multiplications in what ptxas makes of them. They are compiled for that only, and never run.
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"
#include "params/bn254_fr.cuh"

#define PROBE(name, Element, value)                                                           \
    KERNEL(128, 1) name(Element* r, const Element* a) {                                       \
        Element x = Element::load(a), y = Element::load(a + 1);                               \
        (void)y;                                                                              \
        (value).store(r);                                                                     \
    }

PROBE(fr_multiplication, Fr, x * y)
PROBE(fq_multiplication, Fq, x * y)
PROBE(fr_squaring, Fr, x.sqr())
PROBE(fq_squaring, Fq, x.sqr())
PROBE(fr_sum_of_products, Fr, Fr::sum_of_products(x, y, y, y))
PROBE(fq_sum_of_products, Fq, Fq::sum_of_products(x, y, y, y))
PROBE(fr_from_montgomery, Fr, x.from_montgomery())
PROBE(fr_addition, Fr, x + y)
PROBE(fq_subtraction, Fq, x - y)
PROBE(g1_doubling, Xyzz<Fq>, x.dbl())
