import * as z from 'zod';
import type { Afterwards } from '../../core/domain/flow/object-delta.ts';
import { inputObject, mapOf, orDefault, text, textOrEmpty, withParsedSchema } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';

/** The request schema of `ObjectDelta`. */
export const objectDelta = lazy(() =>
  inputObject({ by: z.literal('object', { error: "must be 'object'" }), start: orDefault(text(256), undefined) }),
);

/** The request schema of `Afterwards`. */
export const afterwards = lazy(() => {
  const actions = inputObject({
    move: orDefault(text(512), undefined),
    tag: orDefault(mapOf(textOrEmpty(256)), undefined),
  });
  return withParsedSchema(
    actions.transform((given) => given as unknown as Afterwards),
    actions,
  );
});
