import type { Runner } from '../../helpers/clients/runner.ts';
import type { TestSystem } from '../../helpers/system/test-system.ts';

/**
 * The limits of the attacking tenant: about a twelfth of the defaults. The local system has two processors and 24
 * execution environments for the work of a stage with 1,000.
 */
export const LOCAL_LIMITS = { requestsPerSecond: 4, requestBurst: 10, concurrentTasks: 2, hostRequestsPerSecond: 4 };
export const LOCAL_CONCURRENT_RUNS = 2;

/** URLs of servers outside of the platform. */
export interface Receivers {
  /** Accepts requests and never answers. */
  readonly silent: string;
  readonly answering: string;
}

/** Load on the API and the workers of the local system. */
export interface ApiAttack {
  readonly name: string;
  /** Defines jobs. */
  prepare?(attacker: Runner, receivers: Receivers): Promise<void>;
  /** Sends one request. Called at the limit of the tenant's request rate. */
  use(attacker: Runner, number: number, system: TestSystem): Promise<unknown>;
}

const RESPOND_ASYNC = { prefer: 'respond-async' } as const;
const start = (job: string) => (attacker: Runner) => attacker.api.post(`/jobs/${job}/run`, undefined, RESPOND_ASYNC);
const define = (job: Parameters<Runner['define']>[0]) => (attacker: Runner) =>
  attacker.define({ overlap_policy: 'allow', ...job });

/** A key in the form of an API key, with a MAC that the platform has not made. */
const inventedKey = (number: number): string => {
  const text = 'x'.repeat(43);
  return `jk_tenant-${number}.01ARZ3NDEKTSV4RRFFQ69G5FAV.${text}.1.${text}`;
};

export const API_ATTACKS: readonly ApiAttack[] = [
  {
    name: 'blocking triggers of long runs',
    prepare: define({ id: 'long', script: 'sleep', args: ['20'] }),
    use: ({ api }) => api.post('/jobs/long/run'),
  },
  {
    name: 'alternating schedules of one job',
    prepare: define({ id: 'fickle', script: 'echo', schedule: '0 1 * * *' }),
    use: ({ api }, number) => api.patch('/jobs/fickle', { schedule: `0 ${number % 24} * * *` }),
  },
  {
    name: '10 flow runs of 64 tasks each that call a host',
    prepare: async (attacker, { answering }) => {
      const flow = {
        parallelism: 64,
        sources: [{ type: 'generate', count: 1_000_000_000 }],
        sinks: [{ type: 'http', url: answering, method: 'POST' }],
      };
      await define({ id: 'flood', type: 'flow', flow })(attacker);
    },
    use: async (attacker, number) => number <= 10 && start('flood')(attacker),
  },
  {
    name: '25 runs that wait for a retry',
    prepare: async (attacker) => {
      await define({ id: 'retrying', script: 'fail', retry: { attempts: 20, delay_seconds: 600 } })(attacker);
      await define({ id: 'sleep', script: 'sleep', args: ['1'] })(attacker);
    },
    use: (attacker, number) => start(number <= 25 ? 'retrying' : 'sleep')(attacker),
  },
  {
    name: 'API keys of invented tenants',
    use: (_, number, system) => system.anonymous(`Bearer ${inventedKey(number)}`).get('/jobs'),
  },
  {
    name: '60 notifications a minute to a receiver that never answers',
    prepare: (attacker, { silent }) => define({ id: 'shouting', script: 'fail', on_failure: silent })(attacker),
    use: async (attacker, number) => number % LOCAL_LIMITS.requestsPerSecond === 1 && start('shouting')(attacker),
  },
  {
    name: 'short runs, which keep the counters busy',
    prepare: define({ id: 'echo', script: 'echo' }),
    use: start('echo'),
  },
  {
    name: 'runs of a minute',
    prepare: define({ id: 'minute', script: 'sleep', args: ['60'] }),
    use: start('minute'),
  },
];
