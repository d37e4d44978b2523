import type { Flow } from '../../../domain/flow/flow.ts';
import type { LookupSpec } from '../../../domain/flow/lookup.ts';
import type { FlowContext } from '../flow-context.ts';
import { cachedLookup } from './cached-lookup.ts';
import { createCollectionLookup } from './collection.ts';
import { createHttpLookup } from './http.ts';
import type { Lookup } from './lookup.ts';
import { createS3Lookup } from './s3-table.ts';

/** Creates the lookups of a flow, by the index of their transform. */
export function createLookups(
  { transforms }: Pick<Flow, 'transforms'>,
  context: FlowContext,
): ReadonlyMap<number, Lookup> {
  return new Map(
    transforms.flatMap((transform, i) =>
      transform.type === 'lookup' ? [[i, createLookup(transform.id, transform, context)] as const] : [],
    ),
  );
}

function createLookup(id: string, { from }: LookupSpec, context: FlowContext): Lookup {
  if ('collection' in from) return cachedLookup(createCollectionLookup(id, from.collection, context));
  return 'http' in from ? cachedLookup(createHttpLookup(id, from.http, context)) : createS3Lookup(id, from.s3, context);
}
