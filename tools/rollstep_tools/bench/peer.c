/* A whole peer in C, and matches of them: what rollback/frame.py, wire/input_packet.py and rollback/lab.py do, on the same
   memory. The struct, the constants and the shape come from peer.h, which core.py writes from the engine's own; TWIN names
   the file with the game's step:

       static inline int32_t step(uint8_t *state, const uint8_t *inputs, const struct tick *tick);

   state and inputs are laid out as rollstep lays them out, inputs one player's after the other's; the content, if there is
   any, follows the tick. Not 0 says that the step raised. No bounds of raw memory are checked here, as C does not. */

#include <string.h>

#include "fixed.h"
#include "peer.h"
#include "sine.h"
#include "xxh64.h"
#include TWIN

typedef uint8_t u8;
typedef struct peer peer;
typedef struct plan plan;

#define MEMORY(c) ((u8 *)(c))
#define ROW(c, f) (MEMORY(c) + INPUTS_AT(c) + ((f) & (RING - 1)) * ROW_SIZE(c))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static inline i64 clamp(i64 x, i64 low, i64 high) { return MAX(low, MIN(high, x)); }

static inline i64 near_(i64 reference, i64 low, int bits) {
    i64 half = (i64)1 << (bits - 1);
    return reference + ((low - reference + half) & (2 * half - 1)) - half;
}

static inline i64 get16(const u8 *at) { return at[0] | (i64)at[1] << 8; }
static inline void put16(u8 *at, i64 value) { at[0] = (u8)value; at[1] = (u8)(value >> 8); }
static inline i64 signed8(i64 value) { return (value ^ 128) - 128; }
static inline i64 floor_div(i64 a, i64 b) { return a / b - (a % b < 0); }        /* b > 0 */

static inline i64 fewest_of(const peer *c, i64 q) {
    i64 least = c->got[q];
    for (i64 j = 1; j < c->group_size[q]; j++) least = MIN(least, c->got[c->group[c->group_at[q] + j]]);
    return least;
}

/* ------------------------------------------------------------------ receiving */

static inline int unpack(peer *c, const u8 *at, const u8 *end, i64 known, i64 size) {
    u8 *scratch = MEMORY(c) + SCRATCH_AT(c);
    i64 filled = 0;
    memset(scratch + known, 0, (size_t)(size - known));
    while (at < end) {
        i64 token = *at++, n = token & 15;
        filled += token >> 4;
        if (token == 0 || filled + n > size || at + n > end) return 0;
        for (i64 j = MAX(0, known - filled); j < n; j++) scratch[filled + j] = at[j];
        filled += n;
        at += n;
    }
    return 1;
}

static inline int restore(peer *c, i64 q, i64 start, i64 known, i64 count) {
    i64 pad = INPUT_SIZE(c), width = c->group_size[q] * pad;
    const u8 *legal = MEMORY(c) + LEGAL_AT(c);
    for (i64 j = 0; j < c->group_size[q]; j++) {
        i64 p = c->group[c->group_at[q] + j], got = c->got[p], have = count - c->less[j];
        const u8 *before = ROW(c, got - 1) + p * pad;
        for (i64 i = got - start; i < have; i++) {
            u8 *here = MEMORY(c) + SCRATCH_AT(c) + i * width + j * pad;
            for (i64 b = 0; b < pad; b++) {
                int value = before[b] ^ here[b];
                if (!(legal[b * 32 + (value >> 3)] >> (value & 7) & 1)) return 0;
                here[b] = (u8)value;
            }
            before = here;
        }
        for (i64 i = MAX(have, known); i < count; i++)
            for (i64 b = 0; b < pad; b++)
                if (MEMORY(c)[SCRATCH_AT(c) + i * width + j * pad + b]) return 0;
    }
    return 1;
}

static inline void apply(peer *c, i64 q, i64 start, i64 count) {
    i64 pad = INPUT_SIZE(c), width = c->group_size[q] * pad;
    for (i64 j = 0; j < c->group_size[q]; j++) {
        i64 p = c->group[c->group_at[q] + j], end = start + count - c->less[j];
        for (i64 f = c->got[p]; f < end; f++) {
            u8 *at = ROW(c, f) + p * pad;
            const u8 *here = MEMORY(c) + SCRATCH_AT(c) + (f - start) * width + j * pad;
            int wrong = 0;
            for (i64 b = 0; b < pad; b++) { wrong |= here[b] ^ at[b]; at[b] = here[b]; }
            if (f < c->done) {
                c->predicted++;
                if (wrong) { c->mispredicted++; c->bad = MIN(c->bad, f); }
            }
        }
        if (end > c->got[p]) { c->got[p] = end; c->news = 1; }
    }
}

