import * as z from 'zod';
import { LABEL_NAME_RULE, MAX_LABELS, parseLabelSelector } from '../../core/domain/labels.ts';
import { inputObject, listOf, orDefault, withKeywords } from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';

const labelSelector = () =>
  z.string().transform((text, context) => {
    const selector = parseLabelSelector(text);
    if (selector) return selector;
    context.addIssue(`must be name=value with a name of ${LABEL_NAME_RULE}, got '${text}'`);
    return z.NEVER;
  });

/** Query of `GET /jobs`. */
export const jobsQuery = lazy(() =>
  inputObject(
    {
      label: orDefault(
        withKeywords(listOf(labelSelector(), MAX_LABELS), {
          description: 'A label as `name=value`. May be repeated: a job must have all of the labels.',
        }),
        [],
      ),
    },
    'query parameter',
  ),
);
