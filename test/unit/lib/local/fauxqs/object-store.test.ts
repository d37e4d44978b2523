import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startSqsAndS3 } from '../../../../../lib/local/fauxqs/sqs-and-s3.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const MB = 1_024 * 1_024;
const Bucket = 'files';

/** Creates a client as handlers do, with its endpoint from the environment. */
async function setUp(folder = temporaryFolder()) {
  const service = await startSqsAndS3(folder);
  service.ensureBucket(Bucket);
  vi.stubEnv('AWS_ENDPOINT_URL_S3', service.url);
  const s3 = new S3Client({ maxAttempts: 1 });
  let stopped = false;
  const stop = async () => {
    if (!stopped) await service.stop();
    stopped = true;
  };
  onTestFinished(stop);
  return {
    folder,
    s3,
    stop,
    put: (Key: string, Body: string | Uint8Array) => s3.send(new PutObjectCommand({ Bucket, Key, Body })),
    get: async (Key: string, conditions: { readonly Range?: string; readonly IfMatch?: string } = {}) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...conditions }));
      return Body?.transformToString();
    },
    keys: async (Prefix: string, pageSize = 1_000) => {
      const keys: (string | undefined)[] = [];
      let token: string | undefined;
      do {
        const page = { Bucket, Prefix, MaxKeys: pageSize, ...(token && { ContinuationToken: token }) };
        const { Contents = [], NextContinuationToken } = await s3.send(new ListObjectsV2Command(page));
        keys.push(...Contents.map(({ Key }) => Key));
        token = NextContinuationToken;
      } while (token);
      return keys;
    },
  };
}

beforeAll(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  return () => vi.unstubAllEnvs();
});

describe('objects', () => {
  test('support range reads that are conditional on their entity tag', async () => {
    const { put, get } = await setUp();
    const { ETag = '' } = await put('data/acme/a.csv', 'id,name\n1,Ana\n');

    expect(await get('data/acme/a.csv', { Range: 'bytes=8-', IfMatch: ETag })).toBe('1,Ana\n');
    await put('data/acme/a.csv', 'id,name\n2,Bo\n');
    const stale = get('data/acme/a.csv', { Range: 'bytes=8-', IfMatch: ETag });
    await expect(stale).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  });

  test.each([
    ['is not there', {}, 'NoSuchKey'],
    ['is not there, whatever it was', { IfMatch: '"0"' }, 'NoSuchKey'],
  ])('report %s as missing', async (_, conditions, name) => {
    const { get } = await setUp();

    await expect(get('data/acme/none', conditions)).rejects.toMatchObject({ name });
  });

  test('reject a range beyond their end', async () => {
    const { put, get } = await setUp();
    await put('a', 'four');

    await expect(get('a', { Range: 'bytes=4-' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 416 } });
  });

  test('may be empty or large', async () => {
    const { put, get } = await setUp();
    await put('empty', new Uint8Array());
    await put('large', Buffer.alloc(20 * MB, 'x'));

    expect(await get('empty')).toBe('');
    expect(await get('large', { Range: `bytes=${20 * MB - 2}-` })).toBe('xx');
  });

  test('can be uploaded in parts', async () => {
    const { s3, get, keys } = await setUp();
    const upload = { Bucket, Key: 'parts' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
    const Parts = await Promise.all(
      [Buffer.alloc(5 * MB, 'x'), 'tail'].map(async (Body, i) => {
        const part = { ...upload, UploadId, PartNumber: i + 1, Body };
        const { ETag } = await s3.send(new UploadPartCommand(part));
        return { ETag, PartNumber: i + 1 };
      }),
    );
    await s3.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }));

    expect(await get('parts', { Range: `bytes=${5 * MB - 1}-` })).toBe('xtail');
    expect((await get('parts'))?.length).toBe(5 * MB + 4);
    expect(await keys('')).toEqual(['parts']);
  });

  test('tolerate an aborted download', async () => {
    const { s3, put, get } = await setUp();
    await put('large', Buffer.alloc(8 * MB, 'x'));
    const abort = new AbortController();
    const command = new GetObjectCommand({ Bucket, Key: 'large' });
    const { Body } = await s3.send(command, { abortSignal: abort.signal });
    const reading = text(Body as NodeJS.ReadableStream);
    abort.abort();

    await expect(reading).rejects.toThrow(/abort/i);
    expect(await get('large', { Range: 'bytes=0-1' })).toBe('xx');
  });
});

describe('object keys', () => {
  const KEYS = [
    'w/%2F',
    'w/../../../../escaped',
    'w/./z',
    'w//y',
    'w/B',
    'w/a',
    `w/a%b c+d/é#?&<>"'.txt`,
    'w/a.data/b',
    'w/b',
    `w/${'k'.repeat(1_000)}`,
    'w/y',
    'w/\uff5e',
    'w/\u{1f600}',
  ];

  test('stay distinct in any form, are listed in byte order and survive a restart', async () => {
    const before = await setUp();
    for (const key of KEYS.toReversed()) await before.put(key, `of ${key}`);
    await before.stop();

    const { get, keys, folder } = await setUp(before.folder);

    expect(await keys('w/')).toEqual(KEYS);
    expect(await Promise.all(KEYS.map((key) => get(key)))).toEqual(KEYS.map((key) => `of ${key}`));
    expect(existsSync(join(folder, '..', 'escaped.data'))).toBe(false);
  });

  test.each([1, 2, 5])('appear completely in pages of %i', async (pageSize) => {
    const { put, keys } = await setUp();
    for (const key of KEYS) await put(key, 'x');
    await put('x', 'x');

    expect(await keys('w/', pageSize)).toEqual(KEYS);
  });

  test('have at most 1,024 bytes', async () => {
    const { put, keys } = await setUp();
    await put('é'.repeat(512), 'x');

    await expect(put(`${'é'.repeat(512)}e`, 'x')).rejects.toMatchObject({ name: 'KeyTooLongError' });
    expect(await keys('')).toEqual(['é'.repeat(512)]);
  });

  test('can be deleted in bulk, including missing ones', async () => {
    const { s3, put, folder, stop } = await setUp();
    for (const key of ['runs/a/1', 'runs/a/2', 'runs/b']) await put(key, 'x');
    const Objects = ['runs/a/1', 'runs/a/2', 'runs/a/3'].map((Key) => ({ Key }));

    const { Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    await stop();

    expect(Errors).toBeUndefined();
    expect(await (await setUp(folder)).keys('')).toEqual(['runs/b']);
  });
});
