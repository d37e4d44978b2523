import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterEach, expect, it } from 'vitest';
import { requestTimeouts } from '../../../../../functions/core/platform/request-timeouts.ts';

const silent = createServer(() => {});
afterEach(() => silent.close());

it('ends a request to which the service does not answer', async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const client = new KMSClient({
    endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: requestTimeouts(1_000, 50),
  });

  await expect(client.send(new DescribeKeyCommand({ KeyId: 'key' }))).rejects.toMatchObject({ name: 'TimeoutError' });
  client.destroy();
  silent.closeAllConnections();
});
