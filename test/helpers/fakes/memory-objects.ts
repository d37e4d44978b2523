import { Readable } from 'node:stream';
import type { FileActions } from '../../../functions/core/platform/file-actions.ts';
import { ObjectChanged, type Objects } from '../../../functions/core/platform/objects.ts';

export interface MemoryObjects extends Objects {
  readonly held: ReadonlyMap<string, string>;
  /** Tags of the objects that have some. */
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly files: FileActions;
}

/**
 * A bucket in memory.
 *
 * @param now clock for the modification times
 */
export function memoryObjects(now: () => number = Date.now): MemoryObjects {
  const held = new Map<string, string>();
  const times = new Map<string, number>();
  const tags = new Map<string, Readonly<Record<string, string>>>();
  const etagOf = (body: string) => `"${Buffer.from(body).length}-${body.slice(0, 16)}"`;
  const isSame = ({ key, etag }: { readonly key: string; readonly etag: string }) => {
    const body = held.get(key);
    return body !== undefined && etagOf(body) === etag;
  };
  return {
    held,
    tags,
    files: {
      async move(object, to) {
        if (!isSame(object)) return undefined;
        held.set(to, held.get(object.key) ?? '');
        times.set(to, now());
        held.delete(object.key);
        return undefined;
      },
      async tag(object, added) {
        if (isSame(object)) tags.set(object.key, { ...tags.get(object.key), ...added });
        return undefined;
      },
    },
    getText: async (key) => held.get(key),
    async put(key, body) {
      held.set(key, body.toString());
      times.set(key, now());
    },
    async *list(prefix, after = '') {
      const keys = [...held.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
      yield keys.map((key) => {
        const body = held.get(key) ?? '';
        return { key, size: Buffer.byteLength(body), etag: etagOf(body), modified: times.get(key) ?? 0 };
      });
    },
    async read({ key, etag }, from) {
      const body = held.get(key);
      if (body === undefined || etagOf(body) !== etag) throw new ObjectChanged(key);
      return Readable.from([Buffer.from(body).subarray(from)]);
    },
    remove: async (key) => void held.delete(key),
    async removeAll(prefix) {
      for (const key of held.keys()) if (key.startsWith(prefix)) held.delete(key);
    },
  };
}
