/* What rollstep's numbers are held against: the same arithmetic on the same memory, in C.

   Every function has the convention of a compiled step, `int32 f(result, exception, state, inputs, tick)`, and is called
   the same way. Struct layouts are those of steps.py; twins.py compares the sizes. No bounds are checked here. */

#include <math.h>
#include <stdint.h>

#include "fixed.h"
#include "xxh64.h"

#define STEP(name) int32_t name(void *result, void *exception, i64 state, i64 inputs, i64 tick)
#define ROUND_DONE __asm__ volatile("" ::: "memory")   /* a round is a round: no loop is turned inside out */

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
