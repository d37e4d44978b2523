import { type ApiComparison, measureApi } from './noisy/measure-api.ts';
import { measureInThread } from './noisy/measure-in-thread.ts';
import type { VirtualFigures } from './noisy/measure-virtual.ts';
import { CONTROL, VIRTUAL_ATTACKS } from './noisy/virtual-attacks.ts';
import { printTable } from './table.ts';

/** Limits of a tenant beside another: seconds, and ratios to the tenant alone. */
const GOALS = { recoverySeconds: 180, registrationSeconds: 10, ratio: 2 } as const;
/** Concurrent executions of an AWS account by default. */
const ACCOUNT_ENVIRONMENTS = 1_000;
/**
 * Measures what a tenant notices of another tenant that attacks a shared part of the platform, one attack after the
 * other: in virtual time on services in memory, and the responses of the API in the local system.
 */
export async function measureNoisyNeighbor(): Promise<void> {
  await printVirtual();
  printApi(await measureApi());
}

async function printVirtual(): Promise<void> {
  const alone = await measureInThread();
  const rows = [toRow('alone', alone, alone)];
  for (const { name } of [...VIRTUAL_ATTACKS, CONTROL]) rows.push(toRow(name, await measureInThread(name), alone));
  printTable(
    'Noisy neighbor: a tenant beside attacks, in virtual time (ratios to the tenant alone; the control must miss a goal)',
    [
      'attack',
      `recovered, s (${GOALS.recoverySeconds})`,
      `registered, s (${GOALS.registrationSeconds})`,
      'queue p99, ms',
      `ratio (${GOALS.ratio})`,
      'API p99, ms',
      `ratio (${GOALS.ratio})`,
      'notice p99, ms',
      'ratio',
      `environments (${ACCOUNT_ENVIRONMENTS})`,
      'requests/s to a host',
      'goals',
    ],
    rows,
  );
}

function toRow(name: string, beside: VirtualFigures, alone: VirtualFigures): readonly (string | number)[] {
  const ratioOf = (times: 'waits' | 'responses' | 'notices') => round(p99(beside[times]) / p99(alone[times]));
  const [recovered, registered] = [beside.recoveries, beside.registrations].map((times) => Math.max(...times) / 1_000);
  const isMet =
    beside.isComplete &&
    Number(recovered) <= GOALS.recoverySeconds &&
    Number(registered) <= GOALS.registrationSeconds &&
    ratioOf('waits') <= GOALS.ratio &&
    ratioOf('responses') <= GOALS.ratio &&
    beside.environments <= ACCOUNT_ENVIRONMENTS &&
    beside.timedOut.length === 0;
  return [
    name,
    round(Number(recovered)),
    round(Number(registered)),
    p99(beside.waits),
    ratioOf('waits'),
    p99(beside.responses),
    ratioOf('responses'),
    p99(beside.notices),
    ratioOf('notices'),
    beside.environments,
    beside.hostRequests,
    isMet ? 'met' : 'missed',
  ];
}

function printApi({ alone, beside }: ApiComparison): void {
  const all = ascending(alone.flatMap(({ responses }) => responses));
  const processors = alone.reduce((sum, phase) => sum + phase.processors, 0) / alone.length;
  const row = (name: string, responses: readonly number[], used: number) => {
    const ratio = round(p99(responses) / p99(all));
    const goal = ratio <= GOALS.ratio ? 'met' : 'missed';
    return [name, responses.length, round(median(responses)), round(p99(responses)), ratio, round(used), goal];
  };
  printTable(
    'Noisy neighbor: responses of the local system, beside a tenant with a twelfth of the default limits',
    ['attack', 'requests', 'p50, ms', 'p99, ms', `ratio (${GOALS.ratio})`, 'processors used', 'goal'],
    [
      row('alone', all, processors),
      ...[...beside].map(([name, { responses, processors: used }]) => row(name, responses, used)),
    ],
  );
}

const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const quantile = (values: readonly number[], share: number): number =>
  ascending(values)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.POSITIVE_INFINITY;
const median = (values: readonly number[]) => quantile(values, 0.5);
const p99 = (values: readonly number[]) => quantile(values, 0.99);
const round = (value: number) => Math.round(value * 10) / 10;
