import type { Mutation } from './mutation.ts';

const inAdmission = (named: string) => ({ file: 'test/simulation/admission.test.ts', named });

/** Guards of priorities and expiries. */
export const ADMISSION_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'admit.priorities',
    as: 'if (runClass !== "limit") return [];',
    why: 'admits the most urgent run first',
    test: inAdmission('admits the most urgent run first'),
  },
  {
    guard: 'admit.first-priority',
    why: 'admits the first run with a priority, which earlier claims do not expect',
    test: inAdmission('finds the end of a run that was claimed before the first use of priorities'),
  },
  {
    guard: 'admit.expired',
    as: 'false',
    why: 'gives no slot to a run that has expired',
    test: inAdmission('gives its place to the next one'),
  },
  {
    guard: 'admit.expired.lookahead',
    why: 'lists the line again behind runs that have expired',
    test: inAdmission('does not keep a slot empty for those behind it'),
  },
  {
    guard: 'run.claim.expired',
    as: 'false',
    why: 'claims no run that has expired',
    test: inAdmission('is canceled by its claim'),
  },
  {
    guard: 'run.cancel.expired',
    why: 'cancels no run that has started since it was read',
    test: inAdmission('is not canceled between its attempts by a process that read it before'),
  },
  {
    guard: 'delay.expired',
    as: 'false',
    why: 'starts no delayed run that has expired',
    test: inAdmission('is canceled if its start is overdue'),
  },
  {
    guard: 'sweep.expired',
    why: 'cancels expired runs that wait for a slot',
    test: inAdmission('is canceled by the sweep while it waits for a slot'),
  },
  {
    guard: 'sweep.queued.expired',
    as: 'false',
    why: 'cancels expired runs that wait for the lock or whose message was lost',
    test: inAdmission('is canceled by the sweep if its message was lost'),
  },
  {
    guard: 'admit.own-run',
    as: 'if (outside && tried.size < 0) outside = undefined;',
    why: 'counts a run that begins to wait and is admitted at once',
    test: {
      file: 'test/simulation/run-lifecycle.test.ts',
      named: 'holds during a burst, and all queued runs complete',
    },
  },
];