static inline void measure(peer *c, i64 q, i64 ack, i64 sequence, i64 theirs, i64 lead, i64 now) {
    if (ack > c->ack[q]) {
        i64 sample = now - c->sent_at[(ack - 1) & (RING - 1)];
        if (c->rtt[q] == 0) c->rtt[q] = sample;
        else if (sample < UNACKED * c->frame_us) c->rtt[q] += (sample - c->rtt[q]) >> 3;
        c->ack[q] = ack;
    }
    c->peer_at[q] = MAX(c->peer_at[q], theirs);
    if (sequence > c->rx_sequence[q]) {
        c->rx_sequence[q] = sequence;
        c->heard_at[q] = now;
        c->their_lead[q] = lead * 8;
        i64 there = 8 * theirs + floor_div(4 * c->rtt[q], c->frame_us);
        c->lead[q] += (8 * (8 * c->frame - there) - c->lead[q]) >> 3;
    }
}

static inline i64 take(peer *c, i64 row, i64 now) {
    i64 q = c->rx_from[row], n = c->rx_length[row];
    if (q < 0 || q >= PLAYERS(c) || c->owner[q] != q || q == c->me || n < HEAD || n > MAX_DATAGRAM) return SIZE_BAD;
    const u8 *at = MEMORY(c) + RX_AT(c) + row * MAX_DATAGRAM, *end = at + n;
    i64 kind = at[0];
    if ((kind & ~(CHAIN | DELAYS)) != BASE) return KIND_BAD;
    i64 got = fewest_of(c, q);
    i64 sequence = near_(c->rx_sequence[q], get16(at + 1), 16);
    i64 ack = near_(c->ack[q], get16(at + 3), 16);
    i64 start = near_(got, get16(at + 5), 16);
    i64 count = at[7], lead = signed8(at[8]), theirs = start + count - signed8(at[9]);
    if (ack > MIN(c->told[q], fewest_of(c, c->me)) || start < 0 || start > got || count > MOST_FRAMES || start + count > c->frame + AHEAD
        || theirs < 0 || theirs > c->frame + AHEAD) return RANGE_BAD;
    i64 k = c->group_size[q];
    at += HEAD;
    if (n < HEAD + (kind & CHAIN ? CHAIN_BYTES : 0) + (kind & DELAYS ? k : 0) + (k > 1 ? k : 0)) return SIZE_BAD;
    i64 chain_frame = -1, chain_value = 0;
    if (kind & CHAIN) {
        chain_frame = near_(start + count, at[0], 8);
        chain_value = get16(at + 1) | get16(at + 3) << 16;
        at += CHAIN_BYTES;
        if (chain_frame < 0) return RANGE_BAD;
    }
    const u8 *delays = at;
    if (kind & DELAYS) {
        for (i64 j = 0; j < k; j++) if (at[j] > MAX_DELAY) return RANGE_BAD;
        at += k;
    }
    c->less[0] = 0;
    if (k > 1) {
        for (i64 j = 0; j < k; j++) { c->less[j] = at[j]; if (at[j] > count) return RANGE_BAD; }
        at += k;
    }
    i64 known = MIN(got - start, count);
    if (!unpack(c, at, end, known * k * INPUT_SIZE(c), count * k * INPUT_SIZE(c))) return TOKENS_BAD;
    if (!restore(c, q, start, known, count)) return VALUE_BAD;

    apply(c, q, start, count);
    if (kind & DELAYS && sequence > c->rx_sequence[q])
        for (i64 j = 0; j < k; j++) c->delay[c->group[c->group_at[q] + j]] = delays[j];
    measure(c, q, ack, sequence, theirs, lead, now);
    c->heard_chain[q] = chain_frame;
    i64 i = chain_frame & (PEER_SUMS - 1);
    if (chain_frame >= 0 && c->peer_frame[q][i] <= c->summed) {
        c->peer_frame[q][i] = chain_frame;
        c->peer_chain[q][i] = chain_value;
    }
    return ACCEPTED;
}

/* ------------------------------------------------------------------ sending */

static inline i64 sendable(const peer *c, i64 p) { return MIN(c->got[p], c->reveal); }

