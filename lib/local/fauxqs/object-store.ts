import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The members of an object in fauxqs that this module uses. */
interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  readonly etag: string;
}

interface ListOptions {
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly maxKeys?: number;
  readonly startAfter?: string;
  readonly marker?: string;
}

interface Listing {
  readonly objects: readonly StoredObject[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
}

/** Internal members of fauxqs' S3 store (version 2.4.1) that this module uses. */
export interface S3Store {
  persistence?: unknown;
  readonly buckets: ReadonlyMap<string, ReadonlyMap<string, StoredObject>>;
  hasBucket(name: string): boolean;
  createBucket(name: string): void;
  headObject(bucket: string, key: string): { readonly etag: string; readonly lastModified: Date };
  listObjects(bucket: string, options?: ListOptions): Listing;
}
export interface S3Files {
  readonly bucketsDir: string;
  loadS3(store: S3Store): void;
  upsertObject(bucket: string, object: StoredObject): void;
  deleteObject(bucket: string, key: string): void;
  readBody(bucket: string, key: string): Buffer;
  close(): void;
}

/**
 * Makes a store list objects in byte order, as S3 does. fauxqs sorts by locale but continues pages by code unit, so
 * pages skip objects. Listings with a delimiter are unchanged.
 */
export function withByteOrderListing(Base: new () => S3Store): new () => S3Store {
  return class extends Base {
    override listObjects(bucket: string, options: ListOptions = {}): Listing {
      const objects = this.buckets.get(bucket);
      const { prefix = '', delimiter, maxKeys = 1_000, startAfter, marker = '' } = options;
      if (!objects || delimiter) return super.listObjects(bucket, options);
      const after = Buffer.from(startAfter ?? marker);
      const found = [...objects.values()]
        .filter(({ key }) => key.startsWith(prefix))
        .map((object) => ({ object, bytes: Buffer.from(object.key) }))
        .filter(({ bytes }) => bytes.compare(after) > 0)
        .sort((a, b) => a.bytes.compare(b.bytes))
        .map(({ object }) => object);
      return { objects: found.slice(0, maxKeys), commonPrefixes: [], isTruncated: found.length > maxKeys };
    }
  };
}

/**
 * Makes a store name its files by a hash of the key. fauxqs uses the key as a path: `..` would leave the folder, `a//b`
 * and `a/b` would collide, and long keys would fail.
 */
export function withHashedFileNames(Base: new (folder: string) => S3Files): new (folder: string) => S3Files {
  return class extends Base {
    override upsertObject(bucket: string, { body, ...object }: StoredObject): void {
      const file = this.#file(bucket, object.key);
      replaceFile(`${file}.data`, body);
      replaceFile(`${file}.meta.json`, JSON.stringify(object));
    }

    override deleteObject(bucket: string, key: string): void {
      const file = this.#file(bucket, key);
      for (const part of ['.meta.json', '.data']) rmSync(file + part, { force: true });
    }

    override readBody(bucket: string, key: string): Buffer {
      return readFileSync(`${this.#file(bucket, key)}.data`);
    }

    #file(bucket: string, key: string): string {
      return join(this.bucketsDir, bucket, 'objects', createHash('sha256').update(key).digest('hex'));
    }
  };
}

/** Replaces a file atomically. */
export function replaceFile(path: string, content: string | Buffer): void {
  const temporary = `${path}.${randomUUID()}`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
