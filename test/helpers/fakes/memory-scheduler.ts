import {
  ConflictException,
  type CreateScheduleCommandInput,
  type DeleteScheduleCommandInput,
  ResourceNotFoundException,
} from '@aws-sdk/client-scheduler';
import { nextFireTimes } from '../../../lib/local/scheduler/expression.ts';
import type { ScheduleRecord } from '../../../lib/local/scheduler/schedule.ts';

interface Entry {
  readonly input: CreateScheduleCommandInput;
  readonly madeAt: number;
  /** Epoch milliseconds of the next fire, or `undefined` if there is none. */
  next: number | undefined;
}

/** A fire of a schedule. */
export interface Fire {
  readonly at: number;
  /** The message that the schedule sends. */
  readonly body: string;
}

/** EventBridge Scheduler in memory: stores schedules and returns due fires. */
export class MemoryScheduler {
  readonly #entries = new Map<string, Entry>();

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Returns the input of the schedule's last write, or `undefined` if there is none. */
  inputOf(name: string): CreateScheduleCommandInput | undefined {
    return this.#entries.get(name)?.input;
  }

  /** @throws the errors of the SDK client */
  perform(name: string, input: unknown, now: number): unknown {
    const { Name = '' } = input as CreateScheduleCommandInput | DeleteScheduleCommandInput;
    const there = this.#entries.has(Name);
    switch (name) {
      case 'CreateScheduleCommand':
        if (there) throw new ConflictException({ Message: `Schedule ${Name} already exists.`, $metadata: {} } as never);
        this.#entries.set(Name, entryOf(input as CreateScheduleCommandInput, now));
        return {};
      case 'UpdateScheduleCommand':
        if (!there) throw notFound(Name);
        this.#entries.set(Name, entryOf(input as CreateScheduleCommandInput, now));
        return {};
      case 'DeleteScheduleCommand':
        if (!there) throw notFound(Name);
        this.#entries.delete(Name);
        return {};
      default:
        throw new Error(`MemoryScheduler does not support ${name}`);
    }
  }

  /** @returns the time of the next fire of any schedule, or `undefined` if there is none */
  next(): number | undefined {
    let next: number | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.next !== undefined) next = Math.min(next ?? entry.next, entry.next);
    }
    return next;
  }

  /** Returns the fires that became due since the last call. */
  take(now: number): readonly Fire[] {
    const fires: Fire[] = [];
    for (const entry of this.#entries.values()) {
      while (entry.next !== undefined && entry.next <= now) {
        const at = new Date(entry.next).toISOString().replace('.000Z', 'Z');
        fires.push({
          at: entry.next,
          body: (entry.input.Target?.Input ?? '').replace('<aws.scheduler.scheduled-time>', at),
        });
        entry.next = nextOf(entry.input, entry.madeAt, entry.next);
      }
    }
    return fires;
  }
}

const entryOf = (input: CreateScheduleCommandInput, now: number): Entry => ({
  input,
  madeAt: now,
  next: nextOf(input, now, now),
});

function nextOf(input: CreateScheduleCommandInput, madeAt: number, after: number): number | undefined {
  const seconds = (date: Date | undefined) => (date === undefined ? undefined : date.getTime() / 1_000);
  const record = {
    ScheduleExpression: input.ScheduleExpression,
    ScheduleExpressionTimezone: input.ScheduleExpressionTimezone,
    StartDate: seconds(input.StartDate),
    EndDate: seconds(input.EndDate),
    LastModificationDate: madeAt / 1_000,
  } as unknown as ScheduleRecord;
  return nextFireTimes(record, after, 1)[0];
}

const notFound = (name: string) =>
  new ResourceNotFoundException({ Message: `Schedule ${name} does not exist.`, $metadata: {} } as never);
