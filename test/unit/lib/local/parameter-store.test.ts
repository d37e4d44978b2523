import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { expect, onTestFinished, test } from 'vitest';
import { startParameterStore } from '../../../../lib/local/parameter-store.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const NAME = '/jobdeck/local/acme/token';

async function setUp(folder = temporaryFolder()) {
  const service = await startParameterStore(folder);
  const client = new SSMClient({
    endpoint: service.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  onTestFinished(() => service.stop());
  return { client, folder };
}

function secret(Value: string, Overwrite = false) {
  return new PutParameterCommand({ Name: NAME, Type: 'SecureString', Value, Overwrite });
}

test('returns a secret in plain text only with decryption', async () => {
  const { client } = await setUp();
  await client.send(secret('hunter2'));

  const open = await client.send(new GetParameterCommand({ Name: NAME, WithDecryption: true }));
  const closed = await client.send(new GetParameterCommand({ Name: NAME }));

  expect(open.Parameter).toMatchObject({ Name: NAME, Type: 'SecureString', Value: 'hunter2', Version: 1 });
  expect(closed.Parameter?.Value).not.toContain('hunter2');
});

test('keeps secrets encrypted on disk after a restart', async () => {
  const { client, folder } = await setUp();
  await client.send(secret('hunter2'));

  const { client: later } = await setUp(folder);
  const read = await later.send(new GetParameterCommand({ Name: NAME, WithDecryption: true }));

  expect(read.Parameter?.Value).toBe('hunter2');
  expect(readFileSync(join(folder, 'parameters.json'), 'utf8')).not.toContain('hunter2');
  expect(statSync(join(folder, 'parameters.key')).mode & 0o777).toBe(0o600);
});

test('overwrites a value only on request', async () => {
  const { client } = await setUp();
  await client.send(secret('one'));

  await expect(client.send(secret('two'))).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
  const replaced = await client.send(secret('two', true));

  const read = await client.send(new GetParameterCommand({ Name: NAME, WithDecryption: true }));
  expect(replaced.Version).toBe(2);
  expect(read.Parameter?.Value).toBe('two');
});

test('deletes a parameter', async () => {
  const { client } = await setUp();
  await client.send(secret('one'));

  await client.send(new DeleteParameterCommand({ Name: NAME }));

  const refusal = { name: 'ParameterNotFound' };
  await expect(client.send(new GetParameterCommand({ Name: NAME }))).rejects.toMatchObject(refusal);
  await expect(client.send(new DeleteParameterCommand({ Name: NAME }))).rejects.toMatchObject(refusal);
});

test('lists the parameters under a path in pages', async () => {
  const { client } = await setUp();
  for (const Name of ['/a/1', '/a/2', '/a/b/3', '/ab/4']) {
    await client.send(new PutParameterCommand({ Name, Type: 'String', Value: Name }));
  }

  const flat = await client.send(new GetParametersByPathCommand({ Path: '/a' }));
  const first = await client.send(new GetParametersByPathCommand({ Path: '/a', Recursive: true, MaxResults: 2 }));
  const second = await client.send(
    new GetParametersByPathCommand({ Path: '/a', Recursive: true, MaxResults: 2, NextToken: first.NextToken }),
  );

  expect(flat.Parameters?.map((p) => p.Value)).toEqual(['/a/1', '/a/2']);
  expect(first.Parameters?.map((p) => p.Value)).toEqual(['/a/1', '/a/2']);
  expect(second.Parameters?.map((p) => p.Value)).toEqual(['/a/b/3']);
  expect(second.NextToken).toBeUndefined();
});

test('rejects what the service rejects', async () => {
  const { client } = await setUp();
  const refusal = { name: 'ValidationException' };

  await expect(client.send(secret('a {{ssm:other}} b'))).rejects.toMatchObject(refusal);
  await expect(client.send(secret('x'.repeat(4_097)))).rejects.toMatchObject(refusal);
  await expect(client.send(new GetParametersByPathCommand({ Path: '/a', MaxResults: 11 }))).rejects.toMatchObject(
    refusal,
  );
});
