import { NotEmulated, type Resource } from './resolve.ts';

/**
 * Reads the properties of a resource and tracks which were read, so that an unknown property stops the start instead of
 * being ignored.
 */
export class Properties {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #known: Set<string>;

  /** @param withoutEffect properties without effect in the local system */
  constructor(values: unknown, where: string, withoutEffect: readonly string[] = []) {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw new NotEmulated(`${where}: expected an object, got ${JSON.stringify(values)}`);
    }
    this.#values = values as Readonly<Record<string, unknown>>;
    this.#where = where;
    this.#known = new Set(withoutEffect);
  }

  static of(resource: Resource, withoutEffect: readonly string[] = []): Properties {
    return new Properties(resource.properties, describe(resource), ['Tags', ...withoutEffect]);
  }

  get(name: string): unknown {
    this.#known.add(name);
    return this.#values[name];
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#fail(name, 'a string', undefined);
  }

  optionalText(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.#fail(name, 'a string', value);
  }

  optionalNumber(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    return Number.isFinite(number) ? number : this.#fail(name, 'a number', value);
  }

  optionalFlag(name: string): boolean {
    const value = this.get(name);
    if (value === undefined || value === false || value === 'false') return false;
    return value === true || value === 'true' ? true : this.#fail(name, 'true or false', value);
  }

  list(name: string): readonly unknown[] {
    const value = this.get(name) ?? [];
    return Array.isArray(value) ? value : this.#fail(name, 'a list', value);
  }

  /**
   * Reads a nested object.
   *
   * @param withoutEffect properties of the object without effect
   */
  section(name: string, withoutEffect: readonly string[] = []): Properties | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : new Properties(value, `${this.#where}: ${name}`, withoutEffect);
  }

  /** @throws NotEmulated unless the property is absent or has an allowed value */
  oneOf<const Value extends string>(name: string, allowed: readonly Value[]): Value | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one === value);
    return found ?? this.#fail(name, allowed.join(' or '), value);
  }

  /** @throws NotEmulated for a property that was neither read nor declared without effect */
  assertNoOthers(): void {
    const other = Object.keys(this.#values).find((name) => !this.#known.has(name));
    if (other !== undefined) {
      throw new NotEmulated(`${this.#where}: the property ${other} is not emulated on this machine`);
    }
  }

  #fail(name: string, rule: string, received: unknown): never {
    throw new NotEmulated(`${this.#where}: ${name} must be ${rule} on this machine, got ${JSON.stringify(received)}`);
  }
}

export function describe({ type, stack, logicalId }: Resource): string {
  return `${type} ${stack}/${logicalId}`;
}
