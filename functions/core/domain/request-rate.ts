/**
 * The limit on a tenant's request rate over all instances: one token bucket, from which instances draw tokens in
 * advance and then serve from memory. Times are whole microseconds; epoch microseconds fit a number until the year
 * 2255.
 *
 * The bucket is stored as a single number: the time at which it is full again. A token takes `tokenIntervalUs` to
 * return, so the missing tokens at any moment correspond to the time until then. Tokens drawn by an instance expire
 * after `tokenValidityUs`, and the bucket is smaller than the burst by the tokens that return in that time. For any
 * number of instances, the requests served within a time t were drawn within t + `tokenValidityUs` and are at most rate
 * × t + burst, plus rate × d once if the clocks of instances differ by d.
 */
export interface RequestRate {
  readonly perSecond: number;
  /** At least 10. */
  readonly burst: number;
}

/** Returns the rate of requests to one hook: half of that of its tenant, so that other requests have the other half. */
export const hookRate = ({ perSecond, burst }: RequestRate): RequestRate => ({
  perSecond: perSecond / 2,
  burst: Math.max(10, Math.floor(burst / 2)),
});

const SECOND_US = 1_000_000;
/** Maximum validity of a token, at any rate. */
const MAX_VALIDITY_US = 60 * SECOND_US;
/** Maximum share of the bucket that one instance draws at once. */
const MAX_DRAW_SHARE = 1 / 8;
const INITIAL_DRAW_SIZE = 4;

/** Returns the time in which one token returns. */
export const tokenIntervalUs = ({ perSecond }: RequestRate): number => Math.ceil(SECOND_US / perSecond);

/** Returns the validity of a drawn token: half of the time in which the burst returns. */
export const tokenValidityUs = (rate: RequestRate): number =>
  Math.min(MAX_VALIDITY_US, Math.floor((rate.burst * tokenIntervalUs(rate)) / 2));

/** Returns the size of the bucket as time: the maximum distance of the time at which it is full. */
const depthUs = (rate: RequestRate): number => rate.burst * tokenIntervalUs(rate) - tokenValidityUs(rate);

export type DrawPlan =
  /** The bucket is full and will be full again at `full`. Applies unless the stored time is after `now`. */
  | { readonly kind: 'fresh'; readonly count: number; readonly full: number }
  /** The bucket will be full `cost` later. Applies while the stored time is between `now` and `most`. */
  | { readonly kind: 'more'; readonly count: number; readonly cost: number; readonly most: number }
  /** No token is available for `us` microseconds. */
  | { readonly kind: 'wait'; readonly us: number };

/**
 * Plans a draw from the bucket.
 *
 * @param full the last known time at which the bucket is full; `undefined` if unknown
 * @param wanted number of tokens to draw; fewer are drawn if fewer are available
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

/** Tokens that an instance has drawn. */
export interface HeldTokens {
  readonly taken: number;
  readonly left: number;
  /** Time of the draw; the tokens expire `tokenValidityUs` later. */
  readonly at: number;
}

/** Checks whether a token is usable at `now`. A clock that is set back does not extend its validity. */
export const isUsable = ({ left, at }: HeldTokens, now: number, rate: RequestRate): boolean =>
  left > 0 && now >= at && now - at < tokenValidityUs(rate);

/**
 * Returns the number of tokens to draw next: twice the last draw if it was used up before it expired, otherwise the
 * number that was used. An instance with few requests draws few tokens and leaves the rest to others.
 */
export function nextDrawSize(last: HeldTokens | undefined, now: number, rate: RequestRate): number {
  const most = Math.max(1, Math.floor((depthUs(rate) / tokenIntervalUs(rate)) * MAX_DRAW_SHARE));
  if (!last) return Math.min(INITIAL_DRAW_SIZE, most);
  const wasTooFew = last.left === 0 && now - last.at < tokenValidityUs(rate);
  return Math.min(most, wasTooFew ? last.taken * 2 : Math.max(1, last.taken - last.left));
}
