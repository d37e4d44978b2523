import { describe, expect, it } from 'vitest';
import type { FlowTarget, HttpTarget, ScriptTarget, Target } from '../../../../../functions/core/domain/job.ts';
import type { Json } from '../../../../../functions/core/domain/json.ts';
import {
  applyInput,
  hashRunOptions,
  MAX_PAYLOAD_BYTES,
  MAX_PAYLOAD_DEPTH,
  NO_OPTIONS,
  payloadOf,
  type RunInput,
  validateRunInput,
} from '../../../../../functions/core/domain/run-input.ts';
import { httpTarget, scriptTarget } from '../../../../helpers/builders/executions.ts';

const script = scriptTarget('echo', ['job'], { MODE: 'part', REGION: 'eu' });
const post = httpTarget('https://example.com/hook', { method: 'POST' });
const flow = { type: 'flow' } as FlowTarget;
const validate = (input: RunInput, target: ScriptTarget | HttpTarget | FlowTarget = script) =>
  validateRunInput(input, target, { scriptsWithRole: ['uploader'] });

const nested = (depth: number): Json => (depth === 0 ? 'end' : [nested(depth - 1)]);
/** A payload whose JSON has this size. */
const sized = (bytes: number) => 'x'.repeat(bytes - 2);

describe('validateRunInput', () => {
  it.each<[string, RunInput, (ScriptTarget | HttpTarget | FlowTarget)?]>([
    ['a payload of the maximum size', { payload: sized(MAX_PAYLOAD_BYTES) }],
    ['a payload of the maximum depth', { payload: nested(MAX_PAYLOAD_DEPTH) }],
    ['a payload as the body of a request', { payload: [1] }, post],
    ['a payload for a flow', { payload: { day: '2026-03-02' } }, flow],
    ['a secret reference in a variable', { env: { TOKEN: '{{secret:token}}' }, mayMeetSecrets: true }],
    ['no arguments', { args: [] }],
  ])('accepts %s', (_, input, target) => {
    expect(() => validate(input, target)).not.toThrow();
  });

  it.each<[string, RunInput, string, (ScriptTarget | HttpTarget | FlowTarget)?]>([
    ['a deep payload', { payload: nested(MAX_PAYLOAD_DEPTH + 1) }, 'payload: must be nested at most 100 levels deep'],
    [
      'a payload for a job with a body',
      { payload: 1 },
      'payload: must be absent: the job has a body, http.body',
      { ...post, body: '{}' },
    ],
    [
      'a payload for a GET request',
      { payload: 1 },
      'payload: must be absent: it would be the body of a request, and http.method is GET',
      httpTarget('https://example.com/'),
    ],
    ['arguments of a request', { args: ['a'] }, "args: must be absent: the job's type is http", post],
    ['variables of a flow', { env: {} }, "env: must be absent: the job's type is flow", flow],
    ['a reserved variable', { env: { NODE_OPTIONS: '' } }, 'env.NODE_OPTIONS: is reserved for the platform'],
    ['a secret reference in an argument', { args: ['{{secret:a}}'] }, 'args[0]: must not refer to a secret'],
    [
      'a variable of AWS for a script with a role',
      { env: { AWS_REGION: 'x' } },
      "env.AWS_REGION: is reserved, because the script 'uploader' has a role",
      scriptTarget('uploader'),
    ],
    [
      'variables that are too long together with those of the job',
      { env: { A: 'x'.repeat(4_090) } },
      'env: must have at most 4096 bytes',
    ],
    [
      'arguments that are too long',
      { args: Array<string>(9).fill('x'.repeat(4_000)) },
      'args: must have at most 32768 bytes as JSON, with env',
    ],
  ])('rejects %s', (_, input, message, target) => {
    expect(() => validate(input, target)).toThrow(message);
  });

  it('rejects a payload that is too large, with a kind of its own', () => {
    const oversized = () => validate({ payload: sized(MAX_PAYLOAD_BYTES + 1) });

    expect(oversized).toThrow(
      expect.objectContaining({
        kind: 'too_large',
        message: 'payload: must have at most 262144 bytes as JSON, got 262145',
      }),
    );
  });

  it('rejects variables that meet a secret, of a caller who may not define the job', () => {
    const forbidden = expect.objectContaining({ kind: 'forbidden', code: 'input.secrets' });
    const withSecret = scriptTarget('echo', [], { TOKEN: '{{secret:token}}' });
    const [refers, besides] = [{ env: { TOKEN: '{{secret:token}}' } }, { env: { URL: 'https://example.com' } }];

    expect(() => validate(refers)).toThrow(forbidden);
    expect(() => validate(besides, withSecret)).toThrow(forbidden);
    expect(() => validate({ env: { TOKEN: 'own' } }, withSecret)).toThrow(forbidden);
    expect(() => validate({ ...besides, mayMeetSecrets: true }, withSecret)).not.toThrow();
    expect(() => validate({ payload: 1, args: [] }, withSecret)).not.toThrow();
  });

  it('counts bytes, not characters', () => {
    expect(() => validate({ payload: 'ä'.repeat(MAX_PAYLOAD_BYTES / 2) })).toThrow('payload: must have at most');
  });
});

