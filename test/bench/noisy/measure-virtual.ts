import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import { Victim, type VictimTimes } from './victim.ts';
import { CONTROL, VIRTUAL_ATTACKS } from './virtual-attacks.ts';
import { VirtualServices } from './virtual-services.ts';
import { type Answer, VirtualStage } from './virtual-stage.ts';
import { VirtualTenant } from './virtual-tenant.ts';

const MINUTE_MS = 60_000;
/** Time in which an attack runs before the measurement, and time of the measurement. */
const [WARM_UP_MS, MEASURED_MS] = [MINUTE_MS, 2 * MINUTE_MS];
/** Time after which an event that has not happened is given up. */
const PATIENCE_MS = 20 * MINUTE_MS;

/** The times of a tenant beside an attack, in virtual time. */
export interface VirtualFigures extends VictimTimes {
  /** Everything that the tenant waited for has happened. */
  readonly isComplete: boolean;
  /** Maximum number of execution environments at the same time. */
  readonly environments: number;
  /** Maximum number of requests a second that flows sent to a host. */
  readonly hostRequests: number;
  /** Functions that exceeded their timeouts. */
  readonly timedOut: readonly string[];
}

/**
 * Measures a tenant beside an attack.
 *
 * @param name of the attack. @defaultValue the tenant is alone
 */
export async function measureVirtual(name?: string): Promise<VirtualFigures> {
  const attack = [...VIRTUAL_ATTACKS, CONTROL].find((other) => other.name === name);
  if (name !== undefined && !attack) throw new Error(`there is no attack ${name}`);
  let services: VirtualServices | undefined;
  const stage = new VirtualStage((created) => {
    services = new VirtualServices(created);
    return services;
  }, attack?.settings);
  if (!services) throw new Error('the stage has no services');
  const attacker = new VirtualTenant(stage, parseTenantId('attacker') as TenantId);
  const victim = new Victim(stage, services, new VirtualTenant(stage, parseTenantId('victim') as TenantId));
  await finish(stage, victim.prepare());
  if (attack?.prepare)
    await finish(
      stage,
      stage.request(async () => attack.prepare?.(stage, attacker)),
    );
  const until = stage.now + WARM_UP_MS + MEASURED_MS;
  attack?.start?.(stage, attacker, until);
  await stage.runUntil(stage.now + WARM_UP_MS);
  victim.use(until);
  await stage.runUntil(until);
  await stage.runUntil(until + PATIENCE_MS, () => victim.isDone);
  return {
    ...victim.times,
    isComplete: victim.isDone,
    environments: stage.maximumInvocations,
    hostRequests: services.maximumRequestRate,
    timedOut: stage.timedOut,
  };
}

/** Runs the stage until a promise of its tenants is settled. */
async function finish(stage: VirtualStage, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const ended = work.then((answer) => {
    isDone = true;
    const { error } = (answer ?? {}) as Partial<Extract<Answer<unknown>, { error: unknown }>>;
    if (error !== undefined) throw error;
  });
  ended.catch(() => {
    isDone = true;
  });
  await stage.runUntil(stage.now + PATIENCE_MS, () => isDone);
  await ended;
}
