import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Task } from '../../functions/core/domain/flow/task.ts';
import { changeTask, commitTask, getTask, putTasks } from '../../functions/core/store/tasks.ts';
import { aFlowJob, aFlowRun, aTask } from '../helpers/builders/flow-rows.ts';
import { START } from '../helpers/fakes/platform.ts';
import { startTestStore, type TestStore } from '../helpers/system/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

const lease = { token: 'mine', until: new Date(START).toISOString() };
const staged = { key: 'hand', records: 20, through: 0, next: 0, last: false };

const COMMITS: Readonly<Record<string, Partial<Task>>> = {
  'a page': { page: 1, position: 10 },
  'a staged page': { staged },
  'a page of its staged batch': { page: 1, staged: { ...staged, through: 10 } },
  'a split': { at: 1 },
};

for (const [name, commit] of Object.entries(COMMITS)) {
  it(`keeps ${name} that was committed while the sweeper found the task's lease expired`, async () => {
    const { db } = store;
    const run = aFlowRun(aFlowJob(), START);
    const had = name.endsWith('of its staged batch') ? { staged } : {};
    const task = aTask(run, START, { lease, slice: 1, splits: [0, 1], ...had });
    await putTasks(db, [task], 1);
    const seen = (await getTask(db, run, task.index)) as Task;
    await commitTask(db, { ...task, ...commit }, lease);

    const taken = await changeTask(db, seen, { ...seen, lease: null, failures: 1 });

    expect(taken).toBe(false);
    expect(await getTask(db, run, task.index)).toMatchObject({ ...commit, lease });
  });
}
