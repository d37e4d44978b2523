import { isDeepStrictEqual } from 'node:util';
import { ACCOUNT, PARTITION, REGION } from '../support/arn.ts';
import type { RawResource, Stack } from './assembly.ts';
import { type Endpoints, type Identity, identify, NAME_PROPERTY } from './identify.ts';

/** A resource with resolved intrinsic functions. */
export interface Resource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly identity: Identity | undefined;
  readonly assets: ReadonlyMap<string, string>;
}

/** The template contains an element that the local system does not support. The message names the resource. */
export class NotEmulated extends Error {
  override readonly name = 'NotEmulated';
}

/** Value of `AWS::NoValue`; the property or list element is omitted. */
const NO_VALUE = Symbol('AWS::NoValue');

const PSEUDO_PARAMETERS: Readonly<Record<string, unknown>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': PARTITION,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NotificationARNs': [],
  'AWS::NoValue': NO_VALUE,
};

/**
 * Argument of `Fn::GetStackOutput`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
 */
interface StackOutputArgument {
  readonly StackName: string;
  /** Logical id of the output. */
  readonly OutputName: string;
  readonly Region?: string;
  readonly RoleArn?: string;
}

/**
 * Resolves the resources of all stacks as CloudFormation would.
 *
 * @throws NotEmulated for an unsupported intrinsic function or reference
 */
export function resolveStacks(stacks: readonly Stack[], endpoints: Endpoints): readonly Resource[] {
  const published: Published = { exports: new Map(), scopes: new Map() };
  const scopes = stacks.map((stack) => new Scope(stack, endpoints, published));
  for (const scope of scopes) scope.publish();
  return scopes.flatMap((scope) => scope.resources());
}

/** The values that stacks can read from each other. */
interface Published {
  /** Export name → value. */
  readonly exports: Map<string, () => unknown>;
  /** Stack name → stack. */
  readonly scopes: Map<string, Scope>;
}

class Scope {
  readonly #stack: Stack;
  readonly #endpoints: Endpoints;
  readonly #published: Published;

  constructor(stack: Stack, endpoints: Endpoints, published: Published) {
    this.#stack = stack;
    this.#endpoints = endpoints;
    this.#published = published;
  }

