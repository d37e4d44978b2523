export type { DateFilter } from './date-filter.ts';
export { MAX_EXPRESSION_LENGTH as MAX_EXPRESSION, toEventBridge } from './eventbridge.ts';
export {
  assertFires as requireFire,
  type FiresBetween,
  firesBetween,
  type NextFires,
  nextFire,
  nextFires,
  type PreviousFire,
  previousFire,
  type ScheduleContext,
  type Time,
} from './fires.ts';
export { minimumIntervalMs } from './interval.ts';
export { jitterMs } from './jitter.ts';
export { parseSchedule } from './parse.ts';
export { registrationStart } from './registration-start.ts';
export {
  extendTimetable,
  findScheduleAt,
  isOnSelectedDate,
  nextTick,
  nextTicks,
  previousTick,
  type Timetable,
  type TimetableEntry,
  ticksBetween,
} from './timetable.ts';
export { findTimezone, isTimezone } from './timezone-names.ts';
export type { AtSchedule, CronSchedule, RateSchedule, Schedule } from './types.ts';
