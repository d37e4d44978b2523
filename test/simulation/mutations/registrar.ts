import type { Mutation } from './mutation.ts';

const inRegistrar = (named: string) => ({ file: 'test/simulation/registrar.test.ts', named });
const inBatches = (named: string) => ({ file: 'test/simulation/registrar-batches.test.ts', named });

/** Guards of the registration with EventBridge Scheduler. */
export const REGISTRAR_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'registration.deleted-job',
    why: 'removes the schedules of a deleted job after a crash',
    test: inRegistrar('removes the schedules of a deleted job'),
  },
  {
    guard: 'registration.refused-schedule',
    why: 'removes a schedule whose replacement is rejected',
    test: inRegistrar('records the error of a rejected schedule until its cause is fixed'),
  },
  {
    guard: 'registration.schedule-exists',
    as: 'true',
    why: 'updates an existing schedule that was not recorded',
    test: inRegistrar('updates schedules after a crash before they were recorded'),
  },
  {
    guard: 'registration.newer',
    why: 'keeps the newer of two registrations',
    test: inRegistrar('records nothing over a newer registration'),
  },
  {
    guard: 'registration.names-first',
    why: 'knows the names of all schedules that a crashed pass may have created',
    test: inRegistrar('removes all of several schedules although the pass that created them crashed'),
  },
  {
    guard: 'registration.unknown-first',
    as: 'before.content',
    why: 'takes no schedules of a crashed pass for unchanged',
    test: inRegistrar('removes the schedules of a crashed pass when its job is disabled meanwhile'),
  },
  {
    guard: 'registration.deferred',
    why: 'does not lose a job that could not be registered',
    test: inBatches('registers other jobs of a batch beside one that fails'),
  },
  {
    guard: 'registration.deferred.tenant-deleted',
    as: 'false',
    why: 'stores no request for a deleted tenant, which is not swept',
    test: inBatches('keeps no request for a job of a deleted tenant whose schedules cannot be removed'),
  },
  {
    guard: 'registration.coalesced.incarnations',
    why: 'removes the schedules of every incarnation that a batch replaced',
    test: inBatches('removes the schedules of an incarnation that an earlier change of the batch replaced'),
  },
  {
    guard: 'registration.tenant-deleted',
    as: 'false',
    why: 'does not list a deleted tenant again',
    test: inBatches('does not list a deleted tenant again for a late change'),
  },
  {
    guard: 'registration.concurrent',
    as: 'true',
    why: 'lets the newest definition win over a slow process',
    test: inBatches('writes the newest schedule last'),
  },
  {
    guard: 'registration.request.newer',
    why: 'keeps a request that was written while an earlier one was fulfilled',
    test: inBatches('keeps a request that was written again'),
  },
  {
    guard: 'registration.request.backoff',
    as: 'false',
    why: 'does not send a failing job to the registrar every minute',
    test: inBatches('waits longer for each request'),
  },
  {
    guard: 'registration.request.repeated',
    why: 'repeats the request of a job whose definition is registered',
    test: inBatches('keeps the former incarnations'),
  },
];
