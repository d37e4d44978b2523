import type { FauxqsApp } from '../fauxqs/sqs-and-s3.ts';
import { AccessDenied, type LocalIam, parseAccessKeyId } from './local-iam.ts';
import { serviceAccessRequests } from './service-access-requests.ts';

/**
 * Adds a hook to fauxqs that authorizes every request to SQS and S3. Must be called before the application listens.
 *
 * @param refused called with the reason of each denied request
 */
export function addAuthorizationHook(app: FauxqsApp, access: () => LocalIam, refused: (message: string) => void): void {
  app.addHook('preHandler', async (request, reply) => {
    const key = parseAccessKeyId(request.headers.authorization);
    if (!access().isKnown(key)) return;
    const target = request.headers['x-amz-target'];
    const { method, url, body } = request;
    try {
      const named = typeof target === 'string' ? target : undefined;
      for (const asked of serviceAccessRequests({ method, url, target: named, body })) access().authorize(key, asked);
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      refused(error.message);
      if (target !== undefined) {
        await reply.code(403).type('application/x-amz-json-1.0').send({ __type: error.name, message: error.message });
      } else {
        const xml = `<Error><Code>${error.name}</Code><Message>${error.message}</Message></Error>`;
        await reply.code(403).type('application/xml').send(xml);
      }
    }
  });
}