describe('applyInput', () => {
  it('replaces the arguments of a script and adds its variables', () => {
    expect(applyInput(script, { args: ['run'], env: { MODE: 'full' } })).toEqual(
      scriptTarget('echo', ['run'], { MODE: 'full', REGION: 'eu' }),
    );
  });

  it('keeps what the input does not name', () => {
    expect(applyInput(script, { payload: 1 })).toEqual(script);
  });

  it('makes the payload the body of a request without one', () => {
    expect(applyInput(post, { payload: { a: 'ä' } })).toEqual({ ...post, body: '{"a":"ä"}' });
  });

  it.each([{ ...post, body: 'own' }, httpTarget('https://example.com/')])(
    'leaves a request whose job has got a body, or the method GET, since (%o)',
    (target) => {
      expect(applyInput(target, { payload: 1 })).toEqual(target);
    },
  );
});

describe('payloadOf', () => {
  const lambda: Target = { type: 'lambda', target: 'report', mode: 'sync', payload: { id: 1 } };
  const request = (body: string | null): Target => httpTarget('https://a.test', { method: 'POST', body });

  it.each<[string, Target, Json | undefined, Json | undefined]>([
    ['the default payload of a function', lambda, undefined, { id: 1 }],
    ['the payload of the run instead of the default one', lambda, { id: 2 }, { id: 2 }],
    ['nothing without a default payload', { ...lambda, payload: null }, undefined, undefined],
    ['the JSON in the body of a request, which a payload does not replace', request('{"id":1}'), { id: 2 }, { id: 1 }],
    ['nothing for a body that is no JSON', request('id=1'), undefined, undefined],
    ['the payload that is the body of a request', request(null), [3], [3]],
    ['the payload of a script', scriptTarget('echo'), 'x', 'x'],
  ])('returns %s', (_, target, payload, expected) => {
    expect(payloadOf(target, payload === undefined ? null : { payload })).toEqual(expected);
  });
});

describe('hashRunOptions', () => {
  it('differs if any part differs, and is undefined without options', () => {
    const hashes = [
      NO_OPTIONS,
      { ...NO_OPTIONS, input: { payload: 1 } },
      { ...NO_OPTIONS, input: { payload: '1' } },
      { ...NO_OPTIONS, tags: ['a'] },
      { ...NO_OPTIONS, note: 'a' },
    ].map((options) => hashRunOptions(options));
    const delays = [{ seconds: 1 }, { seconds: 2 }, { runAt: '2031-05-06T10:00:00.000Z' }];
    hashes.push(...delays.map((delay) => hashRunOptions(NO_OPTIONS, delay)));

    expect(hashes[0]).toBeUndefined();
    expect(new Set(hashes).size).toBe(8);
  });

  it('ignores the order of names, but not that of list elements', () => {
    const hashOf = (payload: Json) => hashRunOptions({ ...NO_OPTIONS, input: { payload } });

    const hash = hashOf({ a: 1, b: [{ c: 2, d: 3 }, 4] });

    expect(hashOf({ b: [{ d: 3, c: 2 }, 4], a: 1 })).toBe(hash);
    expect(hashOf({ a: 1, b: [4, { c: 2, d: 3 }] })).not.toBe(hash);
  });
});

it('leaves room for the field of the run in the input of a state machine', () => {
  const target = { type: 'stateMachine', target: 'order-flow', payload: null } as const;
  const input = (bytes: number) => ({ payload: { text: 'x'.repeat(bytes - '{"text":""}'.length) } });
  const validateSize = (bytes: number) => validateRunInput(input(bytes), target, { scriptsWithRole: [] });

  expect(() => validateSize(256 * 1024 - 512)).not.toThrow();
  expect(() => validateSize(256 * 1024)).toThrow(
    'must have at most 261632 bytes as JSON for a state machine, got 262144',
  );
});

it.each(['sync', 'async'] as const)('refuses a payload that names a run to a function in the mode %s', (mode) => {
  const target = { type: 'lambda', target: 'report', mode, payload: null } as const;
  const validatePayload = (payload: Json) => validateRunInput({ payload }, target, { scriptsWithRole: [] });

  expect(() => validatePayload({ jobdeck: { tenant: 'victim' } })).toThrow(
    "payload: must not have the field 'jobdeck', which names the run",
  );
  expect(() => validatePayload({ data: { jobdeck: 1 } })).not.toThrow();
  expect(() => validatePayload(['jobdeck'])).not.toThrow();
});
