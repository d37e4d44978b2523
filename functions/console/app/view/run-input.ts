import { parseExactJson } from '../../../core/domain/exact-json.ts';
import type { Run } from '../api/types.ts';
import type { FieldErrors } from './form-errors.ts';

/** The fields of the dialog that starts a run with an input. Lists are text with one entry per line. */
export interface RunInputForm {
  readonly payload: string;
  readonly args: string;
  readonly env: string;
  readonly tags: string;
  readonly note: string;
  /** 1–5; empty for the priority of the job. */
  readonly priority: string;
  /** Empty for the expiry of the job. */
  readonly expires_in_s: string;
}

export const EMPTY_INPUT: RunInputForm = {
  payload: '',
  args: '',
  env: '',
  tags: '',
  note: '',
  priority: '',
  expires_in_s: '',
};

/** The priority of runs for which none was requested. */
const DEFAULT_PRIORITY = 3;

/** The body of a trigger. */
export interface RunInputBody {
  readonly payload?: unknown;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  readonly note?: string;
  readonly priority?: number;
  readonly expires_in_s?: number;
}

type InputOfRun = Pick<Run, 'payload' | 'args' | 'env' | 'tags' | 'note' | 'priority'>;

/** Returns the form with the input of a run. */
export const formFromRun = ({ payload, args, env, tags, note, priority }: InputOfRun): RunInputForm => ({
  payload: payload === null ? '' : JSON.stringify(payload, null, 2),
  args: (args ?? []).join('\n'),
  env: Object.entries(env ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('\n'),
  tags: tags.join('\n'),
  note: note ?? '',
  priority: priority === null || priority === DEFAULT_PRIORITY ? '' : String(priority),
  expires_in_s: '',
});

/** Returns the body that repeats the input of a run; `undefined` if it has none. */
export function bodyFromRun({ payload, args, env, tags, note, priority }: InputOfRun): RunInputBody | undefined {
  const body = {
    ...(payload !== null && { payload }),
    ...(args && { args }),
    ...(env && { env }),
    ...(tags.length > 0 && { tags }),
    ...(note !== null && { note }),
    ...(priority !== null && priority !== DEFAULT_PRIORITY && { priority }),
  };
  return Object.keys(body).length > 0 ? body : undefined;
}

/** Returns the errors of fields that cannot be sent; the API validates the rest. */
export function validateInput({ payload, env, expires_in_s }: RunInputForm): FieldErrors<keyof RunInputForm> {
  const isWrong = linesOf(env).find((line) => line.indexOf('=') < 1);
  return {
    ...(findJsonFault(payload) !== undefined && { payload: findJsonFault(payload) }),
    ...(isWrong !== undefined && { env: `Each line must have the form NAME=value, got "${isWrong}"` }),
    ...(!/^\s*\d*\s*$/.test(expires_in_s) && { expires_in_s: `Must be a number of seconds, got "${expires_in_s}"` }),
  };
}

/** Converts a form without errors. A number that a double would round is sent as it was typed. */
export function bodyFromForm(form: RunInputForm): RunInputBody | undefined {
  const { payload, args, env, tags, note, priority, expires_in_s } = form;
  const body = {
    ...bodyFromRun({
      payload: payload.trim() === '' ? null : parseExactJson(payload),
      args: args === '' ? null : linesOf(args),
      env: env.trim() === '' ? null : Object.fromEntries(linesOf(env).map(parsePair)),
      tags: linesOf(tags).map((tag) => tag.trim()),
      note: note.trim() === '' ? null : note,
      priority: null,
    }),
    ...(priority !== '' && { priority: Number(priority) }),
    ...(expires_in_s.trim() !== '' && { expires_in_s: Number(expires_in_s) }),
  };
  return Object.keys(body).length > 0 ? body : undefined;
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

function parsePair(line: string): readonly [name: string, value: string] {
  const at = line.indexOf('=');
  return [line.slice(0, at).trim(), line.slice(at + 1)];
}

function findJsonFault(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    parseExactJson(text);
    return undefined;
  } catch (error) {
    return `Must be JSON: ${(error as Error).message}`;
  }
}