static inline u8 *pack(peer *c, u8 *at, const u8 *limit, i64 start, i64 count) {
    i64 pad = INPUT_SIZE(c), mine = c->group_at[c->me], k = c->group_size[c->me];
    i64 worst = k * pad + k * pad / 15 + 2, zeros = 0, packed = 0;
    int n = 0, head = 0;
    u8 *token = at;
    for (i64 f = start; f < start + count; f++) {
        if (at + worst + zeros / 15 > limit) break;
        if (c->changed[f & (RING - 1)] == 0) { zeros += k * pad; n = 0; packed++; continue; }
        const u8 *here = ROW(c, f), *before = ROW(c, f - 1);
        for (i64 j = 0; j < k; j++) {
            i64 p = c->group[mine + j];
            int known = f < sendable(c, p);
            for (i64 b = p * pad; b < p * pad + pad; b++) {
                u8 value = known ? here[b] ^ before[b] : 0;
                if (value == 0) { zeros++; n = 0; continue; }
                if (n == 0 || n == 15) {
                    for (; zeros > 15; zeros -= 15) *at++ = 0xF0;
                    token = at++;
                    head = (int)zeros << 4;
                    zeros = n = 0;
                }
                *token = (u8)(head | ++n);
                *at++ = value;
            }
        }
        packed++;
    }
    c->packed = packed;
    return at;
}

static inline void give(peer *c, i64 i) {
    i64 q = c->remote[i], k = c->group_size[c->me], mine = c->group_at[c->me], start = c->ack[q], most = start;
    for (i64 j = 0; j < k; j++) most = MAX(most, sendable(c, c->group[mine + j]));
    u8 *first = MEMORY(c) + TX_AT(c) + i * MAX_DATAGRAM, *at = first + HEAD;
    i64 sequence = ++c->tx_sequence[q], kind = BASE;
    if (c->summed > 0 && ((sequence & (CHAIN_EVERY - 1)) == 0 || c->fresh == 0)) {
        i64 chain = c->chains[c->summed & (SUMS - 1)];
        kind |= CHAIN;
        at[0] = (u8)c->summed;
        put16(at + 1, chain);
        put16(at + 3, chain >> 16);
        at += CHAIN_BYTES;
    }
    if ((sequence & (DELAY_EVERY - 1)) == 2) {
        kind |= DELAYS;
        for (i64 j = 0; j < k; j++) *at++ = (u8)c->delay[c->group[mine + j]];
    }
    u8 *less = at;
    if (k > 1) at += k;
    u8 *end = pack(c, at, first + MAX_DATAGRAM, start, most - start);
    i64 count = c->packed;
    if (k > 1)
        for (i64 j = 0; j < k; j++)
            less[j] = (u8)MAX(0, start + count - MAX(start, sendable(c, c->group[mine + j])));
    first[0] = (u8)kind;
    put16(first + 1, sequence);
    put16(first + 3, fewest_of(c, q));
    put16(first + 5, start);
    first[7] = (u8)count;
    first[8] = (u8)clamp(c->lead[q] >> 3, -128, 127);
    first[9] = (u8)(start + count - c->frame);
    c->told[q] = MAX(c->told[q], start + count);
    c->tx_length[i] = end - first;
    c->sent++;
    c->sent_bytes += end - first;
}

/* ------------------------------------------------------------------ a frame */

static inline void predict(peer *c, i64 f) {
    i64 pad = INPUT_SIZE(c);
    u8 *row = ROW(c, f);
    const u8 *before = ROW(c, f - 1);
    for (i64 p = 0; p < PLAYERS(c); p++)
        if (f >= c->got[p])
            for (i64 b = p * pad; b < p * pad + pad; b++) row[b] = c->predictor == BLANK ? 0 : before[b];
}

static inline i64 next_place(peer *c, i64 f) {
    i64 at = c->place[f & (PLACES - 1)] + SLOT_SIZE(c);
    if (at == SNAPSHOTS_END(c)) at = SNAPSHOTS_AT(c);
    return c->place[(f + 1) & (PLACES - 1)] = at;
}

static inline int simulate(peer *c, i64 first, i64 last) {
    u8 *state = MEMORY(c) + STATE_AT(c);
    struct tick *tick = (struct tick *)(MEMORY(c) + TICK_AT(c));
    for (i64 f = first; f < last; f++) {
        predict(c, f);
        tick->frame = f;
        c->steps++;
        c->copies++;
        if (step(state, ROW(c, f), tick)) {
            memcpy(state, MEMORY(c) + c->place[f & (PLACES - 1)], (size_t)STATE_SIZE(c));
            c->done = f;
            return 0;
        }
        memcpy(MEMORY(c) + next_place(c, f), state, (size_t)STATE_SIZE(c));
        c->done = f + 1;
    }
    return 1;
}

