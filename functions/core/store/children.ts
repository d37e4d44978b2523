import type { Child } from '../domain/flow/child.ts';
import type { RunRef } from '../domain/run.ts';
import { type Db, getMany, type Item, put, query, removeMany } from './db.ts';
import { absent, all, any, beginsWith, equals } from './expression.ts';
import { activeChildKey, type ChildRef, childCreatedKey, childKey, childrenPartition, listPartition } from './keys.ts';
import { recordTtlOf } from './run-item.ts';

function fromChild({ run, createdAt, ...rest }: Child): Item {
  const { kind, operator, state } = rest;
  const ref = { run, kind, operator };
  return {
    ...childKey(ref),
    ...rest,
    tenant: listPartition(run.tenant, 'flows'),
    createdAt,
    createdKey: childCreatedKey(createdAt, ref),
    transforms: rest.transforms.length > 0 ? rest.transforms : undefined,
    activeKey: state !== 'completed' ? activeChildKey(run.tenant, state) : null,
    ...(rest.finishedAt !== null && { ttl: recordTtlOf(rest.purgeAt) }),
  };
}

function toChild(run: RunRef, item: Item): Child {
  const { pk, sk, tenant, createdKey, activeKey, ttl, ...rest } = item;
  return { finishedAt: null, integrationId: null, counts: null, transforms: [], ...rest, run } as unknown as Child;
}

/** Creates the row of a step; an existing row of an earlier planning attempt is kept. */
export async function putChild(db: Db, child: Child): Promise<void> {
  await put(db, db.tables.runs, fromChild(child), /* guard: plan.children.absent */ absent('pk'));
}

/** Stores the end of a step, once. */
export async function finishChild(db: Db, child: Child): Promise<void> {
  await put(db, db.tables.runs, fromChild(child), any(absent('pk'), equals('state', 'running')));
}

/** Lists the steps of a run: exports, then imports. */
export async function listChildren(db: Db, run: RunRef): Promise<Child[]> {
  const pk = equals('pk', childrenPartition(run));
  const kinds = await Promise.all(
    (['export', 'import'] as const).map((kind) => {
      const prefix = childKey({ run, kind, operator: '' }).sk;
      return query(db, db.tables.runs, all(pk, beginsWith('sk', prefix)), { consistent: true });
    }),
  );
  return kinds.flat().map((item) => toChild(run, item));
}

/** Returns the referenced steps in order, read consistently; `undefined` for a missing one. */
export async function getChildren(db: Db, refs: readonly ChildRef[]): Promise<(Child | undefined)[]> {
  const items = await getMany(
    db,
    refs.map((ref) => ({ table: db.tables.runs, key: childKey(ref) })),
  );
  return items.map((item, i) => {
    const run = refs[i]?.run;
    return item && run && toChild(run, item);
  });
}

/** Deletes the rows of a run's steps. */
export async function removeChildren(db: Db, run: RunRef): Promise<void> {
  const children = await listChildren(db, run);
  const keys = children.map(({ kind, operator }) => childKey({ run, kind, operator }));
  await removeMany(db, db.tables.runs, keys);
}
