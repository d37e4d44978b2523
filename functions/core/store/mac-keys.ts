import { type Db, get, put } from './db.ts';
import { absent } from './expression.ts';
import { macKeyKey } from './keys.ts';

/** Returns the encrypted MAC key of a generation of API keys, read consistently, or `undefined` if there is none. */
export async function findMacKey(db: Db, generation: number): Promise<Uint8Array | undefined> {
  const item = await get(db, db.tables.access, macKeyKey(generation));
  return item?.wrappedKey as Uint8Array | undefined;
}

/**
 * Stores the encrypted MAC key of a generation.
 *
 * @returns `false` if the generation has a MAC key, which is unchanged
 */
export async function putMacKey(db: Db, generation: number, wrappedKey: Uint8Array): Promise<boolean> {
  const item = { ...macKeyKey(generation), wrappedKey };
  return put(db, db.tables.access, item, /* guard: mac-key.once */ absent('pk'));
}
