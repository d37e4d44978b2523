import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type HeldTokens,
  isUsable,
  nextDrawSize,
  planDraw,
  type RequestRate,
  tokenIntervalUs,
  tokenValidityUs,
} from '../../../../../functions/core/domain/request-rate.ts';

const SECOND_US = 1_000_000;
/** Epoch microseconds. */
const START = 1_930_000_000_000_000;

/** A bucket with the semantics of the store: a failed condition changes nothing and returns the current state. */
class Bucket {
  full: number | undefined;
  writes = 0;

  take(drawing: Exclude<ReturnType<typeof planDraw>, { kind: 'wait' }>, now: number): boolean {
    this.writes++;
    if (drawing.kind === 'fresh') {
      if (this.full !== undefined && this.full > now) return false;
      this.full = drawing.full;
      return true;
    }
    if (this.full === undefined || this.full < now || this.full > drawing.most) return false;
    this.full += drawing.cost;
    return true;
  }
}

/** An instance of the API with the tokens that it has drawn in advance. */
class Instance {
  #holding: HeldTokens | undefined;
  #seen: number | undefined;
  readonly #bucket: Bucket;
  readonly #rate: RequestRate;

  constructor(bucket: Bucket, rate: RequestRate) {
    this.#bucket = bucket;
    this.#rate = rate;
  }

  /** @param lag microseconds between reading the clock and the arrival of the write at the bucket */
  serves(now: number, lag = 0): boolean {
    const at = now - lag;
    if (!this.#holding || !isUsable(this.#holding, now, this.#rate)) this.#ask(at);
    if (!this.#holding || !isUsable(this.#holding, now, this.#rate)) return false;
    this.#holding = { ...this.#holding, left: this.#holding.left - 1 };
    return true;
  }

  #ask(now: number): void {
    const wanted = nextDrawSize(this.#holding, now, this.#rate);
    for (let tries = 0; tries < 6; tries++) {
      const drawing = planDraw(this.#seen, now, wanted, this.#rate);
      if (drawing.kind === 'wait') return;
      const taken = this.#bucket.take(drawing, now);
      this.#seen = this.#bucket.full;
      if (!taken) continue;
      this.#holding = { taken: drawing.count, left: drawing.count, at: now };
      return;
    }
  }
}

const rates = fc.record({ perSecond: fc.integer({ min: 1, max: 500 }), burst: fc.integer({ min: 10, max: 1_000 }) });
const request = fc.record({
  instance: fc.nat(11),
  /** Time since the previous request. */
  waitUs: fc.oneof(fc.nat(2_000), fc.nat(200_000), fc.nat(20 * SECOND_US)),
  lagUs: fc.oneof(fc.constant(0), fc.nat(30_000)),
  /** Number of simultaneous requests. */
  times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 400 })),
});

/** Returns the maximum number of requests by which any window exceeds the rate. */
function excess(served: readonly number[], rate: RequestRate): number {
  // Covers all windows [a, b] at once: count − (b − a) / token is maximal where the running minimum before it is
  // minimal.
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const [i, time] of served.entries()) {
    const level = i - (time - START) / tokenIntervalUs(rate);
    least = Math.min(least, level);
    most = Math.max(most, level + 1 - least);
  }
  return most - rate.burst;
}

describe('any number of instances', () => {
  test('serve at most rate × time + burst requests in any window', () => {
    fc.assert(
      fc.property(rates, fc.array(request, { maxLength: 120 }), (rate, requests) => {
        const bucket = new Bucket();
        const instances = Array.from({ length: 12 }, () => new Instance(bucket, rate));
        const served: number[] = [];
        let now = START;
        for (const { instance, waitUs, lagUs, times } of requests) {
          now += waitUs;
          for (let i = 0; i < times; i++) if (instances[instance]?.serves(now, lagUs)) served.push(now);
        }
        expect(excess(served, rate)).toBeLessThanOrEqual(1e-6);
      }),
      { numRuns: 300 },
    );
  });

  test('serve half of the burst and the rate to a tenant that requests as much', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 6 }), (rate, n) => {
        const bucket = new Bucket();
        const instances = Array.from({ length: n }, () => new Instance(bucket, rate));
        let [asked, served] = [0, 0];
        const seconds = 20;
        const step = Math.max(1, Math.floor(tokenIntervalUs(rate) / 4));
        for (let time = 0; time < seconds * SECOND_US; time += step) {
          asked++;
          if (instances[Math.floor(time / step) % n]?.serves(START + time)) served++;
        }
        // Tokens held by an instance that ends are lost, and a rejected instance is late by at most one token.
        const due = Math.min(asked, rate.perSecond * seconds + rate.burst / 2);
        expect(served).toBeGreaterThanOrEqual(Math.floor(due * 0.85) - n);
      }),
      { numRuns: 40 },
    );
  });
});

test('lose unused tokens after a while, so that they are not added to a burst', () => {
  const rate = { perSecond: 10, burst: 100 };
  const bucket = new Bucket();
  const instances = Array.from({ length: 10 }, () => new Instance(bucket, rate));
  for (const instance of instances) instance.serves(START);
  const later = START + tokenValidityUs(rate);
  const before = bucket.writes;

  instances[0]?.serves(later);

  expect(bucket.writes).toBe(before + 1);
});

test('cost a tenant far below its rate one write per token lifetime, not one per request', () => {
  const rate = { perSecond: 50, burst: 400 };
  const bucket = new Bucket();
  const instance = new Instance(bucket, rate);
  const seconds = 60;

  for (let i = 0; i < seconds * 5; i++) expect(instance.serves(START + i * 200_000)).toBe(true);

  expect(bucket.writes).toBeLessThanOrEqual((seconds * SECOND_US) / tokenValidityUs(rate) + 4);
});

test('report when an empty bucket has a token again', () => {
  const rate = { perSecond: 10, burst: 20 };
  const full = START + 1_000_000;

  const drawn = planDraw(full, START, 4, rate);

  expect(drawn).toEqual({ kind: 'wait', us: 100_000 });
  expect(planDraw(full, START + 100_000, 4, rate)).toMatchObject({ kind: 'more', count: 1 });
});
