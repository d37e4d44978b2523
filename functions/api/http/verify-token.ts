import type { Caller } from '../../core/domain/access.ts';

/** Verifies a bearer token and returns its caller. Rejects with JobdeckError `auth.*`. */
export type VerifyToken = (token: string) => Promise<Caller>;
