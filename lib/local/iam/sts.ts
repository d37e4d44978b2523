import { type HttpService, readBody, serveHttp } from '../support/http.ts';
import { AccessDenied, type LocalIam, parseAccessKeyId } from './local-iam.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/**
 * Starts an STS endpoint that implements AssumeRole with session tags, over the protocol of `@aws-sdk/client-sts`.
 *
 * @param now epoch milliseconds of the functions' clock, from which the reported expiration is computed
 */
export function startSts(iam: LocalIam, now: () => number): Promise<HttpService> {
  return serveHttp(async (request, response) => {
    const respond = (status: number, xml: string) => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    };
    const reject = (status: number, code: string, message: string) => {
      const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
      respond(status, `<ErrorResponse xmlns="${NAMESPACE}">${error}</ErrorResponse>`);
    };
    const form = new URLSearchParams((await readBody(request)).toString());
    const action = form.get('Action');
    if (action !== 'AssumeRole') {
      reject(400, 'InvalidAction', `STS operation ${action} is not emulated.`);
      return;
    }
    try {
      const key = parseAccessKeyId(request.headers.authorization) ?? '';
      const session = iam.assumeRole(key, form.get('RoleArn') ?? '', parseTags(form));
      const seconds = Number(form.get('DurationSeconds') ?? 3_600);
      const credentials = [
        `<AccessKeyId>${session.accessKeyId}</AccessKeyId>`,
        `<SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>`,
        `<SessionToken>${session.sessionToken}</SessionToken>`,
        `<Expiration>${new Date(now() + seconds * 1_000).toISOString()}</Expiration>`,
      ];
      const result = `<AssumeRoleResult><Credentials>${credentials.join('')}</Credentials></AssumeRoleResult>`;
      respond(200, `<AssumeRoleResponse xmlns="${NAMESPACE}">${result}</AssumeRoleResponse>`);
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      reject(403, error.name, error.message);
    }
  });
}

/** Parses `Tags.member.1.Key=tenant&Tags.member.1.Value=acme`. */
function parseTags(form: URLSearchParams): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {};
  for (let i = 1; form.has(`Tags.member.${i}.Key`); i++) {
    tags[form.get(`Tags.member.${i}.Key`) ?? ''] = form.get(`Tags.member.${i}.Value`) ?? '';
  }
  return tags;
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
