import type { FauxqsApp } from '../fauxqs/sqs-and-s3.ts';
import { AccessDenied, type LocalIam, parseAccessKeyId } from './local-iam.ts';
import { serviceAccessRequests } from './service-access-requests.ts';

/**
 * Adds a hook to fauxqs that authorizes every request to SQS and S3. Must be called before the application listens.
 *
 * @param onDenied called with the reason of each denied request
 */
export function addAuthorizationHook(app: FauxqsApp, iam: () => LocalIam, onDenied: (message: string) => void): void {
  app.addHook('preHandler', async (request, reply) => {
    const key = parseAccessKeyId(request.headers.authorization);
    if (!iam().isKnown(key)) return;
    const target = request.headers['x-amz-target'];
    const { method, url, body } = request;
    const copied = request.headers['x-amz-copy-source'];
    const source = typeof copied === 'string' ? copied : undefined;
    try {
      const targetName = typeof target === 'string' ? target : undefined;
      for (const accessRequest of serviceAccessRequests({ method, url, target: targetName, source, body }))
        iam().authorize(key, accessRequest);
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      onDenied(error.message);
      if (target !== undefined) {
        await reply.code(403).type('application/x-amz-json-1.0').send({ __type: error.name, message: error.message });
      } else {
        const xml = `<Error><Code>${error.name}</Code><Message>${error.message}</Message></Error>`;
        await reply.code(403).type('application/xml').send(xml);
      }
    }
  });
}
