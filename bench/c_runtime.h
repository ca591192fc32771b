/* What every generated program shares: addressed draws, magnitudes, buffered writes, threads.
   The draws are those of brinkmanship.engine.draws: Threefry-2x32-20 (Salmon and others 2011). */

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INLINE static inline __attribute__((always_inline))

INLINE double lower_(double a, double b) { return a < b ? a : b; }
INLINE double upper_(double a, double b) { return a > b ? a : b; }

#define ROUND(turn)                                                                                                    \
    x += y;                                                                                                            \
    y = ((y << turn) | (y >> (32 - turn))) ^ x;
#define FOUR_A ROUND(13) ROUND(15) ROUND(26) ROUND(6)
#define FOUR_B ROUND(17) ROUND(29) ROUND(16) ROUND(24)

INLINE void one(uint32_t k0, uint32_t k1, uint32_t run, uint32_t step, uint32_t words[2])
{
    const uint32_t k2 = k0 ^ k1 ^ 0x1BD11BDAu;
    uint32_t x = run + k0, y = step + k1;
    FOUR_A x += k1, y += k2 + 1;
    FOUR_B x += k2, y += k0 + 2;
    FOUR_A x += k0, y += k1 + 3;
    FOUR_B x += k1, y += k2 + 4;
    FOUR_A x += k2, y += k0 + 5;
    words[0] = x, words[1] = y;
}

static __attribute__((noinline)) void fill(uint32_t k0, uint32_t k1, const uint32_t *restrict run, uint32_t step,
                                           uint32_t *restrict first, uint32_t *restrict second)
{
    for (int i = 0; i < LANES; i++) {
        uint32_t words[2];
        one(k0, k1, run[i], step, words);
        first[i] = words[0], second[i] = words[1];
    }
}

INLINE double unit(uint32_t word) { return word * 0x1p-32 + 0x1p-33; }
INLINE double standard(uint32_t a, uint32_t b)
{
    return sqrt(-2.0 * log(unit(a))) * cos(6.283185307179586 * unit(b));
}
INLINE double uniform_(uint32_t a, uint32_t b, double low, double high) { return low + (high - low) * unit(a); }
INLINE double bernoulli_(uint32_t a, uint32_t b, double chance) { return unit(a) < chance ? 1.0 : 0.0; }
INLINE double normal_(uint32_t a, uint32_t b, double mean, double sd) { return mean + sd * standard(a, b); }
INLINE double lognormal_(uint32_t a, uint32_t b, double median, double sigma)
{
    return median * exp(sigma * standard(a, b));
}
static double poisson_(uint32_t a, uint32_t b, double mean)
{
    if (mean > 30.0) return upper_(floor(mean + sqrt(mean) * standard(a, b) + 0.5), 0.0);
    const double u = unit(a);
    double share = exp(-mean), below = share;
    int count = 0;
    while (u > below && count < 90) {
        count++;
        share *= mean / count;
        below += share;
    }
    return count;
}

typedef struct { int32_t slot, lane; double value; } Write;