  publish(): void {
    this.#published.scopes.set(this.#stack.name, this);
    for (const { Export, Value } of Object.values(this.#stack.outputs)) {
      if (Export) this.#published.exports.set(String(this.#resolve(Export.Name)), () => this.#resolve(Value));
    }
  }

  /** @throws Error if the stack has no such output */
  output(name: string): unknown {
    const output = this.#stack.outputs[name];
    if (!output) throw new Error(`the stack ${this.#stack.name} has no output ${name}`);
    return this.#resolve(output.Value);
  }

  resources(): Resource[] {
    return Object.entries(this.#stack.resources)
      .filter(([, { Condition }]) => Condition === undefined || this.#condition(Condition))
      .map(([logicalId, raw]) => {
        const location = { stack: this.#stack.name, logicalId, type: raw.Type };
        try {
          return {
            ...location,
            properties: this.#resolve(raw.Properties ?? {}) as Readonly<Record<string, unknown>>,
            name: this.#name(logicalId, raw),
            identity: this.#identity(logicalId, raw),
            assets: this.#stack.assets,
          };
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new NotEmulated(`${raw.Type} ${this.#stack.name}/${logicalId}: ${reason}`, { cause: error });
        }
      });
  }

  #resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#resolve(item)).filter((item) => item !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (
      first &&
      entries.length === 1 &&
      (first[0] === 'Ref' || first[0] === 'Condition' || first[0].startsWith('Fn::'))
    ) {
      return this.#call(first[0], first[1]);
    }
    const resolved = entries.map(([key, item]) => [key, this.#resolve(item)] as const);
    return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
  }

  #call(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(String(argument));
      case 'Fn::GetAtt': {
        const path = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
        return this.#attribute(path[0] ?? '', path.slice(1).join('.'));
      }
      case 'Fn::Sub':
        return this.#sub(argument);
      case 'Fn::Join': {
        const [separator, parts] = this.#list(argument);
        return this.#list(parts).map(String).join(String(separator));
      }
      case 'Fn::Split': {
        const [separator, text] = this.#list(argument);
        return String(text).split(String(separator));
      }
      case 'Fn::Select': {
        const [index, items] = this.#list(argument);
        return this.#list(items)[Number(index)];
      }
      case 'Fn::ImportValue': {
        const exportName = String(this.#resolve(argument));
        const value = this.#published.exports.get(exportName);
        if (!value) throw new Error(`no stack exports ${exportName}`);
        return value();
      }
      case 'Fn::GetStackOutput':
        return this.#stackOutput(this.#resolve(argument) as StackOutputArgument);
      case 'Fn::FindInMap': {
        const keys = this.#list(argument).map(String);
        return keys.reduce<unknown>((map, key) => (map as Record<string, unknown>)[key], this.#stack.mappings);
      }
      case 'Fn::If': {
        const [condition, yes, no] = argument as [string, unknown, unknown];
        return this.#resolve(this.#condition(condition) ? yes : no);
      }
      case 'Condition':
        return this.#condition(String(argument));
      case 'Fn::Equals': {
        const [a, b] = this.#list(argument);
        return isDeepStrictEqual(a, b);
      }
      case 'Fn::And':
        return this.#list(argument).every(Boolean);
      case 'Fn::Or':
        return this.#list(argument).some(Boolean);
      case 'Fn::Not':
        return !this.#list(argument)[0];
      default:
        throw new Error(`the function ${name} is not emulated`);
    }
  }

  #stackOutput({ StackName, OutputName, Region = REGION, RoleArn }: StackOutputArgument): unknown {
    if (Region !== REGION || RoleArn !== undefined) {
      throw new Error(`outputs of other regions or accounts are not emulated, got ${StackName}.${OutputName}`);
    }
    const scope = this.#published.scopes.get(StackName);
    if (!scope) throw new Error(`there is no stack ${StackName}`);
    return scope.output(OutputName);
  }

  #list(argument: unknown): readonly unknown[] {
    const list = this.#resolve(argument);
    if (!Array.isArray(list)) throw new Error(`expected a list, got ${JSON.stringify(list)}`);
    return list;
  }

  #condition(name: string): boolean {
    if (!(name in this.#stack.conditions)) throw new Error(`there is no condition ${name}`);
    return Boolean(this.#resolve(this.#stack.conditions[name]));
  }

  #sub(argument: unknown): string {
    const [text, variables] = Array.isArray(argument)
      ? (argument as [string, Record<string, unknown>])
      : [argument, {}];
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, key: string) => {
      if (literal) return `\${${key}}`;
      if (key in (variables as object)) return String(this.#resolve((variables as Record<string, unknown>)[key]));
      const [id = '', ...path] = key.split('.');
      return String(path.length > 0 ? this.#attribute(id, path.join('.')) : this.#ref(id));
    });
  }

  #ref(id: string): unknown {
    if (id in PSEUDO_PARAMETERS) return PSEUDO_PARAMETERS[id];
    if (id === 'AWS::StackName') return this.#stack.name;
    if (id === 'AWS::StackId') {
      return `arn:${PARTITION}:cloudformation:${REGION}:${ACCOUNT}:stack/${this.#stack.name}/local`;
    }
    const parameter = this.#stack.parameters[id];
    if (parameter) return parameter.Default ?? '';
    return this.#identityOf(id).ref;
  }

  #attribute(id: string, attribute: string): string {
    const value = this.#identityOf(id).attributes[attribute];
    if (value === undefined) throw new Error(`${id}.${attribute} is not known here`);
    return value;
  }

  #identityOf(id: string): Identity {
    const raw = this.#stack.resources[id];
    if (!raw) throw new Error(`there is no resource or parameter ${id}`);
    const identity = this.#identity(id, raw);
    if (!identity) throw new Error(`it refers to ${id}, and ${raw.Type} has no identity on this machine`);
    return identity;
  }

  #identity(id: string, raw: RawResource): Identity | undefined {
    return identify(raw.Type, this.#name(id, raw), this.#endpoints);
  }

  #name(id: string, raw: RawResource): string {
    const property = NAME_PROPERTY[raw.Type];
    const given = property === undefined ? undefined : this.#resolve(raw.Properties?.[property]);
    if (typeof given === 'string') return given;
    const generated = `${this.#stack.name}-${id}`;
    // Names of buckets have no upper-case letters.
    return raw.Type === 'AWS::S3::Bucket' ? generated.toLowerCase() : generated;
  }
}
