import { CHECKPOINT_POLICY } from '../../core/domain/flow/flow.ts';
import {
  DEFAULT_KEYWORD,
  inputObject,
  integer,
  listOf,
  oneOf,
  orDefault,
  withKeywords,
  withParsedSchema,
} from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';
import { sink } from './flow-sink-request.ts';
import { source } from './flow-source-request.ts';
import { MAX_SINKS, transform } from './flow-transform-request.ts';

const checkpoints = lazy(() =>
  inputObject({
    // `null` disables the timer, so it must not mean the default here.
    everySeconds: withParsedSchema(
      withKeywords(
        integer(1, 86_400)
          .nullish()
          .transform((given) => (given === undefined ? CHECKPOINT_POLICY.everySeconds : given)),
        { [DEFAULT_KEYWORD]: CHECKPOINT_POLICY.everySeconds },
      ),
      integer(1, 86_400).nullable(),
    ),
    keep: orDefault(integer(1, 100), CHECKPOINT_POLICY.keep),
  }),
);

interface ParsedOperator {
  readonly id: string | null;
  readonly name: string | null;
  readonly type: string;
  readonly tap?: boolean | undefined;
}

/**
 * Fills in the id and name of an operator: the id defaults to the operator's position, the name to the id or the type.
 */
function withDefaultName<Operator extends ParsedOperator>(given: Operator, byPlace: string) {
  const { tap, ...fields } = { ...given, id: given.id ?? byPlace, name: given.name ?? given.id ?? given.type };
  // Definitions stored before an optional field existed lack it; omitting defaults keeps both equal.
  const stored = withoutUndefined(fields);
  return { ...stored, ...(tap && { tap }) } as Operator & { readonly id: string; readonly name: string };
}

/** Omits the fields of an object, and of the objects in it, that are undefined. */
const withoutUndefined = (object: object): object =>
  Object.fromEntries(
    Object.entries(object).flatMap(([name, value]: [string, unknown]) =>
      value === undefined ? [] : [[name, isPlainObject(value) ? withoutUndefined(value) : value]],
    ),
  );

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Returns the type and the position among operators of that type, counted from 1: `filter_1`, `map_1`, `filter_2`. */
function defaultOperatorId(list: readonly ParsedOperator[], place: number): string {
  const type = list[place]?.type;
  return `${type}_${list.slice(0, place + 1).filter((other) => other.type === type).length}`;
}

/** The request schema of a flow. The fields are documented in `functions/core/domain/flow/flow.ts`. */
export const flow = lazy(() =>
  inputObject({
    pageSize: orDefault(integer(1, 1_000), 100),
    parallelism: orDefault(integer(1, 64), 1),
    onError: orDefault(oneOf(['continue', 'stop']), 'continue'),
    checkpoints: orDefault(checkpoints(), CHECKPOINT_POLICY),
    sources: listOf(source(), 10, 1).transform((list) =>
      list.map((given, i) => withDefaultName(given, `source_${i + 1}`)),
    ),
    transforms: orDefault(
      listOf(transform(), 20).transform((list) =>
        list.map((given, i) => withDefaultName(given, defaultOperatorId(list, i))),
      ),
      [],
    ),
    sinks: listOf(sink(), MAX_SINKS, 1).transform((list) =>
      list.map((given, i) => withDefaultName(given, `sink_${i + 1}`)),
    ),
  }),
);
