import { ulid } from 'ulidx';
import { readDefaultLimits } from '../../core/platform/default-limits.ts';
import { createLog } from '../../core/platform/log.ts';
import { createLambdaHandler } from '../http/lambda-handler.ts';
import { integrationsSurface } from './surface.ts';

const platform = { log: createLog(), now: Date.now, newUlid: ulid, defaultLimits: readDefaultLimits() };

export const handler = createLambdaHandler(integrationsSurface, platform, ({ db }) => ({ ...platform, db }));
