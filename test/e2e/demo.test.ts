import { expect, it } from 'vitest';
import { runnerClient } from '../helpers/clients/runner.ts';
import { memoryMb, offsetToSecond, startProgram } from '../helpers/system/program.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** The view of a new user after `npm start`. */

/** A slow start misses the first minute. */
const A_TICK_MS = 90_000;
const EXAMPLES = ['whatsapp-automation', 'meta-spend-fetch', 'meta-token-refresh'] as const;

it('starts live jobs with npm start in little memory', { timeout: 180_000 }, async () => {
  const program = await startProgram({
    dataDir: temporaryFolder(),
    args: [],
    // The first tick comes soon.
    clockOffsetMs: offsetToSecond(50),
  });
  await program.waitUntilReady();
  const curl = /curl -s (\S+) -H 'authorization: Bearer (\S+)'/.exec(program.output());
  const runner = runnerClient(await program.as('demo'));

  // The printed command works unchanged.
  const listed = await fetch(curl?.[1] ?? '', { headers: { authorization: `Bearer ${curl?.[2]}` } });
  expect(listed.status).toBe(200);
  expect(await listed.json()).toMatchObject({
    jobs: expect.arrayContaining([expect.objectContaining({ id: 'heartbeat' })]),
  });

  // A trigger is refused while the run of a tick is active.
  const trigger = (id: string) => waitForAssertion(() => runner.trigger(id));
  const results = await Promise.all(EXAMPLES.map(trigger));
  expect(results).toMatchObject(EXAMPLES.map(() => ({ status: 'ok', exit_code: 0, stderr: expect.any(String) })));
  const spend = await runner.run('meta-spend-fetch', results[1]?.run_id ?? '');
  expect(spend.items_processed).toBeGreaterThan(0);
  expect(await runner.trigger('on-demand')).toMatchObject({ status: 'ok', stdout: 'at your service' });

  // On a fresh start, without further input.
  await waitForAssertion(async () => {
    const [beat] = await runner.runs('heartbeat');
    expect(beat).toMatchObject({ trigger: 'schedule', status: 'ok', stdout: 'hello from the demo', attempt: 1 });
    expect(beat?.duration_ms).toBeGreaterThan(0);
    expect((await runner.runs('slow-report'))[0]).toMatchObject({ trigger: 'schedule', status: 'running' });
  }, A_TICK_MS);
  expect(await trigger('always-fails')).toMatchObject({ status: 'error', exit_code: 3 });
  expect(memoryMb(program.processes())).toBeLessThan(800);

  program.signalGroup('SIGINT');
  expect(await program.exit).toEqual([0, null]);
  await program.waitForExit();
  expect(program.output()).not.toContain('was refused');
});
