import { SSMClient } from '@aws-sdk/client-ssm';
import { expect, onTestFinished, test } from 'vitest';
import { createSecretReader, createSecrets } from '../../../../../functions/core/platform/secrets.ts';
import { startParameterStore } from '../../../../../lib/local/parameter-store.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const PATH = '/jobdeck/local';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A parameter store, a tenant, and a reader with a clock of its own. */
async function given() {
  const service = await startParameterStore(temporaryFolder());
  onTestFinished(() => service.stop());
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ssm = new SSMClient({ endpoint: service.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const asked: string[] = [];
  ssm.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        asked.push(String(commandName));
        return next(args);
      },
    { step: 'initialize' },
  );
  let now = 0;
  const read = createSecretReader(ssm, PATH, () => now);
  return { secrets: createSecrets(ssm, PATH), read, asked, tenant: newTenant(), advance: (ms: number) => (now += ms) };
}

test('shows the metadata of a secret to its manager, and the value to its user', async () => {
  const { secrets, read, tenant } = await given();

  await secrets.put(tenant, 'api.token', 'hunter2');

  const info = { name: 'api.token', updatedAt: expect.stringMatching(TIME) };
  expect(await secrets.get(tenant, 'api.token')).toEqual(info);
  expect(await secrets.list(tenant)).toEqual([info]);
  expect(await read(tenant, 'api.token')).toBe('hunter2');
});

test('returns undefined for an unknown name', async () => {
  const { secrets, read, tenant } = await given();

  expect(await secrets.get(tenant, 'x')).toBeUndefined();
  expect(await secrets.remove(tenant, 'x')).toBe(false);
  expect(await secrets.list(tenant)).toEqual([]);
  expect(await read(tenant, 'x')).toBeUndefined();
});

test('keeps secrets of tenants apart', async () => {
  const { secrets, read, tenant } = await given();
  const other = newTenant();
  await secrets.put(tenant, 'token', 'mine');

  expect(await read(other, 'token')).toBeUndefined();
  expect(await secrets.list(other)).toEqual([]);
  await secrets.put(other, 'token', 'theirs');
  expect(await secrets.remove(other, 'token')).toBe(true);
  expect(await read(tenant, 'token')).toBe('mine');
});

test('lists all secrets by name over pages of ten, and rejects the hundred and first', async () => {
  const { secrets, tenant } = await given();
  const names = Array.from({ length: 100 }, (_, i) => `s${String(i).padStart(3, '0')}`);
  for (const name of names.toReversed()) await secrets.put(tenant, name, 'x');

  expect((await secrets.list(tenant)).map(({ name }) => name)).toEqual(names);
  await expect(secrets.put(tenant, 'one-more', 'x')).rejects.toMatchObject({
    kind: 'conflict',
    message: 'There are 100 secrets, which is the maximum; delete one first',
  });
  await secrets.put(tenant, 's099', 'y');
  await secrets.remove(tenant, 's000');
  await secrets.put(tenant, 'one-more', 'x');
});

test('reads a value once a minute, and a missing value each time', async () => {
  const { secrets, read, tenant, asked, advance } = await given();
  const reads = () => asked.filter((name) => name === 'GetParameterCommand').length;
  await read(tenant, 'token');
  await secrets.put(tenant, 'token', 'one');
  asked.length = 0;
  expect(await read(tenant, 'token')).toBe('one');
  advance(59_999);
  expect(await read(tenant, 'token')).toBe('one');
  expect(reads()).toBe(1);

  await secrets.put(tenant, 'token', 'two');
  advance(1);

  expect(await read(tenant, 'token')).toBe('two');
});
