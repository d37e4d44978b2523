import { createHash, randomBytes } from 'node:crypto';
import { type AccessRequest, isAllowed, type Statement } from './policy.ts';

/** A role of the template. */
export interface RoleDefinition {
  readonly arn: string;
  readonly trust: readonly Statement[];
  readonly statements: readonly Statement[];
}

/** Who a request is from: a role, or a session of one. */
interface Identity {
  readonly role: RoleDefinition;
  readonly tags: Readonly<Record<string, string>>;
}

/** Credentials of a session, as STS gives them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What IAM does not let somebody do. */
export class AccessDenied extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AccessDenied';
  }
}

/**
 * IAM on this machine: the roles of the template, and what their policies allow. A request is its access key's; that it
 * was signed with the secret is not checked, and sessions do not end. Access keys that are not given out here belong to
 * whoever runs the machine, who may do everything.
 */
export class LocalIam {
  readonly #roles: ReadonlyMap<string, RoleDefinition>;
  readonly #identities = new Map<string, Identity>();

  constructor(roles: readonly RoleDefinition[]) {
    this.#roles = new Map(roles.map((role) => [role.arn, role]));
  }

  /** The access key of a function that runs as this role. */
  accessKeyFor(roleArn: string): string {
    const key = `AKIA${createHash('sha256').update(roleArn).digest('hex').slice(0, 16).toUpperCase()}`;
    this.#identities.set(key, { role: this.#role(roleArn), tags: {} });
    return key;
  }

  /** @throws AccessDenied unless the key's role may assume the other with these tags, and the other trusts it */
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
    this.#identities.set(keys.accessKeyId, { role, tags });
    return keys;
  }

  /** Whether the key was given out here: what another asks for need not be looked at. */
  isKnown(accessKeyId: string | undefined): boolean {
    return accessKeyId !== undefined && this.#identities.has(accessKeyId);
  }

  /** @throws AccessDenied */
  authorize(accessKeyId: string | undefined, asked: AccessRequest): void {
    const identity = accessKeyId === undefined ? undefined : this.#identities.get(accessKeyId);
    if (!identity || isAllowed(identity.role.statements, asked, identity.tags)) return;
    const { role, tags } = identity;
    const session = Object.entries(tags).map(([key, value]) => ` for ${key} ${value}`);
    const about = Object.entries(asked.context).map(([key, values]) => `, ${key} ${values.join(' ')}`);
    const what = `${asked.action} on ${asked.resource}${about.join('')}`;
    throw new AccessDenied(`${role.arn}${session.join('')} is not authorized to perform: ${what}`);
  }

  #role(roleArn: string): RoleDefinition {
    const role = this.#roles.get(roleArn);
    if (!role) throw new AccessDenied(`There is no role ${roleArn}`);
    return role;
  }
}

/** The access key that a request was signed with. */
export function parseAccessKeyId(authorization: string | readonly string[] | undefined): string | undefined {
  return /Credential=([^/,\s]+)\//.exec(String(authorization ?? ''))?.[1];
}
