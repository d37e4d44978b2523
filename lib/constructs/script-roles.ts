import { Lazy, ReferenceStrength, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { scriptRolePart } from '../../functions/core/domain/script-role.ts';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';
import { platformStackProps, surroundingStack } from './platform-stack-props.ts';
import { ONE_TENANT } from './tenant-role.ts';

/** Maximum length of the list of scripts with a role: the variables of a function have at most 4 KB together. */
const MAX_LIST_LENGTH = 1_500;

export interface ScriptRolesProps {
  readonly config: StageConfig;
  /** Names of the deployed scripts. */
  readonly scripts: readonly string[];
  /** Assumes the roles. */
  readonly worker: PlatformFunction;
  /** Validates jobs. */
  readonly api: PlatformFunction;
}

/**
 * The roles of scripts. The worker assumes the role of a script for one run at a time, and has none of its permissions
 * itself.
 *
 * The roles are part of the stack around `Jobdeck`, because they refer to resources of that stack, which may refer to the
 * stacks of the platform. The worker therefore names the roles by a pattern.
 */
export class ScriptRoles extends Construct {
  readonly #props: ScriptRolesProps;
  readonly #roles = new Map<string, iam.Role>();
  #ownStack: Stack | undefined;

  constructor(scope: Construct, id: string, props: ScriptRolesProps) {
    super(scope, id);
    this.#props = props;
  }

  /** Stack for the roles, if `Jobdeck` is not in a stack and a script has a role. */
  get ownStack(): Stack | undefined {
    return this.#ownStack;
  }

  /**
   * Returns the role of a script, and creates the role at the first call.
   *
   * @throws Error if there is no such script
   */
  roleOf(script: string): iam.IRole {
    const existing = this.#roles.get(script);
    if (existing) return existing;
    const { scripts } = this.#props;
    if (!scripts.includes(script)) {
      throw new Error(`Jobdeck: there is no script '${script}'. There are: ${scripts.join(', ') || 'none'}.`);
    }
    if (this.#roles.size === 0) this.#grantAssume();
    const role = this.#createRole(script);
    this.#roles.set(script, role);
    if (this.#list().length > MAX_LIST_LENGTH) {
      throw new Error(`Jobdeck: the names of scripts with a role may have ${MAX_LIST_LENGTH} characters together.`);
    }
    return role;
  }

  #createRole(script: string): iam.Role {
    const { config, worker } = this.#props;
    const home = surroundingStack(this) ?? this.#createStack();
    // Weak: a strong reference would export the role of the worker.
    const { attrArn } = worker.ownRole.node.defaultChild as iam.CfnRole;
    const workerRole = Stack.consumeReference(attrArn, ReferenceStrength.WEAK);
    return new iam.Role(surroundingStack(this) ? this : home, scriptRolePart(script), {
      roleName: `jobdeck-${config.name}-script-${scriptRolePart(script)}-${home.region}`,
      description: `Permissions of the script ${script} in runs of Jobdeck ${config.name}`,
      assumedBy: new iam.ArnPrincipal(workerRole).withConditions(ONE_TENANT).withSessionTags(),
    });
  }

  #createStack(): Stack {
    const { config } = this.#props;
    const id = `jobdeck-${config.name}-scripts`;
    this.#ownStack ??= new Stack(this, id, platformStackProps(this, id, 'Jobdeck: roles of scripts', config));
    return this.#ownStack;
  }

  #grantAssume(): void {
    const { config, worker, api } = this.#props;
    const stack = Stack.of(worker);
    // Names of roles are unique in all regions of an account, so the region is part of them.
    const roles = stack.formatArn({
      service: 'iam',
      region: '',
      resource: 'role',
      resourceName: `jobdeck-${config.name}-script-*-${stack.region}`,
    });
    worker.allowMatching(
      ['sts:AssumeRole', 'sts:TagSession'],
      roles,
      'The roles of scripts are in the stack of the team, which depends on this stack. They trust this function alone.',
    );
    worker.addEnvironment(Env.scriptRoleArns, roles);
    for (const fn of [worker, api]) fn.addEnvironment(Env.scriptRoles, Lazy.string({ produce: () => this.#list() }));
  }

  #list(): string {
    return [...this.#roles.keys()].sort().join(',');
  }
}
