/** Records in and out within ten seconds. */
export interface Rate {
  /** Epoch seconds at which they begin. */
  readonly from: number;
  readonly in: number;
  readonly out: number;
}

const STEP_SECONDS = 10;
const WINDOW_SECONDS = 60;

/** The rates of a task after some more records; of more than a minute ago nothing is kept. */
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
 * Records a second over the last minute, the current ten seconds included as far as they have come; of a run that is
 * younger, over its life.
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
