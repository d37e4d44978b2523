/** Records read and written within an interval of 10 s. */
export interface Rate {
  /** Start of the interval in epoch seconds. */
  readonly from: number;
  readonly in: number;
  readonly out: number;
}

const STEP_SECONDS = 10;
const WINDOW_SECONDS = 60;

/** Adds records to the rates of a task and drops intervals older than 60 s. */
export function addRate(
  rates: readonly Rate[],
  now: number,
  added: { readonly in: number; readonly out: number },
): Rate[] {
  const from = Math.floor(now / 1_000 / STEP_SECONDS) * STEP_SECONDS;
  const recent = rates.filter((rate) => rate.from > from - WINDOW_SECONDS);
  const current = recent.find((rate) => rate.from === from) ?? { from, in: 0, out: 0 };
  const next = { from, in: current.in + added.in, out: current.out + added.out };
  return [...recent.filter((rate) => rate.from !== from), next];
}

/**
 * Returns records per second over the last minute, including the current interval. A younger run is averaged over its
 * lifetime.
 *
 * @param startedAt epoch milliseconds
 */
export function throughput(
  rates: readonly Rate[],
  startedAt: number,
  now: number,
): { readonly in: number; readonly out: number } {
  const begin = Math.floor(now / 1_000 / STEP_SECONDS) * STEP_SECONDS - (WINDOW_SECONDS - STEP_SECONDS);
  const recent = rates.filter(({ from }) => from >= begin);
  const seconds = Math.max(1, now / 1_000 - Math.max(begin, startedAt / 1_000));
  const sum = (field: 'in' | 'out') => recent.reduce((total, rate) => total + rate[field], 0) / seconds;
  return { in: sum('in'), out: sum('out') };
}
