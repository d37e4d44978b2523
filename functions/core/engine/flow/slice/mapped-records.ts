import { parseExactJson } from '../../../domain/exact-json.ts';
import type { PartialPage } from '../../../domain/flow/task.ts';
import { jsonBytes } from '../../../domain/json.ts';
import { MAX_MAPPED_BYTES, tooMuchMappedFailure } from '../../../executors/flow/mapped-limit.ts';
import type { PageResult } from '../../../executors/flow/process-page.ts';
import type { MappedBySink } from '../../../executors/flow/write-to-sinks.ts';
import { mappedObjectKey } from '../../../store/keys.ts';
import type { SliceContext } from './slice-context.ts';
import { currentSplit } from './task-position.ts';

/** Reads the records that sinks made of responses for a part of a page. None, if the run that stored them was removed. */
export async function loadMapped({ platform }: SliceContext, part: PartialPage | null): Promise<MappedBySink> {
  if (part?.mapped === undefined) return {};
  const text = await platform.objects.getText(part.mapped);
  return text === undefined ? {} : (parseExactJson(text) as unknown as MappedBySink);
}

/**
 * Stores the records that sinks made of responses, before the part of the page is committed that refers to them.
 *
 * @throws FlowFailure, permanent, if a sink made too much in all slices of the page
 */
export async function storeMapped(slice: SliceContext, result: PageResult): Promise<PageResult> {
  const { part, mapped } = result;
  if (!part || Object.keys(mapped).length === 0) return result;
  for (const [sink, records] of Object.entries(mapped))
    if (/* guard: response-map.bound */ jsonBytes(records) > MAX_MAPPED_BYTES) throw tooMuchMappedFailure(sink);
  const { leased, platform, signal } = slice;
  const { run, page, slice: number } = leased.task;
  const key = mappedObjectKey(run, currentSplit(slice).number, page, number);
  await platform.objects.put(key, JSON.stringify(mapped), 'application/json', signal);
  return { ...result, part: { ...part, mapped: key } };
}
