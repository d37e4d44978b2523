import {
  SLOT_VALIDITY_MS,
  slotHolder,
  type TaskRef,
  type TaskSlot,
  type WaitingTask,
} from '../domain/flow/task-slot.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, type Item, put, query, remove } from './db.ts';
import { absent, all, any, beginsWith, below, equals, equalsOrAbsent, exists } from './expression.ts';
import { TASK_SLOT_PREFIX, taskSlotKey, taskSlotsPartition, WAITING_TASK_PREFIX, waitingTaskKey } from './keys.ts';
import { toTtl } from './ttl.ts';

/** Lists the tenant's slots that a task holds or held, read consistently. */
export async function listTaskSlots(db: Db, tenant: TenantId): Promise<TaskSlot[]> {
  const key = all(equals('pk', taskSlotsPartition(tenant)), beginsWith('sk', TASK_SLOT_PREFIX));
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items.map(({ pk, sk, ttl, ...slot }) => ({ token: null, ...slot }) as unknown as TaskSlot);
}

/**
 * Takes a slot that no task holds.
 *
 * @returns `false` if another task took it meanwhile
 */
export async function takeTaskSlot(db: Db, tenant: TenantId, slot: TaskSlot, now: number): Promise<boolean> {
  return putSlot(db, tenant, slot, /* guard: task-slot.taken */ any(absent('pk'), below('until', now)));
}

/**
 * Replaces the holder, worker or expiry of a slot.
 *
 * @returns `false` if the slot changed since `seen` was read
 */
export async function replaceTaskSlot(db: Db, tenant: TenantId, seen: TaskSlot, next: TaskSlot): Promise<boolean> {
  return putSlot(db, tenant, next, heldAs(seen));
}

/** Frees a slot, unless it changed since `seen` was read. */
export async function freeTaskSlot(db: Db, tenant: TenantId, seen: TaskSlot): Promise<boolean> {
  return remove(db, db.tables.records, taskSlotKey(tenant, seen.number), heldAs(seen));
}

const heldAs = ({ holder, token }: TaskSlot) => all(equals('holder', holder), equalsOrAbsent('token', token));

function putSlot(db: Db, tenant: TenantId, slot: TaskSlot, condition: Parameters<typeof put>[3]): Promise<boolean> {
  const item = { ...taskSlotKey(tenant, slot.number), ...slot, ttl: toTtl(slot.until + DAY_MS) };
  return put(db, db.tables.records, item, condition);
}

/** Stores a task in the line of the tenant's waiting tasks; a repetition keeps its place. */
export async function putWaitingTask(db: Db, { task, slice, since }: WaitingTask): Promise<void> {
  const { tenant, ...run } = task.run;
  const item = { ...keyOf(task, since), ...run, index: task.index, slice, since };
  await put(db, db.tables.records, { ...item, ttl: toTtl(Date.parse(since) + SLOT_VALIDITY_MS + DAY_MS) });
}

/** Lists the tasks that have waited longest, read consistently. */
export async function listWaitingTasks(db: Db, tenant: TenantId, limit: number): Promise<WaitingTask[]> {
  const key = all(equals('pk', taskSlotsPartition(tenant)), beginsWith('sk', WAITING_TASK_PREFIX));
  const items = await query(db, db.tables.records, key, { consistent: true, limit });
  return items.map((item) => toWaitingTask(tenant, item));
}

function toWaitingTask(tenant: TenantId, { jobId, incarnation, ulid, index, slice, since }: Item): WaitingTask {
  return { task: { run: { tenant, jobId, incarnation, ulid }, index }, slice, since } as WaitingTask;
}

/** @returns `false` if the task no longer waits */
export async function removeWaitingTask(
  db: Db,
  { task, since }: Pick<WaitingTask, 'task' | 'since'>,
): Promise<boolean> {
  return remove(db, db.tables.records, keyOf(task, since), exists('pk'));
}

const keyOf = (task: TaskRef, since: string) => waitingTaskKey(task.run.tenant, since, slotHolder(task));
