import type { Delivery } from '../../../domain/notification/delivery.ts';
import { withoutDirectionControls } from '../../../domain/text.ts';
import { isServiceUnavailable } from '../../../platform/service-errors.ts';
import { describeDelivery, runFacts } from './describe-delivery.ts';
import { runLink } from './run-link.ts';
import type { EmailSender, SendOptions, SendResult } from './send-types.ts';

/** Maximum length of a subject in characters. */
const MAX_SUBJECT_LENGTH = 200;

/** Errors of the account's quotas, which pass. Other refusals need a change by the team. */
const TEMPORARY_ERRORS = ['LimitExceededException', 'SendingPausedException', 'Throttling'];

/** The content of an e-mail. */
export interface EmailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Builds the subject, a plain text and a simple HTML. Names cannot create headers, markup or links. */
export function emailContent(delivery: Delivery, consoleUrl: string): EmailContent {
  const { kind, run } = delivery;
  const summary = oneLine(describeDelivery(delivery, { withReason: false }));
  const link = runLink(delivery, consoleUrl);
  const reason = kind === 'failure' && run.reason ? withoutDirectionControls(run.reason) : null;
  const facts = `Organization ${delivery.tenant}, job ${delivery.jobId}, ${runFacts(delivery).toLowerCase()}`;
  return {
    subject: summary.slice(0, MAX_SUBJECT_LENGTH),
    text: [summary, facts, ...(reason === null ? [] : [reason]), ...(link === null ? [] : [link])].join('\n\n'),
    html: [
      `<p><strong>${escapeHtml(summary)}</strong></p>`,
      `<p>${escapeHtml(facts)}</p>`,
      ...(reason === null ? [] : [`<pre>${escapeHtml(reason)}</pre>`]),
      ...(link === null ? [] : [`<p><a href="${escapeHtml(link)}">Show the run</a></p>`]),
    ].join('\n'),
  };
}

const oneLine = (text: string): string =>
  withoutDirectionControls(text)
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * Sends a notification by SES. Throttling, quotas and failures of the service are retried; any other refusal is final.
 *
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
export async function sendEmail(
  delivery: Delivery,
  to: readonly string[],
  { sender, consoleUrl }: Pick<SendOptions, 'consoleUrl'> & { readonly sender: EmailSender },
  timeoutMs: number,
): Promise<SendResult> {
  const abortSignal = AbortSignal.timeout(timeoutMs);
  try {
    const { createSes } = await import('./ses.ts');
    await createSes()(sender, to, emailContent(delivery, consoleUrl), delivery.id, abortSignal);
    return { kind: 'delivered' };
  } catch (error) {
    if (abortSignal.aborted) {
      return { kind: 'failed', error: `SES: no answer within ${timeoutMs / 1_000} s`, noAnswer: 'timeout' };
    }
    const { name, message } = error as Error;
    const isTemporary = isServiceUnavailable(error) || TEMPORARY_ERRORS.includes(name);
    return { kind: isTemporary ? 'failed' : 'refused', error: `SES: ${name}: ${message}` };
  }
}
