import { createHash, randomBytes } from 'node:crypto';
import { type AccessRequest, isAllowed, type Statement } from './policy.ts';

/** An IAM role from the template. */
export interface RoleDefinition {
  readonly arn: string;
  readonly trust: readonly Statement[];
  readonly statements: readonly Statement[];
}

/** The identity behind an access key: a role or an assumed-role session. */
interface Identity {
  readonly role: RoleDefinition;
  /** Other services than STS authorize the requests of this identity too. */
  readonly isRestricted: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Temporary credentials as AssumeRole returns them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Thrown when IAM denies a request. */
export class AccessDenied extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AccessDenied';
  }
}

/**
 * Local IAM: evaluates the policies of the template's roles.
 *
 * A request is identified by its access key alone: signatures are not verified and sessions do not expire. An access
 * key that this object did not issue belongs to the user of the machine and is unrestricted.
 */
export class LocalIam {
  readonly #roles: ReadonlyMap<string, RoleDefinition>;
  readonly #identities = new Map<string, Identity>();

  constructor(roles: readonly RoleDefinition[]) {
    this.#roles = new Map(roles.map((role) => [role.arn, role]));
  }

  /**
   * Returns the access key for functions that run as the role.
   *
   * @param isRestricted `false` for a function that has the role towards STS, and all permissions otherwise
   */
  accessKeyFor(roleArn: string, isRestricted = true): string {
    const key = `AKIA${createHash('sha256')
      .update(`${roleArn}${isRestricted ? '' : ' unrestricted'}`)
      .digest('hex')
      .slice(0, 16)
      .toUpperCase()}`;
    this.#identities.set(key, { role: this.#role(roleArn), isRestricted, tags: {} });
    return key;
  }

  /**
   * Opens a session of a role.
   *
   * @throws AccessDenied if the caller may not assume the role with these tags, or if the role does not trust the
   * caller
   */
  assumeRole(accessKeyId: string, roleArn: string, tags: Readonly<Record<string, string>>): SessionCredentials {
    const caller = this.#identities.get(accessKeyId);
    const role = this.#role(roleArn);
    const context = {
      ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, [value]])),
    };
    const isTagged = Object.keys(tags).length > 0;
    for (const action of ['sts:AssumeRole', ...(isTagged ? ['sts:TagSession'] : [])]) {
      this.authorize(accessKeyId, { action, resource: roleArn, context });
      const trust = role.trust.filter(({ principals }) => caller && principals.includes(caller.role.arn));
      if (!isAllowed(trust, { action, resource: roleArn, context })) {
        throw new AccessDenied(`${roleArn} does not trust ${caller?.role.arn ?? accessKeyId} with ${action}`);
      }
    }
    const random = (bytes: number) => randomBytes(bytes).toString('base64url');
    const keys = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: random(30),
      sessionToken: random(60),
    };
    this.#identities.set(keys.accessKeyId, { role, isRestricted: true, tags });
    return keys;
  }

  /** @returns whether requests with the access key need authorization */
  isKnown(accessKeyId: string | undefined): boolean {
    return accessKeyId !== undefined && this.#identities.get(accessKeyId)?.isRestricted === true;
  }

  /** @throws AccessDenied if the policies of the key's role do not allow the request */
  authorize(accessKeyId: string | undefined, request: AccessRequest): void {
    const identity = accessKeyId === undefined ? undefined : this.#identities.get(accessKeyId);
    if (!identity || (!identity.isRestricted && !request.action.startsWith('sts:'))) return;
    if (isAllowed(identity.role.statements, request, identity.tags)) return;
    const { role, tags } = identity;
    const session = Object.entries(tags).map(([key, value]) => ` for ${key} ${value}`);
    const details = Object.entries(request.context).map(([key, values]) => `, ${key} ${values.join(' ')}`);
    const deniedAction = `${request.action} on ${request.resource}${details.join('')}`;
    throw new AccessDenied(`${role.arn}${session.join('')} is not authorized to perform: ${deniedAction}`);
  }

  #role(roleArn: string): RoleDefinition {
    const role = this.#roles.get(roleArn);
    if (!role) throw new AccessDenied(`There is no role ${roleArn}`);
    return role;
  }
}

/** Extracts the access key id from a Signature Version 4 `Authorization` header. */
export function parseAccessKeyId(authorization: string | readonly string[] | undefined): string | undefined {
  return /Credential=([^/,\s]+)\//.exec(String(authorization ?? ''))?.[1];
}
