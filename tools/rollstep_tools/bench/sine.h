/* Sine and cosine as kernels.sine and kernels.cosine compute them: by short polynomials for each part of a turn, and by the one
   of fixed.h where these leave doubt. SEGMENTS are the engine's own numbers, in peer.h. */

#ifndef ROLLSTEP_SINE_H
#define ROLLSTEP_SINE_H

#include "fixed.h"

#define DOUBT ((u64)1 << 20)

static inline i64 near_sine(u64 u) {
    u64 place = u + ((u64)1 << 55);
    const i64 *s = SEGMENTS + (place >> 56 & 127) * 5;
    i64 x = (i64)(u << 8);
    i64 p = s[3] + mulsh(s[4], x, 64);
    p = s[2] + mulsh(p, x, 64);
    p = s[1] + mulsh(p, x, 64);
    p = s[0] + mulsh(p, x, 64);
    return (i64)place < 0 ? -p : p;
}

static inline i64 rounded_sine(i64 near) { return (near + ((i64)1 << 28)) >> 29; }

static inline int doubtful(i64 near) {
    return __builtin_expect((((u64)near + ((u64)1 << 28) + DOUBT) & (((u64)1 << 29) - 1)) < 2 * DOUBT, 0);
}

static inline i64 quick_sin(i64 raw) {
    i64 near = near_sine(turns((u64)raw));
    return doubtful(near) ? fixed_sin(raw) : rounded_sine(near);
}

static inline i64 quick_cos(i64 raw) {
    i64 near = near_sine(turns((u64)raw) + ((u64)1 << 62));
    return doubtful(near) ? fixed_cos(raw) : rounded_sine(near);
}

#endif
