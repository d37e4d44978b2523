import { fileURLToPath } from 'node:url';
import { behindEdge } from '../api/http/edge.ts';
import { requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { consoleConfig } from './config.ts';
import { createConsoleServer } from './server.ts';
import { readSite } from './site.ts';

/** Next to the bundle (`lib/bundle.ts`). */
const SITE = fileURLToPath(new URL('site/', import.meta.url));

const config = consoleConfig({
  stage: requireEnv(Env.stage),
  signIn: process.env[Env.consoleSignIn],
  health: process.env[Env.healthThresholds],
});

/** Serves the console: its static files and its configuration. */
export const handler = behindEdge(process.env[Env.edgeSecret], createConsoleServer(readSite(SITE), config));
