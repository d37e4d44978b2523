import { jsonBytes } from '../../domain/json.ts';
import type { RunResult } from '../../domain/run.ts';
import type { Output } from '../../executors/output/output.ts';

/** Returns the bytes of an attempt's output and metadata. */
export function outputBytes(outputs: readonly Pick<Output, 'tail' | 'parts'>[], meta: RunResult['meta']): number {
  const texts = outputs.flatMap(({ tail, parts }) => [tail, ...parts]);
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), meta === null ? 0 : jsonBytes(meta));
}
