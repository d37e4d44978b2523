import type { Clock } from '../support/clock.ts';

/**
 * Makes `new Date()`, `Date()` and `Date.now()` of this thread return the clock's time. Parsing, explicit arguments,
 * `instanceof` and `constructor` are unchanged.
 */
export function shiftDate(clock: Clock): void {
  const RealDate = globalThis.Date;
  const now = () => clock.now();
  const ShiftedDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length > 0 ? args : [clock.now()], newTarget) as Date,
    apply: () => new RealDate(clock.now()).toString(),
    get: (target, property, receiver) => (property === 'now' ? now : Reflect.get(target, property, receiver)),
  });
  Object.defineProperty(RealDate.prototype, 'constructor', { value: ShiftedDate, writable: true, configurable: true });
  globalThis.Date = ShiftedDate;
}
