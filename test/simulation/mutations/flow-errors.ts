import type { Mutation } from './mutation.ts';

const inFlowErrors = (named: string) => ({ file: 'test/simulation/flow-errors.test.ts', named });
const inRetriedKeys = (named: string) => ({
  file: 'test/unit/functions/core/executors/flow/sinks/retried-keys.test.ts',
  named,
});

/** Guards that send the record of an error once to a sink, and store the outcome once. */
export const FLOW_ERROR_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'error.claim.free',
    why: 'leaves an error to the active retry that has claimed it',
    test: inFlowErrors('leaves an error to the retry that has claimed it while that one is active'),
  },
  {
    guard: 'error.claim.as-read',
    as: "exists('pk')",
    why: 'gives an error to one of two retries',
    test: inFlowErrors('claims no error that another retry has claimed since it was read'),
  },
  {
    guard: 'error.outcome.claimed',
    as: 'undefined',
    why: 'stores an outcome only for an error that the run has claimed',
    test: inFlowErrors('creates no error anew that expired during its retry'),
  },
  {
    guard: 'error.resolve.as-read',
    as: "exists('pk')",
    why: 'leaves a claimed error to its retry',
    test: inFlowErrors('resolves no error that a retry has claimed since it was read'),
  },
  {
    guard: 'error.edit.as-read',
    as: "exists('pk')",
    why: 'keeps the record of a claimed error',
    test: inFlowErrors('changes no record that a retry has claimed since it was read'),
  },
  {
    guard: 'error.edit.revision',
    as: "exists('pk')",
    why: 'overwrites no edit that was made since the error was read',
    test: inFlowErrors('overwrites no edit that was made since the error was read'),
  },
  {
    guard: 's3.retry.own-object',
    as: 'true',
    head: true,
    why: 'keeps the object of the page',
    test: inRetriedKeys('writes the object of the page and one of the retried record'),
  },
  {
    guard: 'dynamodb.retry.former-key',
    why: 'writes a refused record under the key of its place',
    test: inRetriedKeys('uses the key of the place for a record that the sink refused'),
  },
  {
    guard: 'http-sink.retry.former-key',
    why: 'sends a refused record under the key of its place',
    test: inRetriedKeys('uses the key of the place for a record that the sink refused'),
  },
];
