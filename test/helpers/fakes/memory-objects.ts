import { Readable } from 'node:stream';
import { ObjectChanged, type Objects } from '../../../functions/core/platform/objects.ts';

/**
 * A bucket in memory.
 *
 * @param now clock for the modification times
 */
export function memoryObjects(now: () => number = Date.now): Objects & { readonly held: ReadonlyMap<string, string> } {
  const held = new Map<string, string>();
  const times = new Map<string, number>();
  const etagOf = (body: string) => `"${Buffer.from(body).length}-${body.slice(0, 16)}"`;
  return {
    held,
    getText: async (key) => held.get(key),
    async put(key, body) {
      held.set(key, body.toString());
      times.set(key, now());
    },
    async *list(prefix) {
      const keys = [...held.keys()].filter((key) => key.startsWith(prefix)).sort();
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
