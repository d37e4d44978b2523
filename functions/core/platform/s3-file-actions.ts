import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { FileActions } from './file-actions.ts';

/** Statuses for an object that was removed, or has another ETag. 409: it is being changed by another request. */
const CHANGED = [404, 409, 412];
const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;

/** Creates the changes of tenants' files on a client of S3. */
export function createFileActions(s3: S3Client, bucket: string): FileActions {
  return {
    move: ({ key, etag }, to) =>
      refusalOf(async () => {
        const copy = { Bucket: bucket, Key: to, CopySource: `${bucket}/${encodeURIComponent(key)}` };
        await s3.send(new CopyObjectCommand({ ...copy, CopySourceIfMatch: /* guard: file.move.copy */ etag }));
        await s3.send(
          new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: /* guard: file.move.delete */ etag }),
        );
      }),
    tag: ({ key, etag }, tags) =>
      refusalOf(async () => {
        const object = { Bucket: bucket, Key: key };
        await s3.send(new HeadObjectCommand({ ...object, IfMatch: /* guard: file.tag */ etag }));
        const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand(object));
        const added = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        const kept = TagSet.filter(({ Key = '' }) => !Object.hasOwn(tags, Key));
        await s3.send(new PutObjectTaggingCommand({ ...object, Tagging: { TagSet: [...kept, ...added] } }));
      }),
  };
}

/** Creates the changes of tenants' files with the credentials, region and endpoint of the environment. */
export const openFileActions = (bucket: string): FileActions => createFileActions(new S3Client({}), bucket);

/**
 * Returns why S3 refuses a change; `undefined` if it was made, or is not needed.
 *
 * @throws the error of S3 if a later attempt may succeed
 */
async function refusalOf(change: () => Promise<void>): Promise<string | undefined> {
  try {
    await change();
    return undefined;
  } catch (error) {
    const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0;
    if (CHANGED.includes(status)) return undefined;
    const isTransient = status < 400 || status >= 500 || [REQUEST_TIMEOUT, TOO_MANY_REQUESTS].includes(status);
    if (isTransient || !(error instanceof Error)) throw error;
    return error.name;
  }
}
