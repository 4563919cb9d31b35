/* Q32.32 in C: what rollstep.fixed computes, bit for bit. Of benchmarks alone. */

#ifndef ROLLSTEP_FIXED_H
#define ROLLSTEP_FIXED_H

#include <stdint.h>

typedef int64_t i64;
typedef uint64_t u64;
typedef __int128 i128;
typedef unsigned __int128 u128;

#ifndef PERTURB
#define PERTURB 0                     /* a test sets it: a twin that is wrong must be noticed */
#endif

/* ------------------------------------------------------------------ Q32.32, to nearest, ties away from zero */

static inline i64 fixed_mul(i64 a, i64 b) {
    i128 p = (i128)a * b + ((i64)(1 + PERTURB) << 31);
    return (i64)((p - ((a ^ b) < 0)) >> 32);
}

/* The low word of (high:low) / d. The processor's own division where there is one; high < d, or it traps. */
static inline u64 divide(u64 high, u64 low, u64 d) {
    if (high >= d) high %= d;
#if defined(__x86_64__)
    u64 q, r;
    __asm__("divq %4" : "=a"(q), "=d"(r) : "a"(low), "d"(high), "r"(d) : "cc");
    return q;
#else
    return (u64)(((u128)high << 64 | low) / d);
#endif
}

static inline u64 magnitude(i64 a) { return a < 0 ? -(u64)a : (u64)a; }

static inline i64 fixed_div(i64 a, i64 b) {
    u64 d = magnitude(b);
    u128 n = ((u128)magnitude(a) << 32) + (d >> 1);
    u64 q = divide((u64)(n >> 64), (u64)n, d);
    return (i64)((a < 0) != (b < 0) ? -q : q);
}

static inline i64 mulsh(i64 a, i64 b, int n) { return (i64)((i128)a * b >> n); }

/* kernels.root */
static inline u64 root(u64 high, u64 low) {
    if (high == 0 && low == 0) return 0;
    int zeros = high ? __builtin_clzll(high) : 64 + __builtin_clzll(low);
    int s = (zeros - 1) & ~1;
    u64 m = s >= 64 ? low << (s - 64) : s > 0 ? high << s | low >> (64 - s) : high >> -s;
    i64 v = (i64)(m >> 1), y;
    y = -2274506116528617956LL + mulsh(355289183674234816LL, v, 61);
    y = 5674551497723079392LL + mulsh(y, v, 61);
    y = -7099656841565267918LL + mulsh(y, v, 61);
    y = (i64)((u64)(5645482547647352878LL + mulsh(y, v, 61)) << 1);
    for (int i = 0; i < 2; i++) y += mulsh(y, ((i64)1 << 62) - mulsh((i64)m, mulsh(y, y, 62), 62), 63);
    i64 e = mulsh((i64)m, y, 62);
    e += mulsh(y, (i64)m - mulsh(e, e, 62), 63);
    u64 r = s <= 0 ? (u64)e << (1 - (s >> 1)) : (u64)e >> ((s >> 1) - 1);
    u128 n = (u128)high << 64 | low;
    while (n < (u128)r * r) r--;
    while (n >= (u128)(r + 1) * (r + 1)) r++;
    return r + (n - (u128)r * r > r);
}

static inline i64 fixed_sqrt(i64 a) { return (i64)root((u64)a >> 32, (u64)a << 32); }

/* kernels.sine, kernels.cosine */
static inline i64 sine_of_turns(u64 u) {
    i64 r = (i64)(u + ((u64)1 << 62)) < 0 ? (i64)(((u64)1 << 63) - u) : (i64)u;
    i64 angle = mulsh(r, 3622009729038561421LL, 62), z = mulsh(angle, angle, 61), p;
    p = -57715864936LL + mulsh(355357946LL, z, 61);
    p = 6354200712874LL + mulsh(p, z, 61);
    p = -457508460740826LL + mulsh(p, z, 61);
    p = 19215358380189879LL + mulsh(p, z, 61);
    p = -384307168197669649LL + mulsh(p, z, 61);
    p = 2305843009213577822LL + mulsh(p, z, 61);
    return (mulsh(p, angle, 61) + ((i64)1 << 28)) >> 29;
}

static inline u64 turns(u64 raw) { return raw * 683565276u + (u64)mulsh((i64)raw, -7813458060994030092LL, 64); }

static inline i64 fixed_sin(i64 raw) {
    i64 s = sine_of_turns(turns(magnitude(raw)));
    return raw < 0 && raw != INT64_MIN ? -s : s;
}

static inline i64 fixed_cos(i64 raw) { return sine_of_turns(turns(magnitude(raw)) + ((u64)1 << 62)); }

#endif
