import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { sendUntilProcessed, type Unprocessed } from './batch.ts';
import { ObjectChanged, type ObjectInfo, type Objects } from './objects.ts';

export { S3Client };

/** Creates the platform's bucket on a client of S3. */
export function createObjects(s3: S3Client, bucket: string): Objects {
  async function* list(prefix: string, after?: string): AsyncGenerator<readonly ObjectInfo[]> {
    let token: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ...(after !== undefined && { StartAfter: after }),
          ...(token && { ContinuationToken: token }),
        }),
      );
      yield (page.Contents ?? []).map(({ Key = '', Size = 0, ETag = '', LastModified }) => {
        return { key: Key, size: Size, etag: ETag, modified: LastModified?.getTime() ?? 0 };
      });
      token = page.NextContinuationToken;
    } while (token);
  }
  /** @returns the keys that S3 did not delete; the response is 200 in either case */
  async function removeSome(keys: readonly string[]): Promise<Unprocessed<readonly string[]>> {
    const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
    return { remaining: Errors.flatMap(({ Key }) => Key ?? []), reason: Errors[0]?.Code };
  }
  return {
    list,
    async getText(key) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async put(key, body, contentType, signal) {
      const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType });
      await s3.send(command, signal ? { abortSignal: signal } : {});
    },
    async read({ key, etag }, from, signal, to) {
      try {
        const command = new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          // guard: object.etag
          IfMatch: etag,
          ...((from > 0 || to !== undefined) && { Range: `bytes=${from}-${to === undefined ? '' : to - 1}` }),
        });
        const { Body } = await s3.send(command, { abortSignal: signal });
        return Body as Readable;
      } catch (error) {
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 404 || status === 412) throw new ObjectChanged(key);
        throw error;
      }
    },
    async remove(key) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    async removeAll(prefix) {
      for await (const page of list(prefix)) {
        if (page.length === 0) continue;
        await sendUntilProcessed(
          page.map(({ key }) => key),
          { send: removeSome, sizeOf: ({ length }) => length, entryNoun: 'deletions of objects' },
        );
      }
    },
  };
}
