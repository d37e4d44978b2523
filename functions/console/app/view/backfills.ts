import type { Backfill } from '../api/types.ts';
import type { FieldErrors } from './form-errors.ts';
import { pluralize } from './format.ts';
import { bodyFromForm, EMPTY_INPUT, type RunInputForm, validateInput } from './run-input.ts';

/** The fields of the dialog that starts a backfill. */
export interface BackfillForm extends Pick<RunInputForm, 'payload' | 'tags' | 'note'> {
  /** ISO 8601 with a time zone. */
  readonly from: string;
  readonly to: string;
  readonly order: string;
  readonly concurrency: string;
}

/** Form with the range of the last full 24 hours. */
export const emptyBackfill = (now: number): BackfillForm => ({
  from: toMinute(now - 86_400_000),
  to: toMinute(now),
  order: 'asc',
  concurrency: '1',
  payload: '',
  tags: '',
  note: '',
});

const toMinute = (time: number) => new Date(time).toISOString().replace(/:\d\d\.\d+Z$/, ':00Z');

/** Returns the errors of fields that cannot be sent; the API validates the rest. */
export function validateBackfill(form: BackfillForm): FieldErrors<keyof BackfillForm> {
  const { payload } = validateInput({ ...EMPTY_INPUT, payload: form.payload });
  return {
    ...(form.from.trim() === '' && { from: 'This field is required.' }),
    ...(form.to.trim() === '' && { to: 'This field is required.' }),
    ...(!/^\s*\d+\s*$/.test(form.concurrency) && { concurrency: `Must be a number, got "${form.concurrency}"` }),
    ...(payload !== undefined && { payload }),
  };
}

/** Converts a form without errors to the body of `POST /jobs/{id}/backfills`. */
export const toBackfillBody = ({ from, to, order, concurrency, payload, tags, note }: BackfillForm) => ({
  from: from.trim(),
  to: to.trim(),
  order,
  concurrency: Number(concurrency),
  ...bodyFromForm({ ...EMPTY_INPUT, payload, tags, note }),
});

type State = Backfill['state'];

/** Labels of the states, and the run statuses whose colors they have. */
export const BACKFILL_LABELS: Readonly<Record<State, readonly [name: string, color: string]>> = {
  running: ['Running', 'running'],
  paused: ['Paused', 'pending'],
  completed: ['Completed', 'ok'],
  canceled: ['Canceled', 'canceled'],
};

/** @returns whether the backfill may still start runs */
export const isOpen = ({ state }: Pick<Backfill, 'state'>): boolean => state === 'running' || state === 'paused';

/** @returns whether the counts of the backfill may change */
export const isChanging = ({ state, active }: Pick<Backfill, 'state' | 'active'>): boolean =>
  state === 'running' || active > 0;

/** Describes the progress, for example `7 of 30 ended, 1 failed, 2 active`. */
export function describeProgress({ total, done, failed, canceled, active }: Backfill): string {
  const parts = [
    `${done + failed + canceled} of ${pluralize(total, 'run')} ended`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(canceled > 0 ? [`${canceled} canceled`] : []),
    ...(active > 0 ? [`${active} active`] : []),
  ];
  return parts.join(', ');
}
