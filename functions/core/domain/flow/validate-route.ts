import { InvalidInput } from '../errors.ts';
import { assertUnique } from './assert-unique.ts';
import type { Flow } from './flow.ts';
import type { RouteSpec } from './transform.ts';

/**
 * Validates that only the last transform is a route, and that it names the flow's sinks: each of them, and no other.
 *
 * @throws InvalidInput
 */
export function validateRoute({ transforms, sinks }: Flow): void {
  const ids = sinks.map(({ id }) => id);
  for (const [i, transform] of transforms.entries()) {
    if (transform.type !== 'route') continue;
    const field = `flow.transforms[${i}]`;
    if (i < transforms.length - 1) throw new InvalidInput(field, 'must be the last transform, because it is a route');
    const lists = sinkLists(field, transform);
    for (const [name, list] of lists) {
      assertUnique(list.map((id, j) => [`${name}[${j}]`, id]));
      for (const [j, id] of list.entries()) {
        if (!ids.includes(id))
          throw new InvalidInput(`${name}[${j}]`, `must be the id of a sink (${ids.join(', ')}), got '${id}'`);
      }
    }
    const named = new Set(lists.flatMap(([, list]) => list));
    const unnamed = ids.findIndex((id) => !named.has(id));
    if (unnamed >= 0)
      throw new InvalidInput(
        `flow.sinks[${unnamed}]`,
        `must be named by ${field}, else '${ids[unnamed]}' gets no record`,
      );
  }
}

const sinkLists = (
  field: string,
  { routes, otherwise }: RouteSpec,
): readonly [name: string, ids: readonly string[]][] => [
  ...routes.map(({ to }, j): [string, readonly string[]] => [`${field}.routes[${j}].to`, to]),
  [`${field}.otherwise`, otherwise],
];
