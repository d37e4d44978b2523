import * as z from 'zod';
import { ROLES } from '../../core/domain/access.ts';

/** Schema of the response to `GET /audit`. */
export const auditTrailResponse = z.object({
  audit: z.array(
    z.object({
      id: z.string(),
      at: z.iso.datetime(),
      actor: z.string(),
      actor_tenant: z.string(),
      roles: z.array(z.enum(ROLES)),
      action: z.string(),
      operation: z.string(),
      surface: z.string(),
      targets: z.array(z.string()),
      target_count: z.int().min(0),
      named_tenant: z.string().nullable(),
      status: z.int().nullable(),
      request_id: z.string(),
      source_ip: z.string(),
    }),
  ),
  next: z.string().nullable(),
});
