import type { GENERATED_FIELDS } from '../../../domain/flow/source.ts';
import type { Json } from '../../../domain/json.ts';

/** Generates the record of an index, counted from 0. The same index always yields the same record. */
export type GenerateRecord = (index: number) => Json;

type Shape = Readonly<Record<string, Json>>;
/** Generates a value. `place` distinguishes the fields of a record. */
type GenerateValue = (seed: number, place: number, index: number) => Json;

const WORDS = 'amber basin cedar delta ember fjord grove harbor island lantern meadow orchard river willow'.split(' ');
const FIRST_TIME = Date.UTC(2024, 0, 1);

const VALUE_GENERATORS: Readonly<Record<(typeof GENERATED_FIELDS)[number], GenerateValue>> = {
  '{{index}}': (_seed, _place, index) => index,
  '{{int}}': (...of) => pseudoRandom(...of) % 1_000_000,
  '{{float}}': (...of) => (pseudoRandom(...of) % 100_000) / 100,
  '{{bool}}': (...of) => pseudoRandom(...of) % 2 === 1,
  '{{word}}': (...of) => WORDS[pseudoRandom(...of) % WORDS.length] ?? '',
  '{{uuid}}': pseudoRandomUuid,
  // One second per record.
  '{{time}}': (_seed, _place, index) => new Date(FIRST_TIME + index * 1_000).toISOString(),
};

/**
 * Creates the generator of a record shape.
 *
 * @param seed unsigned integer of 32 bits
 */
export function recordGenerator(shape: Shape | null, seed: number): GenerateRecord {
  let places = 0;
  const made = (value: Json): GenerateRecord => {
    if (isTemplate(value)) {
      const make = VALUE_GENERATORS[value];
      const place = places++;
      return (index) => make(seed, place, index);
    }
    if (typeof value !== 'object' || value === null) return () => value;
    if (Array.isArray(value)) {
      const items = (value as readonly Json[]).map(made);
      return (index) => items.map((make) => make(index));
    }
    const fields = Object.entries(value).map(([name, field]) => [name, made(field)] as const);
    return (index) => Object.fromEntries(fields.map(([name, make]) => [name, make(index)]));
  };
  if (shape) return made(shape);
  const message = made('{{word}}');
  const value = made('{{float}}');
  return (index) => ({ id: index + 1, message: message(index), value: value(index) });
}

const isTemplate = (value: Json): value is keyof typeof VALUE_GENERATORS =>
  typeof value === 'string' && Object.hasOwn(VALUE_GENERATORS, value);

/** Returns a pseudorandom unsigned integer of 32 bits. */
function pseudoRandom(seed: number, place: number, index: number): number {
  return mix(mix(mix(seed) ^ index) ^ place) >>> 0;
}

/** Spreads each bit over all 32 (the finalizer of MurmurHash3). */
function mix(bits: number): number {
  let h = (bits + 0x9e3779b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Returns a pseudorandom UUID of version 4 (RFC 9562). */
function pseudoRandomUuid(seed: number, place: number, index: number): string {
  const bits = pseudoRandom(seed, place, index);
  const words = [1, 2, 3, 4].map((word) => ((mix(bits ^ Math.imul(word, 0x9e3779b1)) ^ index) >>> 0).toString(16));
  const hex = words.map((word) => word.padStart(8, '0')).join('');
  const variant = '89ab'[bits % 4];
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return [...groups, hex.slice(20)].join('-');
}
