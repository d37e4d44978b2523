import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createFileActions } from '../../../../../functions/core/platform/s3-file-actions.ts';
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

describe('createFileActions', () => {
  const files = ({ s3 }: Awaited<ReturnType<typeof setUp>>) => createFileActions(s3, Bucket);
  const TAGGED = { TagSet: [{ Key: 'state', Value: 'read' }] };
  const tagsOf = async ({ s3 }: Awaited<ReturnType<typeof setUp>>, Key: string) =>
    (await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;

  test('moves an object with its tags, as often as it is repeated', async () => {
    const system = await setUp();
    const { ETag = '' } = await system.put('data/acme/in/a b+ä.csv', 'id\n1\n');
    const object = { key: 'data/acme/in/a b+ä.csv', etag: ETag };
    await system.s3.send(new PutObjectTaggingCommand({ Bucket, Key: object.key, Tagging: TAGGED }));

    const answers = [
      await files(system).move(object, 'data/acme/done/a b+ä.csv'),
      await files(system).move(object, 'data/acme/done/a b+ä.csv'),
    ];

    expect(answers).toEqual([undefined, undefined]);
    expect(await system.keys('')).toEqual(['data/acme/done/a b+ä.csv']);
    expect(await system.get('data/acme/done/a b+ä.csv')).toBe('id\n1\n');
    expect(await tagsOf(system, 'data/acme/done/a b+ä.csv')).toEqual(TAGGED.TagSet);
  });

  test('leaves an object that has changed at its place, without tags', async () => {
    const system = await setUp();
    const { ETag = '' } = await system.put('in/a', 'old');
    await system.put('in/a', 'new');

    await files(system).move({ key: 'in/a', etag: ETag }, 'done/a');
    await files(system).tag({ key: 'in/a', etag: ETag }, { state: 'read' });

    expect(await system.keys('')).toEqual(['in/a']);
    expect(await tagsOf(system, 'in/a')).toEqual([]);
  });

  test('does not delete an object that changes between its copy and the deletion', async () => {
    const system = await setUp();
    const { ETag = '' } = await system.put('in/a', 'old');
    system.s3.middlewareStack.add(
      (next, { commandName }) =>
        async (request) => {
          if (commandName === 'DeleteObjectCommand') await system.put('in/a', 'new');
          return next(request);
        },
      { step: 'initialize' },
    );

    await files(system).move({ key: 'in/a', etag: ETag }, 'done/a');

    expect([await system.get('in/a'), await system.get('done/a')]).toEqual(['new', 'old']);
  });

  test('adds tags to those of an object, and replaces those with the same names', async () => {
    const system = await setUp();
    const { ETag = '' } = await system.put('in/a', 'x');
    await files(system).tag({ key: 'in/a', etag: ETag }, { state: 'new', owner: 'R&D' });

    await files(system).tag({ key: 'in/a', etag: ETag }, { state: 'read' });

    expect(await tagsOf(system, 'in/a')).toEqual([
      { Key: 'owner', Value: 'R&D' },
      { Key: 'state', Value: 'read' },
    ]);
    await system.put('in/a', 'y');
    expect(await tagsOf(system, 'in/a')).toEqual([]);
  });

  test('returns the name of an error that no repetition changes, and throws others', async () => {
    const system = await setUp();
    const { ETag = '' } = await system.put('in/a', 'x');
    const object = { key: 'in/a', etag: ETag };
    const refusal = await files(system).move(object, 'k'.repeat(1_025));
    await system.stop();

    const answer = files(system).move(object, 'done/a');

    expect(refusal).toBe('KeyTooLongError');
    await expect(answer).rejects.toThrow();
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

  test('appear behind a key', async () => {
    const { s3, put } = await setUp();
    for (const key of ['in/a', 'in/b', 'in/b/c', 'in/é']) await put(key, 'x');

    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'in/', StartAfter: 'in/b' }));

    expect(Contents?.map(({ Key }) => Key)).toEqual(['in/b/c', 'in/é']);
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
