import { expect, it, vi } from 'vitest';
import { execute } from '../../functions/executors/index.ts';
import { addressRule } from '../../functions/executors/public-address.ts';
import { ScriptRunner } from '../../functions/executors/script/runner.ts';
import { executionOf, httpTarget, scriptTarget } from '../support/execution.ts';
import { startHttpServer } from '../support/http-server.ts';

const scripts = new ScriptRunner({ directory: '/nowhere', spare: false });

it('gives a script to the runner, without asking for a secret', async () => {
  const signingSecret = vi.fn(async () => null);

  const outcome = await execute(executionOf(scriptTarget('echo')), {
    scripts,
    mayConnect: addressRule([]),
    signingSecret,
  });

  expect(outcome).toMatchObject({ status: 'error', message: "script: 'echo' is not part of this deployment" });
  expect(signingSecret).not.toHaveBeenCalled();
});

it('sends a request signed with the tenant’s secret', async () => {
  const server = await startHttpServer((_, response) => response.end('done'));
  const options = { scripts, mayConnect: addressRule(['127.0.0.0/8']), signingSecret: async () => 'whsec_a2V5' };

  const outcome = await execute(executionOf(httpTarget(server.url)), options);

  expect(outcome).toMatchObject({ status: 'ok', stdout: { tail: 'done' } });
  expect(server.received[0]?.headers['webhook-signature']).toMatch(/^v1,.{44}$/);
  await server.close();
});
