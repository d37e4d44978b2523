import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import type { ObjectInfo } from '../../functions/core/platform/objects.ts';
import { createObjects } from '../../functions/core/platform/s3-objects.ts';
import { tenantFolder, tenantRunsFolder } from '../../functions/core/store/keys.ts';

/** The objects of a tenant in the platform's bucket: its own files and the state that flow runs keep between slices. */
export interface TenantFiles {
  /** Lists the objects page by page. */
  list(tenant: TenantId): AsyncGenerator<readonly ObjectInfo[]>;
  /** @returns `undefined` if the object does not exist */
  read(key: string): Promise<StoredFile | undefined>;
  /** Uploads a local file. */
  put(key: string, path: string, contentType: string): Promise<void>;
  /**
   * Removes all objects of the tenant.
   *
   * @returns the number of removed objects
   */
  removeAll(tenant: TenantId): Promise<number>;
}

export interface StoredFile {
  readonly contentType: string;
  readonly body: Readable;
}

const tenantFolders = (tenant: TenantId) => [tenantFolder(tenant), tenantRunsFolder(tenant)] as const;

/** @returns whether the key belongs to the tenant */
export const isTenantKey = (tenant: TenantId, key: string): boolean =>
  tenantFolders(tenant).some((folder) => key.startsWith(folder) && key.length > folder.length);

export function createTenantFiles(s3: S3Client, bucket: string): TenantFiles {
  const objects = createObjects(s3, bucket);
  return {
    async *list(tenant) {
      for (const folder of tenantFolders(tenant)) {
        yield* objects.list(folder);
      }
    },
    async read(key) {
      try {
        const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return { contentType: ContentType ?? 'application/octet-stream', body: Body as Readable };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async put(key, path, contentType) {
      const { size } = await stat(path);
      // S3 waits for the first byte of a stream, even for an empty one.
      const Body = size === 0 ? '' : createReadStream(path);
      const command = { Bucket: bucket, Key: key, Body, ContentLength: size, ContentType: contentType };
      await s3.send(new PutObjectCommand(command));
    },
    async removeAll(tenant) {
      let removed = 0;
      for (const folder of tenantFolders(tenant)) {
        for await (const page of objects.list(folder)) removed += page.length;
        await objects.removeAll(folder);
      }
      return removed;
    },
  };
}
