import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../../../functions/core/domain/limits.ts';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { putLimits } from '../../../functions/core/store/limits.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { startHoldingServer } from '../../helpers/fakes/holding-server.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { startTestSystem, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { systemCpu } from '../system-cpu.ts';
import { API_ATTACKS, type ApiAttack, LOCAL_CONCURRENT_RUNS, LOCAL_LIMITS, type Receivers } from './api-attacks.ts';

/** Milliseconds of a phase alone, of an attack before its measurement, and of its measurement. */
const [ALONE_MS, WARM_UP_MS, BESIDE_MS] = [8_000, 5_000, 15_000];
/** Milliseconds after which an idle environment ends: longer than a phase, as AWS keeps them for minutes. */
const ENVIRONMENT_IDLE_MS = 60_000;
/** Milliseconds between two requests of the measured tenant. */
const EVERY_MS = 30;

/** Responses of a phase. */
export interface ApiFigures {
  /** Milliseconds until responses, ascending. Infinity for a request that was not answered with 200. */
  readonly responses: readonly number[];
  /** Processors that the local system used, on average. */
  readonly processors: number;
}

export interface ApiComparison {
  /** Phases without an attack, between the attacks. */
  readonly alone: readonly ApiFigures[];
  /** Figures by the name of the attack. */
  readonly beside: ReadonlyMap<string, ApiFigures>;
}

/**
 * Measures the responses of the local system to a tenant, alone and beside attacks on the API and the workers. All
 * tenants, functions and services share the processors of this machine.
 */
export async function measureApi(): Promise<ApiComparison> {
  const [silent, answering] = await Promise.all([startHoldingServer(), startHoldingServer()]);
  answering.answerAll();
  const receivers = { silent: silent.url, answering: answering.url };
  const limits = JSON.stringify({ ...DEFAULT_LIMITS, ...LOCAL_LIMITS });
  const system = await startTestSystem({
    idleMs: ENVIRONMENT_IDLE_MS,
    env: () => ({ [Env.tenantLimits]: limits, [Env.concurrentRuns]: String(LOCAL_CONCURRENT_RUNS) }),
  });
  try {
    const tenant = await system.as('quiet');
    const { db, close } = systemDb(system);
    const { requestsPerSecond, requestBurst } = DEFAULT_LIMITS;
    await putLimits(db, tenantId('quiet'), { requestsPerSecond, requestBurst });
    close();
    await runnerClient(tenant).define({ id: 'echo', script: 'echo' });
    await measure(system, tenant, ALONE_MS); // starts the environments
    const alone: ApiFigures[] = [];
    const beside = new Map<string, ApiFigures>();
    for (const [number, attack] of API_ATTACKS.entries()) {
      alone.push(await measure(system, tenant, ALONE_MS));
      beside.set(attack.name, await measureBeside(system, tenant, { attack, number, receivers }));
    }
    return { alone, beside };
  } finally {
    silent.answerAll();
    await system.stop();
    await Promise.all([silent.stop(), answering.stop()]);
  }
}

async function measureBeside(
  system: TestSystem,
  tenant: ApiClient,
  { attack, number, receivers }: { readonly attack: ApiAttack; readonly number: number; readonly receivers: Receivers },
): Promise<ApiFigures> {
  const attacker = runnerClient(await system.as(`noisy-${number}`));
  await attack.prepare?.(attacker, receivers);
  const end = new AbortController();
  const requests: Promise<unknown>[] = [];
  const attacked = repeat(1_000 / LOCAL_LIMITS.requestsPerSecond, end.signal, (n) => {
    // Refused and interrupted requests are part of an attack.
    requests.push(attack.use(attacker, n, system).catch(() => undefined));
  });
  await sleep(WARM_UP_MS);
  const figures = await measure(system, tenant, BESIDE_MS);
  end.abort();
  await attacked;
  await Promise.all(requests);
  await removeJobs(attacker.api);
  return figures;
}

/** Deletes the jobs of a tenant, which cancels their runs. */
async function removeJobs(api: ApiClient): Promise<void> {
  const { body } = await api.get<{ jobs: readonly { id: string }[] }>('/jobs');
  for (const { id } of body.jobs) await api.delete(`/jobs/${id}`);
}

async function measure(system: TestSystem, tenant: ApiClient, forMs: number): Promise<ApiFigures> {
  const [startedAt, before] = [performance.now(), total(systemCpu())];
  const times: Promise<number>[] = [];
  await repeat(EVERY_MS, AbortSignal.timeout(forMs), () => times.push(responseTime(system, tenant)));
  const responses = (await Promise.all(times)).toSorted((a, b) => a - b);
  // The time of an environment that ended is not part of the later reading.
  const processors = Math.max(0, total(systemCpu()) - before) / (performance.now() - startedAt);
  return { responses, processors };
}

/** Returns the milliseconds of a request, without the validation of its response by `createApiClient`. */
async function responseTime({ url }: TestSystem, { token }: ApiClient): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${url}/jobs/echo/runs?limit=5`, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status === 200 ? performance.now() - startedAt : Number.POSITIVE_INFINITY;
}

/** Starts an action at an interval until the signal. */
async function repeat(everyMs: number, signal: AbortSignal, action: (number: number) => unknown): Promise<void> {
  const startedAt = performance.now();
  for (let number = 1; !signal.aborted; number++) {
    action(number);
    await sleep(Math.max(0, startedAt + number * everyMs - performance.now()));
  }
}

const total = ({ host, scripts, dynamoDb }: ReturnType<typeof systemCpu>): number => host + scripts + dynamoDb;
