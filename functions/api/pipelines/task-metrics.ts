import * as z from 'zod';
import { throughput } from '../../core/domain/flow/rates.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import type { RunWithFlow } from '../../core/domain/run.ts';
import { quantile, type Sketch } from '../../core/domain/sketch.ts';
import { lazy, type ViewOf } from '../http/route.ts';

const latency = lazy(() => {
  const milliseconds = () =>
    z.number().min(0).nullable().describe('Milliseconds, accurate to 2 %; `null` before the first measurement.');
  return z.object({ latency_p50: milliseconds(), latency_p95: milliseconds(), latency_p99: milliseconds() });
});
export const latencyFields = () => latency().shape;
type Latency = ViewOf<typeof latency>;

/** Returns percentiles with one decimal. */
export function toLatency(sketch: Sketch): Latency {
  const at = (share: number) => {
    const ms = quantile(sketch, share);
    return ms === null ? null : roundTo(ms, 1);
  };
  return { latency_p50: at(0.5), latency_p95: at(0.95), latency_p99: at(0.99) };
}

/**
 * Returns records per second over the last minute, with one decimal: `in` is read by sources, `out` has passed all
 * sinks.
 */
export function measureThroughput({ startedAt }: RunWithFlow, tasks: readonly Task[], now: number) {
  if (startedAt === null) return { in: 0, out: 0 };
  const rates = tasks.map((task) => throughput(task.rates, Date.parse(startedAt), now));
  const sum = (field: 'in' | 'out') =>
    roundTo(
      rates.reduce((total, rate) => total + rate[field], 0),
      1,
    );
  return { in: sum('in'), out: sum('out') };
}

/** Fractions (0–1) of the time that tasks were active; `null` before the first measurement. */
export interface TimeShares {
  /** Waiting for sinks. */
  readonly blocked: number | null;
  /** Waiting for sources. */
  readonly idle: number | null;
}

export function measureTimeShares(tasks: readonly Task[]): TimeShares {
  const sum = (field: 'busyMs' | 'blockedMs' | 'idleMs') => tasks.reduce((total, task) => total + task[field], 0);
  const [blocked, idle] = [sum('blockedMs'), sum('idleMs')];
  // A slice reports its duration when it ends but its waits with every page, so the waits may exceed the reported
  // duration.
  const totalMs = Math.max(sum('busyMs'), blocked + idle);
  if (totalMs === 0) return { blocked: null, idle: null };
  return { blocked: roundTo(blocked / totalMs, 4), idle: roundTo(idle / totalMs, 4) };
}

export function roundTo(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
