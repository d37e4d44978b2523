import type { Readable } from 'node:stream';

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
  /**
   * Lists objects page by page, ordered by the bytes of the keys.
   *
   * @param after lists only keys behind this one. @default all
   */
  list(prefix: string, after?: string): AsyncGenerator<readonly ObjectInfo[]>;
  /**
   * Reads an object from the byte `from`.
   *
   * @param to end of the range, exclusive. @default the end of the object
   * @throws ObjectChanged if the object was deleted or its ETag changed
   */
  read(object: Pick<ObjectInfo, 'key' | 'etag'>, from: number, signal: AbortSignal, to?: number): Promise<Readable>;
  remove(key: string): Promise<void>;
  /**
   * Deletes all objects with the prefix.
   *
   * @throws JobdeckError `batch.throttled` if S3 repeatedly fails to delete some
   */
  removeAll(prefix: string): Promise<void>;
}
