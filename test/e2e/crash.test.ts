import { expect, it } from 'vitest';
import { createApiClient } from '../helpers/clients/api.ts';
import { runnerClient } from '../helpers/clients/runner.ts';
import { startHoldingServer } from '../helpers/fakes/holding-server.ts';
import { offsetToSecond, startProgram } from '../helpers/system/program.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** The whole program: killed, restarted on its data, stopped, and refused a second instance. */

const MINUTE = 60_000;
/** A slow start misses the first minute. */
const A_TICK_MS = 90_000;
const STILL = { script: 'sleep', args: ['600'] };

it('loses and duplicates no run and leaves no process after a SIGKILL', {
  timeout: 180_000,
}, async () => {
  const dataDir = temporaryFolder();
  const switchboard = await startHoldingServer();
  // A tick comes soon after the start, and no other one before the kill.
  const offset = offsetToSecond(48);
  const first = await startProgram({ dataDir, clockOffsetMs: offset });
  await first.waitUntilReady();
  const before = runnerClient(await first.as('acme'));
  const retry = { attempts: 3, delay_seconds: 0 };
  await before.define({ id: 'ticker', script: 'echo', schedule: '* * * * *', overlap_policy: 'allow' });
  await before.define({ id: 'lost', type: 'http', http: { url: `${switchboard.url}/lost` } });
  await before.define({ id: 'retried', type: 'http', http: { url: `${switchboard.url}/retried` }, retry });
  await before.define({ id: 'script', ...STILL });
  await before.define({ id: 'burst', script: 'echo', args: ['done'], overlap_policy: 'allow', retry });
  const runs = {
    lost: await before.start('lost'),
    retried: await before.start('retried'),
    script: await before.start('script'),
  };
  await Promise.all([switchboard.call('/lost'), switchboard.call('/retried')]);
  await waitForAssertion(async () =>
    expect(await before.run('script', runs.script.run_id)).toMatchObject({ status: 'running' }),
  );
  const firstTick = await waitForAssertion(async () => {
    const [tick] = await before.runs('ticker');
    expect(tick).toMatchObject({ status: 'ok' });
    return Date.parse(tick?.scheduled_at ?? '');
  }, A_TICK_MS);
  const burst = await Promise.all(Array.from({ length: 10 }, () => before.start('burst')));

  first.child.kill('SIGKILL');
  await first.waitForExit();

  const second = await startProgram({ dataDir, port: first.port, clockOffsetMs: offset + 3 * MINUTE });
  await second.waitUntilReady();
  // A token of the previous process is still valid.
  const after = runnerClient(createApiClient(second.url, `Bearer ${before.api.token}`));
  (await switchboard.call('/retried', 2)).answer();
  const retried = { status: 'ok', attempt: 2, stdout: 'answered' };
  expect(await after.waitForEnd('retried', runs.retried.run_id)).toMatchObject(retried);
  const lost = {
    status: 'error',
    exit_code: null,
    attempt: 1,
    reason: expect.stringMatching(/^its worker stopped sending heartbeats before /),
  };
  expect(await after.waitForEnd('lost', runs.lost.run_id)).toMatchObject(lost);
  expect(await after.waitForEnd('script', runs.script.run_id)).toMatchObject(lost);
  for (const { run_id } of burst)
    expect(await after.waitForEnd('burst', run_id)).toMatchObject({ status: 'ok', stdout: 'done' });
  expect(await after.runs('burst')).toHaveLength(burst.length);
  expect(switchboard.overlapping).toEqual(new Set());

  // Locks of lost runs are free, and every tick has one row.
  expect(await after.start('script')).toMatchObject({ id: 2 });
  await waitForAssertion(async () => {
    const ticks = (await after.runs('ticker')).toReversed();
    const due = Math.floor((Date.now() + offset + 3 * MINUTE - firstTick) / MINUTE) + 1;
    expect(ticks).toHaveLength(due);
    expect(ticks.map((tick) => Date.parse(tick.scheduled_at ?? ''))).toEqual(
      ticks.map((_, i) => firstTick + i * MINUTE),
    );
    expect(ticks.map((tick) => tick.status)).toEqual(ticks.map(() => 'ok'));
  });

  // A second instance reports the conflict and does not affect the first.
  const samePort = await startProgram({ dataDir: temporaryFolder(), port: second.port });
  expect(await samePort.exit).toEqual([1, null]);
  expect(samePort.output()).toContain(`Port ${second.port} is in use`);
  const sameFolder = await startProgram({ dataDir });
  expect(await sameFolder.exit).toEqual([1, null]);
  expect(sameFolder.output()).toContain(`The data folder ${dataDir} is in use by another local system`);
  expect(sameFolder.output()).toContain(`${second.child.pid}`);
  await Promise.all([samePort.waitForExit(), sameFolder.waitForExit()]);

  // Ctrl-C while a script and a request are in progress. Exits with 1 if that takes longer than 5 s.
  await after.start('lost');
  await switchboard.call('/lost', 2);
  second.signalGroup('SIGINT');
  expect(await second.exit).toEqual([0, null]);
  await second.waitForExit();
  await switchboard.stop();
});
