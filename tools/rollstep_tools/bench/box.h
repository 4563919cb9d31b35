/* box.py in C. */

#ifndef PERTURB_STEP
#define PERTURB_STEP 0                /* a test sets it: a step that is wrong by the least must be noticed */
#endif

struct box { i64 x, y, vx, vy, turn; };

#define RAW(units, hundredths) (((i64)(units) << 32) + ((((i64)(hundredths) << 32) + 50) / 100))

static inline void drive(struct box *box, int buttons) {
    i64 push = (buttons & 1) - (buttons >> 1 & 1);
    i64 vx = fixed_mul(box->vx, RAW(0, 98)) + fixed_mul(RAW(0, 25), quick_cos(box->turn)) * push + PERTURB_STEP;
    i64 vy = fixed_mul(box->vy, RAW(0, 98)) + fixed_mul(RAW(0, 25), quick_sin(box->turn)) * push;
    box->turn += RAW(0, 4) * ((buttons >> 3 & 1) - (buttons >> 2 & 1));
    i64 speed = fixed_sqrt(fixed_mul(vx, vx) + fixed_mul(vy, vy));
    if (speed > RAW(7, 0)) {
        vx = fixed_div(fixed_mul(vx, RAW(7, 0)), speed);
        vy = fixed_div(fixed_mul(vy, RAW(7, 0)), speed);
    }
    i64 x = box->x + vx, y = box->y + vy;
    box->x = x < 0 ? 0 : x > RAW(600, 0) ? RAW(600, 0) : x;
    box->y = y < 0 ? 0 : y > RAW(800, 0) ? RAW(800, 0) : y;
    box->vx = vx;
    box->vy = vy;
}

static inline int32_t step(uint8_t *state, const uint8_t *inputs, const struct tick *tick) {
    for (i64 i = 0; i < tick->players; i++) drive((struct box *)state + i, inputs[i]);
    return 0;
}
