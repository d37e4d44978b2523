import { describe, expect, it } from 'vitest';
import type { HookScheme } from '../../../../../functions/core/domain/hook.ts';
import { deliveryIdOf, verifySignature } from '../../../../../functions/core/domain/hook-signature.ts';
import { HOOK_SECRETS, signedHeaders } from '../../../../helpers/builders/webhooks.ts';

type SignedScheme = Exclude<HookScheme, 'none'>;
type Headers = Record<string, string | undefined>;

const bytes = (text: string) => Buffer.from(text);

/** The examples of the senders' documents. */
const PUBLISHED: readonly (readonly [SignedScheme, string, Headers, string, number])[] = [
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  [
    'github',
    "It's a Secret to Everybody",
    { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
    'Hello, World!',
    0,
  ],
  // https://docs.slack.dev/authentication/verifying-requests-from-slack
  [
    'slack',
    '8f742231b10e8888abcd99yyyzzz85a5',
    {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar' +
      '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com' +
      '%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a1' +
      '4d10d2c447fce8b6703c',
    1_531_420_618_000,
  ],
  // https://github.com/standard-webhooks/standard-webhooks: the vector of the reference libraries
  [
    'standard',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    '{"test": 2432232314}',
    1_614_265_330_000,
  ],
];

const NOW = 1_790_000_000_000;
const SCHEMES = ['standard', 'github', 'stripe', 'slack'] as const;

const signed = (scheme: SignedScheme, body: string, now = NOW) => signedHeaders({ scheme, body, now });
const verify = (scheme: SignedScheme, headers: Headers, body: string | Uint8Array, now = NOW) =>
  verifySignature(scheme, HOOK_SECRETS[scheme], { headers, body: typeof body === 'string' ? bytes(body) : body }, now);

describe('verifySignature', () => {
  it.each(PUBLISHED)('accepts the published example of %s', (scheme, secret, headers, body, now) => {
    expect(() => verifySignature(scheme, secret, { headers, body: bytes(body) }, now)).not.toThrow();
    expect(() => verifySignature(scheme, `A${secret}`, { headers, body: bytes(body) }, now)).toThrow('signature');
  });

  it.each(SCHEMES)('rejects every changed byte of a body by %s', (scheme) => {
    const body = bytes('{"a":"é"}');
    const headers = signed(scheme, '{"a":"é"}');

    expect(() => verify(scheme, headers, body)).not.toThrow();
    for (let i = 0; i < body.length; i++) {
      const changed = Uint8Array.from(body, (byte, at) => (at === i ? byte ^ 1 : byte));
      expect(() => verify(scheme, headers, changed), String(i)).toThrow('must be the signature of the body');
    }
  });

  it.each(SCHEMES)('rejects a signature by %s without one of its headers', (scheme) => {
    const headers = signed(scheme, '{}');
    for (const name of Object.keys(headers).filter((one) => one !== 'x-github-delivery')) {
      const { [name]: _, ...rest } = headers;
      expect(() => verify(scheme, rest, '{}'), name).toThrow(`${name}: is required`);
    }
  });

  it.each(['standard', 'stripe', 'slack'] as const)(
    'rejects a signature by %s of more than 5 minutes ago',
    (scheme) => {
      const headers = signed(scheme, '{}');

      for (const ms of [-300_000, 300_000]) expect(() => verify(scheme, headers, '{}', NOW + ms)).not.toThrow();
      for (const ms of [-301_000, 301_000]) {
        expect(() => verify(scheme, headers, '{}', NOW + ms)).toThrow(
          /must have a time within 300 s of now, got 17900/,
        );
      }
    },
  );

  it.each(['', 'x', '-1', '1e9', '1 '])('rejects the time %j', (time) => {
    const headers = { ...signed('slack', '{}'), 'x-slack-request-timestamp': time };

    expect(() => verify('slack', headers, '{}')).toThrow(/^x-slack-request-timestamp: (is required|must have a time)/);
    expect(() => verify('stripe', { 'stripe-signature': `t=${time},v1=00` }, '{}')).toThrow(/must have a time/);
  });

  it('accepts one valid signature among several', () => {
    const standard = signed('standard', '{}');
    const several = `v1a,AAAA v1,AAAA ${standard['webhook-signature']} v2,x`;
    const stripe = signed('stripe', '{}')['stripe-signature']?.split(',') ?? [];

    expect(() => verify('standard', { ...standard, 'webhook-signature': several }, '{}')).not.toThrow();
    expect(() => verify('stripe', { 'stripe-signature': `${stripe[0]},v1=00,${stripe[1]},v0=11` }, '{}')).not.toThrow();
  });

  it('rejects a signature in another form', () => {
    const [standard, github] = [signed('standard', '{}'), signed('github', '{}')];
    const bare = (text = '') => text.replace(/^(v1,|sha256=)/, '');

    for (const signature of [bare(standard['webhook-signature']), `v2,${bare(standard['webhook-signature'])}`, 'v1,']) {
      expect(() => verify('standard', { ...standard, 'webhook-signature': signature }, '{}')).toThrow('signature');
    }
    const hex = bare(github['x-hub-signature-256']);
    for (const signature of [hex, `sha1=${hex}`, `sha256=${hex.toUpperCase()}`, `sha256=${hex.slice(1)}`]) {
      expect(() => verify('github', { 'x-hub-signature-256': signature }, '{}')).toThrow('signature');
    }
  });
});

describe('deliveryIdOf', () => {
  const idOf = (scheme: HookScheme, headers: Headers, payload: unknown = {}, body = '{}') =>
    deliveryIdOf(scheme, { headers, body: bytes(body) }, payload);

  it('returns the id of the sender', () => {
    expect(idOf('none', {})).toBeUndefined();
    expect(idOf('none', { 'idempotency-key': 'a' })).toBe('a');
    expect(idOf('standard', { 'webhook-id': 'msg_1' })).toBe('msg_1');
    expect(idOf('github', { 'x-github-delivery': '72d3162e' })).toBe('72d3162e');
    expect(idOf('stripe', {}, { id: 'evt_1' })).toBe('evt_1');
    expect(idOf('slack', {}, { event_id: 'Ev1' })).toBe('Ev1');
  });

  it('returns a hash of the signed content if the sender gives no id', () => {
    const at = (time: string) => ({ 'x-slack-request-timestamp': time });

    expect(idOf('slack', at('1'), 'text', 'a=1')).toMatch(/^sha256:.{43}$/);
    expect(idOf('slack', at('1'), {}, 'a=1')).toBe(idOf('slack', at('1'), null, 'a=1'));
    expect(idOf('slack', at('1'), {}, 'a=1')).not.toBe(idOf('slack', at('2'), {}, 'a=1'));
    expect(idOf('slack', at('1'), {}, 'a=1')).not.toBe(idOf('slack', at('1'), {}, 'a=2'));
    expect(idOf('github', {}, {}, 'a')).not.toBe(idOf('github', {}, {}, 'b'));
    expect(idOf('stripe', { 'stripe-signature': 'a' }, { id: 5 })).not.toBe(
      idOf('stripe', { 'stripe-signature': 'b' }),
    );
    expect(idOf('stripe', {}, Object.create({ id: 'inherited' }))).toMatch(/^sha256:/);
  });

  it('returns a hash of a long id', () => {
    expect(idOf('standard', { 'webhook-id': 'x'.repeat(10_000) })).toMatch(/^sha256:.{43}$/);
  });
});
