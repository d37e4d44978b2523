import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlarmName } from '../../lib/alarm-names.ts';
import { runnerClient } from '../helpers/clients/runner.ts';
import { type AlarmProperties, type AlarmState, evaluateAlarm } from '../helpers/stack/alarms/alarm-state.ts';
import { MetricStore } from '../helpers/stack/alarms/metric-store.ts';
import { synth } from '../helpers/stack/synth.ts';
import { freshTenant, startTestSystem, type TestSystem } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** Alarms of the local stage's template, evaluated on the metrics that the running system logs. */

const local = await synth('local');
const alarms = new Map(
  local
    .of('AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties as unknown as AlarmProperties)
    .map((alarm) => [alarm.AlarmName, alarm] as const),
);

const MINUTE = 60_000;
const PERIOD = 5 * MINUTE;
/** Timeout of one test, in which the system's clock advances by half an hour. */
const PATIENCE_MS = 120_000;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.stop());

function stateNow(name: AlarmName): AlarmState {
  const alarm = alarms.get(`jobdeck-local-${name}`);
  if (!alarm) throw new Error(`there is no alarm ${name}`);
  const metrics = new MetricStore();
  for (const { text } of system.logs) {
    if (!text.includes('"_aws"')) continue;
    const line = JSON.parse(text) as { readonly _aws: { readonly Timestamp: number } };
    metrics.putLine(line, line._aws.Timestamp);
  }
  return evaluateAlarm(alarm, metrics, system.clock.now());
}

const isIn = (state: AlarmState, name: AlarmName) => waitForAssertion(() => expect(stateNow(name)).toBe(state));

/** Advances the clock to the next period, so that the last period is evaluated. */
function nextPeriod(): void {
  system.clock.set((Math.floor(system.clock.now() / PERIOD) + 1) * PERIOD + 1_000);
}

/** Advances the clock by minutes, until the system has published in the last one. */
async function pass(minutes: number): Promise<void> {
  const before = published();
  system.clock.set(system.clock.now() + minutes * MINUTE);
  await waitForAssertion(() => expect(published()).toBeGreaterThan(before));
}

const published = () => system.logs.filter(({ text }) => text.includes('"stage.measured"')).length;
const failed = () => system.logs.filter(({ text }) => text.includes('"RunsFailed"') && text.includes('"_aws"')).length;

describe('alarms on the log of a running system', () => {
  test('end metrics-silent once the publisher has published', async () => {
    // Metrics may miss in one of three periods. None were published before the start.
    for (let period = 0; period < 2; period++) {
      await pass(1);
      nextPeriod();
    }

    await isIn('OK', 'metrics-silent');
  });

  test(
    'raise failed-runs for failing runs, and end it',
    async () => {
      const runner = runnerClient(await system.as(freshTenant()));
      await runner.define({ id: 'fails', script: 'fail' });
      for (let i = 0; i < 2; i++) expect(await runner.trigger('fails')).toMatchObject({ status: 'error' });
      // The log may follow the answer.
      await waitForAssertion(() => expect(failed()).toBe(2));
      expect(stateNow('failed-runs')).toBe('OK');

      nextPeriod();
      await isIn('ALARM', 'failed-runs');
      expect(stateNow('missed-ticks')).toBe('OK');
      await pass(20);

      await isIn('OK', 'failed-runs');
    },
    PATIENCE_MS,
  );

  test(
    'raise missed-ticks half an hour after a missed tick, and end it',
    async () => {
      const runner = runnerClient(await system.as(freshTenant()));
      await runner.define({ id: 'each-minute', script: 'echo', schedule: '* * * * *' });
      await runner.waitForRegistration('each-minute');
      await pass(1);
      await waitForAssertion(async () => expect((await runner.runs('each-minute')).length).toBeGreaterThan(0));

      await pass(30);
      await waitForAssertion(async () => {
        const rows = await runner.runs('each-minute');
        expect(rows.map(({ reason }) => reason)).toContainEqual(expect.stringMatching(/^(missed|late)$/));
      });
      expect(await runner.api.post('/jobs/each-minute/disable')).toMatchObject({ status: 200 });
      nextPeriod();
      await isIn('ALARM', 'missed-ticks');
      await pass(25);

      await isIn('OK', 'missed-ticks');
    },
    PATIENCE_MS,
  );
});
