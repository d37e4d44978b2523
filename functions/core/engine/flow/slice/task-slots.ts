import { randomUUID } from 'node:crypto';
import {
  freeSlots,
  PASSED_SLOT_VALIDITY_MS,
  SLOT_VALIDITY_MS,
  slotHolder,
  type TaskRef,
  type TaskSlot,
} from '../../../domain/flow/task-slot.ts';
import type { TenantId } from '../../../domain/tenant.ts';
import type { Platform } from '../../../platform/platform.ts';
import { getLimits } from '../../../store/limits.ts';
import {
  freeTaskSlot,
  listTaskSlots,
  listWaitingTasks,
  removeWaitingTask,
  replaceTaskSlot,
  takeTaskSlot,
} from '../../../store/task-slots.ts';

type SlotPlatform = Pick<Platform, 'db' | 'queues' | 'now' | 'random' | 'defaultLimits'>;

/** Waiting tasks that are read at once. Those of ended runs are dropped by their workers. */
const WAITING_BATCH = 10;

/**
 * Takes one of the tenant's slots for a task, or the slot that was passed to it.
 *
 * @returns `undefined` if all slots are taken
 */
export async function acquireTaskSlot(
  { db, now, random }: SlotPlatform,
  task: TaskRef,
  limit: number,
): Promise<TaskSlot | undefined> {
  const { tenant } = task.run;
  const holder = slotHolder(task);
  const mine = { holder, token: randomUUID(), until: now() + SLOT_VALIDITY_MS };
  const slots = await listTaskSlots(db, tenant);
  const own = slots.find((slot) => slot.holder === holder && slot.until > now());
  if (own) {
    const slot = { ...own, ...mine };
    return (await replaceTaskSlot(db, tenant, own, slot)) ? slot : undefined;
  }
  const free = [...freeSlots(slots, limit, now())];
  while (free.length > 0) {
    // Workers that start at the same time choose different slots.
    const [number = 0] = free.splice(Math.floor(random() * free.length), 1);
    const slot = { number, ...mine };
    if (await takeTaskSlot(db, tenant, slot, now())) return slot;
  }
  return undefined;
}

/**
 * Passes a slot to the task that has waited longest, or frees it. Does nothing if another worker has taken it over. A task
 * leaves the line after its message was sent, so that a crash does not cost its place.
 */
export async function releaseTaskSlot(platform: SlotPlatform, tenant: TenantId, slot: TaskSlot): Promise<void> {
  const { db, defaultLimits } = platform;
  const line = await listWaitingTasks(db, tenant, WAITING_BATCH);
  const { concurrentTasks } = await getLimits(db, tenant, defaultLimits);
  let held = slot;
  for (const waiting of /* guard: task-slot.lowered-limit */ slot.number < concurrentTasks ? line : []) {
    const passed = { ...held, ...passedTo(waiting.task, platform.now()) };
    if (!(await replaceTaskSlot(db, tenant, held, passed))) return;
    held = passed;
    await platform.queues.sendSlice(waiting.task.run, waiting.task.index, waiting.slice);
    // A concurrent process may have given the task a slot.
    if (await removeWaitingTask(db, waiting)) return;
  }
  if (!(await freeTaskSlot(db, tenant, held))) return;
  // A task may have begun to wait before the slot was free.
  // guard: task-slot.recheck
  await admitWaitingTasks(platform, tenant);
}

/** Releases the slots that lost workers or ended tasks of a tenant hold, if any. */
export async function releaseSlotsOfTasks(
  platform: SlotPlatform,
  tenant: TenantId,
  tasks: readonly TaskRef[],
): Promise<void> {
  for (const { slot } of await listSlotsOfTasks(platform, tenant, tasks)) await releaseTaskSlot(platform, tenant, slot);
}

/**
 * Lets the slot of a worker that has lost its task expire with its former lease. A live worker releases the slot before;
 * until then it counts against the limit.
 *
 * @param until end of the lease, ISO 8601
 */
export async function expireTaskSlot(
  { db }: SlotPlatform,
  tenant: TenantId,
  slot: TaskSlot,
  until: string,
): Promise<void> {
  await replaceTaskSlot(db, tenant, slot, { ...slot, until: Math.min(slot.until, Date.parse(until)) });
}

/** Lists the slots that the tasks of a tenant hold. Costs no read without tasks. */
export async function listSlotsOfTasks<Ref extends TaskRef>(
  { db }: SlotPlatform,
  tenant: TenantId,
  tasks: readonly Ref[],
): Promise<readonly { readonly slot: TaskSlot; readonly task: Ref }[]> {
  if (tasks.length === 0) return [];
  const holders = new Map(tasks.map((task) => [slotHolder(task), task]));
  return (await listTaskSlots(db, tenant)).flatMap((slot) => {
    const task = holders.get(slot.holder);
    return task ? [{ slot, task }] : [];
  });
}

/** Gives the free slots of a tenant to the tasks that have waited longest. */
export async function admitWaitingTasks(platform: SlotPlatform, tenant: TenantId): Promise<void> {
  const { db, now } = platform;
  const waiting = await listWaitingTasks(db, tenant, WAITING_BATCH);
  if (waiting.length === 0) return;
  const [slots, { concurrentTasks }] = await Promise.all([
    listTaskSlots(db, tenant),
    getLimits(db, tenant, platform.defaultLimits),
  ]);
  const free = freeSlots(slots, concurrentTasks, now());
  for (const [i, number] of free.slice(0, waiting.length).entries()) {
    const next = waiting[i];
    const slot = next && { number, ...passedTo(next.task, now()) };
    if (!next || !slot || !(await takeTaskSlot(db, tenant, slot, now()))) continue;
    await platform.queues.sendSlice(next.task.run, next.task.index, next.slice);
    // A concurrent process may have given the task a slot.
    if (!(await removeWaitingTask(db, next))) await freeTaskSlot(db, tenant, slot);
  }
}

const passedTo = (task: TaskRef, now: number) => ({
  holder: slotHolder(task),
  token: null,
  until: now + PASSED_SLOT_VALIDITY_MS,
});
