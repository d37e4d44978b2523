import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const RECORDS = 20_000;
const OBJECTS = 4;

/** Returns the objects that the measured flows read: newline-delimited JSON by file name. */
export function inputObjects(): ReadonlyMap<string, string> {
  const each = RECORDS / OBJECTS;
  return new Map(
    Array.from({ length: OBJECTS }, (_, object) => {
      const lines = Array.from({ length: each }, (_, i) => {
        const id = object * each + i;
        return JSON.stringify({ id, message: `message ${id}`, value: id / 8 });
      });
      return [`${object}.ndjson`, lines.join('\n')];
    }),
  );
}

/** Writes the objects as files, and returns their names. */
export function writeInputFiles(folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  return [...inputObjects()].map(([name, text]) => {
    const file = join(folder, name);
    writeFileSync(file, `${text}\n`);
    return file;
  });
}
