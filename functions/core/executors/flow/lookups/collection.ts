import { toTenantText } from '../../../domain/service-error-text.ts';
import { getCollectionItems } from '../../../store/collections.ts';
import { GET_BATCH } from '../../../store/db.ts';
import type { FlowContext } from '../flow-context.ts';
import { FlowFailure } from '../flow-failure.ts';
import { type Lookup, MAX_FOUND_LENGTH, type Match, MISSING, tooMuchFoundFailure } from './lookup.ts';

/** Maximum size of a key of a collection in bytes. */
const MAX_KEY_BYTES = 1024;

/** Finds items of a collection of the tenant by their keys. */
export function createCollectionLookup(id: string, collection: string, { run, db }: FlowContext): Lookup {
  const read = (keys: readonly string[]) =>
    getCollectionItems(db, run.tenant, collection, keys).catch((cause: unknown) => {
      const message = `${id}: collection '${collection}' cannot be read: ${toTenantText(cause)}`;
      throw new FlowFailure(message, { permanent: false, cause });
    });
  return {
    async find(keys, signal) {
      // DynamoDB rejects other keys, and no item has one.
      const possible = keys.filter((key) => key !== '' && Buffer.byteLength(key) <= MAX_KEY_BYTES);
      const found = new Map<string, Match>(keys.map((key) => [key, MISSING]));
      let length = 0;
      for (let i = 0; i < possible.length; i += GET_BATCH) {
        signal.throwIfAborted();
        for (const [key, value] of await read(possible.slice(i, i + GET_BATCH))) {
          length += JSON.stringify(value).length;
          if (length > MAX_FOUND_LENGTH) throw tooMuchFoundFailure(id);
          found.set(key, { value });
        }
      }
      return found;
    },
  };
}
