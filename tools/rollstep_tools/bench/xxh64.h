/* XXH64 in C, of whole words and with seed 0: what states are summed with. Of benchmarks alone. */

#ifndef ROLLSTEP_XXH64_H
#define ROLLSTEP_XXH64_H

#include "fixed.h"

static inline u64 rotl(u64 x, int r) { return x << r | x >> (64 - r); }
#define P1 0x9E3779B185EBCA87u
#define P2 0xC2B2AE3D27D4EB4Fu
#define P3 0x165667B19E3779F9u
#define P4 0x85EBCA77C2B2AE63u
#define P5 0x27D4EB2F165667C5u
static inline u64 xxh_round(u64 lane, u64 word) { return rotl(lane + word * P2, 31) * P1; }

static u64 xxh64(const u64 *at, u64 n) {
    const u64 *end = at + n / 8;
    u64 h = P5;
    if (n >= 32) {
        u64 lane[4] = {P1 + P2, P2, 0, -P1};
        for (; at + 4 <= end; at += 4) for (int i = 0; i < 4; i++) lane[i] = xxh_round(lane[i], at[i]);
        h = rotl(lane[0], 1) + rotl(lane[1], 7) + rotl(lane[2], 12) + rotl(lane[3], 18);
        for (int i = 0; i < 4; i++) h = (h ^ xxh_round(0, lane[i])) * P1 + P4;
    }
    h += n;
    for (; at < end; at++) h = rotl(h ^ xxh_round(0, *at), 27) * P1 + P4;
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}

#endif
