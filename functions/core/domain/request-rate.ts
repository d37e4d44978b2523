/**
 * How many requests a tenant may make, whoever answers them: one bucket of tokens, from which instances take some ahead
 * and serve from memory. Times are whole microseconds: epoch microseconds fit into a number until the year 2255.
 *
 * The bucket is a single number: when it is full again. A token takes `tokenUs` to come back, so what is missing of it at
 * a moment is the time until then. What an instance took is good for `validUs` and then lost, and the bucket is smaller
 * than the burst by as many tokens as come back meanwhile. So whatever number of instances there are, the requests that
 * are served within any time t were taken within t + `validUs`, and are at most rate × t + burst. (Instances whose clocks
 * are apart by d: rate × d more, once.)
 */
export interface RequestRate {
  readonly perSecond: number;
  /** At least 10. */
  readonly burst: number;
}

const SECOND_US = 1_000_000;
/** Longer than this no token is kept, however slow the rate. */
const MAX_VALIDITY_US = 60 * SECOND_US;
/** The most that one instance takes ahead, as a part of what there is. */
const MAX_DRAW_SHARE = 1 / 8;
const INITIAL_DRAW_SIZE = 4;

/** Until one token is back. */
export const tokenIntervalUs = ({ perSecond }: RequestRate): number => Math.ceil(SECOND_US / perSecond);

/** How long a token that was taken is good for: half of what the burst takes to come back. */
export const tokenValidityUs = (rate: RequestRate): number =>
  Math.min(MAX_VALIDITY_US, Math.floor((rate.burst * tokenIntervalUs(rate)) / 2));

/** How far ahead the bucket's fullness may lie: its size, as time. */
const depthUs = (rate: RequestRate): number => rate.burst * tokenIntervalUs(rate) - tokenValidityUs(rate);

export type DrawPlan =
  /** The bucket is, or was found, full: it is full again at `full`. Holds unless it is full after `now`. */
  | { readonly kind: 'fresh'; readonly count: number; readonly full: number }
  /** `cost` later than now it is full again. Holds while it is full between `now` and `most`. */
  | { readonly kind: 'more'; readonly count: number; readonly cost: number; readonly most: number }
  /** There is no token for so long. */
  | { readonly kind: 'wait'; readonly us: number };

/**
 * What to take of a bucket.
 *
 * @param full when the bucket was seen to be full again; undefined when there is none yet
 * @param wanted tokens that would be good to have; fewer are taken when there are fewer
 */
export function planDraw(full: number | undefined, now: number, wanted: number, rate: RequestRate): DrawPlan {
  const token = tokenIntervalUs(rate);
  const depth = depthUs(rate);
  const missing = Math.max(0, (full ?? 0) - now);
  const count = Math.min(wanted, Math.floor((depth - missing) / token));
  if (count < 1) return { kind: 'wait', us: missing + token - depth };
  const cost = count * token;
  return missing === 0
    ? { kind: 'fresh', count, full: now + cost }
    : { kind: 'more', count, cost, most: now + depth - cost };
}

/** What an instance has taken of a bucket. */
export interface HeldTokens {
  readonly taken: number;
  readonly left: number;
  /** When it was taken; it is good for `validUs` from then on. */
  readonly at: number;
}

/** Whether a token of a holding is good at `now`. A clock that was set back does not make it last longer. */
export const isUsable = ({ left, at }: HeldTokens, now: number, rate: RequestRate): boolean =>
  left > 0 && now >= at && now - at < tokenValidityUs(rate);

/**
 * How many tokens to take next: twice as many when the last were gone before their time, as many as were used of them
 * when they were not. Who asks seldom takes few, and leaves the rest to others.
 */
export function nextDrawSize(last: HeldTokens | undefined, now: number, rate: RequestRate): number {
  const most = Math.max(1, Math.floor((depthUs(rate) / tokenIntervalUs(rate)) * MAX_DRAW_SHARE));
  if (!last) return Math.min(INITIAL_DRAW_SIZE, most);
  const wasTooFew = last.left === 0 && now - last.at < tokenValidityUs(rate);
  return Math.min(most, wasTooFew ? last.taken * 2 : Math.max(1, last.taken - last.left));
}