static inline void compare(peer *c, i64 p, i64 f) {
    i64 i = f & (PEER_SUMS - 1);
    if (c->peer_frame[p][i] != f || f > c->summed || f <= c->summed - SUMS || f >= c->desync) return;
    i64 ours = c->chains[f & (SUMS - 1)] & 0xFFFFFFFF;
    if (ours != c->peer_chain[p][i]) {
        c->desync = f;
        c->desync_player = p;
        c->desync_ours = ours;
        c->desync_theirs = c->peer_chain[p][i];
    }
}

static inline void checksum(peer *c, i64 last) {
    for (i64 f = c->summed + 1; f <= last; f++) {
        u64 value = xxh64((const u64 *)(MEMORY(c) + c->place[f & (PLACES - 1)]), (u64)STATE_SIZE(c));
        c->digests++;
        c->sums[f & (SUMS - 1)] = (i64)value;
        c->chains[f & (SUMS - 1)] = (i64)xxh_round((u64)c->chains[(f - 1) & (SUMS - 1)], value);
        c->summed = f;
        for (i64 i = 0; i < c->remotes; i++) compare(c, c->remote[i], f);
    }
}

static inline i64 fewest_received(const peer *c) {
    i64 least = c->trusted;
    for (i64 p = 0; p < PLAYERS(c); p++) if (c->owner[p] != c->me) least = MIN(least, c->got[p]);
    return least;
}

static inline int can_advance(const peer *c) {
    i64 least = NEVER, most = 0;
    for (i64 i = 0; i < c->remotes; i++) least = MIN(least, c->ack[c->remote[i]]);
    for (i64 i = 0; i < c->group_size[c->me]; i++) most = MAX(most, c->got[c->group[c->group_at[c->me] + i]]);
    return c->done == c->frame && c->frame - fewest_received(c) < WINDOW(c) && most - least < UNACKED;
}

static inline int receive(peer *c, i64 count, i64 now) {
    int refused = 0;
    for (i64 row = 0; row < MIN(count, ROWS); row++) {
        i64 why = take(c, row, now);
        if (why) { c->refused[why]++; refused = REFUSED; continue; }
        c->accepted++;
        i64 p = c->rx_from[row];
        if (c->heard_chain[p] >= 0) compare(c, p, c->heard_chain[p]);
    }
    return refused;
}

static inline void commit(peer *c, i64 now) {
    i64 pad = INPUT_SIZE(c);
    for (i64 i = 0; i < c->group_size[c->me]; i++) {
        i64 p = c->group[c->group_at[c->me] + i];
        if (c->frame >= c->new_delay_at[p]) { c->delay[p] = c->new_delay[p]; c->new_delay_at[p] = NEVER; }
        i64 last = c->frame + c->delay[p];
        for (i64 f = c->got[p]; f <= last; f++) {
            const u8 *before = ROW(c, f - 1) + p * pad, *source = f < last ? before : MEMORY(c) + PAD_AT(c) + i * pad;
            u8 *at = ROW(c, f) + p * pad;
            int wrong = 0;
            for (i64 b = 0; b < pad; b++) { wrong |= source[b] ^ before[b]; at[b] = source[b]; }
            i64 bit = (i64)1 << i, changed = c->changed[f & (RING - 1)] & ~bit;
            c->changed[f & (RING - 1)] = wrong ? changed | bit : changed;
            c->sent_at[f & (RING - 1)] = now;
        }
        c->got[p] = MAX(c->got[p], last + 1);
    }
    c->frame++;
    c->fresh = 1;
}

static inline void sample(peer *c) {
    if (c->sampled == SAMPLES) return;
    for (i64 i = 0; i < c->remotes; i++) {
        i64 q = c->remote[i];
        i64 ours = clamp(c->lead[q] & ~7, -BELIEVED, BELIEVED);
        c->samples[q][c->sampled] = (ours - clamp(c->their_lead[q], -ours - DOUBTED, DOUBTED - ours)) >> 1;
    }
    c->sampled++;
}

