import { createHmac } from 'node:crypto';
import type { HookScheme } from '../../../functions/core/domain/hook.ts';

/** Secrets of signed schemes, as their senders show them. */
export const HOOK_SECRETS = {
  standard: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  github: "It's a Secret to Everybody",
  stripe: 'whsec_4eC39HqLyjWDarjtT1zdp7dc',
  slack: '8f742231b10e8888abcd99yyyzzz85a5',
} as const;

export interface Delivery {
  readonly scheme: HookScheme;
  readonly body: string;
  /** Epoch milliseconds of the signature. */
  readonly now: number;
  /** Id of the delivery, if the scheme has a header for one. */
  readonly id?: string;
  readonly secret?: string;
}

/** Returns the headers with which a sender signs a delivery. Written from the senders' documents, not from the verifier. */
export function signedHeaders({ scheme, body, now, id = 'msg_1', ...rest }: Delivery): Record<string, string> {
  const seconds = String(Math.floor(now / 1_000));
  const sign = (key: string | Buffer, text: string, encoding: 'hex' | 'base64') =>
    createHmac('sha256', key).update(text).digest(encoding);
  const secret = rest.secret ?? (scheme === 'none' ? '' : HOOK_SECRETS[scheme]);
  switch (scheme) {
    case 'none':
      return {};
    case 'standard': {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      const signature = sign(key, `${id}.${seconds}.${body}`, 'base64');
      return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
    }
    case 'github':
      return { 'x-github-delivery': id, 'x-hub-signature-256': `sha256=${sign(secret, body, 'hex')}` };
    case 'stripe':
      return { 'stripe-signature': `t=${seconds},v1=${sign(secret, `${seconds}.${body}`, 'hex')}` };
    case 'slack': {
      const signature = `v0=${sign(secret, `v0:${seconds}:${body}`, 'hex')}`;
      return { 'x-slack-request-timestamp': seconds, 'x-slack-signature': signature };
    }
  }
}
