import './environment.ts';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createTokenVerifier } from '../../../functions/api/http/token-verifier.ts';
import type { VerifyToken } from '../../../functions/api/http/verify-token.ts';
import { JobdeckError } from '../../../functions/core/domain/errors.ts';
import { seededRandom } from '../../helpers/seeded-random.ts';
import type { Invocation } from './invocation.ts';
import type { Simulator } from './simulator.ts';

const MINUTE = 60_000;

interface Key {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const CONFIG = {
  issuer: 'https://issuer.test',
  audience: 'jobdeck',
  jwksUri: 'https://issuer.test/jwks.json',
  tenantClaim: 'tenant',
  rolesClaim: 'roles',
};

const newKey = (kid: string): Key => ({ kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });

/**
 * The issuer of the users' tokens. It rotates its keys and is unreachable during outages. Each simulated API process
 * caches the keys for itself.
 */
export class SimulatedIssuer {
  /** Violations found while the simulation runs. */
  readonly observedViolations: string[] = [];
  readonly #simulator: Simulator;
  readonly #random: () => number;
  readonly #keys: Key[] = [newKey('key-0')];
  readonly #forger = newKey('key-0');
  /** Verifiers of idle API processes. */
  readonly #idle: VerifyToken[] = [];
  #rotatesAt: number;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#random = seededRandom(simulator.seed * 7 + 8);
    this.#rotatesAt = simulator.now + Math.floor((1 + 5 * this.#random()) * MINUTE);
    simulator.fetch = (invocation) => this.#answer(invocation);
  }

  /** Verifies a token of the tenant, then runs `work` as the request's handler. */
  async handle(tenant: string, work: () => Promise<unknown>): Promise<unknown> {
    const verify = this.#idle.pop() ?? createTokenVerifier(CONFIG);
    if (this.#random() < 0.15) await this.#refuse(verify, tenant);
    const caller = await verify(this.#token(tenant, this.#newest()));
    if (caller.tenant !== tenant) this.observedViolations.push(`a token of ${tenant} is accepted for ${caller.tenant}`);
    // A crashed process loses its key cache: its verifier is not returned to the pool.
    return work().finally(() => this.#idle.push(verify));
  }

  /** Checks that each idle process accepts a current token and rejects a forged one. Call it after the outages. */
  async violations(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const verify of this.#idle) {
      const token = this.#token('acme', this.#newest());
      await verify(token).catch((error: unknown) => found.push(`a valid token is rejected: ${String(error)}`));
      await this.#refuse(verify, 'acme');
    }
    return [...found, ...this.observedViolations];
  }

  /** Checks that a token with a forged signature is rejected. */
  async #refuse(verify: VerifyToken, tenant: string): Promise<void> {
    const kid = this.#random() < 0.5 ? this.#forger.kid : 'unknown-key';
    try {
      await verify(this.#token(tenant, { ...this.#forger, kid }));
    } catch (error) {
      if (error instanceof JobdeckError && error.code.startsWith('auth.')) return;
      throw error;
    }
    this.observedViolations.push(`a forged token of ${tenant} is accepted`);
  }

  #newest(): Key {
    if (this.#simulator.now >= this.#rotatesAt) {
      this.#rotatesAt = this.#simulator.now + Math.floor((1 + 5 * this.#random()) * MINUTE);
      this.#keys.push(newKey(`key-${this.#keys.length}`));
      this.#simulator.countFault('key rotated');
    }
    return this.#keys.at(-1) as Key;
  }

  #token(tenant: string, { kid, privateKey }: Key): string {
    const now = Math.floor(this.#simulator.now / 1_000);
    const claims = {
      iss: CONFIG.issuer,
      aud: CONFIG.audience,
      sub: 'ana',
      tenant,
      roles: ['OWNER'],
      iat: now,
      exp: now + 3_600,
    };
    const text = [{ alg: 'ES256', kid }, claims].map(encoded).join('.');
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  /** Responds with the current and the previous key after a delay, or fails during an outage. */
  #answer(invocation: Invocation): Promise<Response> {
    const { tenant } = invocation.spec;
    const spared = tenant !== undefined && this.#simulator.isControlTenant(tenant);
    return new Promise((resolve, reject) => {
      invocation.timer(
        () => {
          if (!spared && this.#simulator.faults.isIssuerDown(this.#simulator.now)) {
            this.#simulator.countFault('issuer down');
            reject(new TypeError('fetch failed'));
            return;
          }
          const keys = this.#keys.slice(-2).map(({ kid, publicKey }) => {
            return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
          });
          resolve({ ok: true, json: async () => ({ keys }) } as Response);
        },
        5 + Math.floor(this.#random() * 100),
        false,
      );
    });
  }
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