static inline void catch_up(peer *c) {
    if (c->raised != NEVER) return;
    i64 first = c->done;
    if (c->bad < first) {
        first = c->bad;
        c->depths[c->done - first]++;
        c->resimulated += c->done - first;
        memcpy(MEMORY(c) + STATE_AT(c), MEMORY(c) + c->place[first & (PLACES - 1)], (size_t)STATE_SIZE(c));
        c->copies++;
        c->done = first;
        c->stuck = NEVER;
    }
    c->bad = NEVER;
    if (c->stuck != NEVER && c->news == 0) return;
    c->stuck = NEVER;
    if (!simulate(c, first, c->frame)) {
        if (c->done < fewest_received(c)) c->raised = c->done;
        else { c->stuck = c->done; c->raised_predicted++; }
    }
}

__attribute__((noinline)) i64 run_frame(peer *c, i64 count, i64 now, i64 want) {
    c->news = c->fresh = 0;
    int what = receive(c, count, now);
    if (want) {
        if (can_advance(c)) { commit(c, now); sample(c); what |= ADVANCED; }
        else { c->waits++; what |= WAITING; }
    }
    catch_up(c);
    checksum(c, MIN(fewest_received(c), c->done));
    for (i64 i = 0; i < c->remotes; i++) if (!c->gone[c->remote[i]]) give(c, i);
    if (can_advance(c)) what |= ROOM;
    if (c->sampled == SAMPLES) what |= SAMPLED;
    if (c->desync != NEVER) what |= DESYNC;
    if (c->raised != NEVER) what |= RAISED;
    return what;
}

/* ------------------------------------------------------------------ matches, as rollback/lab.py has them */

/* Each match `ticks` ticks, one match after the other; the flags of all frames. */
i64 play(const plan *a, i64 first, i64 ticks) {
    i64 what = 0;
    for (i64 m = 0; m < a->matches; m++) {
        u8 *links = (u8 *)a->links_at + m * a->players * a->players * a->slots * a->slot_bytes;
        for (i64 tick = first; tick < first + ticks; tick++)
            for (i64 k = 0; k < a->players; k++) {
                peer *c = (peer *)((u8 *)a->peers_at + (m * a->players + k) * a->stride);
                i64 count = 0;
                for (i64 j = 0; j < a->players; j++) {
                    if (j == k) continue;
                    u8 *slot = links + ((j * a->players + k) * a->slots + ((tick - a->latency) & (a->slots - 1))) * a->slot_bytes;
                    i64 n = *(i64 *)slot;
                    if (n == 0) continue;
                    memcpy(MEMORY(c) + RX_AT(c) + count * MAX_DATAGRAM, slot + 8, (size_t)n);
                    c->rx_length[count] = n;
                    c->rx_from[count++] = j;
                    *(i64 *)slot = 0;
                }
                memcpy(MEMORY(c) + PAD_AT(c), (const u8 *)a->inputs_at
                       + (k * a->inputs + ((c->frame + m * a->shift) & (a->inputs - 1))) * a->input_size, (size_t)a->input_size);
                what |= run_frame(c, count, tick * a->frame_us, 1);
                for (i64 i = 0; i < a->players - 1; i++) {
                    i64 j = i < k ? i : i + 1, n = c->tx_length[i];
                    u8 *slot = links + ((k * a->players + j) * a->slots + (tick & (a->slots - 1))) * a->slot_bytes;
                    memcpy(slot + 8, MEMORY(c) + TX_AT(c) + i * MAX_DATAGRAM, (size_t)n);
                    *(i64 *)slot = n;
                }
            }
    }
    return what;
}

/* ------------------------------------------------------------------ without a protocol: Runner.run */

i64 run_steps(u8 *state, const u8 *rows, i64 row_size, struct tick *tick, i64 first, i64 count, u64 *sums, i64 size) {
    for (i64 i = 0; i < count; i++) {
        tick->frame = first + i;
        if (step(state, rows + i * row_size, tick)) return i;
        sums[i] = xxh64((const u64 *)state, (u64)size);
    }
    return count;
}

/* So many frames of each match: states, ticks and chains of all one after the other, inputs by frame, match and player. */
void run_batch(u8 *states, u8 *ticks, u64 *chains, const u8 *rows, i64 matches, i64 players, i64 first, i64 count, i64 input_size,
               i64 size, i64 tick_size) {
    i64 width = players * input_size;
    for (i64 m = 0; m < matches; m++) {
        u8 *state = states + m * size;
        struct tick *tick = (struct tick *)(ticks + m * tick_size);
        for (i64 i = 0; i < count; i++) {
            tick->frame = first + i;
            if (step(state, rows + (i * matches + m) * width, tick)) return;
            chains[m] = xxh_round(chains[m], xxh64((const u64 *)state, (u64)size));
        }
    }
}
