import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { lazy } from '../../../domain/lazy.ts';
import { parseArn } from '../../../executors/targets/arn.ts';
import { perKey } from '../../../executors/targets/per-key.ts';
import type { EmailContent } from './email.ts';
import type { EmailSender } from './send-types.ts';

type SendBySes = (
  sender: EmailSender,
  to: readonly string[],
  content: EmailContent,
  deliveryId: string,
  abortSignal: AbortSignal,
) => Promise<void>;

/** Returns the function that sends an e-mail by SES. The client is loaded at the first call of this module. */
export const createSes = lazy((): SendBySes => {
  const clientIn = perKey((region) => new SESv2Client(region === '' ? {} : { region }));
  return async ({ from, identityArn }, to, { subject, text, html }, deliveryId, abortSignal) => {
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      ...(identityArn !== undefined && { FromEmailAddressIdentityArn: identityArn }),
      Destination: { ToAddresses: [...to] },
      Content: {
        Simple: {
          Subject: utf8(subject),
          Body: { Text: utf8(text), Html: utf8(html) },
          Headers: [
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
            { Name: 'X-Jobdeck-Delivery', Value: deliveryId },
          ],
        },
      },
    });
    // An identity exists in one region.
    const region = identityArn === undefined ? '' : parseArn(identityArn).region;
    await clientIn(region).send(command, { abortSignal });
  };
});
