import type { Cut, SplitCut } from '../domain/flow/checkpoint.ts';
import type { Plan, Split, SplitStart } from '../domain/flow/plan.ts';
import type { StagedBatch } from '../domain/flow/task.ts';
import { STAGED_ATTRIBUTE } from './keys.ts';

/** A staged batch with the attribute names of earlier releases. */
export interface StoredBatch extends Omit<StagedBatch, 'origin'> {
  readonly origin?: { readonly key: string; readonly pageAnew: number };
}

interface WithBatch {
  readonly staged?: StagedBatch | null;
}

/** An object whose staged batch is stored under the attribute name of earlier releases. */
type Stored<T extends WithBatch> = Omit<T, 'staged'> & { readonly [STAGED_ATTRIBUTE]?: StoredBatch | null };

export const toStoredBatch = ({ origin, ...batch }: StagedBatch): StoredBatch => ({
  ...batch,
  ...(origin && { origin: { key: origin.key, pageAnew: origin.firstPage } }),
});

export const fromStoredBatch = ({ origin: left, ...batch }: StoredBatch): StagedBatch => ({
  ...batch,
  ...(left && { origin: { key: left.key, firstPage: left.pageAnew } }),
});

function toStored<T extends WithBatch>({ staged, ...rest }: T): Stored<T> {
  return { ...rest, ...(staged !== undefined && { [STAGED_ATTRIBUTE]: staged && toStoredBatch(staged) }) };
}

function fromStored<T extends WithBatch>({ [STAGED_ATTRIBUTE]: staged, ...rest }: Stored<T>): T {
  return { ...rest, ...(staged !== undefined && { staged: staged && fromStoredBatch(staged) }) } as unknown as T;
}

type StoredSplit = Omit<Split, 'from'> & { readonly from?: Stored<SplitStart> };

/** Returns the JSON of a plan's object. */
export function formatPlan({ splits, ...plan }: Plan): string {
  const stored = splits.map(({ from, ...split }): StoredSplit => ({ ...split, ...(from && { from: toStored(from) }) }));
  return JSON.stringify({ ...plan, splits: stored });
}

export function parsePlan(text: string): Plan {
  const { splits, ...plan } = JSON.parse(text) as Omit<Plan, 'splits'> & { readonly splits: readonly StoredSplit[] };
  return {
    ...plan,
    splits: splits.map(({ from, ...split }) => ({ ...split, ...(from && { from: fromStored<SplitStart>(from) }) })),
  };
}

/** Returns the JSON of a checkpoint's object. */
export const formatCut = ({ splits }: Cut): string =>
  JSON.stringify({ splits: splits.map((split) => toStored(split)) });

export function parseCut(text: string): Cut {
  const { splits } = JSON.parse(text) as { readonly splits: readonly Stored<SplitCut>[] };
  return { splits: splits.map((split) => fromStored<SplitCut>(split)) };
}

/** Returns the size of a split's position in a checkpoint's object, in bytes. */
export const storedSplitBytes = (split: SplitCut): number => Buffer.byteLength(JSON.stringify(toStored(split)));
