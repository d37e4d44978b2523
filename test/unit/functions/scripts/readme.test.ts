import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { ScriptRunner } from '../../../../functions/core/executors/script/script-runner.ts';
import { projectRoot } from '../../../../lib/project-root.ts';
import { anExecution, memoryKeyValueStore, scriptTarget } from '../../../helpers/builders/executions.ts';
import { bundleScripts } from '../../../helpers/system/script-bundle.ts';

const SCRIPTS = join(projectRoot, 'functions/scripts');

/** Serves orders with ids above `after`, at most `limit`. */
async function startOrdersApi(ids: readonly number[]): Promise<string> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    const [after, limit] = [Number(searchParams.get('after')), Number(searchParams.get('limit'))];
    const orders = ids.filter((id) => id > after).slice(0, limit);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(orders.map((id) => ({ id }))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
}

it('runs the example of the README, which resumes behind the last order', async () => {
  const readme = readFileSync(join(SCRIPTS, 'README.md'), 'utf8');
  const contents = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const { directory, remove } = await bundleScripts();
  onTestFinished(remove);
  await build({
    stdin: { contents, resolveDir: SCRIPTS, loader: 'ts' },
    outfile: join(directory, 'scripts/sync-orders.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const runner = new ScriptRunner({ directory });
  onTestFinished(() => runner.close());
  const state = memoryKeyValueStore();
  const target = scriptTarget('sync-orders', ['2'], { ORDERS_URL: await startOrdersApi([4, 8, 15]) });

  const outcomes = [
    await runner.run(target, anExecution(target, { state })),
    await runner.run(target, anExecution(target, { state })),
  ];

  expect(outcomes).toMatchObject([
    { status: 'ok', itemsProcessed: 2, meta: { after: 8 }, stdout: { tail: 'read 2 orders' } },
    { status: 'ok', itemsProcessed: 1, meta: { after: 15 }, stdout: { tail: 'read 1 orders' } },
  ]);
});
