import { TARGET_NAME, TARGET_NAME_RULE } from '../../../core/domain/targets/declared-target.ts';
import { matchingText, withKeywords } from '../../http/input-schemas.ts';

/** Returns a new schema of the name of a declared target. */
export const targetName = () =>
  withKeywords(matchingText(TARGET_NAME, TARGET_NAME_RULE), {
    description: 'Name of a target of this type that the team of the platform has declared for the tenant.',
  });
