import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { sendUntilProcessed, type Unprocessed } from './batch.ts';

/** An object in a listing. */
export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly modified: number;
}

/** The object was changed or deleted after it was listed. */
export class ObjectChanged extends Error {
  constructor(key: string) {
    super(`object ${key} was changed or removed while it was read`);
    this.name = 'ObjectChanged';
  }
}

/** The platform's bucket. */
export interface Objects {
  /** Returns the whole text, or `undefined` if the object does not exist. */
  getText(key: string): Promise<string | undefined>;
  put(key: string, body: string | Uint8Array, contentType: string, signal?: AbortSignal): Promise<void>;
  /** Lists objects page by page, ordered by key. */
  list(prefix: string): AsyncGenerator<readonly ObjectInfo[]>;
  /**
   * Reads an object from the byte `from`.
   *
   * @throws ObjectChanged if the object was deleted or its ETag changed
   */
  read(object: Pick<ObjectInfo, 'key' | 'etag'>, from: number, signal: AbortSignal): Promise<Readable>;
  remove(key: string): Promise<void>;
  /**
   * Deletes all objects with the prefix.
   *
   * @throws JobdeckError `batch.throttled` if S3 repeatedly fails to delete some
   */
  removeAll(prefix: string): Promise<void>;
}

export function createObjects(s3: S3Client, bucket: string): Objects {
  async function* list(prefix: string): AsyncGenerator<readonly ObjectInfo[]> {
    let token: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) }),
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
    async read({ key, etag }, from, signal) {
      try {
        const command = new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          // guard: object.etag
          IfMatch: etag,
          ...(from > 0 && { Range: `bytes=${from}-` }),
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
