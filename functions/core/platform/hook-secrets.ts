import type { Hook } from '../domain/hook.ts';
import { type Envelope, SecretDamagedError, SecretUnavailableError } from '../domain/secret.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Open, Seal, SecretPlace } from './envelope.ts';

/** Encrypts and decrypts the secrets with which senders sign requests to hooks. */
export interface HookSecrets {
  /** @throws SecretUnavailableError */
  seal(tenant: TenantId, hookId: string, secret: string): Promise<Envelope>;
  /**
   * @returns `undefined` if the hook has no secret
   * @throws SecretUnavailableError, SecretDamagedError
   */
  open(hook: Pick<Hook, 'tenant' | 'id' | 'secret'>): Promise<string | undefined>;
}

const placeOf = (tenant: TenantId, name: string): SecretPlace => ({ tenant, use: 'hook-secret', name });
const LABEL = 'the secret of the hook';

/** Creates the access to secrets of hooks; call it once per execution environment and credentials. */
export function createHookSecrets({ seal, open }: { readonly seal: Seal; readonly open: Open }): HookSecrets {
  const unavailable = (cause: unknown): never => {
    throw new SecretUnavailableError(LABEL, cause);
  };
  return {
    seal: (tenant, hookId, secret) => seal(placeOf(tenant, hookId), secret).catch(unavailable),
    async open({ tenant, id, secret }) {
      if (!secret) return undefined;
      const value = await open(placeOf(tenant, id), secret).catch(unavailable);
      if (value === undefined) throw new SecretDamagedError(LABEL, `PATCH /hooks/${id} sets it again`);
      return value;
    },
  };
}
