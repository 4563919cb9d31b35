/* What rollstep's numbers are held against: the same arithmetic on the same memory, in C.

   Every function has the convention of a compiled step, `int32 f(result, exception, state, inputs, tick)`, and is called
   the same way. Struct layouts are those of steps.py; twins.py compares the sizes. No bounds are checked here. */

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef int64_t i64;
typedef uint64_t u64;
typedef __int128 i128;
typedef unsigned __int128 u128;

#ifndef PERTURB
#define PERTURB 0                     /* a test sets it: a twin that is wrong must be noticed */
#endif
#define STEP(name) int32_t name(void *result, void *exception, i64 state, i64 inputs, i64 tick)
#define ROUND_DONE __asm__ volatile("" ::: "memory")   /* a round is a round: no loop is turned inside out */

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

/* ------------------------------------------------------------------ loops over arrays */

#define N 1000
#define ROUNDS 16
struct numbers { i64 a[N], b[N], out[N]; };
u64 numbers_size(void) { return sizeof(struct numbers); }

#define LOOP(name, value) STEP(name) { \
    struct numbers *w = (struct numbers *)state; \
    for (int round = 0; round < ROUNDS; round++) { for (int i = 0; i < N; i++) w->out[i] = (value); ROUND_DONE; } \
    return 0; }

LOOP(add, (i64)((u64)w->out[i] + (u64)w->b[i] + PERTURB))
LOOP(multiply, fixed_mul(w->out[i], w->b[i]))
LOOP(divide_all, fixed_div(w->a[i], w->b[i]) + PERTURB)
LOOP(sqrt_all, fixed_sqrt(w->a[i]) + PERTURB)
LOOP(sin_all, fixed_sin(w->a[i]) + PERTURB)
LOOP(cos_all, fixed_cos(w->a[i]) + PERTURB)

/* libm's, on the float64 of the same angles; what is stored are float64 */
#define LIBM(name, function) STEP(name) { \
    struct numbers *w = (struct numbers *)state; \
    double *a = (double *)w->a, *out = (double *)w->out; \
    for (int round = 0; round < ROUNDS; round++) { for (int i = 0; i < N; i++) out[i] = function(a[i]); ROUND_DONE; } \
    return 0; }

LIBM(libm_sin, sin)
LIBM(libm_cos, cos)

/* ------------------------------------------------------------------ XXH64 of whole words, seed 0 */

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

/* `times` sums of one buffer by the function that is given, as compiled code sums it with ours. */
u64 hash_all(u64 (*sum)(const void *, u64, u64), const void *at, u64 n, i64 times) {
    u64 all = 0;
    for (i64 i = 0; i < times; i++) all ^= sum(at, n, 0) + (u64)i + PERTURB;
    return all;
}

/* ------------------------------------------------------------------ a thousand bodies in a grid */

#define BODIES 1000
#define SIDE 32
#define CELL_BITS 3
struct body { i64 x, y, vx, vy; };
struct bodies { struct body body[BODIES]; int16_t head[SIDE * SIDE], next[BODIES]; };
u64 bodies_size(void) { return (sizeof(struct bodies) + 7) / 8 * 8; }

#define ONE ((i64)1 << 32)
#define REACH (4 * ONE)
#define WALL ((i64)(SIDE << CELL_BITS) * ONE - ONE / 4)

static inline void meet(struct body *one, struct body *other) {
    i64 dx = other->x - one->x, dy = other->y - one->y;
    i64 square = fixed_mul(dx, dx) + fixed_mul(dy, dy);
    if (square >= 16 * ONE || square == 0) return;
    i64 gap = fixed_sqrt(square);
    i64 nx = fixed_div(dx, gap), ny = fixed_div(dy, gap);
    i64 along = fixed_mul(other->vx - one->vx, nx) + fixed_mul(other->vy - one->vy, ny);
    if (along < 0) {
        i64 kx = fixed_mul(nx, along), ky = fixed_mul(ny, along);
        one->vx += kx; one->vy += ky;
        other->vx -= kx; other->vy -= ky;
    }
    i64 push = fixed_mul(REACH - gap, ONE / 4);
    i64 px = fixed_mul(nx, push), py = fixed_mul(ny, push);
    one->x -= px; one->y -= py;
    other->x += px; other->y += py;
}

#define BOUNCE(p, v) do { if (*p < 0) { *p = 0; *v = -*v; } else if (*p > WALL) { *p = WALL; *v = -*v; } } while (0)

/* The body is the same for Fixed and float64 but for the kinds: BODY, STATE, MEET, CELL, WALL. */
#define COLLIDE(STATE, BODY, MEET, CELL) \
    for (int c = 0; c < SIDE * SIDE; c++) w->head[c] = -1; \
    for (int i = 0; i < BODIES; i++) { \
        BODY *b = &w->body[i]; \
        b->x += b->vx; b->y += b->vy; \
        BOUNCE((&b->x), (&b->vx)); BOUNCE((&b->y), (&b->vy)); \
        int c = CELL(b->x) + CELL(b->y) * SIDE; \
        w->next[i] = w->head[c]; w->head[c] = (int16_t)i; \
    } \
    for (int y = 0; y < SIDE; y++) for (int x = 0; x < SIDE; x++) \
        for (int i = w->head[x + y * SIDE]; i >= 0; i = w->next[i]) { \
            for (int j = w->next[i]; j >= 0; j = w->next[j]) MEET(&w->body[i], &w->body[j]); \
            for (int near = 0; near < 4; near++) { \
                int nx = near == 0 ? x + 1 : x + near - 2, ny = near == 0 ? y : y + 1; \
                if (nx < 0 || nx >= SIDE || ny >= SIDE) continue; \
                for (int j = w->head[nx + ny * SIDE]; j >= 0; j = w->next[j]) MEET(&w->body[i], &w->body[j]); \
            } \
        }

#define FIXED_CELL(p) ((int)((p) >> (32 + CELL_BITS)))
/* `count` frames as runner.run does them: the step, then the checksum of the state. */
void collide(void *state, i64 count, u64 *sums) {
    struct bodies *w = state;
    for (i64 frame = 0; frame < count; frame++) {
        COLLIDE(struct bodies, struct body, meet, FIXED_CELL)
        w->body[0].vx += PERTURB;
        sums[frame] = xxh64(state, bodies_size());
    }
}

#undef WALL
#define WALL ((SIDE << CELL_BITS) - 0.25)
struct float_body { double x, y, vx, vy; };
struct float_bodies { struct float_body body[BODIES]; int16_t head[SIDE * SIDE], next[BODIES]; };

static inline void float_meet(struct float_body *one, struct float_body *other) {
    double dx = other->x - one->x, dy = other->y - one->y, square = dx * dx + dy * dy;
    if (square >= 16 || square == 0) return;
    double gap = sqrt(square), nx = dx / gap, ny = dy / gap;
    double along = (other->vx - one->vx) * nx + (other->vy - one->vy) * ny;
    if (along < 0) {
        one->vx += nx * along; one->vy += ny * along;
        other->vx -= nx * along; other->vy -= ny * along;
    }
    double push = (4 - gap) * 0.25;
    one->x -= nx * push; one->y -= ny * push;
    other->x += nx * push; other->y += ny * push;
}

#define FLOAT_CELL(p) ((int)(p) >> CELL_BITS)
void float_collide(void *state, i64 count, u64 *sums) {
    struct float_bodies *w = state;
    for (i64 frame = 0; frame < count; frame++) {
        COLLIDE(struct float_bodies, struct float_body, float_meet, FLOAT_CELL)
        sums[frame] = xxh64(state, bodies_size());
    }
}
