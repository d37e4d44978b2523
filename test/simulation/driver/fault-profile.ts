import type { Service } from './invocation-context.ts';

/** A period in which a service rejects calls. */
export interface Outage {
  readonly service: Service | 'jwks';
  /**
   * Table that is down.
   *
   * @defaultValue the whole service
   */
  readonly table?: string | undefined;
  /** Milliseconds since the start of the simulation. */
  readonly from: number;
  readonly to: number;
  /** Share of rejected calls in [0, 1]; below 1 the service throttles. */
  readonly share: number;
}

/** Shares of calls, messages and events that a fault hits, in [0, 1]. */
export interface FaultProfile {
  /** Calls that are rejected without effect. */
  readonly refuse: number;
  /** Writes that take effect and whose response is lost. */
  readonly lost: number;
  /** Writes that take effect and are retried by the SDK after a lost response. */
  readonly repeat: number;
  /** Transactions and conditional writes that conflict with another transaction. */
  readonly conflict: number;
  /** Batch calls with unprocessed items. */
  readonly partial: number;
  /** Calls before or after which the process crashes. */
  readonly crash: number;
  /** Calls at which the process freezes, usually beyond its timeout and leases, and then continues. */
  readonly freeze: number;
  /** Calls that take seconds while the process continues. */
  readonly slow: number;
  /** Messages that are delivered again during or after their processing. */
  readonly duplicate: number;
  /** Messages that are delivered late. */
  readonly late: number;
  /** Messages that another version of the platform sends or consumes. */
  readonly otherVersion: number;
  /** Run messages that crash every worker. */
  readonly poisonPill: number;
  /** Stream batches that are redelivered together with earlier records. */
  readonly redeliver: number;
  /** Stream batches after which the shard is split. */
  readonly split: number;
  /** Ticks that fire twice, late, never, or go to the dead-letter queue. */
  readonly doubleTick: number;
  readonly lateTick: number;
  readonly missedTick: number;
  readonly deadTick: number;
  /** Invocations of the dispatcher of sweeps that are skipped or doubled. */
  readonly missedSweep: number;
  readonly doubleSweep: number;
  /** Due entries of the agenda for which no message is sent, or two. */
  readonly lostSweep: number;
  readonly doubleSweepMessage: number;
  /** Minutes in which the agenda loses an entry. */
  readonly lostEntry: number;
  /** Maximum clock skew in milliseconds. */
  readonly skewMs: number;
  /** Maximum lag of the indexes, and of eventually consistent reads, in milliseconds. */
  readonly indexLagMs: number;
  /** Messages that are followed by a malformed message. */
  readonly malformed: number;
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
  otherVersion: 0,
  poisonPill: 0,
  redeliver: 0,
  split: 0,
  doubleTick: 0,
  lateTick: 0,
  missedTick: 0,
  deadTick: 0,
  missedSweep: 0,
  doubleSweep: 0,
  lostSweep: 0,
  doubleSweepMessage: 0,
  lostEntry: 0,
  skewMs: 0,
  indexLagMs: 0,
  malformed: 0,
  outages: [],
};

/** Maximum share of each fault at severity 1. */
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
  otherVersion: 0.06,
  poisonPill: 0.02,
  redeliver: 0.3,
  split: 0.04,
  doubleTick: 0.3,
  lateTick: 0.2,
  missedTick: 0.08,
  deadTick: 0.06,
  missedSweep: 0.4,
  doubleSweep: 0.3,
  lostSweep: 0.3,
  doubleSweepMessage: 0.3,
  lostEntry: 0.2,
  malformed: 0.05,
} as const satisfies Partial<Record<keyof FaultProfile, number>>;

/** Upper bound of every share. */
const MAX_SHARE = 0.6;

const SERVICES = ['dynamodb', 'sqs', 's3', 'scheduler', 'jwks'] as const;
const TABLES = ['Jobs', 'Runs', 'Records', 'Access', 'Counters'] as const;
const MINUTE = 60_000;

/** Chooses the faults of a seed: a random subset with random shares, and outages within `lengthMs`. */
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
