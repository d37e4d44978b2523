import { Readable } from 'node:stream';
import { ObjectChanged, type Objects } from '../../functions/platform/objects.ts';

/** A bucket in memory. */
export function memoryObjects(): Objects & { readonly held: ReadonlyMap<string, string> } {
  const held = new Map<string, string>();
  const etagOf = (body: string) => `"${Buffer.from(body).length}-${body.slice(0, 16)}"`;
  return {
    held,
    getText: async (key) => held.get(key),
    put: async (key, body) => void held.set(key, body.toString()),
    async *list(prefix) {
      const keys = [...held.keys()].filter((key) => key.startsWith(prefix)).sort();
      yield keys.map((key) => {
        const body = held.get(key) ?? '';
        return { key, size: Buffer.byteLength(body), etag: etagOf(body) };
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
