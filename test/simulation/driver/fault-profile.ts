import type { Service } from './invocation-context.ts';

/** A time in which a service refuses what it is asked. */
export interface Outage {
  readonly service: Service | 'jwks';
  /** Of the service: the table; undefined: all of it. */
  readonly table?: string | undefined;
  /** Milliseconds from the beginning. */
  readonly from: number;
  readonly to: number;
  /** Of the calls, in [0, 1]: below 1 it throttles. */
  readonly share: number;
}

/** How bad a day is. Shares are in [0, 1]. */
export interface FaultProfile {
  /** Of calls: refused before they do anything. */
  readonly refuse: number;
  /** Of writes: done, and the answer is lost. */
  readonly lost: number;
  /** Of writes: done, and sent again by the SDK, which lost the answer. */
  readonly repeat: number;
  /** Of transactions and writes: met another transaction. */
  readonly conflict: number;
  /** Of batches: a part of them is left undone. */
  readonly partial: number;
  /** Of calls: the invocation ends there, before it or after. */
  readonly crash: number;
  /** Of calls: the invocation's process stands still there, then goes on: past its timeout and its leases, mostly. */
  readonly freeze: number;
  /** Of calls: that one takes long, and the process goes on. */
  readonly slow: number;
  /** Of messages: delivered again while they are worked on, and after. */
  readonly duplicate: number;
  /** Of messages: delivered late. */
  readonly late: number;
  /** Of messages: sent or taken by another version, which may not know their form, or not be known by it. */
  readonly foreign: number;
  /** Of messages of runs: they kill every worker that receives them. */
  readonly killer: number;
  /** Of batches of a stream: come again, with some that came before. */
  readonly redeliver: number;
  /** Of batches of a stream, after each: the shard is split. */
  readonly split: number;
  /** Of ticks: fired twice, late, never, or given up to the dead letters. */
  readonly doubleTick: number;
  readonly lateTick: number;
  readonly missedTick: number;
  readonly deadTick: number;
  /** Of the sweeper's minutes: it does not come; comes twice. */
  readonly missedSweep: number;
  readonly doubleSweep: number;
  /** Clocks are wrong by at most so many milliseconds. */
  readonly skewMs: number;
  /** Indexes lag by at most so many milliseconds. */
  readonly indexLagMs: number;
  /** Of messages: malformed ones beside them. */
  readonly poison: number;
  readonly outages: readonly Outage[];
}

export const NO_FAULTS: FaultProfile = {
  refuse: 0,
  lost: 0,
  repeat: 0,
  conflict: 0,
  partial: 0,
  crash: 0,
  freeze: 0,
  slow: 0,
  duplicate: 0,
  late: 0,
  foreign: 0,
  killer: 0,
  redeliver: 0,
  split: 0,
  doubleTick: 0,
  lateTick: 0,
  missedTick: 0,
  deadTick: 0,
  missedSweep: 0,
  doubleSweep: 0,
  skewMs: 0,
  indexLagMs: 0,
  poison: 0,
  outages: [],
};

/** The worst that a fault may be, beside others. */
const MAX_SHARES = {
  refuse: 0.02,
  lost: 0.02,
  repeat: 0.03,
  conflict: 0.03,
  partial: 0.3,
  crash: 0.012,
  freeze: 0.006,
  slow: 0.01,
  duplicate: 0.2,
  late: 0.15,
  foreign: 0.06,
  killer: 0.02,
  redeliver: 0.3,
  split: 0.04,
  doubleTick: 0.3,
  lateTick: 0.2,
  missedTick: 0.08,
  deadTick: 0.06,
  missedSweep: 0.4,
  doubleSweep: 0.3,
  poison: 0.05,
} as const satisfies Partial<Record<keyof FaultProfile, number>>;

/** Of what may happen, it does, at most. */
const MAX_SHARE = 0.6;

const SERVICES = ['dynamodb', 'sqs', 's3', 'scheduler', 'jwks'] as const;
const TABLES = ['Jobs', 'Runs', 'Records', 'Access', 'Counters'] as const;
const MINUTE = 60_000;

/** The day of a seed: some faults, each more or less, and some outages, over `lengthMs`. */
export function randomProfile(random: () => number, lengthMs: number): FaultProfile {
  const severity = 1 + 3 * random() ** 2;
  const shares = Object.entries(MAX_SHARES).map(([name, worst]) => {
    const given = random() < 0.6 ? Math.min(MAX_SHARE, severity * worst * random() ** 2) : 0;
    return [name, given];
  });
  const outages = Array.from({ length: Math.floor(random() * 4) }, (): Outage => {
    const service = SERVICES[Math.floor(random() * SERVICES.length)] ?? 'sqs';
    const from = Math.floor(random() * lengthMs * 0.8);
    const long = Math.floor((0.3 + 3 * random()) * MINUTE);
    const whole = random() < 0.4;
    const share = random() < 0.5 ? 1 : 0.1 + 0.6 * random();
    const table = service === 'dynamodb' && !whole ? TABLES[Math.floor(random() * TABLES.length)] : undefined;
    return { service, table, from, to: Math.min(from + long, lengthMs), share };
  });
  return {
    ...NO_FAULTS,
    ...Object.fromEntries(shares),
    skewMs: random() < 0.5 ? Math.floor(random() * 5_000) : 0,
    indexLagMs: random() < 0.5 ? Math.floor(random() * 3_000) : 0,
    outages,
  };
}
